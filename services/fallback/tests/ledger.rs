//! Cases: recorded once, held against the rules of their day, settled once, and told to the auditor without a patient.
#![expect(clippy::unwrap_used, reason = "assertions")]

use std::sync::Arc;

use madoguchi_core::audit::Action;
use madoguchi_core::clock::SystemClock;
use madoguchi_core::fallback::{
    Case, Cases as _, Claim, Document, Draft, Finding, Listed, Presented, Thing, VisitKind,
};
use madoguchi_core::{CallerId, CaseId, Medium, Reason, RequestId, StaffId};
use madoguchi_fallback::{CaseStore as _, Ledger, MemoryCases, Situation, Ways, contract, next_steps};
use time::macros::date;

struct Office {
    ledger: Ledger,
    store: Arc<MemoryCases>,
}

impl Office {
    fn new() -> Self {
        let store = Arc::new(MemoryCases::default());
        let ledger = Ledger::new(store.clone(), Arc::new(SystemClock));
        Self { ledger, store }
    }

    /// The wrong field, where it was refused for one.
    async fn refused(&self, draft: Draft) -> Option<String> {
        let recorded = self.ledger.record(emr(), RequestId::generate(), draft).await;
        recorded.err().map(|refusal| {
            assert_eq!(refusal.reason, Reason::InvalidArgument);
            refusal.violations[0].field.clone()
        })
    }
}

fn emr() -> CallerId {
    CallerId::new("spiffe://clinic/emr").unwrap()
}

fn staff(name: &str) -> StaffId {
    StaffId::new(name).unwrap()
}

fn request(name: &str) -> RequestId {
    RequestId::new(name).unwrap()
}

/// What staff recorded on a day that has passed whenever this runs.
fn draft() -> Draft {
    Draft {
        visit_date: date!(2026 - 01 - 15),
        ..contract::draft()
    }
}

#[tokio::test]
async fn a_case_is_recorded_once_and_settled_once() {
    let Office { ledger, store } = Office::new();
    let case = ledger.record(emr(), request("r1"), draft()).await.unwrap();
    assert_eq!(
        ledger.record(emr(), request("r1"), draft()).await,
        Ok(case.clone())
    );
    let other = Draft {
        document: Document::Mynaportal,
        claim: Claim::CurrentNumber,
        ..draft()
    };
    let reused = ledger.record(emr(), request("r1"), other).await.unwrap_err();
    assert_eq!(reused.reason, Reason::RequestIdReused);
    assert_eq!(ledger.list(Listed::Open, None, 10).await, Ok(vec![case.clone()]));

    let settle = async |name: &str, finding, who: &str| {
        ledger
            .reconcile(&case.id, emr(), request(name), finding, staff(who))
            .await
    };
    let settled = settle("s1", Finding::Confirmed, "clerk-2").await.unwrap();
    assert_eq!(
        settle("s1", Finding::Confirmed, "clerk-2").await,
        Ok(settled.clone())
    );
    for (name, finding, who, reason) in [
        ("s1", Finding::Corrected, "clerk-2", Reason::RequestIdReused),
        ("s1", Finding::Confirmed, "clerk-3", Reason::RequestIdReused),
        ("s2", Finding::Confirmed, "clerk-2", Reason::CaseSettled),
    ] {
        let refused = settle(name, finding, who).await.unwrap_err();
        assert_eq!(refused.reason, reason, "{name} {finding:?} {who}");
    }
    assert_eq!(ledger.get(&case.id).await, Ok(settled));
    assert_eq!(ledger.list(Listed::Open, None, 10).await, Ok(vec![]));
    let nobody = ledger.get(&CaseId::generate()).await.unwrap_err();
    assert_eq!(nobody.reason, Reason::CaseNotFound);

    let told = store.told();
    let actions: Vec<_> = told.iter().map(|event| event.action).collect();
    assert_eq!(actions, [Action::FallbackRecorded, Action::FallbackReconciled]);
    assert!(told.iter().all(|event| event.case_id.as_ref() == Some(&case.id)));
    let everything = format!("{told:?}");
    let name = draft().emr_reference.unwrap();
    assert!(
        !everything.contains(name.expose()),
        "the EMR's reference is nobody's to audit"
    );
    assert!(everything.contains("nurse-7") && everything.contains("clerk-2"));
}

