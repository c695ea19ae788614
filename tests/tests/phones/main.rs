//! Phones, and who does not do what the screen asks for: at a face reader with a reader for phones beside it, and at one
//! that reads phones itself.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "these are tests"
)]

mod scene;
mod together;
mod touch;

use std::time::{Duration, Instant};

use madoguchi_core::Medium;
use madoguchi_proto::auth::v1::Method;
use madoguchi_tests::{FaceClinic, Setup, Stand, ending};
use madoguchi_twin::device::{Act, PageKind, Patient, Quirk};

use scene::{page, play};

/// How long a phone is waited for here.
const CARD_WAIT: u64 = 4;

async fn clinic() -> FaceClinic {
    let stands = ["fujitsu", "canon"].map(Stand::new);
    let setup = Setup::default()
        .set("check_in.card_wait_seconds", i64::try_from(CARD_WAIT).unwrap())
        .set("check_in.reader_grace_seconds", 1);
    FaceClinic::open(&stands, setup).await
}

#[test]
fn patients_who_are_guided_are_checked_in() {
    madoguchi_tests::run(async {
        let clinic = clinic().await;
        let counters = clinic.counters.iter().map(|counter| async {
            let maker = counter.stand.maker;
            // Wallet closed before the phone was held up.
            let late = Patient::new("iphone").with(Quirk::ArmsTooEarly { window_ms: 1 });
            let (end, seen) = play(&clinic, counter, late, "").await;
            assert_eq!(ending(&end), "completed full", "{maker}: {:?}", seen.pages);
            assert_eq!(end.method(), Method::Device);
            assert!(
                seen.taps > 1 && seen.pages.contains(&PageKind::Guide),
                "{maker}: {:?}",
                seen.pages
            );
            // The wrong one of two phones.
            let mut mistaken = Patient::new("iphone").with(Quirk::HoldsOther {
                persona: "android".to_owned(),
            });
            mistaken.pace_ms = 50;
            let (end, seen) = play(&clinic, counter, mistaken, "").await;
            assert_eq!(ending(&end), "completed full", "{maker}: {:?}", seen.pages);
            assert_eq!(end.method(), Method::Device);
            let choices = seen.pages.iter().filter(|page| **page == PageKind::ChooseMedium);
            assert!(choices.count() > 1, "{maker}: {:?}", seen.pages);
            // Held up before the screen was touched.
            for (persona, method) in [
                ("iphone", Method::Device),
                ("android", Method::Pin),
                ("adult", Method::Face),
            ] {
                let early = Patient::new(persona).with(Quirk::EarlyTap);
                let (end, seen) = play(&clinic, counter, early, "").await;
                assert_eq!(
                    ending(&end),
                    "completed full",
                    "{maker}, {persona}: {:?}",
                    seen.pages
                );
                assert_eq!(end.method(), method, "{maker}, {persona}");
                assert_eq!(seen.taps, 1, "{maker}, {persona}: {:?}", seen.pages);
            }
            // A card that lies there, and a phone that is wanted.
            let mut both = Patient::new("adult").with(Quirk::EarlyTap);
            both.others = vec!["iphone".to_owned()];
            both.medium = Some(Medium::IPhone);
            both.pace_ms = 50;
            let (end, seen) = play(&clinic, counter, both, "").await;
            assert_eq!(ending(&end), "completed full", "{maker}: {:?}", seen.pages);
            assert_eq!(end.method(), Method::Device, "{maker}: the card was used");
            // The card is left, and asked back for until it is out; all in the language of the visit.
            let mut forgetful = Patient::new("adult").with(Quirk::LeavesCard { ms: 1200 });
            forgetful.pace_ms = 100;
            let began = Instant::now();
            let (end, seen) = play(&clinic, counter, forgetful, "vi").await;
            assert_eq!(ending(&end), "completed full", "{maker}: {:?}", seen.pages);
            assert!(began.elapsed() > Duration::from_millis(1200) && !seen.card_left);
            let reminded = seen.pages.iter().position(|page| *page == PageKind::TakeCard);
            let done = seen.pages.iter().rposition(|page| *page == PageKind::Completed);
            assert!(
                reminded.is_some_and(|at| done.is_none_or(|done| at < done)),
                "{maker}: {:?}",
                seen.pages
            );
        });
        futures_util::future::join_all(counters).await;
    });
}

#[test]
fn the_phone_button_goes_with_the_reader_for_phones_and_comes_back_with_it() {
    madoguchi_tests::run(async {
        let mut clinic = clinic().await;
        let mut visit = clinic.start(&clinic.counters[0], None).await;
        let stage = clinic.counters[0].stage().clone();
        page(&stage, PageKind::ChooseMedium, |panel| panel.media().count() == 3).await;
        let pulled = Instant::now();
        clinic.pcscd.kill();
        page(&stage, PageKind::ChooseMedium, |panel| {
            panel.media().eq([Medium::Card])
        })
        .await;
        let gone_after = pulled.elapsed();
        let plugged = Instant::now();
        clinic.pcscd.restart().unwrap();
        page(&stage, PageKind::ChooseMedium, |panel| panel.media().count() == 3).await;
        let back_after = plugged.elapsed();
        println!("gone after {gone_after:?}, back after {back_after:?}");
        assert!(gone_after < Duration::from_secs(1), "{gone_after:?}");
        assert!(back_after < Duration::from_secs(5), "{back_after:?}");
        // Canon reads phones itself: it never knew.
        let mut other = clinic.start(&clinic.counters[1], None).await;
        let canon = clinic.counters[1].stage().clone();
        page(&canon, PageKind::ChooseMedium, |panel| panel.media().count() == 3).await;
        stage.act(Act::Quit).unwrap();
        canon.act(Act::Quit).unwrap();
        assert_eq!(ending(&visit.end().await), "cancelled by patient");
        assert_eq!(ending(&other.end().await), "cancelled by patient");
    });
}
