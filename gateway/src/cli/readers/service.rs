//! `madoguchi readers out-of-service` and `in-service`: staff's word on a reader.

use clap::Args;
use madoguchi_proto::reader::v1::reader_service_client::ReaderServiceClient;
use madoguchi_proto::reader::v1::{Reader, ReturnReaderToServiceRequest, TakeReaderOutOfServiceRequest};
use serde::Serialize;

use super::{Line, ReadersArgs};
use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::output::Output;

/// Which reader, and who says so.
#[derive(Debug, Args)]
struct Word {
    /// The reader, as `readers list` shows it
    reader_id: String,
    /// Who says so: the facility's own name for a member of staff
    #[arg(long = "staff", value_name = "ID")]
    staff_id: String,
    #[command(flatten)]
    gateway: ReadersArgs,
}

/// Takes a reader out of service.
#[derive(Debug, Args)]
pub struct OutOfServiceArgs {
    #[command(flatten)]
    word: Word,
    /// Why, for colleagues and the maker; nothing of patients
    #[arg(long, default_value = "")]
    note: String,
}

/// Puts a reader back.
#[derive(Debug, Args)]
pub struct InServiceArgs {
    #[command(flatten)]
    word: Word,
}

/// What is printed: the reader as it is now, where it is plugged in.
#[derive(Debug, Serialize)]
struct Answer {
    reader_id: String,
    reader: Option<Line>,
}

impl OutOfServiceArgs {
    pub(super) const fn is_json(&self) -> bool {
        self.word.gateway.json
    }

    pub(super) async fn run(self) -> Result<Exit, Error> {
        let Self { word, note } = self;
        let mut client = ReaderServiceClient::new(word.gateway.remote.connect().await?);
        let request = TakeReaderOutOfServiceRequest {
            reader_id: word.reader_id.clone(),
            staff_id: word.staff_id,
            note,
        };
        let answer = client.take_reader_out_of_service(request).await?.into_inner();
        print(word.gateway.json, word.reader_id, answer.reader)
    }
}

impl InServiceArgs {
    pub(super) const fn is_json(&self) -> bool {
        self.word.gateway.json
    }

    pub(super) async fn run(self) -> Result<Exit, Error> {
        let word = self.word;
        let mut client = ReaderServiceClient::new(word.gateway.remote.connect().await?);
        let request = ReturnReaderToServiceRequest {
            reader_id: word.reader_id.clone(),
            staff_id: word.staff_id,
        };
        let answer = client.return_reader_to_service(request).await?.into_inner();
        print(word.gateway.json, word.reader_id, answer.reader)
    }
}

fn print(json: bool, reader_id: String, reader: Option<Reader>) -> Result<Exit, Error> {
    let answer = Answer {
        reader_id,
        reader: reader.map(Line::from),
    };
    Output::new(json).answer(&answer, |answer| match &answer.reader {
        Some(line) => line.to_string(),
        None => format!("{}\tnot plugged in", answer.reader_id),
    })?;
    Ok(Exit::Completed)
}
