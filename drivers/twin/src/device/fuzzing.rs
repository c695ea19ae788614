//! What fuzzing needs of the devices and nothing else does: one without its thread and its line, whose front is told
//! everything at once.

use super::makers::Maker;
use super::stage::wire::Request;
use super::{Body, BodyEvent, CardKind, Front, Generation};
use crate::Faults;

/// Events in one go, as on the twin's own thread.
const MAX_EVENTS: usize = 256;

/// A device without its thread.
pub struct Bench {
    body: Body,
    front: Box<dyn Front>,
}

/// What is done to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// A card is put on, or taken away where one lies there.
    Card,
    /// The screen is touched where no button is.
    Touch,
    /// A button is pressed, counted from the first.
    Press(u8),
    /// So many digits are typed.
    Type(u8),
    /// The PIN pad is left.
    CancelPin,
    /// The camera is turned away from.
    DeclineFace,
    /// The device's own key to stop.
    Quit,
    /// Somebody connects.
    Connect,
    /// He is gone.
    Disconnect,
    /// The device loses its power and starts anew.
    Reboot,
    /// What was to be waited for is over.
    Wait,
}

impl Bench {
    /// A device as it is after it was switched on.
    #[must_use]
    pub fn new(maker: &Maker, generation: Generation) -> Self {
        let body = Body::new((maker.identity)(generation, "0001"));
        let front = (maker.front)(body.identity());
        Self { body, front }
    }

    /// Bytes come in; what the device says is given to `out`, frame by frame.
    pub fn receive(&mut self, bytes: &[u8], out: &mut dyn FnMut(&[u8])) {
        self.front.receive(bytes, &mut self.body, out);
        self.settle(out);
    }

    /// Does something to it. What cannot be done now is not done.
    pub fn act(&mut self, deed: Deed, card: &CardKind, out: &mut dyn FnMut(&[u8])) {
        let body = &mut self.body;
        // A refusal says that it could not be done, which is as good.
        let _refused = match deed {
            Deed::Card if body.card_present() => body.take_card(),
            Deed::Card => body.put_card("fuzz", card.clone(), Faults::default(), true),
            Deed::Touch => {
                body.touch();
                Ok(())
            }
            Deed::Press(at) => {
                let buttons = body
                    .panel()
                    .map(|panel| panel.buttons.as_slice())
                    .unwrap_or_default();
                let answer = buttons.get(usize::from(at)).map(|button| button.answer.clone());
                answer.map_or(Ok(()), |answer| body.press(answer))
            }
            Deed::Type(count) => body.type_digits(&b"12345678"[..usize::from(count.min(8))]),
            Deed::CancelPin => body.cancel_pin(),
            Deed::DeclineFace => body.decline_face(),
            Deed::Quit => {
                body.quit();
                Ok(())
            }
            Deed::Connect => return self.tell(BodyEvent::Connected, out),
            Deed::Disconnect => return self.tell(BodyEvent::Disconnected, out),
            Deed::Reboot => {
                body.reset();
                self.front.reboot();
                self.body.start_up();
                Ok(())
            }
            Deed::Wait => {
                if let Some(due) = body.next_due() {
                    body.settle(due);
                }
                Ok(())
            }
        };
        self.settle(out);
    }

    /// How many PIN buffers are alive.
    #[must_use]
    pub fn pins_held(&self) -> usize {
        self.body.pins_held()
    }

    fn tell(&mut self, event: BodyEvent, out: &mut dyn FnMut(&[u8])) {
        self.front.happened(event, &mut self.body, out);
        self.settle(out);
    }

    fn settle(&mut self, out: &mut dyn FnMut(&[u8])) {
        for _ in 0..MAX_EVENTS {
            let Some(event) = self.body.take_event() else {
                return;
            };
            self.front.happened(event, &mut self.body, out);
        }
    }
}

/// Reads a line that came to a stage and writes it anew; nothing where it asks for nothing.
#[must_use]
pub fn stage_line(line: &[u8]) -> Option<Vec<u8>> {
    let request: Request = serde_json::from_slice(line).ok()?;
    serde_json::to_vec(&request).ok()
}
