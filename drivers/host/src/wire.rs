//! The words of both ends that protobuf has no type for.

use std::collections::HashMap;

use madoguchi_core::reader::Capability;
use madoguchi_core::{Medium, Reason};
use madoguchi_proto::driverhost::v1::LoadDriverRequest;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::plugin::VerifiedPlugin;

/// `ErrorInfo.domain` of every reason.
pub(crate) const DOMAIN: &str = "madoguchi";
/// `ErrorInfo.metadata`: where loading stopped.
pub(crate) const PHASE: &str = "phase";
/// `ErrorInfo.metadata`: the line that says why.
pub(crate) const PROBLEM: &str = "problem";

/// More readers than this a driver does not have: no counter has them, and a driver gone wild must not fill the memory.
pub(crate) const MAX_READERS: usize = 64;

/// A reason on the wire. The code is always the same: between these two ends only the reason counts.
pub(crate) fn status(reason: Reason, metadata: HashMap<String, String>) -> Status {
    let details = ErrorDetails::with_error_info(reason.code(), DOMAIN, metadata);
    Status::with_error_details(Code::FailedPrecondition, reason.message(), details)
}

/// Asks the child to load what was verified, and nothing else.
pub(crate) fn load_request(plugin: &VerifiedPlugin, settings: String) -> LoadDriverRequest {
    LoadDriverRequest {
        plugin_folder: plugin.folder.to_string_lossy().into_owned(),
        settings,
        manifest: plugin.text.clone(),
    }
}

pub(crate) fn medium(name: &str) -> Option<Medium> {
    Medium::ALL.into_iter().find(|medium| medium.as_str() == name)
}

const CAPABILITIES: [(Capability, &str); 9] = [
    (Capability::Face, "FACE"),
    (Capability::PinPad, "PIN_PAD"),
    (Capability::StaffVisual, "STAFF_VISUAL"),
    (Capability::NfcCard, "NFC_CARD"),
    (Capability::NfcPhone, "NFC_PHONE"),
    (Capability::Screen, "SCREEN"),
    (Capability::Delegated, "DELEGATED"),
    (Capability::RemoteVisual, "REMOTE_VISUAL"),
    (Capability::Solitary, "SOLITARY"),
];

pub(crate) fn capability_name(capability: Capability) -> &'static str {
    CAPABILITIES
        .iter()
        .find(|(known, _)| *known == capability)
        .map_or("", |(_, name)| name)
}

pub(crate) fn capability(name: &str) -> Option<Capability> {
    CAPABILITIES
        .iter()
        .find(|(_, known)| *known == name)
        .map(|(capability, _)| *capability)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_readable_back() {
        for medium_there in Medium::ALL {
            assert_eq!(medium(medium_there.as_str()), Some(medium_there));
        }
        for (there, _) in CAPABILITIES {
            assert_eq!(capability(capability_name(there)), Some(there));
            assert_eq!(
                serde_json::to_value(there).unwrap(),
                capability_name(there),
                "core's names"
            );
        }
        assert_eq!(capability("FLY"), None);
    }
}
