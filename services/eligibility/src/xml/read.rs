//! A file to its tree.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::{Node, decode};

/// Bytes of a file.
const MAX_BYTES: usize = 64 * 1024 * 1024;
const MAX_DEPTH: usize = 16;
const MAX_ELEMENTS: usize = 2_000_000;

/// Why a file has no tree. Says nothing of what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Broken {
    /// Its end is missing: most likely it is still being written.
    #[error("the file ends before its root element does")]
    Incomplete,
    /// It is not XML.
    #[error("the file is not well-formed XML")]
    NotXml,
    /// It has a document type, which no result has.
    #[error("the file has a document type")]
    DocType,
    /// It is larger or deeper than any result.
    #[error("the file is larger or deeper than any result")]
    TooLarge,
}

/// Reads a whole file.
///
/// # Errors
/// [`Broken`]; only [`Broken::Incomplete`] may change when the file is read again later.
pub fn parse(bytes: &[u8]) -> Result<Node, Broken> {
    if bytes.len() > MAX_BYTES {
        return Err(Broken::TooLarge);
    }
    let decoded = decode(bytes);
    let mut reader = Reader::from_str(&decoded.text);
    let config = reader.config_mut();
    config.check_end_names = true;
    config.expand_empty_elements = true;
    let mut open: Vec<Node> = Vec::new();
    let mut root = None;
    let mut elements = 0;
    let mut lost = decoded.lost.into_iter().peekable();
    loop {
        let from = offset(reader.buffer_position());
        let event = reader.read_event().map_err(|error| match error {
            quick_xml::Error::Syntax(_) => Broken::Incomplete,
            _ => Broken::NotXml,
        })?;
        match event {
            Event::Start(start) => {
                elements += 1;
                if open.len() >= MAX_DEPTH || elements > MAX_ELEMENTS {
                    return Err(Broken::TooLarge);
                }
                if root.is_some() {
                    return Err(Broken::NotXml);
                }
                open.push(element(&start)?);
            }
            Event::End(_) => {
                let node = settled(open.pop().ok_or(Broken::NotXml)?);
                match open.last_mut() {
                    Some(parent) => parent.children.push(node),
                    None => root = Some(node),
                }
            }
            Event::Text(text) => {
                let mut within = 0;
                let text: &str = &text;
                let mut rest = text.chars().peekable();
                while let Some(c) = rest.next() {
                    let at = from + within;
                    within += c.len_utf8();
                    while lost.next_if(|(offset, _)| *offset < at).is_some() {}
                    let bytes = lost.next_if(|(offset, _)| *offset == at).map(|(_, bytes)| bytes);
                    // XML's own rule for the ends of lines.
                    let c = match c {
                        '\r' if rest.peek() == Some(&'\n') => continue,
                        '\r' => '\n',
                        c => c,
                    };
                    add(&mut open, c, bytes)?;
                }
            }
            Event::CData(data) => {
                let data: &str = &data;
                data.chars().try_for_each(|c| add(&mut open, c, None))?;
            }
            Event::GeneralRef(reference) => add(&mut open, referred(&reference)?, None)?,
            Event::DocType(_) => return Err(Broken::DocType),
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::Empty(_) => {}
        }
    }
    match root {
        Some(root) if open.is_empty() => Ok(root),
        _ => Err(Broken::Incomplete),
    }
}

fn offset(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

fn element(start: &BytesStart<'_>) -> Result<Node, Broken> {
    let name: &str = start;
    let name = name.split([' ', '\t', '\n', '\r']).next().unwrap_or_default();
    if !is_name(name) {
        return Err(Broken::NotXml);
    }
    let mut node = Node::new(name);
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| Broken::NotXml)?;
        let key: &str = attribute.key.as_ref();
        let value: &str = &attribute.value;
        if !is_name(key) {
            return Err(Broken::NotXml);
        }
        node.attributes.push((key.to_owned(), value.to_owned()));
    }
    Ok(node)
}

/// Whether it can be a name, which also keeps what paths are made of out of it.
fn is_name(name: &str) -> bool {
    let of_name = |c: char| c.is_alphanumeric() || "_-.:".contains(c) || !c.is_ascii();
    !name.is_empty() && name.chars().all(of_name)
}

fn add(open: &mut [Node], c: char, bytes: Option<Vec<u8>>) -> Result<(), Broken> {
    match open.last_mut() {
        Some(node) => {
            if let Some(bytes) = bytes {
                let index = u32::try_from(node.text.chars().count()).unwrap_or(u32::MAX);
                node.lost.push((index, bytes));
            }
            node.text.push(c);
            Ok(())
        }
        None if c.is_whitespace() || c == '\u{FEFF}' => Ok(()),
        None => Err(Broken::NotXml),
    }
}

/// The five names that XML has by itself, and numbers. Nothing else can be declared: there is no document type.
fn referred(reference: &BytesRef<'_>) -> Result<char, Broken> {
    if let Some(c) = reference.resolve_char_ref().map_err(|_| Broken::NotXml)? {
        return Ok(c);
    }
    let name: &str = reference;
    match name {
        "amp" => Ok('&'),
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => Err(Broken::NotXml),
    }
}

/// White space between elements is layout.
fn settled(mut node: Node) -> Node {
    if !node.children.is_empty() && node.text.chars().all(char::is_whitespace) {
        node.text.clear();
        node.lost.clear();
    }
    node
}
