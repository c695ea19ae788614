//! PINs from standard input: one line, one try. Never from an argument or the environment, which others can read.

use std::fs::File;
use std::io::{self, Read};

use tokio::task::JoinHandle;
use zeroize::Zeroizing;

use crate::cli::error::Error;

/// The longest line that is taken for a PIN; the gateway says what a PIN is.
const MAX_LINE: usize = 64;

type Line = io::Result<Option<Zeroizing<String>>>;

/// The lines of standard input, read on a thread of its own: whoever writes them may take his time.
#[derive(Default)]
pub(super) struct Lines {
    /// The line that is waited for; it outlives a question that was taken back, so that no line is lost.
    reading: Option<JoinHandle<Line>>,
}

impl Lines {
    /// The next line. Dropping the future loses nothing: the next call gets the line.
    pub(super) async fn next(&mut self) -> Result<Option<Zeroizing<String>>, Error> {
        let read = || tokio::task::spawn_blocking(|| read_line(&mut unbuffered_stdin()?));
        let line = self.reading.get_or_insert_with(read).await;
        self.reading = None;
        match line {
            Ok(line) => Ok(line?),
            Err(_) => Err(Error::Interrupted),
        }
    }
}

/// Reads one line without keeping anything behind: no buffer of the standard library ever holds a PIN.
fn read_line(input: &mut impl Read) -> Line {
    // The whole capacity at once: growing would leave a copy behind.
    let mut line = Zeroizing::new(Vec::with_capacity(MAX_LINE));
    let mut byte = Zeroizing::new([0_u8]);
    loop {
        match input.read(&mut *byte) {
            Ok(0) if line.is_empty() => return Ok(None),
            Ok(0) => break,
            Ok(_) if byte[0] == b'\n' => break,
            Ok(_) if line.len() == MAX_LINE => {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "the line is too long for a PIN",
                ));
            }
            Ok(_) => line.push(byte[0]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    let text = std::str::from_utf8(&line)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "the line is not text"))?;
    Ok(Some(Zeroizing::new(text.to_owned())))
}

/// Standard input without the standard library's buffer.
fn unbuffered_stdin() -> io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd as _;
        io::stdin().as_fd().try_clone_to_owned().map(File::from)
    }
    #[cfg(windows)]
    {
        use std::os::windows::io::AsHandle as _;
        io::stdin().as_handle().try_clone_to_owned().map(File::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(mut input: &[u8]) -> Vec<String> {
        std::iter::from_fn(|| read_line(&mut input).unwrap().map(|line| line.to_string())).collect()
    }

    #[test]
    fn one_line_is_one_try() {
        assert_eq!(lines(b"1111\n2222\r\n3333"), ["1111", "2222", "3333"]);
        assert_eq!(lines(b"1111\n\n3333\n"), ["1111", "", "3333"]);
        assert!(lines(b"").is_empty());
    }

    #[test]
    fn what_is_no_pin_is_refused_without_showing_it() {
        let long = [b'7'; MAX_LINE + 1];
        for input in [&long[..], b"\xff\xfe\n"] {
            let error = read_line(&mut &input[..]).unwrap_err().to_string();
            assert!(error.starts_with("the line is "), "{error}");
        }
    }
}
