//! The steps of an authentication, a file each.

mod ask;
pub(crate) mod check_visually;
pub(crate) mod choose_medium;
pub(crate) mod choose_method;
pub(crate) mod delegate;
pub(crate) mod enter_pin;
pub(crate) mod read_card;
pub(crate) mod sign;
pub(crate) mod take_place;
pub(crate) mod verify_face;
pub(crate) mod verify_pin;
pub(crate) mod wait_for_card;

use std::fmt;

pub(crate) use ask::card_leaves;

use crate::Authenticated;

/// What comes next.
pub(crate) enum Step {
    TakePlace,
    Delegate,
    ChooseMedium,
    WaitForCard,
    ReadCard,
    ChooseMethod,
    VerifyFace,
    EnterPin,
    VerifyPin,
    /// The certificate of an Android phone, which only shows it after VERIFY.
    ReadPhone,
    CheckVisually,
    Sign,
    Done(Box<Authenticated>),
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TakePlace => "take_place",
            Self::Delegate => "delegate",
            Self::ChooseMedium => "choose_medium",
            Self::WaitForCard => "wait_for_card",
            Self::ReadCard => "read_card",
            Self::ChooseMethod => "choose_method",
            Self::VerifyFace => "verify_face",
            Self::EnterPin => "enter_pin",
            Self::VerifyPin => "verify_pin",
            Self::ReadPhone => "read_phone",
            Self::CheckVisually => "check_visually",
            Self::Sign => "sign",
            Self::Done(_) => "done",
        })
    }
}
