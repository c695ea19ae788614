//! What a patient does on each page.

use std::time::{Duration, Instant};

use madoguchi_core::check_in::Guidance;
use madoguchi_core::screen::Answer;
use madoguchi_core::{Medium, Method};

use super::visit::{Course, is_farewell};
use super::{End, Quirk};
use crate::device::{Act, Acts, Field, PageKind, Panel, State};

/// A device that says "complete" mostly says "take your card" next.
const WAIT_FOR_REMINDER: Duration = Duration::from_millis(300);
/// Who sees nothing but a farewell looks for so long whether it was for the patient before him.
const DOUBT: Duration = Duration::from_secs(1);

impl<A: Acts> Course<A> {
    pub(super) fn react(&mut self, page: PageKind, state: &State) -> Result<(), A::Error> {
        if page == PageKind::Pin {
            return self.type_pin(state);
        }
        let Some(panel) = &state.panel else {
            // The camera looks; he stands there.
            return Ok(());
        };
        if self.switches_language(panel) {
            self.language_asked = true;
            let language = self.patient.language.clone().unwrap_or_default();
            return self.press(Answer::Language(language), state);
        }
        if !is_farewell(page) && page != PageKind::Idle && self.saw_only_farewells() {
            // What was said so far was for the patient before him.
            (self.finished, self.take_at) = (None, None);
        }
        match page {
            PageKind::Idle => self.idle(),
            PageKind::ChooseMedium => self.choose_medium(panel, state),
            PageKind::ChooseMethod => self.choose_method(panel, state),
            PageKind::Present => self.present(panel),
            PageKind::Guide => self.follow(panel),
            PageKind::Register => {
                self.take_phone()?;
                self.press(yes_or_no(self.patient.registers), state)
            }
            PageKind::Consent => {
                self.take_phone()?;
                let refused =
                    matches!(panel.about, Some(Field::Item(item)) if self.patient.refuses.contains(&item));
                self.press(yes_or_no(!refused), state)
            }
            PageKind::StaffCheck => match self.patient.staff_says {
                Some(same) => self.press(yes_or_no(same), state),
                None => Ok(()),
            },
            PageKind::Completed => {
                self.finished = Some(End::Completed);
                self.take_phone()?;
                self.take_after(WAIT_FOR_REMINDER.max(self.leaves_card()).max(self.doubt()));
                Ok(())
            }
            PageKind::Failed => {
                self.finished = Some(End::Failed);
                self.take_after(self.doubt());
                Ok(())
            }
            PageKind::TakeCard => {
                self.take_after(self.leaves_card());
                Ok(())
            }
            PageKind::Pin | PageKind::Face => Ok(()),
        }
    }

    /// Whether no page before this one wanted anything of him.
    fn saw_only_farewells(&self) -> bool {
        let before = self.pages.split_last().map_or(&[][..], |(_, before)| before);
        self.hands.taps == 0
            && before
                .iter()
                .all(|page| is_farewell(*page) || *page == PageKind::Idle)
    }

    fn doubt(&self) -> Duration {
        if self.saw_only_farewells() {
            DOUBT
        } else {
            Duration::ZERO
        }
    }

    fn switches_language(&self, panel: &Panel) -> bool {
        !self.language_asked
            && self.patient.language.as_ref().is_some_and(|language| {
                panel.language != *language && panel.offers(&Answer::Language(language.clone()))
            })
    }

    fn press(&mut self, answer: Answer, state: &State) -> Result<(), A::Error> {
        let shown = Some(state.shown);
        self.stage.act(Act::Press { answer, shown }).map(drop)
    }

    /// The button, or the device's own key where there is none.
    fn quit(&mut self) -> Result<(), A::Error> {
        self.finished = Some(End::Quit);
        self.stage.act(Act::Quit).map(drop)
    }

    fn idle(&mut self) -> Result<(), A::Error> {
        let was_somewhere = self.pages.iter().any(|page| *page != PageKind::Idle);
        if was_somewhere {
            self.finished = self.finished.or(Some(End::Over));
            self.take_after(Duration::ZERO);
        } else if self.patient.touches && !self.touched {
            self.stage.act(Act::Touch)?;
            self.touched = true;
        }
        Ok(())
    }

    fn medium(&self) -> Medium {
        let main = || self.hands.personas().first().map(|persona| persona.medium());
        self.patient.medium.or_else(main).unwrap_or(Medium::Card)
    }

