//! The connection to the service.

use std::ffi::{CStr, CString};
use std::time::Duration;

use madoguchi_driver_api::Error;
use pcsc::{Attribute, Context, Disposition, Protocols, ReaderState, Scope, ShareMode, State};

use super::error::{meaning, service_lost};
use super::slot::Slot;

/// So many states fit into one question to pcscd, and so many readers has it at most.
pub(super) const MAX_STATES: usize = 16;

/// A connection to the PC/SC service, made when it is needed.
///
/// When pcscd dies, a context of it fails for ever, even after pcscd is back and although it calls itself valid: it
/// is dropped, and the next call makes a new one.
#[derive(Default)]
pub struct Service {
    context: Option<Context>,
}

impl Service {
    /// Every reader as it stands now. Waits for nothing.
    ///
    /// # Errors
    /// [`Error::ServiceUnavailable`].
    pub fn slots(&mut self) -> Result<Vec<Slot>, Error> {
        self.call(|context| {
            let names = names(context)?;
            let mut states: Vec<_> = names
                .into_iter()
                .map(|name| ReaderState::new(name, State::UNAWARE))
                .collect();
            if !states.is_empty() {
                context.get_status_change(Duration::ZERO, &mut states)?;
            }
            Ok(states.iter().map(Slot::of).collect())
        })
    }

    /// The reader's serial number, where its driver tells it; the card on it is not touched.
    ///
    /// # Errors
    /// [`Error::ServiceUnavailable`], [`Error::ReaderBusy`] where another program holds the reader.
    pub fn serial(&mut self, name: &CStr) -> Result<Option<String>, Error> {
        self.call(|context| {
            // A direct connection powers nothing.
            let reader = context.connect(name, ShareMode::Direct, Protocols::UNDEFINED)?;
            let serial = reader.get_attribute_owned(Attribute::VendorIfdSerialNo);
            if let Err((reader, error)) = reader.disconnect(Disposition::LeaveCard) {
                // Its drop would reset the card; a connection that cannot be given back is the service's to end.
                std::mem::forget(reader);
                return Err(error);
            }
            Ok(serial.ok())
        })
        .map(|serial| serial.and_then(readable))
    }

    /// The context, made now where there is none.
    pub(super) fn context(&mut self) -> Result<&Context, Error> {
        match &mut self.context {
            Some(context) => Ok(context),
            empty => {
                // Establishing fails with errors of its own where no service runs; none is the caller's fault.
                let context = Context::establish(Scope::User).map_err(|_| Error::ServiceUnavailable)?;
                Ok(empty.insert(context))
            }
        }
    }

    /// Asks the service. Where the context turns out to be of a service that is gone, the question is asked again on a
    /// new one: it must not matter that it is asked twice.
    pub(super) fn call<T>(
        &mut self,
        mut work: impl FnMut(&Context) -> Result<T, pcsc::Error>,
    ) -> Result<T, Error> {
        let stale = self.context.is_some();
        match self.call_once(&mut work) {
            Err(Error::ServiceUnavailable) if stale => self.call_once(work),
            result => result,
        }
    }

    /// Asks the service once; a context that failed is dropped.
    pub(super) fn call_once<T>(
        &mut self,
        work: impl FnOnce(&Context) -> Result<T, pcsc::Error>,
    ) -> Result<T, Error> {
        let result = work(self.context()?);
        result.map_err(|error| {
            if service_lost(error) {
                self.drop_context();
            }
            meaning(error)
        })
    }

    pub(super) fn drop_context(&mut self) {
        self.context = None;
    }
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service")
            .field("connected", &self.context.is_some())
            .finish()
    }
}

/// The names of all readers.
pub(super) fn names(context: &Context) -> Result<Vec<CString>, pcsc::Error> {
    let mut names = context.list_readers_owned()?;
    names.truncate(MAX_STATES);
    Ok(names)
}

/// A serial number as text: some drivers pad it, some answer bytes that are none.
fn readable(mut serial: Vec<u8>) -> Option<String> {
    serial.truncate(serial.iter().position(|byte| *byte == 0).unwrap_or(serial.len()));
    let text = String::from_utf8(serial).ok()?;
    let text = text.trim();
    let usable = !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic());
    // Makers that number nothing write zeros.
    (usable && text.chars().any(|c| c != '0')).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_number_is_one_or_none() {
        assert_eq!(readable(b"0123456\0\0".to_vec()).as_deref(), Some("0123456"));
        assert_eq!(readable(b" A-1 ".to_vec()).as_deref(), Some("A-1"));
        for none in [&b""[..], b"\0\0", b"0000", b"   ", b"\xFF\xFE", b"a b"] {
            assert_eq!(readable(none.to_vec()), None);
        }
    }
}
