//! The fallback's cases, and what they share with next steps.

use madoguchi_core::fallback::{
    Case, Claim, Confidence, Document, EmrReference, FilledField, Finding, Need, Reconciliation, Step, Thing,
    VisitKind,
};
use madoguchi_fallback::filled_fields;
use madoguchi_proto::auth::v1 as auth;
use madoguchi_proto::fallback::v1 as pb;

use super::{certificate, code, moment, text};

/// Both ways between an enum of the domain and its wire form, which has one value more: the unspecified.
macro_rules! both_ways {
    ($(#[$doc:meta])* $to:ident $read:ident: $domain:ident <=> $wire:path { $($variant:ident)+ }) => {
        $(#[$doc])*
        pub(crate) const fn $to(one: $domain) -> $wire {
            use $wire as Wire;
            match one { $($domain::$variant => Wire::$variant,)+ }
        }

        /// The same back.
        pub(crate) const fn $read(one: $wire) -> Option<$domain> {
            use $wire as Wire;
            match one {
                Wire::Unspecified => None,
                $(Wire::$variant => Some($domain::$variant),)+
            }
        }
    };
}

both_ways! {
    /// What staff saw.
    document read_document: Document <=> pb::Document {
        Mynaportal EligibilityNotice EligibilityCertificate InsuranceCard Oral Declaration
    }
}
both_ways! {
    /// What the claim rests on.
    claim read_claim: Claim <=> auth::ClaimBasis { CurrentNumber PastNumber Unknown }
}
both_ways! {
    /// What came of the later check.
    finding read_finding: Finding <=> pb::Finding { Confirmed Corrected NotInsured Withdrawn }
}
both_ways! {
    /// What a step needs.
    thing read_thing: Thing <=> auth::NeededThing {
        Phone MynaportalPdf Card Pin EligibilityNotice EligibilityCertificate InsuranceCard Staff KnownData Reader
        Municipality
    }
}

pub(super) fn needs(needs: Vec<Need>) -> Vec<auth::NextStepNeed> {
    let needs = needs.into_iter().map(|need| auth::NextStepNeed {
        any_of: need.any_of.into_iter().map(|one| thing(one).into()).collect(),
    });
    needs.collect()
}

pub(super) fn claims(step: &Step) -> Vec<i32> {
    step.claims.iter().map(|one| claim(*one).into()).collect()
}

pub(crate) fn filled(field: &FilledField) -> pb::FilledField {
    pb::FilledField {
        name: field.name.to_owned(),
        value: field.value.to_owned(),
        // A field of the claim has a few digits.
        digit_count: u32::try_from(field.value.len()).unwrap_or(0),
        confidence: match field.confidence {
            Confidence::Official => pb::Confidence::Official,
            Confidence::Reported => pb::Confidence::Reported,
            Confidence::Assumed => pb::Confidence::Assumed,
        }
        .into(),
        source: field.source.to_owned(),
    }
}

const fn visit_kind(kind: VisitKind) -> pb::VisitKind {
    match kind {
        VisitKind::First => pb::VisitKind::First,
        VisitKind::Returning => pb::VisitKind::Returning,
    }
}

pub(crate) fn case(case: Case) -> pb::Case {
    let draft = case.draft;
    pb::Case {
        case_id: case.id.into(),
        counter_id: draft.counter_id.into(),
        check_in_id: text(draft.check_in_id),
        visit_date: draft.visit_date.to_string(),
        medium: certificate::medium(draft.medium).into(),
        reason: code(draft.reason),
        visit_kind: visit_kind(draft.visit_kind).into(),
        document: document(draft.document).into(),
        claim: claim(draft.claim).into(),
        filled_fields: filled_fields(draft.claim).iter().map(filled).collect(),
        staff_id: draft.staff_id.into(),
        emr_reference: draft.emr_reference.map(EmrReference::into).unwrap_or_default(),
        record_time: Some(moment(case.recorded_at)),
        reconciliation: case.reconciliation.map(reconciliation),
    }
}

fn reconciliation(one: Reconciliation) -> pb::Reconciliation {
    pb::Reconciliation {
        finding: finding(one.finding).into(),
        staff_id: one.staff_id.into(),
        reconcile_time: Some(moment(one.reconciled_at)),
    }
}
