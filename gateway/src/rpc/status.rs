//! A refusal as gRPC sees it: canonical code, exactly one ErrorInfo, a Japanese sentence for the receptionist.

use std::collections::HashMap;

use madoguchi_core::reason::Kind;
use madoguchi_core::{Reason, Refusal};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt as _};

/// `ErrorInfo.domain`.
const DOMAIN: &str = "madoguchi";
/// Language of the receptionist's sentence.
const LOCALE: &str = "ja-JP";

/// The status of a refusal.
pub(crate) fn of(refusal: Refusal) -> Status {
    let Refusal {
        reason,
        violations,
        metadata,
    } = refusal;
    let metadata: HashMap<_, _> = metadata
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect();
    let mut details = ErrorDetails::with_error_info(reason.code(), DOMAIN, metadata);
    details.set_localized_message(LOCALE, reason.message_ja());
    if let Some(delay) = reason.retry_after() {
        details.set_retry_info(Some(delay));
    }
    let mut message = reason.message().to_owned();
    if !violations.is_empty() {
        for violation in &violations {
            message.push_str(&format!(" {}: {}.", violation.field, violation.description));
        }
        let fields = violations
            .into_iter()
            .map(|v| FieldViolation::new(v.field, v.description));
        details.set_bad_request(fields.collect::<Vec<_>>());
    }
    Status::with_error_details(code(reason.kind()), message, details)
}

/// The status of a reason with nothing to add.
pub(crate) fn of_reason(reason: Reason) -> Status {
    of(reason.into())
}

const fn code(kind: Kind) -> Code {
    match kind {
        Kind::InvalidArgument => Code::InvalidArgument,
        Kind::FailedPrecondition => Code::FailedPrecondition,
        Kind::NotFound => Code::NotFound,
        Kind::Aborted => Code::Aborted,
        Kind::Unavailable => Code::Unavailable,
        Kind::ResourceExhausted => Code::ResourceExhausted,
        Kind::DeadlineExceeded => Code::DeadlineExceeded,
        Kind::Cancelled => Code::Cancelled,
        Kind::PermissionDenied => Code::PermissionDenied,
        Kind::Unauthenticated => Code::Unauthenticated,
        Kind::Internal => Code::Internal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use madoguchi_core::Violation;
    use tonic_types::ErrorDetail;

    #[test]
    fn every_reason_has_one_error_info_and_one_japanese_sentence() {
        for reason in Reason::ALL {
            let status = of_reason(*reason);
            assert_eq!(status.code(), code(reason.kind()));
            let details = status.get_error_details_vec();
            let infos: Vec<_> = details
                .iter()
                .filter_map(|detail| match detail {
                    ErrorDetail::ErrorInfo(info) => Some(info),
                    _ => None,
                })
                .collect();
            assert_eq!(infos.len(), 1);
            assert_eq!(
                (infos[0].reason.as_str(), infos[0].domain.as_str()),
                (reason.code(), "madoguchi")
            );
            let message = status.get_details_localized_message().unwrap();
            assert_eq!(
                (message.locale.as_str(), message.message.as_str()),
                ("ja-JP", reason.message_ja())
            );
            let retry = status.get_details_retry_info().and_then(|info| info.retry_delay);
            assert_eq!(retry, reason.retry_after(), "{}", reason.code());
            assert!(status.get_details_bad_request().is_none());
        }
    }

    #[test]
    fn fields_and_facts_are_told() {
        let mut refusal = Refusal::field("counter_id", "must not be empty").with("check_in_id", "x");
        refusal.violations.push(Violation {
            field: "medium".to_owned(),
            description: "is unknown".to_owned(),
        });
        let status = of(refusal);
        let fields = status.get_details_bad_request().unwrap().field_violations;
        let fields: Vec<_> = fields
            .iter()
            .map(|v| (v.field.as_str(), v.description.as_str()))
            .collect();
        assert_eq!(
            fields,
            [("counter_id", "must not be empty"), ("medium", "is unknown")]
        );
        assert_eq!(
            status.get_details_error_info().unwrap().metadata["check_in_id"],
            "x"
        );
        assert!(status.message().contains("counter_id: must not be empty."));
    }
}
