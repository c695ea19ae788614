//! What the driver says of itself.

use std::time::Instant;

use crate::ground::{Ground, LATE};
use crate::rule::{Checked, Group, Rule, expect};

const fn rule(id: &'static str, sentence: &'static str, check: fn(&mut Ground) -> Checked) -> Rule {
    Group::Info.rule(id, sentence, &[], check)
}

pub(super) const RULES: &[Rule] = &[
    rule(
        "info-matches-manifest",
        "Id, maker and version are those of the manifest.",
        matches_manifest,
    ),
    rule(
        "abi-matches-manifest",
        "The library's border is the one that the manifest names.",
        |ground| {
            let (said, found) = (ground.job.abi, ground.abi);
            expect(
                said == found,
                &format!("border {said}, as the manifest says"),
                || format!("border {found}"),
            )
        },
    ),
    rule("info-at-once", "It says who it is at once.", |ground| {
        let begun = Instant::now();
        let _ = ground.driver.info();
        let took = begun.elapsed();
        expect(took < LATE, "an answer without a wait", || {
            format!("{} ms", took.as_millis())
        })
    }),
    rule("info-constant", "It says the same each time.", |ground| {
        let first = ground.driver.info();
        let same = (0..20).all(|_| ground.driver.info() == first);
        expect(same, "the same twenty times", || "another answer".to_owned())
    }),
    rule(
        "info-is-one-line",
        "Maker and version are words for people, on one line each.",
        |ground| {
            let info = ground.driver.info();
            let plain = |text: &str| {
                !text.trim().is_empty() && text.len() <= 200 && !text.chars().any(char::is_control)
            };
            expect(
                plain(&info.maker) && plain(&info.version),
                "1 to 200 printable characters",
                || format!("{:?}, {:?}", info.maker, info.version),
            )
        },
    ),
];

fn matches_manifest(ground: &mut Ground) -> Checked {
    let info = ground.driver.info();
    let job = &ground.job;
    for (what, manifest, said) in [
        ("id", &job.id, &info.id),
        ("maker", &job.maker, &info.maker),
        ("version", &job.version, &info.version),
    ] {
        expect(
            manifest == said,
            &format!("{what} {manifest:?}, as the manifest says"),
            || format!("{said:?}"),
        )?;
    }
    Ok(())
}
