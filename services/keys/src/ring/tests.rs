//! Keys come, sign, go and stay published.

use std::sync::atomic::{AtomicI64, Ordering};

use time::Duration;

use super::*;
use crate::PublicKey;

const ROTATION: Rotation = Rotation {
    every: Some(Duration::days(90)),
    announce: Duration::days(7),
};
const PURPOSE: Purpose = Purpose::Evidence;

/// A clock that is put forward by hand.
#[derive(Debug, Default)]
struct Hand(AtomicI64);

impl Hand {
    fn day(&self, day: i64) {
        self.0.store(day * 86_400, Ordering::Relaxed);
    }
}

impl Clock for Hand {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH
            + Duration::days(20_000)
            + Duration::seconds(self.0.load(Ordering::Relaxed))
    }
}

struct Site {
    folder: tempfile::TempDir,
    clock: Arc<Hand>,
}

impl Site {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            clock: Arc::default(),
        }
    }

    fn open(&self, read_only: bool) -> Result<KeyRing, Error> {
        KeyRing::open(self.folder.path(), read_only, ROTATION, self.clock.clone())
    }

    fn private(&self) -> usize {
        let names = std::fs::read_dir(self.folder.path()).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.ends_with(PRIVATE)).count()
    }

    fn published(&self) -> KeySet {
        KeySet::parse(&std::fs::read(self.folder.path().join(KEY_SET)).unwrap()).unwrap()
    }
}

fn sign(ring: &KeyRing) -> String {
    ring.sign(PURPOSE, b"{}").unwrap()
}

#[test]
fn the_first_start_makes_a_key_that_the_next_ones_use() {
    let site = Site::new();
    let ring = site.open(false).unwrap();
    let (kid, jws) = (ring.current().unwrap(), sign(&ring));
    assert_eq!(site.private(), 1);
    for again in [site.open(false).unwrap(), site.open(true).unwrap()] {
        assert_eq!(again.current().as_ref(), Some(&kid));
        assert!(again.verify(PURPOSE, &jws).is_ok());
    }
    assert_eq!(site.published(), ring.key_set());
}

#[test]
fn gateways_that_start_at_once_agree() {
    let site = Site::new();
    let rings = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| site.open(false).unwrap()))
            .collect();
        starts
            .into_iter()
            .map(|start| start.join().unwrap())
            .collect::<Vec<_>>()
    });
    assert_eq!(site.private(), 1);
    for ring in &rings {
        assert_eq!(ring.current(), rings[0].current());
    }
}

#[test]
fn a_key_is_published_before_it_signs_and_for_ever_after() {
    let site = Site::new();
    let ring = site.open(false).unwrap();
    let other = site.open(false).unwrap();
    let (first, jws) = (ring.current().unwrap(), sign(&ring));
    let mut known_before = ring.key_set();
    let mut signers = vec![first.clone()];
    for day in 1..=400 {
        site.clock.day(day);
        // Each gateway looks on its own days.
        if day % 2 == 0 { &ring } else { &other }.tend().unwrap();
        let now = ring.current().unwrap();
        if signers.last() != Some(&now) {
            signers.push(now);
        }
        // Whoever fetched the set yesterday can check what is signed today, by either.
        for ring in [&ring, &other] {
            assert!(known_before.verify(PURPOSE, &sign(ring)).is_ok(), "day {day}");
        }
        known_before = ring.key_set();
        assert!(site.private() <= 2, "day {day}: {} private keys", site.private());
    }
    assert_eq!(signers.len(), 5, "{signers:?}");
    let published = site.published();
    assert_eq!(published.keys().count(), 5);
    assert!(published.verify(PURPOSE, &jws).is_ok());
    let first = published.keys().find(|key| key.kid() == first).unwrap();
    assert_eq!(
        first.retired().map(|at| at - first.signs_from().unwrap()),
        ROTATION.every
    );
}

