//! A gateway that dials, and doors for it.

use std::net::SocketAddr;
use std::time::Duration;

use madoguchi::config::{Config, Role, Roles, Uplink};
use madoguchi::uplink::door::{Door, DoorFiles, Line};
use madoguchi_proto::admin::v1 as pb;
use madoguchi_proto::admin::v1::gateway_admin_service_client::GatewayAdminServiceClient;
use tokio::time::{sleep, timeout};

use crate::pki::{Papers, Pki};
use crate::support::Gateway;

pub(super) const GATEWAY: &str = "spiffe://clinic.example/gateway-1";
pub(super) const DOOR: &str = "spiffe://far.example/door";
/// Longer than anything here may take.
pub(super) const LIMIT: Duration = Duration::from_secs(30);

/// An authority for both sides, and the gateway's papers.
pub(super) struct Stage {
    pub(super) pki: Pki,
    papers: Papers,
}

impl Stage {
    pub(super) fn new() -> Self {
        let pki = Pki::new();
        let papers = pki.issue("gateway", &[GATEWAY]);
        Self { pki, papers }
    }

    /// An uplink to there that is quick to try again.
    pub(super) fn uplink(&self, name: &str, to: SocketAddr) -> Uplink {
        Uplink {
            certificate: Some(self.papers.certificate.clone()),
            key: Some(self.papers.key.clone()),
            min_pause_ms: 100,
            max_pause_ms: 400,
            handshake_timeout_seconds: 2,
            keepalive_interval_seconds: 1,
            keepalive_timeout_seconds: 1,
            ..Uplink::new(name, to.to_string(), self.pki.ca.clone())
        }
    }

    /// A gateway with these uplinks, without TLS for its own computer, to whom the door is remote and more.
    pub(super) async fn gateway(&self, uplinks: Vec<Uplink>) -> Gateway {
        self.gateway_with(uplinks, |_| {}).await
    }

    pub(super) async fn gateway_with(
        &self,
        uplinks: Vec<Uplink>,
        change: impl FnOnce(&mut Config),
    ) -> Gateway {
        Gateway::start_with(|config| {
            config.uplinks = uplinks;
            // Whatever else it is elsewhere, over an uplink it is remote.
            config.roles = self.roles();
            change(config);
        })
        .await
    }

    pub(super) fn roles(&self) -> Roles {
        [(DOOR.to_owned(), Role::ALL.to_vec())].into()
    }

    /// A door with the right papers.
    pub(super) async fn door(&self) -> Door {
        self.door_at(([127, 0, 0, 1], 0).into(), &self.pki.issue("door", &[DOOR]))
            .await
    }

    pub(super) async fn door_at(&self, address: SocketAddr, papers: &Papers) -> Door {
        let files = DoorFiles {
            certificate: &papers.certificate,
            key: &papers.key,
            client_ca: &self.pki.ca,
        };
        Door::open(address, files).await.unwrap()
    }
}

/// The next line at a door.
pub(super) async fn next(door: &mut Door) -> Line {
    timeout(LIMIT, door.next()).await.unwrap().unwrap()
}

/// What the gateway says of its uplinks.
pub(super) async fn statuses(gateway: &Gateway) -> Vec<pb::Uplink> {
    let mut client = GatewayAdminServiceClient::new(gateway.connect().await);
    let answer = client.list_uplinks(pb::ListUplinksRequest {}).await.unwrap();
    answer.into_inner().uplinks
}

/// Waits until its first uplink is as wished.
pub(super) async fn until(gateway: &Gateway, wish: impl Fn(&pb::Uplink) -> bool) -> pb::Uplink {
    let asking = async {
        loop {
            let first = statuses(gateway).await.remove(0);
            if wish(&first) {
                return first;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    match timeout(LIMIT, asking).await {
        Ok(status) => status,
        Err(_) => panic!("not seen: {:?}", statuses(gateway).await),
    }
}
