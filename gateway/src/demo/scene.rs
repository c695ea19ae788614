//! The script: who comes, what they do, and how it must end.

use std::fmt;

use madoguchi_core::certificate::Outcome as CertificateOutcome;
use madoguchi_core::{Method, Reason};
use madoguchi_twin::Persona;

use crate::cli::check_in::ConsentChoice;
use crate::cli::visit::End;
use crate::cli::wire;
use crate::demo::Error;

/// One visit.
pub(super) struct Scene {
    pub(super) title: String,
    pub(super) persona: Persona,
    /// Whether the patient mistypes first.
    pub(super) wrong_pin_first: bool,
    pub(super) consent: ConsentChoice,
    pub(super) expected: Expected,
}

/// How a visit must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Expected {
    outcome: &'static str,
    reason: Option<Reason>,
    method: Option<Method>,
    certificate: CertificateOutcome,
    /// Items granted.
    consents: usize,
    insured: bool,
}

const FULL: Expected = Expected {
    outcome: "completed",
    reason: None,
    method: Some(Method::Pin),
    certificate: CertificateOutcome::Full,
    consents: 4,
    insured: true,
};

const fn failed(reason: Reason, certificate: CertificateOutcome) -> Expected {
    Expected {
        outcome: "failed",
        reason: Some(reason),
        method: None,
        certificate,
        consents: 0,
        insured: false,
    }
}

/// Each persona of the house that has a card or phone with the JPKI application, by its name.
const PERSONAS: [(&str, Expected); 9] = [
    ("adult", FULL),
    (
        "expired-in-grace",
        Expected {
            reason: Some(Reason::CertificateInGrace),
            certificate: CertificateOutcome::EligibilityOnly,
            consents: 0,
            ..FULL
        },
    ),
    (
        "expired-out-of-grace",
        failed(Reason::CertificateExpired, CertificateOutcome::Refused),
    ),
    ("locked-pin", failed(Reason::PinLocked, CertificateOutcome::Full)),
    ("no-pin", failed(Reason::PinNotSet, CertificateOutcome::Full)),
    ("child", FULL),
    ("unregistered", FULL),
    ("android", FULL),
    (
        "iphone",
        Expected {
            method: Some(Method::Device),
            ..FULL
        },
    ),
];

impl Scene {
    /// Every persona once, then a slip of the finger and a refusal of consent.
    pub(super) fn all() -> Result<Vec<Self>, crate::cli::Error> {
        let mut scenes = Vec::new();
        for (name, expected) in PERSONAS {
            scenes.push(Self {
                title: name.to_owned(),
                persona: persona(name)?,
                wrong_pin_first: false,
                consent: ConsentChoice::All,
                expected,
            });
        }
        scenes.push(Self {
            title: "adult, who mistypes the PIN first".to_owned(),
            persona: persona("adult")?,
            wrong_pin_first: true,
            consent: ConsentChoice::All,
            expected: FULL,
        });
        scenes.push(Self {
            title: "adult, who consents to nothing".to_owned(),
            persona: persona("adult")?,
            wrong_pin_first: false,
            consent: ConsentChoice::Only(Vec::new()),
            expected: Expected { consents: 0, ..FULL },
        });
        Ok(scenes)
    }
}

/// Whose card lies on the reader for guests.
pub(super) fn guest() -> Result<Persona, crate::cli::Error> {
    persona("adult")
}

fn persona(name: &'static str) -> Result<Persona, crate::cli::Error> {
    Ok(Persona::by_name(name)?.ok_or(Error::Persona(name))?)
}

impl Expected {
    /// Whether the visit ended like this.
    pub(super) fn is_met_by(&self, end: &End) -> bool {
        self.outcome == end.outcome()
            && self.reason == end.reason()
            && (self.method.is_none() || self.method == wire::method(end.check_in.method))
            && Some(self.certificate) == end.certificate_outcome()
            && self.consents == end.consents().len()
            && self.insured == (end.eligibility() == Some("valid"))
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = self.reason.map_or("no reason", Reason::code);
        let items = self.consents;
        write!(
            f,
            "{} with {reason}, certificate {}, {items} consents",
            self.outcome,
            self.certificate.as_str()
        )?;
        f.write_str(if self.insured {
            ", insured"
        } else {
            ", no eligibility answer"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use madoguchi_proto::checkin::v1::CheckIn;
    use std::collections::BTreeSet;

    #[test]
    fn every_persona_of_the_house_is_in_the_script() {
        let scenes = Scene::all().unwrap();
        let played: BTreeSet<_> = scenes.iter().map(|scene| scene.persona.name()).collect();
        // Not for this counter: it checks in cards and phones that carry the JPKI application.
        let other = ["not-my-number", "paper-card"];
        let names = Persona::names().filter(|name| !other.contains(name));
        assert_eq!(played, names.collect::<BTreeSet<_>>());
        assert!(scenes.iter().any(|scene| scene.wrong_pin_first));
        assert!(
            scenes
                .iter()
                .any(|scene| scene.consent == ConsentChoice::Only(Vec::new()))
        );
    }

    #[test]
    fn a_visit_that_ended_otherwise_does_not_pass() {
        let end = End {
            check_in: CheckIn::default(),
            gave_up: None,
            elapsed: std::time::Duration::ZERO,
        };
        for scene in Scene::all().unwrap() {
            assert!(!scene.expected.is_met_by(&end), "{}", scene.title);
        }
    }
}
