//! The patient at the counter.

use madoguchi_proto::auth::v1::Guidance;
use madoguchi_twin::Faults;
use madoguchi_twin::vpcd::VpcdCard;

use crate::Clinic;

/// A patient with a card or a phone.
#[derive(Debug)]
#[must_use]
pub struct Patient<'a> {
    /// What is put on the reader when the gateway asks for it.
    pub card: Option<&'a VpcdCard>,
    /// What is typed, each time it is asked.
    pub pin: String,
    /// Whether patient and staff agree to spend the last try.
    pub confirm_last_try: bool,
    /// Whether everything is consented to, or nothing.
    pub consents: bool,
    /// Where a card that could not be read is put on again, in order, as soon as it is seen to be off.
    pub puts_back: Option<&'a Clinic>,
    /// How often a PIN was typed.
    pub typed: usize,
    /// Why it was asked again, in order.
    pub asked_again: Vec<String>,
}

impl<'a> Patient<'a> {
    /// One who types the right PIN and consents to everything.
    pub fn new(card: &'a VpcdCard) -> Self {
        Self {
            card: Some(card),
            ..Self::without_card()
        }
    }

    /// One whose card lies where it should already, or never will.
    pub fn without_card() -> Self {
        Self {
            card: None,
            pin: "1234".to_owned(),
            confirm_last_try: false,
            consents: true,
            puts_back: None,
            typed: 0,
            asked_again: Vec::new(),
        }
    }

    pub(crate) async fn presents(&self, guidance: Guidance) {
        let Some(card) = self.card else { return };
        match (guidance, self.puts_back) {
            (Guidance::PresentCard | Guidance::HoldPhone, _) => drop(card.insert().unwrap()),
            (Guidance::KeepStill | Guidance::TryAgain, Some(clinic)) => {
                let _ = card.set_faults(Faults::default()).unwrap();
                clinic.take_off(card).await;
                let _ = card.insert().unwrap();
            }
            _ => {}
        }
    }
}
