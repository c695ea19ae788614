//! A whole message: command, fields, checksum.

use std::borrow::Cow;

use zeroize::Zeroizing;

use super::Malformed;
use super::crc::{checked, crc16};

/// Added to the command in its answer.
const ANSWER: u8 = 0x80;
const FIELD_HEAD: usize = 3;

/// A field to send: tag and value.
pub type Field<'a> = (u8, Cow<'a, [u8]>);

/// Writes a request. The buffer is made as long as it has to be: one that grows leaves copies of a PIN behind.
#[must_use]
pub fn request(command: u8, session: u16, fields: &[Field<'_>]) -> Zeroizing<Vec<u8>> {
    let len: usize = fields.iter().map(|(_, value)| FIELD_HEAD + value.len()).sum();
    let mut bytes = Zeroizing::new(Vec::with_capacity(3 + len + 2));
    bytes.push(command);
    bytes.extend_from_slice(&session.to_be_bytes());
    for (tag, value) in fields {
        // A value beyond the field's length makes a message beyond the longest, which is refused when it is sent.
        let len = u16::try_from(value.len()).unwrap_or(u16::MAX);
        bytes.push(*tag);
        bytes.extend_from_slice(&len.to_be_bytes());
        bytes.extend_from_slice(value);
    }
    let crc = crc16(&bytes).to_be_bytes();
    bytes.extend_from_slice(&crc);
    bytes
}

/// A well-formed answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Answer<'a> {
    /// To which command.
    pub command: u8,
    /// Zero, or nnn of E-nnn.
    pub code: u16,
    /// What it says.
    pub fields: Fields<'a>,
}

/// Reads an answer.
///
/// # Errors
/// [`Malformed`] where it is none.
pub fn answer(message: &[u8]) -> Result<Answer<'_>, Malformed> {
    let content = checked(message).ok_or(Malformed::Checksum)?;
    let Some((&[kind, hi, lo], rest)) = content.split_first_chunk::<3>() else {
        return Err(Malformed::Message);
    };
    if kind & ANSWER == 0 {
        return Err(Malformed::Message);
    }
    Ok(Answer {
        command: kind & !ANSWER,
        code: u16::from_be_bytes([hi, lo]),
        fields: Fields::read(rest)?,
    })
}

/// The fields of a message, known to be well-formed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut rest = bytes;
        while !rest.is_empty() {
            (_, rest) = split(rest).ok_or(Malformed::Field)?;
        }
        Ok(Self(bytes))
    }

    /// Every field, in order.
    pub fn iter(&self) -> impl Iterator<Item = (u8, &'a [u8])> + use<'a> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let (field, left) = split(rest)?;
            rest = left;
            Some(field)
        })
    }

    /// The values of every field of that tag, in order.
    pub fn all(&self, tag: u8) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.iter()
            .filter(move |(found, _)| *found == tag)
            .map(|(_, value)| value)
    }

    /// The value of the first field of that tag.
    #[must_use]
    pub fn first(&self, tag: u8) -> Option<&'a [u8]> {
        self.all(tag).next()
    }
}

type Split<'a> = ((u8, &'a [u8]), &'a [u8]);

fn split(bytes: &[u8]) -> Option<Split<'_>> {
    let (&[tag, hi, lo], rest) = bytes.split_first_chunk::<FIELD_HEAD>()?;
    let (value, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes([hi, lo])))?;
    Some(((tag, value), rest))
}
