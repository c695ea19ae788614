//! What the patient holds up, and how it was made sure that it is the patient's.

use serde::{Deserialize, Serialize};

/// What carries the user-authentication certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Medium {
    /// The My Number card (マイナンバーカード).
    Card,
    /// An Android phone's スマホ用電子証明書.
    Android,
    /// An iPhone's マイナンバーカード in Wallet.
    #[serde(rename = "iphone")]
    IPhone,
}

impl Medium {
    /// Every medium, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Card, Self::IPhone, Self::Android];

    /// Whether it is a phone: no grace after the certificate's expiry.
    #[must_use]
    pub const fn is_phone(self) -> bool {
        !matches!(self, Self::Card)
    }

    /// The stable name used on the command line and in machine output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Android => "android",
            Self::IPhone => "iphone",
        }
    }
}

/// How the person was verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The face, compared with the photo on the card by the reader maker's own operation.
    Face,
    /// The PIN of the user-authentication certificate, typed by the patient.
    Pin,
    /// The same PIN of a child's card, typed by a guardian.
    GuardianPin,
    /// Staff compared face and card by eye (目視).
    StaffVisual,
    /// The phone itself verified its owner (Face ID or Touch ID in Wallet) before it was held up.
    Device,
}

impl Method {
    /// Every method, in the order in which they are offered.
    pub const ALL: [Self; 5] = [
        Self::Face,
        Self::Pin,
        Self::GuardianPin,
        Self::StaffVisual,
        Self::Device,
    ];

    /// The stable name used on the command line and in machine output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Face => "face",
            Self::Pin => "pin",
            Self::GuardianPin => "guardian_pin",
            Self::StaffVisual => "staff_visual",
            Self::Device => "device",
        }
    }
}
