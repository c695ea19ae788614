//! A tree as a list of values with their paths, and back.

use super::Node;

/// A value of a tree.
#[derive(Clone, PartialEq, Eq)]
pub struct Leaf {
    /// Names joined by `/`, each of several of a name with its number behind it; `@` before an attribute, `#text` for
    /// characters beside elements.
    pub path: String,
    /// The characters.
    pub value: String,
    /// Which of them stand for bytes that are none.
    pub lost: Vec<(u32, Vec<u8>)>,
}

impl std::fmt::Debug for Leaf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Leaf")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// Every value below an element, in order.
#[must_use]
pub fn flatten(node: &Node) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    below(node, "", &mut leaves);
    leaves
}

fn below(node: &Node, path: &str, leaves: &mut Vec<Leaf>) {
    for (key, value) in &node.attributes {
        leaves.push(Leaf {
            path: format!("{path}@{key}"),
            value: value.clone(),
            lost: Vec::new(),
        });
    }
    let is_root = path.is_empty();
    if node.children.is_empty() && (!is_root || !node.text.is_empty()) {
        leaves.push(Leaf {
            path: if is_root {
                "#text".to_owned()
            } else {
                path.to_owned()
            },
            value: node.text.clone(),
            lost: node.lost.clone(),
        });
    } else if !node.text.is_empty() {
        leaves.push(Leaf {
            path: format!("{path}#text"),
            value: node.text.clone(),
            lost: node.lost.clone(),
        });
    }
    for (index, child) in node.children.iter().enumerate() {
        let name = &child.name;
        let same = |others: &[Node]| others.iter().filter(|other| other.name == *name).count();
        let before = same(node.children.get(..index).unwrap_or_default());
        let number = match same(&node.children) {
            1 => String::new(),
            _ => format!("[{before}]"),
        };
        let path = match is_root {
            true => format!("{name}{number}"),
            false => format!("{path}/{name}{number}"),
        };
        below(child, &path, leaves);
    }
}

/// The element that has these values: what [`flatten`] made of one is put together again.
#[must_use]
pub fn tree<'a>(
    name: &str,
    leaves: impl IntoIterator<Item = (&'a str, &'a str, &'a [(u32, Vec<u8>)])>,
) -> Node {
    let mut root = Node::new(name);
    for (path, value, lost) in leaves {
        let (path, attribute) = match path.split_once('@') {
            Some((path, key)) => (path, Some(key)),
            None => (path, None),
        };
        let path = path.strip_suffix("#text").unwrap_or(path);
        let mut node = &mut root;
        for segment in path.split('/').filter(|segment| !segment.is_empty()) {
            node = descend(node, segment);
        }
        match attribute {
            Some(key) => node.attributes.push((key.to_owned(), value.to_owned())),
            None => {
                value.clone_into(&mut node.text);
                node.lost = lost.to_vec();
            }
        }
    }
    root
}

fn descend<'a>(node: &'a mut Node, segment: &str) -> &'a mut Node {
    let (name, number) = match segment.split_once('[') {
        Some((name, rest)) => (name, rest.trim_end_matches(']').parse().unwrap_or(0)),
        None => (segment, 0usize),
    };
    loop {
        let mut of_name = node
            .children
            .iter()
            .enumerate()
            .filter(|(_, child)| child.name == name);
        if let Some((at, _)) = of_name.nth(number) {
            return &mut node.children[at];
        }
        node.children.push(Node::new(name));
    }
}
