//! Each way in which a library gives no driver, and two plugins that stay two.
#![expect(clippy::unwrap_used, reason = "these are tests")]

use std::fs;
use std::path::Path;

use madoguchi_driver_abi::{LoadError, Loaded, load};
use madoguchi_driver_api::{Error, Host};
use madoguchi_fixture_build::library;

fn host() -> Host {
    Host::new(|_, _| {})
}

fn refused(library: &Path) -> LoadError {
    let error = load(library, host())
        .map(|_| "a driver came out of it")
        .unwrap_err();
    let line = error.to_string();
    assert!(
        !line.contains('\n') && line.chars().count() < 400,
        "one bearable line: {line}"
    );
    assert!(!line.contains(madoguchi_fixture::SECRET), "{line}");
    error
}

#[test]
fn two_plugins_are_two() {
    let load = |package: &str| load(&library(package).unwrap(), host()).unwrap();
    let (full, hang) = (load("madoguchi-fixture-full"), load("madoguchi-fixture-hang"));
    let id = |loaded: &Loaded| loaded.driver.info().id;
    assert_eq!((id(&full).as_str(), id(&hang).as_str()), ("full", "hang"));
    assert_eq!((full.abi_version, hang.abi_version), (2, 2));
    // And the first one again is the first one.
    assert_eq!(id(&load("madoguchi-fixture-full")), "full");
}

#[test]
fn what_is_no_library_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("libnot_a_library.so");
    fs::write(&text, "I am not a library.\n").unwrap();
    for path in [text, folder.path().join("nothing.so"), folder.path().to_owned()] {
        assert!(
            matches!(refused(&path), LoadError::Open { .. }),
            "{}",
            path.display()
        );
    }
}

#[test]
fn another_border_is_named_by_the_field_that_differs() {
    let LoadError::Abi { difference } = refused(&library("madoguchi-fixture-other-abi").unwrap()) else {
        panic!("refused for another reason");
    };
    assert_eq!(difference, "`abi_version` is `u64` there and `u32` here");
}

#[cfg(target_os = "linux")]
#[test]
fn a_library_that_is_no_plugin_is_told_apart() {
    // The C library is on every Linux machine, under the name that the dynamic linker knows.
    let LoadError::Abi { difference } = refused(Path::new("libc.so.6")) else {
        panic!("refused for another reason");
    };
    assert_eq!(difference, "it exports no madoguchi driver");
}

#[test]
fn a_driver_that_does_not_start_says_why() {
    let LoadError::Start(error) = refused(&library("madoguchi-fixture-refuse-start").unwrap()) else {
        panic!("refused for another reason");
    };
    assert_eq!(
        error,
        Error::ReaderUnavailable {
            detail: "the fixture refuses to start".into()
        }
    );

    let LoadError::Start(Error::DriverPanicked { detail }) =
        refused(&library("madoguchi-fixture-panic-start").unwrap())
    else {
        panic!("refused for another reason");
    };
    assert!(
        detail.starts_with("panicked at ") && detail.contains("panic-start/src/lib.rs:"),
        "{detail}"
    );
}