#[test]
fn a_gateway_that_was_off_for_long_announces_before_it_changes() {
    let site = Site::new();
    let first = site.open(false).unwrap().current();
    site.clock.day(1000);
    let ring = site.open(false).unwrap();
    assert_eq!(
        (ring.current(), ring.key_set().keys().count()),
        (first.clone(), 2)
    );
    site.clock.day(1007);
    assert_ne!(ring.current(), first);
}

#[test]
fn a_clock_that_goes_back_leaves_a_key_that_signs() {
    let site = Site::new();
    let ring = site.open(false).unwrap();
    for day in [3650, 3657, 3700] {
        site.clock.day(day);
        ring.tend().unwrap();
    }
    assert_eq!(site.private(), 1);
    site.clock.day(1);
    ring.tend().unwrap();
    let jws = sign(&site.open(false).unwrap());
    assert!(site.published().verify(PURPOSE, &jws).is_ok());
}

#[test]
fn on_request_a_key_is_announced_once_or_signs_at_once() {
    let site = Site::new();
    let ring = site.open(false).unwrap();
    let first = ring.current().unwrap();
    let next = ring.rotate(Start::Announced).unwrap();
    assert_eq!(ring.rotate(Start::Announced).unwrap(), next);
    assert_eq!(ring.current().unwrap(), first);
    // What was announced never signs then.
    let fresh = ring.rotate(Start::Now).unwrap();
    assert!(fresh != next && fresh != first);
    assert_eq!(ring.current().unwrap(), fresh);
    let jws = sign(&ring);
    assert!(site.published().verify(PURPOSE, &jws).is_ok());
    site.clock.day(8);
    ring.tend().unwrap();
    assert_eq!((ring.current().unwrap(), site.private()), (fresh, 1));
    assert_eq!(
        site.published()
            .keys()
            .filter(|key| key.retired().is_some())
            .count(),
        2
    );
}

#[test]
fn what_was_lost_to_others_proves_nothing_any_more() {
    let site = Site::new();
    let (ring, other) = (site.open(false).unwrap(), site.open(false).unwrap());
    let (first, jws) = (ring.current().unwrap(), sign(&ring));
    let next = ring.rotate(Start::Announced).unwrap();
    let copy = |kid: &str| std::fs::read(site.folder.path().join(format!("{kid}.pem"))).unwrap();
    let copies = [&first, &next].map(|kid| (kid.clone(), copy(kid)));

    let fresh = ring.rotate(Start::Instead).unwrap();
    assert_eq!((ring.current().as_ref(), site.private()), (Some(&fresh), 1));
    other.tend().unwrap();
    assert_eq!(other.current().as_ref(), Some(&fresh));
    let published = site.published();
    assert_eq!(published.keys().map(PublicKey::kid).collect::<Vec<_>>(), [&fresh]);
    for verifier in [&ring as &dyn Verifier, &other, &published] {
        assert_eq!(verifier.verify(PURPOSE, &jws), Err(Unproven::Distrusted));
        assert!(verifier.verify(PURPOSE, &sign(&ring)).is_ok());
    }
    // A backup that brings them back makes them no better.
    for (kid, text) in copies {
        std::fs::write(site.folder.path().join(format!("{kid}.pem")), text).unwrap();
    }
    other.tend().unwrap();
    assert_eq!((other.current().as_ref(), site.private()), (Some(&fresh), 1));
    assert_eq!(site.published(), published);
    // Once more is once more.
    let again = other.rotate(Start::Instead).unwrap();
    assert_eq!(
        site.published().keys().map(PublicKey::kid).collect::<Vec<_>>(),
        [&again]
    );
    assert!(
        [first, next, fresh]
            .iter()
            .all(|kid| site.published().is_distrusted(kid))
    );
}

