//! A leaf and what came along with it, read from a file.

use std::path::Path;

use madoguchi_core::certificate::CertificateDer;
use rustls_pki_types::pem::PemObject;

use crate::Error;

/// A certificate with the intermediates that came along.
#[derive(Debug, Clone)]
pub struct Chain {
    /// The certificate to be judged.
    pub leaf: CertificateDer,
    /// What may stand between it and an anchor, in any order.
    pub intermediates: Vec<CertificateDer>,
}

impl Chain {
    /// Reads the leaf first, then the intermediates. `name` is only for the error. The leaf is not parsed here, so
    /// that a malformed one is judged like any other.
    ///
    /// # Errors
    /// [`Error::NotPem`], [`Error::Empty`].
    pub fn from_pem(name: &Path, pem: &[u8]) -> Result<Self, Error> {
        let mut certificates = read_pem(name, pem)?.into_iter();
        let leaf = certificates.next().ok_or_else(|| Error::Empty {
            path: name.to_owned(),
        })?;
        Ok(Self {
            leaf,
            intermediates: certificates.collect(),
        })
    }

    /// The same, where more of what may stand between comes from another text.
    ///
    /// # Errors
    /// [`Error::NotPem`].
    pub fn with_intermediates(mut self, name: &Path, pem: &[u8]) -> Result<Self, Error> {
        self.intermediates.extend(read_pem(name, pem)?);
        Ok(self)
    }

    /// The same from a file.
    ///
    /// # Errors
    /// As [`Chain::from_pem`], and [`Error::Unreadable`].
    pub fn load(path: &Path) -> Result<Self, Error> {
        Self::from_pem(path, &read_file(path)?)
    }
}

/// Every certificate of a PEM file, unread.
///
/// # Errors
/// [`Error::Unreadable`], [`Error::NotPem`].
pub fn read_certificates(path: &Path) -> Result<Vec<CertificateDer>, Error> {
    read_pem(path, &read_file(path)?)
}

pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|source| Error::Unreadable {
        path: path.to_owned(),
        source,
    })
}

/// Every certificate of a PEM text; sections of another kind are passed over.
pub(crate) fn read_pem(name: &Path, pem: &[u8]) -> Result<Vec<CertificateDer>, Error> {
    rustls_pki_types::CertificateDer::pem_slice_iter(pem)
        .enumerate()
        .map(|(index, entry)| match entry {
            Ok(der) => Ok(CertificateDer::new(der.to_vec())),
            Err(source) => Err(Error::NotPem {
                path: name.to_owned(),
                entry: index + 1,
                source,
            }),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_and_the_entry_are_named() {
        let name = Path::new("chain.pem");
        assert_eq!(
            Chain::from_pem(name, b"").unwrap_err().to_string(),
            "chain.pem: holds no certificate"
        );
        let good = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
        let bad = "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n";
        let chain = Chain::from_pem(name, format!("{good}{good}").as_bytes()).unwrap();
        assert_eq!(chain.leaf.as_bytes(), [0x30, 0]);
        assert_eq!(chain.intermediates.len(), 1);
        let error = Chain::from_pem(name, format!("{good}{bad}").as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), "chain.pem: entry 2 is not PEM");
        assert!(matches!(
            Chain::load(Path::new("/no/such")),
            Err(Error::Unreadable { .. })
        ));
    }
}
