//! A visit that the maker's program leads.

use madoguchi_core::consent::QuestionItem;
use madoguchi_driver_api::screen::Answer;
use madoguchi_driver_api::visit::{Outcome, Plan};
use madoguchi_driver_api::{Call, Capability, Error, Item, Medium};

use crate::ground::{SOON, cancelled, deadline, long, over, patience};
use crate::hands::{Deed, Skill};
use crate::rule::{Group, Need, Rule, Stop, expect, told};

const LEADS: &[Need] = &[Need::Reader, Need::Can(Capability::Delegated)];
const FINGERS: &[Need] = &[
    Need::Reader,
    Need::Can(Capability::Delegated),
    Need::Hand(Skill::Fingers),
    Need::Hand(Skill::Inside),
];

pub(super) const RULES: &[Rule] = &[
    Group::Delegated.rule(
        "deadline-visit",
        "A visit ends by its deadline.",
        LEADS,
        |ground| {
            let mut reader = ground.open()?;
            deadline("the visit", |call| reader.run_visit(&plan(), &mut |_| {}, call))
        },
    ),
    Group::Delegated.rule(
        "cancel-visit",
        "A visit ends soon after it was called off.",
        LEADS,
        |ground| {
            let mut reader = ground.open()?;
            cancelled("the visit", |call| reader.run_visit(&plan(), &mut |_| {}, call))
        },
    ),
    Group::Delegated.rule(
        "visit-has-bounds",
        "A visit does not begin when its time is up or it was called off.",
        LEADS,
        |ground| {
            let mut reader = ground.open()?;
            over("the visit", |call| reader.run_visit(&plan(), &mut |_| {}, call))
        },
    ),
    Group::Delegated.rule(
        "visit-tells-its-progress",
        "A visit tells how far it is.",
        LEADS,
        |ground| {
            let mut reader = ground.open()?;
            let mut steps = 0;
            let call = Call::within(SOON * 2);
            let ended = reader.run_visit(&plan(), &mut |_| steps += 1, &call);
            expect(steps > 0, "at least one step", || {
                format!("none, then {}", told(&ended))
            })
        },
    ),
    Group::Delegated.rule(
        "visits-follow-each-other",
        "After a visit that ended early the next one begins.",
        LEADS,
        |ground| {
            let mut reader = ground.open()?;
            for _ in 0..3 {
                deadline("the visit", |call| reader.run_visit(&plan(), &mut |_| {}, call))?;
            }
            Ok(())
        },
    ),
    Group::Delegated.rule(
        "visit-tells-who-quit",
        "A patient who stops the visit is an outcome of its own.",
        FINGERS,
        |ground| {
            let mut reader = ground.open()?;
            let call = Call::within(SOON * 2);
            let (asked, seen) = ground.during(vec![Deed::AwaitQuestion], || {
                reader.run_visit(&plan(), &mut |_| {}, &call)
            });
            expect(
                asked == Err(Error::Timeout),
                "a question until the deadline",
                || told(&asked),
            )?;
            if !seen?.buttons.contains(&Answer::Quit) {
                return Err(Stop::NotApplicable(
                    "the device offers no button to stop".to_owned(),
                ));
            }
            let begun = std::time::Instant::now();
            let (outcome, _) = ground.during(vec![Deed::Press(Answer::Quit)], || {
                reader.run_visit(&plan(), &mut |_| {}, &long())
            });
            expect(
                outcome == Ok(Outcome::Quit) && begun.elapsed() < patience(),
                "Quit",
                || told(&outcome),
            )
        },
    ),
    Group::Delegated.rule(
        "no-visit-without-saying-so",
        "A reader that does not announce that it leads visits says that it leads none.",
        &[Need::Reader, Need::Cannot(Capability::Delegated)],
        |ground| {
            let mut reader = ground.open()?;
            let outcome = reader.run_visit(&plan(), &mut |_| {}, &long());
            expect(
                outcome == Err(Error::Unsupported),
                &Error::Unsupported.to_string(),
                || told(&outcome),
            )
        },
    ),
];

pub(super) fn plan() -> Plan {
    Plan {
        media: vec![Medium::Card, Medium::IPhone],
        consents: vec![QuestionItem {
            item: Item::Diagnosis,
            text: "診療情報の提供に同意しますか。".to_owned(),
        }],
        language: "ja".to_owned(),
        challenge: vec![0x5A; 32],
    }
}
