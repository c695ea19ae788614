//! Ed25519 keys as OpenSSL writes them.

use std::fmt;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{PrivatePkcs8KeyDer, SubjectPublicKeyInfoDer};
use thiserror::Error;

/// SubjectPublicKeyInfo of Ed25519 up to the key.
const SPKI_HEAD: [u8; 12] = [
    0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00,
];
const KEY_LEN: usize = 32;
/// Hexadecimal digits of a key's name.
pub(super) const ID_LEN: usize = 16;

/// Why a key cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file holds no such key.
    #[error("{}: no Ed25519 {what} in PEM", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What was to be there.
        what: &'static str,
    },
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    Random,
}

/// A maker's key that a gateway trusts.
#[derive(Clone, PartialEq, Eq)]
pub struct TrustedKey([u8; KEY_LEN]);

impl TrustedKey {
    /// Reads it from a PEM file (`PUBLIC KEY`).
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let bytes = std::fs::read(path).map_err(|source| KeyError::Io {
            path: path.to_owned(),
            source,
        })?;
        SubjectPublicKeyInfoDer::from_pem_slice(&bytes)
            .ok()
            .and_then(|der| Self::from_der(&der))
            .ok_or_else(|| KeyError::Content {
                path: path.to_owned(),
                what: "public key",
            })
    }

    fn from_der(der: &[u8]) -> Option<Self> {
        let key = der.strip_prefix(&SPKI_HEAD)?;
        key.try_into().ok().map(Self)
    }

    /// What it is called: the first 16 hexadecimal digits of its SHA-256.
    #[must_use]
    pub fn id(&self) -> String {
        let mut id = hex::encode(digest(&SHA256, &self.0));
        id.truncate(ID_LEN);
        id
    }

    /// Whether this key signed that message.
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.0)
            .verify(message, signature)
            .is_ok()
    }

    /// As PEM.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem("PUBLIC KEY", &[SPKI_HEAD.as_slice(), &self.0].concat())
    }
}

impl fmt::Debug for TrustedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TrustedKey").field(&self.id()).finish()
    }
}

/// A maker's own key.
pub struct SigningKey(Ed25519KeyPair);

impl SigningKey {
    /// Makes one, and gives it as PEM (`PRIVATE KEY`) to be kept.
    ///
    /// # Errors
    /// [`KeyError::Random`].
    pub fn generate() -> Result<(Self, zeroize::Zeroizing<String>), KeyError> {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| KeyError::Random)?;
        let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).map_err(|_| KeyError::Random)?;
        let text = zeroize::Zeroizing::new(pem("PRIVATE KEY", document.as_ref()));
        Ok((Self(pair), text))
    }

    /// Reads it from a PEM file (`PRIVATE KEY`, PKCS#8), such as `openssl genpkey -algorithm ed25519` writes.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let bytes = std::fs::read(path).map_err(|source| KeyError::Io {
            path: path.to_owned(),
            source,
        })?;
        let content = || KeyError::Content {
            path: path.to_owned(),
            what: "private key",
        };
        let der = PrivatePkcs8KeyDer::from_pem_slice(&bytes).map_err(|_| content())?;
        Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.secret_pkcs8_der())
            .map(Self)
            .map_err(|_| content())
    }

    /// The public half.
    ///
    /// # Panics
    /// Never: an Ed25519 key has 32 bytes.
    #[must_use]
    pub fn public(&self) -> TrustedKey {
        let mut key = [0; KEY_LEN];
        key.copy_from_slice(self.0.public_key().as_ref());
        TrustedKey(key)
    }

    /// What it is called.
    #[must_use]
    pub fn id(&self) -> String {
        self.public().id()
    }

    /// Signs.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.sign(message).as_ref().to_vec()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SigningKey").field(&self.id()).finish()
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    for line in body.as_bytes().chunks(64) {
        text.push_str(&String::from_utf8_lossy(line));
        text.push('\n');
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text
}
