//! What this process holds: threads, handles, and whether certain digits are left in its memory.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom};

use crate::hands::digit;

/// More than that of one mapping is not looked at.
const MAX_MAPPING: u64 = 64 << 20;
/// What is read at once, and how much of it again with the next.
const CHUNK: usize = 1 << 20;

/// The threads of this process; none where the system does not tell.
pub(crate) fn threads() -> Option<usize> {
    Some(fs::read_dir("/proc/self/task").ok()?.count())
}

/// The open handles of this process; none where the system does not tell.
pub(crate) fn handles() -> Option<usize> {
    Some(fs::read_dir("/proc/self/fd").ok()?.count())
}

/// How often these digits are in the heap and on the stacks of this process; none where it cannot be looked at. They
/// are compared one by one with what they are made from, so that looking leaves no copy.
pub(crate) fn occurrences(seed: u32, count: u8) -> Option<usize> {
    let maps = fs::read_to_string("/proc/self/maps").ok()?;
    let mut memory = File::open("/proc/self/mem").ok()?;
    let mut buffer = vec![0_u8; CHUNK];
    // Not our own buffer, which would show what was read before.
    let own = format!("{:p}", buffer.as_ptr());
    let own = u64::from_str_radix(own.trim_start_matches("0x"), 16).ok()?;
    let mut found = 0;
    for (start, end) in maps.lines().filter_map(private_memory) {
        if (start..end).contains(&own) && end - start > MAX_MAPPING {
            continue;
        }
        let mut at = start;
        while at < end.min(start + MAX_MAPPING) {
            let wanted = usize::try_from(end - at).unwrap_or(CHUNK).min(CHUNK);
            if memory.seek(SeekFrom::Start(at)).is_err() {
                break;
            }
            let Ok(read) = memory.read(&mut buffer[..wanted]) else {
                break;
            };
            if read == 0 {
                break;
            }
            let own_end = own + CHUNK as u64;
            found += buffer[..read]
                .windows(usize::from(count))
                .enumerate()
                .filter(|(offset, window)| {
                    let place = at + *offset as u64;
                    !(own..own_end).contains(&place)
                        && (0..count)
                            .zip(window.iter())
                            .all(|(index, byte)| *byte == digit(seed, index))
                })
                .count();
            at += read as u64;
        }
    }
    buffer.fill(0);
    Some(found)
}

/// A writable mapping without a file: heap, stack, arena.
fn private_memory(line: &str) -> Option<(u64, u64)> {
    let mut words = line.split_ascii_whitespace();
    let (range, rights) = (words.next()?, words.next()?);
    let named = words.nth(3).unwrap_or_default();
    if !rights.starts_with("rw") || named.starts_with('/') || named.starts_with("[v") {
        return None;
    }
    let (start, end) = range.split_once('-')?;
    Some((
        u64::from_str_radix(start, 16).ok()?,
        u64::from_str_radix(end, 16).ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_that_are_there_are_found_and_others_are_not() {
        let (seed, count) = (0x5EED, 12);
        let before = occurrences(seed, count).unwrap();
        let kept: Vec<u8> = (0..count).map(|index| digit(seed, index)).collect();
        assert_eq!(occurrences(seed, count).unwrap(), before + 1);
        assert_eq!(kept.len(), 12);
    }
}
