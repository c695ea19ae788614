//! Plugin folders for a gateway, good ones and bad ones.

use std::fs;
use std::path::{Path, PathBuf};

use ring::digest::{SHA256, digest};
use tempfile::TempDir;

use crate::{fixture, program};

/// A folder of plugins.
#[derive(Debug)]
pub struct PluginFolder {
    folder: TempDir,
}

impl Default for PluginFolder {
    fn default() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }
}

impl PluginFolder {
    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Adds the PC/SC plugin as it was packed.
    #[must_use]
    pub fn pcsc(self) -> Self {
        let (packed, folder) = (
            program().with_file_name("plugins").join("pcsc"),
            self.path().join("pcsc"),
        );
        fs::create_dir(&folder).unwrap();
        for file in fs::read_dir(packed).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), folder.join(file.file_name())).unwrap();
        }
        self
    }

    /// Adds a fixture plugin under its own name: the folder, the id and the crate's name without its prefix.
    #[must_use]
    pub fn fixture(self, name: &str) -> Self {
        self.fixture_as(name, name, name)
    }

    /// Adds a fixture plugin in another folder or with another id in its manifest.
    #[must_use]
    pub fn fixture_as(self, name: &str, folder: &str, id: &str) -> Self {
        let library = fs::read(fixture(&format!("madoguchi-fixture-{name}"))).unwrap();
        self.library(folder, id, &library)
    }

    /// Adds a plugin of which the library is that.
    #[must_use]
    pub fn library(self, folder: &str, id: &str, library: &[u8]) -> Self {
        let hash: String = digest(&SHA256, library)
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        self.library_with_hash(folder, id, library, &hash)
    }

    /// Adds a plugin of which the manifest says that hash.
    #[must_use]
    pub fn library_with_hash(self, folder: &str, id: &str, library: &[u8], hash: &str) -> Self {
        let manifest = format!(
            "id = {id:?}\nmaker = \"madoguchi tests\"\nmodels = [\"none\"]\nversion = \"{}\"\nabi = 2\n\
             library = \"plugin.so\"\nsha256 = {hash:?}\n",
            env!("CARGO_PKG_VERSION")
        );
        let path = self.manifest(folder, &manifest);
        fs::write(path.join("plugin.so"), library).unwrap();
        self
    }

    /// Adds a plugin of which the manifest is that, without a library.
    #[must_use]
    pub fn broken(self, folder: &str, manifest: &str) -> Self {
        self.manifest(folder, manifest);
        self
    }

    fn manifest(&self, folder: &str, manifest: &str) -> PathBuf {
        let path = self.path().join(folder);
        fs::create_dir(&path).unwrap();
        fs::write(path.join("plugin.toml"), manifest).unwrap();
        path
    }
}
