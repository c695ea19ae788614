//! What the uplinks have to be.

use std::collections::BTreeSet;

use rustls_pki_types::ServerName;

use super::super::{Config, Problem, Role, Uplink};

/// So many lines at once, each with its own bounds.
const MAX_UPLINKS: usize = 8;
/// A key of the block, and what is wrong with it.
type Wrong = (&'static str, String);
const MAX_NAME: usize = 64;
/// Faster than that is hammering at somebody's door; slower than that is not waiting any more.
const PAUSE_MS: std::ops::RangeInclusive<u32> = 100..=3_600_000;

impl Config {
    /// Checks the uplinks.
    ///
    /// # Errors
    /// [`Problem`] names the key and says how to mend it.
    pub(super) fn check_uplinks(&self) -> Result<(), Problem> {
        if self.uplinks.is_empty() {
            return Ok(());
        }
        if self.uplinks.len() > MAX_UPLINKS {
            return Err(Problem::value(
                "uplinks",
                format!("must be at most {MAX_UPLINKS}"),
            ));
        }
        if !self.roles.values().any(|roles| roles.contains(&Role::Remote)) {
            return Err(Problem::value(
                "roles",
                "names nobody as remote, so that no uplink could serve anybody: name the URI of the far side's \
                 certificate, such as \"spiffe://prefecture.example/frontdoor\" = [\"remote\"]",
            ));
        }
        let mut seen = BTreeSet::new();
        for (index, uplink) in self.uplinks.iter().enumerate() {
            let wrong =
                |(key, problem): Wrong| Err(Problem::value(format!("uplinks[{index}].{key}"), problem));
            if let Err(problem) = names(uplink)
                .and_then(|()| times(uplink))
                .and_then(|()| self.certificate(uplink))
            {
                return wrong(problem);
            }
            if !seen.insert(&uplink.name) {
                return wrong(("name", format!("\"{}\" is there already", uplink.name)));
            }
        }
        Ok(())
    }

    fn certificate(&self, uplink: &Uplink) -> Result<(), Wrong> {
        match (&uplink.certificate, &uplink.key, &self.tls.certificate) {
            (Some(_), Some(_), _) | (None, None, Some(_)) => Ok(()),
            (None, None, None) => Err((
                "certificate",
                "must be given, with key, as [tls] has none".to_owned(),
            )),
            (None, Some(_), _) => Err((
                "certificate",
                "must be given too: certificate and key go together".to_owned(),
            )),
            (Some(_), None, _) => Err((
                "key",
                "must be given too: certificate and key go together".to_owned(),
            )),
        }
    }
}

fn names(uplink: &Uplink) -> Result<(), Wrong> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if uplink.name.is_empty() || uplink.name.len() > MAX_NAME || !uplink.name.chars().all(plain) {
        let problem = format!("must be 1 to {MAX_NAME} letters, digits, \"-\", \"_\" or \".\"");
        return Err(("name", problem));
    }
    if uplink.host_and_port().is_none() {
        let problem = "must be a host and a port, such as \"frontdoor.example:8443\"";
        return Err(("endpoint", problem.to_owned()));
    }
    let is_name = |name: &str| ServerName::try_from(name).is_ok();
    match &uplink.server_name {
        Some(name) if !is_name(name) => Err((
            "server_name",
            "must be the DNS name or address in the far side's certificate".to_owned(),
        )),
        None if !uplink.expected_name().is_some_and(is_name) => Err((
            "endpoint",
            "its host is neither a DNS name nor an address".to_owned(),
        )),
        _ => Ok(()),
    }
}

fn times(uplink: &Uplink) -> Result<(), Wrong> {
    for (key, value) in [
        ("handshake_timeout_seconds", uplink.handshake_timeout_seconds),
        ("keepalive_interval_seconds", uplink.keepalive_interval_seconds),
        ("keepalive_timeout_seconds", uplink.keepalive_timeout_seconds),
        ("good_life_ms", uplink.good_life_ms),
    ] {
        if value == 0 {
            return Err((key, "must be 1 or more".to_owned()));
        }
    }
    for (key, value) in [
        ("min_pause_ms", uplink.min_pause_ms),
        ("max_pause_ms", uplink.max_pause_ms),
    ] {
        if !PAUSE_MS.contains(&value) {
            let (from, to) = PAUSE_MS.into_inner();
            return Err((key, format!("must be {from} to {to}")));
        }
    }
    if uplink.min_pause_ms > uplink.max_pause_ms {
        return Err(("min_pause_ms", "must not be more than max_pause_ms".to_owned()));
    }
    Ok(())
}
