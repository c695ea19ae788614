//! Whom to trust: roots given as files.

use std::path::{Path, PathBuf};

use madoguchi_core::certificate::{CertificateDer, TrustAnchor};
use time::OffsetDateTime;

use crate::chain::{read_file, read_pem};
use crate::fault::{Fault, Place};
use crate::issuing::Issuing;
use crate::{Error, Hierarchy, Strictness, days, profile, thumbprint};

/// The authorities that certificates may come from. Two of one name are told apart by their keys.
#[derive(Debug, Clone, Default)]
pub struct Anchors(Vec<Anchor>);

#[derive(Debug, Clone)]
pub(crate) struct Anchor {
    pub(crate) issuing: Issuing,
    pub(crate) thumbprint: String,
    pub(crate) hierarchy: Option<Hierarchy>,
    subject: String,
    path: PathBuf,
    entry: usize,
    not_before: OffsetDateTime,
    not_after: OffsetDateTime,
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

    /// The same, where exactly the anchors of these fingerprints are allowed; without any, all are.
    ///
    /// # Errors
    /// [`Error::NotPinned`] where a file holds another one, [`Error::Missing`] where one is in no file.
    pub fn pinned(self, fingerprints: &[Fingerprint]) -> Result<Self, Error> {
        if fingerprints.is_empty() {
            return Ok(self);
        }
        for anchor in &self.0 {
            if !fingerprints.iter().any(|pinned| pinned.0 == anchor.thumbprint) {
                return Err(Error::NotPinned {
                    path: anchor.path.clone(),
                    entry: anchor.entry,
                    fingerprint: anchor.thumbprint.clone(),
                });
            }
        }
        for pinned in fingerprints {
            if !self.0.iter().any(|anchor| anchor.thumbprint == pinned.0) {
                return Err(Error::Missing {
                    fingerprint: pinned.0.clone(),
                });
            }
        }
        Ok(self)
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

    /// The anchors as of a moment; the one that expires first stands first. Within `warning_days` of its end it is time
    /// to get the next one.
    #[must_use]
    pub fn list(&self, at: OffsetDateTime, warning_days: u32) -> Vec<TrustAnchor> {
        let mut anchors: Vec<_> = self
            .0
            .iter()
            .map(|anchor| {
                let days_left = days::between(at, anchor.not_after);
                TrustAnchor {
                    fingerprint: anchor.thumbprint.clone(),
                    subject: anchor.subject.clone(),
                    key_id: anchor.issuing.key_id.as_deref().map(hex::encode),
                    not_before: anchor.not_before,
                    not_after: anchor.not_after,
                    days_left,
                    expires_soon: days_left <= i64::from(warning_days),
                }
            })
            .collect();
        anchors.sort_by(|a, b| (a.not_after, &a.fingerprint).cmp(&(b.not_after, &b.fingerprint)));
        anchors
    }

    /// The first file that holds an anchor of that hierarchy.
    #[must_use]
    pub fn of(&self, hierarchy: Hierarchy) -> Option<&Path> {
        let mut anchors = self.0.iter();
        let found = anchors.find(|anchor| anchor.hierarchy == Some(hierarchy))?;
        Some(&found.path)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Anchor> {
        self.0.iter()
    }
}

impl Anchor {
    fn new(name: &Path, entry: usize, der: &CertificateDer) -> Result<Self, Error> {
        let path = || name.to_owned();
        let malformed = || Error::Malformed { path: path(), entry };
        let certificate = profile::parse(der.as_bytes()).ok_or_else(malformed)?;
        let issuing =
            Issuing::new(&certificate, Place::Anchor, Strictness::Jpki).map_err(|fault| match fault {
                Fault::NotAnAuthority => Error::NotAnAuthority { path: path(), entry },
                Fault::UnsupportedKey => Error::UnknownKey { path: path(), entry },
                _ => malformed(),
            })?;
        let moment = |second| OffsetDateTime::from_unix_timestamp(second).map_err(|_| malformed());
        Ok(Self {
            not_before: moment(issuing.not_before)?,
            not_after: moment(issuing.not_after)?,
            hierarchy: Hierarchy::of(certificate.subject()),
            subject: certificate.subject().to_string(),
            issuing,
            thumbprint: thumbprint(der),
            path: path(),
            entry,
        })
    }
}

/// SHA-256 of an anchor's DER.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint(String);

/// A text that no fingerprint is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a SHA-256 fingerprint: 64 hexadecimal digits, with or without colons")]
pub struct InvalidFingerprint;

impl std::str::FromStr for Fingerprint {
    type Err = InvalidFingerprint;

    fn from_str(text: &str) -> Result<Self, InvalidFingerprint> {
        let digits: String = text.chars().filter(|c| !matches!(c, ':' | ' ')).collect();
        match hex::decode(&digits) {
            Ok(bytes) if bytes.len() == 32 => Ok(Self(digits.to_ascii_lowercase())),
            _ => Err(InvalidFingerprint),
        }
    }
}
