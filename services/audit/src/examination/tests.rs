use std::sync::LazyLock;

use madoguchi_core::audit::{Action, Entry, Event};
use madoguchi_core::{CheckInId, Reason};
use madoguchi_keys::MemoryKeys;
use proptest::prelude::*;
use time::OffsetDateTime;
use time::macros::datetime;

use super::*;
use crate::{Statement, line as entry_line, link};

const AT: OffsetDateTime = datetime!(2026-11-22 09:00 UTC);

static KEYS: LazyLock<MemoryKeys> = LazyLock::new(|| MemoryKeys::generate().unwrap());

struct Chain {
    gateway: InstanceId,
    entries: Vec<Entry>,
}

impl Chain {
    fn new(length: usize) -> Self {
        let mut entries: Vec<Entry> = Vec::new();
        for index in 0..length {
            let mut event = Event::new([Action::CheckInStarted, Action::CheckInEnded][index % 2]);
            event.check_in_id = Some(CheckInId::generate());
            event.reason = (index % 3 == 0).then_some(Reason::PinWrong);
            entries.push(link(entries.last().map(Head::of).as_ref(), AT, event).unwrap());
        }
        Self {
            gateway: InstanceId::generate(),
            entries,
        }
    }

    fn head(&self, length: usize) -> Option<Head> {
        length.checked_sub(1).map(|last| Head::of(&self.entries[last]))
    }

    fn checkpoint(&self, length: usize) -> String {
        let head = self.head(length).unwrap();
        let statement = Statement {
            count: head.sequence,
            gateway: self.gateway.clone(),
            hash: head.hash,
            segment: 1,
            sequence: head.sequence,
            time: AT,
        };
        Checkpoint::sign(statement, &*KEYS).unwrap().jws
    }

    /// Lines behind the first `from` entries up to `to`, with the checkpoint before and the one behind.
    fn lines(&self, from: usize, to: usize) -> Vec<String> {
        let mut lines = Vec::new();
        if from > 0 {
            lines.push(self.checkpoint(from));
        }
        for index in from..to {
            lines.push(entry_line(self.head(index).as_ref(), &self.entries[index]).unwrap());
        }
        lines.push(self.checkpoint(to));
        lines
    }

    fn export(&self, from: usize, to: usize) -> Vec<u8> {
        (self.lines(from, to).join("\n") + "\n").into_bytes()
    }
}

fn examine(files: &[Vec<u8>], outside: &[String]) -> Result<Known, Finding> {
    let mut examination = Examination::new(&*KEYS, outside)?;
    for file in files {
        examination.begin_file();
        examination.read(&mut file.as_slice()).unwrap()?;
    }
    examination.finish()
}

#[test]
fn what_was_not_touched_holds_whole_and_in_parts() {
    let chain = Chain::new(12);
    let known = examine(&[chain.export(0, 12)], &[]).unwrap();
    assert_eq!(
        (known.first_sequence, known.last_sequence, known.entry_count),
        (Some(1), 12, 12)
    );
    assert_eq!(known.gateway, chain.gateway);
    // Segment files, an export that repeats the seal, and one alone.
    let mut second = chain.export(4, 9);
    second.drain(..=second.iter().position(|byte| *byte == b'\n').unwrap());
    let files = [chain.export(0, 4), second, chain.export(9, 12)];
    assert_eq!(examine(&files, &[]).unwrap().entry_count, 12);
    assert_eq!(examine(&files[2..], &[]).unwrap().first_sequence, Some(10));
    // Checkpoints of any moment.
    let outside: Vec<_> = (1..=12).map(|length| chain.checkpoint(length)).collect();
    assert!(examine(&files, &outside).is_ok());
}

#[test]
fn a_cut_end_is_found_by_a_later_checkpoint() {
    let chain = Chain::new(12);
    let later = [chain.checkpoint(12)];
    assert_eq!(
        examine(&[chain.export(0, 7)], &later),
        Err(Finding::CutOff { sequence: 8 })
    );
    assert_eq!(examine(&[], &later), Err(Finding::CutOff { sequence: 1 }));
    let mut open = chain.lines(0, 12);
    open.pop();
    let open = (open.join("\n") + "\n").into_bytes();
    assert_eq!(examine(&[open], &[]), Err(Finding::OpenEnd { sequence: 12 }));
    assert_eq!(examine(&[vec![]], &[]), Err(Finding::Empty));
}

#[test]
fn a_segment_that_is_missing_in_the_middle_is_found() {
    let chain = Chain::new(12);
    let files = [chain.export(0, 4), chain.export(9, 12)];
    assert_eq!(examine(&files, &[]), Err(Finding::Missing { sequence: 5 }));
    let files = [chain.export(4, 9), chain.export(0, 4)];
    assert_eq!(examine(&files, &[]), Err(Finding::OutOfOrder { sequence: 1 }));
}

