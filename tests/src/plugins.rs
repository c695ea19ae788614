//! Plugin folders for a gateway, good ones and bad ones.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use ring::digest::{SHA256, digest};
use tempfile::TempDir;

use crate::{fixture, program};

/// What the golden plugins were built for.
const GOLDEN: &str = "x86_64-unknown-linux-gnu";

fn sha256(bytes: &[u8]) -> String {
    let digest = digest(&SHA256, bytes);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

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
        self.library_with_hash(folder, id, library, &sha256(library))
    }

    /// Adds a plugin of which the manifest says that hash.
    #[must_use]
    pub fn library_with_hash(self, folder: &str, id: &str, library: &[u8], hash: &str) -> Self {
        self.built_for(2, folder, id, library, hash)
    }

    fn built_for(self, abi: u32, folder: &str, id: &str, library: &[u8], hash: &str) -> Self {
        let manifest = format!(
            "id = {id:?}\nmaker = \"madoguchi tests\"\nmodels = [\"none\"]\nversion = \"{}\"\nabi = {abi}\n\
             library = \"plugin.so\"\nsha256 = {hash:?}\n",
            env!("CARGO_PKG_VERSION")
        );
        let path = self.manifest(folder, &manifest);
        fs::write(path.join("plugin.so"), library).unwrap();
        self
    }

    /// Adds a plugin that was built long ago; none where that was for another target.
    #[must_use]
    pub fn golden(self, abi: u32, id: &str) -> Option<Self> {
        if !cfg!(all(
            target_arch = "x86_64",
            target_os = "linux",
            target_env = "gnu"
        )) {
            eprintln!("skipped: the golden plugins are for {GOLDEN}, and this is another target");
            return None;
        }
        let packed =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("golden/{abi}-{GOLDEN}/plugin.so.gz"));
        let mut library = Vec::new();
        GzDecoder::new(fs::File::open(packed).unwrap())
            .read_to_end(&mut library)
            .unwrap();
        Some(self.built_for(abi, id, id, &library, &sha256(&library)))
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
