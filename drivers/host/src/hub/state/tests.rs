use std::path::Path;

use madoguchi_proto::driverhost::v1::HostReader;

use super::*;
use crate::plugin::{Problem, Refused};

fn reader(count: u64) -> HostReader {
    HostReader {
        selector: "one".to_owned(),
        card_count: count,
        touch_count: count,
        ..HostReader::default()
    }
}

/// Cards and touches of the one reader.
fn counts(state: &State) -> (u64, u64) {
    let view = state.view(1);
    let reader = &view.snapshot.readers[0];
    (view.card_counts[&reader.id], reader.touch_count)
}

#[test]
fn counts_rise_only_over_departures_deaths_and_upgrades() {
    let (_link, seen) = watch::channel(None);
    let kind = std::io::ErrorKind::NotFound;
    let plugin = Err(Refused::new(
        Path::new("/plugins/d"),
        None,
        Problem::ManifestUnreadable { kind },
    ));
    let mut state = State::new(vec![DriverStatus::new(&plugin)], vec![seen]);
    let lists = |state: &mut State, count: Option<u64>| {
        state.change(0, Change::Readers(count.map(reader).into_iter().collect()));
    };
    lists(&mut state, Some(5));
    assert_eq!(counts(&state), (5, 5));
    lists(&mut state, None);
    lists(&mut state, Some(6));
    assert_eq!(counts(&state), (6, 6), "the process went on counting");
    lists(&mut state, None);
    state.change(0, Change::BackingOff(None));
    lists(&mut state, Some(1));
    assert_eq!(counts(&state), (7, 7), "another process counts anew");
    state.change(0, Change::Replacing);
    assert_eq!(counts(&state), (7, 7));
    lists(&mut state, Some(2));
    assert_eq!(counts(&state), (9, 9));
}
