//! `madoguchi readers`: which readers a gateway has, and which of them are in service.

mod feed;
mod service;

use std::fmt;

use clap::{Args, Subcommand};
use madoguchi_proto::reader::v1::reader::State;
use madoguchi_proto::reader::v1::reader_service_client::ReaderServiceClient;
use madoguchi_proto::reader::v1::{Capability, ListReadersRequest, Reader};
use serde::Serialize;

use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::moment;
use crate::cli::output::{self, Output};
use crate::cli::remote::Remote;
use crate::cli::signal;
use feed::Feed;

/// The readers of a running gateway
#[derive(Debug, Subcommand)]
pub enum ReadersCommand {
    /// List the readers that are connected now
    List(ReadersArgs),
    /// List them, and again after each change, until Ctrl-C; with --json one object a line
    Watch(ReadersArgs),
    /// Take a reader out of service: no visit gets it until it is put back, over restarts and re-plugging
    OutOfService(service::OutOfServiceArgs),
    /// Put a reader back into service
    InService(service::InServiceArgs),
}

/// Which gateway, and how to print.
#[derive(Debug, Args)]
pub struct ReadersArgs {
    #[command(flatten)]
    remote: Remote,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl ReadersCommand {
    /// Whether a machine reads the answer.
    #[must_use]
    pub const fn is_json(&self) -> bool {
        match self {
            Self::List(arguments) | Self::Watch(arguments) => arguments.json,
            Self::OutOfService(arguments) => arguments.is_json(),
            Self::InService(arguments) => arguments.is_json(),
        }
    }

    /// Runs it.
    ///
    /// # Errors
    /// Where the gateway cannot be asked.
    pub async fn run(self) -> Result<Exit, Error> {
        match self {
            Self::List(arguments) => list(arguments).await,
            Self::Watch(arguments) => watch(arguments).await,
            Self::OutOfService(arguments) => arguments.run().await,
            Self::InService(arguments) => arguments.run().await,
        }
    }
}

async fn list(arguments: ReadersArgs) -> Result<Exit, Error> {
    let mut client = ReaderServiceClient::new(arguments.remote.connect().await?);
    let answer = client.list_readers(ListReadersRequest {}).await?.into_inner();
    Output::new(arguments.json).answer(&Readers::new(None, answer.readers), |readers| readers.to_string())?;
    Ok(Exit::Completed)
}

async fn watch(arguments: ReadersArgs) -> Result<Exit, Error> {
    let stop = signal::stop_token()?;
    let output = Output::new(arguments.json);
    let mut feed = Feed::new(arguments.remote.connect().await?);
    loop {
        let change = tokio::select! {
            () = stop.cancelled() => return Ok(Exit::Completed),
            change = feed.next() => change?,
        };
        output.answer(&Readers::new(Some(change.sequence), change.readers), |readers| {
            format!("{readers}\n")
        })?;
    }
}

#[derive(Debug, Serialize)]
struct Readers {
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence: Option<u64>,
    readers: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    reader_id: String,
    driver_id: String,
    display_name: String,
    model: Option<String>,
    firmware: Option<String>,
    capabilities: Vec<String>,
    state: &'static str,
    card_present: bool,
    touch_count: u64,
    reason: Option<String>,
    out_of_service: Option<OutOfService>,
}

/// Staff's word that it is not to be used.
#[derive(Debug, Serialize)]
struct OutOfService {
    since: Option<String>,
    staff_id: String,
    note: Option<String>,
}

impl Readers {
    fn new(sequence: Option<u64>, readers: Vec<Reader>) -> Self {
        Self {
            sequence,
            readers: readers.into_iter().map(Line::from).collect(),
        }
    }
}

impl From<Reader> for Line {
    fn from(reader: Reader) -> Self {
        let state = match reader.state() {
            State::Ready => "ready",
            State::Leased => "leased",
            State::Unavailable => "unavailable",
            State::Unspecified => "unknown",
        };
        let name = |capability: Capability| {
            let name = capability.as_str_name();
            name.strip_prefix("CAPABILITY_")
                .unwrap_or(name)
                .to_ascii_lowercase()
        };
        Self {
            capabilities: reader.capabilities().map(name).collect(),
            state,
            reader_id: reader.reader_id,
            driver_id: reader.driver_id,
            display_name: reader.display_name,
            model: Some(reader.model).filter(|model| !model.is_empty()),
            firmware: Some(reader.firmware).filter(|firmware| !firmware.is_empty()),
            card_present: reader.card_present,
            touch_count: reader.touch_count,
            reason: Some(reader.reason).filter(|reason| !reason.is_empty()),
            out_of_service: reader.out_of_service.map(|word| OutOfService {
                since: word.since_time.and_then(moment::of_wire),
                staff_id: word.staff_id,
                note: Some(word.note).filter(|note| !note.is_empty()),
            }),
        }
    }
}

impl fmt::Display for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        output::lines(f, &self.readers, "No reader is connected.")
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\t{}", self.reader_id, self.state)?;
        if self.card_present {
            f.write_str(", something lies on it")?;
        }
        write!(f, "\t{}", self.display_name)?;
        if let Some(reason) = &self.reason {
            write!(f, "\t{reason}")?;
        }
        let Some(word) = &self.out_of_service else {
            return Ok(());
        };
        write!(f, "\tout of service by {}", word.staff_id)?;
        if let Some(since) = &word.since {
            write!(f, " since {since}")?;
        }
        match &word.note {
            Some(note) => write!(f, ": {note}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_is_printed_for_machines_and_for_people() {
        let reader = Reader {
            reader_id: "pcsc:a#0".to_owned(),
            driver_id: "pcsc".to_owned(),
            display_name: "Virtual PCD".to_owned(),
            model: String::new(),
            firmware: "2.1".to_owned(),
            capabilities: vec![Capability::NfcCard.into()],
            state: State::Unavailable.into(),
            card_present: true,
            touch_count: 3,
            reason: "READER_BUSY".to_owned(),
            out_of_service: Some(madoguchi_proto::reader::v1::OutOfService {
                since_time: Some(prost_types::Timestamp {
                    seconds: 1_790_000_000,
                    nanos: 0,
                }),
                staff_id: "nurse-7".to_owned(),
                note: String::new(),
            }),
        };
        let readers = Readers::new(Some(7), vec![reader]);
        assert_eq!(
            serde_json::to_string(&readers).unwrap(),
            r#"{"sequence":7,"readers":[{"reader_id":"pcsc:a#0","driver_id":"pcsc","display_name":"Virtual PCD","#
                .to_owned()
                + r#""model":null,"firmware":"2.1","capabilities":["nfc_card"],"state":"unavailable","card_present":true,"touch_count":3,"reason":"READER_BUSY","#
                + r#""out_of_service":{"since":"2026-09-21T14:13:20Z","staff_id":"nurse-7","note":null}}]}"#
        );
        assert_eq!(
            readers.to_string(),
            "pcsc:a#0\tunavailable, something lies on it\tVirtual PCD\tREADER_BUSY\tout of service by nurse-7 since \
             2026-09-21T14:13:20Z"
        );
        assert_eq!(
            Readers::new(None, Vec::new()).to_string(),
            "No reader is connected."
        );
    }
}
