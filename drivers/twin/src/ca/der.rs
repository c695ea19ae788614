//! Just enough DER writing for the extensions that rcgen does not know.

pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;
pub(super) const OID: u8 = 0x06;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const UTF8_STRING: u8 = 0x0C;
pub(super) const PRINTABLE_STRING: u8 = 0x13;

/// A constructed, context-specific tag.
pub(super) const fn context(number: u8) -> u8 {
    0xA0 | number
}

/// Tag, length and the parts one after another.
pub(super) fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut out = vec![tag];
    match content.len() {
        len @ 0..=0x7F => out.push(len as u8),
        len @ 0x80..=0xFF => out.extend([0x81, len as u8]),
        len => {
            out.push(0x82);
            out.extend((len as u16).to_be_bytes());
        }
    }
    out.extend(content);
    out
}

/// A name of `(attribute of 2.5.4, text)`, one a set.
pub(super) fn name(attributes: &[(u8, &str)]) -> Vec<u8> {
    let sets: Vec<Vec<u8>> = attributes
        .iter()
        .map(|(attribute, text)| {
            let kind = if *attribute == COUNTRY {
                PRINTABLE_STRING
            } else {
                UTF8_STRING
            };
            let oid = tlv(OID, &[&[0x55, 0x04, *attribute]]);
            tlv(SET, &[&tlv(SEQUENCE, &[&oid, &tlv(kind, &[text.as_bytes()])])])
        })
        .collect();
    let parts: Vec<&[u8]> = sets.iter().map(Vec::as_slice).collect();
    tlv(SEQUENCE, &parts)
}

pub(super) const COUNTRY: u8 = 6;
pub(super) const ORGANIZATION: u8 = 10;
pub(super) const UNIT: u8 = 11;
pub(super) const COMMON_NAME: u8 = 3;
