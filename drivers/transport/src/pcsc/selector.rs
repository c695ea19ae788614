//! What a reader is called: from a PC/SC name, which changes, to a selector, which stays.

/// The longest part that a selector takes over from a name; a reader id has room for 128 characters.
const MAX_PART: usize = 48;

/// What a PC/SC name says.
#[derive(Debug, PartialEq, Eq)]
pub struct Name {
    /// The name people know: without the numbers that change with each re-plugging.
    pub display: String,
    /// The model, in the letters of a selector.
    pub model: String,
    /// The serial number, where the name has one.
    pub serial: Option<String>,
}

/// Reads a name: `Maker Model [Interface] (serial) 00 00` of pcscd, `Maker Model 0` of Windows.
#[must_use]
pub fn read(name: &str) -> Name {
    let display = without_index(name.trim());
    let (model, serial) = match display.strip_suffix(')').and_then(|rest| rest.rsplit_once('(')) {
        Some((model, serial)) => (model, part(serial)),
        None => (display, None),
    };
    Name {
        display: display.to_owned(),
        model: slug(model),
        serial,
    }
}

/// A serial number as part of a selector; none where it is not fit for one.
#[must_use]
pub fn part(serial: &str) -> Option<String> {
    let fit = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let ok = !serial.is_empty() && serial.len() <= MAX_PART && serial.chars().all(fit);
    ok.then(|| serial.to_owned())
}

/// The selector of the `ordinal`-th reader with this model and serial number.
#[must_use]
pub fn compose(model: &str, serial: Option<&str>, ordinal: usize) -> String {
    match (serial, ordinal) {
        (Some(serial), 0) => format!("{model}:{serial}"),
        (Some(serial), _) => format!("{model}:{serial}#{ordinal}"),
        (None, _) => format!("{model}#{ordinal}"),
    }
}

/// The part of a name that all slots of one device share: pcscd's without the last number, Windows' as it is.
#[must_use]
pub fn device(name: &str) -> &str {
    match name.rsplit_once(' ') {
        Some((device, slot)) if is_two_hex(slot) => device,
        _ => name,
    }
}

fn is_two_hex(token: &str) -> bool {
    token.len() == 2 && token.chars().all(|c| c.is_ascii_hexdigit())
}

fn without_index(name: &str) -> &str {
    let last = |name| str::rsplit_once(name, ' ');
    match last(name) {
        Some((rest, slot)) if is_two_hex(slot) => match last(rest) {
            Some((rest, index)) if is_two_hex(index) => rest.trim_end(),
            _ => name,
        },
        Some((rest, index)) if index.len() == 1 && index.chars().all(|c| c.is_ascii_digit()) => {
            rest.trim_end()
        }
        _ => name,
    }
}

fn slug(model: &str) -> String {
    let mut slug = String::new();
    for c in model.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() == MAX_PART {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() {
        "reader".to_owned()
    } else {
        slug.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_of_the_field_are_read() {
        let cases = [
            ("Virtual PCD 00 01", "Virtual PCD", "virtual-pcd", None),
            (
                "Sony RC-S300/S (1234567) 00 00",
                "Sony RC-S300/S (1234567)",
                "sony-rc-s300-s",
                Some("1234567"),
            ),
            (
                "ACS ACR1252 Dual Reader [ACR1252 Dual Reader PICC] 0A 00",
                "ACS ACR1252 Dual Reader [ACR1252 Dual Reader PICC]",
                "acs-acr1252-dual-reader-acr1252-dual-reader-picc",
                None,
            ),
            (
                "Sony FeliCa Port/PaSoRi 3.0 0",
                "Sony FeliCa Port/PaSoRi 3.0",
                "sony-felica-port-pasori-3-0",
                None,
            ),
            ("リーダー 00 00", "リーダー", "reader", None),
            ("Reader (シリアル) 00 00", "Reader (シリアル)", "reader", None),
        ];
        for (name, display, model, serial) in cases {
            let expected = Name {
                display: display.into(),
                model: model.into(),
                serial: serial.map(str::to_owned),
            };
            assert_eq!(read(name), expected, "{name}");
        }
    }

    proptest! {
        #[test]
        fn a_selector_has_only_the_letters_of_a_reader_id(
            name in r".{0,200}( \([-0-9A-Za-z_./]{0,60}\))?( [0-9A-F]{2} 0[0-3])?",
        ) {
            let Name { model, serial, .. } = read(&name);
            let selector = compose(&model, serial.as_deref(), 15);
            let fit = |c: char| c.is_ascii_alphanumeric() || "-_.:/@#".contains(c);
            prop_assert!(selector.len() <= 100 && selector.chars().all(fit), "{}", selector);
        }
    }

    #[test]
    fn slots_share_their_device_s_name() {
        assert_eq!(device("Acme 0A 01"), device("Acme 0A 00"));
        assert_ne!(device("Acme 0A 00"), device("Acme 0B 00"));
        assert_ne!(device("Acme 0"), device("Acme 1"));
    }

    #[test]
    fn ordinals_tell_twins_apart() {
        assert_eq!(compose("m", None, 0), "m#0");
        assert_eq!(compose("m", None, 1), "m#1");
        assert_eq!(compose("m", Some("7"), 0), "m:7");
        assert_eq!(compose("m", Some("7"), 1), "m:7#1");
    }
}
