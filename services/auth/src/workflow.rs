//! The workflow: walks from step to step until the chip has signed or nothing more can be done.

mod again;
mod expiry;

use std::sync::Arc;
use std::time::Duration;

use madoguchi_core::audit::{Action as AuditAction, Audit, Event};
use madoguchi_core::authentication::{Proof, State};
use madoguchi_core::certificate::{CertificateDer, Certificates, Check, Outcome};
use madoguchi_core::check_in::Guidance;
use madoguchi_core::consent::{Decision, QuestionItem};
use madoguchi_core::outlook::Outlook;
use madoguchi_core::pin_budget::PinBudget;
use madoguchi_core::reader::{Lease, PinStatus, Readers};
use madoguchi_core::screen::PinHolder;
use madoguchi_core::{AuthenticationId, CallerId, CheckInId, Clock, Medium, Method, Pin, Reason, StaffId};
use tokio::time::Instant;

use crate::counters::Counter;
use crate::greeter;
use crate::ladder::{Ladder, Rung};
use crate::misfit::Misfit;
use crate::station::{Farewell, Farewells, Station};
use crate::steps::{self, Step};
use crate::{Desk, Options, View, Ways, ways_at};

/// What to authenticate.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Where.
    pub counter: Counter,
    /// The medium, where the patient said so already.
    pub medium: Option<Medium>,
    /// What the chip signs.
    pub challenge: Vec<u8>,
    /// BCP 47 language of the reader's screen.
    pub language: String,
    /// What a maker's program that leads the visit asks on the way; nothing where nothing is to be asked.
    pub consents: Vec<QuestionItem>,
    /// Who asked for it.
    pub caller: CallerId,
    /// In which visit, where it is part of one.
    pub check_in_id: Option<CheckInId>,
    /// Its own name, where it is no part of a visit.
    pub authentication_id: Option<AuthenticationId>,
}

/// What a maker's program was answered on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers {
    /// One for each item asked.
    pub decisions: Vec<Decision>,
    /// BCP 47 language in which they were asked.
    pub language: String,
}

/// A person who was authenticated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authenticated {
    /// With what.
    pub medium: Medium,
    /// How.
    pub method: Method,
    /// What the certificate is good for.
    pub check: Check,
    /// The certificate and the signature over the challenge.
    pub proof: Proof,
    /// What the maker's program was answered, where it led the visit.
    pub answers: Option<Answers>,
}

/// A walk that came to its end.
#[derive(Debug)]
pub struct Walked {
    /// What was known in the end.
    pub view: View,
    /// Who was authenticated, or why nobody was.
    pub result: Result<Authenticated, Reason>,
    /// The readers that the visit still holds: the screen is where it goes on.
    pub station: Station,
}

/// Authenticates people with the readers of this machine. Cheap to clone.
#[derive(Clone)]
pub struct Workflow {
    pub(crate) readers: Arc<dyn Readers>,
    pub(crate) certificates: Arc<dyn Certificates>,
    pub(crate) budget: Arc<dyn PinBudget>,
    pub(crate) audit: Arc<dyn Audit>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) options: Options,
    pub(crate) farewells: Farewells,
    pub(crate) outlook: Option<Arc<dyn Outlook>>,
}

