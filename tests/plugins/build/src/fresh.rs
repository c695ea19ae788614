//! Whether what was built is as new as its sources.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::time::SystemTime;

use crate::{BuildError, ROOT, cargo};

/// Builds what is not fresh. Looked at once a run: what is edited while tests run is not built under their feet.
pub(crate) fn build_unless(
    fresh: impl Fn() -> bool,
    target: &Path,
    words: &[&str],
) -> Result<(), BuildError> {
    let mut lock = File::options()
        .read(true)
        .append(true)
        .create(true)
        .open(target.join(".madoguchi-tests"))?;
    lock.lock()?;
    let looked_at = format!("{} {}\n", run_id(), words.join(" "));
    let mut before = String::new();
    lock.read_to_string(&mut before)?;
    if before.contains(&looked_at) {
        return Ok(());
    }
    if !before.starts_with(&run_id()) {
        lock.set_len(0)?;
    }
    if !fresh() {
        let built = cargo().args(words).current_dir(ROOT).output()?;
        if !built.status.success() {
            return Err(BuildError::Failed(
                String::from_utf8_lossy(&built.stderr).into_owned(),
            ));
        }
    }
    lock.write_all(looked_at.as_bytes())?;
    Ok(())
}

/// The same for all tests that were started together.
fn run_id() -> String {
    std::env::var("NEXTEST_RUN_ID").unwrap_or_else(|_| format!("run-{}", std::os::unix::process::parent_id()))
}

/// Whether a file is newer than every source that it was built from, which cargo writes down beside it.
pub(crate) fn is_fresh(built: &Path) -> bool {
    let Some(made) = modified(built) else { return false };
    let Ok(sources) = fs::read_to_string(built.with_extension("d")) else {
        return false;
    };
    let Some((_, sources)) = sources.split_once(": ") else {
        return false;
    };
    // A space within a name is written with a backslash before it.
    let sources = sources.replace("\\ ", "\0");
    sources.split_whitespace().all(|source| {
        let source = source.replace('\0', " ");
        modified(Path::new(&source)).is_some_and(|changed| changed <= made)
    })
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|file| file.modified()).ok()
}

pub(crate) fn same_content(one: &Path, other: &Path) -> bool {
    matches!((fs::read(one), fs::read(other)), (Ok(one), Ok(other)) if one == other)
}
