//! Why a path does not hold: one fault, and where on the path it lies.

use std::fmt;

/// On which certificate of a path a fault lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A trust anchor.
    Anchor,
    /// Between leaf and anchor.
    Intermediate,
    /// The certificate that is judged.
    Leaf,
}

impl Place {
    /// The stable name in machine output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Anchor => "anchor",
            Self::Intermediate => "intermediate",
            Self::Leaf => "leaf",
        }
    }
}

macro_rules! faults {
    ($($variant:ident $code:literal $meaning:literal;)+) => {
        /// What is wrong. The later one says more: where several ways up were tried, the last in this order is told.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Fault {
            $(#[doc = $meaning] $variant,)+
        }

        impl Fault {
            /// The stable code in machine output.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }
        }

        impl fmt::Display for Fault {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$variant => $meaning,)+ })
            }
        }
    };
}

faults! {
    NoIssuer "NO_ISSUER" "no anchor and no intermediate of the issuer's name and key identifier";
    Malformed "MALFORMED" "it cannot be understood as an X.509 certificate";
    AlgorithmMismatch "ALGORITHM_MISMATCH" "the signature algorithm inside differs from the one outside";
    DuplicateExtension "DUPLICATE_EXTENSION" "it has one extension twice";
    UnknownCriticalExtension "UNKNOWN_CRITICAL_EXTENSION" "a critical extension is not understood";
    Criticality "CRITICALITY" "an extension is critical that must not be, or is not that must be";
    SerialNumber "SERIAL_NUMBER" "the serial number is not positive or longer than 20 octets";
    EmptyName "EMPTY_NAME" "a name that must say something is empty";
    KeyIdentifier "KEY_IDENTIFIER" "a key identifier that must be there is missing";
    Misplaced "MISPLACED" "an end entity has what only an authority may have";
    UnsupportedKey "UNSUPPORTED_KEY" "the key is of a kind or size that is not accepted";
    NotAnAuthority "NOT_AN_AUTHORITY" "it issued a certificate and is not an authority";
    KeyUsage "KEY_USAGE" "its key usage contradicts its place or itself";
    Signature "SIGNATURE" "the issuer's key did not make the signature";
    NotYetValid "NOT_YET_VALID" "it is not valid yet";
    Expired "EXPIRED" "it has expired";
    PathLength "PATH_LENGTH" "more authorities follow than allowed";
    NameConstraint "NAME_CONSTRAINT" "a name lies outside of what an authority above may certify";
    Policy "POLICY" "no certificate policy holds all along the path though one is required";
    TooCostly "TOO_COSTLY" "more work than a genuine path ever needs";
}

/// A fault and its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}: {fault}", place.as_str())]
pub struct PathFault {
    /// What is wrong.
    pub fault: Fault,
    /// With which certificate.
    pub place: Place,
}

impl Fault {
    /// The fault at its place.
    #[must_use]
    pub const fn at(self, place: Place) -> PathFault {
        PathFault { fault: self, place }
    }
}
