//! Who gets in, with client certificates.

use std::path::{Path, PathBuf};

use madoguchi::config::{Config, Role};
use madoguchi_proto::admin::v1::ListDriversRequest;
use madoguchi_proto::admin::v1::driver_admin_service_client::DriverAdminServiceClient;
use madoguchi_proto::reader::v1::ListReadersRequest;
use madoguchi_proto::reader::v1::reader_service_client::ReaderServiceClient;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, SanType};
use tonic::Code;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

use crate::support::Gateway;

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

struct Site {
    gateway: Gateway,
    authority: Authority,
    _folder: tempfile::TempDir,
}

const EMR: &str = "spiffe://clinic.example/emr";
const ADMIN: &str = "spiffe://clinic.example/admin";

async fn site() -> Site {
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
    let gateway = Gateway::start_with(|config: &mut Config| {
        (config.tls.certificate, config.tls.key, config.tls.client_ca) = files;
        config.roles = [
            (EMR.to_owned(), vec![Role::Emr]),
            (ADMIN.to_owned(), vec![Role::Admin]),
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
    async fn connect(&self, identity: Option<Identity>) -> Result<Channel, tonic::transport::Error> {
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
    let emr = site.calls(Some(site.authority.client(EMR))).await;
    assert_eq!(emr, [Some(Code::Ok), Some(Code::PermissionDenied)]);
    let admin = site.calls(Some(site.authority.client(ADMIN))).await;
    assert_eq!(admin, [Some(Code::Ok), Some(Code::Ok)]);
    let nobody = site
        .calls(Some(site.authority.client("spiffe://clinic.example/nobody")))
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
