//! Collects every wrong field of a request, so that a caller mends all of them at once.

use std::time::Duration;

use madoguchi_core::certificate::CertificateDer;
use madoguchi_core::{InvalidId, Medium, Pin, Reason, Refusal, Violation};
use madoguchi_proto::certificate::v1 as pb;
use time::OffsetDateTime;

/// The longest certificate that is taken.
const MAX_CERTIFICATE_LEN: usize = 16 * 1024;
/// The most intermediates that are taken.
const MAX_INTERMEDIATES: usize = 8;

/// What is wrong with a request so far.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    violations: Vec<Violation>,
}

impl Fields {
    /// Notes a wrong field.
    pub(crate) fn wrong(&mut self, field: impl Into<String>, description: impl Into<String>) {
        self.violations.push(Violation {
            field: field.into(),
            description: description.into(),
        });
    }

    /// Ends the reading of a request: what was read, where nothing was wrong.
    ///
    /// # Errors
    /// [`Reason::InvalidArgument`] with every wrong field.
    pub(crate) fn finish<T>(self, read: Option<T>) -> Result<T, Refusal> {
        match read {
            Some(read) if self.violations.is_empty() => Ok(read),
            _ => Err(Refusal {
                reason: Reason::InvalidArgument,
                violations: self.violations,
                metadata: Vec::new(),
            }),
        }
    }

    /// A required id.
    pub(crate) fn id<T>(&mut self, field: &str, text: String) -> Option<T>
    where
        T: TryFrom<String, Error = InvalidId>,
    {
        T::try_from(text)
            .map_err(|invalid| self.wrong(field, invalid.to_string()))
            .ok()
    }

    /// An optional id; empty is none.
    pub(crate) fn optional_id<T>(&mut self, field: &str, text: String) -> Option<Option<T>>
    where
        T: TryFrom<String, Error = InvalidId>,
    {
        if text.is_empty() {
            Some(None)
        } else {
            self.id(field, text).map(Some)
        }
    }

    /// How many a list holds at most; 0 is `usual`.
    pub(crate) fn page_size(&mut self, value: u32, usual: u32, most: u32) -> Option<u32> {
        match value {
            0 => Some(usual),
            size if size <= most => Some(size),
            _ => {
                self.wrong("page_size", format!("must be 1 to {most}, or 0 for {usual}"));
                None
            }
        }
    }

    /// A required PIN. Its buffer is zeroized, also where it is none.
    pub(crate) fn pin(&mut self, field: &str, digits: String) -> Option<Pin> {
        Pin::new(digits.into_bytes())
            .map_err(|invalid| self.wrong(field, invalid.to_string()))
            .ok()
    }

    /// A required medium.
    pub(crate) fn medium(&mut self, field: &str, value: i32) -> Option<Medium> {
        match self.optional_medium(field, value) {
            Some(None) => {
                self.wrong(
                    field,
                    "must be given: MEDIUM_CARD, MEDIUM_ANDROID or MEDIUM_IPHONE",
                );
                None
            }
            Some(medium) => medium,
            None => None,
        }
    }

    /// An optional medium; unspecified is none.
    pub(crate) fn optional_medium(&mut self, field: &str, value: i32) -> Option<Option<Medium>> {
        match pb::Medium::try_from(value) {
            Ok(pb::Medium::Unspecified) => Some(None),
            Ok(pb::Medium::Card) => Some(Some(Medium::Card)),
            Ok(pb::Medium::Android) => Some(Some(Medium::Android)),
            Ok(pb::Medium::Iphone) => Some(Some(Medium::IPhone)),
            Err(_) => {
                self.wrong(field, "is not a value of Medium");
                None
            }
        }
    }

    /// An optional duration within bounds.
    pub(crate) fn duration(
        &mut self,
        field: &str,
        value: Option<prost_types::Duration>,
        default: Duration,
        bounds: std::ops::RangeInclusive<Duration>,
    ) -> Option<Duration> {
        let Some(value) = value else { return Some(default) };
        // Normalised by hand: prost's own conversion saturates, and what is out of form is to be said.
        let read = match (u64::try_from(value.seconds), u32::try_from(value.nanos)) {
            (Ok(seconds), Ok(nanos)) if nanos < 1_000_000_000 => Some(Duration::new(seconds, nanos)),
            _ => None,
        };
        if let Some(duration) = read.filter(|duration| bounds.contains(duration)) {
            return Some(duration);
        }
        let (from, to) = (bounds.start().as_secs(), bounds.end().as_secs());
        self.wrong(field, format!("must be {from} s to {to} s"));
        None
    }

