//! Questions by number.

use std::time::{Duration, SystemTime};

use madoguchi_core::Reason;
use madoguchi_core::eligibility::{Availability, Basis, Eligibility as _, Source, Validity, What};
use tokio::time::sleep;

use crate::query;
use crate::terminal::{Bench, Terminal};

#[tokio::test(flavor = "multi_thread")]
async fn a_question_by_number_is_answered_from_a_file_that_is_written_slowly() {
    let bench = Bench::new().await;
    let terminal = Terminal::start(&bench, Duration::from_millis(60));
    for number in ["3456", "3457"] {
        let answer = bench.folder.check_by_number(&query(number)).await.unwrap();
        assert_eq!(
            (answer.validity, answer.basis, answer.source),
            (Validity::Valid, Basis::Number, Source::Folder)
        );
        assert!(!answer.simulated);
        let one = &answer.insurances[0];
        assert_eq!((one.number.as_str(), one.name.as_str()), (number, "見本　●子"));
        assert_eq!(one.name_kana.as_deref(), Some("ミホン　ハナコ"));
        assert_eq!(one.raw_value("NameKana"), Some("ﾐﾎﾝ ﾊﾅｺ"));
        let spots: Vec<_> = answer
            .reports
            .iter()
            .filter(|report| report.what == What::GaijiReplaced)
            .collect();
        assert_eq!(
            (spots.len(), spots[0].path.as_str(), spots[0].index),
            (1, "Name", Some(3))
        );
    }
    // Who asks again finds the answer of the first time, though the terminal is gone.
    terminal.stop();
    assert!(bench.folder.check_by_number(&query("3456")).await.is_ok());
    assert_eq!(bench.folder.status().availability, Availability::Available);
    assert_eq!(
        bench.folder.check_by_number(&query("9")).await,
        Err(Reason::EligibilityUnavailable)
    );
    assert_eq!(bench.folder.status().availability, Availability::Away);
    // Nothing of anybody's was touched, and nothing unfinished of ours lies around.
    assert_eq!(bench.names("req").len(), 3);
    assert!(
        bench
            .names("req")
            .iter()
            .all(|name| name.starts_with("OQSsiquc01req_") && name.ends_with(".xml"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_national_service_refuses_is_a_refusal_and_not_an_outage() {
    let bench = Bench::new().await;
    let _terminal = Terminal::start(&bench, Duration::from_millis(5));
    assert_eq!(
        bench.folder.check_by_number(&query("refused")).await,
        Err(Reason::EligibilityRefused)
    );
    assert_eq!(bench.folder.status().availability, Availability::Available);
    let nobody = bench.folder.check_by_number(&query("nobody")).await.unwrap();
    assert_eq!(
        (nobody.validity, nobody.insurances.len()),
        (Validity::NotFound, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_whose_result_was_lost_is_asked_again() {
    let bench = Bench::new().await;
    let lost = bench.folder.check_by_number(&query("1")).await;
    assert_eq!(lost, Err(Reason::EligibilityUnavailable));
    let name = bench.names("req")[0].clone();
    std::fs::write(bench.path("req", &name), "left by a process that died").unwrap();
    let file = std::fs::File::options()
        .write(true)
        .open(bench.path("req", &name))
        .unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(10))
        .unwrap();
    drop(file);
    let again = query("1");
    let (answer, ()) = tokio::join!(bench.folder.check_by_number(&again), async {
        while std::fs::read(bench.path("req", &name))
            .unwrap()
            .starts_with(b"left")
        {
            sleep(Duration::from_millis(5)).await;
        }
        let _terminal = Terminal::start(&bench, Duration::from_millis(5));
        sleep(Duration::from_millis(700)).await;
    });
    assert_eq!(answer.unwrap().insurances[0].number, "1");
    assert_eq!(bench.names("req"), [name]);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_questions_at_once_are_all_answered() {
    let bench = Bench::new().await;
    let _terminal = Terminal::start(&bench, Duration::from_millis(1));
    let asked = (0..12).map(|number| {
        let folder = bench.folder.clone();
        tokio::spawn(async move { folder.check_by_number(&query(&(number / 2).to_string())).await })
    });
    for (number, task) in asked.collect::<Vec<_>>().into_iter().enumerate() {
        let answer = task.await.unwrap().unwrap();
        assert_eq!(answer.insurances[0].number, (number / 2).to_string());
    }
    assert_eq!(bench.names("req").len(), 6, "one file for one question");
}
