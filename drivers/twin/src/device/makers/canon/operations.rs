//! What the device is told to do, and what became of it.

use ciborium::Value;
use madoguchi_core::reader::Capability;
use madoguchi_core::screen::{Answer, FaceOutcome, PinHolder};
use madoguchi_core::{Medium, Method};

use super::message::{self, Fields, Params, Request, Status};
use super::nfc::{LONG_APDU, SHORT_APDU};
use super::{Canon, Sink, pages, texts};
use crate::device::{Body, Digits, Generation, PinPad};

/// What waits for its answer.
pub(super) enum Pending {
    Ask,
    Pin,
    Face,
    Mute,
}

/// What an operation comes to at once: a result or a refusal, or that it waits.
pub(super) type Outcome = Result<Option<Fields>, Status>;

pub(super) const DONE: Outcome = Ok(Some(Vec::new()));

impl Canon {
    pub(super) fn requested(&mut self, request: Request, body: &mut Body, out: Sink<'_>) {
        let Request {
            id,
            operation,
            params,
        } = request;
        let new = self.generation == Generation::New;
        if self.pending.is_some() && !matches!(operation, 7 | 8 | 16) {
            self.respond(id, Status::Busy, vec![], out);
            return;
        }
        let outcome = match operation {
            1 => Ok(Some(self.hello(body))),
            2 => self.show(&params, body),
            3 => self.ask(id, &params, body),
            4 => self.ask_pin(id, &params, body),
            5 => self.ask_face(id, body),
            6 if new => self.accept(body),
            7 => self.stop(&params, body, out),
            8 if new => return self.recall(id, &params, out),
            16 => Ok(Some(self.field.list())),
            17 => self.activate(&params, body),
            18 => self.exchange(id, &params, body),
            19 => self.deactivate(&params, body),
            _ => Err(Status::UnknownOperation),
        };
        match outcome {
            Ok(Some(result)) => self.respond(id, Status::Done, result, out),
            Ok(None) => {}
            Err(status) => self.respond(id, status, vec![], out),
        }
    }

    fn hello(&self, body: &Body) -> Fields {
        let identity = body.identity();
        let numbers = |numbers: &[u16]| Value::Array(numbers.iter().map(|number| (*number).into()).collect());
        let features: Vec<u16> = identity.capabilities.iter().filter_map(feature).collect();
        let languages = texts::languages(self.generation).map(Value::from).collect();
        let (revision, longest) = match self.generation {
            Generation::Old => (1_u8, SHORT_APDU),
            Generation::New => (2, LONG_APDU),
        };
        vec![
            (1, revision.into()),
            (2, identity.model.as_str().into()),
            (3, identity.serial.as_str().into()),
            (4, identity.firmware.as_str().into()),
            (5, numbers(&features)),
            (6, numbers(pages::templates(self.generation))),
            (7, Value::Array(languages)),
            (8, (longest as u64).into()),
        ]
    }

    fn show(&self, params: &Params, body: &mut Body) -> Outcome {
        body.show(pages::panel(params, self.generation)?);
        DONE
    }

    fn ask(&mut self, id: u16, params: &Params, body: &mut Body) -> Outcome {
        let panel = pages::panel(params, self.generation)?;
        if panel.buttons.is_empty() {
            return Err(Status::Malformed);
        }
        body.show(panel);
        self.pending = Some((id, Pending::Ask));
        Ok(None)
    }

    fn ask_pin(&mut self, id: u16, params: &Params, body: &mut Body) -> Outcome {
        needs(body, Capability::PinPad)?;
        let digits = params.number(1).and_then(|digits| u8::try_from(digits).ok());
        let digits = digits.filter(|digits| (1..=PinPad::MAX_DIGITS).contains(digits));
        let texts = texts::held(params.text(6).unwrap_or_default(), self.generation);
        let medium = params
            .number(5)
            .and_then(pages::medium)
            .ok_or(Status::Malformed)?;
        let mut lines = Vec::new();
        if let Some(why) = params
            .number(4)
            .and_then(|why| texts.pin.again.get(usize::try_from(why).ok()?.checked_sub(1)?))
        {
            lines.push(why.clone());
        }
        if let Some(left) = params.number(2) {
            lines.push(texts.pin.tries.replace("{tries}", &left.to_string()));
        }
        let title = match (params.number(3), medium) {
            (Some(1), _) => &texts.pin.guardian,
            (_, Medium::Card) => &texts.pin.card,
            (_, Medium::Android | Medium::IPhone) => &texts.pin.phone,
        };
        body.ask_pin(PinPad {
            holder: match params.number(3) {
                Some(1) => PinHolder::Guardian,
                _ => PinHolder::Patient,
            },
            title: title.clone(),
            lines,
            ..PinPad::new(digits.ok_or(Status::Malformed)?)
        });
        self.pending = Some((id, Pending::Pin));
        Ok(None)
    }

