//! Settings that are one of a few words.

use serde::{Deserialize, Serialize};

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident $word:literal,)+ } $allowed:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "&'static str")]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word in the configuration.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl TryFrom<String> for $name {
            type Error = &'static str;

            fn try_from(word: String) -> Result<Self, &'static str> {
                Self::ALL.iter().copied().find(|name| name.as_str() == word).ok_or($allowed)
            }
        }

        impl From<$name> for &'static str {
            fn from(name: $name) -> Self {
                name.as_str()
            }
        }
    )+};
}

pub(crate) use names;

names! {
    /// Whether real patients come.
    Mode {
        /// Real patients: a test hierarchy (`O=JPKI-TEST`) is refused as anchor.
        Production "production",
        /// Nobody real: the real hierarchy (`O=JPKI`) is refused as anchor.
        Test "test",
    } "must be \"production\" or \"test\"";

    /// Whom to ask about eligibility.
    Backend {
        /// The embedded stand-in of the national service, with made-up data.
        StandIn "stand-in",
        /// A remote eligibility service that speaks this project's own interface.
        Remote "remote",
        /// The official terminal software, through its folders.
        Folder "folder",
    } "must be \"stand-in\", \"remote\" or \"folder\"";

    /// What the folder bridge writes its requests in.
    Charset {
        /// cp932.
        ShiftJis "shift_jis",
        /// UTF-8.
        Utf8 "utf-8",
    } "must be \"shift_jis\" or \"utf-8\"";

    /// The shape of a log line.
    LogFormat {
        /// For people.
        Text "text",
        /// For machines.
        Json "json",
    } "must be \"text\" or \"json\"";

    /// How much is logged.
    LogLevel {
        /// What failed.
        Error "error",
        /// What will fail.
        Warn "warn",
        /// What happens.
        Info "info",
        /// How it happens.
        Debug "debug",
        /// Everything.
        Trace "trace",
    } "must be \"error\", \"warn\", \"info\", \"debug\" or \"trace\"";
}
