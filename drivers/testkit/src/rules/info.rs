//! What the driver says of itself.

use std::time::Instant;

use madoguchi_driver_api::Host;

use crate::ground::{Ground, LATE};
use crate::rule::{Checked, Group, Rule, broken, expect};

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
    rule(
        "info-constant",
        "It says the same each time, also when it is started again.",
        constant,
    ),
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

/// What a driver says is asked for once when it starts.
fn constant(ground: &mut Ground) -> Checked {
    let first = ground.driver.info();
    for _ in 0..3 {
        let host = Host::new(|_, _| {}).with_settings(&ground.job.settings);
        let again = madoguchi_driver_abi::load(&ground.job.library, host)
            .map_err(|error| broken("a driver that starts again", error.to_string()))?;
        let info = again.driver.info();
        expect(info == first, &format!("{first:?}"), || format!("{info:?}"))?;
    }
    Ok(())
}

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
