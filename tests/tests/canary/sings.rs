//! That the canary sings: each form of each kind is found, and so is what a driver lets slip.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use madoguchi_proto::certificate::v1::Medium;
use madoguchi_tests::{PluginFolder, Setup, Visit, run_within};

use crate::forms::{of_bytes, of_text};
use crate::heard::Heard;
use crate::places::Search;
use crate::planted::People;
use crate::searcher::{Kind, Searcher, Values};
use crate::visitor::Visitor;

fn searcher_of(plant: impl Fn(&mut Values)) -> Searcher {
    let mut values = Values::default();
    plant(&mut values);
    values.searcher()
}

#[test]
fn every_form_of_a_value_is_found() {
    let certificate: Vec<u8> = (0..64).map(|index: u8| index.wrapping_mul(37) ^ 0xA5).collect();
    let name = "鳴鳥　ガナリ";
    let searcher = searcher_of(|values| {
        values.text(Kind::Person, "name", name);
        values.text(Kind::Pin, "long", "7391528460735");
        values.short_text(Kind::Pin, "short", "0739");
        values.bytes(Kind::Certificate, "certificate", &certificate, |_| false);
    });
    let finds = |content: &[u8], kind: Kind| {
        let content = [b"{\"a\": \"", content, b"\"}\n"].concat();
        searcher.search(&content).iter().any(|found| found.kind == kind)
    };
    for (kind, forms) in [
        (Kind::Person, of_text(name)),
        (Kind::Pin, of_text("7391528460735")),
        (Kind::Certificate, of_bytes(&certificate[3..35])),
    ] {
        assert!(forms.len() > 20, "{kind:?}");
        for form in forms {
            assert!(finds(&form.bytes, kind), "{kind:?} as {}", form.name);
            assert!(
                finds(&form.bytes.to_ascii_uppercase(), kind),
                "{kind:?} as {}",
                form.name
            );
        }
    }
    // As programs write it, and not as this test thinks that they do.
    let json = serde_json::json!({ "name": name }).to_string();
    for written in [
        json,
        format!("{name:?}"),
        format!("{:?}", name.as_bytes()),
        format!("{:#?}", name.as_bytes()),
        format!("{:?}", bytes::Bytes::from(name)),
        name.escape_default().to_string(),
        "\\u9cf4\\u9ce5\\u3000\\u30ac\\u30ca\\u30ea".to_owned(),
        "鳴鳥 ｶﾞﾅﾘ".to_owned(),
        "%E9%B3%B4%E9%B3%A5%E3%80%80%E3%82%AC%E3%83%8A%E3%83%AA".to_owned(),
        toml::Value::from(name).to_string(),
    ] {
        assert!(finds(written.as_bytes(), Kind::Person), "{written}");
    }
    let (cp932, _, _) = encoding_rs::SHIFT_JIS.encode("姓名 鳴鳥 ｶﾞﾅﾘ");
    assert!(finds(&cp932, Kind::Person));
    for written in [
        "typed 0739!".to_owned(),
        "pin=0739".to_owned(),
        "[48, 55, 51, 57]".to_owned(),
        "[0, 7, 3, 9]".to_owned(),
        "30 37 33 39".to_owned(),
    ] {
        assert!(finds(written.as_bytes(), Kind::Pin), "{written}");
    }
    for by_chance in ["12:00:00.0739Z", "id 20739", "07391", "v0739", "7391528460736"] {
        assert!(!finds(by_chance.as_bytes(), Kind::Pin), "{by_chance}");
    }
    let payload = URL_SAFE_NO_PAD.encode(serde_json::json!({ "x": hex::encode(&certificate) }).to_string());
    let jws = format!("eyJhbGciOiJFUzI1NiJ9.{payload}.c2lnbmF0dXJl");
    assert!(finds(jws.as_bytes(), Kind::Certificate), "within a JWS");
    let pem = hex::encode(&certificate).into_bytes();
    let lines: Vec<_> = pem.chunks(64).map(<[u8]>::to_vec).collect();
    assert!(finds(&lines.join(&b'\n'), Kind::Certificate), "over two lines");
}

/// What the log of a gateway with a driver that tells too much holds of a patient.
async fn found_with(people: &People, searcher: &Searcher, leak: &str) -> Vec<(Kind, String)> {
    let plugins = PluginFolder::default().fixture_as("leaky", "pcsc", "pcsc");
    let clinic = Setup::default()
        .plugins(plugins.path())
        .environment("MADOGUCHI_LEAK", leak)
        .open()
        .await;
    let adult = people.get("adult");
    let card = clinic.card_of(&adult.persona);
    let mut visit = Visit::start(clinic.gateway.channel().await, Medium::Card).await;
    let visitor = Visitor::typing(&[&adult.pin]);
    let end = visitor
        .goes_through(&mut visit, Some(&card), &mut Heard::default())
        .await;
    assert_eq!(end, "completed full");
    let mut search = Search::default();
    search.files_while_kept(searcher, clinic.folder());
    for (place, found) in &search.leaks {
        assert!(place.ends_with("gateway.log"), "{place}: {found:?}");
    }
    let mut kinds: Vec<_> = search
        .leaks
        .into_iter()
        .map(|(_, found)| (found.kind, found.form))
        .collect();
    kinds.sort_unstable();
    kinds
}

#[test]
fn what_a_driver_lets_slip_into_the_log_is_found_or_masked() {
    run_within(crate::A_DAY, async {
        let people = People::with_long_pins();
        let searcher = people.values().searcher();
        // A driver that says nothing; and one whose digits the host has masked.
        assert_eq!(found_with(&people, &searcher, "").await, []);
        let pins = |found: &[(Kind, String)]| found.iter().filter(|(kind, _)| *kind == Kind::Pin).count();
        for masked in ["digits", "hex"] {
            let found = found_with(&people, &searcher, masked).await;
            assert_eq!(pins(&found), 0, "{masked}: {found:?}");
        }
        for leak in ["spaced", "list"] {
            let found = found_with(&people, &searcher, leak).await;
            assert_eq!(pins(&found), 1, "{leak}: {found:?}");
            let certificates = found.iter().filter(|(kind, _)| *kind == Kind::Certificate);
            assert!(certificates.count() > 0, "{leak}: {found:?}");
        }
    });
}
