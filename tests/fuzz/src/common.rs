//! What all makers have in common: cards, and the borders between our own processes.

mod border;
mod card;

use crate::feed::Feed;

/// Any bytes at any of them.
pub fn common(data: &[u8]) {
    let mut feed = Feed::new(data);
    match feed.byte() & 1 {
        0 => border::border(&mut feed),
        _ => card::card(&mut feed),
    }
}