    fn ask_face(&mut self, id: u16, body: &mut Body) -> Outcome {
        needs(body, Capability::Face)?;
        self.field.check_card()?;
        if !body.ask_face() {
            return Err(Status::NotActive);
        }
        self.pending = Some((id, Pending::Face));
        Ok(None)
    }

    fn accept(&self, body: &mut Body) -> Outcome {
        needs(body, Capability::RemoteVisual)?;
        self.field.check_card()?;
        if body.accept_visual() {
            DONE
        } else {
            Err(Status::NotActive)
        }
    }

    fn stop(&mut self, params: &Params, body: &mut Body, out: Sink<'_>) -> Outcome {
        let named = params.number(1).ok_or(Status::Malformed)?;
        if let Some((id, _)) = self.pending.take_if(|(id, _)| u64::from(*id) == named) {
            body.clear();
            body.sleep_on();
            self.respond(id, Status::Stopped, vec![], out);
        }
        DONE
    }

    /// Gives the last answer once more, then says whether there was one. Its own answer is not kept.
    fn recall(&mut self, id: u16, params: &Params, out: Sink<'_>) {
        let named = params.number(1);
        let is = |of: u16| Some(u64::from(of)) == named;
        let status = if self.pending.as_ref().is_some_and(|(pending, _)| is(*pending)) {
            Status::Pending
        } else if let Some((_, message)) = self.kept.clone().filter(|(kept, _)| is(*kept)) {
            self.send(&message, out);
            Status::Done
        } else {
            Status::Forgotten
        };
        self.send(&message::response(id, status, vec![]), out);
    }

    pub(super) fn answered(&mut self, answer: &Answer, body: &mut Body, out: Sink<'_>) {
        let Some((id, _)) = self
            .pending
            .take_if(|(_, pending)| matches!(pending, Pending::Ask))
        else {
            return;
        };
        body.clear();
        self.respond(id, Status::Done, answer_fields(answer), out);
    }

    pub(super) fn quit(&mut self, body: &mut Body, out: Sink<'_>) {
        match self.pending {
            Some((_, Pending::Ask)) => self.answered(&Answer::Quit, body, out),
            Some((_, Pending::Pin)) => self.typed(None, out),
            Some((_, Pending::Face)) => self.looked(Some(FaceOutcome::Declined), out),
            Some((_, Pending::Mute)) | None => {}
        }
    }

    /// The digits go out and are wiped here: they are dropped, and the answer is not kept.
    pub(super) fn typed(&mut self, digits: Option<Digits>, out: Sink<'_>) {
        let Some((id, _)) = self
            .pending
            .take_if(|(_, pending)| matches!(pending, Pending::Pin))
        else {
            return;
        };
        let result = digits.map(|digits| (1, Value::Bytes(digits.expose().to_vec())));
        let message = message::response(id, Status::Done, result.into_iter().collect());
        self.respond_once(id, &message, out);
    }

    pub(super) fn looked(&mut self, outcome: Option<FaceOutcome>, out: Sink<'_>) {
        let Some((id, _)) = self
            .pending
            .take_if(|(_, pending)| matches!(pending, Pending::Face))
        else {
            return;
        };
        match outcome.map(outcome_number) {
            Some(number) => self.respond(id, Status::Done, vec![(1, number.into())], out),
            None => self.respond(id, Status::NoTarget, vec![], out),
        }
    }
}

fn needs(body: &Body, capability: Capability) -> Result<(), Status> {
    if body.identity().can(capability) {
        Ok(())
    } else {
        Err(Status::NotHere)
    }
}

const fn feature(capability: &Capability) -> Option<u16> {
    Some(match capability {
        Capability::Face => 1,
        Capability::PinPad => 2,
        Capability::NfcCard => 3,
        Capability::NfcPhone => 4,
        Capability::Screen => 5,
        Capability::RemoteVisual => 6,
        Capability::StaffVisual | Capability::Delegated | Capability::Solitary => return None,
    })
}

fn answer_fields(answer: &Answer) -> Fields {
    let (code, more): (u8, Option<(u8, Value)>) = match answer {
        Answer::Medium(medium) => (1, Some((2, pages::medium_number(*medium).into()))),
        Answer::Method(method) => (2, Some((2, method_number(*method).into()))),
        Answer::Yes => (3, None),
        Answer::No => (4, None),
        Answer::Language(language) => (5, Some((3, language.as_str().into()))),
        _ => (6, None),
    };
    [(1, code.into())].into_iter().chain(more).collect()
}

const fn method_number(method: Method) -> u8 {
    match method {
        Method::Face => 1,
        Method::Pin => 2,
        Method::GuardianPin => 3,
        Method::StaffVisual => 4,
        Method::Device => 5,
    }
}

const fn outcome_number(outcome: FaceOutcome) -> u8 {
    match outcome {
        FaceOutcome::Match => 1,
        FaceOutcome::NoMatch => 2,
        FaceOutcome::NoFace => 3,
        FaceOutcome::SeveralFaces => 4,
        FaceOutcome::CameraCovered => 5,
        _ => 6,
    }
}
