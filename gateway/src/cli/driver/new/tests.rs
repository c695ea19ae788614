use std::collections::BTreeSet;

use super::*;

fn arguments(name: &str, folder: &Path, language: Language) -> NewArgs {
    NewArgs {
        name: name.to_owned(),
        folder: folder.to_owned(),
        language,
        source: Some("https://example.org/madoguchi.git".to_owned()),
        json: false,
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    entries.map(name).collect()
}

/// The files below a folder, as they are known to the template; what is built there is none of it.
fn files_in(folder: &Path, below: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder.join(below)).unwrap() {
        let entry = entry.unwrap();
        let path = below.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            files_in(folder, &path, found);
        } else {
            found.insert(path.to_str().unwrap().to_owned());
        }
    }
}

#[test]
fn the_program_holds_every_file_of_its_templates() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins");
    for (folder, embedded) in [("template", files::RUST), ("c-example", files::C)] {
        let mut found = BTreeSet::new();
        for part in fs::read_dir(root.join(folder)).unwrap() {
            let part = part.unwrap();
            let name = part.file_name().into_string().unwrap();
            // What somebody built there.
            if ["target", "Cargo.lock", "plugins", "data"].contains(&&*name) || name.ends_with(".so") {
                continue;
            }
            if part.file_type().unwrap().is_dir() {
                files_in(&root.join(folder), Path::new(&name), &mut found);
            } else {
                found.insert(name);
            }
        }
        let embedded: BTreeSet<_> = embedded.iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(embedded, found, "{folder}");
    }
}

#[test]
fn both_templates_speak_the_same_protocol() {
    let protocol =
        |files: &'static [(&str, &str)]| files.iter().find(|(path, _)| *path == "PROTOCOL.md").unwrap().1;
    assert_eq!(protocol(files::RUST), protocol(files::C));
}

#[test]
fn a_project_has_its_own_name_everywhere() {
    for language in [Language::Rust, Language::C] {
        let folder = tempfile::tempdir().unwrap();
        make(&arguments("acme-eye", folder.path(), language)).unwrap();
        assert_eq!(names(folder.path()), ["acme-eye"], "nothing else stays behind");
        let project = folder.path().join("acme-eye");
        let mut found = BTreeSet::new();
        files_in(&project, Path::new(""), &mut found);
        // The contract in C is the same for everybody, and says where it has an example.
        found.retain(|file| !matches!(file.as_str(), "MESSAGES.md" | "include/madoguchi_driver.h"));
        for file in found {
            let text = fs::read_to_string(project.join(&file)).unwrap();
            for old in [
                "face-one",
                "face_one",
                "FaceOne",
                "Face One",
                "c-example",
                "c_example",
                "../..",
            ] {
                assert!(!text.contains(old), "{old} in {file}");
            }
        }
        let manifest: toml::Table = fs::read_to_string(project.join("plugin.toml"))
            .unwrap()
            .parse()
            .unwrap();
        assert_eq!(manifest["id"].as_str(), Some("acme-eye"));
    }
}

#[test]
fn what_is_there_already_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let there = folder.path().join("acme-eye");
    fs::write(&there, "mine").unwrap();
    let refused = make(&arguments("acme-eye", folder.path(), Language::Rust));
    assert!(matches!(refused, Err(NewError::Exists { .. })), "{refused:?}");
    assert_eq!(fs::read_to_string(there).unwrap(), "mine");
    assert_eq!(names(folder.path()), ["acme-eye"]);
}

#[test]
fn nothing_is_left_of_a_project_that_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a-file");
    fs::write(&file, "").unwrap();
    let refused = make(&arguments("acme-eye", &file, Language::C));
    assert!(matches!(refused, Err(NewError::Write { .. })), "{refused:?}");
    // The source is looked at before anything is written.
    let nowhere = NewArgs {
        source: Some("/no/such/folder".to_owned()),
        ..arguments("acme-eye", folder.path(), Language::Rust)
    };
    assert!(matches!(make(&nowhere), Err(NewError::Source(_))));
    assert_eq!(names(folder.path()), ["a-file"]);
}
