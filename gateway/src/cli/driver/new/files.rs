//! The files of a new project, which are those of the template with other names in them.

use super::{Name, Source};

/// A file of the project.
#[derive(Debug)]
pub(super) struct File {
    /// Within the project's folder.
    pub(super) path: &'static str,
    pub(super) text: String,
}

macro_rules! files {
    ($folder:literal: $($path:literal),+ $(,)?) => {
        &[$(($path, include_str!(concat!("../../../../../", $folder, "/", $path)))),+]
    };
}

type Embedded = &'static [(&'static str, &'static str)];

/// The template in Rust.
pub(super) const RUST: Embedded = files!(
    "plugins/template":
    ".gitignore",
    "Cargo.toml",
    "PROTOCOL.md",
    "README.md",
    "clippy.toml",
    "madoguchi.toml",
    "plugin.toml",
    "rustfmt.toml",
    "src/codec.rs",
    "src/commands.rs",
    "src/commands/card.rs",
    "src/commands/hello.rs",
    "src/commands/pin.rs",
    "src/commands/show.rs",
    "src/device.rs",
    "src/error.rs",
    "src/factory.rs",
    "src/lib.rs",
    "src/quirks.rs",
    "src/reader.rs",
    "src/screens.rs",
    "src/transport.rs",
    "tests/twin.rs",
);

/// The example in C.
pub(super) const C: Embedded = files!(
    "plugins/c-example":
    ".gitignore",
    "Makefile",
    "PROTOCOL.md",
    "README.md",
    "driver.c",
    "json.c",
    "json.h",
    "line.c",
    "line.h",
    "madoguchi.toml",
    "plugin.toml",
);

/// The contract in C.
const CONTRACT: Embedded = files!("drivers/abi": "include/madoguchi_driver.h", "MESSAGES.md");

/// A project in Rust.
pub(super) fn rust(name: &Name, source: &Source) -> Vec<File> {
    let (snake, camel, title) = (name.snake(), name.camel(), name.title());
    let names = [
        ("face-one", name.as_str()),
        ("face_one", &snake),
        ("FaceOne", &camel),
        ("Face One", &title),
    ];
    let mut files = renamed(RUST, &names);
    for file in files.iter_mut().filter(|file| file.path == "Cargo.toml") {
        file.text = file
            .text
            .lines()
            .map(|line| dependency(line, source) + "\n")
            .collect();
    }
    files
}

/// A line of the template's `Cargo.toml`: a crate of this house is elsewhere for a project that is elsewhere.
fn dependency(line: &str, source: &Source) -> String {
    let path = line
        .split_once(" = { path = \"../../")
        .and_then(|(name, rest)| Some((name, rest.strip_suffix("\" }")?)));
    match path {
        Some((name, path)) => format!("{name} = {}", source.dependency(path)),
        None => line.to_owned(),
    }
}

/// A project in C, with the header and what its messages look like.
pub(super) fn c(name: &Name) -> Vec<File> {
    let snake = name.snake();
    let names = [
        ("../../drivers/abi/", ""),
        ("c-example", name.as_str()),
        ("c_example", &snake),
    ];
    let mut files = renamed(C, &names);
    files.extend(renamed(CONTRACT, &[]));
    files
}

fn renamed(files: Embedded, names: &[(&str, &str)]) -> Vec<File> {
    let rename = |text: &str| {
        names
            .iter()
            .fold(text.to_owned(), |text, (old, new)| text.replace(old, new))
    };
    files
        .iter()
        .map(|(path, text)| File {
            path,
            text: rename(text),
        })
        .collect()
}
