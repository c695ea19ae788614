//! Readers.

use madoguchi_core::reader::{Capability, Reader, Snapshot, State};
use madoguchi_proto::reader::v1 as pb;

use super::{code, moment};

pub(crate) fn reader(reader: Reader) -> pb::Reader {
    pb::Reader {
        reader_id: reader.id.into(),
        driver_id: reader.driver_id.into(),
        display_name: reader.display_name,
        capabilities: reader
            .capabilities
            .into_iter()
            .map(|one| capability(one).into())
            .collect(),
        state: state(reader.state).into(),
        card_present: reader.card_present,
        reason: code(reader.reason),
        model: reader.model,
        firmware: reader.firmware,
        touch_count: reader.touch_count,
        out_of_service: reader.out_of_service.map(|word| pb::OutOfService {
            since_time: Some(moment(word.since)),
            staff_id: word.staff_id.into(),
            note: word.note,
        }),
    }
}

pub(crate) fn readers(snapshot: Snapshot) -> Vec<pb::Reader> {
    snapshot.readers.into_iter().map(reader).collect()
}

const fn state(state: State) -> pb::reader::State {
    match state {
        State::Ready => pb::reader::State::Ready,
        State::Leased => pb::reader::State::Leased,
        State::Unavailable => pb::reader::State::Unavailable,
    }
}

const fn capability(capability: Capability) -> pb::Capability {
    match capability {
        Capability::Face => pb::Capability::Face,
        Capability::PinPad => pb::Capability::PinPad,
        Capability::StaffVisual => pb::Capability::StaffVisual,
        Capability::NfcCard => pb::Capability::NfcCard,
        Capability::NfcPhone => pb::Capability::NfcPhone,
        Capability::Screen => pb::Capability::Screen,
        Capability::Delegated => pb::Capability::Delegated,
        Capability::RemoteVisual => pb::Capability::RemoteVisual,
        Capability::Solitary => pb::Capability::Solitary,
    }
}