    /// An optional moment.
    pub(crate) fn moment(
        &mut self,
        field: &str,
        value: Option<prost_types::Timestamp>,
    ) -> Option<Option<OffsetDateTime>> {
        let Some(value) = value else { return Some(None) };
        let read = OffsetDateTime::from_unix_timestamp(value.seconds)
            .ok()
            .and_then(|moment| {
                let nanos = u32::try_from(value.nanos).ok()?;
                moment.replace_nanosecond(nanos).ok()
            });
        if read.is_none() {
            self.wrong(
                field,
                "must be a moment of the years 1 to 9999, with nanos from 0 to 999,999,999",
            );
        }
        read.map(Some)
    }

    /// A required moment.
    pub(crate) fn required_moment(
        &mut self,
        field: &str,
        value: Option<prost_types::Timestamp>,
    ) -> Option<OffsetDateTime> {
        let read = self.moment(field, value)?;
        if read.is_none() {
            self.wrong(field, "must be given");
        }
        read
    }

    /// The number of an entry, or 0.
    pub(crate) fn sequence(&mut self, field: &str, value: u64) -> Option<u64> {
        if i64::try_from(value).is_err() {
            self.wrong(field, "is no number of an entry");
            return None;
        }
        Some(value)
    }

    /// Bytes of a required length.
    pub(crate) fn bytes(
        &mut self,
        field: &str,
        value: Vec<u8>,
        bounds: std::ops::RangeInclusive<usize>,
    ) -> Option<Vec<u8>> {
        if bounds.contains(&value.len()) {
            return Some(value);
        }
        self.wrong(
            field,
            format!("must have {} to {} bytes", bounds.start(), bounds.end()),
        );
        None
    }

    /// A required certificate. Whether it is one is not looked at here: a malformed certificate is an answer.
    pub(crate) fn certificate(&mut self, field: &str, value: Vec<u8>) -> Option<CertificateDer> {
        self.bytes(field, value, 1..=MAX_CERTIFICATE_LEN)
            .map(CertificateDer::new)
    }

    /// Certificates that came along.
    pub(crate) fn intermediates(&mut self, field: &str, values: Vec<Vec<u8>>) -> Option<Vec<CertificateDer>> {
        if values.len() > MAX_INTERMEDIATES {
            self.wrong(
                field,
                format!("must have at most {MAX_INTERMEDIATES} certificates"),
            );
            return None;
        }
        let each = values.into_iter().enumerate();
        // Not stopping at the first wrong one: all are to be named.
        let read: Vec<_> = each
            .map(|(index, value)| self.certificate(&format!("{field}[{index}]"), value))
            .collect();
        read.into_iter().collect()
    }

    /// A text of at most that many bytes, of which only the form is looked at.
    pub(crate) fn text(&mut self, field: &str, value: String, max: usize) -> Option<String> {
        if value.is_empty() {
            self.wrong(field, "must not be empty");
            None
        } else if value.len() > max {
            self.wrong(field, format!("must have at most {max} characters"));
            None
        } else {
            Some(value)
        }
    }

    /// An optional BCP 47 language; Japanese where it is not said.
    pub(crate) fn language(&mut self, field: &str, value: String) -> Option<String> {
        const MAX_LANGUAGE_LEN: usize = 35;
        if value.is_empty() {
            return Some("ja".to_owned());
        }
        let subtag =
            |tag: &str| (1..=8).contains(&tag.len()) && tag.bytes().all(|c| c.is_ascii_alphanumeric());
        if value.len() <= MAX_LANGUAGE_LEN && value.split('-').all(subtag) {
            return Some(value);
        }
        self.wrong(field, "must be a BCP 47 language, such as ja or en-US");
        None
    }
}

/// The names of the wrong fields of a request that must be refused.
#[cfg(test)]
pub(super) fn wrong_fields<T>(read: Result<T, Refusal>) -> Vec<String> {
    let refusal = read.err().unwrap();
    assert_eq!(refusal.reason, Reason::InvalidArgument);
    refusal
        .violations
        .into_iter()
        .map(|violation| violation.field)
        .collect()
}

#[cfg(test)]
mod tests;
