//! A clinic: a PC/SC service of its own with an empty reader, and a gateway beside it.

use std::path::Path;

use madoguchi_twin::pcscd::PrivatePcscd;
use madoguchi_twin::vpcd::VpcdCard;
use madoguchi_twin::{Faults, Persona, TestCa, VirtualCard};
use tempfile::TempDir;
use time::OffsetDateTime;

use madoguchi_proto::certificate::v1::Medium;
use madoguchi_proto::checkin::v1::CheckIn;
use madoguchi_proto::reader::v1::Reader;

use crate::{Gateway, Patient, Setup, Visit, ending};

/// A reader of our PC/SC service that can be used.
fn is_ours(reader: &Reader) -> bool {
    reader.driver_id == "pcsc" && reader.reason.is_empty()
}

/// A clinic. Its fields are dropped in the order in which they depend on each other.
#[derive(Debug)]
pub struct Clinic {
    /// The gateway.
    pub gateway: Gateway,
    /// The PC/SC service.
    pub pcscd: PrivatePcscd,
    setup: Setup,
    folder: TempDir,
}

impl Clinic {
    pub(crate) async fn open(setup: Setup) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pcscd = PrivatePcscd::start(&folder.path().join("pcscd"), 1).unwrap();
        let setup = setup.environment("PCSCLITE_CSOCK_NAME", pcscd.socket_path());
        setup.write(folder.path());
        let gateway = Gateway::start(folder.path(), setup.variables()).await;
        Self {
            gateway,
            pcscd,
            setup,
            folder,
        }
    }

    /// Where the configuration, the database and the log are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A persona's card, beside the reader.
    pub fn card(&self, persona: &str) -> VpcdCard {
        self.card_of(
            &Persona::by_name(persona)
                .unwrap()
                .expect("a persona of the house"),
        )
    }

    /// Anybody's card, beside the reader.
    pub fn card_of(&self, persona: &Persona) -> VpcdCard {
        let card = VirtualCard::new(persona, &TestCa::new().unwrap(), OffsetDateTime::now_utc()).unwrap();
        VpcdCard::beside(self.pcscd.vpcd_addr(0).unwrap(), card, Faults::default()).unwrap()
    }

    /// Puts a card on and waits until the gateway sees it.
    pub async fn put_on(&self, card: &VpcdCard) {
        let _ = card.insert().unwrap();
        self.gateway
            .readers_until("a card on a usable reader", |readers| {
                readers
                    .iter()
                    .filter(|reader| is_ours(reader))
                    .any(|reader| reader.card_present)
            })
            .await;
    }

    /// Takes a card off and waits until the gateway sees that the readers are there, usable and empty.
    pub async fn take_off(&self, card: &VpcdCard) {
        let _ = card.remove().unwrap();
        self.empty().await;
    }

    /// Waits until the readers are there, usable and empty.
    pub async fn empty(&self) {
        self.gateway
            .readers_until("usable, empty readers", |readers| {
                let mut ours = readers.iter().filter(|reader| is_ours(reader)).peekable();
                ours.peek().is_some() && ours.all(|reader| !reader.card_present)
            })
            .await;
    }

    /// A visit from its beginning to its end.
    pub async fn visit(&self, medium: Medium, patient: &mut Patient<'_>) -> CheckIn {
        let mut visit = Visit::start(self.gateway.channel().await, medium).await;
        visit.lead(patient).await
    }

    /// A visit of a healthy card must be completed, and the reader is empty again.
    pub async fn next_visit_works(&self) {
        let card = self.card("adult");
        self.put_on(&card).await;
        let end = self.visit(Medium::Card, &mut Patient::new(&card)).await;
        assert_eq!(ending(&end), "completed full");
        self.take_off(&card).await;
    }

    /// Kills the gateway and starts another in the same folder.
    pub async fn restart_gateway(&mut self) {
        self.restart_as(|setup| setup).await;
    }

    /// The same, and the other one is set up otherwise.
    pub async fn restart_as(&mut self, change: impl FnOnce(Setup) -> Setup) {
        self.gateway.kill();
        self.setup = change(self.setup.clone());
        self.setup.write(self.folder.path());
        self.gateway = Gateway::start(self.folder.path(), self.setup.variables()).await;
    }
}