impl std::fmt::Debug for Workflow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workflow")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl Workflow {
    /// A workflow over these ports.
    #[must_use]
    pub fn new(
        readers: Arc<dyn Readers>,
        certificates: Arc<dyn Certificates>,
        budget: Arc<dyn PinBudget>,
        audit: Arc<dyn Audit>,
        clock: Arc<dyn Clock>,
        options: Options,
    ) -> Self {
        Self {
            readers,
            certificates,
            budget,
            audit,
            clock,
            options,
            farewells: Farewells::default(),
            outlook: None,
        }
    }

    /// The same, where what is seen goes into the expiry outlook.
    #[must_use]
    pub fn with_outlook(mut self, outlook: Arc<dyn Outlook>) -> Self {
        self.outlook = Some(outlook);
        self
    }

    /// Greets on the readers' screens who comes before the reception has started a visit, until
    /// [`Workflow::shutdown`]. Must be called on a tokio runtime.
    pub fn greet(&self) {
        let aside = self.farewells.aside.clone();
        self.farewells.run(greeter::run(Arc::clone(&self.readers), aside));
    }

    /// Whether any reader stands at the counter; one that cannot be used just now may come back during the visit.
    ///
    /// # Errors
    /// [`Reason::ReaderNotFound`].
    pub fn require_reader(&self, counter: &Counter) -> Result<(), Reason> {
        let snapshot = self.readers.snapshot();
        let found = snapshot.readers.iter().any(|reader| counter.has(reader));
        if found {
            Ok(())
        } else {
            Err(Reason::ReaderNotFound)
        }
    }

    /// Waits for a card at a counter and reads its certificate, whatever it is good for; nobody types a PIN.
    ///
    /// # Errors
    /// [`Reason::CardWaitTimeout`], or why it could not be read.
    pub async fn read_certificate(
        &self,
        counter: &Counter,
        wait: Duration,
    ) -> Result<(Medium, CertificateDer), Reason> {
        let give_up = Instant::now() + wait;
        let mut anything = steps::wait_for_card::Awaited::anything(counter, self.farewells.left.clone());
        let reader_id = anything.wait(&*self.readers, &self.options, give_up).await?;
        let mut lease = self.readers.lease(&reader_id, crate::station::LEASE_WAIT).await?;
        let medium = lease.open_card().await?.medium;
        let certificate = lease.read_certificate().await?;
        lease.close_card().await;
        Ok((medium, certificate))
    }

    /// Authenticates the person at a counter. Cancel by dropping the future: the card is powered off and the readers
    /// are given back.
    pub async fn run(&self, plan: &Plan, desk: &mut dyn Desk) -> Walked {
        let station = Station::new(
            Arc::clone(&self.readers),
            plan.counter.clone(),
            plan.language.clone(),
            self.farewells.clone(),
        );
        let mut walk = Walk::new(self, plan, desk, station);
        let mut result = walk.run().await;
        walk.close_card().await;
        walk.view.ways = walk.ways();
        let mut event = walk.event(AuditAction::Authenticated);
        event.reason = result.as_ref().err().copied();
        // What cannot be proven later did not happen.
        if let Err(reason) = self.audit.append(event).await {
            result = result.and(Err(reason));
        }
        let Walk {
            view, mut station, ..
        } = walk;
        station.reads_no_more();
        match &result {
            Ok(_) | Err(Reason::PatientQuit) => {}
            Err(_) => station.set_farewell(Farewell::Failed),
        }
        Walked {
            view,
            result,
            station,
        }
    }

    /// Ends greetings and farewells once the last visit has ended: the readers are given back, and their screens welcome
    /// whoever comes next. Takes a second or two, whatever a reader does.
    pub async fn shutdown(&self) {
        self.farewells.shutdown().await;
        greeter::wipe(&*self.readers).await;
    }
}

/// A PIN between the one who typed it and the card.
pub(crate) struct HeldPin {
    pub(crate) pin: Pin,
    pub(crate) confirm_last_try: bool,
    /// Who of the staff agreed to the last try, where they said so.
    pub(crate) agreed_by: Option<StaffId>,
    pub(crate) holder: PinHolder,
}

/// One walk through the steps: what it holds on the way.
pub(crate) struct Walk<'a> {
    pub(crate) workflow: &'a Workflow,
    pub(crate) plan: &'a Plan,
    pub(crate) desk: &'a mut dyn Desk,
    pub(crate) view: View,
    pub(crate) station: Station,
    pub(crate) ladder: Ladder,
    pub(crate) pin: Option<HeldPin>,
    /// Who types the PIN, as the patient chose.
    pub(crate) holder: PinHolder,
    /// Why the PIN has to be typed again.
    pub(crate) again_because: Option<Reason>,
    pub(crate) tries_left: Option<u8>,
    pub(crate) certificate: Option<CertificateDer>,
    /// What went wrong last; the visit's reason if the patient gives up.
    pub(crate) trouble: Option<Reason>,
    /// What to say above the choice of medium.
    pub(crate) notice: Option<Guidance>,
    /// What lies there and is another medium than the chosen one: not looked at again before it has left.
    pub(crate) misfit: Option<Misfit>,
    pub(crate) attempts: u32,
    pub(crate) pin_asked: bool,
    /// The certificate whose near end the counter was told of.
    pub(crate) told_of_expiry: Option<String>,
}

impl<'a> Walk<'a> {
    fn new(workflow: &'a Workflow, plan: &'a Plan, desk: &'a mut dyn Desk, station: Station) -> Self {
        Self {
            workflow,
            plan,
            desk,
            view: View {
                state: State::ChoosingMedium,
                guidance: None,
                medium: plan.medium,
                method: None,
                visual_check: None,
                reader_id: None,
                check: None,
                apdu_count: 0,
                ways: Ways::default(),
            },
            station,
            ladder: Ladder::default(),
            pin: None,
            holder: PinHolder::Patient,
            again_because: None,
            tries_left: None,
            certificate: None,
            trouble: None,
            notice: None,
            misfit: None,
            attempts: 0,
            pin_asked: false,
            told_of_expiry: None,
        }
    }

