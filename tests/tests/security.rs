//! Who gets in: nothing but this computer without TLS; with TLS nobody without a certificate, and each within his role.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;

use madoguchi_proto::admin::v1::ListDriversRequest;
use madoguchi_proto::admin::v1::driver_admin_service_client::DriverAdminServiceClient;
use madoguchi_proto::reader::v1::ListReadersRequest;
use madoguchi_proto::reader::v1::reader_service_client::ReaderServiceClient;
use madoguchi_tests::{Gateway, Setup, refused, run, run_program_with_input, start_expecting_refusal};
use madoguchi_twin::pcscd::PrivatePcscd;
use madoguchi_twin::vpcd::VpcdCard;
use madoguchi_twin::{Faults, Persona, TestCa, VirtualCard};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, SanType};
use time::OffsetDateTime;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Code, Status};

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Self {
            issuer: Issuer::new(params, key),
            pem,
        }
    }

    /// Writes certificate and key of somebody of those names.
    fn issue(&self, names: Vec<SanType>, folder: &Path, file: &str) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.subject_alt_names = names;
        fs::write(
            folder.join(format!("{file}.pem")),
            params.signed_by(&key, &self.issuer).unwrap().pem(),
        )
        .unwrap();
        fs::write(folder.join(format!("{file}.key")), key.serialize_pem()).unwrap();
    }

    fn client(&self, uri: &str, folder: &Path, file: &str) {
        self.issue(vec![SanType::URI(uri.try_into().unwrap())], folder, file);
    }
}

fn identity(folder: &Path, file: &str) -> Identity {
    let read = |end: &str| fs::read(folder.join(format!("{file}.{end}"))).unwrap();
    Identity::from_pem(read("pem"), read("key"))
}

async fn connect(gateway: &Gateway, authority: &str, identity: Option<Identity>) -> Option<Channel> {
    let mut tls = ClientTlsConfig::new()
        .ca_certificate(Certificate::from_pem(authority))
        .domain_name("localhost");
    if let Some(identity) = identity {
        tls = tls.identity(identity);
    }
    let endpoint = Endpoint::from_shared(format!("https://127.0.0.1:{}", gateway.port())).unwrap();
    endpoint.tls_config(tls).unwrap().connect().await.ok()
}

/// What the readers and the drivers answer; nothing where nobody is heard at all.
async fn codes(gateway: &Gateway, authority: &str, identity: Option<Identity>) -> Option<[Code; 2]> {
    let channel = connect(gateway, authority, identity).await?;
    let readers = ReaderServiceClient::new(channel.clone())
        .list_readers(ListReadersRequest {})
        .await;
    let drivers = DriverAdminServiceClient::new(channel)
        .list_drivers(ListDriversRequest {})
        .await;
    let statuses = [readers.err(), drivers.err()];
    // A connection that ends at its first call was refused in the handshake: TLS 1.3 tells the client late, and which
    // code the client's own transport makes of it is a matter of timing. No answer of the gateway has such a source.
    let ended = |status: &Status| {
        let source = std::error::Error::source(status);
        matches!(status.code(), Code::Unavailable | Code::Unknown)
            || source.is_some_and(|source| source.is::<tonic::transport::Error>())
    };
    if statuses.iter().flatten().any(ended) {
        return None;
    }
    Some(statuses.map(|status| {
        status.map_or(Code::Ok, |status| {
            let _details = refused(&status);
            status.code()
        })
    }))
}

#[test]
fn without_tls_only_this_computer_is_served() {
    run(async {
        for listen in ["0.0.0.0:0", "[::]:0", "192.0.2.1:8765"] {
            let folder = tempfile::tempdir().unwrap();
            Setup::default().set("server.listen", listen).write(folder.path());
            let (code, said) = start_expecting_refusal(folder.path()).await;
            assert_eq!(code, Some(64), "{listen}: {said}");
            assert!(said.contains("server.listen") && said.contains("[tls]"), "{said}");
            assert!(!folder.path().join("data").exists(), "nothing was opened yet");
        }
    });
}

#[test]
fn a_configuration_that_cannot_work_exits_64_and_says_what_to_mend() {
    run(async {
        let anchors = || vec!["test-root.pem"];
        for (setup, words) in [
            (
                Setup::default().set("trust.anchors", Vec::<&str>::new()),
                &["trust.anchors"][..],
            ),
            (
                Setup::default().set("trust.anchors", vec!["nowhere.pem"]),
                &["nowhere.pem"],
            ),
            (
                Setup::default()
                    .set("trust.mode", "production")
                    .set("trust.anchors", anchors()),
                &["JPKI-TEST"],
            ),
            (
                Setup::default().set("server.lisen", "127.0.0.1:1"),
                &["server.lisen", "server.listen"],
            ),
            (
                Setup::default().set("check_in.card_wait_seconds", "soon"),
                &["check_in.card_wait_seconds"],
            ),
            (
                Setup::default().set("check_in.card_wait_seconds", -1),
                &["check_in.card_wait_seconds"],
            ),
            (Setup::default().set("tls.certificate", "c.pem"), &["tls"]),
            (Setup::default().counters(&[]), &["counters"]),
        ] {
            let folder = tempfile::tempdir().unwrap();
            setup.write(folder.path());
            let (code, said) = start_expecting_refusal(folder.path()).await;
            assert_eq!(code, Some(64), "{words:?}: {said}");
            assert!(words.iter().all(|word| said.contains(word)), "{words:?}: {said}");
            assert!(!said.contains("panicked"), "{said}");
            assert!(
                !folder.path().join("data").exists(),
                "{words:?}: nothing was opened yet"
            );
        }
    });
}

