//! The patient puts the card on a reader of the counter, or holds the phone to it.

use std::time::Duration;

use futures_util::StreamExt as _;
use madoguchi_core::authentication::State;
use madoguchi_core::check_in::Guidance;
use madoguchi_core::reader::{Readers, Snapshot, State as ReaderState};
use madoguchi_core::screen::Page;
use madoguchi_core::{Medium, ReaderId, Reason};
use tokio::time::Instant;

use super::Step;
use crate::counters::Counter;
use crate::workflow::Walk;
use crate::{Options, Workflow};

/// How long to stand in line for a reader that just saw a card: only its own driver may be in the way.
pub(crate) const LEASE_WAIT: Duration = Duration::from_secs(2);

pub(crate) async fn run(walk: &mut Walk<'_>) -> Result<Step, Reason> {
    walk.view.state = State::WaitingForCard;
    walk.view.reader_id = None;
    // What was said of the trouble stands; only a PIN that was typed in between has wiped it out.
    if walk.trouble.is_none() || walk.view.guidance.is_none() {
        walk.view.guidance = Some(match walk.view.medium {
            Some(medium) if medium.is_phone() => Guidance::HoldPhone,
            Some(_) | None => Guidance::PresentCard,
        });
    }
    walk.desk.show(&walk.view).await?;
    let page = match (walk.view.guidance, walk.view.medium) {
        (Some(Guidance::PresentCard | Guidance::HoldPhone) | None, Some(medium)) => Page::Present { medium },
        (Some(guidance), _) => Page::Guide { guidance },
        (None, None) => Page::Present { medium: Medium::Card },
    };
    walk.station.show(page).await;
    let Workflow { readers, options, .. } = walk.workflow;
    let give_up = Instant::now() + options.card_wait();
    let (counter, held) = (walk.station.counter().clone(), walk.station.held());
    let reader_id = wait(&**readers, &counter, &held, options, give_up, walk.trouble).await?;
    walk.station.use_card_on(&reader_id).await?;
    walk.view.reader_id = Some(reader_id);
    Ok(Step::ReadCard)
}

/// Waits until something lies on a reader of the counter that is free or held by this visit. Who gives up says what the trouble was before, if any.
pub(crate) async fn wait(
    readers: &dyn Readers,
    counter: &Counter,
    held: &[ReaderId],
    options: &Options,
    give_up: Instant,
    trouble: Option<Reason>,
) -> Result<ReaderId, Reason> {
    let mut snapshots = readers.watch();
    let mut unusable: Option<(Instant, Reason)> = None;
    loop {
        let wake = unusable.map_or(give_up, |(since, _)| give_up.min(since + options.reader_grace()));
        let snapshot = tokio::select! {
            biased;
            next = snapshots.next() => next.ok_or(Reason::GatewayShuttingDown)?,
            () = tokio::time::sleep_until(wake) => {
                return Err(match unusable {
                    Some((since, reason)) if Instant::now() >= since + options.reader_grace() => reason,
                    _ => trouble.unwrap_or(Reason::CardWaitTimeout),
                });
            }
        };
        match look(counter, held, &snapshot) {
            Seen::Card(reader_id) => return Ok(reader_id),
            Seen::Nothing => unusable = None,
            Seen::NoReader(reason) => {
                let since = unusable.map_or_else(Instant::now, |(since, _)| since);
                unusable = Some((since, reason));
            }
        }
    }
}

enum Seen {
    Card(ReaderId),
    Nothing,
    /// No reader of the counter can be used, with the best known reason.
    NoReader(Reason),
}

fn look(counter: &Counter, held: &[ReaderId], snapshot: &Snapshot) -> Seen {
    let mut usable = false;
    let mut reason = None;
    for reader in snapshot.readers.iter().filter(|reader| counter.has(reader)) {
        let ours = held.contains(&reader.id);
        // A visit that holds it ends with it.
        if let Some(obstacle) = reader
            .obstacle()
            .filter(|_| !ours || reader.state == ReaderState::Unavailable)
        {
            reason = Some(obstacle);
            continue;
        }
        if reader.card_present && (ours || reader.state == ReaderState::Ready) {
            return Seen::Card(reader.id.clone());
        }
        usable = true;
    }
    if usable {
        Seen::Nothing
    } else {
        Seen::NoReader(reason.unwrap_or(Reason::ReaderRemoved))
    }
}

#[cfg(test)]
mod tests {
    use madoguchi_core::reader::Reader;
    use madoguchi_core::{CounterId, DriverId};

    use super::*;

    fn reader(id: &str, state: ReaderState, card_present: bool) -> Reader {
        Reader {
            id: ReaderId::new(id).unwrap(),
            driver_id: DriverId::new("pcsc").unwrap(),
            display_name: id.to_owned(),
            model: String::new(),
            firmware: String::new(),
            capabilities: Vec::new(),
            state,
            card_present,
            reason: (state == ReaderState::Unavailable).then_some(Reason::DriverFailed),
            out_of_service: None,
        }
    }

    fn seen(readers: Vec<Reader>) -> Seen {
        let counter = Counter {
            id: CounterId::new("1").unwrap(),
            readers: vec!["pcsc:*".to_owned()],
        };
        look(&counter, &[], &Snapshot { sequence: 1, readers })
    }

    #[test]
    fn the_reader_that_sees_a_card_is_used() {
        let readers = vec![
            reader("canon:1", ReaderState::Ready, true),
            reader("pcsc:1", ReaderState::Ready, false),
            reader("pcsc:2", ReaderState::Ready, true),
        ];
        assert!(matches!(seen(readers), Seen::Card(id) if id.as_str() == "pcsc:2"));
    }

    #[test]
    fn a_counter_without_a_usable_reader_says_why() {
        assert!(matches!(seen(vec![]), Seen::NoReader(Reason::ReaderRemoved)));
        let broken = vec![reader("pcsc:1", ReaderState::Unavailable, true)];
        assert!(matches!(seen(broken), Seen::NoReader(Reason::DriverFailed)));
        assert!(matches!(
            seen(vec![reader("pcsc:1", ReaderState::Leased, true)]),
            Seen::Nothing
        ));
    }
}
