//! Control calls.

use madoguchi_driver_api::{Error, control};

use crate::ground::{Ground, long};
use crate::rule::{Checked, Group, Need, Rule, expect, good, said};

const fn rule(id: &'static str, sentence: &'static str, check: fn(&mut Ground) -> Checked) -> Rule {
    Group::Control.rule(id, sentence, &[Need::Reader], check)
}

pub(super) const RULES: &[Rule] = &[
    rule(
        "echo",
        "The echo answers its input, whatever that is.",
        |ground| {
            let mut reader = ground.open()?;
            for input in [
                Vec::new(),
                b"madoguchi".to_vec(),
                (0..=255).collect(),
                vec![0xA5; 60_000],
            ] {
                let answer = good("the echo", reader.control(control::ECHO, &input, &long()))?;
                expect(answer == input, &format!("{} bytes back", input.len()), || {
                    format!("{} bytes, or others", answer.len())
                })?;
            }
            Ok(())
        },
    ),
    rule(
        "unknown-control-is-refused",
        "A code that the contract keeps for itself and has not named is unsupported.",
        |ground| {
            let mut reader = ground.open()?;
            let answer = reader.control(control::FIRST_MAKER_CODE - 1, b"", &long());
            expect(
                answer == Err(Error::Unsupported),
                &Error::Unsupported.to_string(),
                || said(&answer),
            )
        },
    ),
    rule(
        "makers-codes-do-no-harm",
        "A code of the maker's that nobody has is refused without a panic.",
        |ground| {
            let mut reader = ground.open()?;
            let answer = reader.control(u32::MAX, &[0xFF; 1000], &long());
            expect(
                answer == Err(Error::Unsupported),
                &Error::Unsupported.to_string(),
                || said(&answer),
            )
        },
    ),
];
