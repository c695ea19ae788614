//! The desk of `check-in`: answers from flags and standard input where they were given, else from the terminal.

use async_trait::async_trait;
use madoguchi_core::{Medium, Method, Reason};
use madoguchi_proto::auth::v1::{CheckVisually, EnterPin, Guidance, VisualCause};
use madoguchi_proto::checkin::v1::CheckIn;
use madoguchi_proto::consent::v1::{ConsentDecision, ConsentQuestion};

use crate::cli::check_in::pins::Lines;
use crate::cli::check_in::{ConsentChoice, terminal};
use crate::cli::error::Error;
use crate::cli::output::{Output, complain};
use crate::cli::visit::{Desk, Looked, Reply, TypedPin};
use crate::cli::wire;

/// Where the PIN comes from.
enum PinSource {
    /// Lines of standard input.
    Lines,
    /// The patient at the terminal.
    Terminal,
    /// Nobody.
    Nobody,
}

pub(super) struct Clerk {
    output: Output,
    pins: PinSource,
    confirm_last_try: bool,
    consent: Option<ConsentChoice>,
    attended: bool,
    /// Whether everything that the reader can ask is left to it.
    on_reader: bool,
    /// Who looks where staff have to (目視).
    staff_id: Option<String>,
    told: Option<Guidance>,
    lines: Lines,
}

impl Clerk {
    /// What cannot be answered later is refused now, before a visit holds the counter.
    pub(super) fn new(
        output: Output,
        pin_stdin: bool,
        confirm_last_try: bool,
        consent: Option<ConsentChoice>,
        has_medium: bool,
        on_reader: bool,
        staff_id: Option<String>,
    ) -> Result<Self, Error> {
        let attended = terminal::is_attended() && !pin_stdin;
        if !attended && !has_medium && !on_reader {
            return Err(Error::Usage(
                "--medium is needed where nobody can be asked at a terminal",
            ));
        }
        if !attended && consent.is_none() && !on_reader {
            return Err(Error::Usage(
                "--consent is needed where nobody can be asked at a terminal",
            ));
        }
        let pins = match (pin_stdin, attended) {
            (true, _) => PinSource::Lines,
            (false, true) => PinSource::Terminal,
            (false, false) => PinSource::Nobody,
        };
        Ok(Self {
            output,
            pins,
            confirm_last_try,
            consent,
            attended,
            on_reader,
            staff_id,
            told: None,
            lines: Lines::default(),
        })
    }

    /// The reason to give up: why the PIN is asked again, or that it was never given.
    fn gave_up<T>(prompt: &EnterPin) -> Reply<T> {
        Reply::GiveUp(prompt.again_because.parse().unwrap_or(Reason::VisitCancelled))
    }
}

#[async_trait]
impl Desk for Clerk {
    async fn changed(&mut self, check_in: &CheckIn) -> Result<(), Error> {
        let guidance = check_in.guidance();
        if self.told != Some(guidance) {
            self.told = Some(guidance);
            if let Some(sentence) = wire::guidance(guidance) {
                self.output.say(sentence)?;
            }
        }
        Ok(())
    }

    async fn medium(&mut self, options: &[Medium]) -> Result<Reply<Medium>, Error> {
        let names: Vec<_> = options.iter().map(|option| option.as_str()).collect();
        if self.on_reader {
            return left_to_the_reader().await;
        }
        if !self.attended {
            return Err(Error::Usage(
                "--medium is needed where nobody can be asked at a terminal",
            ));
        }
        loop {
            let answer = terminal::ask(
                &mut self.lines,
                &format!("What does the patient hold up ({})?", names.join(", ")),
            )
            .await?;
            match options.iter().find(|option| option.as_str() == answer.trim()) {
                Some(medium) => return Ok(Reply::Give(*medium)),
                None => complain("That is none of them."),
            }
        }
    }

