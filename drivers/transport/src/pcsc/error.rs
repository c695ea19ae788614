//! PC/SC errors in the driver vocabulary.

use madoguchi_driver_api::Error;
use pcsc::Error as Pcsc;

/// What a PC/SC error means.
pub(super) fn meaning(error: Pcsc) -> Error {
    match error {
        // After a card was pulled in the middle pcscd says NotTransacted first and RemovedCard later; a contactless
        // card that loses the field is gone as well.
        Pcsc::RemovedCard | Pcsc::NotTransacted | Pcsc::CommDataLost => Error::CardRemoved,
        Pcsc::NoSmartcard => Error::NoCard,
        Pcsc::ResetCard => Error::CardReset,
        Pcsc::UnresponsiveCard
        | Pcsc::UnpoweredCard
        | Pcsc::UnsupportedCard
        | Pcsc::ProtoMismatch
        | Pcsc::InvalidAtr => Error::CardUnresponsive,
        Pcsc::UnknownReader | Pcsc::ReaderUnavailable | Pcsc::NoReadersAvailable => Error::ReaderRemoved,
        Pcsc::SharingViolation => Error::ReaderBusy,
        Pcsc::Timeout => Error::Timeout,
        Pcsc::Cancelled | Pcsc::SystemCancelled | Pcsc::CancelledByUser => Error::Cancelled,
        Pcsc::InsufficientBuffer => Error::Protocol {
            detail: "a response longer than any APDU's".to_owned(),
        },
        error if service_lost(error) => Error::ServiceUnavailable,
        error => Error::ReaderUnavailable {
            detail: format!("PC/SC {error:?}"),
        },
    }
}

/// What a PC/SC error means as the answer to an APDU.
pub(super) fn meaning_of_transmit(error: Pcsc) -> Error {
    match error {
        // There was one.
        Pcsc::NoSmartcard => Error::CardRemoved,
        // So some readers' drivers refuse an APDU that is longer than they can carry, with the card still there.
        Pcsc::InvalidParameter | Pcsc::InvalidValue => Error::Protocol {
            detail: format!("PC/SC {error:?} for an APDU"),
        },
        error => meaning(error),
    }
}

/// Whether the connection to the service is of no use any more. A handle that is not known was given by a service
/// that has been started anew since. pcscd's client says SecurityViolation, too, when the service closed the line: it
/// cannot tell a service that died from one whose policy refuses this user.
pub(super) fn service_lost(error: Pcsc) -> bool {
    matches!(
        error,
        Pcsc::NoService
            | Pcsc::ServiceStopped
            | Pcsc::ServerTooBusy
            | Pcsc::CommError
            | Pcsc::InvalidHandle
            | Pcsc::Shutdown
            | Pcsc::InternalError
            | Pcsc::SecurityViolation
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_apdu_that_is_too_long_for_the_driver_is_a_matter_of_protocol() {
        for error in [
            Pcsc::InvalidParameter,
            Pcsc::InvalidValue,
            Pcsc::InsufficientBuffer,
        ] {
            assert!(matches!(meaning_of_transmit(error), Error::Protocol { .. }));
            assert!(!service_lost(error));
        }
    }

    #[test]
    fn a_card_that_does_not_answer_an_apdu_because_it_is_not_there_was_removed() {
        for error in [Pcsc::NotTransacted, Pcsc::RemovedCard, Pcsc::NoSmartcard] {
            assert_eq!(meaning_of_transmit(error), Error::CardRemoved);
        }
        assert_eq!(meaning(Pcsc::NoSmartcard), Error::NoCard, "nobody had seen one");
    }

    #[test]
    fn every_error_that_loses_the_service_says_so() {
        for error in [
            Pcsc::NoService,
            Pcsc::ServiceStopped,
            Pcsc::CommError,
            Pcsc::InvalidHandle,
        ] {
            assert!(service_lost(error));
            assert_eq!(meaning(error), Error::ServiceUnavailable);
        }
        assert_eq!(meaning(Pcsc::NotTransacted), Error::CardRemoved);
        assert_eq!(
            meaning(Pcsc::NoAccess),
            Error::ReaderUnavailable {
                detail: "PC/SC NoAccess".into()
            }
        );
    }
}
