//! A JWS in compact form (RFC 7515) with ES256 (RFC 7518 section 3.4).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use madoguchi_core::signing::{Purpose, Unproven};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// The one algorithm.
pub(crate) const ALGORITHM: &str = "ES256";
/// Nothing that is signed here comes near.
const MAX_LEN: usize = 256 * 1024;

#[derive(Serialize)]
struct Header<'a> {
    alg: &'a str,
    kid: &'a str,
    typ: &'a str,
}

/// A header as it came. What it says besides is not ours, and `crit` says that it would have to be understood.
#[derive(Deserialize)]
struct Received {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<IgnoredAny>,
}

/// What is to be checked with a key.
#[derive(Debug)]
pub(crate) struct Parts<'a> {
    pub(crate) kid: String,
    pub(crate) signed: &'a str,
    pub(crate) signature: Vec<u8>,
    pub(crate) payload: Vec<u8>,
}

/// Header and payload, which are what is signed.
pub(crate) fn to_be_signed(kid: &str, purpose: Purpose, payload: &[u8]) -> Option<String> {
    let header = Header {
        alg: ALGORITHM,
        kid,
        typ: purpose.typ(),
    };
    let header = serde_json::to_vec(&header).ok()?;
    Some([encode(&header), encode(payload)].join("."))
}

/// Takes a JWS apart. Nothing of it is proven yet.
pub(crate) fn parse(purpose: Purpose, jws: &str) -> Result<Parts<'_>, Unproven> {
    if jws.len() > MAX_LEN {
        return Err(Unproven::Malformed);
    }
    let (signed, signature) = jws.rsplit_once('.').ok_or(Unproven::Malformed)?;
    let (header, payload) = signed.split_once('.').ok_or(Unproven::Malformed)?;
    let header: Received = serde_json::from_slice(&decode(header)?).map_err(|_| Unproven::Malformed)?;
    if header.crit.is_some() {
        return Err(Unproven::Malformed);
    }
    if header.alg != ALGORITHM {
        return Err(Unproven::Algorithm);
    }
    if header.typ.as_deref() != Some(purpose.typ()) {
        return Err(Unproven::Purpose);
    }
    let payload = decode(payload)?;
    serde_json::from_slice::<HashMap<String, IgnoredAny>>(&payload).map_err(|_| Unproven::Malformed)?;
    Ok(Parts {
        kid: header.kid.ok_or(Unproven::UnknownKey)?,
        signed,
        signature: decode(signature)?,
        payload,
    })
}

pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn decode(text: &str) -> Result<Vec<u8>, Unproven> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Unproven::Malformed)
}
