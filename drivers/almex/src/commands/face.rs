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
        // A camera that is known to be broken does not even begin.
        Err(Fault::Returned { value, .. }) => value,
        Err(fault) => return Err(fault),
    };
    match value {
        ReturnValue::DONE => Ok(FaceOutcome::Match),
        ReturnValue::NO_MATCH => Ok(FaceOutcome::NoMatch),
        ReturnValue::NO_FACE => Ok(FaceOutcome::NoFace),
        ReturnValue::SEVERAL_FACES => Ok(FaceOutcome::SeveralFaces),
        ReturnValue::CAMERA_COVERED | ReturnValue::CAMERA_FAULT => Ok(FaceOutcome::CameraCovered),
        ReturnValue::DECLINED => Ok(FaceOutcome::Declined),
        value => Err(Fault::Returned {
            command: COMMAND,
            value,
        }),
    }
}
