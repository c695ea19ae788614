//! A maker's log lines on their way into the gateway's log.
//!
//! A driver sees PINs, cards and faces, and its log outlives all of them, in a file that others read. That nothing of a
//! patient is in a line is for the maker; what can be done from outside is done here: a line is one line, of bounded
//! length, without digits that may be somebody's number, and a driver gone wild does not fill the disk.

#[expect(
    clippy::disallowed_types,
    reason = "any of the driver's threads may log; held to count a line"
)]
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use madoguchi_core::DriverId;
use madoguchi_driver_api::{Host, LogLevel};
use tracing::Level;

/// A maker's line is cut here.
const MAX_LINE_LEN: usize = 512;

/// So many digits in a row may be a PIN or a part of somebody's number.
const MIN_MASKED: usize = 4;

/// So many lines of one level are written in a [`WINDOW`]; a level has its own, so that no flood hides an error.
const MAX_LINES: u32 = 100;
const WINDOW: Duration = Duration::from_secs(10);

/// What a driver is given: its lines go to the gateway's log under its id, at their level.
pub(super) fn host(driver: DriverId) -> Host {
    #[expect(clippy::disallowed_types, reason = "as above")]
    let quotas = Mutex::new([Quota::default(); 4]);
    Host::new(move |level, line| {
        // What is not written at this level costs no other line its place.
        let (at, is_wanted) = match level {
            LogLevel::Error => (0, tracing::enabled!(Level::ERROR)),
            LogLevel::Warn => (1, tracing::enabled!(Level::WARN)),
            LogLevel::Info => (2, tracing::enabled!(Level::INFO)),
            LogLevel::Debug => (3, tracing::enabled!(Level::DEBUG)),
        };
        if !is_wanted {
            return;
        }
        let admitted = {
            let mut quotas = quotas.lock().unwrap_or_else(PoisonError::into_inner);
            quotas.get_mut(at).map(|quota| quota.admit(Instant::now()))
        };
        match admitted {
            Some(Admitted::Yes { left_out }) => {
                if left_out > 0 {
                    tracing::warn!(%driver, ?level, left_out, "log lines of a driver were left out");
                }
                write(&driver, level, &harmless(line));
            }
            Some(Admitted::No { is_first: true }) => {
                let (limit, window) = (MAX_LINES, WINDOW);
                tracing::warn!(%driver, ?level, limit, ?window, "a driver logs too much: lines are left out");
            }
            _ => {}
        }
    })
}

/// A maker's text as it may be in a log, wherever it came from.
pub(super) fn harmless(text: &str) -> String {
    masked(&one_line(text))
}

fn write(driver: &DriverId, level: LogLevel, line: &str) {
    match level {
        LogLevel::Error => tracing::error!(%driver, line, "plugin"),
        LogLevel::Warn => tracing::warn!(%driver, line, "plugin"),
        LogLevel::Info => tracing::info!(%driver, line, "plugin"),
        LogLevel::Debug => tracing::debug!(%driver, line, "plugin"),
    }
}

/// How many lines of one level were written in the window that is open.
#[derive(Debug, Clone, Copy, Default)]
struct Quota {
    since: Option<Instant>,
    written: u32,
    left_out: u64,
}

#[derive(Debug, PartialEq, Eq)]
enum Admitted {
    /// It is written; so many before it were not.
    Yes { left_out: u64 },
    /// It is not.
    No { is_first: bool },
}

impl Quota {
    fn admit(&mut self, now: Instant) -> Admitted {
        let is_over = |since| now.saturating_duration_since(since) >= WINDOW;
        let mut left_out = 0;
        if self.since.is_none_or(is_over) {
            left_out = std::mem::take(self).left_out;
            self.since = Some(now);
        }
        if self.written < MAX_LINES {
            self.written += 1;
            return Admitted::Yes { left_out };
        }
        self.left_out += 1;
        Admitted::No {
            is_first: self.left_out == 1,
        }
    }
}

/// A maker's text as one line of bounded length: control characters are seen as their pictures, and what is not seen
/// at all, such as what turns the direction of writing, is left out.
pub(super) fn one_line(text: &str) -> String {
    let is_seen = |c: &char| !matches!(c, '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}');
    let pictured = |c: char| match c {
        '\0'..='\u{1F}' => char::from_u32(u32::from(c) + 0x2400).unwrap_or('\u{FFFD}'),
        '\u{7F}' => '\u{2421}',
        '\u{2028}' | '\u{2029}' => '\u{FFFD}',
        c if c.is_control() => '\u{FFFD}',
        c => c,
    };
    let mut seen = text.chars().filter(is_seen).map(pictured);
    let mut line: String = seen.by_ref().take(MAX_LINE_LEN).collect();
    if seen.next().is_some() {
        line.push('…');
    }
    line
}

