//! What the gateway told those who called it.

use madoguchi_proto::checkin::v1::CheckIn;
use prost::Message;
use tonic::Status;

use crate::places::Search;
use crate::searcher::{Kind, Searcher};

/// What callers heard, by what may be in it.
#[derive(Default)]
pub(crate) struct Heard {
    /// Nothing of a patient at all.
    refusals: Vec<u8>,
    /// Nothing but the hash of a certificate.
    told: Vec<u8>,
    /// What was asked for: everything but a PIN.
    answers: Vec<u8>,
    answer_count: usize,
}

impl Heard {
    /// An error, to its last byte.
    pub(crate) fn refusal(&mut self, status: &Status) {
        let metadata = status.metadata().clone().into_headers();
        self.refusals
            .extend(format!("{status:?}\n{metadata:?}\n").bytes());
        self.refusals.extend(status.message().bytes());
        self.refusals.extend(status.details());
        self.refusals.push(b'\n');
    }

    /// How a visit stands. Only its answer is of the patient.
    pub(crate) fn check_in(&mut self, now: &CheckIn) {
        let mut now = now.clone();
        if let Some(answer) = now.eligibility_answer.take() {
            self.answer_count += 1;
            self.answers.extend(answer.encode_to_vec());
        }
        self.told(&now);
    }

    /// Any other answer that is of no patient.
    pub(crate) fn told(&mut self, message: &(impl Message + std::fmt::Debug)) {
        self.told.extend(message.encode_to_vec());
        self.told.extend(format!("\n{message:?}\n").bytes());
    }

    /// An answer that holds what a chip said.
    pub(crate) fn answer(&mut self, message: &impl Message) {
        self.answer_count += 1;
        self.answers.extend(message.encode_to_vec());
    }

    /// Searches all of it.
    pub(crate) fn search(&self, search: &mut Search, searcher: &Searcher) {
        assert!(self.answer_count > 0, "something was heard");
        search.bytes(searcher, "errors on the wire", &self.refusals, &[]);
        search.bytes(
            searcher,
            "visits on the wire",
            &self.told,
            &[Kind::Thumbprint, Kind::Note],
        );
        let answered = searcher.search(&self.answers);
        assert!(
            answered.iter().any(|found| found.kind == Kind::Person),
            "the answers are of the people that are looked for"
        );
        let leaks = answered.into_iter().filter(|found| found.kind == Kind::Pin);
        search
            .leaks
            .extend(leaks.map(|leak| ("answers on the wire".to_owned(), leak)));
    }
}
