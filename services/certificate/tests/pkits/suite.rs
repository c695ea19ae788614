//! The certificates of the suite, and which of them may stand above which.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use madoguchi_core::certificate::CertificateDer;
use time::OffsetDateTime;
use time::macros::datetime;
use x509_parser::parse_x509_certificate;

/// When every path is judged.
pub(crate) const AT: OffsetDateTime = datetime!(2026-11-01 00:00:00 UTC);

const CERTIFICATES: &str = include_str!("certificates.pem");
const ANCHOR: &str = "TrustAnchorRootCertificate";

/// One certificate with its name in the suite.
pub(crate) struct Named {
    pub(crate) name: &'static str,
    pub(crate) der: CertificateDer,
    subject: String,
    issuer: String,
}

pub(crate) struct Suite(Vec<Named>);

impl Suite {
    pub(crate) fn read() -> Self {
        let entries = CERTIFICATES.split("-----END CERTIFICATE-----\n");
        let entries = entries.filter(|entry| !entry.is_empty()).map(|entry| {
            let (name, base64) = entry.split_once("\n-----BEGIN CERTIFICATE-----\n").unwrap();
            let der = STANDARD.decode(base64.replace('\n', "")).unwrap();
            let (_, read) = parse_x509_certificate(&der).unwrap();
            // Names in the suite differ by letter case and spaces, too.
            let plain =
                |name: &x509_parser::x509::X509Name<'_>| name.to_string().replace(' ', "").to_lowercase();
            Named {
                name,
                subject: plain(read.subject()),
                issuer: plain(read.issuer()),
                der: CertificateDer::new(der),
            }
        });
        Self(entries.collect())
    }

    pub(crate) fn anchor(&self) -> &Named {
        self.0.iter().find(|one| one.name == ANCHOR).unwrap()
    }

    pub(crate) fn anchor_pem(&self) -> String {
        let base64 = STANDARD.encode(self.anchor().der.as_bytes());
        format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n")
    }

    pub(crate) fn leaves(&self) -> impl Iterator<Item = &Named> {
        self.0.iter().filter(|one| one.name.ends_with("EE"))
    }

    pub(crate) fn authorities(&self) -> impl Iterator<Item = &Named> {
        self.0
            .iter()
            .filter(|one| one.name != ANCHOR && !one.name.ends_with("EE"))
    }

    /// The authorities that may stand between this one and the anchor by their names.
    pub(crate) fn above(&self, leaf: &Named) -> Vec<CertificateDer> {
        let mut wanted = vec![&leaf.issuer];
        let mut found: Vec<&Named> = Vec::new();
        while let Some(issuer) = wanted.pop() {
            for one in self.authorities().filter(|one| one.subject == *issuer) {
                if !found.iter().any(|known| known.name == one.name) {
                    found.push(one);
                    wanted.push(&one.issuer);
                }
            }
        }
        found.iter().map(|one| one.der.clone()).collect()
    }
}
