//! Reports of 64 bytes: in, put together to orders; out, cut from replies.

use zeroize::{Zeroize, Zeroizing};

const LEN: usize = 64;
const ROOM: usize = 55;
const MOST_FRAGMENTS: u8 = 64;
const UNITS: usize = 27;

const ORDER_ID: u8 = 0x20;
const REPLY_ID: u8 = 0x21;
const EVENT_ID: u8 = 0x22;

pub(super) const IDENTIFY: u8 = 0x01;
pub(super) const SHOW: u8 = 0x02;
pub(super) const PIN: u8 = 0x03;
pub(super) const FACE: u8 = 0x04;
pub(super) const VISUAL: u8 = 0x05;
pub(super) const FETCH: u8 = 0x06;
pub(super) const CLEAR: u8 = 0x07;
pub(super) const ECHO: u8 = 0x08;

pub(super) const ENDED: u8 = 0x01;
pub(super) const TOUCHED: u8 = 0x02;
pub(super) const STARTED: u8 = 0x03;

/// What a report from the host says.
pub(super) struct Parsed {
    transaction: u16,
    code: u8,
    fragment: u8,
    fragments: u8,
    data: Vec<u8>,
}

impl Parsed {
    /// Reads a report; nothing where it is damaged or not the host's.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; LEN] = bytes.try_into().ok()?;
        let [id, t0, t1, code, fragment, fragments, status, len] = *bytes.first_chunk()?;
        let sum = bytes[..LEN - 1].iter().map(|byte| u32::from(*byte)).sum::<u32>();
        let data = bytes[8..LEN - 1].get(..usize::from(len))?;
        let sound = u32::from(bytes[LEN - 1]) == sum % 256
            && id == ORDER_ID
            && status == 0
            && fragment < fragments
            && fragments <= MOST_FRAGMENTS
            && bytes[8 + data.len()..LEN - 1].iter().all(|byte| *byte == 0);
        sound.then(|| Self {
            transaction: u16::from_le_bytes([t0, t1]),
            code,
            fragment,
            fragments,
            data: data.to_vec(),
        })
    }
}

/// A whole order.
pub(super) struct Order {
    pub(super) transaction: u16,
    pub(super) code: u8,
    pub(super) fragments: Vec<Vec<u8>>,
}

impl Order {
    /// The first fragment.
    pub(super) fn head(&self) -> &[u8] {
        self.fragments.first().map_or(&[], Vec::as_slice)
    }

    /// The texts behind it, by role; nothing where one is none.
    pub(super) fn texts(&self) -> Option<Vec<(u8, String)>> {
        let mut texts: Vec<(u8, Vec<u16>)> = Vec::new();
        for fragment in self.fragments.iter().skip(1) {
            let (role, bytes) = fragment.split_first()?;
            if bytes.len() % 2 != 0 || bytes.len() > 2 * UNITS {
                return None;
            }
            let units = bytes
                .chunks_exact(2)
                .map(|pair| u16::from(pair[0]) | u16::from(pair[1]) << 8);
            if *role == 0x02 {
                texts.last_mut()?.1.extend(units);
            } else {
                texts.push((*role, units.collect()));
            }
        }
        let read = |(role, units): (u8, Vec<u16>)| Some((role, String::from_utf16(&units).ok()?));
        texts.into_iter().map(read).collect()
    }
}

/// An order that is not whole yet.
#[derive(Default)]
pub(super) struct Incoming(Option<Order>);

impl Incoming {
    /// Takes a report in; the order where it was the last one of it.
    pub(super) fn take(&mut self, report: Parsed) -> Option<Order> {
        let same = |order: &Order| (order.transaction, order.code) == (report.transaction, report.code);
        if report.fragment == 0 || !self.0.as_ref().is_some_and(same) {
            self.0 = None;
            if report.fragment != 0 {
                return None;
            }
            self.0 = Some(Order {
                transaction: report.transaction,
                code: report.code,
                fragments: Vec::new(),
            });
        }
        let order = self.0.as_mut()?;
        // One that was seen already, or one after a gap.
        if usize::from(report.fragment) != order.fragments.len() {
            return None;
        }
        order.fragments.push(report.data);
        if order.fragments.len() == usize::from(report.fragments) {
            return self.0.take();
        }
        None
    }
}

/// A report to the host. It may hold digits.
pub(super) struct Outgoing(Zeroizing<[u8; LEN]>);

impl Outgoing {
    pub(super) fn bytes(&self) -> &[u8] {
        &*self.0
    }

    pub(super) fn event(code: u8, task: u16, number: u8) -> Self {
        Self::make(EVENT_ID, task, [code, 0, 1, 0], &[number])
    }

    /// The reports of a reply.
    pub(super) fn reply(order: &Order, status: u8, fragments: &[Vec<u8>]) -> Vec<Self> {
        let count = u8::try_from(fragments.len()).unwrap_or(MOST_FRAGMENTS);
        (0..count)
            .zip(fragments)
            .map(|(index, data)| {
                Self::make(
                    REPLY_ID,
                    order.transaction,
                    [order.code, index, count, status],
                    data,
                )
            })
            .collect()
    }

    fn make(id: u8, transaction: u16, head: [u8; 4], data: &[u8]) -> Self {
        let data = &data[..data.len().min(ROOM)];
        let mut bytes = Zeroizing::new([0; LEN]);
        bytes[0] = id;
        bytes[1] = transaction as u8;
        bytes[2] = (transaction >> 8) as u8;
        bytes[3..7].copy_from_slice(&head);
        bytes[7] = data.len() as u8;
        bytes[8..8 + data.len()].copy_from_slice(data);
        let sum = bytes.iter().map(|byte| u32::from(*byte)).sum::<u32>();
        bytes[LEN - 1] = sum as u8;
        Self(bytes)
    }
}

/// A text, a line a fragment.
pub(super) fn text(role: u8, text: &str) -> Vec<Vec<u8>> {
    let mut fragments = Vec::new();
    let mut rest: Vec<char> = text.chars().collect();
    loop {
        let mut units = 0;
        let fits = |c: &&char| {
            units += c.len_utf16();
            units <= UNITS
        };
        let count = rest.iter().take_while(fits).count();
        let line: String = rest.drain(..count).collect();
        let mut data = vec![if fragments.is_empty() { role } else { 0x02 }];
        line.encode_utf16()
            .for_each(|unit| data.extend([unit as u8, (unit >> 8) as u8]));
        fragments.push(data);
        if rest.is_empty() {
            return fragments;
        }
    }
}

/// Digits as a FETCH has them.
pub(super) fn digits(digits: &[u8]) -> Vec<u8> {
    let mut data = vec![0x02, digits.len() as u8];
    data.extend_from_slice(digits);
    data
}

/// Overwrites what was replied.
pub(super) fn wipe(fragments: &mut [Vec<u8>]) {
    fragments.iter_mut().for_each(Zeroize::zeroize);
}
