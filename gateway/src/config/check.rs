//! What types cannot say: values that must fit each other.

mod uplinks;

use std::collections::BTreeSet;

use madoguchi_certificate::Fingerprint;
use madoguchi_core::{CallerId, CounterId};

use super::{Config, Counter, Problem};

/// Unread watch messages on one connection that any client in the field bears. A client on hyper allows for the
/// framing of about 11,600 small ones before it gives the whole connection up.
const MAX_UNREAD_MESSAGES: u64 = 10_000;
/// What the interface promises about a visit's time, in seconds.
const VISIT_SECONDS: std::ops::RangeInclusive<u32> = 10..=900;
/// The longest name of a facility, in characters.
const MAX_FACILITY_NAME: usize = 100;
/// Digits of a 医療機関コード.
const FACILITY_CODE: usize = 10;

/// The eligibility service answers for visits of the last 60 days.
const GIVE_UP_DAYS: std::ops::RangeInclusive<u32> = 1..=60;

impl Config {
    /// Checks what types cannot say.
    ///
    /// # Errors
    /// [`Problem`] names the key and says how to mend it.
    pub(super) fn check(&self) -> Result<(), Problem> {
        self.check_server()?;
        self.check_roles()?;
        self.check_uplinks()?;
        self.check_counters()?;
        self.audit.check()?;
        self.eligibility.check()?;
        self.check_keys()?;
        self.check_trust()?;
        self.check_deferral()?;
        self.check_signed()?;
        self.check_times()
    }

    fn check_server(&self) -> Result<(), Problem> {
        let tls = [
            ("tls.certificate", &self.tls.certificate),
            ("tls.key", &self.tls.key),
            ("tls.client_ca", &self.tls.client_ca),
        ];
        let given = tls.iter().filter(|(_, path)| path.is_some()).count();
        if given == 0 && !self.server.listen.ip().is_loopback() {
            return Err(Problem::value(
                "server.listen",
                format!(
                    "{} can be reached by other computers, and there is no TLS: set certificate, key and client_ca \
                     in [tls], or listen on 127.0.0.1",
                    self.server.listen
                ),
            ));
        }
        if let (1..3, Some((missing, _))) = (given, tls.iter().find(|(_, path)| path.is_none())) {
            return Err(Problem::value(
                *missing,
                "must be given too: certificate, key and client_ca go together",
            ));
        }
        let limits = &self.server.limits;
        if let Some((key, _)) = limits.entries().iter().find(|(_, value)| *value == 0) {
            return Err(Problem::value(
                format!("server.limits.{key}"),
                "must be 1 or more",
            ));
        }
        let unread = u64::from(limits.max_watchers_per_connection) * u64::from(limits.max_messages_per_watch);
        if unread > MAX_UNREAD_MESSAGES {
            return Err(Problem::value(
                "server.limits.max_messages_per_watch",
                format!(
                    "times max_watchers_per_connection must be at most {MAX_UNREAD_MESSAGES}: a client that stops \
                     reading would lose its whole connection"
                ),
            ));
        }
        Ok(())
    }

    fn check_roles(&self) -> Result<(), Problem> {
        if self.roles.is_empty() && self.tls.certificate.is_some() {
            return Err(Problem::value(
                "roles",
                "is empty, so that no client could call anything: name the URI of each client's certificate, such as \
                 \"spiffe://clinic.example/emr\" = [\"emr\"]",
            ));
        }
        for (identity, roles) in &self.roles {
            let key = format!("roles.{identity}");
            if !identity.contains("://") || CallerId::new(identity.clone()).is_err() {
                return Err(Problem::value(
                    key,
                    "must be a URI as it stands in the client's certificate, such as spiffe://clinic.example/emr",
                ));
            }
            if roles.is_empty() {
                return Err(Problem::value(key, "must name a role, or be left out"));
            }
        }
        Ok(())
    }

    fn check_counters(&self) -> Result<(), Problem> {
        if self.counters.is_empty() {
            return Err(Problem::value("counters", "must name a counter"));
        }
        let mut seen = BTreeSet::new();
        for (index, counter) in self.counters.iter().enumerate() {
            let key = format!("counters[{index}]");
            if let Err(invalid) = CounterId::new(counter.id.clone()) {
                return Err(Problem::value(format!("{key}.id"), invalid.to_string()));
            }
            if !seen.insert(&counter.id) {
                return Err(Problem::value(
                    format!("{key}.id"),
                    format!("\"{}\" is there already", counter.id),
                ));
            }
            if counter.readers.is_empty() {
                return Err(Problem::value(
                    format!("{key}.readers"),
                    "must name a reader, or \"*\" for any",
                ));
            }
            self.check_own_readers(index, counter)?;
        }
        Ok(())
    }

    /// A reader stands at one counter: with two, a visit at one would take the card of the patient at the other.
    fn check_own_readers(&self, index: usize, counter: &Counter) -> Result<(), Problem> {
        for earlier in self.counters.iter().take(index) {
            for pattern in &counter.readers {
                if let Some(other) = earlier.readers.iter().find(|other| other.overlaps(pattern)) {
                    return Err(Problem::value(
                        format!("counters[{index}].readers"),
                        format!(
                            "\"{}\" can be the same reader as \"{}\" of counter \"{}\", and patients would be mixed up: \
                             with several counters each must name readers of its own (a counter that names none has \
                             \"*\")",
                            pattern.as_str(),
                            other.as_str(),
                            earlier.id
                        ),
                    ));
                }
            }
        }
        Ok(())
    }

