//! The audit log on the wire.

use madoguchi_audit::{Checkpoint, Head, line};
use madoguchi_core::audit::{Action, Call, Entry, Interruption, Word};
use madoguchi_core::{Medium, Method};
use madoguchi_proto::audit::v1 as pb;

use super::{code, moment};

/// An entry, with its line where the one before it is known.
pub(crate) fn entry(previous: Option<&Head>, entry: Entry) -> pb::AuditEntry {
    let line = line(previous, &entry).unwrap_or_default();
    let event = entry.event;
    let text = |id: Option<String>| id.unwrap_or_default();
    pb::AuditEntry {
        sequence: entry.sequence,
        record_time: Some(moment(entry.recorded_at)),
        action: action(event.action),
        caller: text(event.caller.map(Into::into)),
        counter_id: text(event.counter_id.map(Into::into)),
        check_in_id: text(event.check_in_id.map(Into::into)),
        authentication_id: text(event.authentication_id.map(Into::into)),
        medium: event.medium.map_or("", Medium::as_str).to_owned(),
        method: event.method.map_or("", Method::as_str).to_owned(),
        reason: code(event.reason),
        reader_id: text(event.reader_id.map(Into::into)),
        driver_id: text(event.driver_id.map(Into::into)),
        staff_id: text(event.staff_id.map(Into::into)),
        call: event.call.map(call),
        interruption: event.interruption.map(interruption),
        hash: entry.hash,
        line,
    }
}

/// The name that the action has in the log.
fn action(action: Action) -> String {
    let name = serde_json::to_value(action).unwrap_or_default();
    name.as_str().unwrap_or_default().to_owned()
}

fn call(call: Call) -> pb::AuditCall {
    pb::AuditCall {
        method: call.method.into(),
        roles: call.roles.into_iter().map(Word::into).collect(),
        code: call.code.into(),
    }
}

fn interruption(interruption: Interruption) -> pb::AuditInterruption {
    let time = |microseconds: i64| {
        let at = time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(microseconds) * 1_000);
        at.ok().map(moment)
    };
    pb::AuditInterruption {
        start_time: time(interruption.from_microseconds),
        end_time: time(interruption.to_microseconds),
        late_event_count: interruption.late,
        lost_event_count: interruption.lost,
    }
}

/// A checkpoint.
pub(crate) fn checkpoint(checkpoint: Checkpoint) -> pb::Checkpoint {
    let statement = checkpoint.statement;
    pb::Checkpoint {
        sequence: statement.sequence,
        hash: statement.hash,
        entry_count: statement.count,
        segment: statement.segment,
        create_time: Some(moment(statement.time)),
        jws: checkpoint.jws,
    }
}
