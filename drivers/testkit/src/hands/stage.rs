//! A twin's stage, in another process or in this one.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use madoguchi_core::Medium;
use madoguchi_core::screen::Answer;
use madoguchi_twin::Faults;
use madoguchi_twin::device::{
    Act, At, ClientError, DeviceFaults, FaceScript, Insert, PageKind, Refused, StageClient, State, Typed,
    What,
};

use super::{Deed, Hands, Refusal, Seen, Skill, digit};

/// How long a finger waits for its button.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long the camera takes.
const THINK_MS: u32 = 20;

/// Acts on a twin through its stage.
pub struct StageHands {
    stage: StageClient,
    moved: u32,
    /// What was on the screen when consent was given or refused last: the next question is another one.
    answered: Option<u64>,
}

impl StageHands {
    /// Connects to a stage.
    ///
    /// # Errors
    /// Where nobody answers there.
    pub fn connect(address: SocketAddr) -> Result<Self, ClientError> {
        let stage = StageClient::connect(address)?;
        Ok(Self {
            stage,
            moved: 0,
            answered: None,
        })
    }

    fn state(&mut self) -> Result<State, Refusal> {
        self.stage.act(Act::Look).map_err(refusal)
    }

    fn insert(&mut self, faults: Faults) -> Result<State, Refusal> {
        let insert = Insert {
            persona: "adult".to_owned(),
            faults,
            fresh: true,
            armed_ms: None,
            kind: None,
        };
        self.stage.act(Act::Insert(insert)).map_err(refusal)
    }

    fn wait(&mut self, what: &str, wished: impl Fn(&State) -> bool) -> Result<State, Refusal> {
        let until = Instant::now() + PATIENCE;
        let mut state = self.state()?;
        while !wished(&state) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let page = state.page().map_or("nothing", |page| page.as_str());
                return Err(Refusal::NotOffered(format!("{what}; it shows {page}")));
            }
            state = self.stage.watch(state.sequence, left).map_err(refusal)?;
        }
        Ok(state)
    }

    fn press(&mut self, answer: &Answer) -> Result<State, Refusal> {
        let offered = |state: &State| state.panel.as_ref().is_some_and(|panel| panel.offers(answer));
        self.wait(&format!("a button for {answer:?}"), offered)?;
        self.stage.act(Act::press(answer.clone())).map_err(refusal)
    }

    /// Waits for that, and chooses the card where the medium is asked for before.
    fn past_the_medium(&mut self, what: &str, wished: impl Fn(&State) -> bool) -> Result<State, Refusal> {
        let card = Answer::Medium(Medium::Card);
        let offered = |state: &State| state.panel.as_ref().is_some_and(|panel| panel.offers(&card));
        let state = self.wait(what, |state| wished(state) || offered(state))?;
        if wished(&state) {
            return Ok(state);
        }
        self.stage.act(Act::press(card.clone())).map_err(refusal)?;
        self.wait(what, wished)
    }

    fn consent(&mut self, granted: bool) -> Result<State, Refusal> {
        let answer = if granted { Answer::Yes } else { Answer::No };
        let answered = self.answered;
        let asks = |state: &State| {
            state.page() == Some(PageKind::Consent)
                && answered != Some(state.shown)
                && state.panel.as_ref().is_some_and(|panel| panel.offers(&answer))
        };
        let state = self.past_the_medium("a question for consent", asks)?;
        self.answered = Some(state.shown);
        self.stage.act(Act::press(answer.clone())).map_err(refusal)
    }

    fn reset(&mut self) -> Result<Seen, Refusal> {
        self.stage
            .act(Act::Faults(DeviceFaults::default()))
            .map_err(refusal)?;
        self.stage
            .act(Act::Face(FaceScript::default()))
            .map_err(refusal)?;
        let state = self.state()?;
        if state.card_present {
            self.stage.act(Act::Remove).map_err(refusal)?;
        }
        if state.frozen || state.place.is_none() {
            let state = self.stage.act(Act::Replug { port: None }).map_err(refusal)?;
            return Ok(Seen {
                replugged: true,
                ..seen(state)
            });
        }
        self.state().map(seen)
    }
}

impl Hands for StageHands {
    fn name(&self) -> &'static str {
        "stage"
    }

    fn skills(&self) -> Vec<Skill> {
        vec![
            Skill::Card,
            Skill::Faults,
            Skill::Fingers,
            Skill::Face,
            Skill::Plug,
            Skill::Bench,
            Skill::Power,
            Skill::Inside,
        ]
    }

    fn act(&mut self, deed: &Deed) -> Result<Seen, Refusal> {
        let pad = |state: &State| state.pin.is_some();
        let act = match deed {
            Deed::Reset => return self.reset(),
            Deed::Insert => return self.insert(Faults::default()).map(seen),
            Deed::InsertPulledAt(apdu) => return self.insert(Faults::pull_at(*apdu)).map(seen),
            Deed::InsertSlow(delay_ms) => {
                let faults = Faults {
                    delay_ms: *delay_ms,
                    ..Faults::default()
                };
                return self.insert(faults).map(seen);
            }
            Deed::Press(answer) => return self.press(answer).map(seen),
            Deed::AwaitQuestion => {
                let asks = |state: &State| {
                    let buttons = state
                        .panel
                        .as_ref()
                        .is_some_and(|panel| !panel.buttons.is_empty());
                    buttons || state.pin.is_some() || state.face
                };
                return self.wait("a question", asks).map(seen);
            }
            Deed::AwaitCamera => {
                return self.past_the_medium("the camera", |state| state.face).map(seen);
            }
            Deed::Consent(granted) => return self.consent(*granted).map(seen),
            Deed::Type { seed, count } => {
                self.wait("a PIN pad", pad)?;
                let digits: Vec<u8> = (0..*count).map(|index| digit(*seed, index)).collect();
                Act::TypePin {
                    digits: Typed::new(&digits),
                }
            }
            Deed::CancelPin => {
                self.wait("a PIN pad", pad)?;
                Act::CancelPin
            }
            Deed::Face(None) => Act::Face(FaceScript::nobody()),
            Deed::Face(Some(outcome)) => Act::Face(FaceScript::always(*outcome).thinking(THINK_MS)),
            Deed::Remove => Act::Remove,
            Deed::Unplug => Act::Unplug { back_after_ms: None },
            Deed::Replug(port) => {
                self.moved += 1;
                Act::Replug {
                    port: port.as_ref().map(|port| format!("{port}{}", self.moved)),
                }
            }
            Deed::Freeze => Act::Freeze { for_ms: None },
            Deed::FreezeAtOnce => {
                Act::Faults(DeviceFaults::one(At::Received(1), What::Freeze { for_ms: None }))
            }
            Deed::Look => Act::Look,
        };
        self.stage.act(act).map_err(refusal).map(seen)
    }
}

fn seen(state: State) -> Seen {
    Seen {
        page: state.page().map(|page| page.as_str().to_owned()),
        buttons: state
            .panel
            .map(|panel| panel.buttons.into_iter().map(|button| button.answer).collect())
            .unwrap_or_default(),
        powered: Some(state.card.as_ref().is_some_and(|card| card.powered)),
        pins_held: Some(state.pins_held),
        replugged: false,
        pins_sent: state.card.map(|card| card.pins_sent),
    }
}

fn refusal(error: ClientError) -> Refusal {
    match error {
        ClientError::Refused(Refused::Ended) => Refusal::Gone("the twin has ended".to_owned()),
        ClientError::Refused(refused) => Refusal::NotOffered(refused.to_string()),
        error => Refusal::Gone(error.to_string()),
    }
}
