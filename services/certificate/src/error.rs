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
    #[error("{}: entry {entry} has neither an RSA key nor an EC key on P-256 or P-384", path.display())]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// Which entry.
        entry: usize,
    },
    /// Nothing is trusted, so that nothing could ever be accepted.
    #[error("no trust anchors are configured")]
    NoAnchors,
}
