//! Distinguished names, compared as RFC 5280 section 7.1 says: letter case and runs of spaces do not count.

use x509_parser::x509::X509Name;

/// One attribute: its type, and its value ready for comparison.
type Attribute = (String, Vec<u8>);

/// A distinguished name, ready for comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Directory(Vec<Vec<Attribute>>);

impl Directory {
    pub(crate) fn new(name: &X509Name<'_>) -> Self {
        let read = |attribute: &x509_parser::x509::AttributeTypeAndValue<'_>| {
            let value = match attribute.as_str() {
                Ok(text) => text
                    .split_whitespace()
                    .collect::<Vec<_>>()
                    .join(" ")
                    .to_lowercase()
                    .into_bytes(),
                Err(_) => attribute.as_slice().to_vec(),
            };
            (attribute.attr_type().to_id_string(), value)
        };
        let names = name.iter_rdn().map(|relative| {
            let mut attributes: Vec<_> = relative.iter().map(read).collect();
            attributes.sort();
            attributes
        });
        Self(names.collect())
    }

    /// Whether the name stands at or below this one.
    pub(super) fn covers(&self, name: &Self) -> bool {
        name.0.starts_with(&self.0)
    }
}
