//! The ladder over every reason, medium, kind of visit, day and possession: what the rules forbid is never proposed.
#![expect(clippy::unwrap_used, reason = "assertions")]

use std::collections::BTreeSet;

use madoguchi_core::check_in::NextStep;
use madoguchi_core::fallback::{Presented, Step, Thing, VisitKind};
use madoguchi_core::{Medium, Reason};
use madoguchi_fallback::{Situation, Ways, next_steps};
use proptest::prelude::*;
use time::macros::date;
use time::{Date, Duration};

const PRESENTED: [Presented; 5] = [
    Presented::Unknown,
    Presented::Nothing,
    Presented::Medium(Medium::Card),
    Presented::Medium(Medium::Android),
    Presented::Medium(Medium::IPhone),
];
const VISITS: [Option<VisitKind>; 3] = [None, Some(VisitKind::First), Some(VisitKind::Returning)];
/// The ministry's order; each step is proposed at most once.
const ORDER: [NextStep; 15] = [
    NextStep::ContinueEligibilityOnly,
    NextStep::RegisterCard,
    NextStep::TryAgain,
    NextStep::UseFace,
    NextStep::UsePin,
    NextStep::CheckVisually,
    NextStep::CheckReader,
    NextStep::UseCard,
    NextStep::ShowMynaportal,
    NextStep::ShowEligibilityNotice,
    NextStep::ShowEligibilityCertificate,
    NextStep::ShowInsuranceCard,
    NextStep::ConfirmOrally,
    NextStep::FileDeclaration,
    NextStep::VisitMunicipality,
];

fn ways() -> impl Iterator<Item = Ways> {
    (0..16_u8).map(|bits| Ways {
        face: bits & 1 != 0,
        visual: bits & 2 != 0,
        card: bits & 4 != 0,
        pin: bits & 8 != 0,
    })
}

fn names(steps: &[Step]) -> Vec<NextStep> {
    steps.iter().map(|step| step.step).collect()
}

/// Everything that must hold of every situation.
fn holds(situation: &Situation) {
    let steps = next_steps(situation);
    let names = names(&steps);
    let proposes = |step| names.contains(&step);
    let phone = matches!(situation.presented, Presented::Medium(medium) if medium.is_phone());
    let nothing = situation.presented == Presented::Nothing;

    // The order is the ministry's.
    let places: Vec<_> = names
        .iter()
        .map(|name| ORDER.iter().position(|step| step == name).unwrap())
        .collect();
    assert!(
        places.windows(2).all(|pair| pair[0] < pair[1]),
        "{situation:?}: {names:?}"
    );

    // Dates.
    if situation.date > date!(2025 - 12 - 01) {
        assert!(!proposes(NextStep::ShowInsuranceCard), "{situation:?}");
    }
    if situation.date < date!(2024 - 12 - 02) {
        assert!(!proposes(NextStep::ShowEligibilityCertificate), "{situation:?}");
    }

    // A card without a PIN, or with a locked one, is never asked for it; a phone never for the card's.
    let no_pin = [
        Reason::PinNotSet,
        Reason::PinLocked,
        Reason::PinLastTryNotConfirmed,
    ];
    if phone
        || nothing
        || !situation.ways.pin
        || situation.reason.is_some_and(|reason| no_pin.contains(&reason))
    {
        assert!(!proposes(NextStep::UsePin), "{situation:?}");
    }
    // A phone has no grace, and neither has a card whose time is over.
    if situation.presented != Presented::Medium(Medium::Card)
        || situation.reason != Some(Reason::CertificateInGrace)
    {
        assert!(!proposes(NextStep::ContinueEligibilityOnly), "{situation:?}");
    }
    // Face and eyes only for a card, where the counter can.
    if phone || nothing || !situation.ways.face || situation.reason == Some(Reason::FaceNotVerified) {
        assert!(!proposes(NextStep::UseFace), "{situation:?}");
    }
    let looked = situation.reason == Some(Reason::VisualCheckRefused);
    if phone || nothing || looked || !situation.ways.visual {
        assert!(!proposes(NextStep::CheckVisually), "{situation:?}");
    }
    if !phone || !situation.ways.card {
        assert!(!proposes(NextStep::UseCard), "{situation:?}");
    }
    // 資格情報のお知らせ goes with the card.
    if phone || nothing {
        assert!(!proposes(NextStep::ShowEligibilityNotice), "{situation:?}");
    }
    if situation.visit == Some(VisitKind::First) {
        assert!(!proposes(NextStep::ConfirmOrally), "{situation:?}");
    }

    // Nothing that needs what the patient lacks.
    for step in &steps {
        for need in &step.needs {
            assert!(
                need.any_of.iter().any(|thing| !situation.lacks.contains(thing)),
                "{situation:?}: {step:?}"
            );
        }
    }
    if phone && situation.lacks.contains(&Thing::Phone) {
        assert!(
            !proposes(NextStep::ShowMynaportal) && !proposes(NextStep::TryAgain),
            "{situation:?}"
        );
    }

    // The last step that settles the visit needs nothing that the patient may lack, and ends in a claim.
    let last = steps.iter().rfind(|step| !step.claims.is_empty()).unwrap();
    assert!(
        matches!(last.step, NextStep::ConfirmOrally | NextStep::FileDeclaration),
        "{situation:?}"
    );
    let needs_the_patients = last
        .needs
        .iter()
        .any(|need| need.any_of.iter().all(|thing| thing.is_the_patients()));
    assert!(!needs_the_patients, "{situation:?}");
    // Claims come in the order ①②③.
    for step in &steps {
        assert!(step.claims.is_sorted(), "{step:?}");
    }
}

