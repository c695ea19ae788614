//! Whom to trust: roots given as files.

use std::path::{Path, PathBuf};

use madoguchi_core::certificate::CertificateDer;

use crate::chain::{read_file, read_pem};
use crate::profile::{self, Authority};
use crate::signature::Key;
use crate::{Error, thumbprint};

/// The authorities that certificates may come from. Two of one name are told apart by their keys.
#[derive(Debug, Clone, Default)]
pub struct Anchors(Vec<Anchor>);

#[derive(Debug, Clone)]
pub(crate) struct Anchor {
    pub(crate) subject: Vec<u8>,
    pub(crate) key: Key,
    pub(crate) max_below: Option<u32>,
    thumbprint: String,
}

impl Anchors {
    /// Reads every certificate of a PEM text. `name` is only for the error.
    ///
    /// # Errors
    /// [`Error`] names the file and the entry.
    pub fn from_pem(name: &Path, pem: &[u8]) -> Result<Self, Error> {
        let entries = read_pem(name, pem)?;
        if entries.is_empty() {
            return Err(Error::Empty {
                path: name.to_owned(),
            });
        }
        let anchors = entries
            .iter()
            .enumerate()
            .map(|(index, entry)| Anchor::new(name, index + 1, entry));
        Ok(Self(anchors.collect::<Result<_, _>>()?))
    }

    /// Reads the files of a configuration.
    ///
    /// # Errors
    /// [`Error`] names the file and the entry; [`Error::NoAnchors`] where there is no file at all.
    pub fn load(paths: &[PathBuf]) -> Result<Self, Error> {
        let mut anchors = Vec::new();
        for path in paths {
            anchors.extend(Self::from_pem(path, &read_file(path)?)?.0);
        }
        if anchors.is_empty() {
            Err(Error::NoAnchors)
        } else {
            Ok(Self(anchors))
        }
    }

    /// These and those.
    #[must_use]
    pub fn and(mut self, more: Self) -> Self {
        self.0.extend(more.0);
        self
    }

    /// The fingerprints (SHA-256 of the DER, in hexadecimal), for a log or an administrator.
    pub fn thumbprints(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|anchor| anchor.thumbprint.as_str())
    }

    /// The anchors of that name.
    pub(crate) fn named<'a>(&'a self, subject: &'a [u8]) -> impl Iterator<Item = &'a Anchor> {
        self.0.iter().filter(move |anchor| anchor.subject == subject)
    }
}

impl Anchor {
    fn new(name: &Path, entry: usize, der: &CertificateDer) -> Result<Self, Error> {
        let path = || name.to_owned();
        let certificate =
            profile::parse(der.as_bytes()).ok_or_else(|| Error::Malformed { path: path(), entry })?;
        let max_below = match profile::authority(&certificate) {
            Authority::Yes { max_below } => max_below,
            // Whoever configures an anchor says that it is an authority, where itself is silent.
            Authority::Silent => None,
            Authority::No => return Err(Error::NotAnAuthority { path: path(), entry }),
        };
        let key = Key::from_spki(certificate.public_key())
            .ok_or_else(|| Error::UnknownKey { path: path(), entry })?;
        let subject = certificate.subject().as_raw().to_vec();
        Ok(Self {
            subject,
            key,
            max_below,
            thumbprint: thumbprint(der),
        })
    }
}
