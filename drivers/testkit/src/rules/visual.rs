//! Staff's word.

use madoguchi_driver_api::{Capability, Error};

use super::card;
use crate::ground::long;
use crate::hands::Skill;
use crate::rule::{Group, Need, Rule, expect, good, said};

pub(super) const RULES: &[Rule] = &[
    Group::Visual.rule(
        "visual-needs-a-card",
        "Staff's word needs a powered card.",
        &[Need::Reader, Need::Can(Capability::RemoteVisual)],
        |ground| {
            let mut reader = ground.open()?;
            let result = reader.accept_visual(&long());
            expect(result == Err(Error::NoCard), &Error::NoCard.to_string(), || {
                said(&result)
            })
        },
    ),
    Group::Visual.rule(
        "staffs-word-signs",
        "After staff's word the card signs without a PIN.",
        &[
            Need::Reader,
            Need::Can(Capability::RemoteVisual),
            Need::Can(Capability::NfcCard),
            Need::Hand(Skill::Card),
        ],
        |ground| {
            let mut reader = ground.powered()?;
            good("staff's word", reader.accept_visual(&long()))?;
            expect(card::signs(reader.as_mut())?, "a signature", || {
                "the card refuses".to_owned()
            })
        },
    ),
    Group::Visual.rule(
        "no-word-from-staff",
        "A reader that announces neither way to take staff's word says so.",
        &[
            Need::Reader,
            Need::Cannot(Capability::RemoteVisual),
            Need::Cannot(Capability::StaffVisual),
        ],
        |ground| {
            let mut reader = ground.open()?;
            let result = reader.accept_visual(&long());
            expect(
                result == Err(Error::Unsupported),
                &Error::Unsupported.to_string(),
                || said(&result),
            )
        },
    ),
];
