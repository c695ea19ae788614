//! What a key set lets through, and what it does not.

use madoguchi_core::signing::Signer as _;
use proptest::prelude::*;

use super::*;
use crate::MemoryKeys;

const PAYLOAD: &[u8] = br#"{"sub":"x"}"#;

fn with_header(header: &str, jws: &str) -> String {
    let (_, rest) = jws.split_once('.').unwrap();
    [&jws::encode(header.as_bytes()), ".", rest].concat()
}

/// RFC 7515 appendix A.3: made by others.
#[test]
fn a_key_of_the_rfc_is_named_as_the_rfc_says() {
    let json = r#"{"keys":[
        {"kty":"EC","crv":"P-256","kid":"a","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
         "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},
        {"kty":"RSA","n":"AQAB","e":"AQAB","kid":"b"},
        {"kty":"EC","crv":"P-384","kid":"c"},
        {"kty":"EC","crv":"P-256","use":"enc","kid":"d"}]}"#;
    let set = KeySet::parse(json.as_bytes()).unwrap();
    assert_eq!(set.keys().map(PublicKey::kid).collect::<Vec<_>>(), ["a"]);
    let key = PublicKey::new(&set.keys().next().unwrap().point).unwrap();
    // Its RFC 7638 thumbprint, by openssl and coreutils.
    assert_eq!(key.kid(), "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U");
    // The signature of the same appendix: it has neither kid nor typ, so that the parts are checked by hand.
    let signed = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19y\
                  b290Ijp0cnVlfQ";
    let signature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &key.point);
    assert!(
        public
            .verify(signed.as_bytes(), &jws::decode(signature).unwrap())
            .is_ok()
    );
}

#[test]
fn what_was_signed_is_proven_from_the_published_set() {
    let keys = MemoryKeys::generate().unwrap();
    let set = KeySet::parse(keys.key_set().to_json().as_bytes()).unwrap();
    assert_eq!(&set, keys.key_set());
    for purpose in Purpose::ALL {
        let jws = keys.sign(purpose, PAYLOAD).unwrap();
        for asked in Purpose::ALL {
            let proven = set.verify(asked, &jws);
            if asked == purpose {
                assert_eq!(proven.unwrap(), PAYLOAD);
            } else {
                assert_eq!(proven, Err(Unproven::Purpose));
            }
        }
    }
}

#[test]
fn what_was_not_signed_so_proves_nothing() {
    let (keys, others) = (MemoryKeys::generate().unwrap(), MemoryKeys::generate().unwrap());
    let set = keys.key_set();
    let verify = |jws: &str| set.verify(Purpose::Evidence, jws).unwrap_err();
    let jws = keys.sign(Purpose::Evidence, PAYLOAD).unwrap();
    let kid = set.keys().next().unwrap().kid().to_owned();
    let typ = Purpose::Evidence.typ();

    let foreign = others.sign(Purpose::Evidence, PAYLOAD).unwrap();
    assert_eq!(verify(&foreign), Unproven::UnknownKey);
    let renamed = with_header(
        &format!(r#"{{"alg":"ES256","kid":"{kid}","typ":"{typ}"}}"#),
        &foreign,
    );
    assert_eq!(verify(&renamed), Unproven::Signature);
    for alg in ["none", "HS256", "ES384", "RS256", "es256", ""] {
        let header = format!(r#"{{"alg":"{alg}","kid":"{kid}","typ":"{typ}"}}"#);
        assert_eq!(verify(&with_header(&header, &jws)), Unproven::Algorithm, "{alg}");
    }
    let nameless = with_header(&format!(r#"{{"alg":"ES256","typ":"{typ}"}}"#), &jws);
    assert_eq!(verify(&nameless), Unproven::UnknownKey);
    let untyped = with_header(&format!(r#"{{"alg":"ES256","kid":"{kid}"}}"#), &jws);
    assert_eq!(verify(&untyped), Unproven::Purpose);
    for header in [
        format!(r#"{{"alg":"ES256","kid":"{kid}","typ":"{typ}","crit":["exp"]}}"#),
        format!(r#"{{"alg":"none","alg":"ES256","kid":"{kid}","typ":"{typ}"}}"#),
        "[]".to_owned(),
    ] {
        assert_eq!(
            verify(&with_header(&header, &jws)),
            Unproven::Malformed,
            "{header}"
        );
    }
    let list = keys.sign(Purpose::Evidence, b"[1]").unwrap();
    assert_eq!(verify(&list), Unproven::Malformed);
    for text in [
        "",
        ".",
        "..",
        "a.b",
        "a.b.c.d",
        &format!("{jws}="),
        &format!(" {jws}"),
        &format!("{jws}."),
    ] {
        assert_eq!(verify(text), Unproven::Malformed, "{text}");
    }
    assert_eq!(verify(&"a".repeat(300_000)), Unproven::Malformed);
}

#[test]
fn what_is_distrusted_is_written_and_read() {
    let keys = MemoryKeys::generate().unwrap();
    let jws = keys.sign(Purpose::Consent, PAYLOAD).unwrap();
    let mut set = keys.key_set().clone();
    assert!(
        !set.to_json().contains(DISTRUSTED),
        "nothing is said where there is nothing"
    );
    let kid = set.keys().next().unwrap().kid().to_owned();
    set.distrust(&kid);
    let read = KeySet::parse(set.to_json().as_bytes()).unwrap();
    assert_eq!(read, set);
    assert!(read.is_distrusted(&kid) && read.keys().next().is_none());
    assert_eq!(read.verify(Purpose::Consent, &jws), Err(Unproven::Distrusted));
    // Whoever does not know the member finds no such key.
    let json: Value = serde_json::from_str(&set.to_json()).unwrap();
    assert_eq!(json["keys"], Value::Array(Vec::new()));
}

#[test]
fn a_broken_set_is_none() {
    let parse = |json: &str| KeySet::parse(json.as_bytes()).unwrap_err();
    assert_eq!(parse("{}"), InvalidKeySet::NotAKeySet);
    assert_eq!(parse(r#"{"keys":{}}"#), InvalidKeySet::NotAKeySet);
    assert_eq!(parse("x"), InvalidKeySet::NotAKeySet);
    assert_eq!(
        parse(r#"{"keys":[{"kty":"EC","crv":"P-256","kid":"a","x":"AA","y":"AA"}]}"#),
        InvalidKeySet::NotAKey { index: 0 }
    );
    let keys = MemoryKeys::generate().unwrap().key_set().to_json();
    let mut twice: Value = serde_json::from_str(&keys).unwrap();
    let list = twice["keys"].as_array_mut().unwrap();
    list.push(list[0].clone());
    assert_eq!(parse(&twice.to_string()), InvalidKeySet::Twice { index: 1 });
}

proptest! {
    /// Whatever is changed in a JWS, it proves nothing any more.
    #[test]
    fn no_changed_character_passes(position in any::<prop::sample::Index>(), to in "[A-Za-z0-9_.-]") {
        let keys = MemoryKeys::generate().unwrap();
        let jws = keys.sign(Purpose::Consent, PAYLOAD).unwrap();
        let at = position.index(jws.len());
        let changed = [&jws[..at], &to, &jws[at + 1..]].concat();
        prop_assume!(changed != jws);
        prop_assert!(keys.verify(Purpose::Consent, &changed).is_err(), "{changed}");
    }

    #[test]
    fn nothing_panics(text in any::<String>(), json in any::<Vec<u8>>()) {
        let keys = MemoryKeys::generate().unwrap();
        prop_assert!(keys.verify(Purpose::Evidence, &text).is_err());
        let _ = KeySet::parse(&json);
    }
}
