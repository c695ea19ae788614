//! What the chores read of `cargo metadata`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::command;

/// The workspace and everything that it is built of.
#[derive(Debug, Deserialize)]
pub(crate) struct Metadata {
    /// Workspace members and all they depend on.
    pub(crate) packages: Vec<Package>,
    /// Who depends on whom, once versions and features are chosen.
    pub(crate) resolve: Resolve,
    /// The ids of the packages that are ours.
    pub(crate) workspace_members: Vec<String>,
    /// The folder of the workspace.
    pub(crate) workspace_root: PathBuf,
    /// Where cargo builds.
    pub(crate) target_directory: PathBuf,
}

/// A package.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) manifest_path: PathBuf,
    pub(crate) targets: Vec<Target>,
}

/// Something that a package builds.
#[derive(Debug, Deserialize)]
pub(crate) struct Target {
    pub(crate) kind: Vec<String>,
}

/// The resolved graph.
#[derive(Debug, Deserialize)]
pub(crate) struct Resolve {
    pub(crate) nodes: Vec<Node>,
}

/// A package in the graph.
#[derive(Debug, Deserialize)]
pub(crate) struct Node {
    pub(crate) id: String,
    pub(crate) deps: Vec<Edge>,
}

/// A dependency in the graph.
#[derive(Debug, Deserialize)]
pub(crate) struct Edge {
    pub(crate) pkg: String,
    pub(crate) dep_kinds: Vec<Kind>,
}

/// What a dependency is for: the program (none), its build script or its tests.
#[derive(Debug, Deserialize)]
pub(crate) struct Kind {
    pub(crate) kind: Option<String>,
}

impl Metadata {
    /// Asks cargo.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let text = command::output(command::cargo(root).args(["metadata", "--format-version", "1"]))?;
        serde_json::from_str(&text).context("reading `cargo metadata`")
    }

    /// The packages that are ours.
    pub(crate) fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages
            .iter()
            .filter(|package| self.workspace_members.contains(&package.id))
    }

    /// The folder of one of our packages, below the workspace, with `/` on every system.
    pub(crate) fn room(&self, package: &Package) -> Option<String> {
        let folder = package
            .manifest_path
            .parent()?
            .strip_prefix(&self.workspace_root)
            .ok()?;
        let names: Vec<_> = folder.iter().map(|name| name.to_string_lossy()).collect();
        self.workspace_members
            .contains(&package.id)
            .then(|| names.join("/"))
    }

    /// The plugins in a folder of the workspace: our packages there that build a library to load.
    pub(crate) fn plugins(&self, folder: &str) -> Vec<&Package> {
        let is_there = |package: &Package| {
            self.room(package)
                .and_then(|room| room.rsplit_once('/').map(|(above, _)| above == folder))
        };
        self.members()
            .filter(|package| is_there(package) == Some(true) && package.is_plugin())
            .collect()
    }
}

impl Package {
    fn is_plugin(&self) -> bool {
        self.targets
            .iter()
            .any(|target| target.kind.iter().any(|kind| kind == "cdylib"))
    }

    /// The plugin's own manifest, before packing.
    pub(crate) fn plugin_manifest(&self) -> PathBuf {
        self.manifest_path.with_file_name("plugin.toml")
    }
}
