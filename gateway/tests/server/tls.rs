//! Who gets in, with client certificates.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use madoguchi::config::{Config, Role};
use madoguchi_core::reader::Readers;
use madoguchi_proto::admin::v1::ListDriversRequest;
use madoguchi_proto::admin::v1::driver_admin_service_client::DriverAdminServiceClient;
use madoguchi_proto::reader::v1::ListReadersRequest;
use madoguchi_proto::reader::v1::reader_service_client::ReaderServiceClient;
use madoguchi_twin::TwinReaders;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, SanType};
use tonic::Code;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

use crate::support::{FakeReaders, Gateway};

struct Authority(Issuer<'static, KeyPair>, String);

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Self(Issuer::new(params, key), pem)
    }

    /// Certificate and key of somebody of that name.
    fn issue(&self, name: SanType) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.subject_alt_names = vec![name];
        (
            params.signed_by(&key, &self.0).unwrap().pem(),
            key.serialize_pem(),
        )
    }

    fn client(&self, uri: &str) -> Identity {
        let (certificate, key) = self.issue(SanType::URI(uri.try_into().unwrap()));
        Identity::from_pem(certificate, key)
    }
}

/// A gateway with TLS, and who issues its clients' certificates.
pub(crate) struct Site {
    gateway: Gateway,
    authority: Authority,
    _folder: tempfile::TempDir,
}

pub(crate) const EMR: &str = "spiffe://clinic.example/emr";
const ADMIN: &str = "spiffe://clinic.example/admin";
pub(crate) const KIOSK: &str = "spiffe://clinic.example/kiosk";
/// Connections that the site serves at once.
const MAX_CONNECTIONS: u32 = 8;

pub(crate) async fn site() -> Site {
    let readers = FakeReaders::new();
    site_over(readers.clone(), Arc::new(readers)).await
}

/// A site over cards in memory.
pub(crate) async fn site_with_cards(cards: &TwinReaders) -> Site {
    site_over(FakeReaders::new(), Arc::new(cards.clone())).await
}

async fn site_over(fake: FakeReaders, readers: Arc<dyn Readers>) -> Site {
    let authority = Authority::new();
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = authority.issue(SanType::DnsName("gateway.example".try_into().unwrap()));
    let write = |name: &str, text: &str| -> Option<PathBuf> {
        let path = Path::join(folder.path(), name);
        std::fs::write(&path, text).unwrap();
        Some(path)
    };
    let files = (
        write("c.pem", &certificate),
        write("k.pem", &key),
        write("ca.pem", &authority.1),
    );
    let gateway = Gateway::start_over(fake, readers, |config: &mut Config| {
        (config.tls.certificate, config.tls.key, config.tls.client_ca) = files;
        config.server.limits.max_connections = MAX_CONNECTIONS;
        config.server.limits.handshake_timeout_seconds = 600;
        config.roles = [
            (EMR.to_owned(), vec![Role::Emr]),
            (ADMIN.to_owned(), vec![Role::Admin]),
            (KIOSK.to_owned(), vec![Role::Kiosk]),
        ]
        .into();
    })
    .await;
    Site {
        gateway,
        authority,
        _folder: folder,
    }
}

impl Site {
    pub(crate) fn client(&self, uri: &str) -> Identity {
        self.authority.client(uri)
    }

    pub(crate) async fn connect(
        &self,
        identity: Option<Identity>,
    ) -> Result<Channel, tonic::transport::Error> {
        let mut tls = ClientTlsConfig::new()
            .ca_certificate(Certificate::from_pem(&self.authority.1))
            .domain_name("gateway.example");
        if let Some(identity) = identity {
            tls = tls.identity(identity);
        }
        Endpoint::new(self.gateway.url.clone())
            .unwrap()
            .tls_config(tls)
            .unwrap()
            .connect()
            .await
    }

    async fn calls(&self, identity: Option<Identity>) -> [Option<Code>; 2] {
        let Ok(channel) = self.connect(identity).await else {
            return [None; 2];
        };
        let readers = ReaderServiceClient::new(channel.clone())
            .list_readers(ListReadersRequest {})
            .await;
        let drivers = DriverAdminServiceClient::new(channel)
            .list_drivers(ListDriversRequest {})
            .await;
        let code = |status: Option<tonic::Status>| Some(status.map_or(Code::Ok, |status| status.code()));
        [code(readers.err()), code(drivers.err())]
    }
}

#[tokio::test]
async fn a_certificates_uri_decides_what_its_holder_may_call() {
    let site = site().await;
    let emr = site.calls(Some(site.client(EMR))).await;
    assert_eq!(emr, [Some(Code::Ok), Some(Code::PermissionDenied)]);
    let admin = site.calls(Some(site.client(ADMIN))).await;
    assert_eq!(admin, [Some(Code::Ok), Some(Code::Ok)]);
    let nobody = site
        .calls(Some(site.client("spiffe://clinic.example/nobody")))
        .await;
    assert_eq!(nobody, [Some(Code::Unauthenticated); 2]);
}

#[tokio::test]
async fn without_a_certificate_of_the_authority_nobody_is_heard() {
    let site = site().await;
    for identity in [None, Some(Authority::new().client(EMR))] {
        // With TLS 1.3 the client learns of the refusal at its first call.
        for code in site.calls(identity).await.into_iter().flatten() {
            assert!(matches!(code, Code::Unavailable | Code::Unknown), "{code:?}");
        }
    }
    let plain = Endpoint::new(site.gateway.url.replace("https", "http"))
        .unwrap()
        .connect()
        .await;
    if let Ok(channel) = plain {
        let answer = ReaderServiceClient::new(channel)
            .list_readers(ListReadersRequest {})
            .await;
        assert!(matches!(
            answer.unwrap_err().code(),
            Code::Unavailable | Code::Unknown | Code::Cancelled
        ));
    }
}

#[tokio::test]
async fn sockets_that_never_say_a_word_keep_nobody_out() {
    let site = site().await;
    let address = site.gateway.url.strip_prefix("https://").unwrap().to_owned();
    let mut silent = Vec::new();
    // More than are served at once, and more than may shake hands at once.
    for _ in 0..100 {
        silent.push(tokio::net::TcpStream::connect(&address).await.unwrap());
    }
    let emr = site.calls(Some(site.client(EMR))).await;
    assert_eq!(emr, [Some(Code::Ok), Some(Code::PermissionDenied)]);
    // The oldest had to go before its time was up.
    let mut byte = [0];
    let read = tokio::io::AsyncReadExt::read(&mut silent[0], &mut byte);
    let read = tokio::time::timeout(Duration::from_secs(60), read).await.unwrap();
    assert!(!matches!(read, Ok(1..)), "{read:?}");
}

#[tokio::test]
async fn more_connections_than_are_served_are_closed_and_not_before_they_are_known() {
    let site = site().await;
    let mut served = Vec::new();
    for _ in 0..MAX_CONNECTIONS {
        served.push(site.connect(Some(site.client(EMR))).await.unwrap());
    }
    let list = |channel: Channel| async move {
        ReaderServiceClient::new(channel)
            .list_readers(ListReadersRequest {})
            .await
            .map(|_| ())
    };
    for channel in &served {
        list(channel.clone()).await.unwrap();
    }
    if let Ok(one_more) = site.connect(Some(site.client(EMR))).await {
        let code = list(one_more).await.unwrap_err().code();
        assert!(matches!(code, Code::Unavailable | Code::Unknown), "{code:?}");
    }
    list(served[0].clone()).await.unwrap();
}