    async fn pin(&mut self, prompt: &EnterPin) -> Result<Reply<TypedPin>, Error> {
        if let Ok(reason) = prompt.again_because.parse::<Reason>() {
            complain(format_args!("{} {}", reason.message(), reason.message_ja()));
        }
        let mut confirm_last_try = self.confirm_last_try;
        if prompt.last_try && !confirm_last_try {
            if !matches!(self.pins, PinSource::Terminal) {
                return Ok(Reply::GiveUp(Reason::PinLastTryNotConfirmed));
            }
            let question = "One try is left: a wrong PIN locks the card. Try it? Type yes:";
            if terminal::ask(&mut self.lines, question).await?.trim() != "yes" {
                return Ok(Reply::GiveUp(Reason::PinLastTryNotConfirmed));
            }
            confirm_last_try = true;
        }
        let digits = match &self.pins {
            PinSource::Lines => match self.lines.next().await? {
                Some(digits) => digits,
                None => return Ok(Self::gave_up(prompt)),
            },
            PinSource::Terminal | PinSource::Nobody if self.on_reader => return left_to_the_reader().await,
            PinSource::Terminal => {
                let tries = prompt
                    .tries_left_count
                    .map(|tries| format!(" ({tries} tries left)"));
                terminal::ask_unseen(&mut self.lines, &format!("PIN{}:", tries.unwrap_or_default())).await?
            }
            PinSource::Nobody => return Err(Error::Usage("the PIN is asked: give --pin-stdin")),
        };
        Ok(Reply::Give(TypedPin {
            digits,
            confirm_last_try,
        }))
    }

    async fn consents(&mut self, question: &ConsentQuestion) -> Result<Reply<Vec<ConsentDecision>>, Error> {
        if self.on_reader && self.consent.is_none() {
            return left_to_the_reader().await;
        }
        if let Some(choice) = &self.consent {
            return Ok(Reply::Give(choice.decide(question)));
        }
        let mut decisions = Vec::new();
        for asked in &question.items {
            let granted = yes_or_no(&mut self.lines, &asked.text).await?;
            decisions.push(ConsentDecision {
                item: asked.item,
                granted,
                item_id: asked.item_id.clone(),
                ..ConsentDecision::default()
            });
        }
        Ok(Reply::Give(decisions))
    }

    async fn method(&mut self, options: &[Method]) -> Result<Reply<Method>, Error> {
        if self.on_reader || !self.attended {
            return left_to_the_reader().await;
        }
        let names: Vec<_> = options.iter().map(|option| option.as_str()).collect();
        loop {
            let question = format!("How is the person verified ({})?", names.join(", "));
            let answer = terminal::ask(&mut self.lines, &question).await?;
            match options.iter().find(|option| option.as_str() == answer.trim()) {
                Some(method) => return Ok(Reply::Give(*method)),
                None => complain("That is none of them."),
            }
        }
    }

    async fn visual_check(&mut self, prompt: &CheckVisually) -> Result<Reply<Looked>, Error> {
        let Some(staff_id) = self.staff_id.clone() else {
            return left_to_the_reader().await;
        };
        let because = prompt.because.parse::<Reason>();
        if let Ok(reason) = because {
            complain(format_args!("{} {}", reason.message(), reason.message_ja()));
        }
        let question = "Staff: is it the person on the card (目視)?";
        let confirmed = yes_or_no(&mut self.lines, question).await?;
        let cause = match because {
            Ok(Reason::PinLocked) => VisualCause::PinLocked,
            Ok(Reason::FaceNotVerified | Reason::PinWrong | Reason::PinNotSet) => VisualCause::FaceAndPin,
            Ok(_) => VisualCause::ReaderTrouble,
            Err(_) => VisualCause::PatientAsked,
        };
        Ok(Reply::Give(Looked {
            confirmed,
            staff_id,
            cause,
        }))
    }

    async fn registration(&mut self) -> Result<Reply<bool>, Error> {
        if self.on_reader || !self.attended {
            return left_to_the_reader().await;
        }
        let question = "The card is not registered as insurance card yet: register it (利用登録)?";
        Ok(Reply::Give(yes_or_no(&mut self.lines, question).await?))
    }
}

/// Somebody else answers.
async fn left_to_the_reader<T>() -> Result<Reply<T>, Error> {
    std::future::pending().await
}

async fn yes_or_no(lines: &mut Lines, text: &str) -> Result<bool, Error> {
    loop {
        match terminal::ask(lines, &format!("{text} [yes/no]")).await?.trim() {
            "yes" => return Ok(true),
            "no" => return Ok(false),
            _ => complain("Please type yes or no."),
        }
    }
}
