//! Command out, response in, each counted. The only place that touches the session.

use madoguchi_apdu::{Command, Le, Response, Status};

use crate::{CardSession, Error};

/// An answer is not gathered in more parts: a card that promises more for ever must not hold the reader.
const MAX_PARTS: usize = 64;

/// A short answer and its status word.
const USUAL_ANSWER_LEN: usize = 258;

pub(crate) struct Channel<'s, S: CardSession + ?Sized> {
    session: &'s mut S,
    sent: u32,
}

impl<'s, S: CardSession + ?Sized> Channel<'s, S> {
    pub(crate) const fn new(session: &'s mut S) -> Self {
        Self { session, sent: 0 }
    }

    pub(crate) const fn sent(&self) -> u32 {
        self.sent
    }

    /// Sends once and takes what comes. What must never be repeated goes through here.
    pub(crate) fn send_once(&mut self, command: &Command) -> Result<Response, Error> {
        let mut raw = Vec::with_capacity(USUAL_ANSWER_LEN);
        self.sent = self.sent.saturating_add(1);
        let result = self.session.transmit(command.as_bytes(), &mut raw);
        let response = result
            .map_err(Error::from)
            .and_then(|()| Ok(Response::parse(raw)?));
        match &response {
            Ok(response) => tracing::trace!(?command, ?response, "apdu"),
            Err(error) => tracing::debug!(?command, ?error, "apdu without an answer"),
        }
        response
    }

    /// Sends, repeats once with the Le that `6Cxx` names, and fetches what `61xx` promises.
    pub(crate) fn exchange(&mut self, command: &Command) -> Result<(Vec<u8>, Response), Error> {
        let mut response = self.send_once(command)?;
        if let Status::WrongLe(len) = response.status().status() {
            response = self.send_once(&command.with_le(Le::Short(len)))?;
        }
        let mut data = response.data().to_vec();
        for _ in 0..MAX_PARTS {
            let Status::MoreData(len) = response.status().status() else {
                break;
            };
            let get_response = Command::bare([0x00, 0xC0, 0x00, 0x00], Le::Short(len));
            response = self.send_once(&get_response)?;
            data.extend_from_slice(response.data());
        }
        Ok((data, response))
    }
}
