//! Questions to the terminal: a file in `req`, its result in `res`.

use std::path::PathBuf;
use std::sync::Arc;

use madoguchi_core::Reason;
use madoguchi_core::eligibility::{BatchCheck, NumberQuery};
use ring::digest;
use time::OffsetDateTime;
use time::macros::{format_description, offset};
use tokio::time::{sleep, timeout};

use super::blocking::Blocking;
use super::{Options, files};
use crate::observed::{Unreadable, read};
use crate::xml::{Node, parse, tree, write};

/// Bytes of a hash in a file's name.
const KEY: usize = 10;

/// Asks and waits. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Requests {
    options: Arc<Options>,
    blocking: Blocking,
    writing: Blocking,
}

/// How a booking is named in a batch's file.
pub(super) fn identifier(index: usize) -> String {
    format!("{index:06}")
}

/// Asks for a batch.
const BATCH: &str = "OQSmuquc01";

impl Requests {
    pub(super) fn new(options: Options) -> Self {
        Self {
            options: Arc::new(options),
            blocking: Blocking::default(),
            writing: Blocking::one_at_a_time(),
        }
    }

    /// One person, by number: `OQSsiquc01`.
    pub(super) async fn by_number(&self, query: &NumberQuery, now: OffsetDateTime) -> Result<Node, Reason> {
        let day = date8(query.on.unwrap_or_else(|| now.to_offset(offset!(+9)).date()));
        let key = key(&[
            query.request_id.as_str(),
            &query.insurer_number,
            query.symbol.as_deref().unwrap_or_default(),
            &query.number,
            query.branch_number.as_deref().unwrap_or_default(),
            &date8(query.birth_date),
            &day,
        ]);
        let mut body = Node::new("MessageBody");
        body.children.push(search(query, None));
        let asked = self.message(
            &key,
            &[
                ("QualificationConfirmationDate", day.as_str()),
                ("ReferenceClassification", "2"),
            ],
            body,
        );
        // SegmentOfResult 2 is an answer that is still being made.
        self.ask("OQSsiquc01", &key, asked, |root| {
            read(root) != Err(Unreadable::InProgress)
        })
        .await
    }

    /// A batch: `OQSmuquc01` accepts it and names the ReceptionNumber.
    pub(super) async fn submit(&self, batch: &BatchCheck, now: OffsetDateTime) -> Result<Node, Reason> {
        let key = key(&["batch", batch.id.as_str()]);
        let mut body = Node::new("MessageBody");
        for (index, booking) in batch.bookings.iter().enumerate() {
            body.children
                .push(search(&booking.query, Some(&identifier(index))));
        }
        let first = batch.bookings.first().and_then(|booking| booking.query.on);
        // The file has one date for all of them.
        if batch.bookings.iter().any(|booking| booking.query.on != first) {
            return Err(Reason::EligibilityRefused);
        }
        let day = date8(first.unwrap_or_else(|| now.to_offset(offset!(+9)).date()));
        let asked = self.message(&key, &[("QualificationConfirmationDate", day.as_str())], body);
        self.ask(BATCH, &key, asked, |_| true).await
    }

    /// Its results: `OQSmuquc02`, a new question each time, because the answer may be "not yet".
    pub(super) async fn fetch(
        &self,
        batch: &BatchCheck,
        ticket: &str,
        now: OffsetDateTime,
    ) -> Result<Node, Reason> {
        let key = key(&[
            "fetch",
            batch.id.as_str(),
            &now.unix_timestamp_nanos().to_string(),
        ]);
        let body = tree("MessageBody", [("ReceptionNumber", ticket, [].as_slice())]);
        let asked = self.message(&key, &[], body);
        self.ask("OQSmuquc02", &key, asked, |_| true).await
    }

