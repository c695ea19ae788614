use proptest::prelude::*;

use super::*;
use crate::codec::frame::{MAX_MESSAGE, seal};
use crate::codec::report::Outbox;

fn heard(inbox: &mut Inbox, report: &[u8]) -> Vec<Heard> {
    let mut all = Vec::new();
    inbox.report(report, &mut |heard| all.push(heard));
    all
}

fn messages(heard: Vec<Heard>) -> Vec<Vec<u8>> {
    let message = |heard| match heard {
        Heard::Message(message) => Some(message.to_vec()),
        _ => None,
    };
    heard.into_iter().filter_map(message).collect()
}

fn reports(outbox: &mut Outbox, message: &[u8]) -> Vec<Vec<u8>> {
    let frame = seal(message).unwrap();
    outbox.reports(&frame).map(|report| report.to_vec()).collect()
}

proptest! {
    #[test]
    fn what_is_sent_is_heard_whatever_is_repeated(
        sent in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..6),
        again in any::<prop::sample::Index>(),
    ) {
        let (mut outbox, mut inbox) = (Outbox::default(), Inbox::default());
        let mut all: Vec<_> = sent.iter().flat_map(|message| reports(&mut outbox, message)).collect();
        let again = again.index(all.len());
        all.insert(again, all[again].clone());
        let heard: Vec<_> = all.iter().flat_map(|report| heard(&mut inbox, report)).collect();
        prop_assert!(!heard.iter().any(|heard| matches!(heard, Heard::Damage(_))));
        prop_assert_eq!(messages(heard), sent);
    }

    #[test]
    fn a_lost_report_costs_its_own_message_only(
        sent in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 2..6),
        lost in any::<prop::sample::Index>(),
    ) {
        let (mut outbox, mut inbox) = (Outbox::default(), Inbox::default());
        let all: Vec<_> = sent
            .iter()
            .enumerate()
            .flat_map(|(at, message)| reports(&mut outbox, message).into_iter().map(move |report| (at, report)))
            .collect();
        let lost = lost.index(all.len());
        let mut arrived = Vec::new();
        for (at, (_, report)) in all.iter().enumerate() {
            if at != lost {
                arrived.extend(heard(&mut inbox, report));
            }
        }
        inbox.silence(&mut |heard| arrived.push(heard));
        let expected: Vec<_> = (0..sent.len()).filter(|at| *at != all[lost].0).map(|at| sent[at].clone()).collect();
        // Of what is cut off a frame of its own may be left, where a message looks like one: not in these.
        prop_assert_eq!(messages(arrived), expected);
        prop_assert!(!inbox.is_in_frame());
    }

    #[test]
    fn any_reports_are_taken_and_the_next_conversation_is_heard(
        noise in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..70), 0..40),
        message in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut inbox = Inbox::default();
        for report in &noise {
            heard(&mut inbox, report);
        }
        let all = reports(&mut Outbox::default(), &message);
        let heard: Vec<_> = all.iter().flat_map(|report| heard(&mut inbox, report)).collect();
        prop_assert_eq!(messages(heard), [message]);
    }
}

#[test]
fn the_longest_message_goes_through() {
    let message = vec![0xCA; MAX_MESSAGE];
    let mut inbox = Inbox::default();
    let all = reports(&mut Outbox::default(), &message);
    let heard: Vec<_> = all.iter().flat_map(|report| heard(&mut inbox, report)).collect();
    assert!(matches!(heard[0], Heard::Began));
    assert_eq!(messages(heard), [message]);
}
