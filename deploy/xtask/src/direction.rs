//! `cargo xtask direction`: dependencies go one way, as `cargo metadata` tells.

mod rules;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use anyhow::{Result, bail};

use crate::metadata::{Edge, Metadata};
use rules::{Demand, Edges, RULES, Rule};

/// Reads the workspace and checks it.
pub(crate) fn run(root: &Path) -> Result<()> {
    check(&Metadata::read(root)?)
}

/// Reports every dependency that breaks a rule.
pub(crate) fn check(metadata: &Metadata) -> Result<()> {
    let broken = Graph::new(metadata).violations();
    for violation in &broken {
        eprintln!("{violation}");
    }
    if !broken.is_empty() {
        bail!("{} dependencies go the wrong way", broken.len());
    }
    Ok(())
}

/// A dependency that breaks a rule.
#[derive(Debug)]
struct Violation {
    rule: &'static Rule,
    /// From the package of the rule to the forbidden one.
    path: Vec<String>,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.path.join(" -> "), self.rule.because)
    }
}

/// The resolved dependencies, by package id.
struct Graph<'m> {
    names: BTreeMap<&'m str, &'m str>,
    /// The rooms of this house: a package of ours is known by its folder.
    rooms: BTreeMap<&'m str, String>,
    edges: BTreeMap<&'m str, &'m [Edge]>,
}

impl<'m> Graph<'m> {
    fn new(metadata: &'m Metadata) -> Self {
        let room = |package| metadata.room(package);
        Self {
            names: metadata
                .packages
                .iter()
                .map(|found| (found.id.as_str(), found.name.as_str()))
                .collect(),
            rooms: metadata
                .packages
                .iter()
                .filter_map(|found| Some((found.id.as_str(), room(found)?)))
                .collect(),
            edges: metadata
                .resolve
                .nodes
                .iter()
                .map(|node| (node.id.as_str(), node.deps.as_slice()))
                .collect(),
        }
    }

    fn violations(&self) -> Vec<Violation> {
        let mut found = Vec::new();
        for rule in RULES {
            for (id, _) in self.rooms.iter().filter(|(_, room)| rule.whose.hold(room)) {
                found.extend(
                    self.paths(id, rule)
                        .into_iter()
                        .map(|path| Violation { rule, path }),
                );
            }
        }
        found
    }

    /// The ways from a package to what the rule forbids it, the shortest to each.
    fn paths(&self, from: &'m str, rule: &Rule) -> Vec<Vec<String>> {
        let mut came_from = BTreeMap::new();
        let mut seen = BTreeSet::from([from]);
        let mut queue = VecDeque::from([from]);
        let mut found = Vec::new();
        while let Some(at) = queue.pop_front() {
            for next in self.dependencies(at, rule.edges).filter(|next| seen.insert(next)) {
                came_from.insert(next, at);
                if self.forbids(&rule.demand, next) {
                    found.push(self.path(&came_from, next));
                } else if rule.demand.reaches_far() {
                    queue.push_back(next);
                }
            }
        }
        found
    }

    fn dependencies(&self, id: &str, edges: Edges) -> impl Iterator<Item = &'m str> {
        let deps: &'m [Edge] = self.edges.get(id).copied().unwrap_or_default();
        let counts = move |edge: &&Edge| {
            edge.dep_kinds
                .iter()
                .any(|kind| edges.count(kind.kind.as_deref()))
        };
        deps.iter().filter(counts).map(|edge| edge.pkg.as_str())
    }

    fn forbids(&self, demand: &Demand, id: &str) -> bool {
        let name = self.names.get(id).copied().unwrap_or_default();
        match (demand, self.rooms.get(id)) {
            (Demand::OnlyRooms(rooms), Some(room)) => !rooms.hold(room),
            (Demand::NeverRooms(rooms), Some(room)) => rooms.hold(room),
            (Demand::OnlyRooms(_) | Demand::NeverRooms(_), None) => false,
            (Demand::NeverNames(names) | Demand::NeverReaches(names), _) => names.contains(&name),
        }
    }

    fn path(&self, came_from: &BTreeMap<&'m str, &'m str>, to: &'m str) -> Vec<String> {
        let way = std::iter::successors(Some(to), |at| came_from.get(at).copied());
        let mut names: Vec<_> = way
            .map(|id| self.names.get(id).copied().unwrap_or(id).to_owned())
            .collect();
        names.reverse();
        names
    }
}
