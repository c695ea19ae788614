//! The gateway's signing keys: one signs, one may be announced, and those of the past stay published.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;
use std::sync::{Arc, PoisonError};

use madoguchi_core::signing::{Purpose, Signer, Unproven, Verifier};
use madoguchi_core::{Clock, Reason};
use time::OffsetDateTime;

use crate::folder::{Folder, Held, Readers};
use crate::signing_key::SigningKey;
use crate::{Error, KeySet, Rotation, schedule};

/// The published set.
const KEY_SET: &str = "jwks.json";
/// Ends the name of a private key's file.
const PRIVATE: &str = ".pem";

/// When a key that was asked for begins to sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// After it has been published for as long as any new key.
    Announced,
    /// At once. A key that was announced and has not signed yet is taken back. The former key stays published, and what
    /// it signed until now stays proven.
    Now,
    /// At once, and no key whose private half lies in the folder is trusted any more: where one is lost to others, so are
    /// all that lay beside it. They leave the key set, their private halves are deleted, and nothing that they ever signed
    /// is proven any more, since others may have signed it.
    Instead,
}

/// What is in the folder.
#[derive(Debug, Default)]
struct Keys {
    set: KeySet,
    private: BTreeMap<String, Arc<SigningKey>>,
    /// Private halves that must not be there: of keys that are not trusted any more.
    stray: Vec<String>,
}

/// The keys of a folder. Gateways that share the folder see each other's changes at their next [`KeyRing::tend`].
pub struct KeyRing {
    folder: Folder,
    rotation: Rotation,
    clock: Arc<dyn Clock>,
    #[expect(
        clippy::disallowed_types,
        reason = "swapped whole and locked for that moment only: signatures are asked for by every service at once"
    )]
    keys: std::sync::Mutex<Arc<Keys>>,
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

impl KeyRing {
    /// Reads the keys of a folder, and makes what is missing unless the folder is not to be written. It reads and
    /// writes files: not for an async task.
    ///
    /// # Errors
    /// [`Error`].
    pub fn open(
        directory: &Path,
        read_only: bool,
        rotation: Rotation,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let folder = Folder::open(directory, read_only)?;
        if folder.is_read_only() {
            tracing::info!(
                "the folder of keys is read-only: its keys are used as they are and never rotated here"
            );
        }
        let ring = Self {
            folder,
            rotation,
            clock,
            keys: Default::default(),
        };
        ring.tend()?;
        if ring.signer(ring.clock.now()).is_none() {
            return Err(Error::Missing {
                path: ring.folder.path("*.pem"),
            });
        }
        Ok(ring)
    }

    /// The published key set.
    #[must_use]
    pub fn key_set(&self) -> KeySet {
        self.keys().set.clone()
    }

    /// The name of the key that signs now.
    #[must_use]
    pub fn current(&self) -> Option<String> {
        let key = self.signer(self.clock.now())?;
        Some(key.public().kid().to_owned())
    }

    /// Does what is due: takes in what others changed, announces the next key, deletes private halves that have had
    /// their time. Called now and then; it reads and writes files: not for an async task.
    ///
    /// # Errors
    /// [`Error`]: the keys stay as they were.
    pub fn tend(&self) -> Result<(), Error> {
        if self.folder.is_read_only() {
            let keys = self.read(self.clock.now())?;
            self.swap(keys);
            return Ok(());
        }
        let held = self.folder.hold()?;
        let now = self.clock.now();
        let mut keys = self.read(now)?;
        let plan = schedule::plan(&keys.set, &able(&keys), self.rotation, now);
        if let Some(signs_from) = plan.make {
            let kid = self.make(&held, &mut keys, now, signs_from)?;
            tracing::info!(kid, %signs_from, "a new signing key");
        }
        for (kid, at) in plan.retire {
            if let Some(key) = keys.set.get_mut(&kid) {
                key.retired = Some(at);
            }
        }
        self.publish(&held, &keys)?;
        let stray = std::mem::take(&mut keys.stray);
        for kid in plan.forget.into_iter().chain(stray) {
            self.forget(&held, &mut keys, &kid)?;
        }
        self.swap(keys);
        Ok(())
    }

    /// Makes another key before its time and returns its name. Where one is announced already and it need not sign at
    /// once, that one is it. It reads and writes files: not for an async task.
    ///
    /// # Errors
    /// [`Error::ReadOnly`], and what writing may bring: the keys stay as they were then.
    pub fn rotate(&self, start: Start) -> Result<String, Error> {
        let held = self.folder.hold()?;
        let now = self.clock.now();
        let mut keys = self.read(now)?;
        let upcoming = keys.private.keys().filter(|kid| {
            let key = keys.set.get(kid);
            key.and_then(|key| key.signs_from).is_some_and(|from| from > now)
        });
        let upcoming: Vec<_> = upcoming.cloned().collect();
        if let (Start::Announced, [kid, ..]) = (start, upcoming.as_slice()) {
            return Ok(kid.clone());
        }
        let signs_from = match start {
            Start::Announced => now.saturating_add(self.rotation.announce),
            Start::Now | Start::Instead => now,
        };
        for kid in &upcoming {
            if let Some(key) = keys.set.get_mut(kid) {
                key.retired = Some(now);
                key.signs_from = Some(key.created.unwrap_or(now).min(now));
            }
        }
        let lost: Vec<_> = match start {
            Start::Instead => keys.private.keys().cloned().collect(),
            Start::Announced | Start::Now => Vec::new(),
        };
        if start == Start::Now
            && let Some(kid) = schedule::signer(&keys.set, &able(&keys), now).map(|key| key.kid().to_owned())
            && let Some(key) = keys.set.get_mut(&kid)
        {
            key.retired = Some(now);
        }
        // The set says so before a file goes: where that fails, the next look deletes what the set distrusts.
        for kid in &lost {
            keys.set.distrust(kid);
        }
        let kid = self.make(&held, &mut keys, now, signs_from)?;
        self.publish(&held, &keys)?;
        let gone: BTreeSet<_> = upcoming.into_iter().chain(lost).collect();
        let stray = std::mem::take(&mut keys.stray);
        for gone in gone.into_iter().chain(stray) {
            self.forget(&held, &mut keys, &gone)?;
        }
        tracing::info!(kid, %signs_from, "a new signing key, on request");
        self.swap(keys);
        Ok(kid)
    }

