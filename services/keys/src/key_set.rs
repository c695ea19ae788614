//! The published key set (RFC 7517): all that a stranger needs to check what the gateway signed.

use std::collections::{BTreeMap, BTreeSet};

use madoguchi_core::signing::{Purpose, Unproven, Verifier};
use ring::digest;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;
use time::{Duration, OffsetDateTime};

use crate::jws::{self, ALGORITHM};

/// Bytes of a coordinate on the curve.
const COORDINATE: usize = 32;
/// What an uncompressed point begins with.
const UNCOMPRESSED: u8 = 4;

/// How long after it was replaced a key may have signed: a gateway that shares the folder may not have looked yet, and its
/// clock may be another one.
const GRACE: Duration = Duration::minutes(10);
/// The member that names the keys which were lost to others; whoever does not know it ignores it.
const DISTRUSTED: &str = "distrusted";

/// A key as it is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// Its name: the thumbprint (RFC 7638).
    kid: String,
    /// Uncompressed.
    point: Vec<u8>,
    /// When it was made.
    pub(crate) created: Option<OffsetDateTime>,
    /// From when it signs.
    pub(crate) signs_from: Option<OffsetDateTime>,
    /// When another one took over.
    pub(crate) retired: Option<OffsetDateTime>,
}

/// The members of a key (RFC 7518 section 6.2). The times are ours; whoever does not know them ignores them.
#[derive(Serialize, Deserialize)]
struct Jwk {
    kty: String,
    crv: String,
    x: String,
    y: String,
    #[serde(rename = "use", default, skip_serializing_if = "Option::is_none")]
    usage: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alg: Option<String>,
    kid: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    created_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signs_from: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retired_at: Option<i64>,
}

/// Keys by their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeySet {
    keys: BTreeMap<String, PublicKey>,
    /// The names of those that were lost to others: they are in the set no more and never come back.
    distrusted: BTreeSet<String>,
}

/// What is looked at in a payload.
#[derive(Deserialize)]
struct Issued {
    iat: Option<i64>,
}

/// A key set as it is written.
#[derive(Serialize)]
struct Written<'a> {
    keys: Vec<Jwk>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    distrusted: &'a BTreeSet<String>,
}

/// Why a text is no key set.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidKeySet {
    /// It is not JSON with a list of keys in it.
    #[error("is not a JWK set: JSON with a member \"keys\"")]
    NotAKeySet,
    /// A P-256 key in it is none.
    #[error("keys[{index}] is not a P-256 key with a kid")]
    NotAKey {
        /// Which one.
        index: usize,
    },
    /// Two keys have one name.
    #[error("keys[{index}] has the kid of another key")]
    Twice {
        /// The second.
        index: usize,
    },
}

impl PublicKey {
    pub(crate) fn new(point: &[u8]) -> Option<Self> {
        let coordinates = point.strip_prefix(&[UNCOMPRESSED])?;
        if coordinates.len() != 2 * COORDINATE {
            return None;
        }
        let (x, y) = coordinates.split_at(COORDINATE);
        // The members that RFC 7638 wants, in its order.
        let canonical = format!(
            r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#,
            jws::encode(x),
            jws::encode(y)
        );
        Some(Self {
            kid: jws::encode(digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref()),
            point: point.to_vec(),
            created: None,
            signs_from: None,
            retired: None,
        })
    }

    /// Its name: the thumbprint (RFC 7638).
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// When it was made, where its set says so.
    #[must_use]
    pub const fn created(&self) -> Option<OffsetDateTime> {
        self.created
    }

    /// From when it signs, where its set says so.
    #[must_use]
    pub const fn signs_from(&self) -> Option<OffsetDateTime> {
        self.signs_from
    }

    /// When another one took over, where its set says so.
    #[must_use]
    pub const fn retired(&self) -> Option<OffsetDateTime> {
        self.retired
    }

    fn to_jwk(&self) -> Jwk {
        let coordinates = self.point.get(1..).unwrap_or_default();
        let (x, y) = coordinates.split_at(coordinates.len() / 2);
        Jwk {
            kty: "EC".to_owned(),
            crv: "P-256".to_owned(),
            x: jws::encode(x),
            y: jws::encode(y),
            usage: Some("sig".to_owned()),
            alg: Some(ALGORITHM.to_owned()),
            kid: self.kid.clone(),
            created_at: self.created.map(OffsetDateTime::unix_timestamp),
            signs_from: self.signs_from.map(OffsetDateTime::unix_timestamp),
            retired_at: self.retired.map(OffsetDateTime::unix_timestamp),
        }
    }

