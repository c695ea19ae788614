//! What the client asks for, a step or a whole visit.

use std::time::{Duration, Instant};

use madoguchi_core::Medium;
use madoguchi_core::consent::QuestionItem;
use madoguchi_core::screen::PinHolder;
use serde::Deserialize;
use serde_json::{Value, json};

use super::visit::{Plan, Visit};
use super::wire::{Nonsense, Said, code, decode, encode, pressed};
use super::{Atlas, CARD_PATIENCE, HANDLE, Running, TOKEN, What, features};
use crate::device::{Body, CardReply, Field, PageKind, Panel, PinPad};

/// What a call comes to: an answer, or something that is waited for.
enum Comes {
    Now(Value),
    Later { wait: Duration, what: What },
}

#[derive(Deserialize)]
struct Open<'a> {
    protocol: u32,
    token: &'a str,
}

#[derive(Deserialize)]
struct Show {
    page: PageKind,
    about: Option<Value>,
    language: String,
    title: String,
    lines: Vec<String>,
    buttons: Vec<Button>,
    wait_ms: u64,
}

#[derive(Deserialize)]
struct Button {
    key: String,
    label: String,
}

#[derive(Deserialize)]
struct AskPin {
    digits: u8,
    holder: PinHolder,
    title: String,
    lines: Vec<String>,
    wait_ms: u64,
}

#[derive(Deserialize)]
struct AskFace {
    wait_ms: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum By {
    Device,
    Remote,
}

#[derive(Deserialize)]
struct Visual {
    by: By,
}

#[derive(Deserialize)]
struct Apdu<'a> {
    apdu: &'a str,
}

#[derive(Deserialize)]
struct Lead<'a> {
    media: Vec<Medium>,
    consents: Vec<QuestionItem>,
    language: String,
    challenge: &'a str,
    wait_ms: u64,
}

impl Atlas {
    /// Takes in what the client says.
    pub(super) fn hear(
        &mut self,
        said: &Said<'_>,
        body: &mut Body,
        out: &mut dyn FnMut(&[u8]),
    ) -> Result<(), Nonsense> {
        let Some(client) = &mut self.client else {
            return Ok(());
        };
        match *said {
            Said {
                note: Some(note),
                of,
                id: None,
                call: None,
                ..
            } => {
                let running = client.running.as_ref().map(|running| running.id);
                // What was answered already cannot be called off.
                if note == "cancel" && of.is_some() && of == running {
                    self.stop(code::CANCELLED, body, out);
                }
                Ok(())
            }
            Said {
                id: Some(id),
                call: Some(call),
                note: None,
                of: None,
                ..
            } => {
                // One that comes twice is done once.
                if id > client.last_id {
                    client.last_id = id;
                    self.request(id, call, said, body, out);
                }
                Ok(())
            }
            _ => Err(Nonsense),
        }
    }

    fn request(&mut self, id: u32, call: &str, said: &Said<'_>, body: &mut Body, out: &mut dyn FnMut(&[u8])) {
        if call == "card.off" {
            // An APDU that is with the card ends with it.
            let silent = |running: &Running| matches!(running.what, What::Silent);
            if self
                .client
                .as_ref()
                .is_some_and(|client| client.running.as_ref().is_some_and(silent))
            {
                self.stop(code::CARD_RESET, body, out);
            }
        }
        let comes = self.comes(call, said, body);
        let Some(client) = &mut self.client else {
            return;
        };
        match comes {
            Ok(Comes::Now(answer)) => client.answer(id, Ok(answer), out),
            Err(code) => client.answer(id, Err(code), out),
            Ok(Comes::Later { wait, what }) => {
                client.running = Some(Running {
                    id,
                    until: Instant::now() + wait,
                    what,
                });
                // A visit may go a long way by itself.
                self.act(crate::device::BodyEvent::Woke, body, out);
            }
        }
    }

