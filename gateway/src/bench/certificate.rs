//! Certificate validations a second, beside the bare check of the one signature that each of them cannot do without.

use std::fmt;
use std::path::Path;
use std::time::Instant;

use madoguchi_certificate::{Anchors, Chain, Verifier};
use madoguchi_core::Medium;
use madoguchi_core::certificate::{CertificateDer, Certificates as _, Outcome};
use madoguchi_twin::{Persona, TestCa};
use ring::signature::{
    ECDSA_P384_SHA384_ASN1, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};
use serde::Serialize;
use time::OffsetDateTime;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::bench::Error;
use crate::bench::figures::{median, rounded};

/// A root and a leaf below it.
const P384: (&str, &str) = (
    include_str!("certificate/p384-root.pem"),
    include_str!("certificate/p384-leaf.pem"),
);

/// What came out. Rates are medians over the rounds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Rounds that count.
    pub rounds: u32,
    /// Validations of each kind in a round.
    pub validations_per_round: u32,
    /// A chain on RSA-2048 with SHA-256, as cards have it.
    pub rsa: Side,
    /// A chain on P-384 with SHA-384, as the next card generation is to have it.
    pub p384: Side,
}

/// One kind of chain.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Side {
    /// Whole validations: parsing, path, profile, dates, thumbprint.
    pub validations_per_second: f64,
    /// The bare check of the leaf's signature.
    pub floor_per_second: f64,
    /// How many times faster the floor is: median of the rounds' own ratios.
    pub floor_to_validation: f64,
}

struct Subject {
    verifier: Verifier,
    leaf: CertificateDer,
    issuer_key: Vec<u8>,
    signed: Vec<u8>,
    signature: Vec<u8>,
    algorithm: &'static dyn VerificationAlgorithm,
}

impl Subject {
    fn new(
        root_pem: &str,
        leaf: CertificateDer,
        algorithm: &'static dyn VerificationAlgorithm,
    ) -> Result<Self, Error> {
        let ended = |_| Error::Ended("a certificate of the measurement");
        let root = Chain::from_pem(Path::new("root"), root_pem.as_bytes())?.leaf;
        let (_, authority) = X509Certificate::from_der(root.as_bytes()).map_err(ended)?;
        let (_, parsed) = X509Certificate::from_der(leaf.as_bytes()).map_err(ended)?;
        Ok(Self {
            verifier: Verifier::new(Anchors::from_pem(Path::new("root"), root_pem.as_bytes())?),
            issuer_key: authority.public_key().subject_public_key.data.to_vec(),
            signed: parsed.tbs_certificate.as_ref().to_vec(),
            signature: parsed.signature_value.data.to_vec(),
            algorithm,
            leaf,
        })
    }

    fn validates(&self, at: OffsetDateTime) -> bool {
        let check = self.verifier.check(&self.leaf, &[], Medium::Card, at);
        check.outcome == Outcome::Full
    }

    fn floor(&self) -> bool {
        let key = UnparsedPublicKey::new(self.algorithm, &self.issuer_key);
        key.verify(&self.signed, &self.signature).is_ok()
    }

    fn measure(&self, rounds: u32, count: u32, at: OffsetDateTime) -> Result<Side, Error> {
        let rate = |works: &dyn Fn() -> bool| {
            let began = Instant::now();
            let all = (0..count).all(|_| works());
            let seconds = began.elapsed().as_secs_f64();
            all.then_some(f64::from(count) / seconds)
                .ok_or(Error::Ended("a validation that must succeed"))
        };
        let (mut whole, mut bare, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        // One round to warm up.
        for round in 0..=rounds {
            let (validations, floor) = (rate(&|| self.validates(at))?, rate(&|| self.floor())?);
            if round > 0 {
                whole.push(validations);
                bare.push(floor);
                ratios.push(floor / validations);
            }
        }
        Ok(Side {
            validations_per_second: rounded(median(whole)),
            floor_per_second: rounded(median(bare)),
            floor_to_validation: rounded(median(ratios)),
        })
    }
}

/// Measures both kinds.
///
/// # Errors
/// [`Error`] where a chain cannot be made, or one is not valid.
pub fn measure(rounds: u32, validations: u32) -> Result<Report, Error> {
    let at = OffsetDateTime::now_utc();
    let authority = TestCa::new()?;
    let adult = Persona::by_name("adult")?.ok_or(Error::Ended("the persona"))?;
    let leaf = authority.issue(&adult, at)?;
    let rsa = Subject::new(&authority.root_pem(), leaf, &RSA_PKCS1_2048_8192_SHA256)?;
    let leaf = Chain::from_pem(Path::new("leaf"), P384.1.as_bytes())?.leaf;
    let p384 = Subject::new(P384.0, leaf, &ECDSA_P384_SHA384_ASN1)?;
    Ok(Report {
        rounds,
        validations_per_round: validations,
        rsa: rsa.measure(rounds, validations, at)?,
        p384: p384.measure(rounds, validations, at)?,
    })
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} rounds of {} validations",
            self.rounds, self.validations_per_round
        )?;
        writeln!(f, "chain   validations/s   bare signature/s   ratio")?;
        for (name, side) in [("RSA", self.rsa), ("P-384", self.p384)] {
            writeln!(
                f,
                "{name:<7} {:>13.0} {:>18.0} {:>7.2}",
                side.validations_per_second, side.floor_per_second, side.floor_to_validation
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_is_measured() {
        let report = measure(1, 2).unwrap();
        for side in [report.rsa, report.p384] {
            assert!(
                side.validations_per_second > 0.0 && side.floor_per_second > 0.0,
                "{report:?}"
            );
        }
    }
}
