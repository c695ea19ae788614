//! What there is to agree to, and for whom: data, not code.

use madoguchi_core::consent::Item;
use serde::Deserialize;
use time::Date;

const CURRENT: &str = include_str!("../items.toml");

/// What is asked, in which order, and from which age there is anything to agree to.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Items {
    items: Vec<Rule>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    id: Item,
    #[serde(default)]
    from_age: Option<u16>,
}

impl Items {
    /// The items of this version of madoguchi.
    ///
    /// # Errors
    /// [`toml::de::Error`] where the embedded file is broken, which a test excludes.
    pub fn current() -> Result<Self, toml::de::Error> {
        toml::from_str(CURRENT)
    }

    /// These items, for everybody.
    #[cfg(test)]
    pub(crate) fn of(items: &[Item]) -> Self {
        let rule = |id: &Item| Rule {
            id: *id,
            from_age: None,
        };
        Self {
            items: items.iter().map(rule).collect(),
        }
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
    fn what_the_program_knows_is_asked_each_once() {
        let mut asked: Vec<_> = Items::current().unwrap().all().collect();
        asked.sort();
        assert_eq!(asked, Item::ALL);
    }

    #[test]
    fn check_ups_begin_at_forty() {
        let items = Items::current().unwrap();
        let on = date!(2026 - 11 - 22);
        let cases = [
            (date!(1986 - 11 - 23), false),
            (date!(1986 - 11 - 22), true),
            (date!(1951 - 11 - 23), true),
            (date!(2030 - 01 - 01), false),
        ];
        for (born, applies) in cases {
            assert_eq!(items.applies(Item::HealthCheckup, born, on), applies, "{born}");
            assert!(items.applies(Item::Medication, born, on));
        }
    }
}
