//! XML as the terminal software writes it: small, no DTD, in the encoding that its declaration names.
//!
//! Nothing is trimmed or folded: what is written is read back, character by character, and bytes that are no character
//! of the encoding stay known beside the U+FFFD that stands for them.

mod decode;
mod leaf;
mod read;
mod write;

pub use decode::{Charset, Decoded, decode};
pub use leaf::{Leaf, flatten, tree};
pub use read::{Broken, parse};
pub use write::write;

/// An element. `Debug` shows no personal data.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Node {
    /// Its name, prefix included.
    pub name: String,
    /// Its attributes, as they came.
    pub attributes: Vec<(String, String)>,
    /// The characters directly in it; of an element with children, those that are not white space.
    pub text: String,
    /// Which characters of the text stand for bytes that are none.
    pub lost: Vec<(u32, Vec<u8>)>,
    /// What is in it.
    pub children: Vec<Node>,
}

impl Node {
    /// An empty element.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    /// The first child of that name.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The children of that name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }
}

impl std::fmt::Debug for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Node")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
