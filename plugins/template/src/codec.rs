//! Lines and words, as `PROTOCOL.md` spells them. Nothing in here waits or knows what a word means.

use std::fmt::Write as _;

use zeroize::Zeroizing;

/// The longest line, with its end.
pub(crate) const MAX_LINE: usize = 140_000;

/// A request that has no number yet. It may hold a PIN on its way to the card.
pub(crate) struct Request(Zeroizing<String>);

impl Request {
    /// A request without words.
    pub(crate) fn new(verb: &str) -> Self {
        Self(Zeroizing::new(verb.to_owned()))
    }

    /// A request with bytes. It has its whole room at once: a text that grew would leave its old room behind.
    pub(crate) fn with_bytes(verb: &str, bytes: &[u8]) -> Self {
        let mut text = Zeroizing::new(String::with_capacity(verb.len() + 1 + 2 * bytes.len()));
        text.push_str(verb);
        text.push(' ');
        for byte in bytes {
            for digit in [byte >> 4, byte & 0x0F] {
                text.push(char::from(HEX[usize::from(digit)]));
            }
        }
        Self(text)
    }

    /// The same with one more word.
    pub(crate) fn word(mut self, text: &str) -> Self {
        self.0.push(' ');
        if text.is_empty() {
            self.0.push('-');
        }
        for char in text.chars() {
            if char <= ' ' || char == '%' || char == '\x7F' || text == "-" {
                // Into a text it cannot fail.
                let _ = write!(self.0, "%{:02X}", u32::from(char));
            } else {
                self.0.push(char);
            }
        }
        self
    }

    /// The line that is sent, with its end.
    pub(crate) fn line(&self, number: u64) -> Zeroizing<Vec<u8>> {
        let number = number.to_string();
        let mut line = Zeroizing::new(Vec::with_capacity(number.len() + self.0.len() + 2));
        line.extend_from_slice(number.as_bytes());
        line.push(b' ');
        line.extend_from_slice(self.0.as_bytes());
        line.push(b'\n');
        line
    }
}

const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// What the device says unasked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notice {
    CardIn,
    CardOut,
    Touched,
}

/// A line of the device's, without its end.
#[derive(PartialEq, Eq)]
pub(crate) enum Message<'l> {
    Answer {
        number: u64,
        words: &'l str,
    },
    Refusal {
        number: u64,
        code: &'l str,
    },
    Notice(Notice),
    /// Of a newer device.
    OtherNotice,
}

/// Reads a line; none where it is no line of the protocol.
pub(crate) fn message(line: &[u8]) -> Option<Message<'_>> {
    let line = std::str::from_utf8(line).ok()?;
    let (first, rest) = line.split_once(' ')?;
    if first == "*" {
        return Some(match rest {
            "card-in" => Message::Notice(Notice::CardIn),
            "card-out" => Message::Notice(Notice::CardOut),
            "touched" => Message::Notice(Notice::Touched),
            _ => Message::OtherNotice,
        });
    }
    let number = first.parse().ok()?;
    match rest.split_once(' ').unwrap_or((rest, "")) {
        ("ok", words) => Some(Message::Answer { number, words }),
        ("error", code) if !code.is_empty() => Some(Message::Refusal { number, code }),
        _ => None,
    }
}

/// Bytes that were sent as a word; none where it is not hexadecimal as the protocol spells it.
pub(crate) fn bytes(word: &str) -> Option<Zeroizing<Vec<u8>>> {
    let digit = |byte: u8| HEX.iter().position(|digit| *digit == byte).map(|at| at as u8);
    let digits = word.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(digits.len() / 2));
    for pair in digits.chunks_exact(2) {
        bytes.push(digit(pair[0])? << 4 | digit(pair[1])?);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_one_line_whatever_its_words_hold() {
        let request = Request::new("show")
            .word("a b\n%")
            .word("")
            .word("-")
            .word("語-é");
        assert_eq!(&*request.line(7), "7 show a%20b%0A%25 - %2D 語-é\n".as_bytes());
        let request = Request::with_bytes("apdu", &[0x00, 0xA4, 0xFF]);
        assert_eq!(&*request.line(12), b"12 apdu 00A4FF\n");
    }

    #[test]
    fn lines_are_read_or_refused() {
        let answer = |number, words| Some(Message::Answer { number, words });
        assert!(message(b"3 ok") == answer(3, ""));
        assert!(message(b"3 ok 3B 00") == answer(3, "3B 00"));
        assert!(
            message(b"4 error no-card")
                == Some(Message::Refusal {
                    number: 4,
                    code: "no-card"
                })
        );
        assert!(message(b"* card-in") == Some(Message::Notice(Notice::CardIn)));
        assert!(message(b"* dancing") == Some(Message::OtherNotice));
        for line in [
            &b""[..],
            b"3",
            b"3 okay",
            b"x ok",
            b"3 error",
            b"-1 ok",
            b"3 \xFF",
        ] {
            assert!(message(line).is_none(), "{line:?}");
        }
    }

    #[test]
    fn bytes_are_upper_case_hexadecimal() {
        assert_eq!(bytes("3B00FF").unwrap().as_slice(), [0x3B, 0x00, 0xFF]);
        assert_eq!(bytes("").unwrap().as_slice(), [0_u8; 0]);
        for word in ["3", "3b", "3G", "あ"] {
            assert!(bytes(word).is_none(), "{word}");
        }
    }
}
