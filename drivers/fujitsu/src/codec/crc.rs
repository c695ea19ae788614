//! CRC-16 as the device reckons it: polynomial 1021, initial FFFF.

/// The checksum of some bytes.
#[must_use]
pub fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 {
                crc << 1
            } else {
                (crc << 1) ^ 0x1021
            }
        })
    })
}

/// Cuts a checksum off and says whether it was right.
pub(super) fn checked(bytes: &[u8]) -> Option<&[u8]> {
    let (content, crc) = bytes.split_last_chunk::<2>()?;
    (crc16(content) == u16::from_be_bytes(*crc)).then_some(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_is_the_written_one() {
        assert_eq!(crc16(b"123456789"), 0x29B1);
        assert_eq!(checked(b"123456789\x29\xB1"), Some(&b"123456789"[..]));
        assert_eq!(checked(b"123456788\x29\xB1"), None);
        assert_eq!(checked(b"1"), None);
    }
}