    fn message(&self, key: &str, more: &[(&str, &str)], body: Node) -> Vec<u8> {
        let mut header = more.to_vec();
        header.push(("MedicalInstitutionCode", &self.options.institution_code));
        header.push(("ArbitraryFileIdentifier", key));
        let leaves = header
            .into_iter()
            .map(|(name, value)| (name, value, [].as_slice()));
        let mut root = Node::new("XmlMsg");
        root.children.push(tree("MessageHeader", leaves));
        root.children.push(body);
        write(&root, self.options.charset)
    }

    /// Writes the request unless it, or its result, is there already: a request of an earlier process is found again.
    /// One that has lain there for longer than a result takes, and has none, is written again.
    async fn ask(
        &self,
        kind: &str,
        key: &str,
        bytes: Vec<u8>,
        done: impl Fn(&Node) -> bool,
    ) -> Result<Node, Reason> {
        let request = format!("{kind}req_{key}.xml");
        let result = format!("{kind}res_{key}.xml");
        let (options, wanted) = (Arc::clone(&self.options), result.clone());
        // A batch takes the terminal as long as it takes.
        let patience = match kind {
            BATCH => options.max_age,
            _ => options.deadline * 5,
        };
        let put = move || {
            let lies = |path: PathBuf| !files::is_older(&path, patience);
            let known = files::find(&options.res, &wanted)?.is_some()
                || files::find(&options.req, &request)?.is_some_and(lies);
            match known {
                true => Ok(()),
                false => files::put(&options.req, &request, &bytes),
            }
        };
        // One at a time looks and writes, so that one question is one file.
        if let Err(error) = self.writing.run(put).await? {
            tracing::warn!(kind = %error.kind(), "a request cannot be written to the terminal's folder");
            return Err(Reason::EligibilityUnavailable);
        }
        let waiting = async {
            loop {
                let (options, wanted) = (Arc::clone(&self.options), result.clone());
                let found = self
                    .blocking
                    .run(move || {
                        let path = files::find(&options.res, &wanted).ok()??;
                        files::read(&path).map(|bytes| parse(&bytes))
                    })
                    .await;
                // Half-written, not there yet, or gone for a moment: looked at again until the time is up.
                if let Ok(Some(Ok(root))) = found
                    && done(&root)
                {
                    return root;
                }
                sleep(self.options.poll).await;
            }
        };
        let answered = timeout(self.options.deadline, waiting).await;
        answered.map_err(|_| {
            tracing::warn!(kind, "the terminal did not answer a request in time");
            Reason::EligibilityUnavailable
        })
    }
}

fn date8(date: time::Date) -> String {
    date.format(format_description!("[year][month][day]"))
        .unwrap_or_default()
}

/// A name for a file: the same question has the same, and it says nothing of whom it asks for.
fn key(parts: &[&str]) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        context.update(part.as_bytes());
    }
    let hash = context.finish();
    hex::encode(hash.as_ref().get(..KEY).unwrap_or_default())
}

fn search(query: &NumberQuery, identifier: Option<&str>) -> Node {
    let insurer = format!("{:>8}", query.insurer_number);
    let birth = date8(query.birth_date);
    let mut values = vec![("InsurerNumber", insurer.as_str())];
    values.extend(
        query
            .symbol
            .as_deref()
            .map(|symbol| ("InsuredCardSymbol", symbol)),
    );
    values.push(("InsuredIdentificationNumber", &query.number));
    values.extend(
        query
            .branch_number
            .as_deref()
            .map(|branch| ("InsuredBranchNumber", branch)),
    );
    values.push(("Birthdate", &birth));
    // 限度額 is passed on without consent since October 2024; the element is still there.
    values.push(("LimitApplicationCertificateRelatedConsFlg", "1"));
    values.extend(identifier.map(|identifier| ("ArbitraryIdentifier", identifier)));
    let leaves = values
        .into_iter()
        .map(|(name, value)| (name, value, [].as_slice()));
    tree("QualificationConfirmSearchInfo", leaves)
}
