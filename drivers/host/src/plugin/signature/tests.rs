use std::path::Path;

use semver::Version;

use super::*;
use crate::plugin::hash;

struct Maker {
    folder: tempfile::TempDir,
    key: SigningKey,
}

/// A plugin's folder, signed by a key of its own.
fn maker(version: &str) -> Maker {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), version, b"code");
    let (key, _) = SigningKey::generate().unwrap();
    sign(folder.path(), &key).unwrap();
    Maker { folder, key }
}

fn write(folder: &Path, version: &str, code: &[u8]) {
    std::fs::write(folder.join("l.so"), code).unwrap();
    let sha256 = hash::sha256_hex(&folder.join("l.so")).unwrap();
    let manifest = format!(
        "id = \"acme\"\nmaker = \"m\"\nmodels = []\nversion = \"{version}\"\nabi = 2\nlibrary = \"l.so\"\nsha256 = \"{sha256}\"\n"
    );
    std::fs::write(folder.join(Manifest::FILE), manifest).unwrap();
}

impl Maker {
    fn trust(&self) -> Trust {
        Trust {
            keys: vec![self.key.public()],
            ..Trust::default()
        }
    }

    fn judge(&self, trust: &Trust) -> Result<Option<String>, Problem> {
        let (manifest, text) = Manifest::read(self.folder.path()).unwrap();
        trust.judge(self.folder.path(), &manifest, &text)
    }
}

#[test]
fn a_signature_of_a_trusted_key_is_believed() {
    let maker = maker("1.0.0");
    assert_eq!(maker.judge(&maker.trust()), Ok(Some(maker.key.id())));
}

#[test]
fn unsigned_altered_unknown_and_revoked_each_have_their_own_reason() {
    let maker = maker("1.0.0");
    let trust = maker.trust();
    assert_eq!(
        maker.judge(&Trust::default()),
        Err(Problem::KeyUnknown {
            key_id: maker.key.id()
        })
    );
    let revoked = |what: String| Trust {
        revoked: vec![Revoked::try_from(what).unwrap()],
        ..trust.clone()
    };
    assert_eq!(
        maker.judge(&revoked(maker.key.id())),
        Err(Problem::KeyRevoked {
            key_id: maker.key.id()
        })
    );
    let sha256 = Manifest::read(maker.folder.path()).unwrap().0.sha256;
    assert_eq!(maker.judge(&revoked(sha256)), Err(Problem::LibraryRevoked));
    // Another library under the old signature: its hash is in what was signed.
    write(maker.folder.path(), "1.0.0", b"other code");
    assert_eq!(maker.judge(&trust), Err(Problem::SignatureWrong));
    std::fs::write(maker.folder.path().join(SignatureFile::NAME), "key_id = 7").unwrap();
    assert!(matches!(
        maker.judge(&trust),
        Err(Problem::SignatureUnreadable { .. })
    ));
    std::fs::remove_file(maker.folder.path().join(SignatureFile::NAME)).unwrap();
    assert_eq!(maker.judge(&trust), Err(Problem::Unsigned));
    let development = Trust {
        development: true,
        ..trust
    };
    assert_eq!(maker.judge(&development), Ok(None), "a visible exception");
}

#[test]
fn what_was_read_is_verified_and_not_what_the_file_says_by_then() {
    let maker = maker("1.0.0");
    let path = maker.folder.path().join(Manifest::FILE);
    let signed = std::fs::read(&path).unwrap();
    write(maker.folder.path(), "2.0.0", b"other code");
    let (manifest, text) = Manifest::read(maker.folder.path()).unwrap();
    std::fs::write(&path, signed).unwrap();
    let judged = maker.trust().judge(maker.folder.path(), &manifest, &text);
    assert_eq!(judged, Err(Problem::SignatureWrong));
}

#[test]
fn a_driver_does_not_go_back_unless_it_may() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("data").join("drivers.toml");
    let acme = madoguchi_core::DriverId::new("acme").unwrap();
    let (old, new) = (maker("1.9.0"), maker("1.10.0"));
    let trust = |maker: &Maker| Trust {
        versions: Some(path.clone()),
        ..maker.trust()
    };
    assert!(old.judge(&trust(&old)).is_ok());
    Versions::remember(&path, &acme, &Version::new(1, 10, 0)).unwrap();
    Versions::remember(&path, &acme, &Version::new(1, 2, 0)).unwrap();
    assert!(new.judge(&trust(&new)).is_ok());
    assert_eq!(
        old.judge(&trust(&old)),
        Err(Problem::Downgraded {
            id: acme.clone(),
            highest: "1.10.0".into(),
            found: "1.9.0".into()
        })
    );
    let may = Trust {
        allow_downgrade: vec![acme],
        ..trust(&old)
    };
    assert!(old.judge(&may).is_ok());
}

#[test]
fn a_damaged_memory_refuses_and_a_missing_one_is_the_first_start() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("drivers.toml");
    let acme = madoguchi_core::DriverId::new("acme").unwrap();
    let maker = maker("1.9.0");
    let trust = Trust {
        versions: Some(path.clone()),
        ..maker.trust()
    };
    assert!(maker.judge(&trust).is_ok(), "the first start");
    for damaged in ["", "highest = 7", "[highest]\nacme = \"new\"", "\u{0}"] {
        std::fs::write(&path, damaged).unwrap();
        let problem = maker.judge(&trust).unwrap_err();
        assert!(matches!(problem, Problem::VersionsDamaged { .. }), "{problem}");
        assert!(problem.phase().is_permanent(), "it is not tried again and again");
        let line = problem.to_string();
        assert!(
            line.contains(path.to_str().unwrap()) && line.contains("remove the file"),
            "{line}"
        );
        assert_eq!(line.lines().count(), 1, "{line}");
        // What ran is not forgotten by writing over it.
        Versions::remember(&path, &acme, &Version::new(1, 0, 0)).unwrap_err();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), damaged);
    }
    std::fs::write(&path, [0xFF]).unwrap();
    assert!(matches!(
        maker.judge(&trust),
        Err(Problem::VersionsDamaged { .. })
    ));
    std::fs::remove_file(&path).unwrap();
    assert!(maker.judge(&trust).is_ok());
}

#[test]
fn keys_are_openssl_s() {
    let folder = tempfile::tempdir().unwrap();
    let (private, public) = (folder.path().join("k.pem"), folder.path().join("p.pem"));
    let (key, text) = SigningKey::generate().unwrap();
    std::fs::write(&private, text.as_bytes()).unwrap();
    std::fs::write(&public, key.public().to_pem()).unwrap();
    assert_eq!(SigningKey::read(&private).unwrap().id(), key.id());
    assert_eq!(TrustedKey::read(&public).unwrap(), key.public());
    let said = std::process::Command::new("openssl")
        .args(["pkey", "-pubin", "-noout", "-text", "-in"])
        .arg(&public)
        .output()
        .unwrap();
    assert!(
        String::from_utf8_lossy(&said.stdout).contains("ED25519"),
        "{said:?}"
    );
    // A key that OpenSSL made.
    let made = std::process::Command::new("openssl")
        .args(["genpkey", "-algorithm", "ed25519", "-out"])
        .arg(&private)
        .status()
        .unwrap();
    assert!(made.success());
    SigningKey::read(&private).unwrap();
    assert!(matches!(
        TrustedKey::read(&private),
        Err(KeyError::Content { .. })
    ));
}
