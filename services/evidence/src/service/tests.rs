//! What is issued can be proven, once a visit, by whoever has the key set.

use madoguchi_core::clock::FixedClock;
use madoguchi_core::evidence::Assurance;
use madoguchi_core::signing::Unproven;
use madoguchi_keys::MemoryKeys;
use time::OffsetDateTime;
use time::macros::datetime;

use super::*;
use crate::contract::facts;
use crate::{Expected, MemoryEvidence, NotEvidence, verify};

const NOW: OffsetDateTime = datetime!(2026-11-22 09:00:00.987654321 UTC);

struct Site {
    service: Service,
    keys: Arc<MemoryKeys>,
    store: Arc<MemoryEvidence>,
}

impl Site {
    fn new(audience: &[&str]) -> Self {
        let keys = Arc::new(MemoryKeys::generate().unwrap());
        let options = Options {
            issuer: "clinic-7".to_owned(),
            audience: audience.iter().map(|one| (*one).to_owned()).collect(),
            ttl_hours: 24,
        };
        let (signer, store) = (keys.clone(), Arc::new(MemoryEvidence::default()));
        Self {
            service: Service::new(options, signer, store.clone(), Arc::new(FixedClock(NOW))),
            keys,
            store,
        }
    }
}

#[tokio::test]
async fn the_store_in_memory_keeps_the_contract() {
    let store = MemoryEvidence::default();
    crate::contract::evidence_store(&store, async |evidence| store.put(evidence)).await;
}

#[tokio::test]
async fn a_visit_has_one_evidence_that_says_what_it_came_to() {
    let site = Site::new(&["emr"]);
    let facts = facts();
    let evidence = site.service.vouch(facts.clone()).unwrap();
    assert_eq!(
        site.service.get(&facts.check_in_id).await,
        Err(Reason::EvidenceNotFound)
    );
    site.store.put(evidence.clone());
    assert_eq!(site.service.get(&facts.check_in_id).await, Ok(evidence.clone()));
    let expected = Expected {
        issuer: Some("clinic-7"),
        audience: Some("emr"),
        at: Some(NOW),
    };
    let claims = verify(&*site.keys, &evidence.token, &expected).unwrap();
    assert_eq!((&claims.jti, &claims.sub), (&evidence.id, &facts.check_in_id));
    assert_eq!(
        (claims.iat, claims.exp),
        (
            evidence.issued_at.unix_timestamp(),
            evidence.expires_at.unix_timestamp()
        )
    );
    assert!(claims.is_receipt("a.b.c") && !claims.is_receipt("a.b.d"));
    assert_eq!(claims.eligibility.assurance, Assurance::Simulated);
}

#[tokio::test]
async fn a_token_is_held_against_what_is_expected() {
    let site = Site::new(&["emr"]);
    let token = site.service.vouch(facts()).unwrap().token;
    let hold = |expected: Expected<'_>| verify(&*site.keys, &token, &expected).err();
    let at = |at| Expected {
        at: Some(at),
        ..Expected::default()
    };
    assert_eq!(hold(Expected::default()), None);
    assert_eq!(hold(at(datetime!(2026-11-23 09:00:59 UTC))), None);
    assert_eq!(
        hold(at(datetime!(2026-11-23 09:01:00 UTC))),
        Some(NotEvidence::Expired)
    );
    assert_eq!(
        hold(at(datetime!(2026-11-22 08:58:59 UTC))),
        Some(NotEvidence::NotYet)
    );
    let issuer = Some("clinic-8");
    assert_eq!(
        hold(Expected {
            issuer,
            ..Expected::default()
        }),
        Some(NotEvidence::Issuer)
    );
    let audience = Some("remote");
    assert_eq!(
        hold(Expected {
            audience,
            ..Expected::default()
        }),
        Some(NotEvidence::Audience)
    );
    let other = MemoryKeys::generate().unwrap();
    assert_eq!(
        verify(&other, &token, &Expected::default()),
        Err(NotEvidence::Unproven(Unproven::UnknownKey))
    );
    // A signature for something else, and a signed text that is not evidence.
    let consent = site.keys.sign(Purpose::Consent, b"{}").unwrap();
    let unlike = site.keys.sign(Purpose::Evidence, b"{}").unwrap();
    for (token, error) in [
        (consent, NotEvidence::Unproven(Unproven::Purpose)),
        (unlike, NotEvidence::Claims),
    ] {
        assert_eq!(verify(&*site.keys, &token, &Expected::default()), Err(error));
    }
}

/// Each name in a token stands in the page, and each name in the page in a token.
#[tokio::test]
async fn the_page_names_every_claim_and_no_other() {
    let site = Site::new(&["emr"]);
    let mut facts = facts();
    facts.visual_check = Some(madoguchi_core::check_in::VisualCheck {
        confirmed: true,
        staff_id: madoguchi_core::StaffId::new("staff-1").unwrap(),
        cause: Some(madoguchi_core::check_in::VisualCause::PinLocked),
    });
    let token = site.service.vouch(facts).unwrap().token;
    let claims = verify(&*site.keys, &token, &Expected::default()).unwrap();
    let mut names = Vec::new();
    let serde_json::Value::Object(object) = serde_json::to_value(&claims).unwrap() else {
        panic!()
    };
    for (name, value) in object {
        match value {
            serde_json::Value::Object(inner) => {
                names.extend(inner.into_iter().map(|(inner, _)| format!("{name}.{inner}")));
            }
            _ => names.push(name),
        }
    }
    let page = include_str!("../../CLAIMS.md");
    let rows = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let mut written: Vec<_> = rows
        .filter(|name| !["alg", "kid", "typ"].contains(name))
        .collect();
    written.sort_unstable();
    names.sort_unstable();
    assert_eq!(names, written);
}
