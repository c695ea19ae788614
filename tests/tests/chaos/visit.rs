//! One visit: who comes, what goes wrong, and what must hold whatever goes wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use madoguchi_core::screen::FaceOutcome;
use madoguchi_proto::certificate::v1::Medium;
use madoguchi_tests::{FaceClinic, FaceCounter, Visit, Watched, ending, request};
use madoguchi_twin::device::{
    Act, DeviceFaults, FaceScript, PageKind, Patient, Random, Visit as Seen, Visiting,
};

use crate::trouble::{Kind, Strike, Trouble};

/// What a visit may take.
pub(crate) const VISIT: Duration = Duration::from_secs(20);
/// What the gateway may take to say that a visit's time was up, on a busy machine.
pub(crate) const SAYING: Duration = Duration::from_secs(5);
/// How long a patient waits to be told how it ended.
const FAREWELL: Duration = Duration::from_secs(2);
/// How often it is looked whether a visit is over, while one waits for a page.
const LOOK: Duration = Duration::from_millis(50);

/// How a visit ended.
pub(crate) struct Ended {
    /// What went wrong: nothing, where the visit was over before it did.
    pub(crate) kind: Kind,
    pub(crate) ending: String,
    pub(crate) took: Duration,
    pub(crate) is_phone: bool,
    pub(crate) pins_typed: u32,
    /// The driver's process that was struck.
    pub(crate) struck: Option<Watched>,
    /// For whoever has to find out why.
    pub(crate) account: String,
}

/// Somebody with a card or a phone, who is recognised or not; everybody could be checked in.
pub(crate) fn somebody(random: &mut Random) -> Patient {
    let persona = match random.below(8) {
        0 | 1 => "iphone",
        2 | 3 => "android",
        _ => "adult",
    };
    let face = match random.below(3) {
        0 => FaceOutcome::NoMatch,
        _ => FaceOutcome::Match,
    };
    let mut patient = Patient::new(persona).looking(FaceScript::always(face));
    // Who presses once more when his choice got lost may get as far as staff's eyes.
    patient.staff_says = Some(true);
    patient.pace_ms = 1 + random.below(20);
    patient
}

/// Plays it. `what` is for whoever reads why it failed.
pub(crate) async fn visited(
    clinic: &FaceClinic,
    counter: &FaceCounter,
    mut patient: Patient,
    trouble: &Trouble,
    what: &str,
) -> Ended {
    let stage = counter.stage();
    stage.act(Act::Faults(trouble.device.clone())).unwrap();
    patient.card_faults = trouble.card;
    let is_phone = patient.persona != "adult";
    let mut visit = start(clinic, counter, what).await;
    let began = Instant::now();
    let patient = counter.comes(patient);
    let is_over = Arc::new(AtomicBool::new(false));
    let (end, struck) = tokio::join!(
        async {
            let end = visit.end().await;
            is_over.store(true, Ordering::Release);
            end
        },
        strike(clinic, counter, trouble, Arc::clone(&is_over))
    );
    let took = began.elapsed();
    assert!(took < VISIT + SAYING, "{what}: {took:?}");
    let state = stage.state().unwrap();
    stage.act(Act::Faults(DeviceFaults::default())).unwrap();
    let seen = tokio::task::spawn_blocking(move || leaves(patient))
        .await
        .unwrap()
        .expect("the patient went through it");
    let met = trouble.kind == Kind::CardPulled || struck.is_some() || state.faults_met > 0;
    let ended = Ended {
        kind: if met { trouble.kind } else { Kind::Nothing },
        ending: ending(&end),
        took,
        is_phone,
        pins_typed: seen.pins_typed,
        struck,
        account: format!("{what}: {} by way of {seen:?}, {state:?}", ending(&end)),
    };
    pins(&ended, &seen);
    ended
}

/// Waits until the patient has read the last page and is gone; not for long, where it is never shown.
fn leaves(patient: Visiting) -> Option<Seen> {
    let until = Instant::now() + FAREWELL;
    while !patient.is_over() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(10));
    }
    patient.call_off();
    patient.join()
}

/// What a typed PIN may come to: it is sent once or, where something went wrong before it could be, never.
fn pins(ended: &Ended, seen: &Seen) {
    let (account, sent) = (&ended.account, &seen.pins_sent);
    assert!(
        sent.iter().all(|count| *count <= 1),
        "a PIN was sent twice: {account}"
    );
    let (typed, sent) = (ended.pins_typed, sent.iter().sum::<u32>());
    assert!(sent <= typed, "a PIN was sent that nobody typed: {account}");
    match ended.ending.as_str() {
        "completed full" if ended.kind == Kind::Nothing => assert_eq!(sent, typed, "{account}"),
        "completed full" if typed > 0 && !went_another_way(&seen.pages) => {
            assert!(sent > 0, "checked in without the PIN: {account}");
        }
        "failed PIN_OUTCOME_UNKNOWN" => assert!(typed > 0, "no PIN was typed: {account}"),
        _ => {}
    }
}

/// Whether the person was verified by face or by staff after the last PIN was typed.
fn went_another_way(pages: &[PageKind]) -> bool {
    let typed_at = pages.iter().rposition(|page| *page == PageKind::Pin);
    let later = &pages[typed_at.unwrap_or_default()..];
    later
        .iter()
        .any(|page| matches!(page, PageKind::ChooseMethod | PageKind::StaffCheck))
}

/// Starts it; a reader that is just coming back is waited for.
async fn start(clinic: &FaceClinic, counter: &FaceCounter, what: &str) -> Visit {
    let mut request = request(&counter.id, Medium::Unspecified);
    request.visit_timeout = Some(prost_types::Duration {
        seconds: i64::try_from(VISIT.as_secs()).unwrap(),
        nanos: 0,
    });
    let channel = clinic.gateway.channel().await;
    let began = Instant::now();
    loop {
        match Visit::start_with(channel.clone(), request.clone()).await {
            Ok(visit) => return visit,
            Err(status) => {
                let reason = madoguchi_tests::refused(&status).reason;
                assert!(began.elapsed() < SAYING, "{what}: nobody is let in: {reason}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

/// Strikes the driver's process when its moment has come; nothing where the visit was over before.
async fn strike(
    clinic: &FaceClinic,
    counter: &FaceCounter,
    trouble: &Trouble,
    is_over: Arc<AtomicBool>,
) -> Option<Watched> {
    let Strike { pages, after_ms } = trouble.strike?;
    let stage = counter.stage().clone();
    let waiting = tokio::task::spawn_blocking(move || {
        let first = stage.state().unwrap().shown;
        loop {
            let shown = stage
                .wait_for(LOOK, |state| state.shown >= first + pages)
                .unwrap();
            if shown.is_some() || is_over.load(Ordering::Acquire) {
                return shown.is_some();
            }
        }
    });
    if !waiting.await.unwrap() {
        return None;
    }
    tokio::time::sleep(Duration::from_millis(after_ms.into())).await;
    let driver = clinic.gateway.driver(counter.stand.maker).await;
    let process = Watched::new(driver.process_id);
    match trouble.kind {
        Kind::Stopped => process.freeze(),
        _ => process.kill(),
    }
    Some(process)
}
