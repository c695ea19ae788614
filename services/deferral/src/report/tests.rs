use madoguchi_core::EventId;
use time::Duration;
use time::macros::datetime;

use super::*;

const NOW: OffsetDateTime = datetime!(2026-11-22 09:00 UTC);

fn event(name: &str, action: Action, id: &DeferralId) -> CheckEvent {
    CheckEvent {
        told: EventId::new(name).ok(),
        action,
        deferral_id: id.clone(),
    }
}

/// A report about one check in that state, and whether it is listed as lost, unwitnessed, contradictory, untold.
fn judged(state: Option<State>, waiting: &[(&str, Action)], chain: &[(&str, Action)]) -> (bool, [bool; 4]) {
    let mut one = crate::contract::deferral(NOW);
    let id = one.id.clone();
    one.state = state.unwrap_or(State::Open);
    let kept = if state.is_some() { vec![one] } else { Vec::new() };
    let told = |those: &[(&str, Action)]| {
        let those = those.iter();
        those.map(|(name, action)| event(name, *action, &id)).collect()
    };
    let testimony = Testimony {
        since: Some(NOW),
        events: told(chain),
    };
    let record = Record::new(told(waiting), testimony);
    let report = Report::new(NOW, NOW + Duration::SECOND, kept, &record, &[]);
    let lists = [
        &report.lost,
        &report.unwitnessed,
        &report.contradictory,
        &report.untold,
    ];
    (report.holds(), lists.map(|list| list.contains(&id)))
}

#[test]
fn chain_and_what_waits_are_one_record_in_which_each_event_is_once() {
    use Action::{EligibilityDeferred as Put, EligibilityReconciled as Settled};
    let (open, answered) = (Some(State::Open), Some(State::Answered));
    let (a, b, c) = (("a", Put), ("b", Settled), ("c", Settled));
    let holds = (true, [false, false, false, false]);
    let holds_untold = (true, [false, false, false, true]);
    let lost = (false, [true, false, false, false]);
    let unwitnessed = (false, [false, true, false, false]);
    let contradictory = (false, [false, false, true, false]);
    // In the chain alone; waiting alone; carried between the two readings.
    assert_eq!(judged(open, &[], &[a]), holds);
    assert_eq!(judged(open, &[a], &[]), holds_untold);
    assert_eq!(judged(open, &[a], &[a]), holds);
    assert_eq!(judged(answered, &[], &[a, b]), holds);
    assert_eq!(judged(answered, &[b], &[a]), holds_untold);
    assert_eq!(judged(answered, &[a, b], &[]), holds_untold);
    assert_eq!(judged(answered, &[b], &[a, b]), holds);
    // Nowhere.
    assert_eq!(judged(open, &[], &[]), unwitnessed);
    assert_eq!(judged(answered, &[], &[a]), contradictory);
    // Put off, and not in the queue.
    assert_eq!(judged(None, &[], &[a]), lost);
    assert_eq!(judged(None, &[a], &[]), lost);
    // Settled too often, or never.
    assert_eq!(judged(answered, &[], &[a, b, c]), contradictory);
    assert!(judged(answered, &[c], &[a, b]).1[2]);
    assert!(judged(answered, &[b, c], &[a]).1[2]);
    assert_eq!(judged(open, &[], &[a, b]), contradictory);
    assert!(judged(open, &[b], &[a]).1[2]);
}
