//! Paths that RFC 5280 accepts or refuses: most made by `make.py` beside this file, each judged as its name says and in time.
#![expect(clippy::unwrap_used, reason = "assertions")]

mod policies;

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use madoguchi_certificate::rfc5280;
use madoguchi_core::certificate::CertificateDer;
use serde::Deserialize;
use time::OffsetDateTime;

/// No path takes longer than this, however it was made; a debug build on a busy machine needs a hundredth.
const BOUND: Duration = Duration::from_secs(5);

#[derive(Deserialize)]
struct Case {
    name: String,
    holds: bool,
    reason: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    anchors: Vec<String>,
    intermediates: Vec<String>,
    leaf: String,
}

fn der(text: &str) -> CertificateDer {
    CertificateDer::new(STANDARD.decode(text).unwrap())
}

fn ders(texts: &[String]) -> Vec<CertificateDer> {
    texts.iter().map(|text| der(text)).collect()
}

#[test]
fn every_path_is_judged_as_its_name_says() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("cases.json")).unwrap();
    assert!(cases.len() > 100, "{} cases", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        let began = Instant::now();
        let (anchors, intermediates) = (ders(&case.anchors), ders(&case.intermediates));
        let result = rfc5280::validate(&anchors, &der(&case.leaf), &intermediates, case.at);
        let reason = result.err().map(|fault| fault.fault.code().to_owned());
        if reason.is_none() != case.holds || reason != case.reason {
            wrong.push(format!(
                "{}: {:?} instead of {:?}",
                case.name, reason, case.reason
            ));
        }
        assert!(began.elapsed() < BOUND, "{}", case.name);
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}
