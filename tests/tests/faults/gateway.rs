//! The gateway: killed with -9.

use madoguchi_proto::certificate::v1::Medium;
use madoguchi_proto::checkin::v1::GetCheckInRequest;
use madoguchi_proto::checkin::v1::check_in::State;
use madoguchi_proto::consent::v1::{GetConsentReceiptRequest, ListConsentReceiptsRequest};
use madoguchi_tests::{PluginFolder, Setup, Visit, Watched, ending, request, run};

#[test]
fn a_consent_that_was_acknowledged_survives_kill_9() {
    run(async {
        let mut clinic = Setup::default().open().await;
        for _ in 0..3 {
            let card = clinic.card("adult");
            clinic.put_on(&card).await;
            let mut visit = Visit::start(clinic.gateway.channel().await, Medium::Card).await;
            visit.until_state(State::WaitingForPin).await;
            visit.pin("1234", false).await.unwrap();
            visit.until_state(State::WaitingForConsent).await;
            let driver = Watched::new(clinic.gateway.driver("pcsc").await.process_id);
            visit.consents(true).await.unwrap();
            // Acknowledged: from here on it must be there.
            clinic.gateway.kill();
            driver.ends("the driver of a gateway that was killed").await;
            clinic.restart_gateway().await;

            let mut consents = clinic.gateway.consents().await;
            let list = ListConsentReceiptsRequest {
                check_in_id: visit.id(),
            };
            let receipts = consents
                .list_consent_receipts(list)
                .await
                .unwrap()
                .into_inner()
                .receipts;
            let [receipt] = &receipts[..] else {
                panic!("{} receipts", receipts.len())
            };
            assert!(
                receipt.decisions.len() == 4 && receipt.decisions.iter().all(|decision| decision.granted)
            );
            let get = GetConsentReceiptRequest {
                receipt_id: receipt.receipt_id.clone(),
            };
            let got = consents
                .get_consent_receipt(get)
                .await
                .unwrap()
                .into_inner()
                .receipt;
            assert_eq!(got.as_ref(), Some(receipt));

            let mut client = clinic.gateway.check_ins().await;
            let get = GetCheckInRequest {
                check_in_id: visit.id(),
            };
            let found = client
                .get_check_in(get)
                .await
                .unwrap()
                .into_inner()
                .check_in
                .unwrap();
            let ended = ending(&found);
            assert!(
                ["failed GATEWAY_RESTARTED", "completed full"].contains(&ended.as_str()),
                "{ended}"
            );
            clinic.take_off(&card).await;
            clinic.next_visit_works().await;
        }
    });
}

#[test]
fn a_request_that_was_answered_before_kill_9_is_the_same_request_after_it() {
    run(async {
        let mut clinic = Setup::default().open().await;
        let request = request("1", Medium::Card);
        let visit = Visit::start_with(clinic.gateway.channel().await, request.clone())
            .await
            .unwrap();
        clinic.restart_gateway().await;
        let again = Visit::start_with(clinic.gateway.channel().await, request)
            .await
            .unwrap();
        assert_eq!(again.id(), visit.id());
        assert_eq!(ending(&again.now), "failed GATEWAY_RESTARTED");
        clinic.empty().await;
        clinic.next_visit_works().await;
    });
}

#[test]
fn no_driver_outlives_a_gateway_that_is_killed_while_a_plugin_hangs() {
    run(async {
        let plugins = PluginFolder::default().fixture("hang");
        let folder = tempfile::tempdir().unwrap();
        let mut gateway = Setup::default()
            .plugins(plugins.path())
            .start_in(folder.path())
            .await;
        gateway
            .readers_until("the fixture's readers", |readers| !readers.is_empty())
            .await;
        let driver = Watched::new(gateway.driver("hang").await.process_id);
        let mut visit = Visit::start(gateway.channel().await, Medium::Card).await;
        // It transmits and never comes back.
        visit.until_state(State::ReadingCard).await;
        gateway.kill();
        driver.ends("a driver that hangs").await;
    });
}
