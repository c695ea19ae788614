use super::plan::Treated;
use super::*;

const FRAME: [u8; 8] = [1, 2, 3, 4, 5, 6, 7, 8];

fn sent(what: What, whole_reports: bool) -> Treated {
    let mut plan = Plan::new(DeviceFaults::one(At::Sent(2), what), whole_reports);
    let untouched = plan.sent(&FRAME);
    assert_eq!((&untouched.bytes[..], untouched.copies), (&FRAME[..], 1));
    plan.received(&FRAME);
    plan.sent(&FRAME)
}

#[test]
fn faults_are_data() {
    let text = r#"
        seed = 7
        faults = [
            { at = { sent = 3 }, what = "garbage" },
            { at = { received = 1 }, what = { unplug = { back_after_ms = 40 } } },
        ]
    "#;
    let faults: DeviceFaults = toml::from_str(text).unwrap();
    assert_eq!(faults.seed, 7);
    assert_eq!(
        faults.faults[1],
        Fault {
            at: At::Received(1),
            what: What::Unplug {
                back_after_ms: Some(40)
            },
        }
    );
    let again: DeviceFaults = toml::from_str(&toml::to_string(&faults).unwrap()).unwrap();
    assert_eq!(again, faults);
    for wrong in [
        "sed = 7",
        "faults = [{ at = { sent = 3 }, what = \"melt\" }]",
        "faults = [{ at = { sent = 3 }, what = { freeze = { for_s = 4 } } }]",
    ] {
        assert!(toml::from_str::<DeviceFaults>(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn only_the_named_frame_is_touched() {
    assert_eq!(sent(What::Half, false).bytes[..], FRAME[..4]);
    assert_eq!(sent(What::Half, true).bytes[..], [1, 2, 3, 4, 0, 0, 0, 0]);
    assert_eq!(sent(What::Lost, false).copies, 0);
    assert_eq!(sent(What::Duplicate, false).copies, 2);
    assert!(sent(What::WrongChecksum, false).spoil);
    let garbage = sent(What::Garbage, false);
    assert_eq!(garbage.bytes.len(), FRAME.len());
    assert_ne!(garbage.bytes[..], FRAME);
    assert_eq!(
        garbage.bytes,
        sent(What::Garbage, false).bytes,
        "the seed is the same"
    );
    assert_eq!(
        sent(What::Reboot { takes_ms: 30 }, false).action,
        Some(Action::Reboot {
            takes: std::time::Duration::from_millis(30)
        })
    );
}

#[test]
fn slowness_lasts_for_its_frames() {
    let slow = What::Slow {
        delay_ms: 9,
        frames: 2,
    };
    let mut plan = Plan::new(DeviceFaults::one(At::Sent(1), slow), false);
    let delays: Vec<_> = (0..3).map(|_| plan.sent(&FRAME).delay.as_millis()).collect();
    assert_eq!(delays, [9, 9, 0]);
}

#[test]
fn a_seed_is_a_fault() {
    assert_eq!(DeviceFaults::random(5, 20), DeviceFaults::random(5, 20));
    let kinds: std::collections::BTreeSet<_> = (0..200)
        .map(|seed| format!("{:?}", DeviceFaults::random(seed, 20).faults[0].what))
        .map(|what| what.split(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(kinds.len(), 10, "{kinds:?}");
}