    fn comes(&mut self, call: &str, said: &Said<'_>, body: &mut Body) -> Result<Comes, u32> {
        let Some(client) = &mut self.client else {
            return Err(code::NO_HANDLE);
        };
        if call == "open" {
            let open: Open<'_> = said.with().ok_or(code::MALFORMED)?;
            if !(2..=3).contains(&open.protocol) {
                return Err(code::VERSION);
            }
            if open.token != TOKEN {
                return Err(code::TOKEN);
            }
            client.protocol = open.protocol;
            client.open = true;
            return Ok(Comes::Now(json!({"devices": [device(body, open.protocol)]})));
        }
        if !client.open {
            return Err(code::TOKEN);
        }
        if said.device != Some(HANDLE) {
            return Err(code::NO_HANDLE);
        }
        let protocol = client.protocol;
        match &client.running {
            Some(_) if call != "card.off" => return Err(code::BUSY),
            _ => {}
        }
        let can = |feature: &str| features::features(body.identity(), protocol).contains(&feature);
        let needs = |feature: &str| if can(feature) { Ok(()) } else { Err(code::CANNOT) };
        match call {
            "show" => {
                let show: Show = said.with().ok_or(code::MALFORMED)?;
                needs(if show.buttons.is_empty() {
                    "guide"
                } else {
                    "screen"
                })?;
                show.on(body)
            }
            "pin" => {
                needs("pin")?;
                let ask: AskPin = said.with().ok_or(code::MALFORMED)?;
                ask.on(body)
            }
            "face" => {
                needs("face")?;
                let ask: AskFace = said.with().ok_or(code::MALFORMED)?;
                if !body.ask_face() {
                    return Err(code::NO_CARD);
                }
                Ok(later(ask.wait_ms, What::Face))
            }
            "visual" => {
                let visual: Visual = said.with().ok_or(code::MALFORMED)?;
                needs(match visual.by {
                    By::Device => "staff",
                    By::Remote => "remote_staff",
                })?;
                if body.accept_visual() {
                    Ok(Comes::Now(json!({})))
                } else {
                    Err(code::NO_CARD)
                }
            }
            "card.on" => {
                needs("card")?;
                power_on(body)
            }
            "card.apdu" => {
                needs("card")?;
                let Apdu { apdu } = said.with().ok_or(code::MALFORMED)?;
                let apdu = decode(apdu).ok_or(code::MALFORMED)?;
                match body.slot().transmit(&apdu) {
                    CardReply::Answer(answer) => Ok(Comes::Now(json!({"answer": encode(&answer)}))),
                    CardReply::Removed => Err(code::CARD_REMOVED),
                    CardReply::Lost => Err(code::CARD_RESET),
                    CardReply::Unpowered => Err(code::NO_CARD),
                    CardReply::Silent => Ok(Comes::Later {
                        wait: CARD_PATIENCE,
                        what: What::Silent,
                    }),
                }
            }
            "card.off" => {
                needs("card")?;
                body.slot().power_off();
                Ok(Comes::Now(json!({})))
            }
            "visit" => {
                needs("visit")?;
                let lead: Lead<'_> = said.with().ok_or(code::MALFORMED)?;
                lead.on(body)
            }
            _ => Err(code::UNKNOWN_CALL),
        }
    }
}

/// The device as the service describes it.
fn device(body: &Body, protocol: u32) -> Value {
    let identity = body.identity();
    json!({
        "handle": HANDLE,
        "serial": identity.serial,
        "port": "usb-1",
        "name": format!("Atlas {}", identity.model),
        "model": identity.model,
        "firmware": identity.firmware,
        "generation": if features::hands_over(identity) { 2 } else { 1 },
        "features": features::features(identity, protocol),
        "card": body.card_present(),
    })
}

fn later(wait_ms: u64, what: What) -> Comes {
    Comes::Later {
        // A client that waits for ever is one that waits for a day.
        wait: Duration::from_millis(wait_ms.min(86_400_000)),
        what,
    }
}

fn power_on(body: &mut Body) -> Result<Comes, u32> {
    if !body.card_present() {
        return Err(code::NO_CARD);
    }
    match body.slot().power_on() {
        Some(atr) => Ok(Comes::Now(json!({"atr": encode(&atr)}))),
        // No chip was found in it.
        None => Err(code::NOT_MY_NUMBER),
    }
}

impl Show {
    fn on(self, body: &mut Body) -> Result<Comes, u32> {
        let mut panel = Panel::new(self.page).language(self.language).title(self.title);
        if let Some(about) = self.about {
            panel = panel.about(field(self.page, about).ok_or(code::MALFORMED)?);
        }
        for line in self.lines {
            panel = panel.line(line);
        }
        let asks = !self.buttons.is_empty();
        for button in self.buttons {
            panel = panel.button(pressed(&button.key).ok_or(code::MALFORMED)?, button.label);
        }
        body.show(panel);
        Ok(if asks {
            later(self.wait_ms, What::Button)
        } else {
            Comes::Now(json!({}))
        })
    }
}

/// What a page is about.
fn field(page: PageKind, about: Value) -> Option<Field> {
    match page {
        PageKind::Present => serde_json::from_value(about).ok().map(Field::Medium),
        PageKind::Guide => serde_json::from_value(about).ok().map(Field::Guidance),
        PageKind::Consent => serde_json::from_value(about).ok().map(Field::Item),
        _ => None,
    }
}

impl AskPin {
    fn on(self, body: &mut Body) -> Result<Comes, u32> {
        if !(1..=PinPad::MAX_DIGITS).contains(&self.digits) {
            return Err(code::MALFORMED);
        }
        body.ask_pin(PinPad {
            digits: self.digits,
            holder: self.holder,
            title: self.title,
            lines: self.lines,
        });
        Ok(later(self.wait_ms, What::Digits))
    }
}

impl Lead<'_> {
    fn on(self, body: &mut Body) -> Result<Comes, u32> {
        let phones = self.media.iter().any(|medium| medium.is_phone());
        if self.media.is_empty() || (phones && !features::hands_over(body.identity())) {
            return Err(code::MALFORMED);
        }
        let plan = Plan {
            media: self.media,
            consents: self.consents,
            language: self.language,
            challenge: decode(self.challenge).ok_or(code::MALFORMED)?.to_vec(),
        };
        let visit = Visit::begin(plan, body);
        Ok(later(self.wait_ms, What::Visit(Box::new(visit))))
    }
}
