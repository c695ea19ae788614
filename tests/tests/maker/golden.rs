//! Plugins that were built once and are kept (`tests/golden/README.md`): a gateway of today loads each into its process,
//! lists its readers, and a visit reaches its card.

use madoguchi_proto::admin::v1::driver::State;
use madoguchi_proto::certificate::v1::Medium;
use madoguchi_proto::reader::v1::Capability;
use madoguchi_proto::reader::v1::Reader;
use madoguchi_tests::{Patient, PluginFolder, Setup, Visit, ending, request, run};

async fn serves(abi: u32, id: &str, ends: &str) -> Option<Reader> {
    let plugins = PluginFolder::default().golden(abi, id)?;
    let folder = tempfile::tempdir().unwrap();
    let reader = format!("{id}:fake-1");
    let gateway = Setup::default()
        .plugins(plugins.path())
        .counters(&[("1", &[&reader])])
        .start_in(folder.path())
        .await;
    let of = |found: &Reader| found.reader_id == reader && found.reason.is_empty();
    let readers = gateway
        .readers_until("the reader of a plugin of before", |readers| {
            readers.iter().any(of)
        })
        .await;
    let driver = gateway.driver(id).await;
    assert_eq!(
        (driver.state(), driver.abi_version),
        (State::Ready, abi),
        "{driver:?}"
    );
    let visit = Visit::start_with(gateway.channel().await, request("1", Medium::Card)).await;
    let end = visit.unwrap().lead(&mut Patient::without_card()).await;
    assert_eq!(ending(&end), ends, "border {abi}");
    readers.into_iter().find(of)
}

/// Its card's certificate is nonsense, and a visit says so: it was powered, selected and read.
const READ: &str = "failed CERTIFICATE_MALFORMED";

#[test]
fn of_version_1() {
    run(async {
        let Some(reader) = serves(1, "full", READ).await else {
            return;
        };
        let screens = reader
            .capabilities()
            .any(|capability| capability == Capability::Screen);
        assert!(!screens, "a border of before has none: {reader:?}");
    });
}

#[test]
fn of_version_2_by_another_compiler() {
    run(async {
        serves(2, "full", READ).await;
    });
}

/// It leads visits itself, and knows one challenge: a gateway's own it refuses, and a visit says so.
const REFUSED: &str = "failed DRIVER_PROTOCOL_ERROR";

#[test]
fn of_the_c_border() {
    run(async {
        serves(101, "c-fixture", REFUSED).await;
    });
}
