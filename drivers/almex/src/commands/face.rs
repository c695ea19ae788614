//! FAC: the camera compares the face with the photo on the powered card.

use madoguchi_driver_api::Call;
use madoguchi_driver_api::screen::FaceOutcome;

use super::{Conversation, Words, borrowed};
use crate::error::{Fault, ReturnValue};

/// Has the face compared, and says how it ended.
///
/// # Errors
/// [`Fault`].
pub(crate) fn verify(
    conversation: &mut Conversation,
    words: &Words,
    call: &Call,
) -> Result<FaceOutcome, Fault> {
    const COMMAND: &str = "FAC";
    let ended = conversation.operate(COMMAND, &borrowed(&words.fields()), call);
    let value = match ended {
        Ok(reply) => reply.value,
        // It may be told at once, without a comparison.
        Err(Fault::Returned { value, .. }) => value,
        Err(fault) => return Err(fault),
    };
    outcome(value).ok_or(Fault::Returned {
        command: COMMAND,
        value,
    })
}

/// What a value says of the person; none where it is of the device: a broken camera is nothing that a patient can put
/// right, and the next way to verify the person is taken.
const fn outcome(value: ReturnValue) -> Option<FaceOutcome> {
    match value {
        ReturnValue::DONE => Some(FaceOutcome::Match),
        ReturnValue::NO_MATCH => Some(FaceOutcome::NoMatch),
        ReturnValue::NO_FACE => Some(FaceOutcome::NoFace),
        ReturnValue::SEVERAL_FACES => Some(FaceOutcome::SeveralFaces),
        ReturnValue::CAMERA_COVERED => Some(FaceOutcome::CameraCovered),
        ReturnValue::DECLINED => Some(FaceOutcome::Declined),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use madoguchi_driver_api::Error;

    use super::*;

    #[test]
    fn a_camera_fault_is_of_the_device_and_a_covered_camera_of_the_person() {
        let value = |digits: &[u8]| ReturnValue::parse(digits).unwrap();
        assert_eq!(outcome(value(b"304")), Some(FaceOutcome::CameraCovered));
        for broken in [b"501", b"502"] {
            assert_eq!(outcome(value(broken)), None);
            let fault = Fault::Returned {
                command: "FAC",
                value: value(broken),
            };
            assert!(matches!(Error::from(fault), Error::ReaderUnavailable { .. }));
        }
    }
}
