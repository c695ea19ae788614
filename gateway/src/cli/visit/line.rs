//! The one JSON line of a visit, the same for the demo and for `check-in`.

use serde::Serialize;

use crate::cli::visit::End;
use crate::cli::wire;

/// A visit in one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VisitLine {
    /// Who held something up; only the demo knows.
    pub persona: Option<String>,
    /// What was held up.
    pub medium: Option<&'static str>,
    /// How the person was verified.
    pub method: Option<&'static str>,
    /// `completed`, `failed`, `cancelled` or `expired`.
    pub outcome: &'static str,
    /// Why it did not go as wished.
    pub reason: Option<&'static str>,
    /// `full`, `eligibility_only` or `refused`.
    pub certificate_outcome: Option<&'static str>,
    /// The items that the patient granted.
    pub consents: Vec<&'static str>,
    /// Whether the patient is insured.
    pub eligibility: Option<&'static str>,
    /// How long it took, as seen by the client.
    pub elapsed_ms: u64,
    /// APDUs that the card was sent.
    pub apdus: u32,
    /// The visit, where a client wants to look it up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check_in_id: Option<String>,
}

impl VisitLine {
    /// The line of a visit, without its name.
    #[must_use]
    pub fn of(end: &End, persona: Option<&str>) -> Self {
        Self {
            persona: persona.map(str::to_owned),
            medium: wire::medium(end.check_in.medium).map(|medium| medium.as_str()),
            method: wire::method(end.check_in.method).map(|method| method.as_str()),
            outcome: end.outcome(),
            reason: end.reason().map(|reason| reason.code()),
            certificate_outcome: end.certificate_outcome().map(|outcome| outcome.as_str()),
            consents: end.consents(),
            eligibility: end.eligibility(),
            elapsed_ms: u64::try_from(end.elapsed.as_millis()).unwrap_or(u64::MAX),
            apdus: end.check_in.apdu_count,
            check_in_id: None,
        }
    }

    /// The same with the visit's name.
    #[must_use]
    pub fn with_id(end: &End) -> Self {
        Self {
            check_in_id: Some(end.check_in.check_in_id.clone()),
            ..Self::of(end, None)
        }
    }
}
