//! A visit that the maker's program leads to its end: hands put the card on, look into the camera and answer.

use std::time::Instant;

use madoguchi_core::consent::QuestionItem;
use madoguchi_driver_api::screen::{Answer, FaceOutcome};
use madoguchi_driver_api::visit::{Outcome, Plan};
use madoguchi_driver_api::{Call, Capability, Decision, Error, Item, Medium, Method, Reader, Reason};
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::{card, delegated};
use crate::ground::{Ground, SOON, long, patience};
use crate::hands::{Deed, Skill};
use crate::rule::{Checked, Group, Need, Rule, Stop, broken, expect, good, told};

const LED: &[Need] = &[
    Need::Reader,
    Need::Can(Capability::Delegated),
    Need::Hand(Skill::Card),
    Need::Hand(Skill::Fingers),
    Need::Hand(Skill::Face),
];
const LED_AND_READ: &[Need] = &[
    Need::Reader,
    Need::Can(Capability::Delegated),
    Need::Can(Capability::NfcCard),
    Need::Hand(Skill::Card),
    Need::Hand(Skill::Fingers),
    Need::Hand(Skill::Face),
];
const LED_AND_SEEN: &[Need] = &[
    Need::Reader,
    Need::Can(Capability::Delegated),
    Need::Hand(Skill::Card),
    Need::Hand(Skill::Fingers),
    Need::Hand(Skill::Face),
    Need::Hand(Skill::Power),
];
const CHOOSES: &[Need] = &[
    Need::Reader,
    Need::Can(Capability::Delegated),
    Need::Hand(Skill::Fingers),
    Need::Hand(Skill::Inside),
];

/// What is asked, and what is pressed.
const ANSWERS: &[(Item, bool)] = &[
    (Item::Diagnosis, true),
    (Item::Medication, false),
    (Item::HealthCheckup, true),
];
const CHALLENGE_LEN: usize = 32;
/// The most that a short READ BINARY gives.
const CHUNK: usize = 256;

pub(super) const RULES: &[Rule] = &[
    Group::Delegated.rule(
        "visit-signs-the-challenge",
        "A visit's signature is over the challenge of its plan, by the key of the certificate that it gives.",
        LED,
        |ground| {
            // Another challenge each time: a signature that was kept does not do.
            for _ in 0..2 {
                let (plan, visit) = led(ground, &ANSWERS[..1])?;
                expect(
                    is_signed(&visit.certificate, &plan.challenge, &visit.signature),
                    "a signature over the plan's challenge",
                    || "one over something else, or by another key".to_owned(),
                )?;
                taken_away(ground)?;
            }
            Ok(())
        },
    ),
    Group::Delegated.rule(
        "visit-gives-the-cards-certificate",
        "The certificate that a visit gives is the one on the card.",
        LED_AND_READ,
        |ground| {
            let (_, visit) = led(ground, &ANSWERS[..1])?;
            let mut reader = ground.open()?;
            good("powering the card", reader.power_on(&long()))?;
            let on_the_card = certificate(reader.as_mut())?;
            expect(visit.certificate == on_the_card, "the card's certificate", || {
                format!("{} bytes that are another", visit.certificate.len())
            })
        },
    ),
    Group::Delegated.rule(
        "visit-tells-what-was-answered",
        "A visit's decisions are the answers that were pressed, one for each question, in order.",
        LED,
        |ground| {
            let (_, visit) = led(ground, ANSWERS)?;
            let pressed: Vec<_> = ANSWERS
                .iter()
                .map(|&(item, granted)| Decision { item, granted })
                .collect();
            expect(visit.decisions == pressed, &format!("{pressed:?}"), || {
                format!("{:?}", visit.decisions)
            })
        },
    ),
    Group::Delegated.rule(
        "visit-asks-the-plans-questions",
        "A visit whose plan asks for no consent comes to its end without one.",
        LED,
        |ground| {
            let (_, visit) = led(ground, &[])?;
            expect(visit.decisions.is_empty(), "no decision", || {
                format!("{:?}", visit.decisions)
            })
        },
    ),
    Group::Delegated.rule(
        "visit-tells-how-it-verified",
        "A visit tells with what and how the person was verified.",
        LED,
        |ground| {
            let (_, visit) = led(ground, &ANSWERS[..1])?;
            let how = (visit.medium, visit.method);
            expect(how == (Medium::Card, Method::Face), "Card and Face", || {
                format!("{how:?}")
            })
        },
    ),
    Group::Delegated.rule(
        "visit-leaves-no-power",
        "When a visit has ended the card has no power.",
        LED_AND_SEEN,
        |ground| {
            led(ground, &ANSWERS[..1])?;
            card::without_power(ground)
        },
    ),
    Group::Delegated.rule(
        "visit-ends-with-the-card",
        "A card that is pulled before it signed ends the visit, with that as the reason.",
        LED,
        |ground| {
            ground.act(Deed::Face(None))?;
            let mut reader = ground.open()?;
            let plan = plan(&ANSWERS[..1])?;
            let pulling = vec![Deed::Insert, Deed::AwaitCamera, Deed::Remove];
            let begun = Instant::now();
            let (outcome, done) = ground.during(pulling, || reader.run_visit(&plan, &mut |_| {}, &long()));
            let reason = Reason::CardRemoved;
            expect(
                outcome == Ok(Outcome::Failed { reason }) && begun.elapsed() < patience(),
                &format!("{:?}", Outcome::Failed { reason }),
                || seen(&outcome, &done),
            )
        },
    ),
    Group::Delegated.rule(
        "visit-hands-a-phone-over",
        "A phone that is chosen and that the device does not read is handed over.",
        CHOOSES,
        handed_over,
    ),
];

