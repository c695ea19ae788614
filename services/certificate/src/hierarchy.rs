//! The real hierarchy and the test one: a made-up patient must never pass for a real one, and a real one must not get
//! into a test.

use x509_parser::x509::X509Name;

/// Of which hierarchy a name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hierarchy {
    /// That of JPKI: real patients.
    Real,
    /// The one for tests.
    Test,
}

impl Hierarchy {
    /// The organisation in its names.
    #[must_use]
    pub const fn organisation(self) -> &'static str {
        match self {
            Self::Real => "JPKI",
            Self::Test => "JPKI-TEST",
        }
    }

    /// Of which hierarchy the name is; `None` where of neither.
    pub(crate) fn of(name: &X509Name<'_>) -> Option<Self> {
        let mut organisations = name.iter_organization().filter_map(|of| of.as_str().ok());
        organisations.find_map(|organisation| {
            [Self::Real, Self::Test]
                .into_iter()
                .find(|hierarchy| hierarchy.organisation() == organisation)
        })
    }
}
