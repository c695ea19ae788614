//! Reads the file and the environment.

use std::path::Path;

use config::{ConfigError, Environment, File, FileFormat};

use super::drivers::BESIDE_PROGRAM;
use super::{Config, Problem, keys};

/// Prefix of the environment variables that override the file.
const PREFIX: &str = "MADOGUCHI__";
/// What stands between section and key in a variable's name.
const SEPARATOR: &str = "__";

impl Config {
    /// Reads a file, and the environment over it.
    ///
    /// # Errors
    /// [`Problem`] names the key and says how to mend it.
    pub fn load(path: &Path) -> Result<Self, Problem> {
        let text = std::fs::read_to_string(path).map_err(|source| Problem::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let environment = std::env::vars_os().filter_map(|(name, value)| {
            let rest = name.to_str()?.strip_prefix(PREFIX)?.to_owned();
            Some((rest, value.into_string().ok()?))
        });
        Self::read(&text, folder, environment).map_err(|problem| match problem {
            Problem::Syntax { message, .. } => Problem::Syntax {
                origin: path.display().to_string(),
                message,
            },
            other => other,
        })
    }

    /// Reads a configuration from its text. Relative paths count from the folder; the environment is given by
    /// `SECTION__KEY` and value.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn read(
        text: &str,
        folder: &Path,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Problem> {
        let environment = Environment::default()
            .source(Some(environment.into_iter().collect()))
            .separator(SEPARATOR)
            .try_parsing(true)
            .list_separator(",")
            .with_list_parse_key("drivers.allow")
            .with_list_parse_key("trust.anchors")
            .with_list_parse_key("evidence.audience");
        let given = config::Config::builder()
            .add_source(File::from_str(text, FileFormat::Toml))
            .add_source(environment)
            .build()
            .map_err(problem)?;
        keys::check(&given.cache)?;
        let mut config: Self = given.try_deserialize().map_err(problem)?;
        config.resolve(folder);
        config.check()?;
        Ok(config)
    }

    fn resolve(&mut self, folder: &Path) {
        let tls = [
            &mut self.tls.certificate,
            &mut self.tls.key,
            &mut self.tls.client_ca,
        ];
        let uplinks = self.uplinks.iter_mut().flat_map(|uplink| {
            let optional = [&mut uplink.certificate, &mut uplink.key];
            optional.into_iter().flatten().chain([&mut uplink.ca])
        });
        let fixed = [&mut self.store.path, &mut self.drivers.directory];
        let (remote, shared) = (&mut self.eligibility.remote, &mut self.eligibility.folder);
        let eligibility = [
            &mut remote.ca,
            &mut remote.certificate,
            &mut remote.key,
            &mut shared.req,
            &mut shared.res,
            &mut shared.face,
        ];
        for path in tls
            .into_iter()
            .chain(eligibility)
            .flatten()
            .chain(fixed)
            .chain(&mut self.audit.path)
            .chain(&mut self.audit.folder)
            .chain(&mut self.keys.directory)
            .chain(uplinks)
            .chain(&mut self.trust.anchors)
            .chain(&mut self.drivers.signatures.trusted_keys)
        {
            if !path.starts_with(BESIDE_PROGRAM) {
                *path = folder.join(&*path);
            }
        }
    }
}

/// `config`'s errors in our words; what comes from the value itself stays as it is.
fn problem(error: ConfigError) -> Problem {
    match error {
        ConfigError::At { error, key, .. } => match problem(*error) {
            Problem::Value { problem, .. } => Problem::value(dotted(key), problem),
            other => other,
        },
        ConfigError::Type {
            unexpected,
            expected,
            key,
            ..
        } => Problem::value(dotted(key), format!("must be {expected}, not {unexpected}")),
        ConfigError::NotFound(key) => Problem::value(dotted(Some(key)), "must be given"),
        ConfigError::FileParse { cause, .. } => Problem::Syntax {
            origin: "configuration".to_owned(),
            message: cause.to_string().trim().to_owned(),
        },
        other => Problem::value("", other.to_string()),
    }
}

/// `config` leaves the dot out behind an index.
fn dotted(key: Option<String>) -> String {
    let parts: Vec<_> = key.as_deref().unwrap_or_default().split(']').collect();
    let mut dotted = parts[0].to_owned();
    for part in &parts[1..] {
        let dot = if part.is_empty() || part.starts_with(['.', '[']) {
            ""
        } else {
            "."
        };
        dotted.extend(["]", dot, part]);
    }
    dotted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Mode;
    use std::path::PathBuf;

    fn read(text: &str, environment: &[(&str, &str)]) -> Result<Config, String> {
        let environment = environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::read(text, Path::new(""), environment).map_err(|problem| problem.to_string())
    }

    #[test]
    fn nothing_said_and_the_example_are_the_defaults() {
        assert_eq!(read("", &[]), Ok(Config::default()));
        let example = include_str!("../../../deploy/config/madoguchi.toml");
        assert_eq!(read(example, &[]), Ok(Config::default()));
    }

    #[test]
    fn the_environment_overrides_the_file() {
        let config = read(
            "[trust]\nmode = \"production\"\n[server]\nlisten = \"127.0.0.1:1\"",
            &[
                ("TRUST__MODE", "test"),
                ("TRUST__ANCHORS", "a.pem,b.pem"),
                ("SERVER__LISTEN", "127.0.0.1:2"),
                ("SERVER__LIMITS__MAX_CONNECTIONS", "7"),
            ],
        )
        .unwrap();
        assert_eq!(config.trust.mode, Mode::Test);
        assert_eq!(
            config.trust.anchors,
            [PathBuf::from("a.pem"), PathBuf::from("b.pem")]
        );
        assert_eq!(config.server.listen.port(), 2);
        assert_eq!(config.server.limits.max_connections, 7);
    }

    #[test]
    fn the_environment_is_checked_like_the_file() {
        assert_eq!(
            read("", &[("SERVER__LISTN", "127.0.0.1:2")]),
            Err("server.listn: no such key; did you mean server.listen?".to_owned())
        );
        let error = read("", &[("SERVER__LIMITS__MAX_CONNECTIONS", "many")]).unwrap_err();
        assert!(
            error.starts_with("server.limits.max_connections: must be "),
            "{error}"
        );
    }

    #[test]
    fn relative_paths_count_from_the_files_folder() {
        let text = "[store]\npath = \"x.db\"\n[trust]\nanchors = [\"root.pem\", \"/abs/root.pem\"]";
        let config = Config::read(text, Path::new("/etc/madoguchi"), []).unwrap();
        assert_eq!(config.store.path, Path::new("/etc/madoguchi/x.db"));
        assert_eq!(config.trust.anchors[0], Path::new("/etc/madoguchi/root.pem"));
        assert_eq!(config.trust.anchors[1], Path::new("/abs/root.pem"));
        let program = std::env::current_exe().unwrap();
        assert_eq!(
            config.drivers.options().unwrap().directory,
            program.parent().unwrap().join("plugins")
        );
    }
}
