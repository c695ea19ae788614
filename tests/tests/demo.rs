//! The demo's open gateway: guests come while it plays and after it has played, and nothing of it outlives it.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test's helpers fail the test")]

use std::process::Stdio;

use madoguchi_proto::certificate::v1::Medium;
use madoguchi_proto::checkin::v1::CancelCheckInRequest;
use madoguchi_tests::{Visit, Watched, program, refused, request, run, run_program, run_program_with_input};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tonic::transport::Endpoint;

/// A demo that plays.
struct Demo {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
    endpoint: String,
}

impl Demo {
    async fn start() -> Self {
        let mut process = Command::new(program())
            .arg("demo")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut demo = Self {
            process,
            lines,
            endpoint: String::new(),
        };
        let serves = demo.until("A gateway serves at ").await;
        let endpoint = serves.split(' ').find(|word| word.starts_with("http://"));
        demo.endpoint = endpoint.unwrap().to_owned();
        demo
    }

    /// The next line with these words.
    async fn until(&mut self, words: &str) -> String {
        loop {
            let line = self.lines.next_line().await.unwrap();
            let line = line.unwrap_or_else(|| panic!("it ended before it said {words:?}"));
            if line.contains(words) {
                return line;
            }
        }
    }

    /// Takes the counter as soon as it is free between two of the demo's visits.
    async fn guest(&self) -> Visit {
        let channel = Endpoint::from_shared(self.endpoint.clone())
            .unwrap()
            .connect()
            .await
            .unwrap();
        loop {
            match Visit::start_with(channel.clone(), request("1", Medium::Card)).await {
                Ok(visit) => return visit,
                Err(status) => assert_eq!(refused(&status).reason, "COUNTER_BUSY"),
            }
        }
    }
}

#[test]
fn guests_come_as_often_as_they_like_while_it_plays_and_after() {
    run(async {
        let mut demo = Demo::start().await;
        demo.until("Visit 1 of 11").await;
        let mut guest = demo.guest().await;
        demo.until("somebody else is at the counter").await;
        let check_in_id = guest.id();
        guest
            .client
            .cancel_check_in(CancelCheckInRequest { check_in_id })
            .await
            .unwrap();

        demo.until("11 of 11 visits ended as they must").await;
        demo.until("Ctrl-C ends the demo").await;
        let words = [
            "check-in",
            "--endpoint",
            &demo.endpoint,
            "--counter",
            "1",
            "--medium",
            "card",
            "--pin-stdin",
            "--consent",
            "all",
        ];
        for (pin, code) in [("1234\n", 0), ("0000\n", 11), ("1234\n", 0)] {
            let ran = run_program_with_input(words, pin).await;
            assert_eq!(ran.code, Some(code), "{ran:?}");
        }

        Watched::new(demo.process.id().unwrap()).terminate();
        assert_eq!(demo.process.wait().await.unwrap().code(), Some(0));
        let mut complaints = String::new();
        let mut stderr = demo.process.stderr.take().unwrap();
        stderr.read_to_string(&mut complaints).await.unwrap();
        assert_eq!(complaints, "");
    });
}

#[test]
fn a_demo_that_is_killed_takes_its_gateway_along() {
    run(async {
        let demo = Demo::start().await;
        let ran = run_program(["driver", "list", "--json", "--endpoint", &demo.endpoint]).await;
        let driver = ran.json()["drivers"][0]["process_id"].as_u64().unwrap();
        let status = std::fs::read_to_string(format!("/proc/{driver}/status")).unwrap();
        let parent = status
            .lines()
            .find_map(|line| line.strip_prefix("PPid:"))
            .unwrap();
        let gateway = Watched::new(parent.trim().parse().unwrap());
        let driver = Watched::new(driver.try_into().unwrap());
        Watched::new(demo.process.id().unwrap()).kill();
        gateway.ends("the demo's gateway").await;
        driver.ends("its driver").await;
    });
}
