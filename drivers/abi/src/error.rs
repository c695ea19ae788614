//! Errors as they cross: a frozen code each. Both directions are one table.

use abi_stable::std_types::RString;
use madoguchi_driver_api::Error;

use crate::v1::Failure;

macro_rules! codes {
    (plain { $($code:literal $plain:ident)+ } detailed { $($detailed_code:literal $detailed:ident)+ }) => {
        impl From<Error> for Failure {
            fn from(error: Error) -> Self {
                let (code, detail) = match error {
                    $(Error::$plain => ($code, String::new()),)+
                    $(Error::$detailed { detail } => ($detailed_code, detail),)+
                    // An error that a later version of the contract added and this border has no code for.
                    other => (PROTOCOL, other.to_string()),
                };
                Self { code, detail: RString::from(detail) }
            }
        }

        impl From<Failure> for Error {
            fn from(failure: Failure) -> Self {
                let detail = failure.detail.into_string();
                match failure.code {
                    $($code => Self::$plain,)+
                    $($detailed_code => Self::$detailed { detail },)+
                    code => Self::Protocol { detail: format!("unknown error code {code}") },
                }
            }
        }

        #[cfg(test)]
        fn every() -> Vec<Error> {
            vec![$(Error::$plain,)+ $(Error::$detailed { detail: "detail".into() },)+]
        }
    };
}

const PROTOCOL: u32 = 12;

codes! {
    plain {
        1 CardRemoved
        2 NoCard
        3 CardReset
        4 CardUnresponsive
        5 ReaderRemoved
        6 ReaderBusy
        8 ServiceUnavailable
        9 Timeout
        10 Cancelled
        11 Unsupported
        14 CardNotRecognized
    }
    detailed {
        7 ReaderUnavailable
        12 Protocol
        13 DriverPanicked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_crosses_and_comes_back() {
        assert_eq!(every().len(), 14);
        for error in every() {
            assert_eq!(Error::from(Failure::from(error.clone())), error);
        }
    }

    #[test]
    fn a_code_that_nobody_knows_is_a_protocol_error() {
        let failure = Failure {
            code: 4711,
            detail: "whatever".into(),
        };
        assert_eq!(
            Error::from(failure),
            Error::Protocol {
                detail: "unknown error code 4711".into()
            }
        );
    }
}
