//! Who is at the other end of a connection.

use std::sync::Arc;

use madoguchi_core::{CallerId, Reason, Refusal};
use tokio::sync::Semaphore;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::config::{Role, RoleSet, Roles};

/// The caller on a loopback connection without TLS.
const LOCAL: &str = "loopback";
/// What a program of this computer may be. A remote service and another gateway are never local.
const LOCAL_ROLES: RoleSet = RoleSet::of(&[Role::Emr, Role::Staff, Role::Kiosk, Role::Admin, Role::Maker]);

/// The roles that may see the visit of another caller: staff take over what a kiosk or a colleague began.
const OTHERS_VISITS_ROLES: RoleSet = RoleSet::of(&[Role::Emr, Role::Staff, Role::Remote]);

/// Who is at the other end of a connection: found once, asked by every call on it.
#[derive(Debug, Clone)]
pub struct Peer {
    /// Who it is, where that is known.
    pub identity: Option<Identity>,
    /// Watch streams that this connection may still open.
    pub(crate) watchers: Arc<Semaphore>,
}

/// A known caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Its name.
    pub caller: CallerId,
    /// What it may be.
    pub roles: RoleSet,
}

impl Identity {
    /// Whether it sees its own visits only: at a kiosk stand patients, who must not see each other's.
    #[must_use]
    pub(crate) const fn sees_only_its_own(&self) -> bool {
        !self.roles.intersects(OTHERS_VISITS_ROLES)
    }

    /// The refusal as this caller may read it: COUNTER_BUSY does not tell a kiosk whose visit it is.
    #[must_use]
    pub(crate) fn without_others_visits(&self, mut refusal: Refusal) -> Refusal {
        if self.sees_only_its_own() {
            refusal.metadata.retain(|(key, _)| *key != "visit_id");
        }
        refusal
    }
}

impl Peer {
    fn new(identity: Option<Identity>, watchers: u32) -> Self {
        Self {
            identity,
            watchers: Arc::new(Semaphore::new(watchers as usize)),
        }
    }

    /// A program of this computer, without TLS.
    pub(crate) fn local(watchers: u32) -> Self {
        let caller = CallerId::new(LOCAL).ok();
        Self::new(
            caller.map(|caller| Identity {
                caller,
                roles: LOCAL_ROLES,
            }),
            watchers,
        )
    }

    /// Somebody with a valid certificate whom the configuration does not name.
    pub(crate) fn unknown(watchers: u32) -> Self {
        Self::new(None, watchers)
    }

    /// Whoever is at the other end of a line that the gateway dialled: what the table says of it, but no more than
    /// `remote`. None where nothing is left of it.
    pub(crate) fn of_far_side(uri: String, roles: &Roles, watchers: u32) -> Option<Self> {
        let granted = RoleSet::of(roles.get(&uri)?).and(RoleSet::of(&[Role::Remote]));
        if granted == RoleSet::NONE {
            return None;
        }
        let identity = Identity {
            caller: CallerId::new(uri).ok()?,
            roles: granted,
        };
        Some(Self::new(Some(identity), watchers))
    }

    /// The holder of a client certificate.
    pub(crate) fn of_certificate(der: &[u8], roles: &Roles, watchers: u32) -> Self {
        let identity = uri_san(der).and_then(|uri| {
            let granted = roles.get(&uri)?;
            Some(Identity {
                roles: RoleSet::of(granted),
                caller: CallerId::new(uri).ok()?,
            })
        });
        identity.map_or_else(
            || Self::unknown(watchers),
            |identity| Self::new(Some(identity), watchers),
        )
    }
}

/// The one URI of a certificate. With two of them it is not said who it is.
pub(crate) fn uri_san(der: &[u8]) -> Option<String> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let names = certificate.subject_alternative_name().ok()??;
    let mut uris = names.value.general_names.iter().filter_map(|name| match name {
        GeneralName::URI(uri) => Some((*uri).to_owned()),
        _ => None,
    });
    uris.next().filter(|_| uris.next().is_none())
}

/// The caller of a request that passed the gate.
///
/// # Errors
/// [`Reason::Unauthenticated`].
pub(crate) fn caller<T>(request: &tonic::Request<T>) -> Result<Identity, Refusal> {
    let identity = request
        .extensions()
        .get::<Peer>()
        .and_then(|peer| peer.identity.as_ref());
    Ok(identity.ok_or(Reason::Unauthenticated)?.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair, SanType};

    fn certificate(uris: &[&str]) -> Vec<u8> {
        let mut params = CertificateParams::default();
        params.subject_alt_names = uris
            .iter()
            .map(|uri| SanType::URI((*uri).try_into().unwrap()))
            .collect();
        params
            .self_signed(&KeyPair::generate().unwrap())
            .unwrap()
            .der()
            .to_vec()
    }

    #[test]
    fn the_uri_of_the_certificate_is_the_identity() {
        let emr = "spiffe://clinic.example/emr";
        let roles = Roles::from([(emr.to_owned(), vec![Role::Emr, Role::Admin])]);
        let identity = |uris: &[&str]| Peer::of_certificate(&certificate(uris), &roles, 1).identity;
        let known = identity(&[emr]).unwrap();
        assert_eq!(
            (known.caller.as_str(), known.roles),
            (emr, RoleSet::of(&[Role::Emr, Role::Admin]))
        );
        assert_eq!(identity(&["spiffe://clinic.example/other"]), None);
        assert_eq!(identity(&[emr, "spiffe://clinic.example/other"]), None);
        assert_eq!(identity(&[]), None);
        assert_eq!(Peer::of_certificate(b"nonsense", &roles, 1).identity, None);
    }

    #[test]
    fn the_far_side_of_an_uplink_is_remote_or_nobody() {
        let door = "spiffe://far.example/door";
        let roles_of = |roles: &[Role]| {
            let roles = Roles::from([(door.to_owned(), roles.to_vec())]);
            let peer = Peer::of_far_side(door.to_owned(), &roles, 1)?;
            peer.identity.map(|identity| identity.roles)
        };
        let remote = Some(RoleSet::of(&[Role::Remote]));
        assert_eq!(roles_of(&[Role::Remote]), remote);
        assert_eq!(roles_of(Role::ALL), remote, "whatever else it is elsewhere");
        for role in Role::ALL.iter().filter(|role| **role != Role::Remote) {
            assert_eq!(roles_of(&[*role]), None, "{role:?}");
        }
        let nobody = Peer::of_far_side(door.to_owned(), &Roles::new(), 1);
        assert!(nobody.is_none());
    }

    #[test]
    fn a_kiosk_sees_its_own_visits_only() {
        let sees_only_its_own = |roles: &[Role]| {
            let identity = Identity {
                caller: CallerId::new("spiffe://clinic.example/a").unwrap(),
                roles: RoleSet::of(roles),
            };
            identity.sees_only_its_own()
        };
        assert!(sees_only_its_own(&[Role::Kiosk]));
        assert!(sees_only_its_own(&[Role::Kiosk, Role::Admin]));
        for more in [Role::Emr, Role::Staff, Role::Remote] {
            assert!(!sees_only_its_own(&[Role::Kiosk, more]));
        }
        assert!(!Peer::local(1).identity.unwrap().sees_only_its_own());
    }

    #[test]
    fn a_local_program_is_neither_remote_nor_gateway() {
        let local = Peer::local(1).identity.unwrap();
        for role in Role::ALL {
            assert_eq!(
                local.roles.contains(*role),
                !matches!(role, Role::Remote | Role::Gateway)
            );
        }
    }
}
