//! A card that answers by script, for what no twin does.

use std::collections::VecDeque;

use madoguchi_card::{CardSession, TransmitError};

/// Answers one after another; what was sent is kept.
#[derive(Default)]
pub(crate) struct Script {
    answers: VecDeque<Result<Vec<u8>, TransmitError>>,
    pub(crate) sent: Vec<Vec<u8>>,
}

impl Script {
    pub(crate) fn new<const N: usize>(answers: [&[u8]; N]) -> Self {
        Self {
            answers: answers.into_iter().map(|answer| Ok(answer.to_vec())).collect(),
            sent: Vec::new(),
        }
    }

    pub(crate) fn then(mut self, answer: Result<&[u8], TransmitError>) -> Self {
        self.answers.push_back(answer.map(<[u8]>::to_vec));
        self
    }
}

impl CardSession for Script {
    fn transmit(&mut self, command: &[u8], response: &mut Vec<u8>) -> Result<(), TransmitError> {
        self.sent.push(command.to_vec());
        response.clear();
        response.extend(
            self.answers
                .pop_front()
                .expect("one more command than the script knows")?,
        );
        Ok(())
    }
}
