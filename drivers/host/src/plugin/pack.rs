//! A library and its maker's manifest, packed as the folder that a gateway loads.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use madoguchi_core::DriverId;
use thiserror::Error;
use toml::{Table, Value};

use super::{Manifest, Problem, hash};

/// Why nothing was packed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PackError {
    /// A file that was named cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The manifest is not what a gateway takes.
    #[error("{}: {problem}", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        problem: Problem,
    },
    /// The library has no name that a manifest can hold.
    #[error("{} is no library's name: plugin.toml must be able to name it", path.display())]
    LibraryName {
        /// The library.
        path: PathBuf,
    },
    /// The id is no folder's name.
    #[error("{}: the id {id} names a folder: lower-case letters, digits and hyphens", path.display())]
    Id {
        /// The manifest.
        path: PathBuf,
        /// What it says.
        id: DriverId,
    },
    /// The folder cannot be written.
    #[error("{} cannot be written: {source}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Writes `<out>/<id>/` with the library and a manifest that names it and its hash; says where.
///
/// Each file appears whole or not at all, because a gateway may be reading the folder. A signature of before stays
/// beside it and is refused as one of something else, until the plugin is signed anew.
///
/// # Errors
/// [`PackError`].
pub fn pack(manifest: &Path, library: &Path, out: &Path) -> Result<PathBuf, PackError> {
    let read = |path: &Path| {
        fs::read(path).map_err(|source| PackError::Read {
            path: path.to_owned(),
            source,
        })
    };
    let name = library
        .file_name()
        .and_then(OsStr::to_str)
        .ok_or_else(|| PackError::LibraryName {
            path: library.to_owned(),
        })?;
    let code = read(library)?;
    let text = String::from_utf8(read(manifest)?).unwrap_or_default();
    let wrong = |problem| PackError::Manifest {
        path: manifest.to_owned(),
        problem,
    };
    let mut table =
        toml::from_str::<Table>(&text).map_err(|error| wrong(Problem::malformed(&text, &error)))?;
    table.insert("library".to_owned(), Value::from(name));
    table.insert("sha256".to_owned(), Value::from(hash::bytes_hex(&code)));
    // What a gateway would refuse is refused now, while its maker looks. The lines are not those of the maker's file.
    let packed = table.to_string();
    let id = Manifest::parse(&packed)
        .map_err(|problem| wrong(problem.anywhere()))?
        .id;
    let names_a_folder = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !id.as_str().bytes().all(names_a_folder) {
        let path = manifest.to_owned();
        return Err(PackError::Id { path, id });
    }

    let folder = out.join(id.as_str());
    fs::create_dir_all(&folder).map_err(|source| PackError::Write {
        path: folder.clone(),
        source,
    })?;
    // The library first: the old manifest refuses the new library by its hash, never the reverse.
    replace(&folder.join(name), &code)?;
    let packed = format!("# Made by `madoguchi driver pack` from the maker's own manifest.\n{packed}");
    replace(&folder.join(Manifest::FILE), packed.as_bytes())?;
    Ok(folder)
}

impl Problem {
    /// The same without the line.
    fn anywhere(self) -> Self {
        match self {
            Self::ManifestInvalid { message, .. } => Self::ManifestInvalid { line: 0, message },
            problem => problem,
        }
    }
}

/// A new file in the place of the old one: a gateway that has the old one open keeps its content.
fn replace(path: &Path, content: &[u8]) -> Result<(), PackError> {
    if fs::read(path).is_ok_and(|old| old == content) {
        return Ok(());
    }
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(format!(".{}", std::process::id()));
    let written = fs::File::create(&fresh)
        .and_then(|mut file| file.write_all(content))
        .and_then(|()| fs::rename(&fresh, path));
    written.map_err(|source| {
        // It may not even be there.
        let _ = fs::remove_file(&fresh);
        PackError::Write {
            path: path.to_owned(),
            source,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str =
        "id = \"card-1\"\nmaker = \"m\"\nmodels = []\nversion = \"1.0.0\"\nabi = 2\nlibrary = \"card\"\n";

    fn packed(manifest: &str) -> Result<(tempfile::TempDir, PathBuf), PackError> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("plugin.toml"), manifest).unwrap();
        fs::write(folder.path().join("libcard.so"), "abc").unwrap();
        let out = folder.path().join("out");
        let made = pack(
            &folder.path().join("plugin.toml"),
            &folder.path().join("libcard.so"),
            &out,
        )?;
        Ok((folder, made))
    }

    #[test]
    fn the_manifest_gains_the_file_name_and_the_hash() {
        let (_folder, made) = packed(MANIFEST).unwrap();
        assert_eq!(made.file_name().unwrap(), "card-1");
        assert_eq!(fs::read(made.join("libcard.so")).unwrap(), b"abc");
        let (manifest, _) = Manifest::read(&made).unwrap();
        assert_eq!(manifest.library, Path::new("libcard.so"));
        // FIPS 180-2, appendix B.1.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(manifest.sha256, expected);
        let files = fs::read_dir(&made).unwrap().count();
        assert_eq!(files, 2, "nothing temporary stays behind");
    }

    #[test]
    fn what_a_gateway_would_refuse_is_not_packed() {
        for (manifest, word) in [
            (MANIFEST.replace("card-1", "../elsewhere"), "names a folder"),
            (MANIFEST.replace("maker = \"m\"\n", ""), "maker"),
            (MANIFEST.replace("abi = 2", "abi = 2\ncolour = 1"), "colour"),
            (MANIFEST.replace("abi = 2", "abi ="), "line 5"),
            (MANIFEST.replace("1.0.0", "one"), "semver.org"),
        ] {
            let error = packed(&manifest).unwrap_err().to_string();
            assert!(error.contains(word) && error.lines().count() == 1, "{error}");
        }
        let nothing = pack(
            Path::new("/no/plugin.toml"),
            Path::new("/no/lib.so"),
            Path::new("/no"),
        );
        assert!(matches!(nothing, Err(PackError::Read { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn an_open_library_keeps_its_content_when_it_is_replaced() {
        use std::io::Read as _;
        let (folder, made) = packed(MANIFEST).unwrap();
        let mut open = fs::File::open(made.join("libcard.so")).unwrap();
        fs::write(folder.path().join("libcard.so"), "new").unwrap();
        let (manifest, library) = (
            folder.path().join("plugin.toml"),
            folder.path().join("libcard.so"),
        );
        pack(&manifest, &library, made.parent().unwrap()).unwrap();
        let mut old = String::new();
        open.read_to_string(&mut old).unwrap();
        assert_eq!(old, "abc");
        assert_eq!(fs::read(made.join("libcard.so")).unwrap(), b"new");
    }
}
