//! Which keys there are and of which kind: asked before anything is read, so that a mistake is named by its path.

use config::{Value, ValueKind};
use madoguchi_driver_host::Revoked;
use toml::Value as Kind;

use super::{Config, Counter, Problem, Role, Tls, Uplink};

/// Stands for any key of a map.
const ANY_KEY: &str = "*";
/// A section whose keys are the drivers' own: each driver says what is wrong with its own.
const DRIVERS_OWN: &str = "drivers.settings";
/// Differences up to which one key is taken for another, misspelt.
const NEAR: usize = 3;

/// A configuration in which every key has a value.
fn sample() -> Result<Kind, Problem> {
    let every = Config {
        tls: Tls {
            certificate: Some("certificate".into()),
            key: Some("key".into()),
            client_ca: Some("client_ca".into()),
        },
        roles: [(ANY_KEY.to_owned(), vec![Role::Emr])].into(),
        uplinks: vec![Uplink {
            certificate: Some("certificate".into()),
            key: Some("key".into()),
            server_name: Some("server_name".into()),
            ..Uplink::new("name", "endpoint", "ca")
        }],
        drivers: super::Drivers {
            allow: madoguchi_core::DriverId::new("driver").into_iter().collect(),
            signatures: super::Signatures {
                revoked: Revoked::try_from("0".repeat(16)).into_iter().collect(),
                allow_downgrade: madoguchi_core::DriverId::new("driver").into_iter().collect(),
                ..Default::default()
            },
            ..Default::default()
        },
        counters: vec![Counter::default()],
        audit: super::Audit {
            path: Some("audit.db".into()),
            folder: Some("audit".into()),
            ..Default::default()
        },
        keys: super::Keys {
            directory: Some("keys".into()),
            ..Default::default()
        },
        evidence: super::Evidence {
            audience: vec!["audience".to_owned()],
            ..Default::default()
        },
        eligibility: super::Eligibility {
            remote: super::Remote {
                endpoint: Some("endpoint".to_owned()),
                ca: Some("ca".into()),
                certificate: Some("certificate".into()),
                key: Some("key".into()),
                server_name: Some("server_name".to_owned()),
                ..Default::default()
            },
            folder: super::Folder {
                req: Some("req".into()),
                res: Some("res".into()),
                face: Some("face".into()),
                ..Default::default()
            },
            ..Default::default()
        },
        trust: super::Trust {
            anchors: vec!["anchor".into()],
            fingerprints: vec!["fingerprint".to_owned()],
            policies: vec!["policy".to_owned()],
            ..Default::default()
        },
        ..Config::default()
    };
    Kind::try_from(every).map_err(|_| Problem::Internal("the configuration cannot be written as TOML"))
}

/// Every key by its path, lists and maps without what is in them.
pub(super) fn all() -> Result<Vec<String>, Problem> {
    fn collect(kind: &Kind, path: &str, keys: &mut Vec<String>) {
        match kind {
            Kind::Table(table) => {
                for (key, kind) in table.iter().filter(|(key, _)| *key != ANY_KEY) {
                    let path = join(path, key);
                    collect(kind, &path, keys);
                    keys.push(path);
                }
            }
            Kind::Array(items) => items.iter().for_each(|item| collect(item, path, keys)),
            _ => {}
        }
    }
    let mut keys = Vec::new();
    collect(&sample()?, "", &mut keys);
    Ok(keys)
}

/// Looks through everything that was given.
///
/// # Errors
/// The first key that nobody knows, or whose value is of another kind.
pub(super) fn check(given: &Value) -> Result<(), Problem> {
    walk(given, &sample()?, "")
}

fn walk(given: &Value, kind: &Kind, path: &str) -> Result<(), Problem> {
    match (&given.kind, kind) {
        (ValueKind::Table(given), Kind::Table(_)) if path == DRIVERS_OWN => each_is_a_section(given),
        (ValueKind::Table(given), Kind::Table(known)) => {
            let mut keys: Vec<_> = given.keys().collect();
            keys.sort();
            for key in keys {
                let path = join(path, key);
                match known.get(key.as_str()).or_else(|| known.get(ANY_KEY)) {
                    Some(kind) => walk(&given[key], kind, &path)?,
                    None => {
                        return Err(Problem::UnknownKey {
                            nearest: nearest(&path)?,
                            key: path,
                        });
                    }
                }
            }
            Ok(())
        }
        (ValueKind::Array(given), Kind::Array(known)) => {
            let Some(kind) = known.first() else { return Ok(()) };
            given
                .iter()
                .enumerate()
                .try_for_each(|(index, item)| walk(item, kind, &format!("{path}[{index}]")))
        }
        // The environment knows only text: what becomes of it is seen when it is read.
        _ if given.origin() == Some(ENVIRONMENT) => Ok(()),
        (ValueKind::String(_), Kind::String(_))
        | (ValueKind::Boolean(_), Kind::Boolean(_))
        | (
            ValueKind::I64(_) | ValueKind::U64(_) | ValueKind::I128(_) | ValueKind::U128(_),
            Kind::Integer(_),
        ) => Ok(()),
        (found, expected) => Err(Problem::WrongType {
            key: path.to_owned(),
            expected: expected_name(expected),
            found: found_name(found),
        }),
    }
}