    fn from_jwk(jwk: &Jwk) -> Option<Self> {
        let (x, y) = (jws::decode(&jwk.x).ok()?, jws::decode(&jwk.y).ok()?);
        if x.len() != COORDINATE {
            return None;
        }
        let mut key = Self::new(&[&[UNCOMPRESSED], x.as_slice(), y.as_slice()].concat())?;
        let time = |seconds: Option<i64>| {
            seconds.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        };
        key.created = time(jwk.created_at);
        key.signs_from = time(jwk.signs_from);
        key.retired = time(jwk.retired_at);
        key.kid.clone_from(&jwk.kid);
        Some(key)
    }
}

impl KeySet {
    /// Reads a key set. Keys of another kind than ours are passed over, as RFC 7517 section 5 asks for.
    ///
    /// # Errors
    /// [`InvalidKeySet`].
    pub fn parse(json: &[u8]) -> Result<Self, InvalidKeySet> {
        let json: Value = serde_json::from_slice(json).map_err(|_| InvalidKeySet::NotAKeySet)?;
        let keys = json.get("keys").and_then(Value::as_array);
        let mut set = Self::default();
        let distrusted = json.get(DISTRUSTED).and_then(Value::as_array);
        for kid in distrusted.into_iter().flatten().filter_map(Value::as_str) {
            set.distrusted.insert(kid.to_owned());
        }
        for (index, value) in keys.ok_or(InvalidKeySet::NotAKeySet)?.iter().enumerate() {
            let is = |member: &str, wanted: &str, or_absent: bool| match value.get(member) {
                Some(given) => given == wanted,
                None => or_absent,
            };
            let ours = is("kty", "EC", false)
                && is("crv", "P-256", false)
                && is("use", "sig", true)
                && is("alg", ALGORITHM, true);
            if !ours {
                continue;
            }
            let invalid = InvalidKeySet::NotAKey { index };
            let jwk: Jwk = serde_json::from_value(value.clone()).map_err(|_| invalid.clone())?;
            let key = PublicKey::from_jwk(&jwk).ok_or(invalid)?;
            if set.keys.contains_key(key.kid()) {
                return Err(InvalidKeySet::Twice { index });
            }
            set.insert(key);
        }
        Ok(set)
    }

    /// The key set as JSON, for people to read too.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut keys: Vec<_> = self.keys.values().collect();
        keys.sort_by_key(|key| (key.signs_from, key.created));
        let keys: Vec<_> = keys.into_iter().map(PublicKey::to_jwk).collect();
        let set = Written {
            keys,
            distrusted: &self.distrusted,
        };
        // Maps of texts and numbers always have a JSON form.
        serde_json::to_string_pretty(&set).unwrap_or_default() + "\n"
    }

    /// Every key, by name.
    pub fn keys(&self) -> impl Iterator<Item = &PublicKey> {
        self.keys.values()
    }

    pub(crate) fn get_mut(&mut self, kid: &str) -> Option<&mut PublicKey> {
        self.keys.get_mut(kid)
    }

    pub(crate) fn get(&self, kid: &str) -> Option<&PublicKey> {
        self.keys.get(kid)
    }

    /// Whether the key was lost to others.
    #[must_use]
    pub fn is_distrusted(&self, kid: &str) -> bool {
        self.distrusted.contains(kid)
    }

    /// Takes the key out, for good.
    pub(crate) fn distrust(&mut self, kid: &str) {
        self.keys.remove(kid);
        self.distrusted.insert(kid.to_owned());
    }

    pub(crate) fn insert(&mut self, key: PublicKey) {
        self.keys.insert(key.kid.clone(), key);
    }
}

impl Verifier for KeySet {
    fn verify(&self, purpose: Purpose, jws: &str) -> Result<Vec<u8>, Unproven> {
        let parts = jws::parse(purpose, jws)?;
        if self.is_distrusted(&parts.kid) {
            return Err(Unproven::Distrusted);
        }
        let key = self.keys.get(&parts.kid).ok_or(Unproven::UnknownKey)?;
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &key.point)
            .verify(parts.signed.as_bytes(), &parts.signature)
            .map_err(|_| Unproven::Signature)?;
        // What says no time of its own (a checkpoint of the audit chain) is held by what it stands in.
        let issued: Issued = serde_json::from_slice(&parts.payload).map_err(|_| Unproven::Malformed)?;
        let until = key.retired.map(|at| at.saturating_add(GRACE).unix_timestamp());
        if issued.iat.zip(until).is_some_and(|(iat, until)| iat > until) {
            return Err(Unproven::Retired);
        }
        Ok(parts.payload)
    }
}

#[cfg(test)]
mod tests;
