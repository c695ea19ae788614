//! `cargo xtask build`: the gateway's binary with its plugins packed beside it.

use std::env::consts::DLL_EXTENSION;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use crate::command;
use crate::generate;
use crate::metadata::{Metadata, Package};

/// The gateway's crate and binary.
const GATEWAY: &str = "madoguchi";

/// How to build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Quick to build.
    Dev,
    /// Quick to run.
    Release,
}

impl Profile {
    /// By the `--release` flag.
    pub(crate) fn new(release: bool) -> Self {
        if release { Self::Release } else { Self::Dev }
    }

    fn folder(self) -> &'static str {
        match self {
            Self::Dev => "debug",
            Self::Release => "release",
        }
    }
}

/// What cargo has built.
#[derive(Debug)]
struct Built {
    artifacts: Vec<Artifact>,
}

#[derive(Debug, Deserialize)]
struct Artifact {
    package_id: String,
    filenames: Vec<PathBuf>,
    executable: Option<PathBuf>,
    profile: ArtifactProfile,
}

#[derive(Debug, Deserialize)]
struct ArtifactProfile {
    test: bool,
}

/// Builds the gateway and the plugins and packs the plugins; gives the gateway's binary.
pub(crate) fn run(root: &Path, profile: Profile) -> Result<PathBuf> {
    let metadata = Metadata::read(root)?;
    let plugins = metadata.plugins("plugins");
    let names = std::iter::once(GATEWAY).chain(plugins.iter().map(|plugin| plugin.name.as_str()));
    let selection: Vec<_> = names.flat_map(|name| ["--package", name]).collect();
    let built = cargo(root, profile, &selection)?;
    let gateway = built.executable(&metadata, GATEWAY)?;
    pack_plugins(&metadata, &built, profile, &gateway)?;
    Ok(gateway)
}

/// Builds all that checks and tests use, in one go, and packs the plugins from it; gives the code generator.
///
/// One selection of packages for build and tests: another one would choose other features, and
/// build everything twice.
pub(crate) fn everything(root: &Path) -> Result<PathBuf> {
    let metadata = Metadata::read(root)?;
    let built = cargo(root, Profile::Dev, &["--workspace", "--all-targets"])?;
    let gateway = built.executable(&metadata, GATEWAY)?;
    pack_plugins(&metadata, &built, Profile::Dev, &gateway)?;
    built.executable(&metadata, generate::CODEGEN)
}

/// Packs the plugins beside the program and signs them with a key of this build: the program's default configuration
/// trusts it, and nobody else's.
fn pack_plugins(metadata: &Metadata, built: &Built, profile: Profile, gateway: &Path) -> Result<()> {
    let beside = metadata.target_directory.join(profile.folder());
    let private = beside.join("plugins.key.pem");
    let public = beside.join("plugins.pub.pem");
    if !private.exists() || !public.exists() {
        if private.exists() {
            std::fs::remove_file(&private)?;
        }
        let mut keygen = Command::new(gateway);
        keygen.args(["driver", "keygen", "--private"]).arg(&private);
        command::output(keygen.arg("--public").arg(&public))?;
    }
    for plugin in metadata.plugins("plugins") {
        let out = beside.join("plugins");
        let mut pack = Command::new(gateway);
        pack.args(["driver", "pack", "--library"])
            .arg(built.library(plugin)?)
            .arg("--manifest")
            .arg(plugin.plugin_manifest())
            .arg("--out")
            .arg(out);
        let folder = command::output(&mut pack)?;
        let mut sign = Command::new(gateway);
        sign.args(["driver", "sign"])
            .arg(folder.trim_end())
            .arg("--key")
            .arg(&private);
        command::output(&mut sign)?;
    }
    Ok(())
}

/// Runs `cargo build` for a selection of packages.
fn cargo(root: &Path, profile: Profile, selection: &[&str]) -> Result<Built> {
    let mut command = command::cargo(root);
    command
        .args(["build", "--message-format=json-render-diagnostics"])
        .args(selection);
    if profile == Profile::Release {
        command.arg("--release");
    }
    Built::read(&command::output(&mut command)?)
}

impl Built {
    fn read(messages: &str) -> Result<Self> {
        #[derive(Deserialize)]
        struct Message {
            reason: String,
        }
        let mut artifacts = Vec::new();
        for line in messages.lines().filter(|line| line.starts_with('{')) {
            if serde_json::from_str::<Message>(line)?.reason == "compiler-artifact" {
                artifacts.push(serde_json::from_str(line).context("reading a message of cargo")?);
            }
        }
        Ok(Self { artifacts })
    }

    /// The library that a plugin's crate became on this system.
    fn library(&self, package: &Package) -> Result<&Path> {
        let files = self.of(&package.id).flat_map(|artifact| &artifact.filenames);
        let mut libraries = files.filter(|file| file.extension().is_some_and(|end| end == DLL_EXTENSION));
        let Some(library) = libraries.next() else {
            bail!("{} has built no library to load", package.name)
        };
        Ok(library)
    }

    fn executable(&self, metadata: &Metadata, name: &str) -> Result<PathBuf> {
        let package = metadata.members().find(|package| package.name == name);
        let id = &package
            .with_context(|| format!("{name} is not in the workspace"))?
            .id;
        let executable = self.of(id).find_map(|artifact| artifact.executable.clone());
        executable.with_context(|| format!("{name} has built no program"))
    }

    fn of(&self, id: &str) -> impl Iterator<Item = &Artifact> {
        self.artifacts
            .iter()
            .filter(move |artifact| artifact.package_id == id && !artifact.profile.test)
    }
}
