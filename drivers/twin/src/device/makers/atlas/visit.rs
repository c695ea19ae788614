//! A visit that the service leads: choose the medium, put the card on, be verified, sign, consent.

mod pages;

use std::time::Instant;

use madoguchi_core::consent::{Decision, QuestionItem};
use madoguchi_core::reader::{PinStatus, PinVerdict};
use madoguchi_core::screen::{Answer, FaceOutcome, PinHolder};
use madoguchi_core::{Medium, Method, Pin};
use serde_json::{Value, json};

use super::wire::{code, encode};
use super::{chip, features};
use crate::device::{Body, BodyEvent, Colour, Digits, Signal};

/// A face that was not recognised is looked at so often.
const FACES: u8 = 2;

/// What is to be done.
pub(super) struct Plan {
    pub(super) media: Vec<Medium>,
    pub(super) consents: Vec<QuestionItem>,
    pub(super) language: String,
    pub(super) challenge: Vec<u8>,
}

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Medium,
    Card,
    Face,
    Method,
    Pin(PinHolder),
    Staff,
    Consent(usize),
}

/// A visit.
pub(super) struct Visit {
    plan: Plan,
    step: Step,
    pin: PinStatus,
    /// Whether the last PIN was wrong.
    wrong: bool,
    faces: u8,
    method: Method,
    /// Certificate and signature, once they were read.
    read: Option<(Vec<u8>, Vec<u8>)>,
    decisions: Vec<Decision>,
    /// Whether staff can confirm on this device.
    staff: bool,
    stage: Option<&'static str>,
    stages: Vec<&'static str>,
    acted: Instant,
}

/// How it ends, where it does.
type Ends = Option<Value>;

fn failed(code: u32) -> Value {
    json!({"outcome": "failed", "code": code})
}

impl Visit {
    /// Begins with the first page. A card that lies there already is looked at with the next event.
    pub(super) fn begin(plan: Plan, body: &mut Body) -> Self {
        body.slot().power_off();
        let mut visit = Self {
            plan,
            step: Step::Medium,
            pin: PinStatus::NotSet,
            wrong: false,
            faces: 0,
            method: Method::Face,
            read: None,
            decisions: Vec::new(),
            staff: features::has_staff(body.identity()),
            stage: None,
            stages: Vec::new(),
            acted: Instant::now(),
        };
        if visit.plan.media == [Medium::Card] {
            visit.wait_for_card(body);
        } else {
            visit.stage("choosing_medium");
            visit.show_media(body);
        }
        visit
    }

    /// When the patient acted last.
    pub(super) const fn acted(&self) -> Instant {
        self.acted
    }