    async fn run(&mut self) -> Result<Authenticated, Reason> {
        let mut step = Step::TakePlace;
        loop {
            tracing::debug!(?step, "authentication step");
            step = match step {
                Step::TakePlace => steps::take_place::run(self).await?,
                Step::Delegate => steps::delegate::run(self).await?,
                Step::ChooseMedium => steps::choose_medium::run(self).await?,
                Step::WaitForCard => steps::wait_for_card::run(self).await?,
                Step::ReadCard => self.or_again(steps::read_card::run).await?,
                Step::ChooseMethod => self.or_again(steps::choose_method::run).await?,
                Step::VerifyFace => self.or_again(steps::verify_face::run).await?,
                Step::EnterPin => self.or_again(steps::enter_pin::run).await?,
                Step::VerifyPin => self.or_again(steps::verify_pin::run).await?,
                Step::ReadPhone => self.or_again(steps::read_card::run_after_pin).await?,
                Step::CheckVisually => self.or_again(steps::check_visually::run).await?,
                Step::Sign => self.or_again(steps::sign::run).await?,
                Step::Done(authenticated) => return Ok(*authenticated),
            };
        }
    }

    /// Powers the card off and counts what it cost.
    pub(crate) async fn close_card(&mut self) {
        let spent = self.station.close_card().await;
        self.view.apdu_count = self.view.apdu_count.saturating_add(spent);
    }

    /// The lease of the reader on which the card lies.
    pub(crate) fn lease(&mut self) -> Result<&mut dyn Lease, Reason> {
        self.station.card()
    }

    /// This way to verify the person did not work: the next one that is left.
    pub(crate) fn fall(&mut self, because: Reason) -> Result<Step, Reason> {
        self.trouble = Some(because);
        match self.ladder.next(self.tries_left == Some(1)) {
            Some(Rung::Face) => Ok(Step::VerifyFace),
            Some(Rung::Pin) => Ok(Step::EnterPin),
            Some(Rung::Visual) => Ok(Step::CheckVisually),
            None => Err(because),
        }
    }

    /// Reads and judges the certificate.
    pub(crate) async fn read_certificate(&mut self, medium: Medium) -> Result<(), Reason> {
        let certificate = self.lease()?.read_certificate().await?;
        let at = self.workflow.clock.now();
        let check = self.workflow.certificates.check(&certificate, &[], medium, at);
        let refusal = (check.outcome == Outcome::Refused)
            .then(|| check.reason.unwrap_or(Reason::CertificateNotTrusted));
        self.certificate = Some(certificate);
        self.view.check = Some(check);
        self.note_expiry(medium, at).await?;
        refusal.map_or(Ok(()), Err)
    }

    /// Asks the card how often its PIN may be tried. Its word wins over what is remembered, which counts only where the
    /// card does not say it.
    pub(crate) async fn pin_status(&mut self) -> Result<PinStatus, Reason> {
        let said = self.lease()?.pin_status().await;
        let (Some(certificate), budget) = (&self.certificate, &self.workflow.budget) else {
            return said;
        };
        match said {
            Ok(status) => {
                budget.learn(certificate, status).await?;
                Ok(status)
            }
            Err(Reason::CardProtocolError) => {
                let remembered = budget.remembered(certificate).await?;
                remembered.ok_or(Reason::CardProtocolError)
            }
            Err(reason) => Err(reason),
        }
    }

    /// What could still be done for this patient's card.
    fn ways(&self) -> Ways {
        let ways = ways_at(&self.plan.counter, &self.workflow.readers.snapshot());
        Ways {
            face: ways.face && self.ladder.faces < self.workflow.options.max_face_attempts,
            pin: self.ladder.pin && self.tries_left.is_some_and(|tries| tries > 1),
            ..ways
        }
    }

    /// An audit event of this walk.
    pub(crate) fn event(&self, action: AuditAction) -> Event {
        Event {
            caller: Some(self.plan.caller.clone()),
            counter_id: Some(self.plan.counter.id.clone()),
            check_in_id: self.plan.check_in_id.clone(),
            authentication_id: self.plan.authentication_id.clone(),
            medium: self.view.medium,
            method: self.view.method,
            visual_check: self.view.visual_check.clone(),
            ..Event::new(action)
        }
    }
}
