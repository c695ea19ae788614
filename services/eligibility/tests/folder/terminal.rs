//! Plays the terminal software (OQSComApp), as observed, and sets the bridge up beside it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use madoguchi_certificate::{Anchors, Verifier};
use madoguchi_core::certificate::CertificateDer;
use madoguchi_core::clock::SystemClock;
use madoguchi_core::eligibility::{Eligibility, Insurance, Request, Unmatched, Validity};
use madoguchi_core::{CheckInId, Medium};
use madoguchi_eligibility::folder::{Folder, Options};
use madoguchi_eligibility::observed::document;
use madoguchi_eligibility::xml::{Charset, Node, parse, write};
use madoguchi_eligibility::{MemoryChallenges, MemoryResults, Proofs};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, PKCS_ECDSA_P384_SHA384, SigningKey,
};
use tempfile::TempDir;
use time::macros::{date, format_description, offset};
use time::{Date, OffsetDateTime};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

pub(crate) fn born() -> Date {
    date!(1979 - 04 - 01)
}

/// Somebody who does not exist.
pub(crate) fn patient(number: &str) -> Insurance {
    Insurance {
        insurer_number: "06139999".to_owned(),
        insurer_name: "見本健康保険組合".to_owned(),
        number: number.to_owned(),
        branch_number: Some("00".to_owned()),
        name: "見本　●子".to_owned(),
        name_kana: Some("ﾐﾎﾝ ﾊﾅｺ".to_owned()),
        birth_date: Some(born()),
        sex: 2,
        ..Insurance::default()
    }
}

const HEADER: &[(&str, &str)] = &[
    ("ProcessExecutionTime", "20261126120000"),
    ("MedicalInstitutionCode", "1312345678"),
    ("SegmentOfResult", "1"),
];

/// The bridge, its folders and a card.
pub(crate) struct Bench {
    pub(crate) folder: Folder,
    root: TempDir,
    results: Arc<MemoryResults>,
    proofs: Proofs,
    key: KeyPair,
    leaf: CertificateDer,
    ending: CancellationToken,
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.ending.cancel();
    }
}

impl Bench {
    pub(crate) async fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        for name in ["req", "res", "face"] {
            std::fs::create_dir(root.path().join(name)).unwrap();
        }
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::OrganizationName, "JPKI-TEST");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root_key = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
        let ca = params.self_signed(&root_key).unwrap();
        let anchors = Anchors::from_pem("root.pem".as_ref(), ca.pem().as_bytes()).unwrap();
        let key = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
        let mut leaf = CertificateParams::default();
        leaf.not_before = OffsetDateTime::now_utc() - time::Duration::days(10);
        leaf.not_after = OffsetDateTime::now_utc() + time::Duration::days(10);
        let leaf = leaf.signed_by(&key, &Issuer::new(params, root_key)).unwrap();
        let proofs = Proofs::new(
            madoguchi_eligibility::Options::default(),
            Arc::new(Verifier::new(anchors)),
            Arc::new(MemoryChallenges::default()),
            Arc::new(SystemClock),
        );
        let (results, ending) = (Arc::new(MemoryResults::default()), CancellationToken::new());
        let folder = open(root.path(), &proofs, &results, &ending).await;
        Self {
            folder,
            root,
            results,
            proofs,
            key,
            leaf: CertificateDer::new(leaf.der().to_vec()),
            ending,
        }
    }

    /// The bridge of the next process, with what the last one kept.
    pub(crate) async fn again(&self) -> Folder {
        open(self.root.path(), &self.proofs, &self.results, &self.ending).await
    }

    /// The bridge ends in the middle of a visit, and the next process begins.
    pub(crate) async fn restart(&mut self) {
        self.ending.cancel();
        self.ending = CancellationToken::new();
        self.results.last_visit_at.get_or_init(OffsetDateTime::now_utc);
        self.folder = self.again().await;
    }

    pub(crate) fn path(&self, folder: &str, name: &str) -> PathBuf {
        self.root.path().join(folder).join(name)
    }

    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        names(&self.root.path().join(folder))
    }

    /// A card's proof for a visit.
    pub(crate) async fn request(&self, visit: Option<CheckInId>) -> Request {
        let challenge = self.folder.create_challenge().await.unwrap();
        Request {
            challenge_id: challenge.id.clone(),
            certificate: self.leaf.clone(),
            intermediates: vec![],
            signature: self.key.sign(&challenge.bytes).unwrap(),
            medium: Medium::Card,
            receipt: None,
            visit,
            expected: None,
        }
    }

    pub(crate) fn document(&self, patient: &Insurance) -> Vec<u8> {
        self.document_of(patient, time::Duration::ZERO)
    }

    /// A result that the terminal made so long ago.
    pub(crate) fn document_of(&self, patient: &Insurance, ago: time::Duration) -> Vec<u8> {
        let format = format_description!("[year][month][day][hour][minute][second]");
        let at = OffsetDateTime::now_utc().to_offset(offset!(+9)) - ago;
        let at = at.format(format).unwrap();
        let mut header = HEADER.to_vec();
        header[0].1 = &at;
        let root = document(&header, Validity::Valid, std::slice::from_ref(patient), Some("1"));
        write(&root, Charset::ShiftJis)
    }

    /// What the terminal leaves after a visit at its reader, written in two halves.
    pub(crate) async fn face(&self, id: &str, patient: &Insurance) {
        let path = self.path("face", &format!("OQSsiquc01res_face_{id}_20261126120000.xml"));
        slowly(&path, &self.document(patient), Duration::from_millis(40)).await;
    }

    /// The list for staff, once it is that long.
    pub(crate) async fn listed(&self, count: usize) -> Vec<Unmatched> {
        for _ in 0..200 {
            let listed = self.folder.unmatched().await.unwrap();
            if listed.len() == count {
                return listed;
            }
            sleep(Duration::from_millis(10)).await;
        }
        panic!("the list never has {count}");
    }
}

