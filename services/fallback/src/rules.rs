//! What was or is accepted on which day. Data, each with its source: a date that the ministry moves is moved here.

use madoguchi_core::check_in::NextStep;
use time::Date;
use time::macros::date;

/// From when to when a step may be proposed; both days belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// The step.
    pub step: NextStep,
    /// The first day, where there was one.
    pub from: Option<Date>,
    /// The last day, where there is one.
    pub until: Option<Date>,
    /// Where it comes from.
    pub source: &'static str,
}

/// Steps with a date. What is not here was always possible.
pub const RULES: &[Rule] = &[
    Rule {
        step: NextStep::ShowInsuranceCard,
        from: None,
        until: Some(date!(2025 - 12 - 01)),
        source: "厚生労働省: the last of the 健康保険証 issued before 2024-12-02 expired on 2025-12-01",
    },
    Rule {
        step: NextStep::ShowEligibilityCertificate,
        from: Some(date!(2024 - 12 - 02)),
        until: None,
        source: "令和5年法律第48号: 資格確認書 is issued since 2024-12-02, when new 健康保険証 ended",
    },
];

/// Whether the step may be proposed on that day.
#[must_use]
pub fn allows(step: NextStep, on: Date) -> bool {
    RULES
        .iter()
        .filter(|rule| rule.step == step)
        .all(|rule| rule.from.is_none_or(|from| from <= on) && rule.until.is_none_or(|until| on <= until))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_insurance_card_ends_with_its_last_day() {
        assert!(allows(NextStep::ShowInsuranceCard, date!(2025 - 12 - 01)));
        assert!(!allows(NextStep::ShowInsuranceCard, date!(2025 - 12 - 02)));
        assert!(!allows(NextStep::ShowInsuranceCard, Date::MAX));
    }

    #[test]
    fn the_certificate_begins_where_new_insurance_cards_ended() {
        let step = NextStep::ShowEligibilityCertificate;
        assert!(!allows(step, date!(2024 - 12 - 01)));
        assert!(allows(step, date!(2024 - 12 - 02)));
        assert!(allows(NextStep::ConfirmOrally, Date::MIN), "no rule, no date");
    }
}
