//! The patient puts the card on a reader of the counter, or holds the phone to it.
use futures_util::StreamExt as _;
use madoguchi_core::authentication::State;
use madoguchi_core::check_in::Guidance;
use madoguchi_core::reader::{Capability, Reader, Readers, Snapshot, State as ReaderState};
use madoguchi_core::screen::Page;
use madoguchi_core::{Medium, ReaderId, Reason};
use tokio::time::Instant;

use super::Step;
use crate::counters::Counter;
use crate::misfit::Misfit;
use crate::station::{Marks, Tries};
use crate::workflow::Walk;
use crate::{Options, Workflow};

pub(crate) async fn run(walk: &mut Walk<'_>) -> Result<Step, Reason> {
    walk.view.state = State::WaitingForCard;
    walk.view.reader_id = None;
    walk.forget_misfit_that_left();
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
    walk.station.keep_showing(page.clone()).await;
    let Workflow { readers, options, .. } = walk.workflow;
    let give_up = Instant::now() + options.card_wait();
    let mut awaited = Awaited {
        counter: walk.station.counter().clone(),
        held: walk.station.held(),
        medium: walk.view.medium,
        misfit: walk.misfit.take().filter(Misfit::lies_there),
        trouble: walk.trouble,
        left: walk.workflow.farewells.left.clone(),
    };
    let had_misfit = awaited.misfit.is_some();
    let mut tries = Tries::default();
    let found = loop {
        tokio::select! {
            biased;
            found = awaited.wait(&**readers, options, give_up) => break found,
            () = walk.station.keep_standing(&page, &mut tries) => {}
        }
        awaited.held = walk.station.held();
    };
    match found {
        Ok(reader_id) => {
            walk.station.use_card_on(&reader_id).await?;
            if let Some(expected) = walk.view.medium {
                // Until it was looked at.
                walk.station.holds(expected);
            }
            walk.view.reader_id = Some(reader_id);
            Ok(Step::ReadCard)
        }
        // What did not fit is out of the way: the patient is told anew what is waited for.
        Err(Reason::CardRemoved) if had_misfit => {
            walk.trouble = None;
            walk.view.guidance = None;
            Ok(Step::WaitForCard)
        }
        // The reader for phones is gone for good: another medium may be chosen, this one not any more.
        Err(reason) if lost_phone_reader(walk, reason) => {
            walk.trouble = Some(reason);
            walk.pin = None;
            walk.station.let_card_go();
            Ok(Step::ChooseMedium)
        }
        Err(reason) => Err(reason),
    }
}

fn lost_phone_reader(walk: &Walk<'_>, reason: Reason) -> bool {
    let snapshot = walk.workflow.readers.snapshot();
    let media = walk.station.counter().media(&snapshot);
    let lost = walk
        .view
        .medium
        .is_some_and(|medium| medium.is_phone() && !media.contains(&medium));
    lost && reason != Reason::CardWaitTimeout && walk.may_choose_again() && !media.is_empty()
}

/// What is waited for, and where.
pub(crate) struct Awaited {
    counter: Counter,
    /// The readers that this visit holds.
    held: Vec<ReaderId>,
    /// The medium, once it is known.
    medium: Option<Medium>,
    /// Where something lies that was looked at and is not it.
    misfit: Option<Misfit>,
    /// What went wrong before, for who gives up.
    trouble: Option<Reason>,
    /// Where a card lies that is another patient's.
    left: Marks,
}

enum Seen {
    Card(ReaderId),
    Nothing,
    /// What did not fit has left.
    MisfitLeft,
    /// No reader of the counter can be used for it, with the best known reason.
    NoReader(Reason),
}

impl Awaited {
    /// Whatever is put on a reader of that counter, but for what a visit before has left there.
    pub(crate) fn anything(counter: &Counter, left: Marks) -> Self {
        Self {
            counter: counter.clone(),
            held: Vec::new(),
            medium: None,
            misfit: None,
            trouble: None,
            left,
        }
    }

