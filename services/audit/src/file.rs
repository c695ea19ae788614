//! The file of a sealed segment: whole on disk or not there, and never written again.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use ring::digest::{Context, SHA256};

/// A file that is being written beside its place.
pub(crate) struct Draft {
    file: File,
    draft: PathBuf,
    place: PathBuf,
    hash: Context,
}

impl Draft {
    /// Begins, and makes the folder where it is not there. What an interrupted draft left goes.
    pub(crate) fn create(folder: &Path, name: &str) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let draft = folder.join(format!(".{name}.draft"));
        match fs::remove_file(&draft) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o400);
        Ok(Self {
            file: options.open(&draft)?,
            draft,
            place: folder.join(name),
            hash: Context::new(&SHA256),
        })
    }

    /// Writes lines.
    pub(crate) fn push(&mut self, lines: &str) -> io::Result<()> {
        self.hash.update(lines.as_bytes());
        self.file.write_all(lines.as_bytes())
    }

    /// Puts the file at its place, on disk, and returns its SHA-256. A file that is there already stays: the same one is
    /// as good, another one is an error.
    pub(crate) fn finish(self, folder: &Path) -> io::Result<String> {
        self.file.sync_all()?;
        drop(self.file);
        let hash = hex::encode(self.hash.finish());
        // Unlike a rename, a link never takes the place of another file.
        let linked = fs::hard_link(&self.draft, &self.place);
        if let Err(error) = linked
            && !(error.kind() == io::ErrorKind::AlreadyExists && sha256(&self.place)? == hash)
        {
            return Err(error);
        }
        fs::remove_file(&self.draft)?;
        sync(folder)?;
        Ok(hash)
    }
}

/// The SHA-256 of a file.
pub(crate) fn sha256(path: &Path) -> io::Result<String> {
    struct Hash(Context);
    impl io::Write for Hash {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.update(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut hash = Hash(Context::new(&SHA256));
    io::copy(&mut File::open(path)?, &mut hash)?;
    Ok(hex::encode(hash.0.finish()))
}

/// Brings the folder's names to disk.
#[cfg(unix)]
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Windows writes names with the files.
#[cfg(not(unix))]
fn sync(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, lines: &str) -> io::Result<String> {
        let mut draft = Draft::create(folder, "a.jsonl")?;
        draft.push(lines)?;
        draft.finish(folder)
    }

    #[test]
    fn a_file_is_there_whole_and_never_replaced() {
        let above = tempfile::tempdir().unwrap();
        let folder = above.path().join("audit");
        let hash = write(&folder, "one\n").unwrap();
        assert_eq!(sha256(&folder.join("a.jsonl")).unwrap(), hash);
        assert_eq!(write(&folder, "one\n").unwrap(), hash);
        assert_eq!(
            write(&folder, "two\n").unwrap_err().kind(),
            io::ErrorKind::AlreadyExists
        );
        assert_eq!(fs::read_to_string(folder.join("a.jsonl")).unwrap(), "one\n");
        // What a crash left of a draft is in nobody's way.
        fs::write(folder.join(".b.jsonl.draft"), "half").unwrap();
        let draft = Draft::create(&folder, "b.jsonl").unwrap();
        draft.finish(&folder).unwrap();
        assert_eq!(fs::read_to_string(folder.join("b.jsonl")).unwrap(), "");
    }
}
