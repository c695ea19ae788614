//! Plugins in C, built by the system's own compiler.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::BuildError;

/// How strict the compiler is.
const STRICT: [&str; 5] = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic"];

/// Builds C sources, the first of which names the library, into `folder` with these names defined and returns the
/// library's path.
///
/// # Errors
/// [`BuildError`] with what the compiler says.
pub fn c_library(sources: &[&str], defines: &[&str], folder: &Path) -> Result<PathBuf, BuildError> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../.."));
    let first = sources.first().copied().unwrap_or_default();
    let stem = Path::new(first).file_stem().unwrap_or_default().to_string_lossy();
    let name = std::iter::once(&*stem)
        .chain(defines.iter().copied())
        .collect::<Vec<_>>()
        .join("-");
    let library = folder.join(format!("lib{name}.{}", std::env::consts::DLL_EXTENSION));
    // Several tests may build the same at once: each its own, and the last one stays.
    static BUILDS: AtomicU32 = AtomicU32::new(0);
    let build = BUILDS.fetch_add(1, Ordering::Relaxed);
    let fresh = folder.join(format!("{name}.{}.{build}", std::process::id()));
    std::fs::create_dir_all(folder)?;
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let output = Command::new(compiler)
        .args(STRICT)
        .args(["-O1", "-shared", "-fPIC", "-fvisibility=hidden", "-pthread", "-I"])
        .arg(root.join("drivers/abi/include"))
        .args(defines.iter().map(|name| format!("-D{name}")))
        .args(sources.iter().map(|source| root.join(source)))
        .arg("-o")
        .arg(&fresh)
        .stdin(Stdio::null())
        .output()?;
    if !output.status.success() {
        return Err(BuildError::Failed(
            String::from_utf8_lossy(&output.stderr).into_owned(),
        ));
    }
    std::fs::rename(fresh, &library)?;
    Ok(library)
}
