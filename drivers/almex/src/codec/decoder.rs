//! Takes the line apart, byte by byte: acknowledgements, frames, and what is neither.

use zeroize::{Zeroize, Zeroizing};

use super::frame::{ACK, DLE, ENQ, ETX, Flaw, Frame, MAX_BODY, Mark, NAK, RAISED, STX, US};

/// One thing that stood on the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// The other side asks who is there.
    Enquiry,
    /// It accepted something, up to that frame.
    Accepted(Mark),
    /// It did not understand something; up to that frame it accepted all.
    Refused(Mark),
    /// A frame.
    Frame(Frame),
    /// What began as a frame and is none.
    Broken(Flaw),
}

/// Takes the line apart. Whatever it is fed, it finds the next frame that is whole, and holds no more than one.
pub struct Decoder {
    state: State,
    /// What stands between STX and ETX, without its stuffing. Made once: a buffer that grows leaves copies of a PIN.
    inside: Zeroizing<Vec<u8>>,
    check: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Between frames.
    Outside,
    /// Behind ACK, or NAK.
    Acknowledging {
        accepted: bool,
    },
    Inside,
    /// Behind DLE.
    Stuffed,
    /// Behind ETX.
    FirstCheck,
    SecondCheck {
        high: u8,
    },
}

impl Default for Decoder {
    fn default() -> Self {
        Self {
            state: State::Outside,
            inside: Zeroizing::new(Vec::with_capacity(MAX_BODY + 4)),
            check: 0,
        }
    }
}

impl Decoder {
    /// Takes the next byte; says what ended with it.
    pub fn feed(&mut self, byte: u8) -> Option<Piece> {
        match self.state {
            State::Outside => self.outside(byte),
            State::Acknowledging { accepted } => match Mark::parse(byte) {
                Some(mark) => {
                    self.state = State::Outside;
                    Some(if accepted {
                        Piece::Accepted(mark)
                    } else {
                        Piece::Refused(mark)
                    })
                }
                None => self.outside(byte),
            },
            State::Inside => self.inside(byte),
            State::Stuffed => match byte {
                RAISED..=0x5F if byte != US + RAISED => {
                    self.check ^= byte;
                    self.state = State::Inside;
                    self.keep(byte - RAISED)
                }
                _ => Some(self.broken(Flaw::Control, byte)),
            },
            State::FirstCheck => match hex(byte) {
                Some(high) => {
                    self.state = State::SecondCheck { high };
                    None
                }
                None => Some(self.broken(Flaw::Check, byte)),
            },
            State::SecondCheck { high } => match hex(byte) {
                Some(low) => Some(self.whole(high << 4 | low)),
                None => Some(self.broken(Flaw::Check, byte)),
            },
        }
    }

    /// Whether the line stands in the middle of something, so that a long gap ends it.
    #[must_use]
    pub fn is_amid(&self) -> bool {
        self.state != State::Outside
    }

    /// Nothing came for too long: what was begun will not be finished.
    pub fn gap(&mut self) -> Option<Piece> {
        let amid_frame = !matches!(self.state, State::Outside | State::Acknowledging { .. });
        self.reset();
        amid_frame.then_some(Piece::Broken(Flaw::Half))
    }

    fn outside(&mut self, byte: u8) -> Option<Piece> {
        self.state = match byte {
            STX => {
                self.check = 0;
                State::Inside
            }
            ACK => State::Acknowledging { accepted: true },
            NAK => State::Acknowledging { accepted: false },
            _ => State::Outside,
        };
        (byte == ENQ).then_some(Piece::Enquiry)
    }

    fn inside(&mut self, byte: u8) -> Option<Piece> {
        match byte {
            ETX => {
                self.check ^= byte;
                self.state = State::FirstCheck;
                None
            }
            DLE => {
                self.check ^= byte;
                self.state = State::Stuffed;
                None
            }
            US | 0x20.. => {
                self.check ^= byte;
                self.keep(byte)
            }
            _ => Some(self.broken(Flaw::Control, byte)),
        }
    }

    fn keep(&mut self, byte: u8) -> Option<Piece> {
        if self.inside.len() < MAX_BODY + 4 {
            self.inside.push(byte);
            return None;
        }
        self.reset();
        Some(Piece::Broken(Flaw::TooLong))
    }

    fn whole(&mut self, check: u8) -> Piece {
        let piece = if check == self.check {
            Frame::parse(&self.inside, check).map_or_else(Piece::Broken, Piece::Frame)
        } else {
            Piece::Broken(Flaw::Check)
        };
        self.reset();
        piece
    }

    /// Gives the frame up; the byte that broke it may begin the next thing. ENQ there says nothing that a frame's
    /// sender would not say again.
    fn broken(&mut self, flaw: Flaw, byte: u8) -> Piece {
        self.reset();
        let _ = self.outside(byte);
        Piece::Broken(flaw)
    }

    fn reset(&mut self) {
        self.inside.as_mut_slice().zeroize();
        self.inside.clear();
        self.check = 0;
        self.state = State::Outside;
    }
}

const fn hex(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
