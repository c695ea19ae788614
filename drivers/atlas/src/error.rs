//! The service's codes and this driver's own faults in the driver vocabulary, in one place.

use madoguchi_driver_api::{Error, Reason};

use crate::codec::Fault;

/// Why the service did not do what it was asked. The numbers are the protocol's (assumed).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Code(pub(crate) u32);

/// The call was called off.
pub(crate) const CANCELLED: Code = Code(5001);

/// What a code means where the gateway leads.
enum Meaning {
    CardRemoved,
    NoCard,
    CardReset,
    CardUnresponsive,
    CardNotRecognized,
    ReaderRemoved,
    ReaderBusy,
    Unavailable,
    Timeout,
    Cancelled,
    Unsupported,
    Nonsense,
}

/// Each code, what it means for a call, and the reason that it is for a visit which the service led.
const CODES: &[(u32, Meaning, Reason)] = &[
    (1001, Meaning::Unavailable, Reason::ReaderUnavailable),
    (1002, Meaning::Unavailable, Reason::ReaderUnavailable),
    (1003, Meaning::ReaderRemoved, Reason::ReaderRemoved),
    (2001, Meaning::NoCard, Reason::CardRemoved),
    (2002, Meaning::CardRemoved, Reason::CardRemoved),
    (2003, Meaning::CardUnresponsive, Reason::CardUnresponsive),
    (2004, Meaning::CardNotRecognized, Reason::CardNotRecognized),
    // What this says of a card, the gateway finds out by itself where it leads.
    (2005, Meaning::Nonsense, Reason::CardObsolete),
    (2006, Meaning::Nonsense, Reason::CertificateUnreadable),
    (2007, Meaning::CardReset, Reason::CardUnresponsive),
    (2008, Meaning::Nonsense, Reason::CardProtocolError),
    (3001, Meaning::Nonsense, Reason::PinLocked),
    (3002, Meaning::Nonsense, Reason::PinNotSet),
    (3003, Meaning::Nonsense, Reason::FaceNotVerified),
    (3004, Meaning::Nonsense, Reason::VisualCheckRefused),
    (3005, Meaning::Timeout, Reason::PatientTimeout),
    (3006, Meaning::Nonsense, Reason::PinOutcomeUnknown),
    (3007, Meaning::Nonsense, Reason::PinWrong),
    (4001, Meaning::ReaderRemoved, Reason::ReaderRemoved),
    (4002, Meaning::ReaderBusy, Reason::ReaderBusy),
    (4003, Meaning::Unsupported, Reason::ReaderUnavailable),
    (4004, Meaning::Unavailable, Reason::ReaderUnavailable),
    (CANCELLED.0, Meaning::Cancelled, Reason::VisitCancelled),
    (5002, Meaning::Timeout, Reason::PatientTimeout),
    (5003, Meaning::Nonsense, Reason::DriverProtocolError),
    (5004, Meaning::Unsupported, Reason::ReaderUnavailable),
];

impl Code {
    fn row(self) -> Option<&'static (u32, Meaning, Reason)> {
        CODES.iter().find(|(code, ..)| *code == self.0)
    }

    /// What it means for a call.
    pub(crate) fn error(self) -> Error {
        match self.row().map(|(_, meaning, _)| meaning) {
            Some(Meaning::CardRemoved) => Error::CardRemoved,
            Some(Meaning::NoCard) => Error::NoCard,
            Some(Meaning::CardReset) => Error::CardReset,
            Some(Meaning::CardUnresponsive) => Error::CardUnresponsive,
            Some(Meaning::CardNotRecognized) => Error::CardNotRecognized,
            Some(Meaning::ReaderRemoved) => Error::ReaderRemoved,
            Some(Meaning::ReaderBusy) => Error::ReaderBusy,
            Some(Meaning::Unavailable) => Error::ReaderUnavailable {
                detail: self.to_string(),
            },
            Some(Meaning::Timeout) => Error::Timeout,
            Some(Meaning::Cancelled) => Error::Cancelled,
            Some(Meaning::Unsupported) => Error::Unsupported,
            // Also one that this driver does not know: the service is updated without us.
            Some(Meaning::Nonsense) | None => Error::Protocol {
                detail: self.to_string(),
            },
        }
    }

    /// The reason that it is for a visit which the service led; a code that this driver does not know is one of its
    /// own.
    pub(crate) fn reason(self) -> Reason {
        self.row()
            .map_or(Reason::DriverProtocolError, |(_, _, reason)| *reason)
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the reader service answers {}", self.0)
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Protocol {
            detail: fault.to_string(),
        }
    }
}

/// Something that the protocol does not allow.
pub(crate) fn protocol(detail: &'static str) -> Error {
    Error::Protocol {
        detail: detail.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_is_there_once_and_is_in_the_protocol_page() {
        let page = include_str!("../PROTOCOL.md");
        // A range stands for what lies between.
        let within = |code: u32| page.contains(&code.to_string()) || (3002..=3006).contains(&code);
        let codes: BTreeSet<u32> = CODES.iter().map(|(code, ..)| *code).collect();
        assert_eq!(codes.len(), CODES.len());
        for code in codes {
            assert!(within(code), "{code}");
        }
    }

    #[test]
    fn a_code_means_one_thing_to_a_call_and_one_to_a_visit() {
        for (code, error, reason) in [
            (2001, Error::NoCard, Reason::CardRemoved),
            (2002, Error::CardRemoved, Reason::CardRemoved),
            (2004, Error::CardNotRecognized, Reason::CardNotRecognized),
            (3005, Error::Timeout, Reason::PatientTimeout),
            (4001, Error::ReaderRemoved, Reason::ReaderRemoved),
            (5001, Error::Cancelled, Reason::VisitCancelled),
            (5004, Error::Unsupported, Reason::ReaderUnavailable),
        ] {
            assert_eq!(Code(code).error(), error);
            assert_eq!(Code(code).reason(), reason);
        }
        assert_eq!(Code(3001).reason(), Reason::PinLocked);
    }

    #[test]
    fn a_code_that_nobody_knows_is_a_matter_of_protocol() {
        assert!(matches!(Code(9999).error(), Error::Protocol { .. }));
        assert_eq!(Code(9999).reason(), Reason::DriverProtocolError);
    }
}
