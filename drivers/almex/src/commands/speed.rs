//! SP: the speed of the line.

use madoguchi_driver_api::Call;

use super::Conversation;
use super::conversation::RESPONSE;
use crate::error::Fault;

/// Goes to the device's highest speed.
///
/// # Errors
/// [`Fault`].
pub(crate) fn change(conversation: &mut Conversation, speed: u32, call: &Call) -> Result<(), Fault> {
    conversation.ask("SP", &[speed.to_string().as_bytes()], Some(RESPONSE), call)?;
    conversation.change_speed(speed)
}
