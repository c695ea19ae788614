//! madoguchi's gRPC interfaces: messages, clients and servers, generated from the `.proto` files beside this crate.
//!
//! The generated code is checked in, so that building needs no protoc; `cargo xtask gen` makes it anew and a test
//! proves that it has not drifted. A message that holds a secret or personal data (`SECRET:` or `PII:` in a field's
//! comment) has a `Debug` that shows its name only.

/// Drivers, for administrators.
pub mod admin {
    /// Version 1.
    pub mod v1 {
        include!("gen/madoguchi.admin.v1.rs");
    }
}

/// The audit log.
pub mod audit {
    /// Version 1.
    pub mod v1 {
        include!("gen/madoguchi.audit.v1.rs");
    }
}

/// Authentication of the person at a counter.
pub mod auth {
    /// Version 1.
    pub mod v1 {
        include!("gen/madoguchi.auth.v1.rs");
    }
}

/// Certificates: reading and checking.
pub mod certificate {
    /// Version 1.
    pub mod v1 {
        include!("gen/madoguchi.certificate.v1.rs");
    }
}

/// Check-ins.
pub mod checkin {
    /// Version 1.
    pub mod v1 {
        include!("gen/madoguchi.checkin.v1.rs");
    }
}

/// Consent: wording and receipts.
pub mod consent {
    /// Version 1.
    pub mod v1 {
        include!("gen/madoguchi.consent.v1.rs");
    }
}

/// Between the gateway and its driver processes; internal.
pub mod driverhost {
    /// Version 1.
    pub mod v1 {
        include!("gen/madoguchi.driverhost.v1.rs");
    }
}

/// Eligibility.
pub mod eligibility {
    /// Version 1.
    pub mod v1 {
        include!("gen/madoguchi.eligibility.v1.rs");
    }
}

/// Evidence of visits, and the keys that signatures are checked with.
pub mod evidence {
    /// Version 1.
    pub mod v1 {
        include!("gen/madoguchi.evidence.v1.rs");
    }
}

/// The fallback.
pub mod fallback {
    /// Version 1.
    pub mod v1 {
        include!("gen/madoguchi.fallback.v1.rs");
    }
}

/// Readers.
pub mod reader {
    /// Version 1.
    pub mod v1 {
        include!("gen/madoguchi.reader.v1.rs");
    }
}

/// The usage report.
pub mod usage {
    /// Version 1.
    pub mod v1 {
        include!("gen/madoguchi.usage.v1.rs");
    }
}

mod redacted {
    include!("gen/redacted.rs");
}

/// Overwrites the PIN on every way out, on both ends: sent, received, or dropped before it came to that.
impl Drop for driverhost::v1::VerifyPinRequest {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.pin);
    }
}

/// The descriptors of every public interface, for reflection. The internal driver-host interface is not among them.
pub const DESCRIPTOR_SET: &[u8] = include_bytes!("gen/descriptor_set.bin");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_a_secret_does_not_show_it() {
        let request = checkin::v1::SubmitPinRequest {
            pin: "9731".to_owned(),
            ..Default::default()
        };
        assert!(!format!("{request:?}").contains("9731"));
        let mut internal = driverhost::v1::VerifyPinRequest::default();
        internal.pin = b"9731".to_vec();
        assert_eq!(format!("{internal:?}"), "VerifyPinRequest { .. }");
    }

    #[test]
    fn the_internal_interface_is_not_published() {
        use prost::Message as _;
        let set = prost_types::FileDescriptorSet::decode(DESCRIPTOR_SET).unwrap();
        assert!(
            set.file
                .iter()
                .any(|file| file.package() == "madoguchi.checkin.v1")
        );
        assert!(
            set.file
                .iter()
                .all(|file| file.package() != "madoguchi.driverhost.v1")
        );
    }
}
