//! A counter's desk: a service with its device, the driver, and the patient's way to both.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use madoguchi_card::{CardSession, TransmitError};
use madoguchi_driver_api::visit::{Outcome, Plan, Progress};
use madoguchi_driver_api::{Call, Driver, Error, Event, Host, Item, Medium, Reader, ReaderInfo};
use madoguchi_driver_atlas::AtlasDriver;
use madoguchi_twin::device::makers::{Maker, atlas};
use madoguchi_twin::device::{Front, Generation, Link, Options, Patient, Stage, State, TcpLink, Twin};

/// Longer than anything here takes on a busy machine.
pub(crate) const LONG: Duration = Duration::from_secs(20);

pub(crate) const CHALLENGE: &[u8] = b"a challenge of 32 bytes or so ...";

pub(crate) fn any_port() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

fn maker() -> &'static Maker {
    Maker::by_name("atlas").unwrap()
}

pub(crate) fn options(serial: &str, generation: Generation) -> Options {
    let link = TcpLink { address: any_port() };
    Options::new((maker().identity)(generation, serial), Link::Tcp(link))
}

pub(crate) fn start(options: Options) -> Twin {
    let front = (maker().front)(&options.identity);
    start_with(options, front)
}

pub(crate) fn start_with(options: Options, front: Box<dyn Front>) -> Twin {
    Twin::start(options, front).unwrap()
}

/// The address of a twin's own service.
pub(crate) fn address(twin: &Twin) -> SocketAddr {
    twin.place().unwrap().parse().unwrap()
}

pub(crate) struct Desk {
    pub(crate) driver: AtlasDriver,
}

impl Desk {
    pub(crate) fn at(address: SocketAddr) -> Self {
        Self::with(&format!(
            r#"{{"address": "{address}", "token": "{}"}}"#,
            atlas::TOKEN
        ))
    }

    pub(crate) fn with(settings: &str) -> Self {
        let host = Host::new(|_, _| {}).with_settings(settings);
        Self {
            driver: madoguchi_driver_atlas::driver(host).unwrap(),
        }
    }

    pub(crate) fn open(&self, selector: &str) -> Box<dyn Reader> {
        self.driver.open(selector, &long()).unwrap()
    }

    /// Waits for an event among others.
    pub(crate) fn wait_for(&self, what: &str, wished: impl Fn(&Event) -> bool) -> Event {
        let until = Instant::now() + LONG;
        while Instant::now() < until {
            // Nobody can tell while the service is away.
            if let Ok(Some(event)) = self.driver.next_event(Duration::from_millis(50))
                && wished(&event)
            {
                return event;
            }
        }
        panic!("never seen: {what}")
    }

    /// Waits until the readers are as wished.
    pub(crate) fn wait_until(&self, what: &str, wished: impl Fn(&[ReaderInfo]) -> bool) -> Vec<ReaderInfo> {
        let until = Instant::now() + LONG;
        loop {
            let readers = self.driver.readers();
            if let Ok(readers) = &readers
                && wished(readers)
            {
                return readers.clone();
            }
            assert!(Instant::now() < until, "never so: {what}; {readers:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// One device, its driver and its reader. Its fields are dropped in this order.
pub(crate) struct One {
    pub(crate) reader: Box<dyn Reader>,
    pub(crate) desk: Desk,
    pub(crate) twin: Twin,
}

pub(crate) fn one(generation: Generation) -> One {
    one_of(start(options("EXC1", generation)))
}

pub(crate) fn one_of(twin: Twin) -> One {
    let desk = Desk::at(address(&twin));
    let reader = desk.open("EXC1");
    One { reader, desk, twin }
}

impl One {
    pub(crate) fn stage(&self) -> Stage {
        self.twin.stage().clone()
    }

    /// Has the service lead a visit of that patient.
    pub(crate) fn led(&mut self, patient: Patient, media: &[Medium]) -> Led {
        let visiting = patient.start(self.stage(), None, LONG).unwrap();
        let mut progress = Vec::new();
        let since = Instant::now();
        let outcome = self
            .reader
            .run_visit(&plan(media), &mut |stage| progress.push(stage), &long());
        let took = since.elapsed();
        drop(visiting);
        Led {
            outcome,
            progress,
            took,
            state: self.stage().state().unwrap(),
        }
    }
}

/// A visit that the service led.
pub(crate) struct Led {
    pub(crate) outcome: Result<Outcome, Error>,
    pub(crate) progress: Vec<Progress>,
    pub(crate) took: Duration,
    /// The device's state after it.
    pub(crate) state: State,
}

pub(crate) fn plan(media: &[Medium]) -> Plan {
    let consents = Item::ALL.map(|item| madoguchi_core::consent::QuestionItem {
        item,
        text: format!("{} に同意しますか。", item.as_str()),
    });
    Plan {
        media: media.to_vec(),
        consents: consents.to_vec(),
        language: "ja".to_owned(),
        challenge: CHALLENGE.to_vec(),
    }
}

pub(crate) fn long() -> Call {
    Call::within(LONG)
}

/// The device's state once it is as wished.
pub(crate) fn seen(stage: &Stage, what: &str, wished: impl Fn(&State) -> bool) -> State {
    let state = stage.wait_for(LONG, wished).unwrap();
    state.unwrap_or_else(|| panic!("never so: {what}; {:?}", stage.state()))
}

/// The card application's way to a reader.
pub(crate) struct Session<'r>(pub(crate) &'r mut dyn Reader);

impl CardSession for Session<'_> {
    fn transmit(&mut self, command: &[u8], response: &mut Vec<u8>) -> Result<(), TransmitError> {
        self.0
            .transmit(command, response, &long())
            .map_err(|error| match error {
                Error::CardRemoved | Error::NoCard => TransmitError::Removed,
                Error::CardReset => TransmitError::Reset,
                Error::Timeout => TransmitError::Timeout,
                _ => TransmitError::Unavailable,
            })
    }
}

/// Whether the certificate's key signed the message.
pub(crate) fn is_signed(certificate: &[u8], message: &[u8], signature: &[u8]) -> bool {
    use x509_parser::prelude::{FromDer, X509Certificate};
    let (rest, leaf) = X509Certificate::from_der(certificate).unwrap();
    let key = ring::signature::UnparsedPublicKey::new(
        &ring::signature::RSA_PKCS1_2048_8192_SHA256,
        &leaf.public_key().subject_public_key.data,
    );
    rest.is_empty() && key.verify(message, signature).is_ok()
}
