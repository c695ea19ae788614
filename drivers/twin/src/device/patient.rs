//! A person at a counter who looks at the panel and acts by himself, on one device or on two.

mod hands;
mod phone;
mod quirk;
mod react;
mod visit;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use madoguchi_core::consent::Item;
use madoguchi_core::{Medium, Method};
use serde::{Deserialize, Serialize};

use super::{Acts, FaceScript, PageKind, Typed};
use crate::{Error, Faults, Persona};
use visit::Course;

pub use phone::PhoneReader;
pub use quirk::Quirk;

/// Who comes to the counter, and how he behaves. Fields that a file leaves out behave like [`Patient::new`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patient {
    /// What he holds up: a persona that comes with the house, or the file of another.
    pub persona: String,
    /// What else he has in his pocket, for when that is asked for.
    #[serde(default)]
    pub others: Vec<String>,
    /// The medium he chooses, where he is asked; none: the persona's.
    #[serde(default)]
    pub medium: Option<Medium>,
    /// The methods he chooses, each time he is asked the next one, then the last one again. What is not offered is
    /// passed over.
    #[serde(default = "methods")]
    pub methods: Vec<Method>,
    /// The PINs he types, each time the next one, then the last one again. None: he would rather not.
    #[serde(default = "pins")]
    pub pins: Vec<Typed>,
    /// The items that he does not agree to.
    #[serde(default)]
    pub refuses: Vec<Item>,
    /// Whether he has the card registered as insurance card.
    #[serde(default = "yes")]
    pub registers: bool,
    /// The language he switches to, where a button offers it: BCP 47.
    #[serde(default)]
    pub language: Option<String>,
    /// What the camera sees.
    #[serde(default)]
    pub face: FaceScript,
    /// What staff beside him say on the device; none: nobody is there.
    #[serde(default)]
    pub staff_says: Option<bool>,
    /// Whether he touches the welcome page to begin.
    #[serde(default)]
    pub touches: bool,
    /// What goes wrong with his card, the first time he puts it on.
    #[serde(default)]
    pub card_faults: Faults,
    /// Whether his card is a new one with all its tries, whatever happened to the last of that name.
    #[serde(default = "yes")]
    pub fresh: bool,
    /// What is odd about him.
    #[serde(default)]
    pub quirks: Vec<Quirk>,
    /// How long he looks at a page before he acts.
    #[serde(default = "pace")]
    pub pace_ms: u32,
}

fn methods() -> Vec<Method> {
    Method::ALL.to_vec()
}

fn pins() -> Vec<Typed> {
    vec![Typed::new(b"1234")]
}

const fn yes() -> bool {
    true
}

const fn pace() -> u32 {
    5
}

/// How a visit ended for the patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// He was shown that reception is complete.
    Completed,
    /// He was shown that it came to nothing.
    Failed,
    /// The device went back to its welcome page.
    Over,
    /// He stopped it.
    Quit,
    /// He walked away.
    WalkedAway,
    /// His time was up.
    TimedOut,
    /// Somebody called him off.
    CalledOff,
    /// The device is gone for good.
    DeviceGone,
}

/// What the patient went through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// How it ended.
    pub end: End,
    /// The pages that he acted on or read, in order.
    pub pages: Vec<PageKind>,
    /// How often he typed a PIN.
    pub pins_typed: u32,
    /// How many PINs reached what he holds up, for each that he typed: until he typed the next one, or left. What came
    /// before he typed any counts with the first.
    pub pins_sent: Vec<u32>,
    /// How often he put something on a reader or held it there.
    pub taps: u32,
    /// Whether something of his still lies in the device's slot.
    pub card_left: bool,
}

impl Patient {
    /// Somebody with that persona's card or phone: chooses the face first and then the PIN, which he knows, agrees to
    /// everything and takes his card along.
    #[must_use]
    pub fn new(persona: &str) -> Self {
        Self {
            persona: persona.to_owned(),
            others: Vec::new(),
            medium: None,
            methods: methods(),
            pins: pins(),
            refuses: Vec::new(),
            registers: true,
            language: None,
            face: FaceScript::default(),
            staff_says: None,
            touches: false,
            card_faults: Faults::default(),
            fresh: true,
            quirks: Vec::new(),
            pace_ms: pace(),
        }
    }

    /// Chooses that method only.
    #[must_use]
    pub fn by(mut self, method: Method) -> Self {
        self.methods = vec![method];
        self
    }

    /// Types these, one after the other.
    #[must_use]
    pub fn typing<'a>(mut self, pins: impl IntoIterator<Item = &'a str>) -> Self {
        self.pins = pins.into_iter().map(|pin| Typed::new(pin.as_bytes())).collect();
        self
    }

    /// Stands in front of the camera like that.
    #[must_use]
    pub fn looking(mut self, face: FaceScript) -> Self {
        self.face = face;
        self
    }

    /// Is odd in that way too.
    #[must_use]
    pub fn with(mut self, quirk: Quirk) -> Self {
        self.quirks.push(quirk);
        self
    }

    /// Goes through a visit on this thread. A phone is held to the phone reader, where there is one, else to the device.
    ///
    /// # Errors
    /// [`Error`] where a persona is none or its card cannot be made.
    pub fn visit<A: Acts>(
        self,
        stage: A,
        phone: Option<Box<dyn PhoneReader>>,
        timeout: Duration,
    ) -> Result<Visit, Error> {
        let course = Course::new(self, stage, phone, Arc::default())?;
        Ok(course.run(Instant::now() + timeout))
    }

    /// Goes through a visit on a thread of its own.
    ///
    /// # Errors
    /// As [`Patient::visit`], and where there is no thread.
    pub fn start<A: Acts + 'static>(
        self,
        stage: A,
        phone: Option<Box<dyn PhoneReader>>,
        timeout: Duration,
    ) -> Result<Visiting, Error> {
        let called_off = Arc::new(AtomicBool::new(false));
        let course = Course::new(self, stage, phone, Arc::clone(&called_off))?;
        let until = Instant::now() + timeout;
        let thread = std::thread::Builder::new()
            .name("twin-patient".to_owned())
            .spawn(move || course.run(until))
            .map_err(Error::Thread)?;
        Ok(Visiting {
            called_off,
            thread: Some(thread),
        })
    }

    /// The persona that carries such a medium among what he has; the first of all where none does.
    fn carries(&self, medium: Medium, known: &[Persona]) -> usize {
        known
            .iter()
            .position(|persona| persona.medium() == medium)
            .unwrap_or(0)
    }
}

/// A patient on his way. Dropping it calls him off.
#[derive(Debug)]
#[must_use = "dropping it calls the patient off"]
pub struct Visiting {
    called_off: Arc<AtomicBool>,
    thread: Option<JoinHandle<Visit>>,
}

impl Visiting {
    /// Waits until he is through; his time is bounded by what he was given.
    #[must_use]
    pub fn join(mut self) -> Option<Visit> {
        self.thread.take()?.join().ok()
    }

    /// Whether he is through.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Calls him off: he takes his things and goes.
    pub fn call_off(&self) {
        self.called_off.store(true, Ordering::Release);
    }
}

impl Drop for Visiting {
    fn drop(&mut self) {
        self.call_off();
        if let Some(thread) = self.thread.take() {
            let _visit = thread.join();
        }
    }
}
