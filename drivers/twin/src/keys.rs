//! The published test keys. They protect nothing.

use rcgen::{KeyPair, PKCS_RSA_SHA256};
use rsa::RsaPrivateKey;
use rsa::pkcs8::DecodePrivateKey;

use crate::Error;

macro_rules! keys {
    ($($name:literal),+ $(,)?) => {
        const KEYS: &[(&str, &str)] = &[$(($name, include_str!(concat!("../keys/", $name, ".pem")))),+];
    };
}

keys!(
    "adult",
    "expired-in-grace",
    "expired-out-of-grace",
    "locked-pin",
    "no-pin",
    "child",
    "android",
    "iphone",
    "unregistered",
    "not-my-number",
    "paper-card",
);

const CA: &str = include_str!("../keys/ca.pem");

/// The names of the personas' keys.
pub(crate) fn names() -> Vec<&'static str> {
    KEYS.iter().map(|(name, _)| *name).collect()
}

/// A persona's key for signing on the card.
pub(crate) fn signing_key(name: &str) -> Result<RsaPrivateKey, Error> {
    Ok(RsaPrivateKey::from_pkcs8_pem(pem(name)?)?)
}

/// A persona's key for being certified.
pub(crate) fn certified_key(name: &str) -> Result<KeyPair, Error> {
    Ok(KeyPair::from_pkcs8_pem_and_sign_algo(
        pem(name)?,
        &PKCS_RSA_SHA256,
    )?)
}

/// The authority's key.
pub(crate) fn ca_key() -> Result<KeyPair, Error> {
    Ok(KeyPair::from_pkcs8_pem_and_sign_algo(CA, &PKCS_RSA_SHA256)?)
}

fn pem(name: &str) -> Result<&'static str, Error> {
    KEYS.iter()
        .find(|(known, _)| *known == name)
        .map(|(_, pem)| *pem)
        .ok_or(Error::UnknownKey)
}