#[tokio::test]
async fn what_the_rules_of_the_day_forbid_is_not_recorded() {
    let office = Office::new();
    let with = |document, claim| Draft {
        document,
        claim,
        ..draft()
    };
    let insurance_card = |visit_date| Draft {
        visit_date,
        ..with(Document::InsuranceCard, Claim::CurrentNumber)
    };
    assert_eq!(office.refused(insurance_card(date!(2025 - 12 - 01))).await, None);
    let day_after = insurance_card(date!(2025 - 12 - 02));
    assert_eq!(office.refused(day_after).await.as_deref(), Some("document"));
    // A first visit has nothing that could be confirmed.
    let oral = with(Document::Oral, Claim::PastNumber);
    assert_eq!(office.refused(oral.clone()).await.as_deref(), Some("document"));
    let returning = Draft {
        visit_kind: VisitKind::Returning,
        ..oral
    };
    assert_eq!(office.refused(returning).await, None);
    // 資格情報のお知らせ goes with the card.
    let notice = Draft {
        medium: None,
        ..with(Document::EligibilityNotice, Claim::CurrentNumber)
    };
    assert_eq!(office.refused(notice).await.as_deref(), Some("document"));
    // A document that shows the number leaves no claim without one.
    let unknown = with(Document::Mynaportal, Claim::Unknown);
    assert_eq!(office.refused(unknown).await.as_deref(), Some("claim"));
    // Nor with a phone, and マイナポータル is for who came with card or phone.
    let phone = Draft {
        medium: Some(Medium::IPhone),
        ..with(Document::EligibilityNotice, Claim::CurrentNumber)
    };
    assert_eq!(office.refused(phone).await.as_deref(), Some("document"));
    let nothing = Draft {
        medium: None,
        ..with(Document::Mynaportal, Claim::CurrentNumber)
    };
    assert_eq!(office.refused(nothing).await.as_deref(), Some("document"));
    let tomorrow = Draft {
        visit_date: date!(9999 - 12 - 31),
        ..draft()
    };
    assert_eq!(office.refused(tomorrow).await.as_deref(), Some("visit_date"));
}

/// Whether the ladder leads to that document and claim, whatever the patient lacks and the counter can do.
fn proposed(draft: &Draft) -> bool {
    let presented = draft.medium.map_or(Presented::Nothing, Presented::Medium);
    [&[][..], &[Thing::KnownData]].into_iter().any(|lacks| {
        let steps = next_steps(&Situation {
            reason: draft.reason,
            presented,
            visit: Some(draft.visit_kind),
            date: draft.visit_date,
            lacks: lacks.iter().copied().collect(),
            ways: Ways::default(),
        });
        let step = steps.iter().find(|step| step.step == draft.document.step());
        step.is_some_and(|step| step.claims.contains(&draft.claim))
    })
}

#[tokio::test]
async fn what_is_recorded_is_what_the_ladder_proposes() {
    let office = Office::new();
    let (mut taken, mut refused) = (0, 0);
    for document in Document::ALL {
        for medium in [
            None,
            Some(Medium::Card),
            Some(Medium::Android),
            Some(Medium::IPhone),
        ] {
            for visit_kind in [VisitKind::First, VisitKind::Returning] {
                for claim in [Claim::CurrentNumber, Claim::PastNumber, Claim::Unknown] {
                    for visit_date in [
                        date!(2024 - 12 - 01),
                        date!(2025 - 12 - 01),
                        date!(2025 - 12 - 02),
                    ] {
                        let draft = Draft {
                            visit_date,
                            medium,
                            visit_kind,
                            document,
                            claim,
                            ..draft()
                        };
                        let expected = proposed(&draft);
                        let field = office.refused(draft.clone()).await;
                        assert_eq!(field.is_none(), expected, "{draft:?}");
                        if expected { taken += 1 } else { refused += 1 }
                    }
                }
            }
        }
    }
    assert!(taken > 100 && refused > 100, "{taken} {refused}");
}

#[tokio::test]
async fn the_same_request_is_the_same_case_whatever_the_rules_say_by_then() {
    let Office { ledger, store } = Office::new();
    let late = Draft {
        visit_date: date!(2026 - 01 - 15),
        document: Document::InsuranceCard,
        claim: Claim::CurrentNumber,
        ..draft()
    };
    // As an earlier version of the rules let it through.
    let kept = Case {
        draft: late.clone(),
        ..contract::case("r1")
    };
    store.insert(kept.clone(), contract::told()).await.unwrap();
    assert_eq!(
        ledger.record(kept.caller.clone(), request("r1"), late).await,
        Ok(kept)
    );
    assert_eq!(store.told().len(), 1);
}

#[tokio::test]
async fn only_what_was_settled_long_ago_is_forgotten() {
    let Office { ledger, .. } = Office::new();
    let open = ledger.record(emr(), request("r1"), draft()).await.unwrap();
    let settled = ledger.record(emr(), request("r2"), draft()).await.unwrap();
    ledger
        .reconcile(
            &settled.id,
            emr(),
            request("s1"),
            Finding::Withdrawn,
            staff("clerk-2"),
        )
        .await
        .unwrap();
    assert_eq!(ledger.purge(time::Duration::DAY).await, Ok(0));
    assert_eq!(ledger.purge(-time::Duration::DAY).await, Ok(1));
    assert_eq!(ledger.list(Listed::All, None, 10).await, Ok(vec![open]));
}
