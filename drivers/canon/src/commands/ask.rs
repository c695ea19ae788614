//! Shows a page that asks; the answer is the patient's.

use madoguchi_driver_api::screen::Answer;
use madoguchi_driver_api::{Medium, Method};
use minicbor::{Decode, Encode};

use super::{Command, Patience, Repeat, number};
use crate::screens::Shown;

/// The page.
#[derive(Encode)]
#[cbor(transparent)]
pub(crate) struct Ask<'a>(#[n(0)] pub(crate) &'a Shown);

impl Command for Ask<'_> {
    const OPERATION: u8 = 3;
    const PATIENCE: Patience = Patience::Person;
    const REPEAT: Repeat = Repeat::WhereUnknown;
    const OUTLIVES_RESTART: bool = true;
}

/// What kind of answer it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub(crate) enum AnswerCode {
    #[n(1)]
    Medium,
    #[n(2)]
    Method,
    #[n(3)]
    Yes,
    #[n(4)]
    No,
    #[n(5)]
    Language,
    #[n(6)]
    Quit,
}

/// What was answered.
#[derive(Debug, Decode)]
#[cbor(map)]
pub(crate) struct Answered<'b> {
    #[n(1)]
    pub(crate) code: AnswerCode,
    #[n(2)]
    pub(crate) value: Option<u8>,
    #[b(3)]
    pub(crate) language: Option<&'b str>,
}

impl Answered<'_> {
    /// The same in the gateway's words; none where its value means nothing.
    pub(crate) fn answer(&self) -> Option<Answer> {
        let value = self.value.unwrap_or_default();
        Some(match self.code {
            AnswerCode::Medium => Answer::Medium(
                Medium::ALL
                    .into_iter()
                    .find(|medium| number::medium(*medium) == value)?,
            ),
            AnswerCode::Method => Answer::Method(
                Method::ALL
                    .into_iter()
                    .find(|method| number::method(*method) == value)?,
            ),
            AnswerCode::Yes => Answer::Yes,
            AnswerCode::No => Answer::No,
            AnswerCode::Language => Answer::Language(self.language?.to_owned()),
            AnswerCode::Quit => Answer::Quit,
        })
    }
}
