//! A clinic with face readers: a twin of a maker's reader at each counter, a phone reader beside it where there is one,
//! and a gateway that loads the makers' drivers.

use std::net::SocketAddr;
use std::path::Path;

use madoguchi_proto::certificate::v1::Medium;
use madoguchi_proto::reader::v1::Reader;
use madoguchi_twin::device::makers::{ChipSlot, Maker, Plug};
use madoguchi_twin::device::{Generation, Options, Patient, PhoneReader, Stage, Twin, Visiting};
use madoguchi_twin::pcscd::PrivatePcscd;
use madoguchi_twin::vpcd::VpcdCard;
use madoguchi_twin::{Faults, Persona, TestCa, VirtualCard};
use tempfile::TempDir;
use time::OffsetDateTime;
use toml::{Table, Value};

use crate::{Gateway, Setup, Visit, request};

/// How long a patient of a test may take.
const PATIENT: std::time::Duration = std::time::Duration::from_secs(60);

/// What stands at a counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stand {
    /// The maker of the face reader.
    pub maker: &'static str,
    /// Its generation.
    pub generation: Generation,
    /// Whether a reader for phones stands beside it.
    pub phone_reader: bool,
}

impl Stand {
    /// The maker's reader of today, with a reader for phones where it needs one.
    #[must_use]
    pub fn new(maker: &'static str) -> Self {
        Self {
            maker,
            generation: Generation::New,
            phone_reader: maker != "canon",
        }
    }
}

/// A counter of the clinic.
pub struct FaceCounter {
    /// Its name.
    pub id: String,
    /// What stands there.
    pub stand: Stand,
    /// The face reader.
    pub twin: Twin,
    /// Its name at the gateway.
    pub reader_id: String,
    phone_addr: Option<SocketAddr>,
}

/// A clinic with face readers. Its fields are dropped in the order in which they depend on each other.
pub struct FaceClinic {
    /// The gateway.
    pub gateway: Gateway,
    /// The counters, in the order in which they were asked for.
    pub counters: Vec<FaceCounter>,
    /// The PC/SC service of the phone readers.
    pub pcscd: PrivatePcscd,
    folder: TempDir,
}

