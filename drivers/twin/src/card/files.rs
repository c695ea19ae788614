//! The files of the JPKI application.

use madoguchi_core::Medium;

/// A file of the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum File {
    TokenInfo,
    Certificate,
    CaCertificate,
    Key,
    Pin,
    /// The signing application is there for OpenSC to bind; nobody signs with it.
    SigningCertificate,
    SigningCaCertificate,
    SigningKey,
    SigningPin,
}

impl File {
    pub(super) const fn from_id(id: u16) -> Option<Self> {
        Some(match id {
            0x0006 => Self::TokenInfo,
            0x000A => Self::Certificate,
            0x000B => Self::CaCertificate,
            0x0017 => Self::Key,
            0x0018 => Self::Pin,
            0x0001 => Self::SigningCertificate,
            0x0002 => Self::SigningCaCertificate,
            0x001A => Self::SigningKey,
            0x001B => Self::SigningPin,
            _ => return None,
        })
    }
}

/// Token info: the label and what a real card has behind it, which nobody reads.
const TOKEN_INFO_LEN: usize = 160;
const LABEL_LEN: usize = 32;
/// A certificate's file is filled up to a multiple of this.
const BLOCK_LEN: usize = 2_048;
const FILLER: u8 = 0xFF;

/// What the readable files hold.
pub(super) struct Files {
    token_info: Vec<u8>,
    certificate: Vec<u8>,
    ca_certificate: Vec<u8>,
}

impl Files {
    pub(super) fn new(medium: Medium, certificate: &[u8], ca_certificate: &[u8]) -> Self {
        let label = match medium {
            Medium::Card => "JPKIAPICCTOKEN2",
            Medium::Android => "JPKIAPGPSETOKEN",
            Medium::IPhone => "JPKIAPIOSTOKEN",
        };
        let mut token_info = label.as_bytes().to_vec();
        token_info.resize(LABEL_LEN, b' ');
        token_info.resize(TOKEN_INFO_LEN, 0);
        Self {
            token_info,
            certificate: filled(certificate),
            ca_certificate: filled(ca_certificate),
        }
    }

    /// The content of a file that can be read.
    pub(super) fn content(&self, file: File) -> Option<&[u8]> {
        match file {
            File::TokenInfo => Some(&self.token_info),
            File::Certificate => Some(&self.certificate),
            File::CaCertificate | File::SigningCaCertificate => Some(&self.ca_certificate),
            File::SigningCertificate | File::Key | File::Pin | File::SigningKey | File::SigningPin => None,
        }
    }
}

fn filled(der: &[u8]) -> Vec<u8> {
    let mut content = der.to_vec();
    content.resize(der.len().next_multiple_of(BLOCK_LEN), FILLER);
    content
}
