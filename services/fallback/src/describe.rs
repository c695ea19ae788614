//! What a step needs, and what the claim rests on afterwards.

use madoguchi_core::Medium;
use madoguchi_core::check_in::NextStep;
use madoguchi_core::fallback::{Claim, Need, Presented, Step, Thing};

/// The step with its needs and claims.
#[must_use]
pub fn describe(step: NextStep, presented: Presented) -> Step {
    Step {
        step,
        needs: needs(step, presented),
        claims: claims(step).to_vec(),
    }
}

/// What the step needs.
#[must_use]
pub fn needs(step: NextStep, presented: Presented) -> Vec<Need> {
    let is_phone = matches!(presented, Presented::Medium(medium) if medium.is_phone());
    let medium: &[Thing] = match presented {
        Presented::Medium(Medium::Card) => &[Thing::Card],
        Presented::Medium(_) => &[Thing::Phone],
        Presented::Unknown | Presented::Nothing => &[Thing::Card, Thing::Phone],
    };
    let each: &[&[Thing]] = match step {
        NextStep::TryAgain => &[medium, &[Thing::Reader]],
        NextStep::UseCard | NextStep::UseFace => &[&[Thing::Card], &[Thing::Reader]],
        // At the reader, or in マイナポータル.
        NextStep::RegisterCard => &[&[Thing::Card, Thing::Phone]],
        NextStep::UsePin => &[&[Thing::Card], &[Thing::Pin], &[Thing::Reader]],
        NextStep::CheckVisually => &[&[Thing::Card], &[Thing::Staff], &[Thing::Reader]],
        NextStep::ContinueEligibilityOnly => &[&[Thing::Card]],
        NextStep::CheckReader => &[&[Thing::Staff]],
        // The patient logs in on the spot; the PDF stands in for the screen where the card failed.
        NextStep::ShowMynaportal if is_phone => &[&[Thing::Phone], &[Thing::Staff]],
        NextStep::ShowMynaportal => &[&[Thing::Phone, Thing::MynaportalPdf], &[Thing::Staff]],
        NextStep::ShowEligibilityNotice => &[&[Thing::EligibilityNotice], &[Thing::Card], &[Thing::Staff]],
        NextStep::ShowEligibilityCertificate => &[&[Thing::EligibilityCertificate], &[Thing::Staff]],
        NextStep::ShowInsuranceCard => &[&[Thing::InsuranceCard], &[Thing::Staff]],
        NextStep::ConfirmOrally => &[&[Thing::KnownData], &[Thing::Staff]],
        NextStep::FileDeclaration => &[&[Thing::Staff]],
        NextStep::VisitMunicipality => &[&[Thing::Municipality]],
    };
    each.iter()
        .map(|any_of| Need {
            any_of: any_of.to_vec(),
        })
        .collect()
}

/// The claims after the step, first that is possible. The patient pays the ordinary share in every case.
const fn claims(step: NextStep) -> &'static [Claim] {
    match step {
        // A document shows the current number, and so does the national service's answer.
        NextStep::ShowMynaportal
        | NextStep::ShowEligibilityNotice
        | NextStep::ShowEligibilityCertificate
        | NextStep::ShowInsuranceCard
        | NextStep::ContinueEligibilityOnly => &[Claim::CurrentNumber],
        // What is known of the patient may have changed meanwhile.
        NextStep::ConfirmOrally => &[Claim::CurrentNumber, Claim::PastNumber],
        NextStep::FileDeclaration => &[Claim::CurrentNumber, Claim::PastNumber, Claim::Unknown],
        NextStep::TryAgain
        | NextStep::UseCard
        | NextStep::UseFace
        | NextStep::UsePin
        | NextStep::CheckVisually
        | NextStep::RegisterCard
        | NextStep::CheckReader
        | NextStep::VisitMunicipality => &[],
    }
}
