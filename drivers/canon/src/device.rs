//! One open device: its line, what it is, what is in its field.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use madoguchi_driver_api::{Call, Capability, Error as Api};
use madoguchi_driver_kit::{About, Device, News};

use crate::codec::Event;
use crate::commands::{About as Said, Command, Deactivate, Hello, InField, Targets};
use crate::error::Error;
use crate::field::{Field, Happening};
use crate::quirks::Quirks;
use crate::transport::{Line, Reports, Response};

/// How long a card's power-off may take: it follows a call that may have been called off already.
const POWER_OFF: Duration = Duration::from_millis(200);
/// The same where the call is over: of what a call may be late, a part, since a new conversation may be begun after it.
const POWER_OFF_LATE: Duration = Duration::from_millis(20);

/// So long an idle device may be silent; then it is asked whether it is still there, and for what lies on it.
const SILENCE: Duration = Duration::from_secs(5);

/// The name that people know the product by.
pub(crate) const DISPLAY_NAME: &str = "Canon Hi-CARA";

/// An open device.
pub struct HiCara {
    line: Line,
    news: News,
    pub(crate) quirks: Quirks,
    pub(crate) field: Field,
    model: String,
    /// Empty where it has none.
    serial: String,
    known_as: String,
    firmware: String,
    /// It is another one now, or does not answer any more: it is to be connected anew.
    is_lost: bool,
    /// It restarted, or nobody knows whether it did what it was told: a new conversation is to begin, which takes all
    /// power.
    is_unsure: bool,
    /// Something of what it said is lost: what is in its field has to be asked for.
    is_stale: bool,
    asked: Instant,
}

impl HiCara {
    /// Begins a conversation and asks the device who it is. `known_as` names it where it has no serial number.
    pub(crate) fn connect(
        reports: Box<dyn Reports>,
        known_as: &str,
        news: News,
        call: &Call,
    ) -> Result<Self, Error> {
        let mut line = Line::new(reports);
        let answer = line.request(&Hello { nonce: nonce() }, call)?;
        let said: Said<'_> = answer.decode()?;
        let quirks = Quirks::of(&said);
        line.set_recall(quirks.recall);
        let mut device = Self {
            line,
            news,
            quirks,
            field: Field::default(),
            model: said.model.to_owned(),
            serial: said.serial.trim().to_owned(),
            known_as: known_as.to_owned(),
            firmware: said.firmware.to_owned(),
            is_lost: false,
            is_unsure: false,
            is_stale: false,
            asked: Instant::now(),
        };
        // What the device said before it was asked for its name belongs to a conversation of somebody else's.
        while device.line.next_event().is_some() {}
        device.look_at_field(call)?;
        Ok(device)
    }

    /// Sends a request and waits for its response; what happened meanwhile is told.
    pub(crate) fn request<C: Command>(&mut self, command: &C, call: &Call) -> Result<Response, Error> {
        self.ready(call)?;
        let mut response = self.line.request(command, call);
        self.tell();
        if matches!(response, Err(Error::Restarted)) {
            self.ready(call)?;
            if C::OUTLIVES_RESTART {
                response = self.line.request(command, call);
                self.tell();
            }
        }
        self.is_unsure |= matches!(response, Err(Error::Silent { .. }));
        response
    }

    /// The same for what needs the power that a card has.
    pub(crate) fn request_powered<C: Command>(
        &mut self,
        command: &C,
        call: &Call,
    ) -> Result<Response, Error> {
        match self.request(command, call) {
            Err(Error::Restarted) if !self.is_lost => Err(Error::CardReset),
            response => response,
        }
    }

    /// Makes sure that there is a conversation that both sides know.
    pub(crate) fn ready(&mut self, call: &Call) -> Result<(), Error> {
        if self.is_unsure {
            self.begin_anew(call)?;
        }
        if self.is_lost {
            return Err(Error::Restarted);
        }
        Ok(())
    }

