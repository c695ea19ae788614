//! SELECT: the application by its name, files by their number.

use madoguchi_apdu::{Command, Le};

use super::files::File;
use super::{Answer, Power, VirtualCard, refuse};

const AID: [u8; 10] = [0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01];

impl VirtualCard {
    pub(super) fn select(&mut self, p1: u8, p2: u8, command: &Command) -> Answer {
        if !matches!(p2, 0x0C | 0x00) {
            return refuse(0x6A86);
        }
        match (p1, command.body()) {
            (0x04, name) if name == AID && self.jpki => {
                // A PIN verified before stays verified: that takes the power's going.
                self.power = Power {
                    application: true,
                    selected: None,
                    ..self.power
                };
            }
            (0x02, &[hi, lo]) if self.power.application => {
                let Some(file) = File::from_id(u16::from_be_bytes([hi, lo])) else {
                    return refuse(0x6A82);
                };
                self.power.selected = Some(file);
            }
            (0x02 | 0x04, _) => return refuse(0x6A82),
            _ => return refuse(0x6A86),
        }
        // P2 = 00 with Le asks for the file's control information: the name is all there is to say.
        Ok(match (p1, p2, command.le()) {
            (0x04, 0x00, Le::Short(_) | Le::Extended(_)) => [&[0x6F, 0x0C, 0x84, 0x0A][..], &AID].concat(),
            _ => Vec::new(),
        })
    }
}
