//! The screen, the PIN pad and the camera of a reader in memory, and whoever stands in front of them: a test.
//!
//! What a reader has of all that is what its capabilities say. Nothing answers by itself.

use std::sync::{Arc, PoisonError};

use madoguchi_core::screen::{Answer, FaceOutcome, FaceRequest, PinRequest, Screen};
use madoguchi_core::visit::{Outcome, Plan};
use madoguchi_core::{Pin, Reason};
use tokio::sync::{oneshot, watch};

/// What was shown, or that it is shown no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// A page.
    Page(Screen),
    /// The PIN pad.
    PinPad(PinRequest),
    /// The camera's picture.
    Camera(FaceRequest),
    /// The maker's program leads the visit.
    Visit(Plan),
    /// Staff's word was taken for the card that lies there.
    StaffTrusted,
    /// The question was called off.
    CalledOff,
}

/// What somebody does.
pub(super) enum Deed {
    Answer(Answer),
    Pin(Option<Pin>),
    Face(FaceOutcome),
    Visit(Outcome),
    /// Not a person's: the device is lost in the middle of it.
    Lost(Reason),
}

/// What a device refuses to show.
#[derive(Default)]
struct Refusals {
    /// Why, and how often from now on.
    next: Option<(Reason, usize)>,
    /// How often it did so far.
    made: usize,
}

/// What stands in front of a patient at a reader in memory. Cheap to clone; all clones are the same screen.
#[derive(Clone)]
pub struct TwinScreen {
    shared: Arc<Shared>,
}

struct Shared {
    history: watch::Sender<Vec<Shown>>,
    refusals: watch::Sender<Refusals>,
    #[expect(
        clippy::disallowed_types,
        reason = "a fake; put and taken in one step each, never across an await"
    )]
    hand: std::sync::Mutex<Option<oneshot::Sender<Deed>>>,
}

impl std::fmt::Debug for TwinScreen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TwinScreen").finish_non_exhaustive()
    }
}

impl TwinScreen {
    pub(super) fn new() -> Self {
        Self {
            shared: Arc::new(Shared {
                history: watch::Sender::new(Vec::new()),
                refusals: watch::Sender::default(),
                hand: Default::default(),
            }),
        }
    }

    /// Everything that was shown so far, oldest first.
    #[must_use]
    pub fn history(&self) -> Vec<Shown> {
        self.shared.history.borrow().clone()
    }

    /// Waits until what is shown is as wished.
    pub async fn until(&self, wished: impl Fn(&Shown) -> bool) -> Shown {
        let mut history = self.shared.history.subscribe();
        loop {
            let last = history.borrow_and_update().last().cloned();
            match last {
                Some(shown) if wished(&shown) => return shown,
                _ => {}
            }
            // The sender lives as long as this handle.
            let _ = history.changed().await;
        }
    }

    /// Presses a button; false where nobody asks.
    pub fn press(&self, answer: Answer) -> bool {
        self.act(Deed::Answer(answer))
    }

    /// Types a PIN, or chooses not to; false where nobody asks.
    pub fn type_pin(&self, pin: Option<Pin>) -> bool {
        self.act(Deed::Pin(pin))
    }

    /// The camera is done; false where it does not look.
    pub fn look(&self, outcome: FaceOutcome) -> bool {
        self.act(Deed::Face(outcome))
    }

    /// The maker's program ends the visit that it leads; false where it leads none.
    pub fn end_visit(&self, outcome: Outcome) -> bool {
        self.act(Deed::Visit(outcome))
    }

    /// The device is lost while somebody is asked; false where nobody is.
    pub fn lose(&self, reason: Reason) -> bool {
        let asked = self.act(Deed::Lost(reason));
        if asked {
            self.show(Shown::CalledOff);
        }
        asked
    }

    /// Refuses so many times whatever is to be shown next.
    pub fn refuse(&self, reason: Reason, times: usize) {
        self.shared
            .refusals
            .send_modify(|refusals| refusals.next = Some((reason, times)));
    }

    /// How often it refused so far.
    #[must_use]
    pub fn refused(&self) -> usize {
        self.shared.refusals.borrow().made
    }

    /// Waits until it refused so often.
    pub async fn until_refused(&self, times: usize) {
        let mut refusals = self.shared.refusals.subscribe();
        // The sender lives as long as this handle.
        let _ = refusals.wait_for(|refusals| refusals.made >= times).await;
    }

    /// Whether it shows anything now.
    pub(super) fn ready(&self) -> Result<(), Reason> {
        let mut answer = Ok(());
        self.shared.refusals.send_if_modified(|refusals| {
            let Some((reason, left)) = &mut refusals.next else {
                return false;
            };
            if *left == 0 {
                return false;
            }
            *left -= 1;
            refusals.made += 1;
            answer = Err(*reason);
            true
        });
        answer
    }

    fn act(&self, deed: Deed) -> bool {
        self.hand(|hand| hand.take())
            .is_some_and(|asking| asking.send(deed).is_ok())
    }

    pub(super) fn show(&self, shown: Shown) {
        self.shared.history.send_modify(|history| history.push(shown));
    }

    /// Shows that and waits for the hand of whoever stands there. Dropping the future calls it off.
    pub(super) async fn ask(&self, shown: Shown) -> Result<Deed, Reason> {
        let (asking, deed) = oneshot::channel();
        self.hand(|hand| *hand = Some(asking));
        self.show(shown);
        let mut question = Question {
            screen: self,
            open: true,
        };
        let done = deed.await.map_err(|_closed| Reason::PatientTimeout);
        question.open = false;
        done
    }

    fn hand<T>(&self, work: impl FnOnce(&mut Option<oneshot::Sender<Deed>>) -> T) -> T {
        work(&mut self.shared.hand.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A question on the screen; it goes with the one who asked.
struct Question<'a> {
    screen: &'a TwinScreen,
    open: bool,
}

impl Drop for Question<'_> {
    fn drop(&mut self) {
        if self.open {
            self.screen.hand(|hand| *hand = None);
            self.screen.show(Shown::CalledOff);
        }
    }
}