#[test]
fn every_reason_medium_visit_and_counter() {
    let reasons = Reason::ALL.iter().copied().map(Some).chain([None]);
    let mut seen = 0;
    for reason in reasons {
        for presented in PRESENTED {
            for visit in VISITS {
                for ways in ways() {
                    for date in [
                        date!(2024 - 12 - 01),
                        date!(2025 - 12 - 01),
                        date!(2025 - 12 - 02),
                    ] {
                        let lacks = BTreeSet::new();
                        holds(&Situation {
                            reason,
                            presented,
                            visit,
                            date,
                            lacks,
                            ways,
                        });
                        seen += 1;
                    }
                }
            }
        }
    }
    assert_eq!(seen, (Reason::ALL.len() + 1) * 5 * 3 * 16 * 3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_096))]
    #[test]
    fn every_day_and_possession(
        reason in proptest::option::of(proptest::sample::select(Reason::ALL)),
        presented in proptest::sample::select(&PRESENTED[..]),
        visit in proptest::sample::select(&VISITS[..]),
        bits in 0..16_u8,
        lacks in proptest::sample::subsequence(
            Thing::ALL.into_iter().filter(|thing| thing.is_the_patients() || *thing == Thing::KnownData).collect::<Vec<_>>(),
            0..=8,
        ),
        days in -4_000..8_000_i64,
    ) {
        let ways = Ways { face: bits & 1 != 0, visual: bits & 2 != 0, card: bits & 4 != 0, pin: bits & 8 != 0 };
        let date: Date = date!(2025 - 12 - 01) + Duration::days(days);
        let lacks = lacks.into_iter().collect();
        holds(&Situation { reason, presented, visit, date, lacks, ways });
    }
}

#[test]
fn who_is_sent_to_the_municipality_is_who_the_reasons_page_sends_there() {
    let mut sent = 0;
    for reason in Reason::ALL.iter().copied() {
        for presented in PRESENTED {
            let steps = next_steps(&Situation {
                reason: Some(reason),
                presented,
                visit: None,
                date: date!(2025 - 12 - 02),
                lacks: BTreeSet::new(),
                ways: Ways::default(),
            });
            let proposed = names(&steps).contains(&NextStep::VisitMunicipality);
            assert_eq!(proposed, reason.page().contains("市区町村"), "{reason:?}");
            sent += usize::from(proposed);
        }
    }
    assert!(sent > 0);
}

fn steps(
    reason: Option<Reason>,
    presented: Presented,
    visit: VisitKind,
    lacks: &[Thing],
    ways: Ways,
) -> Vec<NextStep> {
    names(&next_steps(&Situation {
        reason,
        presented,
        visit: Some(visit),
        date: date!(2025 - 12 - 01),
        lacks: lacks.iter().copied().collect(),
        ways,
    }))
}

#[test]
fn the_ladders_by_hand() {
    use NextStep::*;
    let all = Ways {
        face: true,
        visual: true,
        card: true,
        pin: true,
    };
    let (card, phone) = (Presented::Medium(Medium::Card), Presented::Medium(Medium::IPhone));
    let (first, returning) = (VisitKind::First, VisitKind::Returning);
    assert_eq!(
        steps(Some(Reason::FaceNotVerified), card, first, &[], all),
        [
            UsePin,
            CheckVisually,
            ShowMynaportal,
            ShowEligibilityNotice,
            ShowEligibilityCertificate,
            ShowInsuranceCard,
            FileDeclaration,
            VisitMunicipality
        ]
    );
    assert_eq!(
        steps(Some(Reason::CertificateExpired), phone, returning, &[], all),
        [
            UseCard,
            ShowMynaportal,
            ShowEligibilityCertificate,
            ShowInsuranceCard,
            ConfirmOrally,
            VisitMunicipality
        ]
    );
    assert_eq!(
        steps(None, Presented::Nothing, first, &[Thing::InsuranceCard], all),
        [ShowEligibilityCertificate, FileDeclaration]
    );
    // The PDF stands in for the screen where the card failed, not where the phone did.
    let lacks = [
        Thing::Phone,
        Thing::EligibilityNotice,
        Thing::EligibilityCertificate,
        Thing::InsuranceCard,
    ];
    let none = Ways::default();
    assert_eq!(
        steps(Some(Reason::CertificateExpired), card, returning, &lacks, none),
        [ShowMynaportal, ConfirmOrally, VisitMunicipality]
    );
    assert_eq!(
        steps(Some(Reason::CertificateExpired), phone, returning, &lacks, none),
        [ConfirmOrally, VisitMunicipality]
    );
    assert_eq!(
        steps(Some(Reason::CertificateInGrace), card, first, &[], none)[0],
        ContinueEligibilityOnly
    );
    // Known, but nothing of it could be confirmed.
    assert_eq!(
        steps(None, Presented::Nothing, returning, &[Thing::KnownData], none).last(),
        Some(&FileDeclaration)
    );
}