#[test]
fn a_key_that_was_replaced_signs_nothing_new() {
    let site = Site::new();
    let ring = site.open(false).unwrap();
    let at = |ring: &KeyRing, seconds: i64| {
        let iat = site.clock.now().unix_timestamp() + seconds;
        ring.sign(PURPOSE, format!(r#"{{"iat":{iat}}}"#).as_bytes())
            .unwrap()
    };
    let before = at(&ring, 0);
    let (meanwhile, after) = (at(&ring, 600), at(&ring, 601));
    assert!(ring.verify(PURPOSE, &after).is_ok(), "it is not replaced yet");
    ring.rotate(Start::Now).unwrap();
    for verifier in [&ring as &dyn Verifier, &site.published()] {
        assert!(verifier.verify(PURPOSE, &before).is_ok());
        // Another gateway may have looked a little late.
        assert!(verifier.verify(PURPOSE, &meanwhile).is_ok());
        assert_eq!(verifier.verify(PURPOSE, &after), Err(Unproven::Retired));
    }
    assert!(ring.verify(PURPOSE, &at(&ring, 601)).is_ok());
}

#[test]
fn a_folder_that_others_fill_is_used_as_it_is() {
    let site = Site::new();
    assert!(matches!(site.open(true), Err(Error::Missing { .. })));
    std::fs::write(site.folder.path().join("clinic.pem"), BY_OPENSSL).unwrap();
    let ring = site.open(true).unwrap();
    site.clock.day(1000);
    ring.tend().unwrap();
    assert_eq!(ring.key_set().keys().count(), 1);
    assert!(ring.verify(PURPOSE, &sign(&ring)).is_ok());
    assert!(matches!(ring.rotate(Start::Now), Err(Error::ReadOnly)));
    let names: Vec<_> = std::fs::read_dir(site.folder.path()).unwrap().collect();
    assert_eq!(names.len(), 1);
}

#[test]
fn a_key_that_a_crash_left_unpublished_is_announced() {
    let site = Site::new();
    let ring = site.open(false).unwrap();
    let (first, (left, text)) = (ring.current(), SigningKey::generate().unwrap());
    let left = left.public().kid().to_owned();
    std::fs::write(site.folder.path().join(format!("{left}.pem")), text.as_bytes()).unwrap();
    ring.tend().unwrap();
    assert_eq!(ring.current(), first);
    assert!(site.published().keys().map(PublicKey::kid).any(|kid| kid == left));
    site.clock.day(7);
    assert_eq!(ring.current(), Some(left));
}

#[test]
fn what_is_no_key_is_told_by_its_file() {
    let site = Site::new();
    for text in [
        "",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        OTHER_CURVE,
    ] {
        std::fs::write(site.folder.path().join("x.pem"), text).unwrap();
        let error = site.open(false).unwrap_err();
        assert!(error.to_string().contains("x.pem"), "{error}");
    }
    std::fs::remove_file(site.folder.path().join("x.pem")).unwrap();
    std::fs::write(site.folder.path().join(KEY_SET), "{").unwrap();
    assert!(matches!(site.open(false), Err(Error::KeySet { .. })));
}

/// Made for these tests with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`.
const BY_OPENSSL: &str = "\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgPHhVs2LXB2+Nkdjv
NHbyFjp8OZ5wdT3R8pMicsGvLUKhRANCAASEzl4pxCf5JX+CSEg0oedEYjalk9+c
4utRpT9qaTpzUvLriYK5LJiVE/44XEp9AjWKsxbevypq7XATI9aQ6xRA
-----END PRIVATE KEY-----
";
/// The same with another curve.
const OTHER_CURVE: &str = "\
-----BEGIN PRIVATE KEY-----
MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDAVG6XGFr7w1/17qSAZ
aYDm9f9Ogg6qQ0HYwYwuE3mbfZ8wR+N3ZicGeAJXl2r3gLyhZANiAAQchc5YkvWI
WcjcqeOkqEO2+qeRz5j2eEchaPmgbRTWUz0mGwBiEv+eB1AL/OJdYrG64uzEe9rD
xLum4gzqIGFAsJHcz5E9hCjWC1bcRIkANwTqYAajYjgS1PlbhFc9rI8=
-----END PRIVATE KEY-----
";
