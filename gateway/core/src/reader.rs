//! Readers as the services see them: a list that changes, a lease, and a card conversation behind it.

mod lies;

use std::pin::Pin as StdPin;
use std::time::Duration;

use async_trait::async_trait;
use futures_core::Stream;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::certificate::CertificateDer;
use crate::screen::{Answer, FaceOutcome, FaceRequest, PinRequest, Screen};
use crate::visit::{Outcome as VisitOutcome, Plan, Progress};
use crate::{DriverId, Medium, Pin, ReaderId, Reason, StaffId};

pub use lies::{AWAY, Lies, left};

/// What a reader can do. Data from the device, not from the maker's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Capability {
    /// Verifies a face against the photo on the card, by the maker's own operation.
    Face,
    /// Takes a PIN on the device.
    PinPad,
    /// Lets staff confirm by eye (目視) on the device.
    StaffVisual,
    /// Reads the My Number card.
    NfcCard,
    /// Reads phones.
    NfcPhone,
    /// Shows screens to the patient and takes answers.
    Screen,
    /// The maker's own program leads the visit.
    Delegated,
    /// Takes staff's word (目視) from the gateway, given at the console or in the EMR.
    RemoteVisual,
    /// Cannot work beside another reader: a counter uses one of them at a time.
    Solitary,
}

/// A reader as it stands now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reader {
    /// Driver id and port or serial.
    pub id: ReaderId,
    /// The driver that serves it.
    pub driver_id: DriverId,
    /// The name people know it by; may change when it is re-plugged.
    pub display_name: String,
    /// The model, as the device says; empty where nobody knows.
    pub model: String,
    /// The version of the device's own software, as the device says; empty where nobody knows.
    pub firmware: String,
    /// What it can do.
    pub capabilities: Vec<Capability>,
    /// How it is.
    pub state: State,
    /// Whether something lies on it or is held to it.
    pub card_present: bool,
    /// How often the screen was touched while no question stood on it. Rises only.
    pub touch_count: u64,
    /// Why it cannot be used, where it cannot.
    pub reason: Option<Reason>,
    /// Who took it out of service, where staff did. Apart from how it is: a broken reader may be in service, and one
    /// out of service may work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_of_service: Option<OutOfService>,
}

impl Reader {
    /// Why no visit may use it, whoever holds it now.
    #[must_use]
    pub fn obstacle(&self) -> Option<Reason> {
        if self.out_of_service.is_some() {
            return Some(Reason::ReaderOutOfService);
        }
        match self.state {
            State::Ready | State::Leased => None,
            State::Unavailable => Some(self.reason.unwrap_or(Reason::ReaderUnavailable)),
        }
    }
}

/// Staff's word that a reader is not to be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutOfService {
    /// Since when.
    pub since: OffsetDateTime,
    /// Who said so.
    pub staff_id: StaffId,
    /// Why, in a few words; nothing of patients.
    pub note: String,
}

/// How a reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It can be used.
    Ready,
    /// A visit holds it.
    Leased,
    /// It is there and cannot be used; the reason says why.
    Unavailable,
}

/// All readers at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Rises with each change.
    pub sequence: u64,
    /// The readers, by id.
    pub readers: Vec<Reader>,
}

/// A card or phone that answered the JPKI application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenCard {
    /// What it is, by its token label.
    pub medium: Medium,
}

/// What the card says of its PIN, without spending a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinStatus {
    /// It can be tried this often before it locks.
    TriesLeft(u8),
    /// Locked: only the municipality can help.
    Locked,
    /// The card has no usable PIN (assumed: 顔認証マイナンバーカード answers 6984).
    NotSet,
}

/// How a VERIFY ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinVerdict {
    /// The PIN was right.
    Verified,
    /// The PIN was wrong.
    Wrong {
        /// So many tries remain.
        tries_left: u8,
    },
    /// The PIN was wrong and is locked now, or was locked before.
    Locked,
    /// One try remains and nobody said that it may be spent: nothing was sent to the card.
    LastTryNotConfirmed,
}

/// What a card conversation cost, for the visit's record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CardUse {
    /// APDUs sent since the lease began.
    pub apdu_count: u32,
}

