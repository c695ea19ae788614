//! FACE: the maker's own comparison of the face with the photo on the powered card.

use madoguchi_driver_api::Error;
use madoguchi_driver_api::screen::FaceOutcome;

use super::{Button, Command, Texts, buttons, one, tag};
use crate::codec::message::{Field, Fields};
use crate::error::protocol;

/// Compares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VerifyFace {
    pub(crate) texts: Texts,
    pub(crate) buttons: Vec<Button>,
}

impl Command for VerifyFace {
    const CODE: u8 = 0x13;
    const REPEATABLE: bool = false;
    const POWERED: bool = true;
    type Answer = FaceOutcome;

    fn fields(&self) -> Vec<Field<'_>> {
        let mut fields = self.texts.fields();
        fields.extend(buttons(&self.buttons));
        fields
    }

    fn answer(&self, fields: Fields<'_>) -> Result<FaceOutcome, Error> {
        match one(fields, tag::OUTCOME)? {
            0 => Ok(FaceOutcome::Match),
            1 => Ok(FaceOutcome::NoMatch),
            2 => Ok(FaceOutcome::NoFace),
            3 => Ok(FaceOutcome::SeveralFaces),
            4 => Ok(FaceOutcome::CameraCovered),
            5 => Ok(FaceOutcome::Declined),
            other => Err(protocol(&format_args!("a face outcome {other}"))),
        }
    }
}
