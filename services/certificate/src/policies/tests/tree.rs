//! Section 6.1 of RFC 5280, line by line: the valid_policy_tree with all its nodes. It explodes, which short paths survive.

use crate::policies::{Policies, Policy};

/// Stands for anyPolicy, which is never in a list of [`Policies`].
const ANY: &[u8] = b"any";

#[derive(Clone)]
struct Node {
    valid: Policy,
    expected: Vec<Policy>,
    children: Vec<Node>,
}

impl Node {
    fn new(valid: &[u8], expected: Vec<Policy>) -> Self {
        Self {
            valid: valid.to_vec(),
            expected,
            children: Vec::new(),
        }
    }

    /// Does something with every node of this many levels further down.
    fn at_depth(&mut self, depth: usize, act: &mut impl FnMut(&mut Node)) {
        match depth {
            0 => act(self),
            _ => self
                .children
                .iter_mut()
                .for_each(|child| child.at_depth(depth - 1, act)),
        }
    }

    /// Without the branches that do not reach so far down; whether anything is left.
    fn prune(&mut self, depth: usize) -> bool {
        if depth > 0 {
            self.children.retain_mut(|child| child.prune(depth - 1));
        }
        depth == 0 || !self.children.is_empty()
    }
}

fn prune(tree: Option<Node>, depth: usize) -> Option<Node> {
    tree.and_then(|mut tree| tree.prune(depth).then_some(tree))
}

/// 6.1.3 (d).
fn process(mut tree: Node, depth: usize, listed: &Policies, takes_any: bool) -> Option<Node> {
    let asserted = listed.asserted.as_ref()?;
    for policy in &asserted.policies {
        let child = || Node::new(policy, vec![policy.clone()]);
        let mut is_matched = false;
        tree.at_depth(depth - 1, &mut |node| {
            if node.expected.contains(policy) {
                is_matched = true;
                node.children.push(child());
            }
        });
        if !is_matched {
            tree.at_depth(depth - 1, &mut |node| {
                if node.valid == ANY {
                    node.children.push(child());
                }
            });
        }
    }
    if asserted.any && takes_any {
        tree.at_depth(depth - 1, &mut |node| {
            for policy in node.expected.clone() {
                if node.children.iter().all(|child| child.valid != policy) {
                    node.children.push(Node::new(&policy, vec![policy.clone()]));
                }
            }
        });
    }
    prune(Some(tree), depth)
}

/// 6.1.4 (b).
fn map(mut tree: Node, depth: usize, listed: &Policies, is_mapped: bool) -> Option<Node> {
    let mut issuers: Vec<_> = listed.mappings.iter().map(|(from, _)| from).collect();
    issuers.sort();
    issuers.dedup();
    for issuer in issuers {
        let pairs = listed.mappings.iter().filter(|(from, _)| from == issuer);
        let subjects: Vec<Policy> = pairs.map(|(_, to)| to.clone()).collect();
        if is_mapped {
            let mut is_there = false;
            tree.at_depth(depth, &mut |node| {
                if node.valid == *issuer {
                    is_there = true;
                    node.expected = subjects.clone();
                }
            });
            if !is_there {
                tree.at_depth(depth - 1, &mut |node| {
                    if node.valid == ANY && node.children.iter().any(|child| child.valid == ANY) {
                        node.children.push(Node::new(issuer, subjects.clone()));
                    }
                });
            }
        } else {
            tree.at_depth(depth - 1, &mut |node| {
                node.children.retain(|child| child.valid != *issuer);
            });
        }
    }
    prune(Some(tree), depth)
}

/// Whether a path holds: its certificates from the anchor down, and whether each is self-issued.
pub(super) fn holds(path: Vec<(&Policies, bool)>) -> bool {
    let length = path.len();
    let (mut explicit, mut mapping, mut any) = (length + 1, length + 1, length + 1);
    let mut tree = Some(Node::new(ANY, vec![ANY.to_vec()]));
    let least = |now: usize, said: Option<u32>| said.map_or(now, |said| now.min(said as usize));
    for (index, (listed, is_self_issued)) in path.into_iter().enumerate() {
        let depth = index + 1;
        let is_last = depth == length;
        let takes_any = any > 0 || (!is_last && is_self_issued);
        tree = tree.and_then(|tree| process(tree, depth, listed, takes_any));
        if explicit == 0 && tree.is_none() {
            return false;
        }
        if is_last {
            explicit = explicit.saturating_sub(1);
            if listed.require_explicit == Some(0) {
                explicit = 0;
            }
            break;
        }
        tree = tree.and_then(|tree| map(tree, depth, listed, mapping > 0));
        if !is_self_issued {
            explicit = explicit.saturating_sub(1);
            mapping = mapping.saturating_sub(1);
            any = any.saturating_sub(1);
        }
        explicit = least(explicit, listed.require_explicit);
        mapping = least(mapping, listed.inhibit_mapping);
        any = least(any, listed.inhibit_any);
    }
    explicit > 0 || tree.is_some()
}
