//! Where a new project has madoguchi's crates from.

use std::path::{Path, PathBuf};

use thiserror::Error;

/// Where madoguchi says that it is from; empty where it says nothing.
const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");

/// What every checkout has and no other folder.
const SIGN: &str = "drivers/abi/Cargo.toml";

/// Where the crates are from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// A checkout, by its whole path.
    Checkout(String),
    /// A git repository.
    Git(String),
}

/// Why they are not there. Each says how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BadSource {
    /// It has to be told.
    #[error("--source is missing: the folder of a checkout of madoguchi, or the URL of its git repository")]
    Missing,
    /// It is neither.
    #[error(
        "--source {given} is neither a checkout of madoguchi, which has {SIGN}, nor a URL such as https://example.org/madoguchi.git"
    )]
    Neither {
        /// What was given.
        given: String,
    },
    /// A manifest cannot name it.
    #[error("{} cannot be named in a Cargo.toml: move the checkout to a folder with a name in UTF-8", path.display())]
    Name {
        /// The checkout.
        path: PathBuf,
    },
}

impl Source {
    /// By what was given, or the repository that this program is from.
    pub(super) fn find(given: Option<&str>) -> Result<Self, BadSource> {
        let given = given.unwrap_or(REPOSITORY);
        if given.is_empty() {
            return Err(BadSource::Missing);
        }
        if given.contains("://") {
            return Ok(Self::Git(given.to_owned()));
        }
        let checkout = Path::new(given).canonicalize();
        let checkout = checkout.ok().filter(|folder| folder.join(SIGN).is_file());
        let path = checkout.ok_or_else(|| BadSource::Neither {
            given: given.to_owned(),
        })?;
        match path.to_str() {
            Some(text) => Ok(Self::Checkout(text.to_owned())),
            None => Err(BadSource::Name { path }),
        }
    }

    /// A dependency on a crate of the template's, whose path begins at the template's folder.
    pub(super) fn dependency(&self, path: &str) -> String {
        let quoted = |text: &str| toml::Value::from(text).to_string();
        match self {
            Self::Checkout(root) => format!("{{ path = {} }}", quoted(&format!("{root}/{path}"))),
            Self::Git(url) => format!("{{ git = {} }}", quoted(url)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkout_or_a_repository() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let source = Source::find(root.to_str()).unwrap();
        let dependency = source.dependency("drivers/abi");
        assert!(
            dependency.starts_with("{ path = \"/") && dependency.ends_with("/drivers/abi\" }"),
            "{dependency}"
        );
        let source = Source::find(Some("https://example.org/m.git")).unwrap();
        assert_eq!(
            source.dependency("drivers/abi"),
            "{ git = \"https://example.org/m.git\" }"
        );
        for nowhere in ["/no/such/folder", env!("CARGO_MANIFEST_DIR")] {
            let bad = Source::find(Some(nowhere)).unwrap_err().to_string();
            assert!(bad.contains(nowhere) && bad.contains(SIGN), "{bad}");
        }
    }
}