impl FaceClinic {
    /// Opens it: a counter for each stand, named 1 and on.
    pub async fn open(stands: &[Stand], setup: Setup) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let slots = u8::try_from(stands.len() * 2).unwrap();
        let pcscd = PrivatePcscd::start(&folder.path().join("pcscd"), slots).unwrap();
        let mut counters = Vec::new();
        let mut settings = Table::new();
        for (index, stand) in stands.iter().enumerate() {
            let maker = Maker::by_name(stand.maker).expect("a maker of the house");
            let serial = format!("{}{}", &stand.maker[..2].to_uppercase(), 1001 + index);
            let places = folder.path().join(maker.name);
            std::fs::create_dir_all(&places).unwrap();
            let port = match maker.plug {
                Plug::Serial => format!("ttyUSB{index}"),
                _ => format!("1-{}", index + 1),
            };
            let link = maker.link(&places, &port);
            let mut options = Options::new((maker.identity)(stand.generation, &serial), link);
            // Two readers of the PC/SC service for each counter: the first for phones, the second for the chip slot.
            let (phone, slot) = (2 * index, 2 * index + 1);
            let addr = |slot: usize| pcscd.vpcd_addr(u8::try_from(slot).unwrap()).unwrap();
            if maker.chip == ChipSlot::PcSc {
                options.vpcd = Some(addr(slot));
            }
            let front = (maker.front)(&options.identity);
            let twin = Twin::start(options, front).unwrap();
            let section = settings
                .entry(stand.maker)
                .or_insert_with(|| Table::new().into())
                .as_table_mut()
                .unwrap();
            for (key, value) in maker.driver_settings(&places, twin.place().as_deref()) {
                section.insert(key.into(), Value::try_from(value).unwrap());
            }
            if maker.chip == ChipSlot::PcSc {
                let slots = section.entry("slots").or_insert_with(|| Table::new().into());
                let slot = format!("virtual-pcd-{index}#1");
                slots.as_table_mut().unwrap().insert(serial.clone(), slot.into());
            }
            counters.push(FaceCounter {
                id: (index + 1).to_string(),
                stand: *stand,
                twin,
                reader_id: format!("{}:{serial}", stand.maker),
                phone_addr: stand.phone_reader.then(|| addr(phone)),
            });
        }
        let named: Vec<_> = counters
            .iter()
            .enumerate()
            .map(|(index, counter)| {
                let phone = phone_reader_id(index);
                let readers = match counter.stand.phone_reader {
                    true => vec![counter.reader_id.clone(), phone],
                    false => vec![counter.reader_id.clone()],
                };
                (counter.id.clone(), readers)
            })
            .collect();
        let named: Vec<(&str, Vec<&str>)> = named
            .iter()
            .map(|(id, readers)| (id.as_str(), readers.iter().map(String::as_str).collect()))
            .collect();
        let named: Vec<(&str, &[&str])> = named
            .iter()
            .map(|(id, readers)| (*id, readers.as_slice()))
            .collect();
        let mut allow: Vec<Value> = vec!["pcsc".into()];
        allow.extend(settings.keys().map(|maker| Value::from(maker.as_str())));
        let setup = setup
            .environment("PCSCLITE_CSOCK_NAME", pcscd.socket_path())
            .set("drivers.allow", allow)
            .set("drivers.settings", settings)
            .counters(&named);
        let gateway = setup.start_in(folder.path()).await;
        let clinic = Self {
            gateway,
            counters,
            pcscd,
            folder,
        };
        clinic.ready().await;
        clinic
    }

    /// Where the configuration, the database and the log are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Waits until every reader of every counter is there and can be used.
    pub async fn ready(&self) {
        self.ready_at(&self.counters).await;
        let phones: Vec<_> = (0..)
            .zip(&self.counters)
            .filter(|(_, counter)| counter.stand.phone_reader)
            .map(|(index, _)| phone_reader_id(index))
            .collect();
        self.usable("every reader for phones is ready", &phones).await;
    }

    /// Waits until the face readers of those counters are there and can be used.
    pub async fn ready_at(&self, counters: &[FaceCounter]) {
        let faces: Vec<_> = counters.iter().map(|counter| counter.reader_id.clone()).collect();
        self.usable("every face reader is ready", &faces).await;
    }

    async fn usable(&self, wish: &str, ids: &[String]) {
        let usable = |readers: &[Reader], id: &String| {
            readers
                .iter()
                .any(|reader| reader.reader_id == *id && reader.reason.is_empty())
        };
        self.gateway
            .readers_until(wish, |readers| ids.iter().all(|id| usable(readers, id)))
            .await;
    }

    /// Starts a visit at a counter; the medium is chosen on the reader unless it is given.
    pub async fn start(&self, counter: &FaceCounter, medium: Option<Medium>) -> Visit {
        let medium = medium.unwrap_or(Medium::Unspecified);
        Visit::start_with(self.gateway.channel().await, request(&counter.id, medium))
            .await
            .unwrap()
    }
}

/// What the reader for phones at that counter is called.
fn phone_reader_id(index: usize) -> String {
    format!("pcsc:virtual-pcd-{index}#0")
}

impl FaceCounter {
    /// The way to act on the face reader.
    #[must_use]
    pub fn stage(&self) -> &Stage {
        self.twin.stage()
    }

    /// The reader beside it, for whoever holds up a phone.
    #[must_use]
    pub fn phone_reader(&self) -> Option<Box<dyn PhoneReader>> {
        let addr = self.phone_addr?;
        let persona = Persona::by_name("iphone")
            .unwrap()
            .expect("a persona of the house");
        let phone = VirtualCard::new(&persona, &TestCa::new().unwrap(), OffsetDateTime::now_utc()).unwrap();
        Some(Box::new(
            VpcdCard::beside(addr, phone, Faults::default()).unwrap(),
        ))
    }

    /// A patient comes to this counter.
    pub fn comes(&self, patient: Patient) -> Visiting {
        patient
            .start(self.stage().clone(), self.phone_reader(), PATIENT)
            .unwrap()
    }
}
