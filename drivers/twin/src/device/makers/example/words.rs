//! Lines into words, and what the device says of itself.

use crate::device::Body;

/// A request: its number, its verb and its words as they are on the line; none where it is no request.
pub(super) fn request(line: &[u8]) -> Option<(u64, &str, Vec<&str>)> {
    let line = std::str::from_utf8(line).ok()?;
    let words: Vec<_> = line.split(' ').collect();
    let [number, verb, words @ ..] = &words[..] else {
        return None;
    };
    let number = number.parse().ok().filter(|number| *number > 0)?;
    let whole = !verb.is_empty() && !words.contains(&"");
    whole.then(|| (number, *verb, words.to_vec()))
}

/// A word as it was before it was escaped; none where that was done wrongly.
pub(super) fn plain(word: &str) -> Option<String> {
    if word == "-" {
        return Some(String::new());
    }
    let mut bytes = Vec::with_capacity(word.len());
    let mut rest = word.as_bytes();
    while let [first, more @ ..] = rest {
        rest = more;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let (digits, more) = rest.split_at_checked(2)?;
        let mut byte = [0];
        hex::decode_to_slice(digits, &mut byte).ok()?;
        bytes.extend(byte);
        rest = more;
    }
    String::from_utf8(bytes).ok()
}

/// The answer to `hello`.
pub(super) fn introduction(body: &Body) -> String {
    let identity = body.identity();
    let card = if body.card_present() { "card" } else { "empty" };
    let mut words = vec![
        identity.serial.clone(),
        identity.model.clone(),
        identity.firmware.clone(),
        card.to_owned(),
    ];
    let spelled = identity.capabilities.iter().map(|capability| {
        serde_json::to_value(capability)
            .ok()
            .and_then(|name| name.as_str().map(str::to_owned))
    });
    words.extend(spelled.flatten());
    words.join(" ")
}