    /// Waits until something lies on a reader of the counter that is free or held by this visit.
    ///
    /// # Errors
    /// [`Reason::CardRemoved`] where what did not fit has left; what the trouble was before, if any, else
    /// [`Reason::CardWaitTimeout`] when the time is up; why no reader can be used.
    pub(crate) async fn wait(
        &mut self,
        readers: &dyn Readers,
        options: &Options,
        give_up: Instant,
    ) -> Result<ReaderId, Reason> {
        let mut snapshots = readers.watch();
        let mut left = self.left.watch();
        let mut unusable: Option<(Instant, Reason)> = None;
        loop {
            let wake = unusable.map_or(give_up, |(since, _)| give_up.min(since + options.reader_grace()));
            let snapshot = tokio::select! {
                biased;
                next = snapshots.next() => next.ok_or(Reason::GatewayShuttingDown)?,
                Ok(()) = left.changed() => readers.snapshot(),
                () = tokio::time::sleep_until(wake) => {
                    return Err(match unusable {
                        Some((since, reason)) if Instant::now() >= since + options.reader_grace() => reason,
                        _ => self.trouble.unwrap_or(Reason::CardWaitTimeout),
                    });
                }
            };
            match self.look(&snapshot) {
                Seen::Card(reader_id) => return Ok(reader_id),
                Seen::MisfitLeft => return Err(Reason::CardRemoved),
                Seen::Nothing => unusable = None,
                Seen::NoReader(reason) => {
                    let since = unusable.map_or_else(Instant::now, |(since, _)| since);
                    unusable = Some((since, reason));
                }
            }
        }
    }

    fn is_misfit(&self, id: &ReaderId) -> bool {
        self.misfit
            .as_ref()
            .is_some_and(|misfit| misfit.reader_id == *id && misfit.lies_there())
    }

    fn look(&self, snapshot: &Snapshot) -> Seen {
        let (mut usable, mut reason) = (false, None);
        // Something on a reader that cannot read what is waited for: the patient has to be told.
        let mut elsewhere = None;
        let mut misfit_lies_there = false;
        for reader in snapshot.readers.iter().filter(|reader| self.counter.has(reader)) {
            let fits = self.medium.is_none_or(|medium| reads(reader, medium));
            let ours = self.held.contains(&reader.id);
            // A visit that holds one that staff take out of service ends with it.
            if let Some(obstacle) = reader
                .obstacle()
                .filter(|_| !ours || reader.state == ReaderState::Unavailable)
            {
                if fits {
                    reason = Some(obstacle);
                }
                continue;
            }
            usable |= fits;
            let free = ours || reader.state == ReaderState::Ready;
            if !reader.card_present || !free || self.left.has(&reader.id) {
                continue;
            }
            if self.is_misfit(&reader.id) {
                misfit_lies_there = true;
            } else if fits {
                return Seen::Card(reader.id.clone());
            } else {
                elsewhere = Some(reader.id.clone());
            }
        }
        if let Some(reader_id) = elsewhere {
            return Seen::Card(reader_id);
        }
        if self.misfit.is_some() && !misfit_lies_there {
            return Seen::MisfitLeft;
        }
        if usable {
            Seen::Nothing
        } else {
            Seen::NoReader(reason.unwrap_or(Reason::ReaderRemoved))
        }
    }
}

/// Whether the reader reads that medium.
pub(super) fn reads(reader: &Reader, medium: Medium) -> bool {
    reader.capabilities.contains(&if medium.is_phone() {
        Capability::NfcPhone
    } else {
        Capability::NfcCard
    })
}

#[cfg(test)]
mod tests {
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
            touch_count: 0,
            reason: (state == ReaderState::Unavailable).then_some(Reason::DriverFailed),
            out_of_service: None,
        }
    }

    fn seen(readers: Vec<Reader>) -> Seen {
        let counter = Counter {
            id: CounterId::new("1").unwrap(),
            readers: vec!["pcsc:*".to_owned()],
        };
        Awaited::anything(&counter, Marks::default()).look(&Snapshot { sequence: 1, readers })
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
