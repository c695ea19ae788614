//! Acts on a device of another process.

use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use thiserror::Error;
use zeroize::Zeroizing;

use super::wire::{MAX_LINE_LEN, MAX_WATCH_MS, Request, Response};
use super::{Act, Acts, State};
use crate::device::Refused;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Beyond what was asked to be waited for.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(40);

/// Why a stage elsewhere did not do it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The device is there, the act came to nothing.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The stage does not understand the act.
    #[error("the stage does not understand that: {0}")]
    Malformed(String),
    /// What it answers is no state.
    #[error("the stage's answer is none")]
    Answer(#[source] serde_json::Error),
    /// Nobody answers there.
    #[error("the stage does not answer")]
    Io(#[from] std::io::Error),
}

/// Acts on a device of another process.
pub struct StageClient {
    stream: TcpStream,
    reader: BufReader<TcpStream>,
}

impl StageClient {
    /// Connects to a stage.
    ///
    /// # Errors
    /// [`ClientError::Io`].
    pub fn connect(address: SocketAddr) -> Result<Self, ClientError> {
        let stream = TcpStream::connect_timeout(&address, CONNECT_TIMEOUT)?;
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(CONNECT_TIMEOUT))?;
        let reader = BufReader::new(stream.try_clone()?);
        Ok(Self { stream, reader })
    }

    /// Does something to the device.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn act(&mut self, act: Act) -> Result<State, ClientError> {
        self.ask(&Request::Act(act), Duration::ZERO)
    }

    /// Does what a line of JSON says, such as `"touch"` or `{"insert":{"persona":"adult"}}`.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn act_json(&mut self, act: &str) -> Result<State, ClientError> {
        let act = serde_json::from_str(act).map_err(|error| ClientError::Malformed(error.to_string()))?;
        self.act(act)
    }

    /// The state as soon as its sequence is beyond that, at the latest after the time, which is a minute at most.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn watch(&mut self, after: u64, timeout: Duration) -> Result<State, ClientError> {
        let timeout_ms = u64::try_from(timeout.as_millis()).unwrap_or(MAX_WATCH_MS);
        self.ask(&Request::Watch { after, timeout_ms }, timeout)
    }

    fn ask(&mut self, request: &Request, wait: Duration) -> Result<State, ClientError> {
        let mut line = Zeroizing::new(serde_json::to_vec(request).map_err(ClientError::Answer)?);
        line.push(b'\n');
        self.stream.write_all(&line)?;
        self.stream.set_read_timeout(Some(wait + ANSWER_TIMEOUT))?;
        let mut answer = Vec::new();
        (&mut self.reader)
            .take(MAX_LINE_LEN)
            .read_until(b'\n', &mut answer)?;
        if answer.last() != Some(&b'\n') {
            return Err(std::io::Error::from(ErrorKind::UnexpectedEof).into());
        }
        match serde_json::from_slice(&answer).map_err(ClientError::Answer)? {
            Response::State(state) => Ok(*state),
            Response::Refused(refused) => Err(refused.into()),
            Response::Malformed(what) => Err(ClientError::Malformed(what)),
        }
    }
}

impl Acts for StageClient {
    type Error = ClientError;

    fn act(&mut self, act: Act) -> Result<State, ClientError> {
        Self::act(self, act)
    }

    fn watch(&mut self, after: u64, timeout: Duration) -> Result<State, ClientError> {
        Self::watch(self, after, timeout)
    }

    fn is_refusal(error: &ClientError) -> bool {
        matches!(error, ClientError::Refused(refused) if *refused != Refused::Ended)
    }
}
