//! `RULES.md` says what the code says.

use std::fmt::Write as _;
use std::path::Path;

use madoguchi_driver_testkit::{MARGIN, Need, RULES_VERSION, all};

const INTRODUCTION: &str = "\
`madoguchi driver conform DIR` tries these on a reader. A rule ends in one of five ways: **kept**, **broken**, **not
applicable** (the reader does not announce what it is about, or it does not occur here), **without hands** (nobody lends the
hand that it needs) or **not tried** (it applies and could not be tried, such as on a reader that did not come back). A driver
conforms where nothing is broken and nothing was left untried; what nobody had hands for is named in its badge.

The driver runs in a process of its own. A rule under which that process dies or hangs is broken; it is started again and the
next rule goes on.

Hands are lent by `--hands`: `twin` (a device of the house), `stage=HOST:PORT` (a twin's stage elsewhere), `terminal` (a person
who is told what to do) or `none`. A person cannot move plugs between ports, freeze the device or look into it: those rules
remain without hands.

Written by `MADOGUCHI_UPDATE=1 cargo test -p madoguchi-driver-testkit --test kit page`, and compared at each run of the tests.
";

fn page() -> String {
    let late = madoguchi_driver_api::Call::PATIENCE + MARGIN;
    let mut page = format!("# The rules that a driver must keep\n\n{INTRODUCTION}\n");
    writeln!(
        page,
        "Version {RULES_VERSION}, {} rules. A call may return at most {} ms after its deadline or its cancellation: \
         {} ms that the contract grants, and {} ms for a machine that does other things too.",
        all().count(),
        late.as_millis(),
        madoguchi_driver_api::Call::PATIENCE.as_millis(),
        MARGIN.as_millis(),
    )
    .unwrap();
    let mut group = None;
    for rule in all() {
        if group != Some(rule.group) {
            group = Some(rule.group);
            write!(
                page,
                "\n## {:?}\n\n| rule | what it demands | where |\n|---|---|---|\n",
                rule.group
            )
            .unwrap();
        }
        writeln!(
            page,
            "| `{}` | {} | {} |",
            rule.id,
            rule.sentence,
            needs(rule.needs)
        )
        .unwrap();
    }
    page
}

fn needs(needs: &[Need]) -> String {
    let words: Vec<_> = needs
        .iter()
        .filter_map(|need| match need {
            Need::Reader => None,
            Need::Can(capability) => Some(format!("{capability:?}")),
            Need::Cannot(capability) => Some(format!("no {capability:?}")),
            Need::Hand(skill) => Some(format!("hands: {skill}")),
        })
        .collect();
    words.join("; ")
}

#[test]
fn page_is_what_the_code_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("RULES.md");
    let page = page();
    if std::env::var_os("MADOGUCHI_UPDATE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(kept, page, "MADOGUCHI_UPDATE=1 writes it anew");
}
