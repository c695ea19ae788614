//! What fuzzing found worth keeping runs through its target: a bug that was found stays found, without a fuzzer.

#![expect(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use std::path::{Path, PathBuf};

use madoguchi_fuzz::TARGETS;

/// A target's files at most, and all bytes of all targets.
const MAX_FILES: usize = 100;
const MAX_BYTES: usize = 300 * 1024;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect();
    files.sort();
    files
}

fn replay(name: &str) {
    let (_, target) = TARGETS.iter().find(|(its, _)| *its == name).unwrap();
    let files = files(&corpus().join(name));
    assert!(!files.is_empty(), "nothing is kept for {name}");
    for (path, bytes) in files {
        std::panic::catch_unwind(|| target(&bytes)).unwrap_or_else(|_| panic!("{}", path.display()));
    }
}

macro_rules! replayed {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            replay(stringify!($name));
        })*

        #[test]
        fn every_target_is_replayed_has_a_program_and_a_folder_and_nothing_else_has() {
            let names: Vec<_> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
            assert_eq!(names, [$(stringify!($name)),*]);
            let listed = |folder: PathBuf| {
                let mut names: Vec<_> = std::fs::read_dir(folder)
                    .unwrap()
                    .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
                    .collect();
                names.sort();
                names
            };
            assert_eq!(listed(corpus()), names);
            assert_eq!(listed(corpus().join("../libfuzzer/src")), names);
        }
    };
}

replayed!(almex atlas canon common eligibility fujitsu panasonic);

#[test]
fn the_corpus_stays_small() {
    let mut bytes = 0;
    for (name, _) in TARGETS {
        let files = files(&corpus().join(name));
        assert!(files.len() <= MAX_FILES, "{name} has {} files", files.len());
        bytes += files.iter().map(|(_, content)| content.len()).sum::<usize>();
    }
    assert!(bytes <= MAX_BYTES, "{bytes} bytes");
}
