//! Files in folders that others use too.

use std::cmp::Reverse;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use ring::rand::{SecureRandom as _, SystemRandom};

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

/// What lies in a folder.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub(super) files: Vec<Seen>,
    /// There are more than are looked at.
    pub(super) more: bool,
}

/// The files whose names begin and end so, whatever the case: shares do not keep it. Those that changed longer ago are
/// left out; of too many the newest are taken. A name that is past says itself that its file is too old: that is not asked
/// for its age, which on a share is a question over the network for each file of all the years.
pub(super) fn list(
    folder: &Path,
    (begin, end): (&str, &str),
    max_age: Duration,
    is_past: impl Fn(&str) -> bool,
) -> io::Result<Listed> {
    let (begin, end) = (begin.to_ascii_lowercase(), end.to_ascii_lowercase());
    let mut found = Vec::new();
    let mut more = false;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let lower = name.to_ascii_lowercase();
        if !lower.starts_with(&begin) || !lower.ends_with(&end) || is_past(&name) {
            continue;
        }
        // One that vanishes meanwhile is none.
        let Ok(metadata) = entry.metadata() else { continue };
        let changed = metadata.modified().ok();
        let age = changed.and_then(|changed| changed.elapsed().ok());
        if !metadata.is_file() || age.is_some_and(|age| age > max_age) {
            continue;
        }
        found.push(Seen {
            name,
            length: metadata.len(),
            changed,
        });
        if found.len() >= 2 * MAX_FILES {
            newest(&mut found);
            more = true;
        }
    }
    more |= found.len() > MAX_FILES;
    newest(&mut found);
    found.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(Listed { files: found, more })
}

fn newest(found: &mut Vec<Seen>) {
    found.sort_by_key(|file| Reverse(file.changed));
    found.truncate(MAX_FILES);
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
    let mut random = [0; 8];
    let filled = SystemRandom::new().fill(&mut random);
    filled.map_err(|_| io::Error::other("no random numbers"))?;
    let temporary = folder.join(format!(".madoguchi-{}.tmp", hex::encode(random)));
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
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// The file of that name, whatever the case.
pub(super) fn find(folder: &Path, name: &str) -> io::Result<Option<PathBuf>> {
    let path = folder.join(name);
    if path.is_file() {
        return Ok(Some(path));
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry
            .file_name()
            .to_str()
            .is_some_and(|other| other.eq_ignore_ascii_case(name))
        {
            return Ok(Some(entry.path()));
        }
    }
    Ok(None)
}

/// Whether a file changed longer ago. One whose age nobody knows did not.
pub(super) fn is_older(path: &Path, than: Duration) -> bool {
    let changed = fs::metadata(path).and_then(|metadata| metadata.modified());
    changed
        .ok()
        .and_then(|changed| changed.elapsed().ok())
        .is_some_and(|age| age > than)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_that_put_one_name_at_once_leave_one_whole_file() {
        let folder = tempfile::tempdir().unwrap();
        let bytes = [vec![b'a'; 1 << 20], vec![b'b'; 1 << 20]];
        std::thread::scope(|scope| {
            for bytes in &bytes {
                scope.spawn(|| {
                    for _ in 0..20 {
                        put(folder.path(), "one.xml", bytes).unwrap();
                    }
                });
            }
        });
        let left = read(&folder.path().join("one.xml")).unwrap();
        assert!(bytes.contains(&left), "a mixture of both");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_old_or_says_so_itself_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let written = |name: &str, ago: u64| {
            let file = File::create(folder.path().join(name)).unwrap();
            let then = SystemTime::now() - Duration::from_secs(ago);
            file.set_modified(then).unwrap();
        };
        written("face_old.xml", 3_600);
        written("face_new.XML", 1);
        written("FACE_past.xml", 1);
        written("other.xml", 1);
        let is_past = |name: &str| name.contains("past");
        let listed = list(folder.path(), ("Face_", ".xml"), Duration::from_secs(60), is_past).unwrap();
        let names: Vec<_> = listed.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(
            (names.as_slice(), listed.more),
            (["face_new.XML"].as_slice(), false)
        );
    }

    #[test]
    fn a_name_is_found_whatever_its_case() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("oqsSIQUC01RES_1.XML"), "x").unwrap();
        assert!(find(folder.path(), "OQSsiquc01res_1.xml").unwrap().is_some());
        assert!(find(folder.path(), "OQSsiquc01res_2.xml").unwrap().is_none());
        let path = folder.path().join("oqsSIQUC01RES_1.XML");
        assert!(!is_older(&path, Duration::from_secs(60)));
        assert!(!is_older(&folder.path().join("none"), Duration::ZERO));
    }
}
