use proptest::prelude::*;

use super::*;

/// Names as the terminal software uses them.
fn name() -> impl Strategy<Value = String> {
    "[A-Z][A-Za-z0-9]{0,12}"
}

fn node() -> impl Strategy<Value = Node> {
    let attributes = prop::collection::vec(("[a-z]{1,4}", "[a-zA-Z0-9 あ]{0,6}"), 0..2);
    let leaf = (
        name(),
        "\\PC{0,12}|[ 　ｱ-ﾟァ-ー一-龠●\u{E000}\r\n\t&<>\"']{0,12}",
        attributes,
    )
        .prop_map(|(name, text, mut attributes)| {
            attributes.dedup_by(|one, other| one.0 == other.0);
            Node {
                name,
                attributes,
                text,
                ..Node::default()
            }
        });
    leaf.prop_recursive(3, 24, 5, |inner| {
        (name(), prop::collection::vec(inner, 1..5)).prop_map(|(name, children)| Node {
            name,
            children,
            ..Node::default()
        })
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back_to_the_last_character(root in node()) {
        for charset in [Charset::ShiftJis, Charset::Utf8] {
            let read = parse(&write(&root, charset)).unwrap();
            prop_assert!(read == root, "{charset:?}");
        }
    }

    #[test]
    fn a_tree_is_its_leaves(root in node()) {
        let leaves = flatten(&root);
        let values = leaves.iter().map(|leaf| (leaf.path.as_str(), leaf.value.as_str(), leaf.lost.as_slice()));
        let again = tree(&root.name, values);
        prop_assert!(flatten(&again) == leaves);
    }

    #[test]
    fn a_file_that_is_half_written_is_none_wherever_it_breaks(root in node(), cut in 0.0..1.0f64) {
        let whole = write(&root, Charset::ShiftJis);
        let end = whole.len() - 2;
        let at = ((end as f64) * cut) as usize;
        prop_assert!(parse(&whole[..at]).is_err());
    }

    #[test]
    fn bytes_that_are_no_characters_are_kept_where_they_were(before in "[あ-んA-Z]{0,6}", after in "[ア-ンa-z]{1,6}") {
        // 0xFD is no lead byte of Shift_JIS.
        let root = Node {
            name: "Name".to_owned(),
            text: format!("{before}\u{FFFD}{after}"),
            lost: vec![(u32::try_from(before.chars().count()).unwrap(), vec![0xFD])],
            ..Node::default()
        };
        let bytes = write(&root, Charset::ShiftJis);
        let read = parse(&bytes).unwrap();
        prop_assert!(read == root);
        prop_assert_eq!(write(&read, Charset::ShiftJis), bytes);
    }

    #[test]
    fn any_bytes_are_judged_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse(&bytes);
    }
}

fn text_of(bytes: &[u8]) -> String {
    parse(bytes).unwrap().text
}

#[test]
fn the_encoding_is_what_the_mark_or_the_declaration_says() {
    let sjis = b"\x8c\xa9\x96{\x81@\x89\xd4\x8eq";
    for label in ["Shift_JIS", "shift_jis", "Windows-31J", "cp932", "MS932", "SJIS"] {
        let mut file =
            format!("<?xml version='1.0' encoding=\"{label}\" standalone=\"no\"?>\r\n<N>").into_bytes();
        file.extend_from_slice(sjis);
        file.extend_from_slice(b"</N>");
        assert_eq!(text_of(&file), "見本　花子", "{label}");
    }
    assert_eq!(
        text_of("<?xml version=\"1.0\" encoding=\"UTF-8\"?><N>見本</N>".as_bytes()),
        "見本"
    );
    // A mark counts more than a declaration that was copied from elsewhere.
    let marked = "\u{FEFF}<?xml version=\"1.0\" encoding=\"Shift_JIS\"?><N>見本</N>";
    assert_eq!(text_of(marked.as_bytes()), "見本");
    assert_eq!(text_of("<N>見本</N>".as_bytes()), "見本");
    let mut bare = b"<N>".to_vec();
    bare.extend_from_slice(sjis);
    bare.extend_from_slice(b"</N>");
    assert_eq!(text_of(&bare), "見本　花子");
}

#[test]
fn what_no_result_has_is_refused() {
    let bomb = b"<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>";
    assert_eq!(parse(bomb).unwrap_err(), Broken::DocType);
    assert_eq!(parse(b"<a>&x;</a>").unwrap_err(), Broken::NotXml);
    assert_eq!(parse(b"<a/><b/>").unwrap_err(), Broken::NotXml);
    let deep = format!("{}{}", "<a>".repeat(17), "</a>".repeat(17));
    assert_eq!(parse(deep.as_bytes()).unwrap_err(), Broken::TooLarge);
    assert_eq!(parse(b"<a><b>1</b>").unwrap_err(), Broken::Incomplete);
    assert_eq!(parse(b"").unwrap_err(), Broken::Incomplete);
}
