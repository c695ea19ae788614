//! The camera.

use madoguchi_driver_api::screen::{FaceOutcome, FaceRequest};
use madoguchi_driver_api::{Capability, Error, Reader};

use super::card;
use crate::ground::{Ground, cancelled, deadline, long, over, patience};
use crate::hands::{Deed, Skill};
use crate::rule::{Checked, Group, Need, Rule, Stop, expect, good, said, told};

const CAMERA: &[Need] = &[Need::Reader, Need::Can(Capability::Face)];
const FACE: &[Need] = &[
    Need::Reader,
    Need::Can(Capability::Face),
    Need::Can(Capability::NfcCard),
    Need::Hand(Skill::Card),
    Need::Hand(Skill::Face),
];
const OUTCOME: &str = "What the camera comes to is told as it is.";

pub(super) const RULES: &[Rule] = &[
    Group::Face.rule(
        "face-needs-a-card",
        "Without a powered card there is no face to compare with.",
        CAMERA,
        |ground| {
            let mut reader = ground.open()?;
            let outcome = reader.verify_face(&request(), &long());
            expect(outcome == Err(Error::NoCard), &Error::NoCard.to_string(), || {
                told(&outcome)
            })
        },
    ),
    Group::Face.rule("face-match", OUTCOME, FACE, |ground| {
        outcome(ground, FaceOutcome::Match)
    }),
    Group::Face.rule("face-no-match", OUTCOME, FACE, |ground| {
        outcome(ground, FaceOutcome::NoMatch)
    }),
    Group::Face.rule("face-no-face", OUTCOME, FACE, |ground| {
        outcome(ground, FaceOutcome::NoFace)
    }),
    Group::Face.rule("face-several", OUTCOME, FACE, |ground| {
        outcome(ground, FaceOutcome::SeveralFaces)
    }),
    Group::Face.rule("face-covered", OUTCOME, FACE, |ground| {
        outcome(ground, FaceOutcome::CameraCovered)
    }),
    Group::Face.rule(
        "deadline-face",
        "The camera waits for somebody, until its deadline.",
        FACE,
        |ground| {
            let mut reader = nobody(ground)?;
            deadline("the camera", |call| reader.verify_face(&request(), call))
        },
    ),
    Group::Face.rule(
        "cancel-face",
        "The camera ends soon after it was called off.",
        FACE,
        |ground| {
            let mut reader = nobody(ground)?;
            cancelled("the camera", |call| reader.verify_face(&request(), call))
        },
    ),
    Group::Face.rule(
        "camera-has-bounds",
        "The camera is not started when its time is up or it was called off.",
        FACE,
        |ground| {
            let mut reader = nobody(ground)?;
            over("the camera", |call| reader.verify_face(&request(), call))
        },
    ),
    Group::Face.rule(
        "a-match-signs",
        "After a match the card signs without a PIN, the application still selected.",
        FACE,
        |ground| {
            ground.act(Deed::Face(Some(FaceOutcome::Match)))?;
            let mut reader = ground.powered()?;
            good("the camera", reader.verify_face(&request(), &long()))?;
            expect(card::signs(reader.as_mut())?, "a signature", || {
                "the card refuses".to_owned()
            })
        },
    ),
    Group::Face.rule(
        "no-match-does-not-sign",
        "After no match it does not.",
        FACE,
        |ground| {
            ground.act(Deed::Face(Some(FaceOutcome::NoMatch)))?;
            let mut reader = ground.powered()?;
            card::send(reader.as_mut(), &card::SELECT)?;
            good("the camera", reader.verify_face(&request(), &long()))?;
            expect(!card::signs(reader.as_mut())?, "a refusal", || {
                "a signature".to_owned()
            })
        },
    ),
    Group::Face.rule(
        "face-again",
        "A verification is done again, and told why.",
        FACE,
        |ground| {
            ground.act(Deed::Face(Some(FaceOutcome::NoMatch)))?;
            let mut reader = ground.powered()?;
            good("the camera", reader.verify_face(&request(), &long()))?;
            ground.act(Deed::Face(Some(FaceOutcome::Match)))?;
            let again = FaceRequest {
                again_because: Some(FaceOutcome::NoMatch),
                language: "en".to_owned(),
            };
            let outcome = reader.verify_face(&again, &long());
            expect(outcome == Ok(FaceOutcome::Match), "Match", || told(&outcome))
        },
    ),
    Group::Face.rule(
        "face-ends-with-the-card",
        "A card that is pulled in front of the camera ends the verification.",
        FACE,
        |ground| {
            let mut reader = nobody(ground)?;
            let removing = vec![Deed::AwaitQuestion, Deed::Remove];
            let begun = std::time::Instant::now();
            let (outcome, _) = ground.during(removing, || reader.verify_face(&request(), &long()));
            let told_so = matches!(outcome, Err(Error::CardRemoved | Error::NoCard));
            expect(
                told_so && begun.elapsed() < patience(),
                &Error::CardRemoved.to_string(),
                || told(&outcome),
            )
        },
    ),
    Group::Face.rule(
        "no-camera-no-face",
        "A reader that announces no face verification says that it has none.",
        &[Need::Reader, Need::Cannot(Capability::Face)],
        |ground| {
            let mut reader = ground.open()?;
            let outcome = reader.verify_face(&request(), &long());
            expect(
                outcome == Err(Error::Unsupported),
                &Error::Unsupported.to_string(),
                || said(&outcome),
            )
        },
    ),
];

pub(super) fn request() -> FaceRequest {
    FaceRequest {
        again_because: None,
        language: "ja".to_owned(),
    }
}

fn outcome(ground: &mut Ground, expected: FaceOutcome) -> Checked {
    ground.act(Deed::Face(Some(expected)))?;
    let mut reader = ground.powered()?;
    let outcome = reader.verify_face(&request(), &long());
    expect(outcome == Ok(expected), &format!("{expected:?}"), || {
        told(&outcome)
    })
}

/// A powered card, and nobody in front of the camera.
fn nobody(ground: &mut Ground) -> Result<Box<dyn Reader>, Stop> {
    ground.act(Deed::Face(None))?;
    ground.powered()
}
