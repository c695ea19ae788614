//! A card in memory that answers what a JPKI card answers, from a table.

/// The PIN that it takes.
pub const PIN: &[u8; 4] = b"1234";

/// What it calls its certificate: a DER sequence of the right shape, with nothing in it.
pub const CERTIFICATE: [u8; 260] = {
    let mut der = [0x30; 260];
    der[1] = 0x82;
    der[2] = 0x01;
    der[3] = 0x00;
    der
};

const AID: &[u8] = &[0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01];

/// What was selected and verified since it was powered up, and the tries that it has left.
pub(crate) struct Card {
    file: u16,
    verified: bool,
    tries: u8,
}

impl Default for Card {
    fn default() -> Self {
        Self {
            file: 0,
            verified: false,
            tries: 3,
        }
    }
}

impl Card {
    pub(crate) fn power(&mut self) {
        self.file = 0;
        self.verified = false;
    }

    pub(crate) fn answer(&mut self, command: &[u8], response: &mut Vec<u8>) {
        let status = match command {
            [0x00, 0xA4, 0x04, _, 0x0A, aid @ ..] if aid.starts_with(AID) => 0x9000,
            [0x00, 0xA4, 0x02, 0x0C, 0x02, high, low] => {
                self.file = u16::from_be_bytes([*high, *low]);
                0x9000
            }
            [0x00, 0xB0, high, low, length @ ..] => {
                self.read(usize::from(u16::from_be_bytes([*high, *low])), length, response)
            }
            [0x00, 0x20, 0x00, 0x80] if self.tries == 0 => 0x6983,
            [0x00, 0x20, 0x00, 0x80] => 0x63C0 | u16::from(self.tries),
            [0x00, 0x20, 0x00, 0x80, _, pin @ ..] => self.verify(pin),
            [0x80, 0x2A, 0x00, 0x80, ..] if self.verified => {
                response.extend([0x5A; 256]);
                0x9000
            }
            [0x80, 0x2A, 0x00, 0x80, ..] => 0x6982,
            _ => 0x6D00,
        };
        response.extend(status.to_be_bytes());
    }

    fn read(&self, offset: usize, length: &[u8], response: &mut Vec<u8>) -> u16 {
        let content: &[u8] = match self.file {
            0x0006 => b"JPKIAPICCTOKEN2                 ",
            0x000A => &CERTIFICATE,
            _ => return 0x6A82,
        };
        let wanted = match length {
            [0] => 256,
            [n] => usize::from(*n),
            [0, 0, 0] => 65536,
            [0, high, low] => usize::from(u16::from_be_bytes([*high, *low])),
            _ => return 0x6700,
        };
        match content.get(offset..) {
            Some(rest) if !rest.is_empty() => {
                response.extend(&rest[..rest.len().min(wanted)]);
                0x9000
            }
            _ => 0x6B00,
        }
    }

    fn verify(&mut self, pin: &[u8]) -> u16 {
        if self.tries == 0 {
            return 0x6983;
        }
        self.verified = pin == PIN;
        self.tries = if self.verified { 3 } else { self.tries - 1 };
        if self.verified {
            0x9000
        } else {
            0x63C0 | u16::from(self.tries)
        }
    }
}