#[test]
fn a_chain_made_anew_is_found_by_what_is_kept_elsewhere() {
    let chain = Chain::new(12);
    // The same gateway, its key in wrong hands, writes its history again.
    let forged = Chain {
        gateway: chain.gateway.clone(),
        ..Chain::new(12)
    };
    assert!(examine(&[forged.export(0, 12)], &[]).is_ok());
    assert_eq!(
        examine(&[forged.export(0, 12)], &[chain.checkpoint(5)]),
        Err(Finding::Contradicted { sequence: 5 })
    );
    let other = Chain::new(12);
    assert_eq!(
        examine(&[other.export(6, 12)], &[chain.checkpoint(5)]),
        Err(Finding::OtherGateway { sequence: 6 })
    );
}

#[test]
fn a_stranger_s_checkpoint_proves_nothing() {
    let chain = Chain::new(3);
    let mut lines = chain.lines(0, 3);
    let statement = Checkpoint::verify(&lines[3], &*KEYS).unwrap().statement;
    lines[3] = Checkpoint::sign(statement, &MemoryKeys::generate().unwrap())
        .unwrap()
        .jws;
    let file = (lines.join("\n") + "\n").into_bytes();
    assert_eq!(
        examine(&[file], &[]),
        Err(Finding::Unproven {
            sequence: 3,
            why: Unproven::UnknownKey
        })
    );
}

/// One thing that somebody does to an export.
#[derive(Debug, Clone)]
enum Mutation {
    Edit(prop::sample::Index, u8),
    Delete(prop::sample::Index),
    Duplicate(prop::sample::Index, prop::sample::Index),
    Swap(prop::sample::Index, prop::sample::Index),
    Truncate(prop::sample::Index),
    Splice(prop::sample::Index, prop::sample::Index),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        4 => (index(), any::<u8>()).prop_map(|(at, byte)| Mutation::Edit(at, byte)),
        1 => index().prop_map(Mutation::Delete),
        1 => (index(), index()).prop_map(|(from, to)| Mutation::Duplicate(from, to)),
        1 => (index(), index()).prop_map(|(one, other)| Mutation::Swap(one, other)),
        2 => index().prop_map(Mutation::Truncate),
        2 => (index(), index()).prop_map(|(at, from)| Mutation::Splice(at, from)),
    ]
}

fn bytes(lines: &[String]) -> Vec<u8> {
    lines
        .iter()
        .flat_map(|line| [line.as_bytes(), b"\n"].concat())
        .collect()
}

/// The export after it was done, and another gateway's export to splice with.
fn mutate(chain: &Chain, mut lines: Vec<String>, mutation: &Mutation) -> Vec<u8> {
    match mutation {
        Mutation::Edit(at, byte) => {
            let mut bytes = bytes(&lines);
            *at.get_mut(&mut bytes) = *byte;
            return bytes;
        }
        Mutation::Truncate(at) => {
            let mut bytes = bytes(&lines);
            bytes.truncate(at.index(bytes.len()));
            return bytes;
        }
        Mutation::Delete(at) => {
            lines.remove(at.index(lines.len()));
        }
        Mutation::Duplicate(at, to) => {
            let line = at.get(&lines).clone();
            lines.insert(to.index(lines.len() + 1), line);
        }
        Mutation::Swap(one, other) => {
            let (one, other) = (one.index(lines.len()), other.index(lines.len()));
            lines.swap(one, other);
        }
        Mutation::Splice(at, from_other) => {
            let other = Chain::new(chain.entries.len()).lines(0, chain.entries.len());
            let at = at.index(lines.len());
            lines.truncate(at);
            lines.extend_from_slice(&other[from_other.index(other.len())..]);
            // Whoever takes another's whole export has no splice.
            if at == 0 && lines.len() == other.len() {
                lines.remove(0);
            }
        }
    }
    bytes(&lines)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn any_single_mutation_is_found(length in 3_usize..10, from in 0_usize..3, mutation in mutation()) {
        let chain = Chain::new(length);
        // Signed once: a checkpoint that is signed again is another text and as good.
        let lines = chain.lines(from, length);
        let sound = bytes(&lines);
        prop_assert!(examine(std::slice::from_ref(&sound), &[]).is_ok());
        let touched = mutate(&chain, lines, &mutation);
        prop_assume!(touched != sound);
        prop_assert!(examine(&[touched], &[]).is_err(), "{mutation:?}");
    }
}