/// Port: the readers of this machine.
#[async_trait]
pub trait Readers: Send + Sync + 'static {
    /// The readers now.
    fn snapshot(&self) -> Snapshot;

    /// The readers now and after each change. One who falls behind gets the latest, not a backlog.
    fn watch(&self) -> StdPin<Box<dyn Stream<Item = Snapshot> + Send>>;

    /// Takes a reader for oneself, waiting in line for it. Cancel by dropping the future.
    ///
    /// # Errors
    /// [`Reason::ReaderNotFound`], [`Reason::ReaderBusy`] after the wait, or why the reader cannot be used.
    async fn lease(&self, id: &ReaderId, wait: Duration) -> Result<Box<dyn Lease>, Reason>;
}

/// Exclusive use of a reader. Dropping it powers the card off and gives the reader back.
///
/// Each call has a deadline of its own inside; dropping a call's future cancels it.
#[async_trait]
#[must_use = "dropping a lease gives the reader back"]
pub trait Lease: Send {
    /// The reader that is held.
    fn reader_id(&self) -> &ReaderId;

    /// Waits until a card lies on the reader or a phone is held to it.
    ///
    /// # Errors
    /// [`Reason::CardWaitTimeout`], or why the reader cannot be used any more.
    async fn wait_for_card(&mut self, timeout: Duration) -> Result<(), Reason>;

    /// Waits until what was opened last has left the reader, even if something else lies there by now; at once where
    /// the reader is empty. Of a reader that is away nobody can tell: it is waited for, and given up after a while.
    async fn wait_for_removal(&mut self);

    /// Powers the card up, selects the JPKI application and reads its label.
    ///
    /// # Errors
    /// [`Reason::CardNotRecognized`], [`Reason::CardRemoved`], or why the reader cannot be used.
    async fn open_card(&mut self) -> Result<OpenCard, Reason>;

    /// Reads the user-authentication certificate; on Android after [`Lease::verify_pin`] only.
    ///
    /// # Errors
    /// Why it could not be read.
    async fn read_certificate(&mut self) -> Result<CertificateDer, Reason>;

    /// Asks how many tries the PIN has left; costs none.
    ///
    /// # Errors
    /// Why it could not be asked.
    async fn pin_status(&mut self) -> Result<PinStatus, Reason>;

    /// Sends VERIFY at most once. On the last try only with `last_try_confirmed`.
    ///
    /// # Errors
    /// [`Reason::PinOutcomeUnknown`] where the card was lost after VERIFY was sent.
    async fn verify_pin(&mut self, pin: Pin, last_try_confirmed: bool) -> Result<PinVerdict, Reason>;

    /// Has the chip sign the message (RSA PKCS#1 v1.5 over its SHA-256).
    ///
    /// # Errors
    /// Why it could not be signed.
    async fn sign(&mut self, message: &[u8]) -> Result<Vec<u8>, Reason>;

    /// Shows a page on the reader's screen and waits for the answer, where the page asks. Dropping the future calls it
    /// off on the device.
    ///
    /// # Errors
    /// [`Reason::PatientTimeout`]; [`Reason::ReaderUnavailable`] where the reader cannot show it; or why the reader
    /// cannot be used.
    async fn present(&mut self, screen: &Screen, timeout: Duration) -> Result<Answer, Reason>;

    /// Takes a PIN on the reader; `None` where the patient chose not to type it. Dropping the future calls it off.
    ///
    /// # Errors
    /// As [`Lease::present`].
    async fn enter_pin(&mut self, request: &PinRequest, timeout: Duration) -> Result<Option<Pin>, Reason>;

    /// Verifies the face by the maker's own operation against the open card. After [`FaceOutcome::Match`] the card
    /// signs without a PIN until it loses its power. Dropping the future calls it off.
    ///
    /// # Errors
    /// [`Reason::PatientTimeout`], [`Reason::CardRemoved`], or why the reader cannot be used.
    async fn verify_face(&mut self, request: &FaceRequest, timeout: Duration) -> Result<FaceOutcome, Reason>;

    /// Tells the reader that staff compared face and card and it is the person: by the maker's own operation the
    /// open card then signs without a PIN until it loses its power.
    ///
    /// # Errors
    /// [`Reason::CardRemoved`], [`Reason::ReaderUnavailable`], or why the reader cannot be used.
    async fn accept_visual(&mut self) -> Result<(), Reason>;

    /// Has the maker's own program lead the visit. Dropping the future calls it off.
    ///
    /// # Errors
    /// [`Reason::PatientTimeout`], or why the reader cannot be used.
    async fn run_visit(
        &mut self,
        plan: &Plan,
        progress: &mut (dyn FnMut(Progress) + Send),
        timeout: Duration,
    ) -> Result<VisitOutcome, Reason>;

    /// Powers the card off; the lease stays.
    async fn close_card(&mut self) -> CardUse;
}
