//! The name of a new driver: its id, its project's, its library's and its types'.

use std::str::FromStr;

use thiserror::Error;

/// The longest name: it is part of every reader's id.
const MAX_LEN: usize = 40;

/// A driver's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name(String);

/// Why a text is none. Each says how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BadName {
    /// Characters that none has.
    #[error(
        "a driver's name has lower-case letters, digits and hyphens, and begins with a letter: not {given:?} but {better:?}?"
    )]
    Characters {
        /// What was given.
        given: String,
        /// The nearest that would do.
        better: String,
    },
    /// Too long.
    #[error("a driver's name has at most {MAX_LEN} characters: leave some of {given:?} out")]
    TooLong {
        /// What was given.
        given: String,
    },
    /// It means something already.
    #[error("{given} is the name of something else already: put your own before it, as in acme-{given}")]
    Taken {
        /// What was given.
        given: String,
    },
}

/// Names that a crate cannot have beside those that it is built from, or at all.
const TAKEN: &[&str] = &[
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "build",
    "const",
    "continue",
    "core",
    "crate",
    "deps",
    "do",
    "dyn",
    "else",
    "enum",
    "examples",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "incremental",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "proc-macro",
    "pub",
    "ref",
    "return",
    "self",
    "serde",
    "serde-json",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "thiserror",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
    "zeroize",
];

impl FromStr for Name {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let given = || text.to_owned();
        let better = better(text);
        if better != text {
            return Err(BadName::Characters {
                given: given(),
                better,
            });
        }
        if text.len() > MAX_LEN {
            return Err(BadName::TooLong { given: given() });
        }
        // The drivers of this house are `pcsc` and the makers', and so are their crates.
        if TAKEN.contains(&text) || text == "pcsc" || text.starts_with("madoguchi") {
            return Err(BadName::Taken { given: given() });
        }
        Ok(Self(given()))
    }
}

/// The nearest name: the text itself where it is one.
fn better(text: &str) -> String {
    let spelled = text.chars().map(|char| char.to_ascii_lowercase());
    let mut name = String::new();
    for char in spelled {
        let fits = char.is_ascii_lowercase() || char.is_ascii_digit() && !name.is_empty();
        if fits {
            name.push(char);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    let name = name.trim_end_matches('-');
    if name.is_empty() {
        "acme-face".to_owned()
    } else {
        name.to_owned()
    }
}

impl Name {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// As a crate is called in code, and its library's file.
    pub(super) fn snake(&self) -> String {
        self.0.replace('-', "_")
    }

    /// As a type is called.
    pub(super) fn camel(&self) -> String {
        self.words().collect()
    }

    /// As people are told.
    pub(super) fn title(&self) -> String {
        self.words().collect::<Vec<_>>().join(" ")
    }

    fn words(&self) -> impl Iterator<Item = String> {
        self.0.split('-').map(|word| {
            let (first, rest) = word.split_at(word.len().min(1));
            first.to_ascii_uppercase() + rest
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_spelled_as_it_is_needed() {
        let name: Name = "acme-face-2".parse().unwrap();
        assert_eq!(
            (name.as_str(), &*name.snake(), &*name.camel(), &*name.title()),
            ("acme-face-2", "acme_face_2", "AcmeFace2", "Acme Face 2")
        );
    }

    #[test]
    fn a_bad_name_is_told_how_to_be_a_good_one() {
        for (given, better) in [
            ("Acme Face", "acme-face"),
            ("acme_face", "acme-face"),
            ("-acme--face-", "acme-face"),
            ("9200-exc", "exc"),
            ("../acme", "acme"),
            ("窓口", "acme-face"),
            ("", "acme-face"),
        ] {
            let expected = BadName::Characters {
                given: given.to_owned(),
                better: better.to_owned(),
            };
            assert_eq!(given.parse::<Name>(), Err(expected.clone()));
            assert!(better.parse::<Name>().is_ok(), "{expected}");
        }
        for given in ["std", "serde-json", "pcsc", "madoguchi-acme"] {
            assert!(
                matches!(given.parse::<Name>(), Err(BadName::Taken { .. })),
                "{given}"
            );
        }
        assert!(matches!(
            "a".repeat(41).parse::<Name>(),
            Err(BadName::TooLong { .. })
        ));
    }
}
