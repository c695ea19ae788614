//! The steps of an authentication, a file each.

pub(crate) mod choose_medium;
pub(crate) mod enter_pin;
pub(crate) mod read_card;
pub(crate) mod sign;
pub(crate) mod verify_pin;
pub(crate) mod wait_for_card;

use std::fmt;

use crate::Authenticated;

/// What comes next.
pub(crate) enum Step {
    ChooseMedium,
    EnterPin,
    WaitForCard,
    ReadCard,
    VerifyPin,
    /// The certificate of an Android phone, which only shows it after VERIFY.
    ReadPhone,
    Sign,
    Done(Box<Authenticated>),
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ChooseMedium => "choose_medium",
            Self::EnterPin => "enter_pin",
            Self::WaitForCard => "wait_for_card",
            Self::ReadCard => "read_card",
            Self::VerifyPin => "verify_pin",
            Self::ReadPhone => "read_phone",
            Self::Sign => "sign",
            Self::Done(_) => "done",
        })
    }
}
