//! Values: normalised where that is right, and looked through character by character.

use madoguchi_core::eligibility::{Report, What};
use time::macros::{format_description, offset};
use time::{Date, OffsetDateTime, PrimitiveDateTime};
use unicode_normalization::UnicodeNormalization as _;

/// What stands for a character that could not be passed on (外字).
const GAIJI: char = '●';

/// A date of eight digits.
#[must_use]
pub fn date8(text: &str) -> Option<Date> {
    let digits = full_digits(text, 8)?;
    Date::parse(&digits, format_description!("[year][month][day]")).ok()
}

/// A moment of fourteen digits, Japan Standard Time.
#[must_use]
pub fn moment14(text: &str) -> Option<OffsetDateTime> {
    let digits = full_digits(text, 14)?;
    let format = format_description!("[year][month][day][hour][minute][second]");
    let moment = PrimitiveDateTime::parse(&digits, format).ok()?;
    Some(moment.assume_offset(offset!(+9)))
}

fn full_digits(text: &str, count: usize) -> Option<String> {
    let text = narrow(text.trim());
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}

/// Numbers as ASCII: full-width digits and letters are narrowed, padding goes.
#[must_use]
pub fn narrow(text: &str) -> String {
    width(text).trim().to_owned()
}

/// Names: kana in full width, letters in half width, one ideographic space between the parts. Characters that only look
/// alike (神 and U+FA19) stay what they are.
#[must_use]
pub fn full_width(text: &str) -> String {
    let parts: Vec<_> = width(text).split_whitespace().map(str::to_owned).collect();
    parts.join("\u{3000}")
}

/// NFKC for width variants alone: on a whole name it would change kanji.
fn width(text: &str) -> String {
    let is_variant = |c: &char| matches!(c, '\u{FF01}'..='\u{FFEF}' | '\u{3000}');
    let mut wide = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(first) = rest.next() {
        if !is_variant(&first) {
            wide.push(first);
            continue;
        }
        // A run together, so that half-width sound marks join their kana.
        let mut run = String::from(first);
        while let Some(next) = rest.next_if(is_variant) {
            run.push(next);
        }
        wide.extend(run.nfkc());
    }
    wide
}

/// Percent of a ratio of three digits (`030`).
pub(super) fn percent(text: &str) -> Option<u8> {
    let text = narrow(text);
    let well_formed = (1..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|percent| well_formed && *percent <= 100)
}

/// What a person should know about a value, character by character. `lost` are the bytes behind each U+FFFD that was put
/// in for them, by character.
pub(super) fn look(insurance: Option<u32>, path: &str, value: &str, lost: &[(u32, Vec<u8>)]) -> Vec<Report> {
    let what = |index: u32, c: char| match c {
        GAIJI => Some(What::GaijiReplaced),
        '\u{FFFD}' => {
            let bytes = lost.iter().find(|(at, _)| *at == index);
            Some(What::Unmappable {
                bytes: bytes.map(|(_, bytes)| bytes.clone()).unwrap_or_default(),
            })
        }
        '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFD}' => Some(What::PrivateUse),
        _ => None,
    };
    (0u32..)
        .zip(value.chars())
        .filter_map(|(index, c)| {
            Some(Report {
                insurance,
                path: path.to_owned(),
                index: Some(index),
                what: what(index, c)?,
            })
        })
        .collect()
}
