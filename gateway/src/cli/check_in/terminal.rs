//! Questions on a terminal. A PIN is typed unseen, and the terminal shows what is typed again however the question
//! ends, also by Ctrl-C.

use std::io::{self, IsTerminal as _, Write as _};

use zeroize::Zeroizing;

use crate::cli::check_in::pins::Lines;
use crate::cli::error::Error;

/// Whether somebody sits at the terminal who can be asked.
#[must_use]
pub(super) fn is_attended() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for a line.
pub(super) async fn ask(lines: &mut Lines, question: &str) -> Result<String, Error> {
    Ok(asked(lines, question).await?.to_string())
}

/// Asks for a PIN: what is typed is not shown.
pub(super) async fn ask_unseen(lines: &mut Lines, question: &str) -> Result<Zeroizing<String>, Error> {
    // Held over the wait, so that dropping this future shows what is typed again.
    let unseen = echo::Unseen::new()?;
    let line = asked(lines, question).await;
    drop(unseen);
    // The newline that was typed was not shown either.
    let _ = writeln!(io::stderr());
    line
}

async fn asked(lines: &mut Lines, question: &str) -> Result<Zeroizing<String>, Error> {
    {
        let mut out = io::stderr().lock();
        write!(out, "{question} ")?;
        out.flush()?;
    }
    lines.next().await?.ok_or(Error::Interrupted)
}

#[cfg(unix)]
mod echo {
    use std::io;

    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

    /// While this lives, the terminal does not show what is typed.
    pub(super) struct Unseen(Termios);

    impl Unseen {
        pub(super) fn new() -> io::Result<Self> {
            let before = tcgetattr(io::stdin())?;
            let mut silent = before.clone();
            silent.local_modes.remove(LocalModes::ECHO);
            tcsetattr(io::stdin(), OptionalActions::Flush, &silent)?;
            Ok(Self(before))
        }
    }

    impl Drop for Unseen {
        fn drop(&mut self) {
            // Where the terminal is gone there is nothing left to show.
            let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &self.0);
        }
    }
}

#[cfg(not(unix))]
mod echo {
    use std::io;

    /// A terminal whose echo this program cannot switch off.
    pub(super) struct Unseen;

    impl Unseen {
        pub(super) fn new() -> io::Result<Self> {
            Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "typing a PIN unseen is not possible here: use --pin-stdin",
            ))
        }
    }
}
