//! A tree to its file.

use std::fmt::Write as _;

use encoding_rs::EncoderResult;

use super::{Charset, Node};

/// Writes a document. A character that the encoding lacks becomes a reference to its number, which every XML reader turns
/// back. U+FFFD that stands for lost bytes is written as those bytes.
#[must_use]
pub fn write(root: &Node, charset: Charset) -> Vec<u8> {
    let mut out = Vec::new();
    let declaration = format!(
        "<?xml version=\"1.0\" encoding=\"{}\" standalone=\"no\"?>\n",
        charset.label()
    );
    encode(&declaration, charset, &mut out);
    element(root, charset, &mut out);
    out.push(b'\n');
    out
}

fn element(node: &Node, charset: Charset, out: &mut Vec<u8>) {
    let mut open = format!("<{}", node.name);
    for (key, value) in &node.attributes {
        // As it came: its references are still in it.
        open.push_str(&format!(" {key}=\"{}\"", value.replace('"', "&quot;")));
    }
    open.push('>');
    encode(&open, charset, out);
    for (index, c) in (0u32..).zip(node.text.chars()) {
        match node.lost.iter().find(|(at, _)| *at == index) {
            Some((_, bytes)) => out.extend_from_slice(bytes),
            None => encode(&escaped(c, charset), charset, out),
        }
    }
    for child in &node.children {
        element(child, charset, out);
    }
    encode(&format!("</{}>", node.name), charset, out);
}

fn escaped(c: char, charset: Charset) -> String {
    match c {
        // Shift_JIS takes them for others (\\, ~ and a full-width minus).
        '\u{A5}' | '\u{203E}' | '\u{2212}' if charset == Charset::ShiftJis => {
            format!("&#x{:X};", u32::from(c))
        }
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '\r' => "&#13;".to_owned(),
        c => c.to_string(),
    }
}

fn encode(text: &str, charset: Charset, out: &mut Vec<u8>) {
    let mut encoder = charset.encoding().new_encoder();
    let mut rest = text;
    loop {
        let room = encoder
            .max_buffer_length_from_utf8_without_replacement(rest.len())
            .unwrap_or(rest.len() * 4);
        let mut buffer = Vec::with_capacity(room + 16);
        let (result, read) = encoder.encode_from_utf8_to_vec_without_replacement(rest, &mut buffer, true);
        out.extend_from_slice(&buffer);
        rest = rest.get(read..).unwrap_or_default();
        match result {
            EncoderResult::InputEmpty => return,
            EncoderResult::OutputFull => {}
            EncoderResult::Unmappable(c) => {
                let mut reference = String::new();
                // Writing into a text cannot fail.
                let _ = write!(reference, "&#x{:X};", u32::from(c));
                out.extend_from_slice(reference.as_bytes());
            }
        }
    }
}
