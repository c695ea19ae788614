//! A made-up patient at the counter: puts the card on when asked, types the PIN, answers for consent, and tells the
//! audience about it.

use async_trait::async_trait;
use madoguchi_core::{Medium, Reason};
use madoguchi_proto::auth::v1::{EnterPin, Guidance};
use madoguchi_proto::checkin::v1::CheckIn;
use madoguchi_proto::checkin::v1::check_in::State;
use madoguchi_proto::consent::v1::{ConsentDecision, ConsentQuestion};
use madoguchi_twin::vpcd::VpcdCard;
use zeroize::Zeroizing;

use crate::cli::Error as CliError;
use crate::cli::check_in::ConsentChoice;
use crate::cli::output::Output;
use crate::cli::visit::{Desk, Reply, TypedPin};
use crate::cli::wire;
use crate::demo::Error;
use crate::demo::scene::Scene;

/// What no persona's PIN is.
const WRONG_PIN: &str = "0000";

pub(super) struct Patient<'a> {
    scene: &'a Scene,
    card: &'a VpcdCard,
    output: Output,
    mistypes: bool,
    told: (State, Guidance),
}

impl<'a> Patient<'a> {
    pub(super) fn new(scene: &'a Scene, card: &'a VpcdCard, output: Output) -> Self {
        let told = (State::Unspecified, Guidance::Unspecified);
        Self {
            scene,
            card,
            output,
            mistypes: scene.wrong_pin_first,
            told,
        }
    }

    /// The card's thread answers within a few milliseconds, so nobody is held up by waiting for it here.
    fn put_on(&self) -> Result<(), CliError> {
        self.card.insert().map_err(Error::from)?;
        let what = match self.scene.persona.medium() {
            Medium::Card => "puts the card on the reader",
            Medium::IPhone => "looks at the iPhone (Face ID) and holds it to the reader",
            Medium::Android => "holds the phone to the reader",
        };
        Ok(self.output.say(format_args!("  Patient: {what}."))?)
    }
}

#[async_trait]
impl Desk for Patient<'_> {
    async fn changed(&mut self, check_in: &CheckIn) -> Result<(), CliError> {
        let now = (check_in.state(), check_in.guidance());
        let before = std::mem::replace(&mut self.told, now);
        if let Some(sentence) = wire::guidance(now.1).filter(|_| before.1 != now.1) {
            self.output.say(format_args!("  Gateway: {sentence}"))?;
        }
        // A visit waits for the card from its first moment, but the patient waits to be asked.
        if now.0 == State::WaitingForCard && now.1 != Guidance::Unspecified && before != now {
            self.put_on()?;
        }
        if before.0 != now.0 {
            let phone_verified = self.scene.persona.medium() == Medium::IPhone;
            match now.0 {
                State::ReadingCard => self.output.say("  Gateway: reads the certificate.")?,
                State::Signing if phone_verified => {
                    self.output.say("  Gateway: has the chip sign the challenge.")?
                }
                State::Signing => self
                    .output
                    .say("  Gateway: has the chip verify the PIN and sign the challenge.")?,
                State::CheckingEligibility => self.output.say("  Gateway: asks the eligibility service.")?,
                _ => {}
            }
        }
        Ok(())
    }

    async fn medium(&mut self, options: &[Medium]) -> Result<Reply<Medium>, CliError> {
        let medium = self.scene.persona.medium();
        Ok(if options.contains(&medium) {
            Reply::Give(medium)
        } else {
            Reply::GiveUp(Reason::ReaderNotFound)
        })
    }

    async fn pin(&mut self, prompt: &EnterPin) -> Result<Reply<TypedPin>, CliError> {
        if let Ok(reason) = prompt.again_because.parse::<Reason>() {
            self.output.say(format_args!(
                "  Gateway: {} {}",
                reason.message(),
                reason.message_ja()
            ))?;
        }
        let tries = prompt
            .tries_left_count
            .map(|tries| format!(" ({tries} tries left)"))
            .unwrap_or_default();
        self.output
            .say(format_args!("  Gateway: asks for the PIN{tries}."))?;
        let digits = if std::mem::take(&mut self.mistypes) {
            self.output.say("  Patient: types a wrong PIN.")?;
            WRONG_PIN.to_owned()
        } else {
            self.output.say("  Patient: types the PIN.")?;
            // Digits are text.
            String::from_utf8_lossy(self.scene.persona.pin()?.expose()).into_owned()
        };
        Ok(Reply::Give(TypedPin {
            digits: Zeroizing::new(digits),
            confirm_last_try: false,
        }))
    }

    async fn registration(&mut self) -> Result<Reply<bool>, CliError> {
        self.output
            .say("  Gateway: the card is not registered as insurance card yet (利用登録): register it?")?;
        self.output.say("  Patient: registers it.")?;
        Ok(Reply::Give(true))
    }

    async fn consents(
        &mut self,
        question: &ConsentQuestion,
    ) -> Result<Reply<Vec<ConsentDecision>>, CliError> {
        for item in &question.items {
            self.output.say(format_args!("  Gateway: asks: {}", item.text))?;
        }
        let what = match &self.scene.consent {
            ConsentChoice::All => "agrees to everything",
            ConsentChoice::Only(items) if items.is_empty() => "agrees to nothing",
            ConsentChoice::Only(_) => "agrees to some",
        };
        self.output.say(format_args!("  Patient: {what}."))?;
        Ok(Reply::Give(self.scene.consent.decide(question)))
    }
}
