//! How often a card's PIN may still be tried, remembered across counters, restarts and gateways.
//!
//! The card keeps the true number and tells it for nothing. It cannot tell it of a VERIFY that is under way, nor where
//! it was pulled away before it answered: a try is therefore reserved on disk before VERIFY is sent, and the card's next
//! word settles it. Whatever is remembered is only as good as the card's silence: its own number always wins.

use async_trait::async_trait;

use crate::Reason;
use crate::certificate::CertificateDer;
use crate::reader::PinStatus;

/// A try that was reserved; it is spent until it is settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reservation {
    /// Rises with everything that is learned of the card: what was reserved before the card's last word is not settled
    /// any more.
    pub generation: u64,
    /// Tries that remain once this one is spent.
    pub tries_left: u8,
}

/// Whether a PIN may be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leave {
    /// It may; a try counts as spent from here on.
    Granted(Reservation),
    /// It is the last try, and nobody said that it may be spent.
    LastTryNotConfirmed,
    /// No try is left.
    Locked,
}

/// What came of a reserved try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settlement {
    /// The PIN was right: the card counts anew.
    Verified,
    /// The PIN was wrong, and the card said how many tries remain; none where it is locked.
    Wrong {
        /// Tries that remain.
        tries_left: u8,
    },
}

/// Port: the tries of every card that was seen. A card is known by its certificate's issuer and serial number under a
/// keyed hash; an Android phone shows its certificate only after VERIFY, so that only its own counter holds before.
#[async_trait]
pub trait PinBudget: Send + Sync + 'static {
    /// Takes over what the card itself says; it wins over whatever was remembered.
    ///
    /// # Errors
    /// [`Reason::CertificateMalformed`], [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn learn(&self, certificate: &CertificateDer, said: PinStatus) -> Result<(), Reason>;

    /// What is remembered of a card that does not say it itself; nothing of one that was never seen.
    ///
    /// # Errors
    /// As [`PinBudget::learn`].
    async fn remembered(&self, certificate: &CertificateDer) -> Result<Option<PinStatus>, Reason>;

    /// Reserves a try before the PIN is sent; when it returns, the try counts as spent whatever happens.
    ///
    /// # Errors
    /// As [`PinBudget::learn`].
    async fn reserve(&self, certificate: &CertificateDer, last_try_confirmed: bool) -> Result<Leave, Reason>;

    /// Says what came of a reserved try. Not called where nobody knows.
    ///
    /// # Errors
    /// As [`PinBudget::learn`].
    async fn settle(
        &self,
        certificate: &CertificateDer,
        reservation: Reservation,
        settlement: Settlement,
    ) -> Result<(), Reason>;

    /// A PIN was right whose card was not known before (a phone's): it counts anew.
    ///
    /// # Errors
    /// As [`PinBudget::learn`].
    async fn succeeded(&self, certificate: &CertificateDer) -> Result<(), Reason>;
}
