//! Reports in, messages out.

use zeroize::Zeroizing;

use super::frame::{Damage, Finder};
use super::report::{Order, Place};

/// What was heard.
pub enum Heard {
    /// A whole message. It may hold a PIN.
    Message(Zeroizing<Vec<u8>>),
    /// Something that cannot be read.
    Damage(Damage),
    /// The other side began anew: what it was told before it does not know any more.
    Began,
}

/// Puts reports together to messages; whatever comes in, it goes on with the next frame.
#[derive(Default)]
pub struct Inbox {
    order: Order,
    finder: Finder,
}

impl Inbox {
    /// Takes a report in.
    pub fn report(&mut self, report: &[u8], heard: &mut dyn FnMut(Heard)) {
        match self.order.place(report) {
            Place::Next(stream) => self.push(stream, heard),
            Place::First(stream) => {
                self.finder.clear();
                heard(Heard::Began);
                self.push(stream, heard);
            }
            Place::AfterLoss(stream) => {
                heard(Heard::Damage(Damage::Loss));
                // What had begun ends in what is lost.
                self.finder.clear();
                self.push(stream, heard);
            }
            Place::Duplicate => {}
            Place::Malformed => heard(Heard::Damage(Damage::Report)),
        }
    }

    /// Whether a frame has begun and is not whole.
    #[must_use]
    pub fn is_in_frame(&self) -> bool {
        self.finder.is_in_frame()
    }

    /// Says that nothing came for too long: a frame that has begun is given up.
    pub fn silence(&mut self, heard: &mut dyn FnMut(Heard)) {
        self.finder.give_up(&mut |found| heard(found.into()));
    }

    fn push(&mut self, stream: &[u8], heard: &mut dyn FnMut(Heard)) {
        self.finder.push(stream, &mut |found| heard(found.into()));
    }
}

impl From<Result<Zeroizing<Vec<u8>>, Damage>> for Heard {
    fn from(found: Result<Zeroizing<Vec<u8>>, Damage>) -> Self {
        match found {
            Ok(message) => Self::Message(message),
            Err(damage) => Self::Damage(damage),
        }
    }
}

impl std::fmt::Debug for Heard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Message(message) => write!(f, "Message({} bytes)", message.len()),
            Self::Damage(damage) => write!(f, "Damage({damage:?})"),
            Self::Began => f.write_str("Began"),
        }
    }
}

#[cfg(test)]
mod tests;
