//! Bytes to characters, by byte order mark or declaration.

use encoding_rs::{DecoderResult, Encoding, SHIFT_JIS, UTF_8};

/// How far a declaration may reach.
const DECLARATION: usize = 200;

/// What this house writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    /// Shift_JIS as Windows has it (cp932).
    ShiftJis,
    /// UTF-8.
    Utf8,
}

impl Charset {
    pub(super) const fn encoding(self) -> &'static Encoding {
        match self {
            Self::ShiftJis => SHIFT_JIS,
            Self::Utf8 => UTF_8,
        }
    }

    /// The name in a declaration.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::ShiftJis => "Shift_JIS",
            Self::Utf8 => "UTF-8",
        }
    }
}

/// Characters, and the bytes that were none.
pub struct Decoded {
    /// The characters; U+FFFD for what was none.
    pub text: String,
    /// By offset into the text: the bytes behind a U+FFFD that was put in.
    pub lost: Vec<(usize, Vec<u8>)>,
}

/// Decodes a file. A byte order mark counts first, then the declaration; without both it is UTF-8 where it can be, else
/// Shift_JIS, which most terminals write.
#[must_use]
pub fn decode(bytes: &[u8]) -> Decoded {
    let (encoding, skip) = match Encoding::for_bom(bytes) {
        Some((encoding, length)) => (encoding, length),
        None => (declared(bytes).unwrap_or_else(|| guessed(bytes)), 0),
    };
    let rest = bytes.get(skip..).unwrap_or_default();
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let room = decoder.max_utf8_buffer_length(rest.len()).unwrap_or(rest.len());
    let mut text = String::with_capacity(room);
    let mut lost = Vec::new();
    let mut at = 0;
    loop {
        let input = rest.get(at..).unwrap_or_default();
        let (result, read) = decoder.decode_to_string_without_replacement(input, &mut text, true);
        at += read;
        match result {
            DecoderResult::InputEmpty => break,
            DecoderResult::OutputFull => text.reserve(input.len() + 16),
            DecoderResult::Malformed(length, after) => {
                let end = at.saturating_sub(usize::from(after));
                let start = end.saturating_sub(usize::from(length));
                lost.push((text.len(), rest.get(start..end).unwrap_or_default().to_vec()));
                text.push('\u{FFFD}');
            }
        }
    }
    Decoded { text, lost }
}

/// The encoding that the declaration names. `cp932` is not a name of the web's, yet one of Java's and Python's.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..bytes.len().min(DECLARATION))?;
    let head: String = head.iter().map(|byte| char::from(*byte)).collect();
    let declaration = head
        .trim_start()
        .strip_prefix("<?xml")?
        .split("?>")
        .next()?
        .to_owned();
    let value = declaration
        .split("encoding")
        .nth(1)?
        .trim_start()
        .strip_prefix('=')?
        .trim_start()
        .to_owned();
    let quote = value.chars().next().filter(|quote| ['"', '\''].contains(quote))?;
    let label = value.split(quote).nth(1)?;
    match label.to_ascii_lowercase().as_str() {
        "cp932" | "ms932" | "windows-932" => Some(SHIFT_JIS),
        _ => Encoding::for_label(label.as_bytes()),
    }
}

fn guessed(bytes: &[u8]) -> &'static Encoding {
    match std::str::from_utf8(bytes) {
        Ok(_) => UTF_8,
        Err(_) => SHIFT_JIS,
    }
}
