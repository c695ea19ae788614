//! Files in folders that others use too.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::time::SystemTime;

/// Bytes of one file.
const MAX_BYTES: u64 = 64 * 1024 * 1024;
/// Files of a folder that are looked at.
const MAX_FILES: usize = 20_000;

/// What a file looks like without opening it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) name: String,
    pub(super) length: u64,
    pub(super) changed: Option<SystemTime>,
}

/// The files whose names begin and end so, whatever the case: shares do not keep it.
pub(super) fn list(folder: &Path, begin: &str, end: &str) -> io::Result<Vec<Seen>> {
    let (begin, end) = (begin.to_ascii_lowercase(), end.to_ascii_lowercase());
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)?.take(MAX_FILES) {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let lower = name.to_ascii_lowercase();
        if !lower.starts_with(&begin) || !lower.ends_with(&end) {
            continue;
        }
        // One that vanishes meanwhile is none.
        if let Ok(metadata) = entry.metadata()
            && metadata.is_file()
        {
            found.push(Seen {
                name,
                length: metadata.len(),
                changed: metadata.modified().ok(),
            });
        }
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(found)
}

/// Reads a file without a lock; none where it is not there (any more), cannot be opened now or is too large.
pub(super) fn read(path: &Path) -> Option<Vec<u8>> {
    let file = File::open(path).ok()?;
    let mut bytes = Vec::new();
    let read = file.take(MAX_BYTES + 1).read_to_end(&mut bytes).ok()?;
    (u64::try_from(read).ok()? <= MAX_BYTES).then_some(bytes)
}

/// Puts a file there, whole or not at all: under a name that nobody looks for, to the disk, then renamed.
pub(super) fn put(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let temporary = folder.join(format!(".madoguchi-{name}.tmp"));
    let written = write(&temporary, bytes).and_then(|()| fs::rename(&temporary, folder.join(name)));
    if written.is_err() {
        // It is ours; what remains of it helps nobody.
        let _ = fs::remove_file(&temporary);
        return written;
    }
    // Only some systems can flush a folder.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Whether something of that name is there, whatever the case.
pub(super) fn is_there(folder: &Path, name: &str) -> bool {
    fs::symlink_metadata(folder.join(name)).is_ok()
}
