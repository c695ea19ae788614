//! Runs the kit on a driver.

use std::path::PathBuf;
use std::process::Command;

use madoguchi_driver_testkit::{House, Report, Subject, run};
use madoguchi_twin::device::Generation;

/// Says that this process is the kit's other one.
pub(crate) const CHILD: &str = "MADOGUCHI_TEST_CONFORM_CHILD";

/// A driver, as its manifest says.
pub(crate) struct Driver {
    pub(crate) library: PathBuf,
    pub(crate) id: &'static str,
    pub(crate) maker: &'static str,
    pub(crate) abi: u32,
    /// Whose device it is tried on.
    pub(crate) house: &'static str,
    /// The flaw, where it has one.
    pub(crate) flaw: Option<&'static str>,
}

pub(crate) fn conform(driver: &Driver, generation: Generation) -> Report {
    let mut house = House::open(driver.house, generation).unwrap().unwrap();
    let subject = Subject {
        library: driver.library.clone(),
        library_sha256: "0".repeat(64),
        id: driver.id.to_owned(),
        maker: driver.maker.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        abi: driver.abi,
        settings: house.settings(Default::default()),
        selector: house.selector().map(str::to_owned),
        only: std::env::var("MADOGUCHI_RULES").map_or_else(
            |_| Vec::new(),
            |rules| rules.split(',').map(str::to_owned).collect(),
        ),
    };
    let environment = house.environment().to_vec();
    let mut child = || {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["child", "--exact", "--nocapture"]).env(CHILD, "1");
        command.envs(environment.iter().cloned());
        match driver.flaw {
            Some(flaw) => command.env("MADOGUCHI_FLAW", flaw),
            None => command.env_remove("MADOGUCHI_FLAW"),
        };
        command
    };
    run(&subject, &mut child, Some(house.hands()), &mut |_| {}).unwrap()
}

/// The rules that are broken or could not be tried, each with what was seen.
pub(crate) fn not_kept(report: &Report) -> Vec<String> {
    use madoguchi_driver_testkit::Verdict;
    let bad = |rule: &&madoguchi_driver_testkit::RuleReport| {
        matches!(rule.verdict, Verdict::Failed { .. } | Verdict::NotTried { .. })
    };
    report.rules.iter().filter(bad).map(ToString::to_string).collect()
}