#[test]
fn with_tls_each_gets_what_his_role_may() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let (ours, theirs) = (Authority::new(), Authority::new());
        ours.issue(
            // By address too: a bare system does not know the name.
            vec![
                SanType::DnsName("localhost".try_into().unwrap()),
                SanType::IpAddress(Ipv4Addr::LOCALHOST.into()),
            ],
            path,
            "gateway",
        );
        let name = |who: &str| format!("spiffe://clinic.example/{who}");
        for who in ["emr", "admin", "remote", "nobody"] {
            ours.client(&name(who), path, who);
        }
        theirs.client(&name("admin"), path, "forged");
        ours.issue(
            vec![SanType::DnsName("emr.clinic.example".try_into().unwrap())],
            path,
            "nameless",
        );
        fs::write(path.join("clients.pem"), &ours.pem).unwrap();

        let pcscd = PrivatePcscd::start(&path.join("pcscd"), 1).unwrap();
        let mut setup = Setup::default()
            // With TLS every address is served.
            .set("server.listen", "0.0.0.0:0")
            .set("tls.certificate", "gateway.pem")
            .set("tls.key", "gateway.key")
            .set("tls.client_ca", "clients.pem")
            .environment("PCSCLITE_CSOCK_NAME", pcscd.socket_path());
        for who in ["emr", "admin", "remote"] {
            let table = toml::Table::from_iter([(name(who), toml::Value::from(vec![who]))]);
            setup = setup.extend("roles", table);
        }
        let gateway = setup.start_in(path).await;

        let ask = |who: &'static str| codes(&gateway, &ours.pem, Some(identity(path, who)));
        assert_eq!(codes(&gateway, &ours.pem, None).await, None, "no certificate");
        assert_eq!(ask("forged").await, None, "another authority's certificate");
        assert_eq!(
            ask("nobody").await,
            Some([Code::Unauthenticated; 2]),
            "a name without a role"
        );
        assert_eq!(
            ask("nameless").await,
            Some([Code::Unauthenticated; 2]),
            "no URI in the certificate"
        );
        assert_eq!(ask("emr").await, Some([Code::Ok, Code::PermissionDenied]));
        assert_eq!(ask("admin").await, Some([Code::Ok, Code::Ok]));
        assert_eq!(ask("remote").await, Some([Code::PermissionDenied; 2]));
        let plain = Endpoint::from_shared(format!("http://127.0.0.1:{}", gateway.port())).unwrap();
        let call = async {
            ReaderServiceClient::new(plain.connect().await.ok()?)
                .list_readers(ListReadersRequest {})
                .await
                .ok()
        };
        assert!(call.await.is_none(), "nobody is heard without TLS");

        // An EMR checks a patient in, by the command line and its own certificate; an administrator may not.
        let persona = Persona::by_name("adult").unwrap().unwrap();
        let card = VirtualCard::new(&persona, &TestCa::new().unwrap(), OffsetDateTime::now_utc()).unwrap();
        let card = VpcdCard::connect(pcscd.vpcd_addr(0).unwrap(), card, Faults::default()).unwrap();
        for (who, code) in [("admin", 77), ("nobody", 77), ("emr", 0)] {
            let endpoint = format!("https://127.0.0.1:{}", gateway.port());
            let file = |name: String| path.join(name).to_str().unwrap().to_owned();
            let (ca, cert, key) = (
                file("clients.pem".into()),
                file(format!("{who}.pem")),
                file(format!("{who}.key")),
            );
            let words = [
                "check-in",
                "--endpoint",
                &endpoint,
                "--ca",
                &ca,
                "--cert",
                &cert,
                "--key",
                &key,
            ];
            let words = words
                .into_iter()
                .chain(["--counter", "1", "--medium", "card", "--consent", "none"]);
            let ran = run_program_with_input(words.chain(["--pin-stdin", "--json"]), "1234\n").await;
            assert_eq!(ran.code, Some(code), "{who}: {ran:?}");
        }
        assert_eq!(card.report().unwrap().verify_count(), 1);
    });
}
