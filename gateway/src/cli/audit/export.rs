//! `madoguchi audit export`.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use madoguchi_audit::{Archive, ChainStore as _, Checkpoint, EntryStore as _};
use madoguchi_proto::audit::v1::ExportAuditEventsRequest;
use madoguchi_proto::audit::v1::audit_service_client::AuditServiceClient;
use madoguchi_store::Store;
use serde::Serialize;

use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::output::{Output, complain};
use crate::cli::remote::Remote;
use crate::config::Problem;

/// What to export, and where to.
#[derive(Debug, Args)]
pub struct ExportArgs {
    #[command(flatten)]
    remote: Remote,
    /// Read this database of a gateway that is stopped instead; it goes up to its last checkpoint
    #[arg(long, value_name = "FILE", conflicts_with_all = ["endpoint", "after"])]
    database: Option<PathBuf>,
    /// Begin behind the checkpoint of this number; with the oldest entry where it is not given
    #[arg(long, value_name = "SEQUENCE", default_value_t = 0)]
    after: u64,
    /// The file to write, which must not be there yet
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

/// What is printed.
#[derive(Debug, Serialize)]
struct Exported {
    file: PathBuf,
    byte_count: u64,
}

/// The file that is being written.
struct Out {
    file: File,
    path: PathBuf,
    bytes: u64,
}

impl Out {
    fn create(path: &Path) -> Result<Self, Error> {
        let file = OpenOptions::new().write(true).create_new(true).open(path);
        Ok(Self {
            file: file.map_err(|source| failed(path, source))?,
            path: path.to_owned(),
            bytes: 0,
        })
    }

    fn write(&mut self, lines: &[u8]) -> Result<(), Error> {
        self.bytes += u64::try_from(lines.len()).unwrap_or_default();
        self.file
            .write_all(lines)
            .map_err(|source| failed(&self.path, source))
    }

    fn finish(self) -> Result<Exported, Error> {
        self.file
            .sync_all()
            .map_err(|source| failed(&self.path, source))?;
        Ok(Exported {
            file: self.path,
            byte_count: self.bytes,
        })
    }
}

fn failed(path: &Path, source: std::io::Error) -> Error {
    Error::Write {
        path: path.to_owned(),
        source,
    }
}

impl ExportArgs {
    pub(super) async fn run(self) -> Result<Exit, Error> {
        let exported = match &self.database {
            Some(database) => from_database(database, &self.out).await?,
            None => from_gateway(&self.remote, self.after, &self.out).await?,
        };
        Output::new(self.json).answer(&exported, |exported| {
            format!("{}: {} bytes.", exported.file.display(), exported.byte_count)
        })?;
        Ok(Exit::Completed)
    }
}

async fn from_gateway(remote: &Remote, after_sequence: u64, path: &Path) -> Result<Exported, Error> {
    let mut client = AuditServiceClient::new(remote.connect().await?);
    let request = ExportAuditEventsRequest { after_sequence };
    let mut parts = client.export_audit_events(request).await?.into_inner();
    let mut out = Out::create(path)?;
    while let Some(part) = parts.message().await? {
        out.write(&part.lines)?;
    }
    out.finish()
}

async fn from_database(database: &Path, path: &Path) -> Result<Exported, Error> {
    // A database that is not there would be made.
    File::open(database).map_err(|source| Error::Read {
        path: database.to_owned(),
        source,
    })?;
    let store = Store::open(database).map_err(|error| Error::Config(Problem::Store(error)))?;
    let failed = |reason| Error::Config(Problem::Recovery(reason));
    let archive = Archive::new(Arc::new(store.clone()), PathBuf::new());
    let begin = archive.oldest().await.map_err(failed)?;
    let end = store.last_checkpoint().await.map_err(failed)?;
    let end = end.ok_or(Error::Usage(
        "the database has no checkpoint: its log cannot be proven",
    ))?;
    let last = store
        .head()
        .await
        .map_err(failed)?
        .map_or(0, |head| head.sequence);
    let left = last.saturating_sub(end.statement.sequence);
    if left > 0 {
        complain(format_args!(
            "madoguchi: the last {left} entries are behind the last checkpoint and left out; the gateway's next start states them"
        ));
    }
    let mut head = begin.as_ref().map(Checkpoint::head);
    let mut out = Out::create(path)?;
    if let Some(begin) = &begin {
        out.write(format!("{}\n", begin.jws).as_bytes())?;
    }
    while let Some(lines) = archive
        .lines(&mut head, end.statement.sequence)
        .await
        .map_err(failed)?
    {
        out.write(lines.as_bytes())?;
    }
    if begin.as_ref().is_none_or(|begin| begin.head() != end.head()) {
        out.write(format!("{}\n", end.jws).as_bytes())?;
    }
    out.finish()
}
