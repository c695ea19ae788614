//! How software writes a value down: in which characters, and what becomes of its bytes where text is wanted.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use encoding_rs::{EUC_JP, SHIFT_JIS};

/// What is shorter than this, written as Base64, is found everywhere by chance.
const MIN_BASE64_LEN: usize = 8;

pub(crate) const RAW_DIGITS: &str = "raw digits";
pub(crate) const PACKED_DIGITS: &str = "BCD";

/// A value as it may stand in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Form {
    /// What this way of writing is called.
    pub(crate) name: String,
    /// The bytes.
    pub(crate) bytes: Vec<u8>,
}

/// Every form of a text.
pub(crate) fn of_text(text: &str) -> Vec<Form> {
    let mut forms = Vec::new();
    for text in spellings(text) {
        let utf16le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let utf16be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let mut encodings = vec![("UTF-8", text.clone().into_bytes())];
        for (name, encoding) in [("cp932", SHIFT_JIS), ("EUC-JP", EUC_JP)] {
            let (bytes, _, unmappable) = encoding.encode(&text);
            if !unmappable && !text.is_ascii() {
                encodings.push((name, bytes.into_owned()));
            }
        }
        encodings.push(("UTF-16LE", utf16le));
        encodings.push(("UTF-16BE", utf16be));
        for (encoding, bytes) in encodings {
            forms.extend(of_bytes(&bytes).into_iter().map(|form| Form {
                name: format!("{encoding}, {}", form.name),
                ..form
            }));
        }
        if !text.is_ascii() {
            forms.extend(escaped(&text));
        }
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            forms.extend(of_digits(&text));
        }
    }
    forms
}

/// Every form of bytes.
pub(crate) fn of_bytes(bytes: &[u8]) -> Vec<Form> {
    let joined = |separator: &str, write: &dyn Fn(u8) -> String| {
        let parts: Vec<_> = bytes.iter().map(|byte| write(*byte)).collect();
        parts.join(separator).into_bytes()
    };
    let hex = |byte: u8| format!("{byte:02x}");
    let decimal = |byte: u8| byte.to_string();
    let mut forms = vec![
        ("plain".to_owned(), bytes.to_vec()),
        ("hexadecimal".to_owned(), joined("", &hex)),
        ("spaced hexadecimal".to_owned(), joined(" ", &hex)),
        ("hexadecimal with colons".to_owned(), joined(":", &hex)),
        ("a list of hexadecimal".to_owned(), joined(", ", &hex)),
        ("a list of 0x".to_owned(), joined(", 0x", &hex)),
        ("a list of octets".to_owned(), joined(", ", &decimal)),
        ("a list without spaces".to_owned(), joined(",", &decimal)),
        ("spaced octets".to_owned(), joined(" ", &decimal)),
        (
            "Debug of bytes".to_owned(),
            bytes.escape_ascii().to_string().into_bytes(),
        ),
        (
            "all bytes escaped".to_owned(),
            joined("", &|byte| format!("\\x{byte:02x}")),
        ),
        (
            "octal escapes".to_owned(),
            joined("", &|byte| format!("\\{byte:03o}")),
        ),
        ("percent-encoding".to_owned(), joined("", &percent)),
        (
            "all bytes percent-encoded".to_owned(),
            joined("", &|byte| format!("%{byte:02x}")),
        ),
    ];
    for indent in [4, 8, 12] {
        let separator = format!(",\n{}", " ".repeat(indent));
        forms.push((
            format!("octets in lines, {indent} deep"),
            joined(&separator, &decimal),
        ));
    }
    for before in 0..3 {
        for (name, text) in base64_inside(bytes, before) {
            if text.len() >= MIN_BASE64_LEN {
                forms.push((format!("{name} after {before}"), text.into_bytes()));
            }
        }
    }
    let mut forms: Vec<_> = forms
        .into_iter()
        .map(|(name, bytes)| Form { name, bytes })
        .collect();
    // What two ways write alike is searched once.
    let mut seen = std::collections::BTreeSet::new();
    forms.retain(|form| seen.insert(form.bytes.clone()));
    forms
}

/// Digits as numbers, and as cards and pads take them.
fn of_digits(digits: &str) -> Vec<Form> {
    let joined = |separator: &str| {
        let digits: Vec<_> = digits.chars().map(String::from).collect();
        digits.join(separator).into_bytes()
    };
    let raw: Vec<u8> = digits.bytes().map(|byte| byte - b'0').collect();
    // Filled up with F, and without what is half filled.
    let packed = raw.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
    [
        ("a list of digits", joined(", ")),
        ("spaced digits", joined(" ")),
        ("digits with dashes", joined("-")),
        (RAW_DIGITS, raw),
        (PACKED_DIGITS, packed),
    ]
    .map(|(name, bytes)| Form {
        name: name.to_owned(),
        bytes,
    })
    .into()
}

