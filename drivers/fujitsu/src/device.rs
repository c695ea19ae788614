//! One Caora: its line, its session, and whether its card has power.

use std::sync::Arc;
use std::time::{Duration, Instant};

use madoguchi_driver_api::{Call, Capability, Error};
use madoguchi_driver_kit::{About, Device, News};

use crate::codec::report::NoticeKind;
use crate::commands::Command;
use crate::commands::diagnose::{Diagnose, Entries, Settings as AskSettings};
use crate::commands::hello::{Hello, Identity};
use crate::commands::login::{Login, Logout};
use crate::commands::state::AskState;
use crate::error::{Code, Failure};
use crate::factory::AdminCode;
use crate::quirks::Quirks;
use crate::transport::{Line, Wire};

/// What people know the device by.
pub(crate) const DISPLAY_NAME: &str = "Fujitsu Caora";

/// How often an idle device is asked what lies there: a last notice that was lost shows by nothing.
const LOOK_PERIOD: Duration = Duration::from_secs(5);

/// Whether the card has power.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Power {
    /// Nobody gave it any.
    Off,
    /// It has.
    On,
    /// It had, until the device forgot.
    Lost,
}

/// An open device.
pub struct Caora {
    line: Line,
    news: News,
    admin_code: Option<Arc<AdminCode>>,
    identity: Identity,
    quirks: Quirks,
    /// The user's session; none since the device started anew.
    session: Option<u16>,
    power: Power,
    /// It did not answer for so long that it has to be connected anew.
    mute: bool,
    /// When it was asked last.
    looked: Instant,
}

impl Caora {
    /// Asks the device who it is and logs in. What an earlier session left behind ends with that.
    pub(crate) fn connect(
        wire: Box<dyn Wire>,
        news: News,
        admin_code: Option<Arc<AdminCode>>,
        call: &Call,
    ) -> Result<Self, Error> {
        let told = news.clone();
        let mut line = Line::new(wire, Box::new(move |notice| tell(&told, notice)));
        let identity = line.exchange(0, &Hello, call)?;
        let session = line.exchange(0, &Login::User, call)?;
        // What was heard of a restart was before this login.
        line.take_restart();
        Ok(Self {
            line,
            news,
            admin_code,
            quirks: Quirks::of(&identity),
            identity,
            session: Some(session),
            power: Power::Off,
            mute: false,
            looked: Instant::now(),
        })
    }

    pub(crate) fn quirks(&self) -> &Quirks {
        &self.quirks
    }

    pub(crate) fn power(&self) -> Power {
        self.power
    }

    pub(crate) fn set_power(&mut self, power: Power) {
        self.power = power;
    }

    /// Has the device run a user's command. Where the device started anew it is logged in again, once; a card that
    /// had power has none since.
    pub(crate) fn run<C: Command>(&mut self, command: &C, call: &Call) -> Result<C::Answer, Failure> {
        match self.try_once(command, call) {
            Err(Failure::Refused(Code::NO_SESSION)) if C::POWERED => Err(Error::CardReset.into()),
            Err(Failure::Refused(Code::NO_SESSION)) => self.try_once(command, call),
            result => result,
        }
    }

    fn try_once<C: Command>(&mut self, command: &C, call: &Call) -> Result<C::Answer, Failure> {
        let session = match self.session {
            Some(session) => session,
            None => self.log_in(call)?,
        };
        let result = self.line.exchange(session, command, call);
        self.judge(&result);
        result
    }

    /// What an answer says of the device itself.
    fn judge<T>(&mut self, result: &Result<T, Failure>) {
        match result {
            Err(Failure::Refused(Code::NO_SESSION)) => {
                self.line.take_restart();
                self.forget();
            }
            Err(Failure::Ended(Error::ReaderUnavailable { .. })) => self.mute = true,
            _ => {}
        }
    }

    /// The device started anew: nothing of what was is any more.
    fn forget(&mut self) {
        self.session = None;
        if self.power == Power::On {
            self.power = Power::Lost;
        }
    }

    fn log_in(&mut self, call: &Call) -> Result<u16, Failure> {
        let identity = self.line.exchange(0, &Hello, call);
        self.judge(&identity);
        let identity = identity?;
        if identity.serial != self.identity.serial {
            // Another device answers there.
            return Err(Error::ReaderRemoved.into());
        }
        let session = self.line.exchange(0, &Login::User, call);
        self.judge(&session);
        let session = session?;
        // What was heard of a restart was before this login.
        self.line.take_restart();
        self.session = Some(session);
        self.card_present(identity.card_present);
        if identity != self.identity {
            self.quirks = Quirks::of(&identity);
            self.identity = identity;
            self.news.changed(self.about());
        }
        Ok(session)
    }

    /// What an administrator may ask: the device's counters and its settings.
    pub(crate) fn diagnose(&mut self, call: &Call) -> Result<(Entries, Entries), Error> {
        let code = self.admin_code.clone().ok_or_else(|| Error::ReaderUnavailable {
            detail: "no admin_code in the settings".to_owned(),
        })?;
        let login = Login::Administrator { code: code.expose() };
        let session = self.line.exchange(0, &login, call)?;
        let answer = self.line.exchange(session, &Diagnose, call).and_then(|counters| {
            let settings = self.line.exchange(session, &AskSettings, call)?;
            Ok((counters, settings))
        });
        // The right to ask ends with the question; where the call is over the next administrator's login ends it.
        let _ = self.line.exchange(session, &Logout, call);
        self.judge(&answer);
        Ok(answer?)
    }

    /// Asks what lies there, where a notice may have been lost.
    fn look_again(&mut self, call: &Call) -> Result<(), Error> {
        match self.run(&AskState, call) {
            Ok(state) => {
                self.card_present(state.card_present);
                self.looked = Instant::now();
                Ok(())
            }
            Err(failure) => Err(failure.into()),
        }
    }

    fn card_present(&self, present: bool) {
        if present {
            self.news.card_in();
        } else {
            self.news.card_out();
        }
    }
}

impl Device for Caora {
    fn about(&self) -> About {
        About {
            selector: self.identity.serial.clone(),
            display_name: DISPLAY_NAME.to_owned(),
            model: self.identity.model.clone(),
            firmware: self.identity.firmware.clone(),
            capabilities: self.identity.capabilities.clone(),
            card_present: self.identity.card_present,
        }
    }

    fn pump(&mut self, call: &Call) -> Result<(), Error> {
        if self.mute {
            return Err(Error::ReaderRemoved);
        }
        if self.line.take_restart() {
            self.forget();
            self.log_in(call)?;
        }
        if self.line.take_doubt() || self.looked.elapsed() >= LOOK_PERIOD {
            self.look_again(call)?;
        }
        self.line.listen(call)
    }
}

fn tell(news: &News, notice: NoticeKind) {
    match notice {
        NoticeKind::CardIn => news.card_in(),
        NoticeKind::CardOut => news.card_out(),
        // A button that nobody waits for is a touch like any other.
        NoticeKind::Touched | NoticeKind::Button(_) => news.touched(),
        NoticeKind::Restarted | NoticeKind::Other(_) => {}
    }
}

impl Caora {
    /// Whether the device can do that.
    pub(crate) fn needs(&self, capability: Capability) -> Result<(), Error> {
        self.quirks.needs(capability)
    }
}