/// What a visit came to.
struct Visit {
    medium: Medium,
    method: Method,
    certificate: Vec<u8>,
    signature: Vec<u8>,
    decisions: Vec<Decision>,
}

/// Leads a patient whose face fits through a visit with a card, and gives what came of it.
fn led(ground: &mut Ground, answers: &[(Item, bool)]) -> Result<(Plan, Visit), Stop> {
    ground.act(Deed::Face(Some(FaceOutcome::Match)))?;
    let mut reader = ground.open()?;
    let plan = plan(answers)?;
    let mut deeds = vec![Deed::Insert];
    deeds.extend(answers.iter().map(|(_, granted)| Deed::Consent(*granted)));
    let (outcome, done) = ground.during(deeds, || reader.run_visit(&plan, &mut |_| {}, &long()));
    match outcome {
        Ok(Outcome::Verified {
            medium,
            method,
            certificate,
            signature,
            decisions,
        }) => Ok((
            plan,
            Visit {
                medium,
                method,
                certificate,
                signature,
                decisions,
            },
        )),
        outcome => Err(broken("Verified", seen(&outcome, &done))),
    }
}

/// What came of it, and what the hands could not do.
fn seen<T>(outcome: &Result<Outcome, Error>, done: &Result<T, Stop>) -> String {
    match done {
        Err(Stop::Broken { seen, .. } | Stop::NotTried(seen) | Stop::NotApplicable(seen)) => {
            format!("{}; {seen}", told(outcome))
        }
        Ok(_) => told(outcome),
    }
}

fn plan(answers: &[(Item, bool)]) -> Result<Plan, Stop> {
    let mut challenge = vec![0; CHALLENGE_LEN];
    SystemRandom::new()
        .fill(&mut challenge)
        .map_err(|_| Stop::NotTried("this system has no random numbers".to_owned()))?;
    let consents = answers.iter().map(|(item, _)| QuestionItem {
        item: *item,
        text: format!("{} の提供に同意しますか。", item.as_str()),
    });
    Ok(Plan {
        media: vec![Medium::Card],
        consents: consents.collect(),
        challenge,
        ..delegated::plan()
    })
}

fn taken_away(ground: &mut Ground) -> Checked {
    ground.act(Deed::Remove)?;
    ground
        .until(|reader| reader.is_some_and(|reader| !reader.card_present))
        .map(drop)
}

/// Whether that certificate's key signed it.
fn is_signed(certificate: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let Ok((_, leaf)) = X509Certificate::from_der(certificate) else {
        return false;
    };
    let key = &leaf.public_key().subject_public_key.data;
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key)
        .verify(message, signature)
        .is_ok()
}

/// The user-authentication certificate of the powered card.
fn certificate(reader: &mut dyn Reader) -> Result<Vec<u8>, Stop> {
    for command in [card::SELECT.as_slice(), &card::CERTIFICATE] {
        card::send(reader, command)?;
    }
    let mut der = Vec::new();
    let mut total = CHUNK;
    while der.len() < total {
        let [high, low] = u16::try_from(der.len()).unwrap_or(u16::MAX).to_be_bytes();
        // A length of zero stands for 256.
        let length = u8::try_from(total - der.len()).unwrap_or(0);
        let answer = card::send(reader, &[0x00, 0xB0, high, low, length])?;
        match answer.strip_suffix(&card::OK) {
            Some(data) if !data.is_empty() => der.extend_from_slice(data),
            _ => return Err(broken("the certificate's next bytes", card::status(&answer))),
        }
        if let [0x30, 0x82, high, low, ..] = der[..] {
            total = 4 + usize::from(u16::from_be_bytes([high, low]));
        }
    }
    der.truncate(total);
    Ok(der)
}

fn handed_over(ground: &mut Ground) -> Checked {
    let mut reader = ground.open()?;
    let (asked, seen) = ground.during(vec![Deed::AwaitQuestion], || {
        reader.run_visit(&delegated::plan(), &mut |_| {}, &Call::within(SOON * 2))
    });
    expect(
        asked == Err(Error::Timeout),
        "a question until the deadline",
        || told(&asked),
    )?;
    let phone = Medium::IPhone;
    if !seen?.buttons.contains(&Answer::Medium(phone)) {
        return Err(Stop::NotApplicable("the device offers no phone".to_owned()));
    }
    if ground.can(Capability::NfcPhone) {
        return Err(Stop::NotApplicable("the device reads phones itself".to_owned()));
    }
    let (outcome, _) = ground.during(vec![Deed::Press(Answer::Medium(phone))], || {
        reader.run_visit(&delegated::plan(), &mut |_| {}, &long())
    });
    let expected = Outcome::HandedOver { medium: phone };
    expect(
        outcome.as_ref() == Ok(&expected),
        &format!("{expected:?}"),
        || told(&outcome),
    )
}
