//! Keys for tests.

use madoguchi_core::Reason;
use madoguchi_core::pseudonym::{CardKey, Pseudonyms};
use madoguchi_core::signing::{Purpose, Signer, Unproven, Verifier};

use crate::signing_key::SigningKey;
use crate::{Error, KeySet, PseudonymKey};

/// One key of each kind in memory, gone with the test.
#[derive(Debug)]
pub struct MemoryKeys {
    signing: SigningKey,
    set: KeySet,
    pseudonyms: PseudonymKey,
}

impl MemoryKeys {
    /// New keys.
    ///
    /// # Errors
    /// [`Error::Random`].
    pub fn generate() -> Result<Self, Error> {
        let (signing, _) = SigningKey::generate().ok_or(Error::Random)?;
        let mut set = KeySet::default();
        set.insert(signing.public().clone());
        Ok(Self {
            signing,
            set,
            pseudonyms: PseudonymKey::generate()?,
        })
    }

    /// What others check with.
    #[must_use]
    pub const fn key_set(&self) -> &KeySet {
        &self.set
    }
}

impl Signer for MemoryKeys {
    fn sign(&self, purpose: Purpose, payload: &[u8]) -> Result<String, Reason> {
        self.signing.sign(purpose, payload).ok_or(Reason::Internal)
    }
}

impl Verifier for MemoryKeys {
    fn verify(&self, purpose: Purpose, jws: &str) -> Result<Vec<u8>, Unproven> {
        self.set.verify(purpose, jws)
    }
}

impl Pseudonyms for MemoryKeys {
    fn card(&self, issuer: &[u8], serial: &[u8]) -> CardKey {
        self.pseudonyms.card(issuer, serial)
    }
}
