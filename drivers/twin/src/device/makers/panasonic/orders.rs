//! What the firmware does when it is told to.

use madoguchi_core::reader::Capability;
use madoguchi_core::screen::{FaceOutcome, PinHolder};

use super::report::{self, Order, Outgoing};
use super::task::{Ending, Kind, Task};
use super::{Panasonic, pages};
use crate::device::{Body, Generation, PinPad, Signal};

const UNKNOWN: u8 = 0x01;
const MALFORMED: u8 = 0x02;
const NO_CARD: u8 = 0x03;
const NO_TASK: u8 = 0x04;
const NOT_BUILT_IN: u8 = 0x05;

/// The data of a reply, or a status other than done.
type Done = Result<Vec<Vec<u8>>, u8>;

/// Carries an order out and gives the reports of its reply.
pub(super) fn carry_out(front: &mut Panasonic, order: &Order, body: &mut Body) -> Vec<Outgoing> {
    let done = match order.code {
        report::IDENTIFY => Ok(identify(&front.slot_name, body)),
        report::SHOW => show(front, order, body),
        report::PIN => pin(front, order, body),
        report::FACE => face(front, order, body),
        report::VISUAL => visual(body),
        report::FETCH => fetch(front, order),
        report::CLEAR => {
            front.task = None;
            body.clear();
            Ok(vec![Vec::new()])
        }
        report::ECHO => Ok(vec![order.head().to_vec()]),
        _ => Err(UNKNOWN),
    };
    let (status, mut fragments) = match done {
        Ok(fragments) => (0x00, fragments),
        Err(status) => (status, vec![Vec::new()]),
    };
    let reply = Outgoing::reply(order, status, &fragments);
    report::wipe(&mut fragments);
    reply
}

fn languages(body: &Body) -> u8 {
    match body.identity().generation {
        Generation::Old => 0b0_0111,
        Generation::New => 0b1_1111,
    }
}

/// Whether the firmware can show that language: its fonts, or the number.
fn can_show(language: u8, body: &Body) -> Result<(), u8> {
    if usize::from(language) >= pages::LANGUAGES.len() {
        return Err(MALFORMED);
    }
    if languages(body) >> language & 1 == 0 {
        return Err(NOT_BUILT_IN);
    }
    Ok(())
}

fn identify(slot_name: &str, body: &Body) -> Vec<Vec<u8>> {
    let identity = body.identity();
    let bits = [
        Capability::Face,
        Capability::PinPad,
        Capability::StaffVisual,
        Capability::RemoteVisual,
        Capability::Screen,
        Capability::NfcCard,
        Capability::NfcPhone,
        Capability::Solitary,
    ];
    let set = bits
        .iter()
        .enumerate()
        .filter(|(_, capability)| identity.can(**capability))
        .fold(0_u16, |set, (bit, _)| set | 1 << bit);
    let generation = match identity.generation {
        Generation::Old => 1,
        Generation::New => 2,
    };
    let mut fragments = vec![vec![
        0x01,
        generation,
        set as u8,
        (set >> 8) as u8,
        languages(body),
        PinPad::MAX_DIGITS,
    ]];
    for (role, text) in [
        (0x20, identity.serial.as_str()),
        (0x21, &identity.model),
        (0x22, &identity.firmware),
        (0x23, slot_name),
        (0x24, &identity.serial),
    ] {
        if !text.is_empty() {
            fragments.extend(report::text(role, text));
        }
    }
    fragments
}

fn show(front: &mut Panasonic, order: &Order, body: &mut Body) -> Done {
    let &[page, subject, language, low, high, lamp, sound] = order.head() else {
        return Err(MALFORMED);
    };
    can_show(language, body)?;
    let texts = order.texts().ok_or(MALFORMED)?;
    let buttons = u16::from_le_bytes([low, high]);
    let panel = pages::panel(page, subject, language, buttons, texts).ok_or(MALFORMED)?;
    let lamp = pages::lamp(lamp).ok_or(MALFORMED)?;
    let beeps = pages::beeps(sound).ok_or(MALFORMED)?;
    front.task = Some(Task::new(order.transaction, Kind::Page { asks: buttons != 0 }));
    body.show(panel);
    body.signal(lamp);
    if beeps > 0 {
        body.signal(Signal::Beep(beeps));
    }
    Ok(vec![Vec::new()])
}

fn pin(front: &mut Panasonic, order: &Order, body: &mut Body) -> Done {
    let &[digits, _tries, holder, again, language] = order.head() else {
        return Err(MALFORMED);
    };
    can_show(language, body)?;
    let holder = match holder {
        0x00 => PinHolder::Patient,
        0x01 => PinHolder::Guardian,
        _ => return Err(MALFORMED),
    };
    if !(1..=PinPad::MAX_DIGITS).contains(&digits) || again > 0x02 {
        return Err(MALFORMED);
    }
    let mut pad = PinPad {
        holder,
        ..PinPad::new(digits)
    };
    for (role, text) in order.texts().ok_or(MALFORMED)? {
        match role {
            0x00 => pad.title = text,
            0x01 => pad.lines.push(text),
            // The pad's key for not typing has its place, whatever it is called.
            _ => {}
        }
    }
    front.task = Some(Task::new(order.transaction, Kind::Pad));
    body.ask_pin(pad);
    Ok(vec![Vec::new()])
}

fn face(front: &mut Panasonic, order: &Order, body: &mut Body) -> Done {
    let &[before, language] = order.head() else {
        return Err(MALFORMED);
    };
    can_show(language, body)?;
    if before > 0x06 || order.texts().is_none() {
        return Err(MALFORMED);
    }
    if !body.ask_face() {
        return Err(NO_CARD);
    }
    front.task = Some(Task::new(order.transaction, Kind::Camera));
    Ok(vec![Vec::new()])
}

fn visual(body: &mut Body) -> Done {
    if !body.identity().can(Capability::StaffVisual) && !body.identity().can(Capability::RemoteVisual) {
        return Err(NOT_BUILT_IN);
    }
    if body.accept_visual() {
        Ok(vec![Vec::new()])
    } else {
        Err(NO_CARD)
    }
}

fn fetch(front: &Panasonic, order: &Order) -> Done {
    let &[low, high] = order.head() else {
        return Err(MALFORMED);
    };
    let wanted = u16::from_le_bytes([low, high]);
    let task = front
        .task
        .as_ref()
        .filter(|task| task.id == wanted)
        .ok_or(NO_TASK)?;
    let data = match &task.ending {
        None => vec![0x00],
        Some(Ending::Button(bit)) => vec![0x01, *bit],
        Some(Ending::Typed(digits)) => report::digits(digits.expose()),
        Some(Ending::PinCancelled) => vec![0x03],
        Some(Ending::Face(outcome)) => vec![0x04, number(*outcome)],
        Some(Ending::NoCard) => return Err(NO_CARD),
    };
    Ok(vec![data])
}

const fn number(outcome: FaceOutcome) -> u8 {
    match outcome {
        FaceOutcome::Match => 0x01,
        FaceOutcome::NoMatch => 0x02,
        FaceOutcome::SeveralFaces => 0x04,
        FaceOutcome::CameraCovered => 0x05,
        FaceOutcome::Declined => 0x06,
        // No face, and whatever a camera cannot name.
        _ => 0x03,
    }
}
