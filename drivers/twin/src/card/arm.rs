//! Wallet's armed window: Face ID or Touch ID opened it, and it closes by itself.

use std::time::{Duration, Instant};

use super::VirtualCard;

/// Until when the phone's owner counts as verified.
#[derive(Clone, Copy)]
pub(super) struct Wallet {
    /// How long a window is; none: it never closes.
    window: Option<Duration>,
    opened: Instant,
}

impl Wallet {
    pub(super) fn new(window: Option<Duration>) -> Self {
        Self {
            window,
            opened: Instant::now(),
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.window.is_none_or(|window| self.opened.elapsed() < window)
    }
}

impl VirtualCard {
    /// Sets how long Wallet stays armed from now on and arms it; none: for ever. A phone that is not armed any more
    /// refuses to sign with 6982.
    pub fn set_armed(&mut self, window: Option<Duration>) {
        self.wallet = Wallet::new(window);
    }

    /// The owner confirms anew by Face ID or Touch ID.
    pub fn arm(&mut self) {
        self.wallet.opened = Instant::now();
    }
}
