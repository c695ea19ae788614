//! One APDU through the plugin as the child sends it, against the bare pcsc crate on the same reader.

use std::ffi::CString;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use madoguchi_driver_api::{Call, Driver, PoweredCard, Reader};
use pcsc::{Context, Disposition, Protocols, Scope, ShareMode};
use serde::Serialize;

use super::{Error, Quantiles, on_own_thread};
use crate::Options;
use crate::child::loading;
use crate::plugin::inspect;

/// SELECT of the JPKI application and of its token info.
const SELECT: [&[u8]; 2] = [
    &[
        0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01,
    ],
    &[0x00, 0xA4, 0x02, 0x0C, 0x02, 0x00, 0x06],
];
/// READ BINARY of the label: what is measured.
const READ_LABEL: &[u8] = &[0x00, 0xB0, 0x00, 0x00, 0x20];
const TIMEOUT: Duration = Duration::from_secs(10);

/// What to measure.
#[derive(Debug, Clone)]
pub struct TransmitOptions {
    /// The plugin's folder.
    pub plugin: PathBuf,
    /// The reader as the plugin names it; without it the first one with a card.
    pub selector: Option<String>,
    /// The same reader as PC/SC names it; without it the first one with a card.
    pub pcsc_reader: Option<CString>,
    /// How often the card is powered up on either way.
    pub rounds: usize,
    /// How many APDUs each time.
    pub apdus: usize,
}

/// What it took.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TransmitReport {
    /// How often the card was powered up on either way.
    pub rounds: usize,
    /// How many APDUs each time.
    pub apdus: usize,
    /// One APDU through the plugin, on the reader's own thread.
    pub driver: Quantiles,
    /// One APDU through the pcsc crate alone.
    pub bare: Quantiles,
    /// The medians' ratio.
    pub ratio: f64,
}

/// Measures. Loads the plugin into this very process, which the gateway otherwise never does.
///
/// # Errors
/// [`enum@Error`] where there is nothing to measure.
pub fn transmit(options: TransmitOptions) -> Result<TransmitReport, Error> {
    on_own_thread("reader:bench", move || measure(&options))
}

fn measure(options: &TransmitOptions) -> Result<TransmitReport, Error> {
    let plugin = inspect(&options.plugin, &Options::default()).map_err(|refused| refused.problem)?;
    let driver = loading::load(&plugin, "")?.driver;
    let selector = match &options.selector {
        Some(selector) => selector.clone(),
        None => first_with_card(&*driver)?,
    };
    let mut reader = driver.open(&selector, &Call::within(TIMEOUT))?;
    let context = Context::establish(Scope::User)?;
    let name = match &options.pcsc_reader {
        Some(name) => name.clone(),
        None => with_card(&context)?,
    };
    let (mut driver_took, mut bare_took) = (Vec::new(), Vec::new());
    for round in 0..options.rounds {
        // Whoever comes second in a round may find a warmer machine: they take turns.
        if round % 2 == 0 {
            through_driver(&mut *reader, options.apdus, &mut driver_took)?;
            bare(&context, &name, options.apdus, &mut bare_took)?;
        } else {
            bare(&context, &name, options.apdus, &mut bare_took)?;
            through_driver(&mut *reader, options.apdus, &mut driver_took)?;
        }
    }
    let (driver, bare) = (Quantiles::of(driver_took), Quantiles::of(bare_took));
    let ratio = driver.ratio_to(&bare);
    Ok(TransmitReport {
        rounds: options.rounds,
        apdus: options.apdus,
        driver,
        bare,
        ratio,
    })
}

/// The first reader with a card. A card that was just put on may take a moment to be seen.
fn first_with_card(driver: &dyn Driver) -> Result<String, Error> {
    let call = Call::within(TIMEOUT);
    loop {
        if let Some(reader) = driver.readers()?.into_iter().find(|reader| reader.card_present) {
            return Ok(reader.selector);
        }
        call.check().map_err(|_| Error::NoCard)?;
        // Whatever happens, the list says it better.
        driver.next_event(call.remaining().min(Duration::from_secs(1)))?;
    }
}

fn through_driver(reader: &mut dyn Reader, apdus: usize, took: &mut Vec<Duration>) -> Result<(), Error> {
    let call = Call::within(TIMEOUT);
    let mut card = PoweredCard::power_on(reader, &call)?;
    let mut response = Vec::with_capacity(258);
    for select in SELECT {
        card.transmit(select, &mut response, &call)?;
    }
    for _ in 0..apdus {
        let begun = Instant::now();
        card.transmit(READ_LABEL, &mut response, &call)?;
        took.push(begun.elapsed());
        succeeded(&response)?;
    }
    Ok(())
}

fn bare(context: &Context, name: &CString, apdus: usize, took: &mut Vec<Duration>) -> Result<(), Error> {
    let card = context.connect(name, ShareMode::Exclusive, Protocols::ANY)?;
    let mut buffer = [0; 258];
    for select in SELECT {
        card.transmit(select, &mut buffer)?;
    }
    for _ in 0..apdus {
        let begun = Instant::now();
        let response = card.transmit(READ_LABEL, &mut buffer)?;
        took.push(begun.elapsed());
        succeeded(response)?;
    }
    card.disconnect(Disposition::UnpowerCard)
        .map_err(|(_, error)| error)?;
    Ok(())
}

fn succeeded(response: &[u8]) -> Result<(), Error> {
    if response.ends_with(&[0x90, 0x00]) {
        Ok(())
    } else {
        Err(Error::WrongAnswer)
    }
}

fn with_card(context: &Context) -> Result<CString, Error> {
    let names = context.list_readers_owned()?;
    let has_card = |name: &CString| {
        let connected = context.connect(name, ShareMode::Shared, Protocols::ANY);
        connected.is_ok_and(|card| card.disconnect(Disposition::LeaveCard).is_ok())
    };
    names.into_iter().find(has_card).ok_or(Error::NoCard)
}
