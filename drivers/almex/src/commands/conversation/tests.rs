use madoguchi_driver_api::CancelFlag;

use super::*;
use crate::codec::{Decoder, Piece, build};

/// A device that accepts everything and answers commands as the closure says: frames without their digit.
fn device(
    mut answer: impl FnMut(&Frame) -> Vec<(Kind, &'static str, Vec<Vec<u8>>)> + Send + 'static,
) -> Conversation {
    let mut decoder = Decoder::default();
    let (mut last, mut own) = (Mark::NONE, Mark::NONE);
    let (link, _log) = crate::transport::link_to(move |bytes| {
        let mut back = Vec::new();
        for piece in bytes.iter().filter_map(|byte| decoder.feed(*byte)) {
            match piece {
                Piece::Frame(frame) => {
                    last = frame.mark();
                    back.extend([0x06, last.byte()]);
                    for (kind, mnemonic, fields) in answer(&frame) {
                        own = own.next();
                        let fields: Vec<&[u8]> = fields.iter().map(Vec::as_slice).collect();
                        back.extend_from_slice(&build(own, kind, mnemonic, &fields));
                    }
                }
                Piece::Enquiry => back.extend([0x06, last.byte()]),
                _ => {}
            }
        }
        back
    });
    Conversation::new(link)
}

fn response(frame: &Frame, mnemonic: &'static str, value: &str) -> (Kind, &'static str, Vec<Vec<u8>>) {
    let fields = vec![vec![frame.mark().byte()], value.into()];
    (Kind::Response, mnemonic, fields)
}

fn end(mark: Mark, value: &str, result: &str) -> (Kind, &'static str, Vec<Vec<u8>>) {
    let fields = vec![vec![mark.byte()], value.into(), result.into()];
    (Kind::Event, "END", fields)
}

fn soon() -> Call {
    Call::within(Duration::from_secs(5))
}

#[test]
fn a_return_value_is_told_and_remembered() {
    let mut conversation = device(|frame| vec![response(frame, "CON", "204")]);
    let failed = conversation.ask("CON", &[], Some(RESPONSE), &soon()).err();
    assert_eq!(failed.map(Error::from), Some(Error::CardNotRecognized));
    let (command, value) = conversation.complaint().unwrap();
    assert_eq!(format!("{command} {value}"), "CON 204 no chip: paper");
}

#[test]
fn only_the_response_to_this_command_counts() {
    let mut conversation = device(|frame| {
        let mut late = response(frame, "DSP", "000");
        late.2[0] = vec![frame.mark().next().next().byte()];
        vec![late, response(frame, "ST", "000")]
    });
    assert!(conversation.ask("ST", &[], Some(RESPONSE), &soon()).is_ok());
    let failed = conversation.ask("CON", &[], Some(RESPONSE), &soon()).err();
    assert!(matches!(failed, Some(Fault::Malformed { command: "CON", .. })));
}

#[test]
fn only_the_end_of_this_operation_counts() {
    let mut conversation = device(|frame| {
        let other = frame.mark().next();
        vec![
            response(frame, "DSP", "000"),
            end(other, "000", "NO"),
            end(frame.mark(), "000", "YES"),
        ]
    });
    let ended = conversation.operate("DSP", &[], &soon()).unwrap();
    assert_eq!(ended.fields().next(), Some(&b"YES"[..]));
}

#[test]
fn what_a_call_leaves_under_way_is_called_off_at_once() {
    let (told, commands) = std::sync::mpsc::sync_channel(10);
    let mut conversation = device(move |frame| {
        let mnemonic = String::from_utf8(frame.mnemonic().to_vec()).unwrap();
        told.send(mnemonic.clone()).unwrap();
        match mnemonic.as_str() {
            "CAN" => vec![response(frame, "CAN", "000")],
            _ => vec![response(frame, "DSP", "000")],
        }
    });
    let flag = CancelFlag::default();
    let call = Call::new(Instant::now() + Duration::from_secs(5), flag.clone());
    let raised = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(30));
        flag.cancel();
        Instant::now()
    });
    let ended = conversation.operate("DSP", &[], &call).err();
    let over = Instant::now();
    assert_eq!(ended, Some(Error::Cancelled.into()));
    assert!(over - raised.join().unwrap() < Call::PATIENCE);
    assert_eq!(commands.try_iter().collect::<Vec<_>>(), ["DSP", "CAN"]);
}

#[test]
fn a_device_that_does_not_answer_is_told_to_give_up_before_anything_else() {
    let (told, commands) = std::sync::mpsc::sync_channel(10);
    let mut conversation = device(move |frame| {
        let mnemonic = String::from_utf8(frame.mnemonic().to_vec()).unwrap();
        told.send(mnemonic.clone()).unwrap();
        match mnemonic.as_str() {
            "CAN" => vec![response(frame, "CAN", "104")],
            "ST" => vec![response(frame, "ST", "000")],
            _ => Vec::new(),
        }
    });
    let patience = Some(Duration::from_millis(60));
    let failed = conversation.ask("CON", &[], patience, &soon()).err();
    assert_eq!(failed, Some(Fault::NoResponse("CON")));
    assert!(conversation.ask("ST", &[], Some(RESPONSE), &soon()).is_ok());
    assert_eq!(commands.try_iter().collect::<Vec<_>>(), ["CON", "CAN", "ST"]);
}

#[test]
fn what_is_said_unasked_is_told_and_remembered() {
    let (told, notices) = std::sync::mpsc::sync_channel(10);
    let mut conversation = device(|frame| {
        let tray = |state: &str| (Kind::Event, "CRD", vec![state.into()]);
        vec![
            tray("3"),
            tray("9"),
            tray("2"),
            (Kind::Event, "TCH", vec![]),
            (Kind::Event, "NEW", vec![]),
            response(frame, "ST", "000"),
        ]
    });
    conversation.tell(Tray::Empty, Box::new(move |notice| told.send(notice).unwrap()));
    conversation.ask("ST", &[], Some(RESPONSE), &soon()).unwrap();
    assert_eq!(
        notices.try_iter().collect::<Vec<_>>(),
        [
            Notice::Tray(Tray::Searching),
            Notice::Tray(Tray::Paper),
            Notice::Touched
        ]
    );
    assert_eq!(conversation.tray(), Tray::Paper);
}
