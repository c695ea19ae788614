//! What the device can be told: one command, one file.

pub(crate) mod card;
pub(crate) mod diagnose;
pub(crate) mod face;
pub(crate) mod hello;
pub(crate) mod login;
pub(crate) mod pin;
pub(crate) mod show;
pub(crate) mod state;
pub(crate) mod visual;

use std::borrow::Cow;

use madoguchi_driver_api::Error;

use crate::codec::message::{Field, Fields};
use crate::error::protocol;

/// A command to the device.
pub(crate) trait Command {
    /// Its code.
    const CODE: u8;

    /// Whether it may be sent again where the device says that it did not run it. Never what costs a try, spends an
    /// APDU or asks a person twice.
    const REPEATABLE: bool = true;

    /// Whether it is about a card that has power: without a session that card has none any more.
    const POWERED: bool = false;

    /// What the device answers.
    type Answer;

    /// What it says.
    fn fields(&self) -> Vec<Field<'_>> {
        Vec::new()
    }

    /// Reads the answer.
    ///
    /// # Errors
    /// [`Error::Protocol`] where it is none.
    fn answer(&self, fields: Fields<'_>) -> Result<Self::Answer, Error>;
}

/// The tags of fields.
pub(crate) mod tag {
    pub(crate) const MODEL: u8 = 0x01;
    pub(crate) const SERIAL: u8 = 0x02;
    pub(crate) const FIRMWARE: u8 = 0x03;
    pub(crate) const ABILITIES: u8 = 0x04;
    pub(crate) const LANGUAGE_SPOKEN: u8 = 0x05;
    pub(crate) const APDU_LIMIT: u8 = 0x06;
    pub(crate) const CARD: u8 = 0x07;
    pub(crate) const POWERED: u8 = 0x08;
    pub(crate) const ROLE: u8 = 0x10;
    pub(crate) const CODE: u8 = 0x11;
    pub(crate) const SESSION: u8 = 0x12;
    pub(crate) const PAGE: u8 = 0x20;
    pub(crate) const LANGUAGE: u8 = 0x21;
    pub(crate) const TITLE: u8 = 0x22;
    pub(crate) const LINE: u8 = 0x23;
    pub(crate) const BUTTON: u8 = 0x24;
    pub(crate) const LED: u8 = 0x25;
    pub(crate) const ASKS: u8 = 0x26;
    pub(crate) const SUBJECT: u8 = 0x27;
    pub(crate) const DIGITS: u8 = 0x30;
    pub(crate) const PIN: u8 = 0x31;
    pub(crate) const HOLDER: u8 = 0x32;
    pub(crate) const OUTCOME: u8 = 0x34;
    pub(crate) const DATA: u8 = 0x40;
    pub(crate) const ENTRY: u8 = 0x50;
}

/// The colour of the lamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Led {
    Off,
    Green,
    Yellow,
    Red,
    Blue,
}

impl Led {
    const fn number(self) -> u8 {
        match self {
            Self::Off => 0,
            Self::Green => 1,
            Self::Yellow => 2,
            Self::Red => 3,
            Self::Blue => 4,
        }
    }
}

/// The sentences that a page, the PIN pad or the camera shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Texts {
    pub(crate) language: String,
    pub(crate) title: String,
    pub(crate) lines: Vec<String>,
    pub(crate) led: Led,
}

impl Texts {
    fn fields(&self) -> Vec<Field<'_>> {
        let mut fields = vec![text(tag::LANGUAGE, &self.language), text(tag::TITLE, &self.title)];
        fields.extend(self.lines.iter().map(|line| text(tag::LINE, line)));
        fields.push(byte(tag::LED, self.led.number()));
        fields
    }
}

/// A button's id and its label.
pub(crate) type Button = (u8, String);

fn buttons(buttons: &[Button]) -> impl Iterator<Item = Field<'_>> {
    let value = |(id, label): &Button| [&[*id], label.as_bytes()].concat();
    buttons
        .iter()
        .map(move |button| (tag::BUTTON, Cow::Owned(value(button))))
}

fn text(tag: u8, text: &str) -> Field<'_> {
    (tag, Cow::Borrowed(text.as_bytes()))
}

fn byte(tag: u8, value: u8) -> Field<'static> {
    (tag, Cow::Owned(vec![value]))
}

/// The one byte that an answer must have.
fn one(fields: Fields<'_>, tag: u8) -> Result<u8, Error> {
    match fields.first(tag) {
        Some(&[value]) => Ok(value),
        _ => Err(protocol(&format_args!("field {tag:02X} is no byte"))),
    }
}

/// A flag that an answer must have.
fn flag(fields: Fields<'_>, tag: u8) -> Result<bool, Error> {
    match one(fields, tag)? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(protocol(&format_args!("field {tag:02X} is neither 0 nor 1"))),
    }
}

/// A number of two bytes, where the answer has it.
fn number(fields: Fields<'_>, tag: u8) -> Result<Option<u16>, Error> {
    match fields.first(tag) {
        None => Ok(None),
        Some(&[hi, lo]) => Ok(Some(u16::from_be_bytes([hi, lo]))),
        Some(_) => Err(protocol(&format_args!("field {tag:02X} is no number"))),
    }
}

/// A text that an answer must have.
fn string(fields: Fields<'_>, tag: u8) -> Result<String, Error> {
    let text = fields
        .first(tag)
        .and_then(|bytes| std::str::from_utf8(bytes).ok());
    text.map(str::to_owned)
        .ok_or_else(|| protocol(&format_args!("field {tag:02X} is no text")))
}
