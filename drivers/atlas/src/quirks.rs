//! What differs by generation, decided from what the device says of itself and never from its name.

use madoguchi_driver_api::{Capability, Medium};

/// The device leads visits.
const VISIT: &str = "visit";
/// Phones that are chosen in a visit are handed over.
const HANDOVER: &str = "handover";
/// It shows pages that ask.
const SCREEN: &str = "screen";
/// It shows pages that ask nothing.
const GUIDE: &str = "guide";

/// What the service says that a device can do, and what that is for the gateway.
const CAPABILITIES: [(&str, Capability); 7] = [
    (VISIT, Capability::Delegated),
    (SCREEN, Capability::Screen),
    ("pin", Capability::PinPad),
    ("face", Capability::Face),
    ("card", Capability::NfcCard),
    ("staff", Capability::StaffVisual),
    ("remote_staff", Capability::RemoteVisual),
];

/// What this device can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Quirks {
    capabilities: Vec<Capability>,
    guides: bool,
    hands_over: bool,
}

impl Quirks {
    /// From the features that the service names. One that this driver does not know is of a later service.
    pub(crate) fn of<'f>(features: impl Iterator<Item = &'f str> + Clone) -> Self {
        let has = |feature: &str| features.clone().any(|said| said == feature);
        Self {
            capabilities: CAPABILITIES
                .iter()
                .filter(|(feature, _)| has(feature))
                .map(|(_, capability)| *capability)
                .collect(),
            guides: has(GUIDE) || has(SCREEN),
            hands_over: has(HANDOVER),
        }
    }

    /// What the gateway is told.
    pub(crate) fn capabilities(&self) -> &[Capability] {
        &self.capabilities
    }

    /// Whether it can.
    pub(crate) fn can(&self, capability: Capability) -> bool {
        self.capabilities.contains(&capability)
    }

    /// Whether it shows such a page.
    pub(crate) fn shows(&self, asks: bool) -> bool {
        if asks {
            self.can(Capability::Screen)
        } else {
            self.guides
        }
    }

    /// The media of the plan that this device may offer: an old one knows nothing of phones.
    pub(crate) fn media(&self, planned: &[Medium]) -> Vec<Medium> {
        let offered = |medium: &Medium| self.hands_over || !medium.is_phone();
        planned.iter().copied().filter(offered).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quirks(features: &[&str]) -> Quirks {
        Quirks::of(features.iter().copied())
    }

    #[test]
    fn an_old_one_leads_visits_with_cards_and_shows_guidance_only() {
        let old = quirks(&["visit", "guide"]);
        assert_eq!(old.capabilities(), [Capability::Delegated]);
        assert!(old.shows(false) && !old.shows(true));
        assert_eq!(old.media(&Medium::ALL), [Medium::Card]);
        assert_eq!(old.media(&[Medium::IPhone]), []);
    }

    #[test]
    fn a_new_one_does_every_step_and_hands_phones_over() {
        let new = quirks(&[
            "visit",
            "handover",
            "screen",
            "pin",
            "face",
            "card",
            "staff",
            "remote_staff",
            "perfume",
        ]);
        assert_eq!(new.capabilities().len(), CAPABILITIES.len());
        assert!(new.shows(false) && new.shows(true));
        assert_eq!(new.media(&Medium::ALL), Medium::ALL);
        assert!(!new.can(Capability::NfcPhone), "another reader reads phones");
    }

    #[test]
    fn one_that_says_nothing_can_nothing() {
        let mute = quirks(&[]);
        assert!(mute.capabilities().is_empty() && !mute.shows(false));
    }
}
