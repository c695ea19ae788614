//! The exit codes: one per class of outcome, so that a script knows what to do without reading a word.

use std::process::ExitCode;

use madoguchi_core::Reason;

macro_rules! exits {
    ($($variant:ident $code:literal $meaning:literal;)+) => {
        /// How a command ended.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Exit {
            $(#[doc = $meaning] $variant,)+
        }

        impl Exit {
            /// Every way to end.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The number that the shell sees.
            #[must_use]
            pub const fn code(self) -> u8 {
                match self { $(Self::$variant => $code,)+ }
            }
        }

        /// The same as text, for `--help`.
        pub const HELP: &str = concat!("Exit codes:\n", $("  ", $code, "\t", $meaning, "\n",)+);
    };
}

exits! {
    Completed 0 "completed; for a certificate: good for everything";
    Mismatch 1 "something is not as it must be: demo --once, a visit did not end as its persona must end; deferral report, queue and audit chain do not agree";
    EligibilityOnly 3 "certificate verify: good for eligibility only";
    Altered 5 "audit verify: the log is not as it was written";
    Card 10 "card or phone trouble: taken away, not recognised, unreadable";
    Pin 11 "the person was not verified: PIN wrong, locked, not set or its last try not confirmed; face or staff said no";
    Certificate 12 "the certificate or its signature was refused";
    Reader 13 "reader or driver trouble, or a plugin or badge that was refused, or a driver that does not conform";
    Eligibility 14 "the eligibility service did not answer";
    Counter 15 "the counter is busy or not configured";
    Deferred 16 "the person is known, and the eligibility check was put off because the service is away";
    Unproven 17 "evidence or a consent receipt does not prove what it is to prove";
    Cancelled 20 "the visit was cancelled";
    Expired 21 "the time was up: the visit's, or that of a command that waits";
    Usage 64 "bad usage or bad configuration";
    Data 65 "a given file cannot be read or understood";
    Unavailable 69 "the gateway, or what the demo needs, is not there";
    Internal 70 "a fault of madoguchi itself";
    Permission 77 "the gateway does not know the caller, or its role may not do this";
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

impl From<Reason> for Exit {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::CardWaitTimeout
            | Reason::CardRemoved
            | Reason::CardNotRecognized
            | Reason::CardObsolete
            | Reason::CardUnresponsive
            | Reason::CardProtocolError
            | Reason::MediumMismatch
            | Reason::PhoneNotArmed
            | Reason::CertificateUnreadable => Self::Card,
            Reason::FaceNotVerified
            | Reason::VisualCheckRefused
            | Reason::PinWrong
            | Reason::PinLocked
            | Reason::PinNotSet
            | Reason::PinLastTryNotConfirmed
            | Reason::PinOutcomeUnknown => Self::Pin,
            Reason::CertificateExpired
            | Reason::CertificateInGrace
            | Reason::CertificateNotYetValid
            | Reason::CertificateNotTrusted
            | Reason::CertificateMalformed
            | Reason::CertificateWrongUsage
            | Reason::CertificateTestHierarchy
            | Reason::CertificateRealHierarchy
            | Reason::CertificatePolicyMismatch
            | Reason::CertificateWeak
            | Reason::CertificateRevoked
            | Reason::SignatureInvalid => Self::Certificate,
            Reason::ReaderNotFound
            | Reason::ReaderUnavailable
            | Reason::ReaderServiceUnavailable
            | Reason::ReaderRemoved
            | Reason::ReaderBusy
            | Reason::ReaderOutOfService
            | Reason::DriverNotFound
            | Reason::DriverFailed
            | Reason::DriverTimeout
            | Reason::DriverProtocolError => Self::Reader,
            Reason::RegistrationDeclined
            | Reason::ChallengeUnknown
            | Reason::ReceiptNotFound
            | Reason::ConsentReceiptInvalid
            | Reason::DeferralNotFound
            | Reason::EvidenceNotFound
            | Reason::EligibilityUnavailable
            | Reason::EligibilityRefused
            | Reason::EligibilityAmbiguous
            | Reason::EligibilityResultPending
            | Reason::ResultNotFound
            | Reason::BatchCheckNotFound => Self::Eligibility,
            Reason::CounterNotFound | Reason::CounterBusy => Self::Counter,
            Reason::VisitCancelled | Reason::PatientQuit => Self::Cancelled,
            Reason::VisitExpired | Reason::PatientTimeout => Self::Expired,
            Reason::InvalidArgument
            | Reason::RequestIdReused
            | Reason::SequenceUnknown
            | Reason::CaseSettled => Self::Usage,
            Reason::Overloaded
            | Reason::StoreUnavailable
            | Reason::GatewayRestarted
            | Reason::GatewayShuttingDown
            | Reason::CaseNotFound
            | Reason::CheckInNotFound
            | Reason::AuthenticationNotFound => Self::Unavailable,
            Reason::Unauthenticated | Reason::PermissionDenied | Reason::SigningKeysReadOnly => {
                Self::Permission
            }
            // A reason of a newer gateway, or a fault.
            _ => Self::Internal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_codes_differ_and_help_names_each() {
        let codes: BTreeSet<_> = Exit::ALL.iter().map(|exit| exit.code()).collect();
        assert_eq!(codes.len(), Exit::ALL.len());
        for exit in Exit::ALL {
            assert!(HELP.contains(&format!("\n  {}\t", exit.code())), "{exit:?}");
        }
    }

    #[test]
    fn every_reason_but_a_fault_has_a_class() {
        let internal: Vec<_> = Reason::ALL
            .iter()
            .copied()
            .filter(|reason| Exit::from(*reason) == Exit::Internal)
            .collect();
        // A submission that nobody waits for is this program's own mistake.
        assert_eq!(internal, [Reason::ActionNotPending, Reason::Internal]);
        for reason in Reason::ALL {
            assert_ne!(Exit::from(*reason), Exit::Completed, "{}", reason.code());
        }
    }
}
