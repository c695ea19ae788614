//! What goes wrong, as data. APDUs are counted from one, from the moment the card is put on.

use madoguchi_apdu::{Command, StatusWord};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What goes wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// The card is pulled while this APDU is under way: the chip does what it says, the answer is lost.
    pub pull_at_apdu: Option<u32>,
    /// From this APDU on the card answers nothing more, while it stays where it is.
    pub hang_at_apdu: Option<u32>,
    /// Each answer takes so much longer.
    pub delay_ms: u32,
    /// One answer takes so much longer.
    pub delay_at_apdu: Option<DelayAt>,
    /// One APDU is answered with this status word and nothing else; the chip does not see it.
    pub status_at_apdu: Option<StatusAt>,
    /// One APDU is answered with bytes that mean nothing; the chip does not see it.
    pub garbage_at_apdu: Option<u32>,
    /// One APDU's answer is cut to half of its data.
    pub cut_at_apdu: Option<u32>,
    /// Extended length is refused with 6700.
    pub no_extended_length: bool,
    /// The reader loses the card over an APDU of extended length, and has it again when it is powered up anew.
    pub extended_length_loses_card: bool,
}

/// One answer that takes longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DelayAt {
    /// Which APDU.
    pub apdu: u32,
    /// How much longer.
    pub delay_ms: u32,
}

/// One answer that is another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusAt {
    /// Which APDU.
    pub apdu: u32,
    /// SW1 and SW2, as in 0x6F00.
    pub status: u16,
}

/// An answer that is no answer of any card: the status word does not exist.
const GARBAGE: [u8; 5] = [0xDE, 0xAD, 0xBE, 0x12, 0x34];

impl Faults {
    /// The card is pulled at this APDU.
    #[must_use]
    pub fn pull_at(apdu: u32) -> Self {
        Self {
            pull_at_apdu: Some(apdu),
            ..Self::default()
        }
    }

    /// How much longer this APDU's answer takes.
    pub(crate) fn delay(&self, apdu: u32) -> Duration {
        let once = self
            .delay_at_apdu
            .filter(|at| at.apdu == apdu)
            .map_or(0, |at| at.delay_ms);
        Duration::from_millis(u64::from(self.delay_ms) + u64::from(once))
    }

    /// The answer in place of the chip's, where there is one.
    pub(crate) fn instead(&self, apdu: u32, command: &[u8]) -> Option<Vec<u8>> {
        if let Some(at) = self.status_at_apdu.filter(|at| at.apdu == apdu) {
            return Some(StatusWord::from_u16(at.status).to_bytes().to_vec());
        }
        if self.garbage_at_apdu == Some(apdu) {
            return Some(GARBAGE.to_vec());
        }
        (self.no_extended_length && is_extended(command)).then(|| vec![0x67, 0x00])
    }

    /// Whether the reader loses the card over this.
    pub(crate) fn loses_card(&self, command: &[u8]) -> bool {
        self.extended_length_loses_card && is_extended(command)
    }

    /// The chip's answer, or what is left of it.
    pub(crate) fn afterwards(&self, apdu: u32, mut answer: Vec<u8>) -> Vec<u8> {
        if self.cut_at_apdu == Some(apdu) {
            let data = answer.len().saturating_sub(2);
            answer.drain(data / 2..data);
        }
        answer
    }
}

fn is_extended(command: &[u8]) -> bool {
    Command::decode(command).is_ok_and(|command| command.is_extended())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_data() {
        let text = "pull_at_apdu = 3\ndelay_ms = 8\nstatus_at_apdu = { apdu = 2, status = 0x6F00 }\n";
        let faults: Faults = toml::from_str(text).unwrap();
        assert_eq!(faults.pull_at_apdu, Some(3));
        assert_eq!(faults.instead(2, &[]), Some(vec![0x6F, 0x00]));
        assert_eq!(faults.instead(1, &[]), None);
        assert_eq!(faults.delay(1), Duration::from_millis(8));
        assert!(toml::from_str::<Faults>("pull_at = 3").is_err());
    }

    #[test]
    fn a_cut_answer_keeps_its_status() {
        let faults = Faults {
            cut_at_apdu: Some(1),
            ..Faults::default()
        };
        assert_eq!(faults.afterwards(1, vec![1, 2, 3, 4, 0x90, 0]), [1, 2, 0x90, 0]);
        assert_eq!(faults.afterwards(2, vec![1, 2, 0x90, 0]), [1, 2, 0x90, 0]);
    }
}
