//! The rules, a file each group.

mod card;
mod control;
mod delegated;
mod discovery;
mod events;
mod face;
mod frozen;
mod info;
mod led;
mod pin;
mod resources;
mod screens;
mod unplug;
mod visual;

use crate::rule::Rule;
pub(crate) use screens::screen;

/// Every rule, in the order in which they are tried.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    [
        info::RULES,
        discovery::RULES,
        events::RULES,
        card::RULES,
        screens::RULES,
        pin::RULES,
        face::RULES,
        visual::RULES,
        delegated::RULES,
        led::RULES,
        control::RULES,
        resources::RULES,
        unplug::RULES,
        frozen::RULES,
    ]
    .into_iter()
    .flatten()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_rule_has_a_name_of_its_own_and_a_sentence() {
        let names: BTreeSet<_> = all().map(|rule| rule.id).collect();
        assert_eq!(names.len(), all().count());
        assert!(names.len() >= 140, "{}", names.len());
        for rule in all() {
            assert!(rule.sentence.ends_with('.'), "{}", rule.id);
            let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(rule.id.chars().all(good), "{}", rule.id);
        }
    }
}
