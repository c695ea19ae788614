//! `cargo xtask pack`: a built plugin as the folder that a gateway loads.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use tempfile::NamedTempFile;

use crate::build::{self, Profile};
use crate::metadata::Metadata;

/// What `pack` is asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The plugin's crate, to be built first.
    #[arg(long, value_name = "CRATE", required_unless_present = "library")]
    plugin: Option<String>,
    /// The plugin's library, built by whomever, in place of a crate of this workspace.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["plugin", "release"], requires = "manifest")]
    library: Option<PathBuf>,
    /// Its manifest [default: plugin.toml in the crate's folder].
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
    /// The folder that gets the plugin's folder, which is named by its id.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// With optimisation.
    #[arg(long)]
    release: bool,
}

/// Packs one plugin, built first where it is a crate.
pub(crate) fn run(root: &Path, arguments: &Arguments) -> Result<()> {
    let folder = match arguments {
        Arguments {
            library: Some(library),
            manifest: Some(manifest),
            out,
            ..
        } => pack(manifest, library, out)?,
        Arguments {
            plugin: Some(plugin), ..
        } => build_and_pack(root, plugin, arguments)?,
        _ => bail!("either --plugin, or --library with --manifest"),
    };
    println!("{}", folder.display());
    Ok(())
}

fn build_and_pack(root: &Path, plugin: &str, arguments: &Arguments) -> Result<PathBuf> {
    let metadata = Metadata::read(root)?;
    let package = metadata.members().find(|package| package.name == plugin);
    let package = package.with_context(|| format!("no crate of this workspace is called {plugin}"))?;
    let built = build::cargo(
        root,
        Profile::new(arguments.release),
        &["--package", &package.name],
    )?;
    let manifest = arguments
        .manifest
        .clone()
        .unwrap_or_else(|| package.plugin_manifest());
    pack(&manifest, built.library(package)?, &arguments.out)
}

/// Writes `<out>/<id>/` with the library and a manifest that names it and its hash.
///
/// Each file appears whole or not at all, because a gateway may be reading the folder.
pub(crate) fn pack(manifest: &Path, library: &Path, out: &Path) -> Result<PathBuf> {
    let text = fs::read_to_string(manifest).with_context(|| format!("reading {}", manifest.display()))?;
    let mut table: toml::Table = text
        .parse()
        .with_context(|| format!("reading {}", manifest.display()))?;
    let id = table
        .get("id")
        .and_then(toml::Value::as_str)
        .unwrap_or_default()
        .to_owned();
    if id.is_empty()
        || !id
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    {
        bail!(
            "{}: `id` names a folder: lower-case letters, digits and dashes",
            manifest.display()
        );
    }
    let name = library
        .file_name()
        .and_then(|name| name.to_str())
        .context("a library has a file name")?;
    let code = fs::read(library).with_context(|| format!("reading {}", library.display()))?;
    let hash = hex::encode(ring::digest::digest(&ring::digest::SHA256, &code));
    table.insert("library".to_owned(), name.into());
    table.insert("sha256".to_owned(), hash.into());

    let folder = out.join(&id);
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    // The library first: the old manifest refuses the new library by its hash, never the reverse.
    replace(&folder.join(name), &code)?;
    let packed = format!(
        "# Made by `cargo xtask` from the plugin's own manifest.\n{}",
        toml::to_string(&table)?
    );
    replace(&folder.join("plugin.toml"), packed.as_bytes())?;
    Ok(folder)
}

fn replace(path: &Path, content: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|old| old == content) {
        return Ok(());
    }
    let mut fresh = NamedTempFile::new_in(path.parent().context("a file is in a folder")?)?;
    fresh.write_all(content)?;
    readable(fresh.as_file())?;
    fresh
        .persist(path)
        .with_context(|| format!("writing {}", path.display()))?;
    Ok(())
}

/// A temporary file is its owner's alone; the gateway may be another user.
#[cfg(unix)]
fn readable(file: &fs::File) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(file.set_permissions(fs::Permissions::from_mode(0o644))?)
}

#[cfg(not(unix))]
fn readable(_file: &fs::File) -> Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(manifest: &str) -> Result<(tempfile::TempDir, PathBuf)> {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("plugin.toml"), manifest)?;
        fs::write(folder.path().join("libcard.so"), "abc")?;
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
        let (_folder, made) = packed("id = \"card-1\"\nabi = 1\nlibrary = \"card\"\n").unwrap();
        assert_eq!(made.file_name().unwrap(), "card-1");
        assert_eq!(fs::read(made.join("libcard.so")).unwrap(), b"abc");
        let table: toml::Table = fs::read_to_string(made.join("plugin.toml"))
            .unwrap()
            .parse()
            .unwrap();
        assert_eq!(table["abi"].as_integer(), Some(1));
        assert_eq!(table["library"].as_str(), Some("libcard.so"));
        // FIPS 180-2, appendix B.1.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(table["sha256"].as_str(), Some(expected));
        assert_eq!(
            fs::read_dir(&made).unwrap().count(),
            2,
            "nothing temporary stays behind"
        );
    }

    #[derive(Debug, clap::Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }

    #[test]
    fn a_maker_s_own_library_is_packed_without_a_crate_of_ours() {
        use clap::Parser as _;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        fs::write(at("plugin.toml"), "id = \"acme\"\n").unwrap();
        fs::write(at("libacme.so"), "abc").unwrap();
        let line = [
            "pack",
            "--library",
            &at("libacme.so"),
            "--manifest",
            &at("plugin.toml"),
            "--out",
            &at("out"),
        ];
        // No workspace is needed.
        run(
            Path::new("/no/such/root"),
            &Line::try_parse_from(line).unwrap().arguments,
        )
        .unwrap();
        assert_eq!(fs::read(at("out/acme/libacme.so")).unwrap(), b"abc");
        assert!(Line::try_parse_from(["pack", "--out", "o"]).is_err());
        assert!(Line::try_parse_from(["pack", "--library", "l", "--out", "o"]).is_err());
        assert!(
            Line::try_parse_from([
                "pack",
                "--library",
                "l",
                "--manifest",
                "m",
                "--plugin",
                "p",
                "--out",
                "o"
            ])
            .is_err()
        );
    }

    #[test]
    fn an_id_cannot_leave_the_folder() {
        let error = packed("id = \"../elsewhere\"\n").unwrap_err();
        assert!(error.to_string().contains("`id` names a folder"), "{error}");
        assert!(packed("maker = \"nobody\"\n").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn an_open_library_keeps_its_content_when_it_is_replaced() {
        use std::io::Read as _;
        let (folder, made) = packed("id = \"card\"\n").unwrap();
        let mut open = fs::File::open(made.join("libcard.so")).unwrap();
        fs::write(folder.path().join("libcard.so"), "new").unwrap();
        pack(
            &folder.path().join("plugin.toml"),
            &folder.path().join("libcard.so"),
            made.parent().unwrap(),
        )
        .unwrap();
        let mut old = String::new();
        open.read_to_string(&mut old).unwrap();
        assert_eq!(old, "abc");
        assert_eq!(fs::read(made.join("libcard.so")).unwrap(), b"new");
    }
}
