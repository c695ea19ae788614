//! The desk: where a workflow shows how it stands and asks for what it needs.
//!
//! The workflow does not know whose resource it moves: an authentication of its own or a check-in. Either is a desk.

use async_trait::async_trait;
use madoguchi_core::authentication::State;
use madoguchi_core::certificate::Check;
use madoguchi_core::check_in::{Action, Guidance, VisualCheck};
use madoguchi_core::consent::{Attestation, Decision, OtherDecision};
use madoguchi_core::screen::PinHolder;
use madoguchi_core::{CallerId, Medium, Method, Pin, ReaderId, Reason, StaffId};

use crate::Ways;

/// What is known so far, as the workflow shows it.
#[derive(Debug, Clone)]
pub struct View {
    /// Where the workflow stands.
    pub state: State,
    /// What to tell the patient.
    pub guidance: Option<Guidance>,
    /// What the patient holds up, once it is known.
    pub medium: Option<Medium>,
    /// How the person was verified, once it is.
    pub method: Option<Method>,
    /// What staff said, where they looked.
    pub visual_check: Option<VisualCheck>,
    /// The reader in use, once one is.
    pub reader_id: Option<ReaderId>,
    /// What the certificate is good for, once it was read.
    pub check: Option<Check>,
    /// APDUs that the card was sent.
    pub apdu_count: u32,
    /// What the counter's readers could still do, once the workflow has ended.
    pub ways: Ways,
}

/// What a caller submitted. It holds a PIN at times, hence no `Debug` of the content and no `Clone`.
#[derive(Debug)]
pub enum Submission {
    /// The medium.
    Medium(Medium),
    /// The PIN.
    Pin {
        /// The digits.
        pin: Pin,
        /// Patient and staff agree that the last try may be spent.
        confirm_last_try: bool,
        /// Who of the staff agreed, where they said so.
        agreed_by: Option<StaffId>,
        /// Who typed it.
        holder: PinHolder,
    },
    /// The method.
    Method(Method),
    /// What staff saw.
    VisualCheck(VisualCheck),
    /// Whether the card shall be registered as insurance card.
    Registration(bool),
    /// The patient's answers.
    Consents {
        /// One for each item asked.
        decisions: Vec<Decision>,
        /// For the items that only the wording knows.
        others: Vec<OtherDecision>,
        /// The version of the wording that was shown.
        wording_version: String,
        /// Who stands for it, where no screen took it.
        word: Option<Word>,
    },
}

/// The word of staff for answers that no screen took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Who stands for them.
    pub attestation: Attestation,
    /// Who recorded them: not always who leads the visit.
    pub caller: CallerId,
}

/// Where a workflow shows and asks.
#[async_trait]
pub trait Desk: Send {
    /// Shows how it stands; what was shown survives a crash.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`].
    async fn show(&mut self, view: &View) -> Result<(), Reason>;

    /// Shows how it stands together with what is waited for, and waits for the submission. Cancel by dropping the
    /// future: the action is then not pending any more.
    ///
    /// # Errors
    /// [`Reason::StoreUnavailable`].
    async fn ask(&mut self, view: &View, action: Action) -> Result<Submission, Reason>;
}
