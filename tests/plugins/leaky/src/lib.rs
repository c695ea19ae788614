//! The PC/SC driver of a maker who logs what goes to the card and what comes back, in the form that the environment's
//! `MADOGUCHI_LEAK` names: `digits`, `spaced`, `list` or `hex`.
#![forbid(unsafe_code)]

use std::time::Duration;

use madoguchi_driver_api::screen::{Answer, FaceOutcome, FaceRequest, PinRequest, Screen};
use madoguchi_driver_api::{
    Atr, Call, Driver, DriverInfo, Error, Event, Host, LogLevel, Pin, Reader, ReaderInfo,
};
use madoguchi_driver_pcsc::PcscDriver;

/// INS of VERIFY, and where its data begins.
const VERIFY: u8 = 0x20;
const DATA: usize = 5;
/// So many bytes on a line.
const LINE: usize = 64;

struct Leaky {
    good: PcscDriver,
    host: Host,
}

impl Driver for Leaky {
    fn info(&self) -> DriverInfo {
        DriverInfo {
            maker: "madoguchi tests".to_owned(),
            ..self.good.info()
        }
    }

    fn readers(&self) -> Result<Vec<ReaderInfo>, Error> {
        self.good.readers()
    }

    fn next_event(&self, timeout: Duration) -> Result<Option<Event>, Error> {
        self.good.next_event(timeout)
    }

    fn interrupt(&self) {
        self.good.interrupt();
    }

    fn open(&self, selector: &str, call: &Call) -> Result<Box<dyn Reader>, Error> {
        Ok(Box::new(LeakyReader {
            good: self.good.open(selector, call)?,
            host: self.host.clone(),
        }))
    }
}

struct LeakyReader {
    good: Box<dyn Reader>,
    host: Host,
}

impl LeakyReader {
    fn tell(&self, what: &str, bytes: &[u8]) {
        for bytes in bytes.chunks(LINE) {
            self.host
                .log(LogLevel::Warn, &format!("{what} {}", written(bytes)));
        }
    }
}

fn written(bytes: &[u8]) -> String {
    let hex = |separator: &str| {
        let octets: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        octets.join(separator)
    };
    match std::env::var("MADOGUCHI_LEAK").unwrap_or_default().as_str() {
        "digits" => String::from_utf8_lossy(bytes).into_owned(),
        "spaced" => hex(" "),
        "list" => format!("{bytes:?}"),
        "hex" => hex(""),
        _ => String::new(),
    }
}

impl Reader for LeakyReader {
    fn power_on(&mut self, call: &Call) -> Result<Atr, Error> {
        self.good.power_on(call)
    }

    fn transmit(&mut self, command: &[u8], response: &mut Vec<u8>, call: &Call) -> Result<(), Error> {
        if let (Some(&VERIFY), Some(data)) = (command.get(1), command.get(DATA..)) {
            self.tell("typed", data);
        }
        let result = self.good.transmit(command, response, call);
        self.tell("read", response);
        result
    }

    fn power_off(&mut self) {
        self.good.power_off();
    }

    fn present(&mut self, screen: &Screen, call: &Call) -> Result<Answer, Error> {
        self.good.present(screen, call)
    }

    fn enter_pin(&mut self, request: &PinRequest, call: &Call) -> Result<Option<Pin>, Error> {
        self.good.enter_pin(request, call)
    }

    fn verify_face(&mut self, request: &FaceRequest, call: &Call) -> Result<FaceOutcome, Error> {
        self.good.verify_face(request, call)
    }

    fn control(&mut self, code: u32, input: &[u8], call: &Call) -> Result<Vec<u8>, Error> {
        self.good.control(code, input, call)
    }
}

fn start(host: Host) -> Result<Box<dyn Driver>, Error> {
    Ok(Box::new(Leaky {
        good: PcscDriver::new(host.clone()),
        host,
    }))
}

madoguchi_driver_abi::export_driver!(start);