/// The line with `****` in place of each row of digits, of whatever script, that is long enough to be somebody's.
fn masked(line: &str) -> String {
    let mut masked = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = rest.find(char::is_numeric) {
        let (before, digits) = rest.split_at(start);
        let end = digits.find(|c: char| !c.is_numeric()).unwrap_or(digits.len());
        let (digits, after) = digits.split_at(end);
        masked.push_str(before);
        masked.push_str(if digits.chars().count() < MIN_MASKED {
            digits
        } else {
            "****"
        });
        rest = after;
    }
    masked.push_str(rest);
    masked
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_makers_text_stays_one_line() {
        assert_eq!(
            one_line("a\nb\u{1b}[0m\u{7f}\u{85}\u{2028}c"),
            "a␊b␛[0m␡\u{FFFD}\u{FFFD}c"
        );
        assert_eq!(
            one_line("1\u{200B}2\u{202E}3"),
            "123",
            "nothing hides between digits"
        );
        let long = one_line(&"字".repeat(MAX_LINE_LEN + 1));
        assert_eq!(
            (long.chars().count(), long.ends_with('…')),
            (MAX_LINE_LEN + 1, true)
        );
        assert_eq!(one_line(&"字".repeat(MAX_LINE_LEN)), "字".repeat(MAX_LINE_LEN));
    }

    #[test]
    fn digits_that_may_be_somebody_s_are_masked() {
        for (line, expected) in [
            ("pin 1234", "pin ****"),
            ("pin1234x", "pin****x"),
            ("number 1234 5678 9012", "number **** **** ****"),
            ("暗証番号１２３４", "暗証番号****"),
            ("٤٣٢١", "****"),
            ("status 123 of 9F21", "status 123 of 9F21"),
            ("", ""),
        ] {
            assert_eq!(masked(line), expected);
        }
        // A row that was cut shows no more than a short one.
        let cut = masked(&one_line(&format!("{}123456", "x".repeat(MAX_LINE_LEN - 3))));
        assert!(cut.ends_with("x123…"), "{cut}");
    }

    #[test]
    fn what_is_too_much_is_left_out_and_counted() {
        let (mut quota, now) = (Quota::default(), Instant::now());
        for _ in 0..MAX_LINES {
            assert_eq!(quota.admit(now), Admitted::Yes { left_out: 0 });
        }
        assert_eq!(quota.admit(now), Admitted::No { is_first: true });
        let late = now + WINDOW.saturating_sub(Duration::from_millis(1));
        assert_eq!(quota.admit(late), Admitted::No { is_first: false });
        assert_eq!(quota.admit(now + WINDOW), Admitted::Yes { left_out: 2 });
        assert_eq!(quota.admit(now + WINDOW), Admitted::Yes { left_out: 0 });
    }

    #[test]
    fn what_a_driver_logs_is_written_at_its_level_masked_and_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let lines = tracing_subscriber::fmt()
            .with_max_level(Level::INFO)
            .with_ansi(false)
            .with_writer(Arc::new(File::create(&path).unwrap()));
        tracing::subscriber::with_default(lines.finish(), || {
            let host = host(DriverId::new("acme").unwrap());
            host.log(LogLevel::Warn, "typed 1234\n2026 ERROR forged");
            for _ in 0..10_000 {
                host.log(LogLevel::Debug, "nobody asked for it");
                host.log(LogLevel::Info, "flood");
            }
            host.log(LogLevel::Error, "still heard");
        });
        let log = std::fs::read_to_string(&path).unwrap();
        let count = |what: &str| log.lines().filter(|line| line.contains(what)).count();
        assert!(
            log.lines()
                .next()
                .unwrap()
                .contains("driver=acme line=\"typed ****␊**** ERROR forged\""),
            "{log}"
        );
        assert_eq!(count("flood"), MAX_LINES as usize);
        assert_eq!(
            (count("left out"), count("still heard"), count("nobody asked")),
            (1, 1, 0),
            "{log}"
        );
    }
}
