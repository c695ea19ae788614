//! What was acknowledged is there after kill -9.
#![expect(clippy::unwrap_used, reason = "assertions")]

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use madoguchi_audit::{EntryStore, verify_chain};
use madoguchi_consent::ReceiptStore;
use madoguchi_core::audit::{Action, Event};
use madoguchi_core::consent::{Withdrawal, WithdrawalReason};
use madoguchi_core::{CallerId, ReceiptId};
use madoguchi_store::Store;
use time::OffsetDateTime;
use time::macros::datetime;

const DATABASE: &str = "MADOGUCHI_DURABILITY_DATABASE";

fn withdrawal(withdrawn_at: OffsetDateTime) -> Withdrawal {
    Withdrawal {
        caller: CallerId::new("spiffe://clinic/emr").unwrap(),
        staff_id: None,
        reason: WithdrawalReason::Patient,
        withdrawn_at,
        token: "g.h.i".to_owned(),
    }
}

/// Records receipts with several producers at once and prints each acknowledgement, until it is killed.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "the child of the test below, which kills it"]
async fn child_that_records_until_it_is_killed() {
    let path = std::env::var_os(DATABASE).unwrap();
    let store = Store::open(Path::new(&path)).unwrap();
    let now = datetime!(2026-11-22 09:00 UTC);
    let mut producers = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let store = store.clone();
        producers.spawn(async move {
            for _ in 0..100_000 {
                let receipt = madoguchi_consent::contract::receipt(now);
                let told = |action| Event {
                    check_in_id: receipt.check_in_id.clone(),
                    ..Event::new(action)
                };
                let recorded = told(Action::ConsentRecorded);
                let withdrawn = told(Action::ConsentWithdrawn);
                let kept = ReceiptStore::insert(&store, receipt, None, recorded)
                    .await
                    .unwrap();
                store
                    .withdraw(&kept.id, withdrawal(now), withdrawn)
                    .await
                    .unwrap();
                println!("acknowledged {}", kept.id);
            }
        });
    }
    producers.join_all().await;
}

#[tokio::test]
async fn every_acknowledged_receipt_survives_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("madoguchi.db");
    let mut acknowledged = Vec::new();
    // Killed at different moments, the second time on top of what the first left.
    for enough in [40, 333] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--ignored",
                "--exact",
                "child_that_records_until_it_is_killed",
                "--nocapture",
            ])
            .env(DATABASE, &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut seen = 0;
        for line in lines.by_ref() {
            if let Some(id) = line.unwrap().strip_prefix("acknowledged ") {
                acknowledged.push(ReceiptId::new(id).unwrap());
                seen += 1;
            }
            if seen == enough {
                break;
            }
        }
        assert_eq!(seen, enough, "the child ended too early");
        child.kill().unwrap();
        assert!(!child.wait().unwrap().success());
        // What it still said before the kill was acknowledged as well; only a line cut in half was not.
        for line in lines.map_while(Result::ok) {
            let whole = line.strip_prefix("acknowledged ").filter(|id| id.len() == 36);
            acknowledged.extend(whole.and_then(|id| ReceiptId::new(id).ok()));
        }
        let store = Store::open(&path).unwrap();
        for id in &acknowledged {
            let kept = ReceiptStore::get(&store, id).await.unwrap();
            let kept = kept.unwrap_or_else(|| panic!("{id} is lost"));
            assert!(kept.withdrawal.is_some(), "the withdrawal of {id} is lost");
        }
        let entries = store.entries(0, u32::MAX).await.unwrap();
        let mut told = HashMap::<_, usize>::new();
        for entry in &entries {
            *told.entry(entry.event.check_in_id.clone()).or_default() += 1;
        }
        for id in &acknowledged {
            let kept = ReceiptStore::get(&store, id).await.unwrap();
            let visit = kept.unwrap_or_else(|| panic!("{id} is lost")).check_in_id;
            assert_eq!(told.get(&visit), Some(&2), "what auditors are told of {id}");
        }
        assert!(!entries.is_empty() && verify_chain(None, &entries).is_ok());
        store.close().await.unwrap();
    }
    assert!(acknowledged.len() >= 373);
}