/// A section for each driver; what is in it is not looked at.
fn each_is_a_section(given: &config::Map<String, Value>) -> Result<(), Problem> {
    let mut keys: Vec<_> = given.keys().collect();
    keys.sort();
    for key in keys {
        if !matches!(given[key].kind, ValueKind::Table(_)) {
            return Err(Problem::WrongType {
                key: join(DRIVERS_OWN, key),
                expected: expected_name(&Kind::Table(toml::Table::new())),
                found: found_name(&given[key].kind),
            });
        }
    }
    Ok(())
}

/// What `config` calls the origin of what comes from environment variables.
const ENVIRONMENT: &str = "the environment";

fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

fn nearest(path: &str) -> Result<Option<String>, Problem> {
    let plain: String = path
        .split('.')
        .map(|part| part.split('[').next().unwrap_or(part))
        .collect::<Vec<_>>()
        .join(".");
    let last = |path: &str| path.rsplit('.').next().unwrap_or(path).to_owned();
    let distance = |known: &String| {
        // The right key in the wrong section is nearer than any other key of that section.
        if last(known) == last(&plain) {
            1
        } else {
            strsim::damerau_levenshtein(known, &plain)
        }
    };
    let near = all()?.into_iter().map(|known| (distance(&known), known)).min();
    Ok(near
        .filter(|(distance, _)| *distance <= NEAR)
        .map(|(_, known)| known))
}

const fn expected_name(kind: &Kind) -> &'static str {
    match kind {
        Kind::String(_) => "a text in quotes",
        Kind::Integer(_) => "a whole number",
        Kind::Float(_) => "a number",
        Kind::Boolean(_) => "true or false",
        Kind::Datetime(_) => "a date",
        Kind::Array(_) => "a list",
        Kind::Table(_) => "a section",
    }
}

const fn found_name(kind: &ValueKind) -> &'static str {
    match kind {
        ValueKind::Nil => "nothing",
        ValueKind::Boolean(_) => "true or false",
        ValueKind::I64(_) | ValueKind::I128(_) | ValueKind::U64(_) | ValueKind::U128(_) => "a number",
        ValueKind::Float(_) => "a number with a fraction",
        ValueKind::String(_) => "a text",
        ValueKind::Table(_) => "a section",
        ValueKind::Array(_) => "a list",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_that_a_reason_s_page_names_exists() {
        let keys = all().unwrap();
        let mut named = 0;
        for reason in madoguchi_core::Reason::ALL {
            // What stands between backticks is every second piece.
            for word in reason.page().split('`').skip(1).step_by(2) {
                let is_key = word.contains('.')
                    && word.split('.').all(|part| {
                        !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c == '_')
                    });
                named += usize::from(is_key);
                assert!(
                    !is_key || keys.iter().any(|key| key == word),
                    "{} names {word}",
                    reason.code()
                );
            }
        }
        assert!(named >= 4, "only {named} keys were found in the pages");
    }

    #[test]
    fn the_example_mentions_every_key() {
        let example = include_str!("../../../deploy/config/madoguchi.toml");
        for path in all().unwrap() {
            let key = path.rsplit('.').next().unwrap();
            let mentioned = example.lines().any(|line| {
                let line = line.trim_start_matches("# ");
                line.starts_with(&format!("{key} ="))
                    || [format!("[{path}]"), format!("[[{path}]]")].contains(&line.to_owned())
            });
            assert!(mentioned, "{path} is not in deploy/config/madoguchi.toml");
        }
    }

    #[test]
    fn what_is_far_from_every_key_is_taken_for_none() {
        assert_eq!(nearest("server.listn").unwrap().as_deref(), Some("server.listen"));
        assert_eq!(nearest("anchors").unwrap().as_deref(), Some("trust.anchors"));
        assert_eq!(
            nearest("counters[3].reader").unwrap().as_deref(),
            Some("counters.readers")
        );
        assert_eq!(nearest("completely_different").unwrap(), None);
    }
}
