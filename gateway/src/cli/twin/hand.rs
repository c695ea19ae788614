//! A person's hand on a simulated device: what a typed word does to it.

use madoguchi_core::screen::{Answer, FaceOutcome};
use madoguchi_twin::device::{Act, FaceScript, State, Typed};

/// What may be typed, for those who ask.
pub(super) const WORDS: &str = "\
  1, 2, …          press the button of that number
  card [PERSONA]   put a card on, or hold a phone to it; again takes it away
  pin DIGITS       type on the PIN pad; nopin: choose not to
  touch            touch the screen where no button is
  quit             press the device's own key to stop
  face OUTCOME     who stands at the camera: match, no_match, no_face, several_faces, camera_covered, declined, nobody
  arm              confirm in Wallet
  unplug, replug [PORT], reboot, freeze
  look             nothing: see what is shown
  {\"…\"}            any other act as JSON";

/// What the words do to a device that stands like that, with that persona at it.
///
/// # Errors
/// What is wrong with them.
pub(super) fn act(words: &str, state: &State, persona: &str) -> Result<Act, &'static str> {
    let words = words.trim();
    if words.starts_with(['{', '"']) {
        return serde_json::from_str(words).map_err(|_| "that is no act in JSON");
    }
    if let Ok(number) = words.parse::<usize>() {
        return press(number, state);
    }
    let (verb, rest) = words.split_once(' ').unwrap_or((words, ""));
    let rest = rest.trim();
    Ok(match verb {
        "card" if state.card_present => Act::Remove,
        "card" if rest.is_empty() => Act::insert(persona),
        "card" => Act::insert(rest),
        "pin" if rest.is_empty() => return Err("pin needs digits, as in: pin 1234"),
        "pin" => Act::TypePin {
            digits: Typed::new(rest.as_bytes()),
        },
        "nopin" => Act::CancelPin,
        "touch" => Act::Touch,
        "quit" => Act::Quit,
        "face" => Act::Face(face(rest)?),
        "arm" => Act::Arm,
        "unplug" => Act::Unplug { back_after_ms: None },
        "replug" => Act::Replug {
            port: (!rest.is_empty()).then(|| rest.to_owned()),
        },
        "reboot" => Act::Reboot { takes_ms: 1_000 },
        "freeze" => Act::Freeze { for_ms: None },
        "look" | "" => Act::Look,
        _ => return Err("that is no word of these; help lists them"),
    })
}

fn press(number: usize, state: &State) -> Result<Act, &'static str> {
    let buttons = state.panel.as_ref().map(|panel| panel.buttons.as_slice());
    let button = number
        .checked_sub(1)
        .and_then(|index| buttons.unwrap_or_default().get(index));
    button.map_or(Err("no button of that number is shown"), |button| {
        Ok(Act::Press {
            answer: button.answer.clone(),
            shown: Some(state.shown),
        })
    })
}

fn face(outcome: &str) -> Result<FaceScript, &'static str> {
    Ok(FaceScript::always(match outcome {
        "match" => FaceOutcome::Match,
        "no_match" => FaceOutcome::NoMatch,
        "no_face" => FaceOutcome::NoFace,
        "several_faces" => FaceOutcome::SeveralFaces,
        "camera_covered" => FaceOutcome::CameraCovered,
        "declined" => FaceOutcome::Declined,
        "nobody" => return Ok(FaceScript::nobody()),
        _ => return Err("face needs an outcome, as in: face no_match"),
    }))
}

/// What somebody in front of the device sees.
pub(super) fn picture(state: &State) -> String {
    let mut lines = vec![headline(state)];
    if let Some(panel) = &state.panel {
        lines.push(format!("  {}", panel.title));
        lines.extend(panel.lines.iter().map(|line| format!("  {line}")));
        for (index, button) in panel.buttons.iter().enumerate() {
            let label = match (&button.answer, button.label.as_str()) {
                (Answer::Language(language), "") => language.as_str(),
                (_, label) => label,
            };
            lines.push(format!("  [{}] {label}", index + 1));
        }
    }
    if let Some(pin) = &state.pin {
        lines.push(format!("  {}", pin.pad.title));
        let typed = "*".repeat(pin.typed);
        let open = "_".repeat(usize::from(pin.pad.digits).saturating_sub(pin.typed));
        lines.push(format!("  {typed}{open}"));
    }
    lines.join("\n")
}

fn headline(state: &State) -> String {
    let page = state.page().map_or("dark", |page| page.as_str());
    let mut parts = vec![format!("[{page}]")];
    let light = state
        .light
        .map(|light| format!("light {}", format!("{light:?}").to_lowercase()));
    parts.extend(light);
    if state.card_present {
        let whose = state
            .card
            .as_ref()
            .map_or("something", |card| card.persona.as_str());
        parts.push(format!("{whose} on the reader"));
    }
    match (&state.place, state.frozen, state.connected) {
        (None, _, _) => parts.push("unplugged".to_owned()),
        (Some(_), true, _) => parts.push("frozen".to_owned()),
        (Some(_), false, false) => parts.push("no driver".to_owned()),
        _ => {}
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use madoguchi_twin::device::{Generation, Identity, PageKind, Panel};

    fn state() -> State {
        State {
            sequence: 9,
            identity: Identity {
                maker: "toy".to_owned(),
                model: "T-1".to_owned(),
                firmware: "1".to_owned(),
                serial: "1".to_owned(),
                generation: Generation::New,
                capabilities: Vec::new(),
            },
            place: Some("here".to_owned()),
            connected: true,
            frozen: false,
            shown: 4,
            panel: Some(
                Panel::new(PageKind::Register)
                    .title("利用登録")
                    .button(Answer::Yes, "登録する")
                    .button(Answer::No, "登録しない"),
            ),
            pin: None,
            face: false,
            pages: Vec::new(),
            light: None,
            beeps: 0,
            card_present: false,
            card: None,
            pins_held: 0,
            frames_in: 0,
            frames_out: 0,
            faults_met: 0,
        }
    }

    #[test]
    fn a_number_is_a_button_of_what_is_shown() {
        let pressed = act("2", &state(), "adult").unwrap();
        assert!(matches!(
            pressed,
            Act::Press {
                answer: Answer::No,
                shown: Some(4)
            }
        ));
        for wrong in ["0", "3", "dance", "pin", "face", "{\"dance\":{}}"] {
            assert!(act(wrong, &state(), "adult").is_err(), "{wrong}");
        }
        assert!(matches!(act("\"touch\"", &state(), "adult"), Ok(Act::Touch)));
    }

    #[test]
    fn the_card_goes_on_and_off() {
        let mut state = state();
        assert!(matches!(act("card", &state, "adult"), Ok(Act::Insert(card)) if card.persona == "adult"));
        assert!(
            matches!(act("card child", &state, "adult"), Ok(Act::Insert(card)) if card.persona == "child")
        );
        state.card_present = true;
        assert!(matches!(act("card", &state, "adult"), Ok(Act::Remove)));
    }

    #[test]
    fn a_picture_shows_page_and_buttons() {
        let picture = picture(&state());
        assert_eq!(
            picture,
            "[register]\n  利用登録\n  [1] 登録する\n  [2] 登録しない"
        );
        let mut unplugged = state();
        unplugged.panel = None;
        unplugged.place = None;
        assert_eq!(super::picture(&unplugged), "[dark], unplugged");
    }
}
