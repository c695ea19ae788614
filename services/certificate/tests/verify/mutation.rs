//! Whatever a card sends, nothing panics and nothing false is trusted.

use madoguchi_core::certificate::{CertificateDer, Certificates, Outcome};
use madoguchi_core::{Medium, Reason};
use proptest::prelude::*;

use crate::authority::{DURING, Root, leaf_key, leaf_params};

#[test]
fn garbage_is_malformed() {
    let verifier = Root::usual().verifier();
    for garbage in [&b""[..], b"0", b"\x30\x82\xff\xff", b"hello", &[0xFF; 2000]] {
        let check = verifier.check(&CertificateDer::new(garbage.to_vec()), &[], Medium::Card, DURING);
        assert_eq!(
            (check.outcome, check.reason),
            (Outcome::Refused, Some(Reason::CertificateMalformed))
        );
        assert_eq!(
            (check.not_before, check.not_after, check.grace_until),
            (None, None, None)
        );
    }
}

#[test]
fn filler_behind_the_der_is_malformed() {
    let root = Root::usual();
    let mut der = root.issue(&leaf_params(), &leaf_key()).as_bytes().to_vec();
    der.push(0);
    let check = root
        .verifier()
        .check(&CertificateDer::new(der), &[], Medium::Card, DURING);
    assert_eq!(check.reason, Some(Reason::CertificateMalformed));
}

proptest! {
    #[test]
    fn random_bytes_never_panic(der in prop::collection::vec(any::<u8>(), 0..512)) {
        let root = Root::usual();
        let der = CertificateDer::new(der);
        let check = root.verifier().check(&der, std::slice::from_ref(&der), Medium::Card, DURING);
        prop_assert_eq!(check.outcome, Outcome::Refused);
        prop_assert!(root.verifier().verify_signature(&der, b"", b"").is_err());
    }

    #[test]
    fn a_damaged_certificate_never_panics_and_is_never_accepted(
        damages in prop::collection::vec((any::<prop::sample::Index>(), 1_u8..), 1..4),
        sent_along in any::<bool>(),
    ) {
        let root = Root::usual();
        let good = root.issue(&leaf_params(), &leaf_key());
        let mut der = good.as_bytes().to_vec();
        for (index, damage) in damages {
            let at = index.index(der.len());
            der[at] ^= damage;
        }
        prop_assume!(der != good.as_bytes());
        let der = CertificateDer::new(der);
        let intermediates = if sent_along { vec![der.clone(), root.der.clone()] } else { vec![] };
        let check = root.verifier().check(&der, &intermediates, Medium::Card, DURING);
        prop_assert_eq!(check.outcome, Outcome::Refused);
    }
}
