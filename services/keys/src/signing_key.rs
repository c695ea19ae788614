//! One private key.

use std::fmt;

use madoguchi_core::signing::Purpose;
use pem::Pem;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use zeroize::Zeroizing;

use crate::{PublicKey, jws};

/// What PKCS#8 is called in PEM (RFC 7468 section 10).
const TAG: &str = "PRIVATE KEY";

/// A private key, ready to sign.
pub(crate) struct SigningKey {
    public: PublicKey,
    pair: EcdsaKeyPair,
    random: SystemRandom,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.public.kid())
            .finish_non_exhaustive()
    }
}

impl SigningKey {
    /// A new key, and its PEM. Nothing where the system gives no random numbers.
    pub(crate) fn generate() -> Option<(Self, Zeroizing<String>)> {
        let random = SystemRandom::new();
        let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).ok()?;
        let text = Zeroizing::new(pem::encode(&Pem::new(TAG, der.as_ref())));
        Some((Self::from_der(der.as_ref())?, text))
    }

    /// The key in a PEM file.
    pub(crate) fn from_pem(text: &[u8]) -> Option<Self> {
        let pem = pem::parse(text).ok()?;
        if pem.tag() != TAG {
            return None;
        }
        Self::from_der(&Zeroizing::new(pem.into_contents()))
    }

    fn from_der(der: &[u8]) -> Option<Self> {
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der, &random).ok()?;
        Some(Self {
            public: PublicKey::new(pair.public_key().as_ref())?,
            pair,
            random,
        })
    }

    pub(crate) const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// A JWS in compact form.
    pub(crate) fn sign(&self, purpose: Purpose, payload: &[u8]) -> Option<String> {
        let signed = jws::to_be_signed(self.public.kid(), purpose, payload)?;
        let signature = self.pair.sign(&self.random, signed.as_bytes()).ok()?;
        Some([signed, jws::encode(signature.as_ref())].join("."))
    }
}
