//! The terminal software's files: XML in whatever encoding, and what is read from it.

use madoguchi_core::eligibility::{Validity, What};
use madoguchi_eligibility::observed::{document, read, units};
use madoguchi_eligibility::xml::{Charset, flatten, parse, write};

/// Any bytes as a file; one that is read is read back the same after it was written.
pub fn eligibility(data: &[u8]) {
    let Ok(root) = parse(data) else { return };
    for leaf in flatten(&root) {
        let characters = leaf.value.chars().count();
        for (index, bytes) in &leaf.lost {
            assert!(
                (*index as usize) < characters && !bytes.is_empty(),
                "bytes of no character"
            );
        }
    }
    let _ = units(&root);
    let Ok(record) = read(&root) else { return };
    for report in &record.reports {
        let of = report
            .insurance
            .map(|index| &record.insurances[index as usize].raw);
        let raw = of.unwrap_or(&record.raw);
        // What was left out is nowhere else, and the rest is somewhere.
        assert_eq!(
            raw.iter().any(|field| field.path == report.path),
            report.what != What::LeftOut,
            "a report about nothing, or of something else"
        );
    }
    // Names that only a fuzzer thinks of cannot be taken apart again; plain ones can.
    let plain = |path: &str| {
        path.chars()
            .all(|c| c.is_ascii_alphanumeric() || "/[]_".contains(c))
    };
    let all = record
        .insurances
        .iter()
        .flat_map(|one| &one.raw)
        .all(|field| plain(&field.path));
    // What stands for lost bytes is lost for good once only the characters are kept.
    let whole = !record
        .insurances
        .iter()
        .flat_map(|one| &one.raw)
        .any(|field| field.value.contains('\u{FFFD}'));
    if all && whole && record.validity == Validity::Valid {
        let header = &[("SegmentOfResult", "1")];
        for charset in [Charset::ShiftJis, Charset::Utf8] {
            let bytes = write(
                &document(header, record.validity, &record.insurances, None),
                charset,
            );
            let again = parse(&bytes).map(|root| read(&root));
            let Ok(Ok(again)) = again else {
                unreachable!("what was written cannot be read")
            };
            assert!(
                again.insurances == record.insurances,
                "what was written is read as another"
            );
        }
    }
}
