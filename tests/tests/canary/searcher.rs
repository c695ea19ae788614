//! Looks for all planted values in all their forms at once.

use std::fmt;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::forms::{Form, PACKED_DIGITS, RAW_DIGITS, of_bytes, of_text};

/// So many bytes of a certificate in a row are a part of it.
pub(crate) const WINDOW: usize = 16;

/// What is shorter is found by chance.
const MIN_LEN: usize = 6;

/// What a value is, and so where it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Digits that only a patient and a card know.
    Pin,
    /// Name, kana, address, day of birth.
    Person,
    /// Insurer, symbol, number.
    Number,
    /// What is known of somebody's health.
    Medical,
    /// A certificate, or what is in it of one person.
    Certificate,
    /// What a chip signed.
    Signature,
    /// What it was asked to sign.
    Challenge,
    /// The hash by which a certificate or its key is told from others: no name, but the same at each visit.
    Thumbprint,
    /// What staff wrote of a reader.
    Note,
}

/// Where something was found.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) kind: Kind,
    /// Whose, and which.
    pub(crate) what: String,
    pub(crate) form: String,
    pub(crate) at: usize,
    /// What stands around it: all of it is made up.
    around: String,
}

impl fmt::Debug for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kind,
            what,
            form,
            at,
            around,
        } = self;
        write!(f, "{kind:?} ({what}) as {form} at byte {at}: …{around}…")
    }
}

struct Pattern {
    value: usize,
    form: String,
    /// Counts only where it is no part of a longer word or number, nor of an id's.
    alone: bool,
}

/// Planted values, before they are searched.
#[derive(Default)]
pub(crate) struct Values {
    values: Vec<(Kind, String)>,
    patterns: Vec<(Pattern, Vec<u8>)>,
}

impl Values {
    /// A text that nothing else is by chance.
    pub(crate) fn text(&mut self, kind: Kind, what: &str, text: &str) {
        let value = self.value(kind, what);
        for form in of_text(text) {
            if form.bytes.len() >= MIN_LEN {
                self.add(value, form, false);
            }
        }
    }

    /// A short one, which counts alone only where it stands in plain letters or digits.
    pub(crate) fn short_text(&mut self, kind: Kind, what: &str, text: &str) {
        let value = self.value(kind, what);
        for form in of_text(text) {
            // Four raw octets, or four in Base64, are in any file by chance.
            let is_chance =
                form.name.contains("Base64") || [RAW_DIGITS, PACKED_DIGITS].contains(&&*form.name);
            if !is_chance {
                self.add(value, form, true);
            }
        }
    }

    /// Bytes, by each of their windows that nothing else is.
    pub(crate) fn bytes(&mut self, kind: Kind, what: &str, bytes: &[u8], is_shared: impl Fn(&[u8]) -> bool) {
        let value = self.value(kind, what);
        // Whatever is twice a window long holds one of these wholly.
        for window in bytes.chunks_exact(WINDOW).filter(|window| !is_shared(window)) {
            for form in of_bytes(window) {
                self.add(value, form, false);
            }
        }
    }

    fn value(&mut self, kind: Kind, what: &str) -> usize {
        self.values.push((kind, what.to_owned()));
        self.values.len() - 1
    }

    fn add(&mut self, value: usize, form: Form, alone: bool) {
        let pattern = Pattern {
            value,
            form: form.name,
            alone,
        };
        self.patterns.push((pattern, form.bytes));
    }

    /// What looks for all of them.
    pub(crate) fn searcher(self) -> Searcher {
        let automaton = AhoCorasick::builder()
            // Made sooner than the others, by more than its search takes longer.
            .kind(Some(AhoCorasickKind::NoncontiguousNFA))
            .match_kind(MatchKind::Standard)
            .ascii_case_insensitive(true)
            .build(self.patterns.iter().map(|(_, bytes)| bytes))
            .unwrap();
        Searcher {
            automaton,
            values: self.values,
            patterns: self.patterns.into_iter().map(|(pattern, _)| pattern).collect(),
        }
    }
}

/// Looks for planted values.
pub(crate) struct Searcher {
    automaton: AhoCorasick,
    values: Vec<(Kind, String)>,
    patterns: Vec<Pattern>,
}

impl Searcher {
    /// What is in there, and in the signed statements (JWS) in there: of each value the first place.
    pub(crate) fn search(&self, content: &[u8]) -> Vec<Found> {
        let mut found = self.search_flat(content);
        for (at, part) in jws_parts(content) {
            for mut inside in self.search_flat(&part) {
                let is_known = |outside: &Found| (outside.kind, &outside.what) == (inside.kind, &inside.what);
                if !found.iter().any(is_known) {
                    inside.form = format!("{} in a JWS", inside.form);
                    inside.at = at;
                    found.push(inside);
                }
            }
        }
        found
    }

    fn search_flat(&self, content: &[u8]) -> Vec<Found> {
        let mut seen = vec![false; self.values.len()];
        let mut found = Vec::new();
        for hit in self.automaton.find_overlapping_iter(content) {
            let pattern = &self.patterns[hit.pattern().as_usize()];
            let is_word = |at: Option<usize>| {
                at.and_then(|at| content.get(at))
                    .is_some_and(|byte| byte.is_ascii_alphanumeric() || b".-".contains(byte))
            };
            if seen[pattern.value]
                || pattern.alone && (is_word(hit.start().checked_sub(1)) || is_word(Some(hit.end())))
            {
                continue;
            }
            seen[pattern.value] = true;
            let (kind, what) = self.values[pattern.value].clone();
            let around = hit.start().saturating_sub(80)..content.len().min(hit.end() + 40);
            found.push(Found {
                kind,
                what,
                form: pattern.form.clone(),
                at: hit.start(),
                around: String::from_utf8_lossy(&content[around]).into_owned(),
            });
        }
        found
    }

    /// How many values are searched, and in how many forms.
    pub(crate) fn size(&self) -> (usize, usize) {
        (self.values.len(), self.patterns.len())
    }
}

/// JSON objects in Base64 for URLs, as the parts of a JWS are, and where each begins.
fn jws_parts(content: &[u8]) -> Vec<(usize, Vec<u8>)> {
    let is_of_it = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
    let begins = content.windows(3).enumerate();
    let begins = begins.filter(|(_, window)| *window == b"eyJ").map(|(at, _)| at);
    begins
        .filter_map(|at| {
            let rest = &content[at..];
            let end = rest.iter().position(|byte| !is_of_it(byte)).unwrap_or(rest.len());
            Some((at, URL_SAFE_NO_PAD.decode(&rest[..end]).ok()?))
        })
        .collect()
}
