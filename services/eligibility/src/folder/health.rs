//! How the terminal is reached: whether its share is there, and whether it answers, are two things.

use std::sync::Arc;

use madoguchi_core::eligibility::{Availability, Source, Status};
use madoguchi_core::{Clock, Reason};
use tokio::sync::watch;

/// What is known of share and terminal.
pub(super) struct Health {
    clock: Arc<dyn Clock>,
    known: watch::Sender<Known>,
}

struct Known {
    status: Status,
    share_is_away: bool,
    /// The last question was not answered. A share that can be listed says nothing of the program behind it.
    terminal_is_away: bool,
}

impl Known {
    fn failed(&mut self, at: time::OffsetDateTime) {
        self.status.availability = Availability::Away;
        self.status.consecutive_failures = self.status.consecutive_failures.saturating_add(1);
        self.status.last_failure_at = Some(at);
        self.status.last_failure = Some(Reason::EligibilityUnavailable);
    }
}

impl Health {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        let status = Status {
            availability: Availability::Unknown,
            ..Status::always(Source::Folder)
        };
        let known = Known {
            status,
            share_is_away: false,
            terminal_is_away: false,
        };
        Self {
            clock,
            known: watch::Sender::new(known),
        }
    }

    pub(super) fn status(&self) -> Status {
        self.known.borrow().status.clone()
    }

    /// How a look at the share ended.
    pub(super) fn looked(&self, is_there: bool) {
        let at = self.clock.now();
        self.known.send_modify(|known| {
            let was_away = std::mem::replace(&mut known.share_is_away, !is_there);
            if !is_there {
                return known.failed(at);
            }
            if !known.terminal_is_away {
                known.status.availability = Availability::Available;
                if was_away {
                    known.status.consecutive_failures = 0;
                }
            }
        });
    }

    /// The terminal answered, though perhaps not what was hoped for.
    pub(super) fn answered(&self) {
        let at = self.clock.now();
        self.known.send_modify(|known| {
            (known.share_is_away, known.terminal_is_away) = (false, false);
            known.status.availability = Availability::Available;
            known.status.consecutive_failures = 0;
            known.status.last_success_at = Some(at);
        });
    }

    /// The terminal was asked and did not answer.
    pub(super) fn unanswered(&self) {
        let at = self.clock.now();
        self.known.send_modify(|known| {
            known.terminal_is_away = true;
            known.failed(at);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use madoguchi_core::clock::SystemClock;

    #[test]
    fn a_share_that_is_there_does_not_hide_a_terminal_that_is_not() {
        let health = Health::new(Arc::new(SystemClock));
        let now = || health.status().availability;
        assert_eq!(now(), Availability::Unknown);
        health.looked(true);
        assert_eq!(now(), Availability::Available);
        health.unanswered();
        health.looked(true);
        health.looked(true);
        assert_eq!(now(), Availability::Away);
        assert_eq!(health.status().consecutive_failures, 1);
        health.answered();
        assert_eq!(
            (now(), health.status().consecutive_failures),
            (Availability::Available, 0)
        );
        health.looked(false);
        assert_eq!(now(), Availability::Away);
        health.looked(true);
        assert_eq!(
            (now(), health.status().consecutive_failures),
            (Availability::Available, 0)
        );
    }
}
