//! Whether what is known of a patient fits what the terminal says of one. Data of a practice may be old and a result may lack
//! anything: what differs speaks against a person, and only a date of birth excludes one.

use madoguchi_core::eligibility::{Insurance, Person};
use time::Date;

use crate::observed::{full_width, narrow};

/// 法別番号 of 後期高齢者医療, whose numbers are one person's and have no branch.
const OF_THE_ELDERLY: &str = "39";
/// Digits of an insurer's number with its 法別番号.
const WITH_LAW: usize = 8;

/// How a result fits a visit. The better, the earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// It is that person's.
    Proven,
    /// Nothing speaks against it.
    Possible,
    /// Something speaks against it and excludes nothing: it is given to nobody by itself.
    Doubtful,
    /// Another person's, or of another time.
    No,
}

/// How a result fits a visit whose caller expects somebody.
pub(super) fn expected(person: &Person, found: &[Insurance]) -> Fit {
    best(&[Known::from(person)], found, |same| match same.differs() {
        true => Fit::Doubtful,
        false => Fit::Possible,
    })
}

/// How a result fits a visit that was answered. Both are of the national service and of one hour: another name is another
/// person.
pub(super) fn again(answered: &[Insurance], found: &[Insurance]) -> Fit {
    let answered: Vec<_> = answered.iter().map(Known::from).collect();
    best(&answered, found, |same| match same.is_another() {
        true => Fit::No,
        false => Fit::Possible,
    })
}

/// The best fit of any of these; what neither a date of birth nor a proof decides, `otherwise` does.
fn best(known: &[Known], found: &[Insurance], otherwise: impl Fn(&Same) -> Fit) -> Fit {
    let found: Vec<_> = found.iter().map(Known::from).collect();
    let pairs = known
        .iter()
        .flat_map(|one| found.iter().map(move |other| Same::new(one, other)));
    let fits = pairs.map(|same| match same.birth {
        Some(false) => Fit::No,
        _ if same.is_proof() => Fit::Proven,
        _ => otherwise(&same),
    });
    // A result without an insurance is of nobody in particular.
    fits.min().unwrap_or(Fit::Possible)
}

/// What is known of a person, in one way of writing.
struct Known {
    birth: Option<Date>,
    kana: Option<String>,
    insurer: Option<String>,
    symbol: Option<String>,
    number: Option<String>,
    branch: Option<String>,
    reference: Option<String>,
}

impl From<&Person> for Known {
    fn from(person: &Person) -> Self {
        Self {
            birth: person.birth_date,
            kana: said(person.name_kana.as_deref(), kana),
            insurer: said(person.insurer_number.as_deref(), plain),
            symbol: said(person.symbol.as_deref(), narrow),
            number: said(person.number.as_deref(), narrow),
            branch: said(person.branch_number.as_deref(), plain),
            reference: said(person.reference_number.as_deref(), narrow),
        }
    }
}

impl From<&Insurance> for Known {
    fn from(one: &Insurance) -> Self {
        Self {
            birth: one.birth_date,
            kana: said(one.name_kana.as_deref(), kana),
            insurer: said(Some(&one.insurer_number), plain),
            symbol: said(one.symbol.as_deref(), narrow),
            number: said(Some(&one.number), narrow),
            branch: said(one.branch_number.as_deref(), plain),
            reference: said(one.reference_number.as_deref(), narrow),
        }
    }
}

fn said(text: Option<&str>, form: impl FnOnce(&str) -> String) -> Option<String> {
    let text = text?.trim();
    (!text.is_empty()).then(|| form(text))
}

/// A number with whatever zeros before it.
fn plain(text: &str) -> String {
    narrow(text).trim_start_matches('0').to_owned()
}

/// A name's kana: many write the small ones large, and not all write the space.
fn kana(text: &str) -> String {
    let large = |c| match c {
        'ァ' => 'ア',
        'ィ' => 'イ',
        'ゥ' => 'ウ',
        'ェ' => 'エ',
        'ォ' => 'オ',
        'ッ' => 'ツ',
        'ャ' => 'ヤ',
        'ュ' => 'ユ',
        'ョ' => 'ヨ',
        'ヮ' => 'ワ',
        other => other,
    };
    let wide = full_width(text);
    wide.chars().filter(|c| !c.is_whitespace()).map(large).collect()
}

/// What two say of each other; none where one of them does not say.
struct Same {
    birth: Option<bool>,
    kana: Option<bool>,
    insurer: Option<bool>,
    symbol: Option<bool>,
    number: Option<bool>,
    branch: Option<bool>,
    reference: Option<bool>,
    /// Whether the insurer's numbers are one person's.
    is_personal: bool,
}

impl Same {
    fn new(one: &Known, other: &Known) -> Self {
        fn same<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> Option<bool> {
            Some(one? == other?)
        }
        let of_the_elderly =
            |insurer: &String| insurer.len() == WITH_LAW && insurer.starts_with(OF_THE_ELDERLY);
        Self {
            birth: same(one.birth.as_ref(), other.birth.as_ref()),
            kana: same(one.kana.as_ref(), other.kana.as_ref()),
            insurer: same(one.insurer.as_ref(), other.insurer.as_ref()),
            symbol: same(one.symbol.as_ref(), other.symbol.as_ref()),
            number: same(one.number.as_ref(), other.number.as_ref()),
            branch: same(one.branch.as_ref(), other.branch.as_ref()),
            reference: same(one.reference.as_ref(), other.reference.as_ref()),
            is_personal: one.insurer.as_ref().is_some_and(of_the_elderly),
        }
    }

    /// A number of the practice's own, or a date of birth with the name, or with a number that is no family's: twins have
    /// one date of birth, and only their branch numbers (枝番) tell their numbers apart.
    fn is_proof(&self) -> bool {
        let yes = Some(true);
        let is_of_one = self.branch == yes || (self.is_personal && self.branch.is_none());
        let by_number = self.insurer == yes && self.number == yes && self.symbol != Some(false) && is_of_one;
        self.reference == yes || (self.birth == yes && (self.kana == yes || by_number))
    }

    /// Another name, or another of one family.
    fn is_another(&self) -> bool {
        let yes = Some(true);
        self.kana == Some(false) || (self.insurer == yes && self.number == yes && self.branch == Some(false))
    }

    fn differs(&self) -> bool {
        [
            self.kana,
            self.insurer,
            self.symbol,
            self.number,
            self.branch,
            self.reference,
        ]
        .contains(&Some(false))
    }
}

#[cfg(test)]
mod tests;