async fn open(
    root: &Path,
    proofs: &Proofs,
    results: &Arc<MemoryResults>,
    ending: &CancellationToken,
) -> Folder {
    let options = Options {
        req: root.join("req"),
        res: root.join("res"),
        face: root.join("face"),
        institution_code: "1312345678".to_owned(),
        charset: Charset::ShiftJis,
        poll: Duration::from_millis(15),
        deadline: Duration::from_millis(1_500),
        window: Duration::from_secs(180),
        settle: Duration::from_millis(150),
        max_age: Duration::from_secs(86_400),
    };
    let opened = Folder::open(
        options,
        proofs.clone(),
        results.clone(),
        Arc::new(SystemClock),
        ending.clone(),
    );
    opened.await.unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

async fn slowly(path: &Path, bytes: &[u8], pause: Duration) {
    std::fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
    sleep(pause).await;
    std::fs::write(path, bytes).unwrap();
}

/// The terminal: answers what lies in `req`, each once.
pub(crate) struct Terminal(CancellationToken);

impl Drop for Terminal {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

impl Terminal {
    pub(crate) fn start(bench: &Bench, pause: Duration) -> Self {
        let ending = CancellationToken::new();
        let root = bench.root.path().to_owned();
        let token = ending.clone();
        tokio::spawn(async move { token.run_until_cancelled(serve(root, pause)).await });
        Self(ending)
    }

    pub(crate) fn stop(&self) {
        self.0.cancel();
    }
}

async fn serve(root: PathBuf, pause: Duration) {
    let mut fetched = 0;
    loop {
        for name in names(&root.join("req")) {
            let result = root.join("res").join(name.replace("req_", "res_"));
            if name.starts_with('.') || result.exists() {
                continue;
            }
            // What is there under its name is whole.
            let asked = parse(&std::fs::read(root.join("req").join(&name)).unwrap()).unwrap();
            let header = asked.child("MessageHeader").unwrap();
            assert_eq!(header.child("MedicalInstitutionCode").unwrap().text, "1312345678");
            let body = asked.child("MessageBody").unwrap();
            let answer = if name.starts_with("OQSsiquc01") {
                single(body)
            } else if name.starts_with("OQSmuquc01") {
                std::fs::write(
                    root.join("batch"),
                    std::fs::read(root.join("req").join(&name)).unwrap(),
                )
                .unwrap();
                with_text(
                    "<SegmentOfResult>1</SegmentOfResult><ReceptionNumber>R-1</ReceptionNumber>",
                    "",
                )
            } else {
                assert_eq!(body.child("ReceptionNumber").unwrap().text, "R-1");
                fetched += 1;
                match fetched {
                    1 => with_text("<SegmentOfResult>2</SegmentOfResult>", ""),
                    _ => batch(&parse(&std::fs::read(root.join("batch")).unwrap()).unwrap()),
                }
            };
            // Now in one encoding, now in the other.
            let charset = match name.len() % 2 + fetched % 2 {
                0 => Charset::Utf8,
                _ => Charset::ShiftJis,
            };
            slowly(&result, &write(&answer, charset), pause).await;
        }
        sleep(Duration::from_millis(10)).await;
    }
}

fn with_text(header: &str, body: &str) -> Node {
    let text =
        format!("<XmlMsg><MessageHeader>{header}</MessageHeader><MessageBody>{body}</MessageBody></XmlMsg>");
    parse(text.as_bytes()).unwrap()
}

fn number_of(search: &Node) -> String {
    assert_eq!(search.child("InsurerNumber").unwrap().text, "06139999");
    assert_eq!(search.child("InsuredCardSymbol").unwrap().text, "見本１２");
    assert_eq!(search.child("Birthdate").unwrap().text, "19790401");
    search.child("InsuredIdentificationNumber").unwrap().text.clone()
}

fn single(body: &Node) -> Node {
    let number = number_of(body.child("QualificationConfirmSearchInfo").unwrap());
    match number.as_str() {
        "refused" => with_text(
            "<SegmentOfResult>9</SegmentOfResult><ErrorCode>OQS1</ErrorCode>",
            "",
        ),
        "nobody" => document(HEADER, Validity::NotFound, &[], None),
        number => document(HEADER, Validity::Valid, &[patient(number)], None),
    }
}

fn batch(asked: &Node) -> Node {
    let mut answer = with_text("<SegmentOfResult>1</SegmentOfResult>", "");
    // In another order than asked.
    for search in asked.child("MessageBody").unwrap().children.iter().rev() {
        let number = number_of(search);
        let mut unit = match number.as_str() {
            "refused" => with_text("", "<ProcessingResultStatus>2</ProcessingResultStatus>"),
            number => document(HEADER, Validity::Valid, &[patient(number)], None),
        }
        .child("MessageBody")
        .unwrap()
        .clone();
        unit.name = "BulkConfirmUnit".to_owned();
        unit.children.push(search.clone());
        answer.children[1].children.push(unit);
    }
    answer
}
