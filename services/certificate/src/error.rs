//! What can be wrong with the files that name whom to trust or whom to check.

use std::path::PathBuf;

use rustls_pki_types::pem;
use thiserror::Error;

/// Why anchors or a chain cannot be used. Entries count from 1, as a person counts.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The file is not there or cannot be read.
    #[error("{}: cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It is not PEM.
    #[error("{}: entry {entry} is not PEM", path.display())]
    NotPem {
        /// The file.
        path: PathBuf,
        /// Which entry.
        entry: usize,
        /// Why.
        #[source]
        source: pem::Error,
    },
    /// No certificate is in it.
    #[error("{}: holds no certificate", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// An entry cannot be understood as a certificate.
    #[error("{}: entry {entry} is not an X.509 certificate that can be understood", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Which entry.
        entry: usize,
    },
    /// An anchor says of itself that it may not issue certificates.
    #[error("{}: entry {entry} is not a certification authority", path.display())]
    NotAnAuthority {
        /// The file.
        path: PathBuf,
        /// Which entry.
        entry: usize,
    },
    /// An anchor's key is of a kind that no path here can use.
    #[error("{}: entry {entry} has no key that is accepted: RSA of 2048 bits or more, EC on P-256 or P-384, or Ed25519", path.display())]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// Which entry.
        entry: usize,
    },
    /// An anchor that nobody pinned.
    #[error("{}: entry {entry} has the fingerprint {fingerprint}, which is not among those that are allowed", path.display())]
    NotPinned {
        /// The file.
        path: PathBuf,
        /// Which entry.
        entry: usize,
        /// SHA-256 of its DER, in hexadecimal.
        fingerprint: String,
    },
    /// A pinned anchor that is in no file.
    #[error("the anchor with the fingerprint {fingerprint} is in none of the files")]
    Missing {
        /// SHA-256 of its DER, in hexadecimal.
        fingerprint: String,
    },
    /// Nothing is trusted, so that nothing could ever be accepted.
    #[error("no trust anchors are configured")]
    NoAnchors,
}
