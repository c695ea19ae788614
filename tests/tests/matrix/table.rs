//! The table as it is printed and kept.

use std::fmt::Write as _;
use std::path::Path;

use madoguchi_twin::device::Generation;

use crate::case::Case;

pub(crate) fn write(makers: &[&str], cases: &[Case], parts: &[(Generation, Vec<Vec<String>>)]) -> String {
    let mut text = String::from(
        "# Makers × generations × media × methods × personas\n\n\
         Each cell is a visit over the maker's driver and its twin, and how it ended. Where nothing is said of the EMR\n\
         the patient is asked on the reader what he has. Written by\n\
         `MADOGUCHI_UPDATE=1 cargo test -p madoguchi-tests --test matrix`, and compared at each run of the tests.\n\n\
         Where the maker's own program leads the visit and its screen takes no questions of ours (atlas, the generation\n\
         before) it offers only the card, though a reader for phones stands beside it: whoever comes with a phone gives up,\n\
         and the visit ends `cancelled by patient`. Where the EMR names the phone it is read.\n",
    );
    for (generation, ends) in parts {
        let title = match generation {
            Generation::New => "The readers that are sold now",
            Generation::Old => "The generation before",
        };
        let _ = writeln!(text, "\n## {title}\n");
        let _ = writeln!(text, "| who comes | {} |", makers.join(" | "));
        let _ = writeln!(text, "|---|{}", "---|".repeat(makers.len()));
        for (index, case) in cases.iter().enumerate() {
            let row: Vec<_> = ends.iter().map(|ends| ends[index].as_str()).collect();
            let _ = writeln!(text, "| {case} | {} |", row.join(" | "));
        }
    }
    text
}

/// Compares it with the one that is kept.
pub(crate) fn compare(table: &str) {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("MATRIX.md");
    if std::env::var_os("MADOGUCHI_UPDATE").is_some() {
        std::fs::write(&kept, table).unwrap();
    }
    let known = std::fs::read_to_string(&kept).unwrap_or_default();
    assert_eq!(table, known, "tests/MATRIX.md is not what was seen");
}
