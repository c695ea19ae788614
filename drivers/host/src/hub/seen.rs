//! A reader as a driver's process reports it, checked: what makes no sense is left out.

use madoguchi_core::reader::Capability;
use madoguchi_core::{ReaderId, Reason};
use madoguchi_proto::driverhost::v1::HostReader;

use crate::wire;

/// A reader of one driver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) id: ReaderId,
    pub(super) selector: String,
    pub(super) display_name: String,
    pub(super) model: String,
    pub(super) firmware: String,
    pub(super) capabilities: Vec<Capability>,
    pub(super) card_present: bool,
    pub(super) card_count: u64,
    pub(super) touch_count: u64,
    pub(super) reason: Option<Reason>,
}

/// The readers that make sense, and no more than one driver can have.
pub(super) fn checked(driver_id: &str, readers: Vec<HostReader>) -> Vec<Seen> {
    readers
        .into_iter()
        .filter_map(|reader| check(driver_id, reader))
        .take(wire::MAX_READERS)
        .collect()
}

fn check(driver_id: &str, reader: HostReader) -> Option<Seen> {
    let id = match ReaderId::new(format!("{driver_id}:{}", reader.selector)) {
        Ok(id) if !reader.selector.is_empty() => id,
        _ => {
            // The selector itself is not logged: nobody knows what is in it.
            tracing::warn!(
                driver = driver_id,
                "a reader whose selector cannot be part of an id is left out"
            );
            return None;
        }
    };
    let known = reader
        .capabilities
        .iter()
        .filter_map(|name| wire::capability(name))
        .collect();
    let reason = match reader.reason.as_str() {
        "" => None,
        code => Some(code.parse().unwrap_or(Reason::DriverProtocolError)),
    };
    Some(Seen {
        id,
        selector: reader.selector,
        display_name: reader.display_name,
        model: reader.model,
        firmware: reader.firmware,
        capabilities: known,
        card_present: reader.card_present,
        card_count: reader.card_count,
        touch_count: reader.touch_count,
        reason,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(selector: &str, reason: &str) -> HostReader {
        HostReader {
            selector: selector.into(),
            reason: reason.into(),
            ..HostReader::default()
        }
    }

    #[test]
    fn nonsense_is_left_out() {
        let readers = vec![
            reader("", ""),
            reader("a b", ""),
            reader("窓", ""),
            reader("ok#0", "NEWS"),
        ];
        let seen = checked("pcsc", readers);
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0].id.as_str(), "pcsc:ok#0");
        assert_eq!(seen[0].reason, Some(Reason::DriverProtocolError));
    }

    #[test]
    fn nobody_has_so_many() {
        let readers = (0..1000).map(|n| reader(&n.to_string(), "")).collect();
        assert_eq!(checked("pcsc", readers).len(), wire::MAX_READERS);
    }
}
