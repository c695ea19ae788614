//! What a gateway's error says beyond its code.

use tonic::Status;
use tonic_types::{ErrorDetail, StatusExt as _};

/// A refusal, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The code of the reason catalogue.
    pub reason: String,
    /// The wrong fields.
    pub fields: Vec<String>,
    /// Facts.
    pub metadata: std::collections::HashMap<String, String>,
}

/// Takes an error apart. Each must have exactly one ErrorInfo of our domain and one Japanese sentence.
#[must_use]
pub fn refused(status: &Status) -> Refused {
    let details = status.get_error_details_vec();
    let infos: Vec<_> = details
        .iter()
        .filter_map(|detail| match detail {
            ErrorDetail::ErrorInfo(info) => Some(info.clone()),
            _ => None,
        })
        .collect();
    let [info] = &infos[..] else {
        panic!("{} ErrorInfos in {status:?}", infos.len())
    };
    assert_eq!(info.domain, "madoguchi", "{status:?}");
    let sentence = status
        .get_details_localized_message()
        .expect("a sentence for the receptionist");
    assert_eq!(sentence.locale, "ja-JP");
    assert!(!sentence.message.is_ascii(), "{sentence:?}");
    let violations = status.get_details_bad_request().map(|bad| bad.field_violations);
    let fields = violations.unwrap_or_default();
    assert!(
        fields.iter().all(|violation| !violation.description.is_empty()),
        "{status:?}"
    );
    Refused {
        reason: info.reason.clone(),
        fields: fields.into_iter().map(|violation| violation.field).collect(),
        metadata: info.metadata.clone(),
    }
}
