//! Uplinks.

use madoguchi_proto::admin::v1 as pb;

use super::{moment, text};
use crate::uplink::{State, Status};

pub(crate) fn uplink(status: Status) -> pb::Uplink {
    pb::Uplink {
        name: status.name,
        endpoint: status.endpoint,
        state: state(status.state).into(),
        far_side: text(status.far_side),
        connected_time: status.connected_time.map(moment),
        attempt_count: status.attempt_count,
        connection_count: status.connection_count,
        last_error: text(status.last_error),
        last_error_time: status.last_error_time.map(moment),
        next_attempt_time: status.next_attempt_time.map(moment),
    }
}

const fn state(state: State) -> pb::uplink::State {
    match state {
        State::Connecting => pb::uplink::State::Connecting,
        State::Connected => pb::uplink::State::Connected,
        State::BackingOff => pb::uplink::State::BackingOff,
        State::Stopped => pb::uplink::State::Stopped,
    }
}
