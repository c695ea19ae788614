//! What a command says: answers on standard output, everything else on standard error.

use std::fmt;
use std::io::{self, Write as _};

use serde::Serialize;

/// Where answers go, and in which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Sentences for people.
    Text,
    /// One JSON object a line for machines.
    Json,
}

impl Output {
    /// The form that the `--json` flag asks for.
    #[must_use]
    pub const fn new(json: bool) -> Self {
        if json { Self::Json } else { Self::Text }
    }

    /// Says the answer in the form that was asked for; the text is made only where it is needed.
    ///
    /// # Errors
    /// Where nobody reads any more.
    pub fn answer<T: Serialize, D: fmt::Display>(
        self,
        value: &T,
        text: impl FnOnce(&T) -> D,
    ) -> io::Result<()> {
        match self {
            Self::Json => json_line(value),
            Self::Text => line(text(value)),
        }
    }

    /// Says something to people only.
    ///
    /// # Errors
    /// Where nobody reads any more.
    pub fn say(self, text: impl fmt::Display) -> io::Result<()> {
        match self {
            Self::Json => Ok(()),
            Self::Text => line(text),
        }
    }
}

/// Each on a line of its own, or the words for none.
///
/// # Errors
/// As the formatter's.
pub fn lines<T: fmt::Display>(f: &mut fmt::Formatter<'_>, all: &[T], none: &str) -> fmt::Result {
    let Some((first, others)) = all.split_first() else {
        return f.write_str(none);
    };
    write!(f, "{first}")?;
    others.iter().try_for_each(|one| write!(f, "\n{one}"))
}

/// One line on standard output.
fn line(text: impl fmt::Display) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

/// One object on standard output.
fn json_line<T: Serialize>(value: &T) -> io::Result<()> {
    line(serde_json::to_string(value)?)
}

/// One line on standard error. It cannot fail: there is nowhere left to say so.
pub fn complain(text: impl fmt::Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}
