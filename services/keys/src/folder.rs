//! The folder of keys: files appear in it whole or not at all, and only one process at a time changes it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use crate::Error;

/// Held while something in the folder is changed.
const LOCK: &str = "lock";
/// How long another gateway of the site may take to change something.
const LOCK_WAIT: Duration = Duration::from_secs(10);
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// The folder.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    path: PathBuf,
    read_only: bool,
}

/// The right to change the folder, until it is dropped.
#[derive(Debug)]
#[must_use]
pub(crate) struct Held(#[expect(dead_code, reason = "the lock ends with the file")] File);

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readers {
    Everybody,
    OwnerOnly,
}

impl Folder {
    /// Makes the folder where it is not there. One that cannot be written is used as it is.
    pub(crate) fn open(path: &Path, read_only: bool) -> Result<Self, Error> {
        let mut folder = Self {
            path: path.to_owned(),
            read_only,
        };
        if !folder.read_only {
            folder.read_only = match make(path).and_then(|()| folder.lock_file().map(|_| ())) {
                Ok(()) => false,
                Err(error) if forbids(&error) && path.is_dir() => true,
                Err(error) => return Err(Error::write(path, error)),
            };
        }
        Ok(folder)
    }

    pub(crate) const fn is_read_only(&self) -> bool {
        self.read_only
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    fn lock_file(&self) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        for_readers(&mut options, Readers::OwnerOnly);
        options.open(self.path(LOCK))
    }

    /// Waits for the right to change the folder.
    pub(crate) fn hold(&self) -> Result<Held, Error> {
        if self.read_only {
            return Err(Error::ReadOnly);
        }
        let path = self.path(LOCK);
        let file = self.lock_file().map_err(|source| Error::write(&path, source))?;
        let until = Instant::now() + LOCK_WAIT;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Held(file)),
                Err(TryLockError::WouldBlock) if Instant::now() < until => sleep(LOCK_PAUSE),
                Err(TryLockError::WouldBlock) => return Err(Error::Held { path }),
                Err(TryLockError::Error(source)) => return Err(Error::write(path, source)),
            }
        }
    }

    /// A file's content, where there is the file.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let path = self.path(name);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(Error::read(path, source)),
        }
    }

    /// The names of the files that end so, in order.
    pub(crate) fn names(&self, ending: &str) -> Result<Vec<String>, Error> {
        let read = |source| Error::read(&self.path, source);
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(read)? {
            let name = entry.map_err(read)?.file_name();
            // Hidden ones are temporary files and what an orchestrator keeps beside its links.
            if let Some(name) = name.to_str()
                && name.ends_with(ending)
                && !name.starts_with('.')
            {
                names.push(name.to_owned());
            }
        }
        names.sort();
        Ok(names)
    }

    /// Puts a file there, whole: after a crash there is the old content or the new one.
    pub(crate) fn write(&self, _: &Held, name: &str, bytes: &[u8], readers: Readers) -> Result<(), Error> {
        let (path, temporary) = (self.path(name), self.path(&format!(".{name}.new")));
        let put = || {
            // What a crash left may be open to more readers than this one.
            match fs::remove_file(&temporary) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut options = OpenOptions::new();
            options.create_new(true).write(true);
            for_readers(&mut options, readers);
            let mut file = options.open(&temporary)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&temporary, &path)?;
            self.sync()
        };
        put().map_err(|source| Error::write(&path, source))
    }

    /// Takes a file away.
    pub(crate) fn remove(&self, _: &Held, name: &str) -> Result<(), Error> {
        match fs::remove_file(self.path(name)).and_then(|()| self.sync()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Error::write(self.path(name), error))
            }
            _ => Ok(()),
        }
    }

    /// A rename survives a power cut only once the folder has been written.
    fn sync(&self) -> io::Result<()> {
        #[cfg(unix)]
        File::open(&self.path)?.sync_all()?;
        Ok(())
    }
}

/// Others may go through it, to what they may read, and not look around in it: each file has rights of its own.
fn make(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o711);
    builder.create(path)
}

#[cfg_attr(
    not(unix),
    expect(unused_variables, reason = "elsewhere the folder's own rights count")
)]
fn for_readers(options: &mut OpenOptions, readers: Readers) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(match readers {
            Readers::Everybody => 0o644,
            Readers::OwnerOnly => 0o600,
        });
    }
}

/// Whether a folder cannot be written because nobody is meant to.
fn forbids(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_there_whole_and_for_its_readers() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = Folder::open(&temporary.path().join("a/keys"), false).unwrap();
        assert!(!folder.is_read_only());
        // As a crash left it.
        fs::write(folder.path(".x.pem.new"), b"half").unwrap();
        let held = folder.hold().unwrap();
        folder
            .write(&held, "x.pem", b"whole", Readers::OwnerOnly)
            .unwrap();
        folder
            .write(&held, "jwks.json", b"{}", Readers::Everybody)
            .unwrap();
        assert_eq!(folder.read("x.pem").unwrap().unwrap().as_slice(), b"whole");
        assert_eq!(folder.names(".pem").unwrap(), ["x.pem"]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |name: &str| fs::metadata(folder.path(name)).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode("x.pem"), 0o600);
            assert_eq!(mode(LOCK), 0o600);
            // Whoever is meant to read the key set gets to it, and only to it.
            assert_eq!(mode("jwks.json") & 0o444, 0o444);
            for folder in ["", ".."] {
                assert_eq!(mode(folder) & 0o111, 0o111, "{folder}");
                assert_eq!(mode(folder) & 0o066, 0, "{folder}");
            }
        }
        folder.remove(&held, "x.pem").unwrap();
        folder.remove(&held, "x.pem").unwrap();
        assert!(folder.read("x.pem").unwrap().is_none());
    }

    #[test]
    fn one_at_a_time_changes_it() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = Folder::open(temporary.path(), false).unwrap();
        let held = folder.hold().unwrap();
        let other = folder.clone();
        let waiting = std::thread::spawn(move || other.hold().map(|_| Instant::now()));
        sleep(Duration::from_millis(100));
        let released = Instant::now();
        drop(held);
        assert!(waiting.join().unwrap().unwrap() >= released);
    }

    #[test]
    fn what_cannot_be_written_is_used_as_it_is() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = Folder::open(temporary.path(), true).unwrap();
        assert!(matches!(folder.hold(), Err(Error::ReadOnly)));
        assert!(folder.names("").unwrap().is_empty());
        for kind in [io::ErrorKind::PermissionDenied, io::ErrorKind::ReadOnlyFilesystem] {
            assert!(forbids(&kind.into()), "{kind}");
        }
        // A full disk is not a folder that nobody is meant to write.
        assert!(!forbids(&io::ErrorKind::StorageFull.into()));
    }
}
