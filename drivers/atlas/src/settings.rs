//! The driver's own section of the configuration: where the service is and how it is shown who asks.

use std::fs::File;
use std::io::Read;
use std::net::SocketAddr;
use std::path::PathBuf;

use madoguchi_driver_api::{Error, Host};
use madoguchi_driver_kit::settings;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::ID;

/// Where the service listens unless somebody changed it (assumed).
const ADDRESS: &str = "127.0.0.1:39200";

/// Where the service writes its token (assumed).
const TOKEN_FILE: &str = if cfg!(windows) {
    r"C:\ProgramData\Atlas\ReaderService\token"
} else {
    "/var/lib/atlas-reader-service/token"
};

/// A longer token is none.
const MAX_TOKEN: usize = 256;

/// What can be set.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Section {
    address: String,
    token: Option<String>,
    token_file: Option<PathBuf>,
}

impl Default for Section {
    fn default() -> Self {
        Self {
            address: ADDRESS.to_owned(),
            token: None,
            token_file: None,
        }
    }
}

/// Where the service is and what it is shown.
pub(crate) struct Settings {
    pub(crate) address: SocketAddr,
    token: Token,
}

enum Token {
    Given(Zeroizing<String>),
    /// Read at each connection: the service writes another one at each start.
    File(PathBuf),
}

impl Settings {
    /// Reads the section.
    ///
    /// # Errors
    /// [`settings::Invalid`] names the key.
    pub(crate) fn read(host: &Host) -> Result<Self, settings::Invalid> {
        let section: Section = settings::read(ID, host)?;
        let address = section
            .address
            .parse()
            .ok()
            .filter(|address: &SocketAddr| address.ip().is_loopback() && address.port() != 0)
            .ok_or_else(|| {
                invalid(
                    host,
                    ".address",
                    "only an IP address of this machine itself and a port, as 127.0.0.1:39200",
                )
            })?;
        let token = match (section.token.map(Zeroizing::new), section.token_file) {
            (Some(_), Some(_)) => return Err(invalid(host, ".token", "either this or token_file")),
            (Some(token), None) if usable(&token) => Token::Given(token),
            (Some(_), None) => return Err(invalid(host, ".token", "1 to 256 printable ASCII characters")),
            (None, file) => Token::File(file.unwrap_or_else(|| PathBuf::from(TOKEN_FILE))),
        };
        Ok(Self { address, token })
    }

    /// The session token as it is now.
    ///
    /// # Errors
    /// [`Error::ServiceUnavailable`] where there is no file: the service is not installed or did not start yet;
    /// [`Error::ReaderUnavailable`] where it cannot be read.
    pub(crate) fn token(&self) -> Result<Zeroizing<String>, Error> {
        let path = match &self.token {
            Token::Given(token) => return Ok(token.clone()),
            Token::File(path) => path,
        };
        let unavailable = |detail: &str| Error::ReaderUnavailable {
            detail: format!("{}: {detail}", path.display()),
        };
        let file = File::open(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Error::ServiceUnavailable,
            kind => unavailable(&kind.to_string()),
        })?;
        let mut text = Zeroizing::new(String::with_capacity(MAX_TOKEN + 2));
        // With room for the end of a line, and for one character too many.
        file.take(MAX_TOKEN as u64 + 2)
            .read_to_string(&mut text)
            .map_err(|error| unavailable(&error.kind().to_string()))?;
        let token = Zeroizing::new(text.trim_ascii().to_owned());
        if usable(&token) {
            Ok(token)
        } else {
            Err(unavailable("holds no token"))
        }
    }
}

fn usable(token: &str) -> bool {
    (1..=MAX_TOKEN).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic())
}

fn invalid(host: &Host, key: &str, problem: &str) -> settings::Invalid {
    let invalid = settings::Invalid {
        driver: ID.to_owned(),
        key: key.to_owned(),
        problem: problem.to_owned(),
    };
    host.log(madoguchi_driver_api::LogLevel::Error, &invalid.to_string());
    invalid
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(section: &str) -> Result<Settings, String> {
        let host = Host::new(|_, _| ()).with_settings(section);
        Settings::read(&host).map_err(|invalid| invalid.to_string())
    }

    #[test]
    fn only_loopback_addresses_are_accepted() {
        assert_eq!(read("{}").unwrap().address.to_string(), ADDRESS);
        for good in ["127.0.0.1:1", "127.8.0.1:65535", "[::1]:39200"] {
            assert!(read(&format!(r#"{{"address":"{good}"}}"#)).is_ok(), "{good}");
        }
        for bad in [
            "0.0.0.0:39200",
            "192.168.1.7:39200",
            "[::]:39200",
            "[::ffff:127.0.0.1]:39200",
            "localhost:39200",
            "reader.example:39200",
            "127.0.0.1",
            "127.0.0.1:0",
            "",
        ] {
            let error = read(&format!(r#"{{"address":"{bad}"}}"#)).err().unwrap();
            assert!(error.starts_with("drivers.settings.atlas.address: "), "{error}");
        }
    }

    #[test]
    fn a_token_is_given_or_in_a_file_that_is_read_each_time() {
        let given = read(r#"{"token":"abc"}"#).unwrap();
        assert_eq!(given.token().unwrap().as_str(), "abc");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let section = serde_json::json!({ "token_file": path }).to_string();
        let from_file = read(&section).unwrap();
        assert_eq!(from_file.token().err(), Some(Error::ServiceUnavailable));
        for (content, expected) in [
            ("one\n", Some("one")),
            ("two\r\n", Some("two")),
            ("", None),
            ("with space", None),
        ] {
            std::fs::write(&path, content).unwrap();
            assert_eq!(
                from_file.token().ok().as_ref().map(|token| token.as_str()),
                expected
            );
        }
        std::fs::write(&path, "x".repeat(257)).unwrap();
        assert!(matches!(from_file.token(), Err(Error::ReaderUnavailable { .. })));
        std::fs::write(&path, "x".repeat(256) + "\n").unwrap();
        assert!(from_file.token().is_ok());
    }

    #[test]
    fn what_cannot_be_meant_is_refused_and_no_token_is_repeated() {
        for (section, key) in [
            (r#"{"token":""}"#, ".token: "),
            (r#"{"token":"geheim geheim"}"#, ".token: "),
            (r#"{"token":"geheim","token_file":"/x"}"#, ".token: "),
            (r#"{"adress":"127.0.0.1:1"}"#, "adress"),
        ] {
            let error = read(section).err().unwrap();
            assert!(error.contains(key) && !error.contains("geheim"), "{error}");
        }
    }
}
