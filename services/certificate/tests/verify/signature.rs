//! What the chip signed.

use madoguchi_certificate::{spki_sha256_hex, thumbprint};
use madoguchi_core::Reason;
use madoguchi_core::certificate::{CertificateDer, Certificates};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, SigningKey};

use crate::authority::{Root, leaf_key, leaf_params, p384, rsa};

#[test]
fn the_leafs_own_signature_holds_and_no_other() {
    let root = Root::usual();
    let verifier = root.verifier();
    for key in [leaf_key(), p384()] {
        let leaf = root.issue(&leaf_params(), &key);
        let signature = key.sign(b"challenge").unwrap();
        assert_eq!(verifier.verify_signature(&leaf, b"challenge", &signature), Ok(()));
        let invalid = Err(Reason::SignatureInvalid);
        assert_eq!(verifier.verify_signature(&leaf, b"another", &signature), invalid);
        assert_eq!(verifier.verify_signature(&leaf, b"challenge", &[]), invalid);
        let mut damaged = signature.clone();
        damaged[9] ^= 1;
        assert_eq!(verifier.verify_signature(&leaf, b"challenge", &damaged), invalid);
        let stranger = rsa("stranger", &PKCS_RSA_SHA256).sign(b"challenge").unwrap();
        assert_eq!(verifier.verify_signature(&leaf, b"challenge", &stranger), invalid);
    }
}

#[test]
fn a_key_that_no_card_has_signs_nothing() {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let root = Root::usual();
    let leaf = root.issue(&leaf_params(), &key);
    let signature = key.sign(b"challenge").unwrap();
    assert_eq!(
        root.verifier().verify_signature(&leaf, b"challenge", &signature),
        Err(Reason::SignatureInvalid)
    );
    let garbage = CertificateDer::new(vec![0x30, 0]);
    assert_eq!(
        root.verifier()
            .verify_signature(&garbage, b"challenge", &signature),
        Err(Reason::CertificateMalformed)
    );
}

#[test]
fn a_renewed_certificate_of_one_key_has_another_thumbprint_and_the_same_key_hash() {
    let root = Root::usual();
    let first = root.issue(&leaf_params(), &leaf_key());
    let mut renewed = leaf_params();
    renewed.not_after += time::Duration::DAY;
    let second = root.issue(&renewed, &leaf_key());
    assert_eq!(thumbprint(&first).len(), 64);
    assert_ne!(thumbprint(&first), thumbprint(&second));
    assert_eq!(
        spki_sha256_hex(&first).unwrap(),
        spki_sha256_hex(&second).unwrap()
    );
    assert_eq!(
        spki_sha256_hex(&CertificateDer::new(vec![1])),
        Err(Reason::CertificateMalformed)
    );
}
