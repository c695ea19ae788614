//! What happened between two looks at the readers.

use madoguchi_driver_api::{Event, ReaderInfo};

/// A reader as it was seen. `P` tells one plugging-in from the next: a port, a name, a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen<P> {
    /// What is said of it.
    pub info: ReaderInfo,
    /// Changes when the reader is plugged in anew.
    pub plug: P,
    /// Changes with each card put on and each taken off while it is plugged in.
    pub card_moves: u16,
}

/// The events that lead from one list to the other, in an order in which they may have happened.
#[must_use]
pub fn events<P: PartialEq>(before: &[Seen<P>], after: &[Seen<P>]) -> Vec<Event> {
    let mut events = Vec::new();
    for old in before {
        if !after.iter().any(|new| new.info.selector == old.info.selector) {
            events.push(Event::ReaderGone {
                selector: old.info.selector.clone(),
            });
        }
    }
    for new in after {
        match before.iter().find(|old| old.info.selector == new.info.selector) {
            Some(old) => changed(old, new, &mut events),
            None => events.push(Event::ReaderChanged(new.info.clone())),
        }
    }
    events
}

fn changed<P: PartialEq>(old: &Seen<P>, new: &Seen<P>, events: &mut Vec<Event>) {
    let selector = || new.info.selector.clone();
    let gone = || Event::CardGone { selector: selector() };
    let inserted = || Event::CardInserted { selector: selector() };
    // A reader that was plugged in anew counts anew.
    let moved = old.plug == new.plug && old.card_moves != new.card_moves;
    match (old.info.card_present, new.info.card_present) {
        (false, true) => events.push(inserted()),
        (true, false) => events.push(gone()),
        // A quick exchange.
        (true, true) if moved => events.extend([gone(), inserted()]),
        // A quick tap.
        (false, false) if moved => events.extend([inserted(), gone()]),
        _ => {}
    }
    let as_before = ReaderInfo {
        card_present: new.info.card_present,
        ..old.info.clone()
    };
    if as_before != new.info {
        events.push(Event::ReaderChanged(new.info.clone()));
    }
}

#[cfg(test)]
mod tests {
    use madoguchi_driver_api::{Error, ReaderInfo};

    use super::*;

    fn seen(selector: &str, card_present: bool, card_moves: u16) -> Seen<u8> {
        Seen {
            info: ReaderInfo {
                selector: selector.into(),
                display_name: selector.into(),
                model: String::new(),
                firmware: String::new(),
                capabilities: vec![],
                card_present,
                unavailable: None,
            },
            plug: 1,
            card_moves,
        }
    }

    fn names(before: &[Seen<u8>], after: &[Seen<u8>]) -> Vec<&'static str> {
        let name = |event: &Event| match event {
            Event::ReaderChanged(_) => "changed",
            Event::ReaderGone { .. } => "reader gone",
            Event::CardInserted { .. } => "inserted",
            Event::CardGone { .. } => "gone",
            _ => "other",
        };
        events(before, after).iter().map(name).collect()
    }

    #[test]
    fn readers_come_and_go() {
        let (a, b) = (seen("a", false, 0), seen("b", true, 1));
        assert_eq!(names(&[], &[a.clone(), b.clone()]), ["changed", "changed"]);
        assert_eq!(names(&[a.clone(), b.clone()], &[b]), ["reader gone"]);
        let busy = ReaderInfo {
            unavailable: Some(Error::ReaderBusy),
            ..a.info.clone()
        };
        assert_eq!(
            names(
                std::slice::from_ref(&a),
                &[Seen {
                    info: busy,
                    ..a.clone()
                }]
            ),
            ["changed"]
        );
    }

    #[test]
    fn cards_come_and_go_however_quickly() {
        let cases: [(bool, u16, bool, u16, &[&str]); 7] = [
            (false, 0, true, 1, &["inserted"]),
            (true, 1, false, 2, &["gone"]),
            (true, 1, true, 3, &["gone", "inserted"]),
            (false, 2, false, 4, &["inserted", "gone"]),
            (true, 1, true, 1, &[]),
            (false, 0, false, 0, &[]),
            (true, u16::MAX, true, 1, &["gone", "inserted"]),
        ];
        for (was, old, is, new, expected) in cases {
            assert_eq!(names(&[seen("a", was, old)], &[seen("a", is, new)]), expected);
        }
    }

    #[test]
    fn a_reader_plugged_in_anew_counts_anew() {
        let after = Seen {
            plug: 2,
            ..seen("a", true, 0)
        };
        assert_eq!(names(&[seen("a", true, 5)], &[after]), Vec::<&str>::new());
    }
}
