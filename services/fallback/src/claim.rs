//! The claim where no number is known (不詳レセプト): which field holds how many sevens.

use madoguchi_core::fallback::{Claim, Confidence, FilledField};

/// The claim's fields that are filled by rule; address, employer and contact from the 申立書 go into the 摘要欄.
const UNKNOWN: &[FilledField] = &[
    FilledField {
        name: "保険者番号",
        value: "77777777",
        confidence: Confidence::Reported,
        source: "保険局医療課 事務連絡 2023-07-19 (two later press reports); where the claim software refuses it, 77777779 (疑義解釈 2023-09-15)",
    },
    FilledField {
        name: "被保険者等記号",
        value: "",
        confidence: Confidence::Assumed,
        source: "left empty: nothing public was found that asks for it; ask the claim software's vendor",
    },
    FilledField {
        name: "被保険者等番号",
        value: "777777777",
        confidence: Confidence::Assumed,
        source: "7 in every required digit (保険局医療課 事務連絡 2023-07-19); nine digits are assumed",
    },
];

/// What is filled in for that claim; nothing where a number is known.
#[must_use]
pub const fn filled_fields(claim: Claim) -> &'static [FilledField] {
    match claim {
        Claim::CurrentNumber | Claim::PastNumber => &[],
        Claim::Unknown => UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_unknown_claim_is_filled_and_only_with_sevens() {
        assert!(filled_fields(Claim::CurrentNumber).is_empty());
        assert!(filled_fields(Claim::PastNumber).is_empty());
        let fields = filled_fields(Claim::Unknown);
        assert!(
            fields
                .iter()
                .all(|field| field.value.chars().all(|digit| digit == '7'))
        );
        let digits: Vec<_> = fields.iter().map(|field| field.value.len()).collect();
        assert_eq!(digits, [8, 0, 9]);
        for field in fields
            .iter()
            .filter(|field| field.confidence == Confidence::Assumed)
        {
            assert!(
                field.source.contains("assumed") || field.source.contains("nothing public"),
                "{}",
                field.name
            );
        }
    }
}
