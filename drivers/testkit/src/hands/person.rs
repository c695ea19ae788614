//! A person at the terminal, who is told what to do and presses Enter.

use std::time::Duration;

use madoguchi_driver_api::screen::{Answer, FaceOutcome};
use madoguchi_driver_api::{Medium, Method};

use super::{Deed, Hands, Refusal, Seen, Skill, digit};

/// Says a line to a person and waits for Enter; false where nobody is there.
pub type Answering = Box<dyn FnMut(&str) -> bool + Send>;

/// A person.
pub struct Person {
    ask: Answering,
    card_on: bool,
    unplugged: bool,
    begun: bool,
}

impl Person {
    /// A person who is asked that way.
    #[must_use]
    pub fn new(ask: Answering) -> Self {
        Self {
            ask,
            card_on: false,
            unplugged: false,
            begun: false,
        }
    }

    fn ask(&mut self, line: &str) -> Result<(), Refusal> {
        if (self.ask)(line) {
            Ok(())
        } else {
            Err(Refusal::Gone("nobody is at the terminal".to_owned()))
        }
    }

    fn reset(&mut self) -> Result<(), Refusal> {
        if self.unplugged {
            self.ask("Plug the reader in again and press Enter.")?;
            self.unplugged = false;
        }
        if self.card_on || !self.begun {
            self.ask("Take whatever lies on the reader away and press Enter.")?;
            (self.card_on, self.begun) = (false, true);
        }
        Ok(())
    }
}

impl Hands for Person {
    fn name(&self) -> &'static str {
        "person"
    }

    fn skills(&self) -> Vec<Skill> {
        vec![Skill::Card, Skill::Fingers, Skill::Face, Skill::Plug]
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(60)
    }

    fn act(&mut self, deed: &Deed) -> Result<Seen, Refusal> {
        match deed {
            Deed::Reset => self.reset()?,
            Deed::Insert => {
                self.ask("Press Enter, then put a My Number card on the reader within five seconds.")?;
                self.card_on = true;
            }
            Deed::Remove => {
                self.ask("Press Enter, then take the card away within five seconds.")?;
                self.card_on = false;
            }
            Deed::Press(answer) => {
                self.ask(&format!(
                    "Press Enter, then the button for {} on the reader.",
                    button(answer)
                ))?;
            }
            Deed::Type { seed, count } => {
                let digits: String = (0..*count).map(|index| char::from(digit(*seed, index))).collect();
                self.ask(&format!("Press Enter, then type {digits} on the reader."))?;
            }
            Deed::CancelPin => self.ask("Press Enter, then choose on the reader not to type the PIN.")?,
            Deed::Face(None) => self.ask("Stay out of the camera's view and press Enter.")?,
            Deed::Face(Some(outcome)) => self.ask(&format!("{}, and press Enter.", stand(*outcome)))?,
            Deed::Unplug => {
                self.ask("Pull the reader's plug and press Enter.")?;
                self.unplugged = true;
            }
            Deed::Replug(None) => {
                self.ask("Plug the reader in again and press Enter.")?;
                self.unplugged = false;
            }
            Deed::AwaitQuestion => self.ask("Press Enter as soon as the reader asks something.")?,
            Deed::Consent(granted) => {
                let answer = if *granted { "agree" } else { "refuse" };
                self.ask(&format!(
                    "Press Enter, then {answer} on the reader when it asks for consent; choose the card where it asks for \
                     that before."
                ))?;
            }
            Deed::AwaitCamera => self.ask(
                "Press Enter as soon as the reader looks for a face; choose the card where it asks for that before.",
            )?,
            Deed::Look => {}
            Deed::InsertPulledAt(_)
            | Deed::InsertSlow(_)
            | Deed::Replug(Some(_))
            | Deed::Freeze
            | Deed::FreezeAtOnce => {
                return Err(Refusal::CannotDo);
            }
        }
        Ok(Seen::default())
    }
}

/// A button in words.
fn button(answer: &Answer) -> &str {
    match answer {
        Answer::Medium(Medium::Card) => "the card",
        Answer::Medium(Medium::Android) => "the Android phone",
        Answer::Medium(Medium::IPhone) => "the iPhone",
        Answer::Method(Method::Face) => "the face",
        Answer::Method(Method::Pin) => "the PIN",
        Answer::Method(Method::GuardianPin) => "the guardian's PIN",
        Answer::Method(Method::StaffVisual) => "the check by staff",
        Answer::Method(Method::Device) => "the phone's own check",
        Answer::Seen => "going on",
        Answer::Yes => "yes",
        Answer::No => "no",
        Answer::Language(language) => language,
        Answer::Quit => "stopping",
        // The contract has grown: the rule that asks for it needs a word here.
        _ => "what the rule is about",
    }
}

/// What a person does so that the camera comes to that.
fn stand(outcome: FaceOutcome) -> &'static str {
    match outcome {
        FaceOutcome::Match => "Let the one whose card it is look into the camera",
        FaceOutcome::NoMatch => "Let somebody else than the one whose card it is look into the camera",
        FaceOutcome::NoFace => "Hold something without a face before the camera",
        FaceOutcome::SeveralFaces => "Look into the camera, two of you",
        FaceOutcome::CameraCovered => "Cover the camera",
        FaceOutcome::Declined => "Be ready to choose on the reader not to show the face",
        _ => "Have the camera come to what the rule is about",
    }
}