    /// The stages since the last call.
    pub(super) fn take_stages(&mut self) -> Vec<&'static str> {
        std::mem::take(&mut self.stages)
    }

    /// The patient took too long.
    pub(super) fn give_up(&mut self, body: &mut Body) -> Value {
        self.end(failed(code::PATIENT_LATE), body)
    }

    /// Goes on with what happened; says how it ends.
    pub(super) fn happened(&mut self, event: BodyEvent, body: &mut Body) -> Ends {
        let ends = self.go_on(event, body)?;
        Some(self.end(ends, body))
    }

    fn go_on(&mut self, event: BodyEvent, body: &mut Body) -> Ends {
        if !matches!(event, BodyEvent::Woke) {
            self.acted = Instant::now();
        }
        match (self.step, event) {
            (_, BodyEvent::Quit) => Some(json!({"outcome": "quit"})),
            (_, BodyEvent::Pressed(Answer::Language(tag))) => {
                self.plan.language = tag;
                self.show_again(body);
                None
            }
            (Step::Medium, BodyEvent::Pressed(Answer::Medium(medium))) => self.chosen(medium, body),
            // Any event: it may have lain there before.
            (Step::Card, _) if body.card_present() => self.look_at_card(body),
            (Step::Face, BodyEvent::Face(outcome)) => self.looked(outcome, body),
            (Step::Face, BodyEvent::FaceNoCard) => Some(failed(code::CARD_REMOVED)),
            (Step::Method, BodyEvent::Pressed(Answer::Method(method))) => self.by(method, body),
            (Step::Pin(holder), BodyEvent::Pin(digits)) => self.typed(holder, &digits, body),
            (Step::Pin(_), BodyEvent::PinCancelled) => self.choose_method(body),
            (Step::Staff, BodyEvent::Pressed(Answer::Yes)) => {
                if body.accept_visual() {
                    self.verified(Method::StaffVisual, body)
                } else {
                    Some(failed(code::CARD_REMOVED))
                }
            }
            (Step::Staff, BodyEvent::Pressed(Answer::No)) => Some(failed(code::STAFF_SAID_NO)),
            (Step::Consent(at), BodyEvent::Pressed(answer)) => self.decided(at, &answer, body),
            // Before it was read the card is needed.
            (Step::Method | Step::Pin(_) | Step::Staff, BodyEvent::CardOut) => {
                Some(failed(code::CARD_REMOVED))
            }
            _ => None,
        }
    }

    fn stage(&mut self, stage: &'static str) {
        if self.stage != Some(stage) {
            self.stage = Some(stage);
            self.stages.push(stage);
        }
    }

    fn chosen(&mut self, medium: Medium, body: &mut Body) -> Ends {
        if medium.is_phone() {
            return Some(json!({"outcome": "handed_over", "medium": medium}));
        }
        self.wait_for_card(body);
        if body.card_present() {
            return self.look_at_card(body);
        }
        None
    }

    fn wait_for_card(&mut self, body: &mut Body) {
        self.step = Step::Card;
        self.stage("waiting_for_card");
        self.show_again(body);
    }

    fn look_at_card(&mut self, body: &mut Body) -> Ends {
        body.signal(Signal::Beep(1));
        match chip::look(body.slot()) {
            Ok(pin) => {
                self.pin = pin;
                self.stage("verifying");
                self.look_at_face(body)
            }
            Err(code) => Some(failed(code)),
        }
    }

    fn look_at_face(&mut self, body: &mut Body) -> Ends {
        self.step = Step::Face;
        self.faces += 1;
        if body.ask_face() {
            None
        } else {
            Some(failed(code::CARD_REMOVED))
        }
    }

    fn looked(&mut self, outcome: FaceOutcome, body: &mut Body) -> Ends {
        match outcome {
            FaceOutcome::Match => self.verified(Method::Face, body),
            FaceOutcome::Declined => self.choose_method(body),
            _ if self.faces < FACES => self.look_at_face(body),
            _ => self.choose_method(body),
        }
    }

    /// What is left after the face: the PIN, where the card has one that is not locked, and staff.
    fn choose_method(&mut self, body: &mut Body) -> Ends {
        self.stage("verifying");
        if matches!(self.pin, PinStatus::TriesLeft(_)) {
            self.step = Step::Method;
            self.show_again(body);
            None
        } else {
            self.ask_staff(body)
        }
    }

    fn by(&mut self, method: Method, body: &mut Body) -> Ends {
        match method {
            Method::Pin => self.ask_pin(PinHolder::Patient, body),
            Method::GuardianPin => self.ask_pin(PinHolder::Guardian, body),
            _ => return self.ask_staff(body),
        }
        None
    }

    fn ask_pin(&mut self, holder: PinHolder, body: &mut Body) {
        self.step = Step::Pin(holder);
        self.show_again(body);
    }

    fn typed(&mut self, holder: PinHolder, digits: &Digits, body: &mut Body) -> Ends {
        let Ok(pin) = Pin::new(digits.expose().to_vec()) else {
            return Some(failed(code::MALFORMED));
        };
        match chip::verify(body.slot(), &pin) {
            Ok(PinVerdict::Verified) => self.verified(
                match holder {
                    PinHolder::Patient => Method::Pin,
                    PinHolder::Guardian => Method::GuardianPin,
                },
                body,
            ),
            Ok(PinVerdict::Wrong { tries_left }) => {
                self.pin = PinStatus::TriesLeft(tries_left);
                self.wrong = true;
                body.signal(Signal::Light(Colour::Red));
                if tries_left > 1 {
                    self.ask_pin(holder, body);
                    None
                } else {
                    // The last try is spent by one who chose to.
                    self.choose_method(body)
                }
            }
            Ok(PinVerdict::Locked | PinVerdict::LastTryNotConfirmed) => {
                self.pin = PinStatus::Locked;
                self.ask_staff(body)
            }
            Err(code) => Some(failed(code)),
        }
    }

    /// The last that is left, where it is.
    fn ask_staff(&mut self, body: &mut Body) -> Ends {
        if !self.staff {
            return Some(failed(match self.pin {
                PinStatus::Locked => code::PIN_LOCKED,
                PinStatus::NotSet | PinStatus::TriesLeft(_) => code::FACE,
            }));
        }
        self.step = Step::Staff;
        self.stage("waiting_for_staff");
        self.show_again(body);
        None
    }

    fn verified(&mut self, method: Method, body: &mut Body) -> Ends {
        self.method = method;
        self.stage("signing");
        match chip::sign(body.slot(), &self.plan.challenge) {
            Ok(read) => {
                self.read = Some(read);
                // Nothing that follows needs the card.
                body.slot().power_off();
                body.signal(Signal::Light(Colour::Green));
                self.ask_consent(0, body)
            }
            Err(code) => Some(failed(code)),
        }
    }

    fn ask_consent(&mut self, at: usize, body: &mut Body) -> Ends {
        if at >= self.plan.consents.len() {
            let (certificate, signature) = self.read.take()?;
            return Some(json!({
                "outcome": "verified",
                "medium": Medium::Card,
                "method": self.method,
                "certificate": encode(&certificate),
                "signature": encode(&signature),
                "decisions": self.decisions,
            }));
        }
        self.step = Step::Consent(at);
        self.stage("asking_consent");
        self.show_again(body);
        None
    }

    fn decided(&mut self, at: usize, answer: &Answer, body: &mut Body) -> Ends {
        let granted = match answer {
            Answer::Yes => true,
            Answer::No => false,
            _ => return None,
        };
        let item = self.plan.consents.get(at)?.item;
        self.decisions.push(Decision { item, granted });
        self.ask_consent(at + 1, body)
    }

    fn end(&mut self, outcome: Value, body: &mut Body) -> Value {
        body.slot().power_off();
        body.signal(Signal::LightOff);
        self.show_end(outcome["outcome"].as_str(), body);
        outcome
    }
}
