//! What differs from unit to unit, decided from what the device says of itself and never from its name.

use madoguchi_driver_api::{Capability, Error};

use crate::commands::hello::Identity;

/// How this unit differs from others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Quirks {
    capabilities: Vec<Capability>,
}

/// What this driver can make use of; a newer device may be able to do more.
const KNOWN: [Capability; 4] = [
    Capability::NfcCard,
    Capability::NfcPhone,
    Capability::Screen,
    Capability::PinPad,
];

impl Quirks {
    pub(crate) fn of(identity: &Identity) -> Self {
        let said = identity.capabilities.iter();
        let understood = said.filter_map(|name| serde_json::from_value(name.as_str().into()).ok());
        Self {
            capabilities: understood
                .filter(|capability| KNOWN.contains(capability))
                .collect(),
        }
    }

    /// What it can do.
    pub(crate) fn capabilities(&self) -> &[Capability] {
        &self.capabilities
    }

    /// Whether it can do that.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where it cannot.
    pub(crate) fn needs(&self, capability: Capability) -> Result<(), Error> {
        if self.capabilities.contains(&capability) {
            Ok(())
        } else {
            Err(Error::Unsupported)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_taken_at_its_word_and_not_beyond_what_the_driver_knows() {
        let identity = Identity {
            serial: "1".into(),
            model: "One".into(),
            firmware: "1".into(),
            card_present: false,
            capabilities: ["NFC_CARD", "FACE", "TELEPATHY"].map(str::to_owned).to_vec(),
        };
        let quirks = Quirks::of(&identity);
        assert_eq!(quirks.capabilities(), [Capability::NfcCard]);
        assert_eq!(quirks.needs(Capability::NfcCard), Ok(()));
        assert_eq!(quirks.needs(Capability::Face), Err(Error::Unsupported));
    }
}
