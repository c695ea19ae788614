//! Which elements stand behind a consent flag of the national service.

use madoguchi_core::eligibility::RawField;
use time::OffsetDateTime;

use super::value::moment14;

const FLAG: &str = "ConsFlg";
const AVAILABLE: &str = "AvailableTime";
/// Passed on without consent since October 2024.
const FREE: &str = "LimitApplicationCertificate";
/// The one element that is known to need a flag also where the answer has none.
const DISEASES: &str = "SpecificDiseasesCertificate";

/// The flags of one insurance.
pub(crate) struct Flags(Vec<Flag>);

struct Flag {
    /// What the names of the elements behind it begin with.
    stem: String,
    given: bool,
    until: Option<String>,
}

impl Flags {
    pub(crate) fn of(raw: &[RawField]) -> Self {
        let value = |path: &str| {
            let found = raw.iter().find(|field| field.path == path);
            found.map(|field| field.value.trim().to_owned())
        };
        let flags = raw.iter().filter_map(|field| {
            // One that comes twice has a number behind it and opens nothing by itself.
            let name = unnumbered(&field.path).strip_suffix(FLAG)?;
            Some(Flag {
                stem: stem(name).to_owned(),
                given: field.value.trim() == "1",
                until: value(&format!("{name}{AVAILABLE}")).filter(|until| !until.is_empty()),
            })
        });
        Self(flags.collect())
    }

    /// Whether the element of that path may be shown at that moment. The flags themselves may.
    pub(crate) fn open(&self, path: &str, at: OffsetDateTime) -> bool {
        let name = unnumbered(path.split(['/', '@', '#']).next().unwrap_or(path));
        let of_a_flag = [FLAG, "ConsTime", AVAILABLE]
            .iter()
            .any(|end| name.ends_with(end));
        if of_a_flag || name.starts_with(FREE) {
            return true;
        }
        let mut behind = self
            .0
            .iter()
            .filter(|flag| name.starts_with(&flag.stem))
            .peekable();
        if behind.peek().is_none() {
            return !name.starts_with(DISEASES);
        }
        behind.all(|flag| {
            let in_time = |until: &String| moment14(until).is_some_and(|until| at < until);
            flag.given && flag.until.as_ref().is_none_or(in_time)
        })
    }
}

/// `DiagnosisInfo` stands before `DiagnosisInfoList` and `DiagnosisList` alike.
fn stem(name: &str) -> &str {
    let name = name.strip_suffix("Related").unwrap_or(name);
    name.strip_suffix("Info").unwrap_or(name)
}

fn unnumbered(name: &str) -> &str {
    name.split('[').next().unwrap_or(name)
}
