//! A maker's signed word that a driver kept the rules: for which library, on which device, which rules, when.
//!
//! A badge is a text that people can read: the claims as TOML, then the signature over every byte before it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use madoguchi_driver_host::{SigningKey, TrustedKey};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::report::{Device, Report, Verdict};

/// What stands between the claims and the signature.
const SIGNATURE: &str = "\n[signature]\n";
/// A badge names some hundred rules; what is longer is none.
const MAX_LEN: usize = 64 * 1024;

/// What is claimed of a driver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Badge {
    /// The driver's id.
    pub driver_id: String,
    /// Its version.
    pub version: String,
    /// The border that it was built for.
    pub abi: u32,
    /// SHA-256 of its library.
    pub library_sha256: String,
    /// Which rules.
    pub rules_version: u32,
    /// Who lent a hand; none where nobody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hands: Option<String>,
    /// When the rules were tried, as RFC 3339 in UTC.
    pub date: String,
    /// The rules that were kept.
    pub passed: Vec<String>,
    /// The rules that say nothing of this device.
    pub not_applicable: Vec<String>,
    /// The rules that nobody lent a hand for.
    pub needs_hands: Vec<String>,
    /// The device that they were tried on.
    pub device: Device,
}

/// What is below the claims.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signature {
    key_id: String,
    ed25519: String,
}

/// Why there is no badge, or why it is not believed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BadgeError {
    /// The driver broke rules, or some could not be tried.
    #[error("the driver does not conform: {failed} rules broken, {not_tried} not tried")]
    DoesNotConform {
        /// How many are broken.
        failed: usize,
        /// How many could not be tried.
        not_tried: usize,
    },
    /// Only some of the rules were asked for.
    #[error("a badge is for all rules, not for some")]
    Incomplete,
    /// The rules were tried without a reader.
    #[error("no rule was tried on a reader")]
    NoDevice,
    /// It is no badge.
    #[error("this is no badge: {0}")]
    Malformed(String),
    /// None of the given keys signed it.
    #[error("it was signed with the key {key_id}, which was not given")]
    KeyUnknown {
        /// The key.
        key_id: String,
    },
    /// It was altered.
    #[error("its signature does not fit: it was altered")]
    SignatureWrong,
    /// It is for another library.
    #[error("it is for another library: {badge}, not {library}")]
    OtherLibrary {
        /// The hash in the badge.
        badge: String,
        /// The library's.
        library: String,
    },
}

impl Badge {
    /// The badge that a report deserves.
    ///
    /// # Errors
    /// [`BadgeError::DoesNotConform`], [`BadgeError::NoDevice`].
    pub fn of(report: &Report, date: OffsetDateTime) -> Result<Self, BadgeError> {
        if !report.conforms() {
            return Err(BadgeError::DoesNotConform {
                failed: report.failed,
                not_tried: report.not_tried,
            });
        }
        if !report.complete {
            return Err(BadgeError::Incomplete);
        }
        let named = |wanted: fn(&Verdict) -> bool| {
            let rules = report.rules.iter().filter(|rule| wanted(&rule.verdict));
            rules.map(|rule| rule.id.clone()).collect()
        };
        let date = date.to_offset(time::UtcOffset::UTC);
        Ok(Self {
            driver_id: report.driver_id.clone(),
            version: report.version.clone(),
            abi: report.abi,
            library_sha256: report.library_sha256.clone(),
            rules_version: report.rules_version,
            hands: report.hands.clone(),
            date: date
                .replace_nanosecond(0)
                .unwrap_or(date)
                .format(&Rfc3339)
                .map_err(|error| BadgeError::Malformed(error.to_string()))?,
            passed: named(|verdict| matches!(verdict, Verdict::Passed)),
            not_applicable: named(|verdict| matches!(verdict, Verdict::NotApplicable { .. })),
            needs_hands: named(|verdict| matches!(verdict, Verdict::NeedsHands { .. })),
            device: report.device.clone().ok_or(BadgeError::NoDevice)?,
        })
    }

    /// The text of the badge, signed.
    ///
    /// # Errors
    /// [`BadgeError::Malformed`] where a claim has no TOML form.
    pub fn signed(&self, key: &SigningKey) -> Result<String, BadgeError> {
        let malformed = |error: toml::ser::Error| BadgeError::Malformed(error.to_string());
        let claims = toml::to_string_pretty(self).map_err(malformed)?;
        let signature = Signature {
            key_id: key.id(),
            ed25519: STANDARD.encode(key.sign(claims.as_bytes())),
        };
        let signature = toml::to_string(&signature).map_err(malformed)?;
        Ok(format!("{claims}{SIGNATURE}{signature}"))
    }

    /// Reads a badge that one of the keys signed, and says which.
    ///
    /// # Errors
    /// [`BadgeError`] says whether it is no badge, of another key, or altered.
    pub fn verify(text: &str, keys: &[TrustedKey]) -> Result<(Self, String), BadgeError> {
        let malformed = |what: &str| BadgeError::Malformed(what.to_owned());
        if text.len() > MAX_LEN {
            return Err(malformed("longer than 64 KiB"));
        }
        // The last ones: a claim may hold these words, a signature cannot.
        let (claims, signature) = text
            .rsplit_once(SIGNATURE)
            .ok_or_else(|| malformed("it has no signature"))?;
        let signature: Signature = toml::from_str(signature).map_err(unreadable)?;
        let Some(key) = keys.iter().find(|key| key.id() == signature.key_id) else {
            return Err(BadgeError::KeyUnknown {
                key_id: signature.key_id,
            });
        };
        let bytes = STANDARD
            .decode(&signature.ed25519)
            .map_err(|_| malformed("its signature is not base64"))?;
        if !key.verify(claims.as_bytes(), &bytes) {
            return Err(BadgeError::SignatureWrong);
        }
        let badge: Self = toml::from_str(claims).map_err(unreadable)?;
        Ok((badge, signature.key_id))
    }

    /// Whether it is for the library with that SHA-256.
    ///
    /// # Errors
    /// [`BadgeError::OtherLibrary`].
    pub fn covers(&self, library_sha256: &str) -> Result<(), BadgeError> {
        if self.library_sha256 == library_sha256 {
            Ok(())
        } else {
            Err(BadgeError::OtherLibrary {
                badge: self.library_sha256.clone(),
                library: library_sha256.to_owned(),
            })
        }
    }
}

/// One line of what the TOML reader says.
fn unreadable(error: toml::de::Error) -> BadgeError {
    BadgeError::Malformed(error.message().lines().next().unwrap_or_default().to_owned())
}

impl fmt::Display for Badge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} (border {}) on {}, {}\nlibrary {}\n{} rules of version {} kept, {} not applicable, {} without the \
             hands that they need",
            self.driver_id,
            self.version,
            self.abi,
            self.device,
            self.date,
            self.library_sha256,
            self.passed.len(),
            self.rules_version,
            self.not_applicable.len(),
            self.needs_hands.len(),
        )
    }
}

#[cfg(test)]
mod tests;
