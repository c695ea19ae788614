//! What the device can be told: one command, one file.

pub(crate) mod card;
pub(crate) mod hello;
pub(crate) mod pin;
pub(crate) mod show;

use madoguchi_driver_api::Error;

use crate::codec::Request;

/// For whom an answer is waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// The device itself, which is quick or gone.
    Device,
    /// A person, for as long as the call lasts; what was asked is taken back when it ends.
    Person,
}

/// A command to the device.
pub(crate) trait Command {
    /// Who answers it.
    const PATIENCE: Patience = Patience::Device;

    /// What the answer means.
    type Answer;

    /// What is sent.
    fn request(&self) -> Request;

    /// Reads the words of the answer.
    ///
    /// # Errors
    /// [`Error::Protocol`] where they are none.
    fn answer(&self, words: &str) -> Result<Self::Answer, Error>;
}
