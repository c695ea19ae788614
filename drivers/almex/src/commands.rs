//! What the device can be told, a command a file, and the conversation that they are told in.

pub(crate) mod card;
mod conversation;
pub(crate) mod face;
pub(crate) mod identify;
pub(crate) mod page;
pub(crate) mod pin;
pub(crate) mod speed;
pub(crate) mod visual;

pub(crate) use conversation::{Conversation, Notice};

/// What lies on the tray, as far as the device knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tray {
    Empty,
    /// A chip was found.
    Chip,
    /// No chip was found in the device's own time.
    Paper,
    /// The device still looks for a chip.
    Searching,
}

impl Tray {
    pub(crate) const fn parse(field: &[u8]) -> Option<Self> {
        match field {
            b"0" => Some(Self::Empty),
            b"1" => Some(Self::Chip),
            b"2" => Some(Self::Paper),
            b"3" => Some(Self::Searching),
            _ => None,
        }
    }

    /// Whether something lies there of which the device knows what it is.
    pub(crate) const fn is_occupied(self) -> bool {
        matches!(self, Self::Chip | Self::Paper)
    }
}

/// What a page, the PIN pad or the camera says, in the device's own encoding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Words {
    pub(crate) title: Vec<u8>,
    pub(crate) lines: Vec<Vec<u8>>,
}

impl Words {
    /// Title, number of lines, lines.
    fn fields(&self) -> Vec<Vec<u8>> {
        let mut fields = vec![self.title.clone(), self.lines.len().to_string().into_bytes()];
        fields.extend(self.lines.iter().cloned());
        fields
    }
}

/// Fields as they are given to a frame.
fn borrowed(fields: &[Vec<u8>]) -> Vec<&[u8]> {
    fields.iter().map(Vec::as_slice).collect()
}
