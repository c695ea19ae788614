//! The user-authentication certificate, read exactly as long as its DER is.

use madoguchi_apdu::{Command, HEAD_LEN, Le, Status, total_len};
use madoguchi_core::certificate::CertificateDer;

use super::{ExtendedLength, Jpki};
use crate::{CardSession, Error, TransmitError};

/// The file of the user-authentication certificate.
const CERTIFICATE: u16 = 0x000A;

/// A certificate beyond this is not accepted. Real ones have 1.4 to 1.7 KB.
pub const MAX_CERTIFICATE_LEN: usize = 16 * 1024;

/// The most that a short READ BINARY gives.
const SHORT_LEN: usize = 256;

/// So many chunks at most, twice what the longest certificate needs: a card that gives a byte at a time must not hold
/// the reader.
const MAX_CHUNKS: usize = 2 * MAX_CERTIFICATE_LEN / SHORT_LEN;

impl<S: CardSession + ?Sized> Jpki<'_, S> {
    /// Reads the certificate; on Android only after the PIN was verified.
    ///
    /// # Errors
    /// [`Error::CertificateStatus`], [`Error::CertificateContent`] or [`Error::CertificateCutOff`].
    pub fn certificate(&mut self) -> Result<CertificateDer, Error> {
        self.select_file(CERTIFICATE, Error::CertificateStatus)?;
        let mut der = self.read_short(0, SHORT_LEN)?;
        let total = total_len(&der[..der.len().min(HEAD_LEN)], MAX_CERTIFICATE_LEN)?;
        if der.len() < total && self.extended != ExtendedLength::No {
            let rest = self.read_extended(der.len(), total - der.len())?;
            der.extend_from_slice(&rest);
        }
        let mut chunks = 0;
        while der.len() < total {
            let chunk = self.read_short(der.len(), SHORT_LEN.min(total - der.len()))?;
            chunks += 1;
            if chunk.is_empty() || chunks > MAX_CHUNKS {
                return Err(Error::CertificateCutOff);
            }
            der.extend_from_slice(&chunk);
        }
        // Behind the DER the file holds filler.
        der.truncate(total);
        Ok(CertificateDer::new(der))
    }

    fn read_short(&mut self, offset: usize, len: usize) -> Result<Vec<u8>, Error> {
        let (data, response) = self
            .channel
            .exchange(&read_binary(offset, Le::Short(len as u16)))?;
        match response.status().status() {
            Status::Ok => Ok(data),
            Status::EndOfFile | Status::WrongOffset => Err(Error::CertificateCutOff),
            _ => Err(Error::CertificateStatus(response.status())),
        }
    }

    /// Reads the rest in one go, or as much of it as comes: some pairs of reader and driver refuse, others cut short,
    /// and others lose the card over it.
    fn read_extended(&mut self, offset: usize, len: usize) -> Result<Vec<u8>, Error> {
        if self.extended == ExtendedLength::Unknown {
            // A probe that is not survived is not sent again: the next card goes without.
            self.extended = ExtendedLength::No;
        }
        let answer = match self
            .channel
            .send_once(&read_binary(offset, Le::Extended(len as u32)))
        {
            Ok(response) if response.status().is_ok() => response.data().to_vec(),
            Ok(_) | Err(Error::Transmit(TransmitError::Protocol)) => Vec::new(),
            Err(error) => return Err(error),
        };
        if answer.len() > len {
            return Err(Error::UnexpectedData);
        }
        self.extended = if answer.len() == len {
            ExtendedLength::Yes
        } else {
            ExtendedLength::No
        };
        tracing::debug!(extended = ?self.extended, asked = len, got = answer.len(), "extended length");
        Ok(answer)
    }
}

/// READ BINARY. Offsets have 15 bits; the cap on certificates keeps them below.
fn read_binary(offset: usize, le: Le) -> Command {
    let [hi, lo] = (offset as u16).to_be_bytes();
    Command::bare([0x00, 0xB0, hi & 0x7F, lo], le)
}
