//! A counter with a maker's reader, and the gateway that it belongs to.

use std::path::Path;
use std::time::Duration;

use madoguchi_proto::admin::v1::ListDriversRequest;
use madoguchi_proto::admin::v1::driver::State as DriverState;
use madoguchi_proto::admin::v1::driver_admin_service_client::DriverAdminServiceClient;
use madoguchi_proto::reader::v1::WatchReadersRequest;
use madoguchi_proto::reader::v1::reader::State;
use madoguchi_proto::reader::v1::reader_service_client::ReaderServiceClient;
use madoguchi_twin::TestCa;
use madoguchi_twin::device::makers::{ChipSlot, Maker};
use madoguchi_twin::device::{Generation, Options, Stage, Twin};
use madoguchi_twin::pcscd::PrivatePcscd;
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tonic::transport::{Channel, Endpoint};

use crate::bench::Error;
use crate::demo::gateway::{COUNTER, Gateway};

const SERIAL: &str = "BENCH-1";
/// Longer than a reader takes to come back on any computer.
const BACK: Duration = Duration::from_secs(30);

/// The fields are dropped in the order in which they depend on each other.
pub(super) struct Stand {
    gateway: Gateway,
    channel: Channel,
    twin: Twin,
    settings: String,
    reader_id: String,
    _pcscd: Option<PrivatePcscd>,
    _folder: TempDir,
}

impl Stand {
    /// Plugs the reader in and waits until the gateway has it.
    pub(super) async fn open(maker: &'static Maker) -> Result<Self, Error> {
        let folder = tempfile::tempdir()?;
        let places = folder.path().join(maker.name);
        std::fs::create_dir_all(&places)?;
        let mut options = Options::new(
            (maker.identity)(Generation::New, SERIAL),
            maker.link(&places, "tty0"),
        );
        let pcscd = match maker.chip {
            ChipSlot::PcSc => {
                Some(PrivatePcscd::start(&folder.path().join("pcscd"), 1).map_err(crate::demo::Error::from)?)
            }
            ChipSlot::Own => None,
        };
        options.vpcd = pcscd.as_ref().and_then(|pcscd| pcscd.vpcd_addr(0));
        let front = (maker.front)(&options.identity);
        let twin = Twin::start(options, front)?;
        let mut settings: Map<String, Value> = maker
            .driver_settings(&places, twin.place().as_deref())
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect();
        if pcscd.is_some() {
            settings.insert("slots".to_owned(), json!({ SERIAL: "virtual-pcd-0#0" }));
        }
        let reader_id = format!("{}:{SERIAL}", maker.name);
        let config = configuration(folder.path(), maker, &reader_id, &settings)?;
        let nowhere = folder.path().join("no-pcscd");
        let socket = pcscd.as_ref().map_or(nowhere, PrivatePcscd::socket_path);
        let gateway = Gateway::start(folder.path(), &config, &socket).await?;
        let channel = Endpoint::from_shared(gateway.endpoint().to_owned())?
            .tcp_nodelay(true)
            .connect()
            .await?;
        let stand = Self {
            gateway,
            channel,
            twin,
            settings: Value::Object(settings).to_string(),
            reader_id,
            _pcscd: pcscd,
            _folder: folder,
        };
        stand.reader_is_back(|| Ok(())).await?;
        Ok(stand)
    }

    pub(super) fn channel(&self) -> Channel {
        self.channel.clone()
    }

    pub(super) fn stage(&self) -> Stage {
        self.twin.stage().clone()
    }

    /// What the driver is told, as JSON.
    pub(super) fn settings(&self) -> &str {
        &self.settings
    }

    /// Does something to the reader or its driver, and waits until visits can have the reader.
    pub(super) async fn reader_is_back(&self, act: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
        let mut client = ReaderServiceClient::new(self.channel());
        let mut lists = client.watch_readers(WatchReadersRequest {}).await?.into_inner();
        // The list of now.
        let mut list = lists.message().await?;
        act()?;
        let coming = async {
            while let Some(now) = list {
                let mut readers = now.readers.into_iter();
                if readers.any(|reader| reader.reader_id == self.reader_id && reader.state() == State::Ready)
                {
                    return Ok(());
                }
                list = lists.message().await?;
            }
            Err(Error::Ended("the list of readers"))
        };
        tokio::time::timeout(BACK, coming)
            .await
            .map_err(|_| Error::Ended("the wait for the reader"))?
    }

    /// Waits until visits can have the reader of another process than that one. Each question is a round trip, so that
    /// asking again is a wait of its own.
    pub(super) async fn reader_of_another_process(&self, than: u32) -> Result<(), Error> {
        let asking = async {
            while self.driver_process().await.ok().is_none_or(|now| now == than) {}
            self.reader_is_back(|| Ok(())).await
        };
        tokio::time::timeout(BACK, asking)
            .await
            .map_err(|_| Error::Ended("the wait for the driver"))?
    }

    /// The process of the driver.
    pub(super) async fn driver_process(&self) -> Result<u32, Error> {
        let mut client = DriverAdminServiceClient::new(self.channel());
        let drivers = client
            .list_drivers(ListDriversRequest {})
            .await?
            .into_inner()
            .drivers;
        let mut running = drivers
            .into_iter()
            .filter(|driver| driver.state() == DriverState::Ready);
        let ready = running.next().ok_or(Error::Ended("the driver"))?;
        Ok(ready.process_id)
    }

    pub(super) async fn close(self) {
        self.gateway.stop().await;
    }
}

/// One counter with one reader. A driver that is killed time and again is started at once each time: what a clinic
/// sees once is measured often.
fn configuration(
    folder: &Path,
    maker: &Maker,
    reader_id: &str,
    settings: &Map<String, Value>,
) -> Result<std::path::PathBuf, Error> {
    std::fs::write(folder.join("test-root.pem"), TestCa::new()?.root_pem())?;
    let config = json!({
        "server": { "listen": "127.0.0.1:0" },
        "trust": { "mode": "test", "anchors": ["test-root.pem"] },
        "counters": [{ "id": COUNTER, "readers": [reader_id] }],
        "drivers": {
            "allow": [maker.name],
            "restart": { "good_life_ms": 0 },
            "settings": { maker.name: settings },
        },
    });
    let text = toml::to_string(&config).map_err(std::io::Error::other)?;
    let path = folder.join("madoguchi.toml");
    std::fs::write(&path, text)?;
    Ok(path)
}
