//! A powered card, and the promise that it is powered off on every way out.

use std::fmt;

use crate::{Call, Error, Reader};

/// Answer to reset. For diagnosis only: a My Number card is known by its AID, never by its ATR.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Atr(pub Vec<u8>);

/// A card conversation: borrows the reader, powers the card off when it ends, however it ends.
#[must_use = "dropping it powers the card off"]
pub struct PoweredCard<'r> {
    reader: &'r mut dyn Reader,
    atr: Atr,
}

impl<'r> PoweredCard<'r> {
    /// Powers the card up.
    ///
    /// # Errors
    /// As [`Reader::power_on`].
    pub fn power_on(reader: &'r mut dyn Reader, call: &Call) -> Result<Self, Error> {
        let atr = reader.power_on(call)?;
        Ok(Self { reader, atr })
    }

    /// Answer to reset.
    #[must_use]
    pub fn atr(&self) -> &Atr {
        &self.atr
    }

    /// Sends one command APDU.
    ///
    /// # Errors
    /// As [`Reader::transmit`].
    pub fn transmit(&mut self, command: &[u8], response: &mut Vec<u8>, call: &Call) -> Result<(), Error> {
        self.reader.transmit(command, response, call)
    }

    /// The reader, for what it does while its card is powered: screens, PIN pad, face. Whoever powers the card off
    /// through it ends the conversation.
    pub fn reader(&mut self) -> &mut dyn Reader {
        self.reader
    }

    /// Passes a control call to the reader while its card is powered.
    ///
    /// # Errors
    /// As [`Reader::control`].
    pub fn control(&mut self, code: u32, input: &[u8], call: &Call) -> Result<Vec<u8>, Error> {
        self.reader.control(code, input, call)
    }
}

impl Drop for PoweredCard<'_> {
    fn drop(&mut self) {
        self.reader.power_off();
    }
}

impl fmt::Debug for PoweredCard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PoweredCard")
            .field("atr", &self.atr)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[derive(Default)]
    struct Counting {
        powered: bool,
        offs: u32,
    }

    impl Reader for Counting {
        fn power_on(&mut self, call: &Call) -> Result<Atr, Error> {
            call.check()?;
            self.powered = true;
            Ok(Atr(vec![0x3B]))
        }

        fn transmit(&mut self, _: &[u8], response: &mut Vec<u8>, _: &Call) -> Result<(), Error> {
            response.clear();
            response.extend([0x90, 0x00]);
            Ok(())
        }

        fn power_off(&mut self) {
            self.powered = false;
            self.offs += 1;
        }
    }

    #[test]
    fn the_card_is_powered_off_on_every_way_out() {
        let mut reader = Counting::default();
        let call = Call::within(Duration::from_secs(1));
        {
            let mut card = PoweredCard::power_on(&mut reader, &call).unwrap();
            let mut response = Vec::new();
            card.transmit(&[0, 0xB0, 0, 0], &mut response, &call).unwrap();
            assert_eq!(response, [0x90, 0x00]);
        }
        assert!(!reader.powered);
        assert_eq!(reader.offs, 1);
        assert_eq!(
            PoweredCard::power_on(&mut reader, &Call::within(Duration::ZERO)).err(),
            Some(Error::Timeout)
        );
        assert_eq!(reader.offs, 1);
    }

    #[test]
    fn what_a_reader_cannot_do_it_says() {
        let mut reader = Counting::default();
        let call = Call::within(Duration::from_secs(1));
        assert_eq!(reader.accept_visual(&call).err(), Some(Error::Unsupported));
        assert_eq!(
            reader.control(crate::control::ECHO, b"hello", &call).unwrap(),
            b"hello"
        );
        assert_eq!(reader.control(7, b"", &call).err(), Some(Error::Unsupported));
    }
}
