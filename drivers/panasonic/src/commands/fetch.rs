//! FETCH: how a task ended. It changes nothing and may be repeated.

use madoguchi_driver_api::Pin;
use madoguchi_driver_api::screen::FaceOutcome;

use super::face;
use crate::error::{Error, status};
use crate::transport::message::{Code, Message, Reply};

/// How a task stands. It may hold a PIN: no `Debug`.
pub(crate) enum End {
    /// Nobody ended it yet.
    Pending,
    /// The button of that bit was pressed.
    Button(u8),
    /// A PIN was typed.
    Typed(Pin),
    /// The PIN was not typed, on purpose.
    PinCancelled,
    /// The camera came to this.
    Face(FaceOutcome),
    /// The device knows of no such task: it was started anew meanwhile.
    Unknown,
}

pub(crate) fn message(task: u16) -> Message {
    Message::new(Code::Fetch, &task.to_le_bytes())
}

pub(crate) fn read(reply: Reply) -> Result<End, Error> {
    if reply.status == status::TASK_UNKNOWN {
        return Ok(End::Unknown);
    }
    let reply = super::done(Code::Fetch, reply)?;
    let no = |field| Error::Content {
        command: Code::Fetch,
        field,
    };
    match *reply.head() {
        [0x00] => Ok(End::Pending),
        [0x01, button] => Ok(End::Button(button)),
        [0x02, len, ref digits @ ..] if usize::from(len) == digits.len() => {
            Pin::new(digits.to_vec()).map(End::Typed).map_err(|_| no("PIN"))
        }
        [0x03] => Ok(End::PinCancelled),
        [0x04, outcome] => face::outcome(outcome).map(End::Face).ok_or_else(|| no("outcome")),
        _ => Err(no("end of a task")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use zeroize::Zeroizing;

    use super::*;

    fn reply(status: u8, data: &[u8]) -> Reply {
        Reply {
            status,
            fragments: vec![Zeroizing::new(data.to_vec())],
        }
    }

    #[test]
    fn each_end_is_read() {
        let end = |data: &[u8]| read(reply(0, data));
        assert!(matches!(end(&[0]), Ok(End::Pending)));
        assert!(matches!(end(&[1, 7]), Ok(End::Button(7))));
        assert!(
            matches!(end(&[2, 4, b'1', b'2', b'3', b'4']), Ok(End::Typed(pin)) if pin.expose() == b"1234")
        );
        assert!(matches!(end(&[3]), Ok(End::PinCancelled)));
        assert!(matches!(end(&[4, 2]), Ok(End::Face(FaceOutcome::NoMatch))));
        assert!(matches!(read(reply(4, &[])), Ok(End::Unknown)));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for data in [
            &[][..],
            &[5],
            &[0, 0],
            &[1],
            &[2, 4, b'1', b'2', b'3'],
            &[2, 3, b'1', b'2', b'3'],
            &[2, 4, b'1', b'2', b'3', b'x'],
            &[4, 0],
            &[4, 7],
        ] {
            assert!(
                matches!(read(reply(0, data)), Err(Error::Content { .. })),
                "{data:?}"
            );
        }
        assert!(matches!(
            read(reply(6, &[])),
            Err(Error::Refused { status: 6, .. })
        ));
    }

    proptest! {
        #[test]
        fn any_reply_is_read_or_refused(status: u8, data in proptest::collection::vec(any::<u8>(), 0..56)) {
            let _ = read(reply(status, &data));
        }
    }
}
