//! VIS: staff's word for the powered card.

use madoguchi_driver_api::Call;

use super::Conversation;
use super::conversation::RESPONSE;
use crate::error::Fault;

/// Tells the device that staff said yes.
///
/// # Errors
/// [`Fault`].
pub(crate) fn accept(conversation: &mut Conversation, call: &Call) -> Result<(), Fault> {
    conversation.ask("VIS", &[], Some(RESPONSE), call).map(drop)
}
