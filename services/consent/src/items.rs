//! What there is to agree to, and for whom: data, not code.

use madoguchi_core::consent::Item;
use serde::Deserialize;
use time::Date;

const CURRENT: &str = include_str!("../items.toml");

/// The items that this version knows.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Items {
    items: Vec<Rule>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    id: Item,
    name: String,
    #[serde(default)]
    from_age: Option<u16>,
    #[serde(default)]
    kinds: Vec<Kind>,
}

/// What an item is called at some ages.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kind {
    name: String,
    from_age: u16,
    #[serde(default)]
    to_age: Option<u16>,
}

impl Items {
    /// The items of this version of madoguchi.
    ///
    /// # Errors
    /// [`toml::de::Error`] where the embedded file is broken, which a test excludes.
    pub fn current() -> Result<Self, toml::de::Error> {
        toml::from_str(CURRENT)
    }

    /// The items, in the order in which they are asked.
    pub fn all(&self) -> impl Iterator<Item = Item> {
        self.items.iter().map(|rule| rule.id)
    }

    /// Whether there is anything of this item to agree to for somebody born then, on that day.
    #[must_use]
    pub fn applies(&self, item: Item, born: Date, on: Date) -> bool {
        let rule = self.items.iter().find(|rule| rule.id == item);
        let from_age = rule.and_then(|rule| rule.from_age);
        from_age.is_none_or(|from| age(born, on).is_some_and(|age| age >= from))
    }

    /// What the item is called for somebody born then, on that day.
    #[must_use]
    pub fn name(&self, item: Item, born: Date, on: Date) -> Option<&str> {
        let rule = self.items.iter().find(|rule| rule.id == item)?;
        let age = age(born, on)?;
        let of_age = |kind: &&Kind| kind.from_age <= age && kind.to_age.is_none_or(|to| age <= to);
        let kind = rule.kinds.iter().find(of_age);
        Some(kind.map_or(rule.name.as_str(), |kind| kind.name.as_str()))
    }
}

/// Completed years of life; nothing for somebody who is not born yet.
fn age(born: Date, on: Date) -> Option<u16> {
    let day = |date: Date| (u8::from(date.month()), date.day());
    let years = on.year() - born.year() - i32::from(day(on) < day(born));
    u16::try_from(years).ok()
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn the_embedded_items_are_those_that_the_program_knows() {
        let items = Items::current().unwrap();
        assert!(items.all().eq(Item::ALL));
    }

    #[test]
    fn check_ups_begin_at_forty_and_change_their_name_at_seventy_five() {
        let items = Items::current().unwrap();
        let on = date!(2026 - 11 - 22);
        let cases = [
            (date!(1986 - 11 - 23), false, "健診情報"),
            (date!(1986 - 11 - 22), true, "特定健診（メタボ健診）"),
            (date!(1951 - 11 - 23), true, "特定健診（メタボ健診）"),
            (date!(1951 - 11 - 22), true, "高齢者健診"),
            (date!(2030 - 01 - 01), false, ""),
        ];
        for (born, applies, name) in cases {
            assert_eq!(items.applies(Item::HealthCheckup, born, on), applies, "{born}");
            assert_eq!(
                items.name(Item::HealthCheckup, born, on).unwrap_or_default(),
                name,
                "{born}"
            );
            assert!(items.applies(Item::Medication, born, on));
        }
    }
}