    /// Everything in the folder. A private key that the set does not know was put there by hand, or left by a crash
    /// before it was published: it is taken in.
    fn read(&self, now: OffsetDateTime) -> Result<Keys, Error> {
        let mut keys = Keys::default();
        if let Some(json) = self.folder.read(KEY_SET)? {
            keys.set = KeySet::parse(&json).map_err(|source| Error::KeySet {
                path: self.folder.path(KEY_SET),
                source,
            })?;
        }
        let mut unknown = Vec::new();
        for name in self.folder.names(PRIVATE)? {
            // Another gateway may have deleted it meanwhile.
            let Some(text) = self.folder.read(&name)? else {
                continue;
            };
            let key = SigningKey::from_pem(&text).ok_or_else(|| Error::NotAKey {
                path: self.folder.path(&name),
            })?;
            let kid = key.public().kid().to_owned();
            if keys.set.is_distrusted(&kid) {
                keys.stray.push(kid);
                continue;
            }
            if keys.set.get(&kid).is_none() {
                unknown.push(key.public().clone());
            }
            keys.private.insert(kid, Arc::new(key));
        }
        // Where nothing is published, nobody waits for an announcement.
        let first = keys.set.keys().next().is_none() || self.folder.is_read_only();
        for (index, mut key) in unknown.into_iter().enumerate() {
            let later = i64::try_from(index).unwrap_or(0);
            let from = if first {
                OffsetDateTime::UNIX_EPOCH
            } else {
                now.saturating_add(self.rotation.announce)
            };
            // In the order of their names, where there are several.
            key.signs_from = Some(from.saturating_add(time::Duration::seconds(later)));
            key.created = key.signs_from.map(|from| from.min(now));
            keys.set.insert(key);
        }
        Ok(keys)
    }

    fn make(
        &self,
        held: &Held,
        keys: &mut Keys,
        now: OffsetDateTime,
        signs_from: OffsetDateTime,
    ) -> Result<String, Error> {
        let (key, text) = SigningKey::generate().ok_or(Error::Random)?;
        let kid = key.public().kid().to_owned();
        let mut public = key.public().clone();
        // Seconds, as they are published.
        public.created = now.replace_nanosecond(0).ok();
        public.signs_from = signs_from.replace_nanosecond(0).ok();
        let name = [kid.as_str(), PRIVATE].concat();
        self.folder
            .write(held, &name, text.as_bytes(), Readers::OwnerOnly)?;
        keys.set.insert(public);
        keys.private.insert(kid.clone(), Arc::new(key));
        Ok(kid)
    }

    /// Writes the set where it is another one than before.
    fn publish(&self, held: &Held, keys: &Keys) -> Result<(), Error> {
        let json = keys.set.to_json();
        if self
            .folder
            .read(KEY_SET)?
            .is_some_and(|old| *old == json.as_bytes())
        {
            return Ok(());
        }
        self.folder
            .write(held, KEY_SET, json.as_bytes(), Readers::Everybody)
    }

    fn forget(&self, held: &Held, keys: &mut Keys, kid: &str) -> Result<(), Error> {
        for name in self.folder.names(PRIVATE)? {
            let Some(text) = self.folder.read(&name)? else {
                continue;
            };
            if SigningKey::from_pem(&text).is_some_and(|key| key.public().kid() == kid) {
                self.folder.remove(held, &name)?;
            }
        }
        keys.private.remove(kid);
        tracing::info!(kid, "the private half of a signing key is deleted");
        Ok(())
    }

    fn keys(&self) -> Arc<Keys> {
        Arc::clone(&self.keys.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn swap(&self, keys: Keys) {
        *self.keys.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
    }

    fn signer(&self, now: OffsetDateTime) -> Option<Arc<SigningKey>> {
        let keys = self.keys();
        let kid = schedule::signer(&keys.set, &able(&keys), now)?.kid();
        keys.private.get(kid).cloned()
    }
}

fn able(keys: &Keys) -> BTreeSet<&str> {
    keys.private.keys().map(String::as_str).collect()
}

impl Signer for KeyRing {
    fn sign(&self, purpose: Purpose, payload: &[u8]) -> Result<String, Reason> {
        let key = self.signer(self.clock.now()).ok_or(Reason::Internal)?;
        key.sign(purpose, payload).ok_or(Reason::Internal)
    }
}

impl Verifier for KeyRing {
    fn verify(&self, purpose: Purpose, jws: &str) -> Result<Vec<u8>, Unproven> {
        self.keys().set.verify(purpose, jws)
    }
}

#[cfg(test)]
mod tests;
