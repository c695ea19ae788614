//! A card that somebody else wrote, under somebody else's authority: nothing of ours is in it.
#![cfg(unix)]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use madoguchi_proto::certificate::v1::Medium;
use madoguchi_tests::{Patient, Setup, Visit, ending, run};
use madoguchi_twin::pcscd::PrivatePcscd;
use serde_json::Value;

const CARD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/interop/stranger_card.py");

struct Stranger(Child);

impl Drop for Stranger {
    fn drop(&mut self) {
        // It fails where it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_strangers_card_checks_in_with_pin_1234() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let pcscd = PrivatePcscd::start(&folder.path().join("pcscd"), 1).unwrap();
        let chip = folder.path().join("chip");
        let mut card = Command::new("python3")
            .args([
                "-B",
                CARD,
                "--connect",
                &pcscd.vpcd_addr(0).unwrap().to_string(),
                "--pin",
                "1234",
                "--dir",
            ])
            .arg(&chip)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(card.stdout.take().unwrap()).lines();
        let _stranger = Stranger(card);
        assert_eq!(said.next().unwrap().unwrap(), "connected");

        // As in a clinic: an anchor of production, and nothing of the test hierarchy.
        let authority = chip.join("ca.pem");
        let gateway = Setup::default()
            .set("trust.mode", "production")
            .set("trust.anchors", vec![authority.to_str().unwrap()])
            .environment("PCSCLITE_CSOCK_NAME", pcscd.socket_path())
            .start_in(folder.path())
            .await;
        let mut visit = Visit::start(gateway.channel().await, Medium::Card).await;
        let mut patient = Patient::without_card();
        let end = visit.lead(&mut patient).await;
        assert_eq!(ending(&end), "completed full");
        assert_eq!(patient.typed, 1);
        assert!(end.eligibility_answer.is_some());

        let log = std::fs::read_to_string(chip.join("apdus.jsonl")).unwrap();
        let apdus: Vec<Value> = log
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert!(
            !apdus.is_empty() && apdus.len() <= 17,
            "{} APDUs:\n{log}",
            apdus.len()
        );
        // Without a body VERIFY answers how many tries are left, so it is the one that was right that had a PIN in it.
        let verified = apdus
            .iter()
            .filter(|apdu| apdu["ins"] == "20" && apdu["sw"] == "9000")
            .count();
        let wrong = apdus
            .iter()
            .filter(|apdu| apdu["ins"] == "20" && apdu["sw"] == "63C2")
            .count();
        assert_eq!((verified, wrong), (1, 0), "{log}");
    });
}
