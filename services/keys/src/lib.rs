//! The gateway's own keys: what it signs proof with, the key set that others check that with, and the key of its
//! pseudonyms.
//!
//! All of them lie in one folder, which gateways of a site may share:
//!
//! | file | what | who may read it |
//! |---|---|---|
//! | `jwks.json` | the published key set (RFC 7517): every key that ever signed, and the next one | everybody |
//! | `<kid>.pem` | the private half of a key that signs or will sign (PKCS#8) | the gateway alone |
//! | `pseudonym.key` | 32 random bytes | the gateway alone |
//!
//! A folder that is made here lets everybody through and nobody look around (0711); whoever finds `jwks.json` by its name
//! reads it.
//!
//! A key is published before it signs and stays published for ever, since evidence and receipts are checked for as long
//! as they are kept; its private half is deleted once another key has taken over, and what claims to have been signed by
//! it after that proves nothing. A key that was lost to others leaves the set on request ([`Start::Instead`]). A folder that cannot be written, such
//! as a secret that an orchestrator mounts, is used as it is.
//!
//! The JWS are made and checked here on `ring`, not with a JOSE library: there is one algorithm, so that no header
//! chooses it; `jsonwebtoken` 9 has an open advisory, and its later versions bring `aws-lc` or the `rsa` crate.

mod error;
mod folder;
mod jws;
mod key_set;
mod pseudonym;
mod ring;
mod schedule;
mod signing_key;

#[cfg(any(test, feature = "test-util"))]
mod memory;

pub use error::Error;
pub use key_set::{InvalidKeySet, KeySet, PublicKey};
#[cfg(any(test, feature = "test-util"))]
pub use memory::MemoryKeys;
pub use pseudonym::PseudonymKey;
pub use ring::{KeyRing, Start};
pub use schedule::Rotation;