    /// Begins a new conversation with the same device.
    fn begin_anew(&mut self, call: &Call) -> Result<(), Error> {
        self.field.reset();
        self.line.begin();
        let said = self.line.request(&Hello { nonce: nonce() }, call);
        let same = match &said {
            Ok(answer) => {
                let said: Said<'_> = answer.decode()?;
                said.serial.trim() == self.serial && Quirks::of(&said) == self.quirks
            }
            // Later, by whoever uses it next.
            Err(Error::Ended(_)) => return said.map(drop),
            Err(_) => false,
        };
        while self.line.next_event().is_some() {}
        self.is_unsure = false;
        if !same {
            self.is_lost = true;
            return said.and(Err(Error::Restarted));
        }
        self.line.set_recall(self.quirks.recall);
        self.is_stale = true;
        Ok(())
    }

    /// Asks the device for what is in its field.
    pub(crate) fn look_at_field(&mut self, call: &Call) -> Result<(), Error> {
        let response = self.request(&Targets {}, call)?;
        let InField { targets, collision } = response.decode()?;
        let happened = self.field.set(targets, collision.unwrap_or(false));
        self.report(happened);
        self.is_stale = false;
        self.asked = Instant::now();
        Ok(())
    }

    /// Takes the power from what has it, and so from what is verified on it.
    pub(crate) fn power_off(&mut self) {
        self.power_off_within(POWER_OFF);
    }

    /// The same in a call, which a device that does not answer must not hold: when its time is up little more is waited.
    pub(crate) fn power_off_in(&mut self, call: &Call) {
        self.power_off_within(call.remaining().clamp(POWER_OFF_LATE, POWER_OFF));
    }

    fn power_off_within(&mut self, patience: Duration) {
        let Some(target) = self.field.power_off() else {
            return;
        };
        let off = self.request(&Deactivate { target: target.id }, &Call::within(patience));
        match off {
            // Done, or it left, or the device is gone and has taken the power along.
            Ok(_) | Err(Error::Refused { .. } | Error::Line(_) | Error::Restarted) => {}
            Err(_) => {
                self.is_unsure = true;
                // Where it does not answer to that either, whoever uses it next begins with it.
                let _ = self.begin_anew(&Call::within(patience));
            }
        }
    }

    /// Whether it can do that.
    pub(crate) fn can(&self, capability: Capability) -> Result<(), Error> {
        if self.quirks.can(capability) {
            Ok(())
        } else {
            Err(Error::Lacking)
        }
    }

    fn tell(&mut self) {
        self.is_stale |= self.line.take_damage();
        while let Some(event) = self.line.next_event() {
            self.is_unsure |= event == Event::Restarted;
            let happened = self.field.announced(event);
            self.report(happened);
        }
    }

    fn report(&self, happened: Vec<Happening>) {
        for happening in happened {
            match happening {
                Happening::CardIn => self.news.card_in(),
                Happening::CardOut => self.news.card_out(),
                Happening::Touched => self.news.touched(),
            }
        }
    }
}

impl Device for HiCara {
    fn about(&self) -> About {
        About {
            selector: if self.serial.is_empty() {
                &self.known_as
            } else {
                &self.serial
            }
            .clone(),
            display_name: DISPLAY_NAME.to_owned(),
            model: self.model.clone(),
            firmware: self.firmware.clone(),
            capabilities: self.quirks.capabilities.clone(),
            card_present: self.field.is_occupied(),
        }
    }

    fn pump(&mut self, call: &Call) -> Result<(), Api> {
        let pumped = if self.is_unsure || self.is_stale || self.asked.elapsed() >= SILENCE {
            self.look_at_field(call)
        } else {
            self.line.pump(call)
        };
        self.tell();
        if self.is_lost {
            return Err(Error::Restarted.into());
        }
        Ok(pumped?)
    }
}

/// A number that no hello before had.
fn nonce() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or_default())
}
