//! Names of hosts, and what hangs on them: mail addresses and URIs.

/// A constraint on hosts in lower case; a leading dot leaves the host itself out. `None` where it is no name: a
/// wildcard has no place in a constraint.
pub(super) fn subtree(text: &str) -> Option<String> {
    let text = text.to_ascii_lowercase();
    let host = text.strip_prefix('.').unwrap_or(&text);
    (text.is_empty() || is_host(host)).then_some(text)
}

/// The same for names of hosts alone, where RFC 5280 knows no leading dot.
pub(super) fn host_subtree(text: &str) -> Option<String> {
    subtree(text).filter(|subtree| !subtree.starts_with('.'))
}

/// A constraint on mail addresses: one mailbox, one host, or the hosts below a dot.
pub(super) fn mail_subtree(text: &str) -> Option<String> {
    match text.split_once('@') {
        Some((mailbox, host)) => {
            let host = host.to_ascii_lowercase();
            (!mailbox.is_empty() && is_host(&host))
                .then(|| format!("{}@{host}", mailbox.to_ascii_lowercase()))
        }
        None => subtree(text),
    }
}

fn is_host(text: &str) -> bool {
    let is_label = |label: &str| {
        let known = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'_';
        !label.is_empty() && label.len() <= 63 && label.bytes().all(known)
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

fn is_below(subtree: &str, host: &str) -> bool {
    if subtree.is_empty() {
        return true;
    }
    match host.strip_suffix(subtree) {
        Some("") => !subtree.starts_with('.'),
        Some(rest) => subtree.starts_with('.') || rest.ends_with('.'),
        None => false,
    }
}

/// A name of a certificate: the host, and whether it stands for every host one label below. `None` where it is none.
fn certified(name: &str) -> Option<(String, bool)> {
    let name = name.to_ascii_lowercase();
    let (host, is_wildcard) = match name.strip_prefix("*.") {
        Some(host) => (host.to_owned(), true),
        None => (name, false),
    };
    is_host(&host).then_some((host, is_wildcard))
}

/// Whether every host that the name stands for lies inside.
pub(super) fn covers(subtree: &str, name: &str) -> bool {
    certified(name).is_some_and(|(host, is_wildcard)| {
        is_below(subtree, &host) || (is_wildcard && subtree.strip_prefix('.') == Some(&host))
    })
}

/// Whether any host that the name stands for lies inside, or that cannot be told.
pub(super) fn touches(subtree: &str, name: &str) -> bool {
    let Some((host, is_wildcard)) = certified(name) else {
        return true;
    };
    let one_below = || {
        let bare = subtree.strip_prefix('.').unwrap_or(subtree);
        bare == host
            || bare
                .split_once('.')
                .is_some_and(|(_, parent)| parent == host && !subtree.starts_with('.'))
    };
    is_below(subtree, &host) || (is_wildcard && one_below())
}

/// A mail address under a constraint: one mailbox, one host, or the hosts below a dot. `None` where it is no address.
pub(super) fn covers_mail(subtree: &str, name: &str) -> Option<bool> {
    let (mailbox, host) = name.rsplit_once('@')?;
    let host = host.to_ascii_lowercase();
    if mailbox.is_empty() || mailbox.contains('@') || !is_host(&host) {
        return None;
    }
    Some(match subtree.rsplit_once('@') {
        // RFC 5280 lets the mailbox's letter case count. Here it does not: constraints are kept in lower case.
        Some((only, at)) => only == mailbox.to_ascii_lowercase() && at == host,
        None => on_host(subtree, &host),
    })
}

/// The host of a URI under a constraint. `None` where it has no host with a name.
pub(super) fn covers_uri(subtree: &str, uri: &str) -> Option<bool> {
    let (_, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let place = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
    let host = place
        .split_once(':')
        .map_or(place, |(host, _)| host)
        .to_ascii_lowercase();
    let is_address = host
        .split('.')
        .all(|label| label.bytes().all(|c| c.is_ascii_digit()));
    (is_host(&host) && !is_address).then(|| on_host(subtree, &host))
}

/// For mail and URIs a constraint without a dot in front is that host alone.
fn on_host(subtree: &str, host: &str) -> bool {
    match subtree.is_empty() || subtree.starts_with('.') {
        true => is_below(subtree, host),
        false => subtree == host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subtree_has_the_host_and_all_below_it() {
        for (constraint, name, inside) in [
            ("example.com", "example.com", true),
            ("example.com", "EXAMPLE.com", true),
            ("example.com", "a.b.example.com", true),
            ("example.com", "not-example.com", false),
            ("example.com", "example.com.evil", false),
            (".example.com", "a.example.com", true),
            (".example.com", "example.com", false),
            ("", "anything.example", true),
            ("example.com", ".example.com", false),
            ("example.com", "*.example.com", true),
            (".example.com", "*.example.com", true),
            ("foo.example.com", "*.example.com", false),
        ] {
            assert_eq!(
                covers(&subtree(constraint).unwrap(), name),
                inside,
                "{constraint} {name}"
            );
        }
        assert_eq!(subtree("*.example.com"), None);
        assert_eq!(subtree("a..b"), None);
        assert_eq!(host_subtree(".example.com"), None);
        assert_eq!(mail_subtree("a@b@example.com"), None);
        assert_eq!(mail_subtree("A@Example.com").as_deref(), Some("a@example.com"));
    }

    #[test]
    fn an_exclusion_reaches_what_a_wildcard_may_stand_for() {
        for (constraint, name, touched) in [
            ("bar.example.com", "*.example.com", true),
            ("example.com", "*.example.com", true),
            (".example.com", "*.example.com", true),
            ("x.bar.example.com", "*.example.com", false),
            ("other.com", "*.example.com", false),
            ("example.com", "..", true),
        ] {
            assert_eq!(touches(constraint, name), touched, "{constraint} {name}");
        }
    }

    #[test]
    fn mail_and_uris_hang_on_hosts() {
        for (constraint, name, inside) in [
            ("example.com", "a@example.com", Some(true)),
            ("example.com", "a@b.example.com", Some(false)),
            (".example.com", "a@b.example.com", Some(true)),
            ("a@example.com", "a@example.com", Some(true)),
            ("a@example.com", "b@example.com", Some(false)),
            ("example.com", "nobody", None),
            ("example.com", "a@b@example.com", None),
        ] {
            assert_eq!(covers_mail(constraint, name), inside, "{constraint} {name}");
        }
        for (constraint, name, inside) in [
            ("example.com", "https://example.com/x", Some(true)),
            ("example.com", "https://u:p@example.com:8443", Some(true)),
            ("example.com", "https://a.example.com", Some(false)),
            (".example.com", "ldap://a.example.com?x", Some(true)),
            ("example.com", "https://192.0.2.1/", None),
            ("example.com", "urn:x", None),
        ] {
            assert_eq!(covers_uri(constraint, name), inside, "{constraint} {name}");
        }
    }
}
