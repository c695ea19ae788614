//! FACE: starts the comparison of the face with the photo on the card that is powered in the slot.

use madoguchi_driver_api::screen::FaceOutcome;

use crate::quirks::Language;
use crate::transport::message::{Code, Message};

pub(crate) fn message(
    again_because: Option<FaceOutcome>,
    language: Language,
    texts: &[(u8, String)],
) -> Message {
    let before = again_because.map_or(0, number);
    Message::new(Code::Face, &[before, language as u8]).with_texts(texts)
}

const OUTCOMES: [FaceOutcome; 6] = [
    FaceOutcome::Match,
    FaceOutcome::NoMatch,
    FaceOutcome::NoFace,
    FaceOutcome::SeveralFaces,
    FaceOutcome::CameraCovered,
    FaceOutcome::Declined,
];

/// The outcome of that number, from one.
pub(crate) fn outcome(number: u8) -> Option<FaceOutcome> {
    OUTCOMES.get(usize::from(number.checked_sub(1)?)).copied()
}

/// The number of an outcome; that of an outcome which the device does not know is none.
fn number(outcome: FaceOutcome) -> u8 {
    (1..)
        .zip(OUTCOMES)
        .find_map(|(number, known)| (known == outcome).then_some(number))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_outcome_has_a_number_and_no_number_two() {
        for known in OUTCOMES {
            assert_eq!(outcome(number(known)), Some(known));
        }
        assert_eq!(number(FaceOutcome::Match), 0x01);
        assert_eq!(number(FaceOutcome::Declined), 0x06);
        assert_eq!((outcome(0), outcome(7)), (None, None));
    }
}
