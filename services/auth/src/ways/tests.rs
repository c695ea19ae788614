use madoguchi_core::check_in::NextStep;
use madoguchi_core::reader::{Reader, State};
use madoguchi_core::{CounterId, DriverId, ReaderId};

use super::*;

const NOW: OffsetDateTime = time::macros::datetime!(2026-11-26 09:00 UTC);

/// A counter whose readers can do that.
fn ways(readers: &[&[Capability]]) -> Ways {
    let readers = readers.iter().enumerate().map(|(at, capabilities)| Reader {
        id: ReaderId::new(format!("maker:{at}")).unwrap(),
        driver_id: DriverId::new("maker").unwrap(),
        display_name: String::new(),
        model: String::new(),
        firmware: String::new(),
        capabilities: capabilities.to_vec(),
        state: State::Ready,
        card_present: false,
        touch_count: 0,
        reason: None,
        out_of_service: None,
    });
    let counter = Counter {
        id: CounterId::new("1").unwrap(),
        readers: vec!["*".to_owned()],
    };
    let readers = readers.collect();
    ways_at(&counter, &Snapshot { sequence: 1, readers })
}

fn steps(reason: Reason, medium: Medium, ways: Ways) -> Vec<NextStep> {
    failure(reason, Some(medium), ways, NOW).next_steps
}

const DESK: &[Capability] = &[Capability::NfcCard, Capability::NfcPhone];
/// Staff confirm on the reader itself.
const ON_DEVICE: &[Capability] = &[Capability::NfcCard, Capability::Face, Capability::StaffVisual];
/// Staff confirm at the console or in the EMR only.
const AT_CONSOLE: &[Capability] = &[Capability::NfcCard, Capability::Face, Capability::RemoteVisual];
const FACE_ONLY: &[Capability] = &[Capability::NfcCard, Capability::Face];

/// The counter's readers, why the visit failed, and what they can still do.
type Row = (&'static [&'static [Capability]], Reason, &'static [NextStep]);

#[test]
fn the_end_of_the_ladder_names_what_the_readers_can_still_do() {
    use NextStep::{CheckVisually, ShowMynaportal, UseFace};
    let table: [Row; 12] = [
        (&[DESK], Reason::PinLocked, &[]),
        (&[DESK], Reason::PinNotSet, &[]),
        (&[DESK], Reason::FaceNotVerified, &[]),
        (&[DESK, ON_DEVICE], Reason::PinLocked, &[UseFace, CheckVisually]),
        (&[DESK, ON_DEVICE], Reason::PinNotSet, &[UseFace, CheckVisually]),
        (&[DESK, AT_CONSOLE], Reason::PinLocked, &[UseFace, CheckVisually]),
        (&[AT_CONSOLE], Reason::PatientTimeout, &[UseFace, CheckVisually]),
        // The face was looked at in vain: not again.
        (&[ON_DEVICE], Reason::FaceNotVerified, &[CheckVisually]),
        (&[AT_CONSOLE], Reason::FaceNotVerified, &[CheckVisually]),
        (&[FACE_ONLY], Reason::FaceNotVerified, &[]),
        (&[FACE_ONLY], Reason::PinLocked, &[UseFace]),
        // Staff looked and said no: they are not asked again.
        (&[ON_DEVICE], Reason::VisualCheckRefused, &[]),
    ];
    for (readers, reason, expected) in table {
        let steps = steps(reason, Medium::Card, ways(readers));
        let at = steps.iter().position(|step| *step == ShowMynaportal).unwrap();
        assert_eq!(&steps[..at], expected, "{reason:?} with {readers:?}");
    }
}

#[test]
fn a_card_that_was_not_registered_may_still_be() {
    let steps = steps(Reason::RegistrationDeclined, Medium::Card, Ways::default());
    assert_eq!(steps.first(), Some(&NextStep::RegisterCard));
    let other = failure(
        Reason::CertificateExpired,
        Some(Medium::Card),
        Ways::default(),
        NOW,
    );
    assert!(!other.next_steps.contains(&NextStep::RegisterCard));
}

#[test]
fn a_phone_falls_back_to_the_card_and_mynaportal() {
    let steps = steps(Reason::CertificateExpired, Medium::IPhone, ways(&[ON_DEVICE]));
    assert_eq!(steps[..2], [NextStep::UseCard, NextStep::ShowMynaportal]);
    assert!(
        !steps.contains(&NextStep::ShowEligibilityNotice),
        "資格情報のお知らせ goes with the card"
    );
    assert_eq!(steps.last(), Some(&NextStep::VisitMunicipality));
}

#[test]
fn a_phone_has_no_face_and_nothing_to_look_at() {
    for reason in [Reason::PinLocked, Reason::PinWrong, Reason::PatientTimeout] {
        let steps = steps(reason, Medium::Android, ways(&[ON_DEVICE, DESK]));
        assert!(!steps.contains(&NextStep::UseFace) && !steps.contains(&NextStep::CheckVisually));
        assert!(steps.contains(&NextStep::UseCard));
    }
}

#[test]
fn a_locked_pin_is_not_to_be_tried_again() {
    let steps = steps(Reason::PinLocked, Medium::Card, ways(&[DESK]));
    assert!(!steps.contains(&NextStep::TryAgain));
    assert!(steps.contains(&NextStep::ShowEligibilityNotice));
}

#[test]
fn nobody_is_left_without_a_next_step() {
    for reason in Reason::ALL {
        for medium in [
            None,
            Some(Medium::Card),
            Some(Medium::Android),
            Some(Medium::IPhone),
        ] {
            let steps = failure(*reason, medium, Ways::default(), NOW).next_steps;
            assert!(steps.contains(&NextStep::FileDeclaration));
        }
    }
}
