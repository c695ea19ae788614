//! Who a unit says it is.

use madoguchi_core::reader::Capability;

use crate::device::{Generation, Identity};

/// What a capability is called in the protocol.
const FEATURES: [(Capability, &str); 7] = [
    (Capability::Delegated, "visit"),
    (Capability::Screen, "screen"),
    (Capability::PinPad, "pin"),
    (Capability::Face, "face"),
    (Capability::NfcCard, "card"),
    (Capability::StaffVisual, "staff"),
    (Capability::RemoteVisual, "remote_staff"),
];

/// The version of the protocol from which on staff's word may come from elsewhere.
const REMOTE_SINCE: u32 = 3;

pub(super) fn identity(generation: Generation, serial: &str) -> Identity {
    let (model, firmware, capabilities) = match generation {
        Generation::Old => ("EXC-9100", "2.9.4", vec![Capability::Delegated]),
        Generation::New => (
            "EXC-9200",
            "4.1.0",
            FEATURES.iter().map(|(capability, _)| *capability).collect(),
        ),
    };
    Identity {
        maker: "atlas".to_owned(),
        model: model.to_owned(),
        firmware: firmware.to_owned(),
        serial: serial.to_owned(),
        generation,
        capabilities,
    }
}

/// What the unit can do, in the protocol's words of that version.
pub(super) fn features(identity: &Identity, protocol: u32) -> Vec<&'static str> {
    let spoken = |capability: Capability| capability != Capability::RemoteVisual || protocol >= REMOTE_SINCE;
    let mut features: Vec<_> = FEATURES
        .iter()
        .filter(|(capability, _)| identity.can(*capability) && spoken(*capability))
        .map(|(_, feature)| *feature)
        .collect();
    features.push("guide");
    if hands_over(identity) {
        features.push("handover");
    }
    features
}

/// Whether staff can confirm on the device.
pub(super) fn has_staff(identity: &Identity) -> bool {
    identity.can(Capability::StaffVisual)
}

/// Whether a phone that is chosen in a visit is handed over.
pub(super) fn hands_over(identity: &Identity) -> bool {
    identity.generation == Generation::New
}
