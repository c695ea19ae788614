//! What a guest needs to know to check somebody in on the demo's gateway.

use std::fmt;

use madoguchi_twin::Persona;
use serde::Serialize;

use crate::cli::Error as CliError;
use crate::demo::gateway::COUNTER;

/// The open gateway, and the card that lies on its reader. Its PIN is a made-up person's and printed with the source.
#[derive(Serialize)]
pub(super) struct Invitation<'a> {
    endpoint: &'a str,
    counter_id: &'static str,
    medium: &'static str,
    pin: String,
}

impl<'a> Invitation<'a> {
    pub(super) fn new(endpoint: &'a str, guest: &Persona) -> Result<Self, CliError> {
        Ok(Self {
            endpoint,
            counter_id: COUNTER,
            medium: guest.medium().as_str(),
            // Digits are text.
            pin: String::from_utf8_lossy(guest.pin()?.expose()).into_owned(),
        })
    }
}

impl fmt::Display for Invitation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            endpoint,
            counter_id,
            medium,
            pin,
        } = self;
        // As the user called it: what is printed can be copied.
        let program = std::env::args().next().unwrap_or_else(|| "madoguchi".to_owned());
        write!(
            f,
            "\nThe gateway stays open at {endpoint}, and an adult's card lies on its reader at counter {counter_id}. \
             Its PIN is {pin};\nthree wrong ones in a row lock it, as in life. In another terminal, as often as you \
             like:\n\n  \
             {program} readers list --endpoint {endpoint}\n  \
             echo {pin} | {program} check-in --endpoint {endpoint} --counter {counter_id} --medium {medium} \
             --pin-stdin --consent all\n\nCtrl-C ends the demo."
        )
    }
}
