//! What differs by generation, decided from what the device says.

use madoguchi_driver_api::{Capability, Error};

use crate::commands::hello::Identity;
use crate::error::protocol;

/// What a device of 1.x speaks, which does not say so.
const LANGUAGES_OF_1: [&str; 2] = ["ja", "en"];

/// The longest command of the short form: header, Lc, 255 bytes, Le.
const SHORT_APDU: usize = 261;

/// How this unit differs from others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Quirks {
    languages: Vec<String>,
    /// The longest APDU; none beyond the short form.
    extended: Option<usize>,
    capabilities: Vec<Capability>,
}

impl Quirks {
    pub(crate) fn of(identity: &Identity) -> Self {
        let languages = if identity.languages.is_empty() {
            LANGUAGES_OF_1.map(str::to_owned).to_vec()
        } else {
            identity.languages.clone()
        };
        let limit = identity.apdu_limit.map(usize::from);
        Self {
            languages,
            extended: limit.filter(|limit| *limit > SHORT_APDU),
            capabilities: identity.capabilities.clone(),
        }
    }

    /// The language to show something in that was asked for in another: Japanese where the device does not have it.
    pub(crate) fn language<'l>(&self, asked: &'l str) -> &'l str {
        if self.languages.iter().any(|spoken| spoken == asked) {
            asked
        } else {
            "ja"
        }
    }

    /// Whether the device says that it can do that.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where it does not.
    pub(crate) fn needs(&self, capability: Capability) -> Result<(), Error> {
        if self.capabilities.contains(&capability) {
            Ok(())
        } else {
            Err(Error::Unsupported)
        }
    }

    /// Whether the device can carry the APDU.
    ///
    /// # Errors
    /// [`Error::Protocol`] where it cannot; nothing was sent.
    pub(crate) fn carries(&self, apdu: &[u8]) -> Result<(), Error> {
        // Longer than a bare header with Le, and no Lc: the three-byte length of the extended form.
        let is_extended = apdu.len() > SHORT_APDU || (apdu.len() >= 7 && apdu[4] == 0);
        match self.extended {
            _ if apdu.len() < 4 => Err(protocol(&"an APDU without a header")),
            _ if !is_extended => Ok(()),
            Some(limit) if apdu.len() <= limit => Ok(()),
            Some(_) => Err(protocol(&"an APDU that is longer than the device can carry")),
            None => Err(protocol(
                &"an APDU of extended length, which the device cannot carry",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(languages: &[&str], apdu_limit: Option<u16>) -> Identity {
        Identity {
            model: "Caora".into(),
            serial: "1".into(),
            firmware: "9.9".into(),
            capabilities: vec![Capability::Screen],
            languages: languages.iter().map(|language| (*language).to_owned()).collect(),
            apdu_limit,
            card_present: false,
        }
    }

    #[test]
    fn an_old_device_says_less_and_is_asked_less() {
        let old = Quirks::of(&identity(&[], None));
        assert_eq!(old.language("en"), "en");
        assert_eq!(old.language("vi"), "ja");
        assert_eq!(old.carries(&[0, 0xB0, 0, 0, 0]), Ok(()));
        assert!(old.carries(&[0x00; 261]).is_err(), "byte 4 says extended");
        let mut longest = [0x01; 261];
        longest[4] = 0xFF;
        assert_eq!(old.carries(&longest), Ok(()));
        let extended = [0, 0xB0, 0, 0, 0, 6, 0];
        assert!(matches!(old.carries(&extended), Err(Error::Protocol { .. })));
        assert!(matches!(old.carries(&[0, 0xB0]), Err(Error::Protocol { .. })));
    }

    #[test]
    fn a_new_device_is_taken_at_its_word_and_not_beyond_it() {
        let new = Quirks::of(&identity(&["ja", "vi"], Some(300)));
        assert_eq!(new.language("vi"), "vi");
        assert_eq!(new.language("en"), "ja");
        assert_eq!(new.carries(&[0, 0xB0, 0, 0, 0, 6, 0]), Ok(()));
        assert_eq!(new.carries(&[0; 300]), Ok(()));
        assert!(matches!(new.carries(&[0; 301]), Err(Error::Protocol { .. })));
        assert_eq!(new.needs(Capability::Screen), Ok(()));
        assert_eq!(new.needs(Capability::StaffVisual), Err(Error::Unsupported));
    }
}
