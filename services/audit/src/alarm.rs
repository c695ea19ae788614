//! Whether the log can be written, for everybody who asks.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use madoguchi_core::Reason;
use madoguchi_core::audit::Interruption;
use time::OffsetDateTime;

use crate::chain::microseconds;

/// No alarm.
const QUIET: i64 = i64::MIN;

/// Raised by the first event that could not be written, and taken back when one could again.
#[derive(Debug)]
pub(crate) struct Alarm {
    since: AtomicI64,
    lost: AtomicU64,
}

impl Default for Alarm {
    fn default() -> Self {
        Self {
            since: AtomicI64::new(QUIET),
            lost: AtomicU64::new(0),
        }
    }
}

impl Alarm {
    pub(crate) fn raise(&self, at: OffsetDateTime, reason: Reason) {
        let at = microseconds(at).unwrap_or(0);
        let raised = self
            .since
            .compare_exchange(QUIET, at, Ordering::SeqCst, Ordering::SeqCst);
        if raised.is_ok() {
            tracing::error!(
                reason = reason.code(),
                "ALARM: the audit log cannot be written; look at the disk of the database"
            );
        }
    }

    /// Events of which the log will only know how many they were.
    pub(crate) fn lose(&self, count: u64) {
        self.lost.fetch_add(count, Ordering::SeqCst);
    }

    pub(crate) fn is_on(&self) -> bool {
        self.since.load(Ordering::SeqCst) != QUIET
    }

    pub(crate) fn since(&self) -> Option<OffsetDateTime> {
        let since = Some(self.since.load(Ordering::SeqCst)).filter(|since| *since != QUIET)?;
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(since) * 1_000).ok()
    }

    pub(crate) fn lost(&self) -> u64 {
        self.lost.load(Ordering::SeqCst)
    }

    /// What the log will say of the interruption, where there is one.
    pub(crate) fn interruption(&self, now: OffsetDateTime, late: u64) -> Option<Interruption> {
        let from = Some(self.since.load(Ordering::SeqCst)).filter(|since| *since != QUIET)?;
        Some(Interruption {
            from_microseconds: from,
            to_microseconds: microseconds(now).unwrap_or(from),
            late,
            lost: self.lost(),
        })
    }

    /// The log has the interruption now. What was lost meanwhile keeps the alarm up.
    pub(crate) fn told(&self, interruption: &Interruption) {
        let before = self.lost.fetch_sub(interruption.lost, Ordering::SeqCst);
        if before == interruption.lost {
            self.since.store(QUIET, Ordering::SeqCst);
        } else {
            self.since.store(interruption.to_microseconds, Ordering::SeqCst);
        }
        tracing::warn!(
            late = interruption.late,
            lost = interruption.lost,
            "the audit log is written again"
        );
    }
}
