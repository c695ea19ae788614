//! What the stand-in needs of a database: which cards were registered as insurance cards (利用登録).

use async_trait::async_trait;
use madoguchi_core::Reason;
use time::OffsetDateTime;

/// Port: keeps registrations, by the certificate's key. The module `contract` (feature `test-util`) says what every
/// implementation keeps to.
#[async_trait]
pub trait RegistrationStore: Send + Sync + 'static {
    /// Keeps a registration; it survives a restart. One that is kept already stays as it is.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn register(&self, spki_sha256: &str, at: OffsetDateTime) -> Result<(), Reason>;

    /// Whether it is kept.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`], [`Reason::Overloaded`].
    async fn is_registered(&self, spki_sha256: &str) -> Result<bool, Reason>;
}