    fn choose_medium(&mut self, panel: &Panel, state: &State) -> Result<(), A::Error> {
        let wanted = self.medium();
        let has = |medium: &Medium| {
            self.hands
                .personas()
                .iter()
                .any(|persona| persona.medium() == *medium)
        };
        let offered = panel.media().find(|medium| *medium == wanted);
        match offered.or_else(|| panel.media().find(has)) {
            Some(medium) => self.press(Answer::Medium(medium), state),
            None => self.quit(),
        }
    }

    fn choose_method(&mut self, panel: &Panel, state: &State) -> Result<(), A::Error> {
        let wishes = &self.patient.methods;
        let turn = self.methods_chosen.min(wishes.len().saturating_sub(1));
        let (before, from_here) = wishes.split_at_checked(turn).unwrap_or_default();
        let mut in_order = from_here.iter().chain(before);
        let offered: Vec<Method> = panel.methods().collect();
        match in_order.find(|wish| offered.contains(wish)).copied() {
            Some(method) => {
                self.press(Answer::Method(method), state)?;
                self.methods_chosen += 1;
                Ok(())
            }
            None => self.quit(),
        }
    }

    fn present(&mut self, panel: &Panel) -> Result<(), A::Error> {
        let medium = match panel.about {
            Some(Field::Medium(medium)) => medium,
            _ => self.medium(),
        };
        self.put(medium)
    }

    fn put(&mut self, medium: Medium) -> Result<(), A::Error> {
        let first = self.hands.taps == 0;
        let which = self.patient.carries(medium, self.hands.personas());
        self.hands.put(which, &mut self.stage)?;
        let pulls = self.patient.quirks.iter().find_map(|quirk| match quirk {
            Quirk::PullsEarly { ms } if first => Some(Duration::from_millis(u64::from(*ms))),
            _ => None,
        });
        if let Some(after) = pulls {
            self.take_at = Some(Instant::now() + after);
        }
        Ok(())
    }

    fn follow(&mut self, panel: &Panel) -> Result<(), A::Error> {
        let Some(Field::Guidance(guidance)) = panel.about else {
            return Ok(());
        };
        match guidance {
            Guidance::PresentCard => self.put(Medium::Card),
            Guidance::HoldPhone => self.put(self.phone_medium()),
            Guidance::KeepStill | Guidance::TryAgain => {
                self.hands.lift(&mut self.stage)?;
                self.put(self.medium())
            }
            Guidance::ArmWallet => {
                self.hands.lift(&mut self.stage)?;
                self.hands.arm();
                self.put(self.phone_medium())
            }
            Guidance::OtherMedium => self.hands.take(&mut self.stage),
            Guidance::TakeCard => {
                self.take_after(Duration::ZERO);
                Ok(())
            }
            Guidance::TouchScreenFirst => self.stage.act(Act::Touch).map(drop),
            _ => Ok(()),
        }
    }

    /// The phone he chose, or has.
    fn phone_medium(&self) -> Medium {
        let chosen = self.medium();
        if chosen.is_phone() {
            return chosen;
        }
        let mut media = self.hands.personas().iter().map(|persona| persona.medium());
        media.find(|medium| medium.is_phone()).unwrap_or(chosen)
    }

    fn type_pin(&mut self, state: &State) -> Result<(), A::Error> {
        let turn = (self.pins_typed as usize).min(self.patient.pins.len().saturating_sub(1));
        let Some(digits) = self.patient.pins.get(turn).cloned() else {
            return self.stage.act(Act::CancelPin).map(drop);
        };
        let sent = self.hands.pins_sent(state);
        self.stage.act(Act::TypePin { digits })?;
        if self.pins_typed > 0 {
            self.note_pins_sent(sent);
        }
        self.pins_typed += 1;
        Ok(())
    }

    /// A phone is not held up any longer than it has to be.
    fn take_phone(&mut self) -> Result<(), A::Error> {
        if self.hands.hold_phone() {
            self.hands.take(&mut self.stage)?;
        }
        Ok(())
    }

    /// How long he leaves the card though he was told to take it.
    fn leaves_card(&self) -> Duration {
        let leaves = self.patient.quirks.iter().find_map(|quirk| match quirk {
            Quirk::LeavesCard { ms } => Some(Duration::from_millis(u64::from(*ms))),
            _ => None,
        });
        leaves.unwrap_or_default()
    }

    fn take_after(&mut self, after: Duration) {
        if self.patient.quirks.contains(&Quirk::NeverTakesCard) {
            return;
        }
        self.take_at = Some(Instant::now() + after);
    }
}

const fn yes_or_no(yes: bool) -> Answer {
    if yes { Answer::Yes } else { Answer::No }
}