/// What a URL keeps of a byte.
fn percent(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02x}")
    }
}

/// What is the same in the Base64 of a longer text, whatever stands around, `before` bytes after a group's start.
fn base64_inside(bytes: &[u8], before: usize) -> [(&'static str, String); 2] {
    let padded = [vec![0; before], bytes.to_vec()].concat();
    let (from, to) = ((before * 8).div_ceil(6), padded.len() * 8 / 6);
    [("Base64", STANDARD_NO_PAD), ("Base64 for URLs", URL_SAFE_NO_PAD)]
        .map(|(name, engine)| (name, engine.encode(&padded)[from..to].to_owned()))
}

/// Escapes of characters, as JSON, Rust and HTML have them.
fn escaped(text: &str) -> Vec<Form> {
    let each = |write: &dyn Fn(char) -> String| text.chars().map(write).collect::<String>();
    let json = text.encode_utf16().fold(String::new(), |mut json, unit| {
        // Writing to a string cannot fail.
        let _ = match u8::try_from(unit).ok().filter(u8::is_ascii) {
            Some(ascii) => json.write_char(char::from(ascii)),
            None => write!(json, "\\u{unit:04x}"),
        };
        json
    });
    let kept = |c: char, written: String| if c.is_ascii() { c.to_string() } else { written };
    [
        ("JSON escapes", json),
        ("Rust escapes", each(&|c| kept(c, c.escape_unicode().to_string()))),
        (
            "HTML in hexadecimal",
            each(&|c| kept(c, format!("&#x{:x};", u32::from(c)))),
        ),
        (
            "HTML in decimal",
            each(&|c| kept(c, format!("&#{};", u32::from(c)))),
        ),
    ]
    .map(|(name, text)| Form {
        name: name.to_owned(),
        bytes: text.into_bytes(),
    })
    .into()
}

/// The same value as others write it: with other spaces or none, in half width, with digits of one kind.
fn spellings(text: &str) -> Vec<String> {
    let mut spellings = vec![text.to_owned()];
    for space in [" ", ""] {
        spellings.push(text.replace('　', space));
    }
    // Rust's Debug writes the space between family and given name as an escape.
    spellings.push(text.escape_debug().to_string());
    spellings.push(half_width_kana(&text.replace('　', " ")));
    spellings.push(text.chars().map(half_width).collect());
    spellings.push(text.chars().map(full_width_digit).collect());
    let mut seen = std::collections::BTreeSet::new();
    spellings.retain(|spelling| seen.insert(spelling.clone()));
    spellings
}

/// Full-width ASCII in half width.
fn half_width(c: char) -> char {
    match c {
        '　' => ' ',
        '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        c => c,
    }
}

fn full_width_digit(c: char) -> char {
    match c {
        '0'..='9' => char::from_u32(u32::from(c) + 0xFEE0).unwrap_or(c),
        c => c,
    }
}

const FULL: &str = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲンァィゥェォャュョッー";
const HALF: &str = "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜｦﾝｧｨｩｪｫｬｭｮｯｰ";
/// Those with two dots or a ring are two characters in half width.
const DOTTED: &str = "ガギグゲゴザジズゼゾダヂヅデドバビブベボ";
const UNDOTTED: &str = "カキクケコサシスセソタチツテトハヒフヘホ";
const RINGED: &str = "パピプペポ";
const UNRINGED: &str = "ハヒフヘホ";

fn half_width_kana(text: &str) -> String {
    let at = |list: &str, c: char| list.chars().position(|listed| listed == c);
    let nth = |list: &str, at: usize| list.chars().nth(at);
    text.chars().fold(String::new(), |mut half, c| {
        let (plain, mark) = match (at(DOTTED, c), at(RINGED, c)) {
            (Some(dotted), _) => (nth(UNDOTTED, dotted).unwrap_or(c), Some('ﾞ')),
            (_, Some(ringed)) => (nth(UNRINGED, ringed).unwrap_or(c), Some('ﾟ')),
            _ => (c, None),
        };
        half.push(at(FULL, plain).and_then(|full| nth(HALF, full)).unwrap_or(plain));
        half.extend(mark);
        half
    })
}
