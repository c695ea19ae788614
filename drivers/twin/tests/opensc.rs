//! Somebody else's program on our card: OpenSC over a real pcscd. These tests fail where the tools are missing.

#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test's helpers fail the test")]

use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use madoguchi_twin::pcscd::PrivatePcscd;
use madoguchi_twin::vpcd::VpcdCard;
use madoguchi_twin::{Faults, Persona, TestCa, VirtualCard};
use time::OffsetDateTime;

/// pcscd looks for cards every 400 ms.
const CARD_SEEN_TIMEOUT: Duration = Duration::from_secs(10);
const MODULES: [&str; 3] = [
    "/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so",
    "/usr/lib/aarch64-linux-gnu/opensc-pkcs11.so",
    "/usr/lib/opensc-pkcs11.so",
];

struct Desk {
    pcscd: PrivatePcscd,
    card: VpcdCard,
    persona: Persona,
    now: OffsetDateTime,
    folder: tempfile::TempDir,
}

impl Desk {
    /// The persona's card on the first reader of a service of its own.
    fn new(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pcscd = PrivatePcscd::start(folder.path(), 1).unwrap_or_else(|error| panic!("{error}"));
        let persona = Persona::by_name(name).unwrap().unwrap();
        let now = OffsetDateTime::now_utc();
        let card = VirtualCard::new(&persona, &TestCa::new().unwrap(), now).unwrap();
        let card = VpcdCard::connect(pcscd.vpcd_addr(0).unwrap(), card, Faults::default()).unwrap();
        let desk = Self {
            pcscd,
            card,
            persona,
            now,
            folder,
        };
        desk.wait_for_card();
        desk
    }

    /// There is nothing to wait on but the service's own look: ask it until it sees the card.
    fn wait_for_card(&self) {
        let deadline = Instant::now() + CARD_SEEN_TIMEOUT;
        while !self.run("opensc-tool", &["--atr"]).status.success() {
            assert!(Instant::now() < deadline, "pcscd does not see the card");
        }
    }

    fn run(&self, tool: &str, arguments: &[&str]) -> Output {
        Command::new(tool)
            .args(arguments)
            .env("PCSCLITE_CSOCK_NAME", self.pcscd.socket_path())
            .output()
            .unwrap_or_else(|error| {
                panic!("{tool} ({error}): apt-get install -y --no-install-recommends opensc openssl")
            })
    }

    fn succeed(&self, tool: &str, arguments: &[&str]) -> String {
        let output = self.run(tool, arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{tool} {arguments:?}: {error}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn sign(&self, pin: &str) -> Output {
        let module = MODULES
            .into_iter()
            .find(|module| Path::new(module).exists())
            .unwrap_or_else(|| {
                panic!("opensc-pkcs11.so: apt-get install -y --no-install-recommends opensc-pkcs11")
            });
        std::fs::write(self.path("message"), b"somebody else's challenge").unwrap();
        let (message, signature) = (self.path("message"), self.path("signature"));
        self.run(
            "pkcs11-tool",
            &[
                "--module",
                module,
                "--token-label",
                "JPKI (User Authentication PIN)",
                "--login",
                "--pin",
                pin,
                "--sign",
                "--id",
                "01",
                "-m",
                "SHA256-RSA-PKCS",
                "-i",
                &message,
                "-o",
                &signature,
            ],
        )
    }

    fn certificate_pem(&self) -> String {
        self.succeed("pkcs15-tool", &["--read-certificate", "01"])
    }
}

#[test]
fn the_card_is_recognised_and_its_certificate_is_identical() {
    let desk = Desk::new("adult");
    assert_eq!(desk.succeed("opensc-tool", &["-n"]).trim(), "jpki");
    let dump = desk.succeed("pkcs15-tool", &["--dump"]);
    for object in [
        "User Authentication PIN",
        "User Authentication Key",
        "User Authentication Certificate",
    ] {
        assert!(dump.contains(object), "{object} in {dump}");
    }
    std::fs::write(desk.path("leaf.pem"), desk.certificate_pem()).unwrap();
    let (pem, der) = (desk.path("leaf.pem"), desk.path("leaf.der"));
    desk.succeed("openssl", &["x509", "-in", &pem, "-outform", "DER", "-out", &der]);
    let expected = desk
        .persona
        .certificate(&TestCa::new().unwrap(), desk.now)
        .unwrap();
    assert_eq!(std::fs::read(der).unwrap(), expected.as_bytes());
}

#[test]
fn a_signature_verifies_under_the_certificate() {
    let desk = Desk::new("adult");
    let signed = desk.sign("1234");
    assert!(
        signed.status.success(),
        "{}",
        String::from_utf8_lossy(&signed.stderr)
    );
    std::fs::write(desk.path("leaf.pem"), desk.certificate_pem()).unwrap();
    let (pem, key) = (desk.path("leaf.pem"), desk.path("key.pem"));
    desk.succeed(
        "openssl",
        &["x509", "-in", &pem, "-pubkey", "-noout", "-out", &key],
    );
    let (message, signature) = (desk.path("message"), desk.path("signature"));
    let verified = desk.succeed(
        "openssl",
        &[
            "dgst",
            "-sha256",
            "-verify",
            &key,
            "-signature",
            &signature,
            &message,
        ],
    );
    assert_eq!(verified.trim(), "Verified OK");
}

#[test]
fn a_wrong_pin_counts_down_and_three_wrong_lock() {
    let desk = Desk::new("adult");
    assert_eq!(desk.card.report().unwrap().tries_left, Some(3));
    for left in [2, 1, 0] {
        assert!(!desk.sign("0000").status.success());
        assert_eq!(desk.card.report().unwrap().tries_left, Some(left));
        let dump = desk.succeed("pkcs15-tool", &["--dump"]);
        let pin = dump.split("PIN [User Authentication PIN]").nth(1).unwrap();
        let line = pin
            .lines()
            .find(|line| line.trim().starts_with("Tries left"))
            .unwrap();
        assert_eq!(
            line.rsplit(':').next().unwrap().trim(),
            left.to_string(),
            "{line}"
        );
    }
    assert!(
        !desk.sign("1234").status.success(),
        "locked, even for the right one"
    );
    assert_eq!(desk.card.report().unwrap().tries_left, Some(0));
}

#[test]
fn the_card_is_seen_again_after_the_service_was_killed() {
    let mut desk = Desk::new("adult");
    desk.pcscd.kill();
    assert!(!desk.run("opensc-tool", &["--atr"]).status.success());
    desk.pcscd.restart().unwrap();
    desk.wait_for_card();
    assert_eq!(desk.succeed("opensc-tool", &["-n"]).trim(), "jpki");
}