    fn check_deferral(&self) -> Result<(), Problem> {
        let deferral = &self.deferral;
        if !GIVE_UP_DAYS.contains(&deferral.give_up_days) {
            let (from, to) = GIVE_UP_DAYS.into_inner();
            return Err(Problem::value(
                "deferral.give_up_days",
                format!("must be {from} to {to}"),
            ));
        }
        if deferral.min_retry_seconds > deferral.max_retry_seconds {
            return Err(Problem::value(
                "deferral.min_retry_seconds",
                "must not be more than deferral.max_retry_seconds",
            ));
        }
        Ok(())
    }

    fn check_keys(&self) -> Result<(), Problem> {
        let keys = &self.keys;
        if keys.announce_days == 0 {
            return Err(Problem::value(
                "keys.announce_days",
                "must be at least 1: a key is published before it signs",
            ));
        }
        if keys.rotate_days > 0 && keys.announce_days >= keys.rotate_days {
            return Err(Problem::value(
                "keys.announce_days",
                "must be less than keys.rotate_days: a key is published before it signs, while the one before it does",
            ));
        }
        Ok(())
    }

    fn check_trust(&self) -> Result<(), Problem> {
        for (index, text) in self.trust.fingerprints.iter().enumerate() {
            if let Err(invalid) = text.parse::<Fingerprint>() {
                return Err(Problem::value(
                    format!("trust.fingerprints[{index}]"),
                    invalid.to_string(),
                ));
            }
        }
        let is_policy = |text: &String| {
            let is_arc = |arc: &str| !arc.is_empty() && arc.bytes().all(|c| c.is_ascii_digit());
            text.split('.').count() > 1 && text.split('.').all(is_arc)
        };
        match self.trust.policies.iter().position(|policy| !is_policy(policy)) {
            Some(index) => Err(Problem::value(
                format!("trust.policies[{index}]"),
                "must be an object identifier such as 1.2.392.200149.8.5.1.3.30",
            )),
            None => Ok(()),
        }
    }

    fn check_signed(&self) -> Result<(), Problem> {
        let names = [("evidence.issuer".to_owned(), &self.evidence.issuer)].into_iter();
        let audience = self.evidence.audience.iter().enumerate();
        for (key, name) in
            names.chain(audience.map(|(index, name)| (format!("evidence.audience[{index}]"), name)))
        {
            // RFC 7519 wants a URI of what has a colon in it; anything that may stand in one may stand here.
            if let Err(invalid) = CallerId::new(name.clone()) {
                return Err(Problem::value(key, invalid.to_string()));
            }
        }
        let consent = &self.consent;
        if consent.facility_name.chars().count() > MAX_FACILITY_NAME
            || consent.facility_name.chars().any(char::is_control)
        {
            return Err(Problem::value(
                "consent.facility_name",
                format!("must be one line of at most {MAX_FACILITY_NAME} characters"),
            ));
        }
        let code = &consent.facility_code;
        if !code.is_empty() && (code.len() != FACILITY_CODE || !code.bytes().all(|c| c.is_ascii_digit())) {
            return Err(Problem::value(
                "consent.facility_code",
                format!(
                    "must be {FACILITY_CODE} digits: prefecture, kind (1, 3 or 4) and the code of the facility"
                ),
            ));
        }
        if !code.is_empty() && consent.facility_name.is_empty() {
            return Err(Problem::value(
                "consent.facility_name",
                "must be given too: patients are shown who asks",
            ));
        }
        Ok(())
    }

    fn check_times(&self) -> Result<(), Problem> {
        let visit = &self.check_in;
        let seconds = [
            ("check_in.default_timeout_seconds", visit.default_timeout_seconds),
            ("check_in.max_timeout_seconds", visit.max_timeout_seconds),
        ];
        for (key, value) in seconds {
            if !VISIT_SECONDS.contains(&value) {
                let (from, to) = VISIT_SECONDS.into_inner();
                return Err(Problem::value(key, format!("must be {from} to {to}")));
            }
        }
        if visit.default_timeout_seconds > visit.max_timeout_seconds {
            return Err(Problem::value(
                "check_in.default_timeout_seconds",
                "must not be more than check_in.max_timeout_seconds",
            ));
        }
        let positive = [
            ("store.result_ttl_hours", self.store.result_ttl_hours),
            ("evidence.ttl_hours", self.evidence.ttl_hours),
            ("store.pin_budget_ttl_days", self.store.pin_budget_ttl_days),
            ("store.settled_case_ttl_days", self.store.settled_case_ttl_days),
            (
                "eligibility.challenge_ttl_seconds",
                self.eligibility.challenge_ttl_seconds,
            ),
            (
                "eligibility.max_open_challenges",
                self.eligibility.max_open_challenges,
            ),
            ("deferral.max_open", self.deferral.max_open),
            ("deferral.min_retry_seconds", self.deferral.min_retry_seconds),
            ("check_in.card_wait_seconds", visit.card_wait_seconds),
            ("check_in.max_read_attempts", visit.max_read_attempts),
        ];
        match positive.into_iter().find(|(_, value)| *value == 0) {
            Some((key, _)) => Err(Problem::value(key, "must be 1 or more")),
            None => Ok(()),
        }
    }
}
