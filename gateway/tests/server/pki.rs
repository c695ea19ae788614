//! Certificates of nobody's, as files.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, SanType};
use time::OffsetDateTime;

static AUTHORITIES: AtomicU32 = AtomicU32::new(0);

/// Who issues certificates.
pub(crate) struct Pki {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) ca: PathBuf,
    folder: tempfile::TempDir,
}

/// Certificate and key of somebody, as files.
#[derive(Debug, Clone)]
pub(crate) struct Papers {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Pki {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // Each authority has a name of its own, and nobody has one.
        let number = AUTHORITIES.fetch_add(1, Ordering::Relaxed);
        params
            .distinguished_name
            .push(DnType::CommonName, format!("authority {number}"));
        let ca = folder.path().join("ca.pem");
        std::fs::write(&ca, params.self_signed(&key).unwrap().pem()).unwrap();
        Self {
            issuer: Issuer::new(params, key),
            ca,
            folder,
        }
    }

    /// Papers for 127.0.0.1 with these URIs.
    pub(crate) fn issue(&self, name: &str, uris: &[&str]) -> Papers {
        self.issue_until(name, uris, OffsetDateTime::now_utc() + time::Duration::DAY)
    }

    pub(crate) fn issue_until(&self, name: &str, uris: &[&str], not_after: OffsetDateTime) -> Papers {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.not_after = not_after;
        params.distinguished_name.push(DnType::CommonName, name);
        params.subject_alt_names = uris
            .iter()
            .map(|uri| SanType::URI((*uri).try_into().unwrap()))
            .chain([SanType::IpAddress([127, 0, 0, 1].into())])
            .collect();
        let write = |end: &str, text: String| {
            let path = Path::join(self.folder.path(), format!("{name}.{end}"));
            std::fs::write(&path, text).unwrap();
            path
        };
        Papers {
            certificate: write("pem", params.signed_by(&key, &self.issuer).unwrap().pem()),
            key: write("key", key.serialize_pem()),
        }
    }
}
