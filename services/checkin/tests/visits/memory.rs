//! How often a PIN is in this process's memory: once while it is held, never afterwards.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::time::{Duration, SystemTime};

use madoguchi_auth::Options;
use madoguchi_core::screen::Page;
use madoguchi_core::{Medium, Pin, Reason};
use madoguchi_twin::Shown;

use crate::counter::{FACE, FaceDesk, PHONES, end, failure};

/// What hides the digits that are searched for from the search.
const MASK: u8 = 0xA5;
const DIGITS: usize = 16;

/// Digits that nobody else has, masked.
fn masked_digits() -> [u8; DIGITS] {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap();
    let mut number = since.as_nanos() ^ u128::from(std::process::id());
    let mut digits = [0; DIGITS];
    for digit in &mut digits {
        *digit = (u8::try_from(number % 10).unwrap() | b'0') ^ MASK;
        number /= 10;
    }
    digits
}

/// How often they are in the memory that this process can write to.
fn count(masked: &[u8; DIGITS]) -> usize {
    let memory = File::open("/proc/self/mem").unwrap();
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let mut buffer = vec![0_u8; 1 << 20];
    let own = buffer.as_ptr() as usize..buffer.as_ptr() as usize + buffer.len();
    let mut found = 0;
    for line in maps.lines().filter(|line| line.contains(" rw-p ")) {
        let (from, to) = line.split_once(' ').unwrap().0.split_once('-').unwrap();
        let (mut at, to) = (
            u64::from_str_radix(from, 16).unwrap(),
            u64::from_str_radix(to, 16).unwrap(),
        );
        while at < to {
            let wanted = usize::try_from(to - at).unwrap().min(buffer.len());
            let Ok(read) = memory.read_at(&mut buffer[..wanted], at) else {
                break;
            };
            let first = masked[0] ^ MASK;
            let mut start = 0;
            while let Some(next) = buffer[start..read].iter().position(|byte| *byte == first) {
                let here = start + next;
                start = here + 1;
                let fits = buffer[here..read].len() >= DIGITS
                    && (0..DIGITS).all(|digit| buffer[here + digit] ^ MASK == masked[digit]);
                let address = usize::try_from(at).unwrap() + here;
                found += usize::from(fits && !own.contains(&address));
            }
            if read < wanted || at + read as u64 >= to {
                break;
            }
            // One that lies across the border is not overlooked.
            at += (read - (DIGITS - 1)) as u64;
        }
    }
    found
}

#[tokio::test]
async fn an_android_pin_is_in_one_buffer_until_the_tap_or_the_deadline() {
    let options = Options {
        card_wait_seconds: 4,
        ..Options::default()
    };
    let desk = FaceDesk::with(FACE, PHONES, options).await;
    let started = desk.start().await;
    let mut updates = desk.house.watch(&started).await;
    desk.choose(Medium::Android).await;
    desk.shown(|shown| matches!(shown, Shown::PinPad(_))).await;
    let masked = masked_digits();
    assert_eq!(count(&masked), 0);
    let pin = Pin::new(masked.iter().map(|digit| digit ^ MASK).collect()).unwrap();
    assert!(desk.screen.type_pin(Some(pin)));
    let medium = Medium::Android;
    desk.page(|page| *page == Page::Present { medium }).await;
    assert_eq!(count(&masked), 1, "while the tap is waited for");
    // Nobody holds a phone up.
    let ended = tokio::time::timeout(Duration::from_secs(20), end(&mut updates))
        .await
        .unwrap();
    assert_eq!(failure(&ended), Reason::CardWaitTimeout);
    assert_eq!(count(&masked), 0, "after the deadline");
    desk.all_free().await;
}
