use crate::program::madoguchi;

fn steps(more: &[&str]) -> Vec<String> {
    let ran = madoguchi(&[&["fallback", "steps", "--json"], more].concat());
    assert_eq!(ran.code, Some(0), "{more:?}: {}", ran.err);
    let steps = ran.json()["steps"].as_array().unwrap().clone();
    steps
        .iter()
        .map(|step| step["step"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn the_insurance_card_is_proposed_until_its_last_day() {
    let card = [
        "--reason",
        "CERTIFICATE_EXPIRED",
        "--medium",
        "card",
        "--first-visit",
        "--date",
    ];
    let on = |day| steps(&[&card[..], &[day]].concat());
    let last = on("2025-12-01");
    assert!(last.contains(&"show_insurance_card".to_owned()), "{last:?}");
    let next = on("2025-12-02");
    assert_eq!(
        next,
        [
            "show_mynaportal",
            "show_eligibility_notice",
            "show_eligibility_certificate",
            "file_declaration",
            "visit_municipality"
        ]
    );
}

#[test]
fn who_comes_with_nothing_is_asked_for_other_documents() {
    let nothing = steps(&["--medium", "nothing", "--returning", "--date", "2026-11-26"]);
    assert_eq!(nothing, ["show_eligibility_certificate", "confirm_orally"]);
    let text = madoguchi(&["fallback", "steps", "--medium", "nothing"]).out;
    assert!(text.contains("77777777") && text.contains("(assumed)"), "{text}");
}

#[test]
fn what_makes_no_sense_is_refused() {
    for wrong in [
        &["--reason", "NO_SUCH"][..],
        &["--date", "2026-02-29"],
        &["--first-visit", "--returning"],
        &["--medium", "paper"],
    ] {
        let ran = madoguchi(&[&["fallback", "steps"], wrong].concat());
        assert_eq!(ran.code, Some(64), "{wrong:?}");
    }
}
