//! Far sides that are not who they should be, or do not do what they should.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use madoguchi_proto::admin::v1::uplink::State;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use time::OffsetDateTime;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::stage::{DOOR, LIMIT, Stage, until};
use crate::pki::{Papers, Pki};

/// A far side of a few lines, which does not look at the gateway's certificate.
struct Bare(TcpListener, TlsAcceptor);

impl Bare {
    async fn open(papers: &Papers, alpn: &[u8]) -> Self {
        let chain = |path: &Path| {
            let certificates = CertificateDer::pem_file_iter(path).unwrap();
            certificates.collect::<Result<Vec<_>, _>>().unwrap()
        };
        let key = PrivateKeyDer::from_pem_file(&papers.key).unwrap();
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain(&papers.certificate), key)
            .unwrap();
        config.alpn_protocols = vec![alpn.to_vec()];
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self(listener, TlsAcceptor::from(Arc::new(config)))
    }

    fn address(&self) -> SocketAddr {
        self.0.local_addr().unwrap()
    }

    /// The next connection whose handshake succeeds.
    async fn next(&self) -> TlsStream<TcpStream> {
        let accepting = async {
            loop {
                let (stream, _) = self.0.accept().await.unwrap();
                if let Ok(stream) = self.1.accept(stream).await {
                    return stream;
                }
            }
        };
        timeout(LIMIT, accepting).await.unwrap()
    }
}

const UPLINK: &[u8] = madoguchi::uplink::PROTOCOL.as_bytes();

/// What the gateway says of a far side with these papers that speaks this, and that it is never served.
async fn refused(stage: &Stage, papers: &Papers, alpn: &[u8], expected: &str) {
    let far = Bare::open(papers, alpn).await;
    let gateway = stage.gateway(vec![stage.uplink("far", far.address())]).await;
    let accepting = tokio::spawn(async move {
        loop {
            let mut stream = far.next().await;
            // It would call if it were let.
            let _ = stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
            let mut answer = [0; 64];
            // The answer of HTTP/2 begins with SETTINGS; nothing may come.
            if let Ok(read @ 1..) = stream.read(&mut answer).await {
                return read;
            }
        }
    });
    let status = until(&gateway, |uplink| {
        uplink.attempt_count >= 2 && !uplink.last_error.is_empty()
    })
    .await;
    assert!(
        status.last_error.contains(expected),
        "{:?}: {expected}",
        status.last_error
    );
    assert_eq!(status.connection_count, 0);
    assert!(!accepting.is_finished(), "it was answered");
    accepting.abort();
}

#[tokio::test]
async fn one_of_another_authority_is_not_served() {
    let stage = Stage::new();
    let other = Pki::new();
    let papers = other.issue("door", &[DOOR]);
    refused(&stage, &papers, UPLINK, "UnknownIssuer").await;
}

#[tokio::test]
async fn an_expired_one_is_not_served() {
    let stage = Stage::new();
    let yesterday = OffsetDateTime::now_utc() - time::Duration::DAY;
    let papers = stage.pki.issue_until("door", &[DOOR], yesterday);
    refused(&stage, &papers, UPLINK, "xpired").await;
}

#[tokio::test]
async fn one_without_a_uri_or_with_two_is_not_served() {
    let stage = Stage::new();
    let papers = stage.pki.issue("door", &[]);
    refused(&stage, &papers, UPLINK, "exactly one URI").await;
    let papers = stage.pki.issue("door", &[DOOR, "spiffe://far.example/other"]);
    refused(&stage, &papers, UPLINK, "exactly one URI").await;
}

#[tokio::test]
async fn one_that_nobody_named_remote_is_not_served() {
    let stage = Stage::new();
    let papers = stage.pki.issue("door", &["spiffe://far.example/other"]);
    refused(&stage, &papers, UPLINK, "does not name as remote").await;
}

#[tokio::test]
async fn an_ordinary_server_is_not_mistaken_for_a_far_side() {
    let stage = Stage::new();
    let papers = stage.pki.issue("door", &[DOOR]);
    // It does not know the protocol, and says so in the handshake.
    refused(&stage, &papers, b"h2", "").await;
}

#[tokio::test]
async fn one_that_takes_the_connection_and_never_speaks_is_given_up() {
    let stage = Stage::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gateway = stage
        .gateway(vec![stage.uplink("far", listener.local_addr().unwrap())])
        .await;
    let began = Instant::now();
    let _silent = listener.accept().await.unwrap();
    let status = until(&gateway, |uplink| uplink.state() == State::BackingOff).await;
    assert!(
        status.last_error.contains("the TLS handshake did not end"),
        "{status:?}"
    );
    let waited = began.elapsed();
    assert!(
        waited > Duration::from_secs(1) && waited < Duration::from_secs(8),
        "{waited:?}"
    );
}

#[tokio::test]
async fn one_that_shakes_hands_and_never_begins_is_given_up() {
    let stage = Stage::new();
    let far = Bare::open(&stage.pki.issue("door", &[DOOR]), UPLINK).await;
    let gateway = stage.gateway(vec![stage.uplink("far", far.address())]).await;
    let _silent = far.next().await;
    let status = until(&gateway, |uplink| uplink.state() == State::BackingOff).await;
    assert!(status.last_error.contains("did not begin HTTP/2"), "{status:?}");
    assert_eq!(status.connection_count, 0);
}

#[tokio::test]
async fn one_that_stops_reading_and_answering_is_noticed_by_pings() {
    let stage = Stage::new();
    let far = Bare::open(&stage.pki.issue("door", &[DOOR]), UPLINK).await;
    let gateway = stage.gateway(vec![stage.uplink("far", far.address())]).await;
    let mut stream = far.next().await;
    // The preface and an empty SETTINGS, then nothing is read and nothing is answered.
    stream
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
        .await
        .unwrap();
    stream.flush().await.unwrap();
    until(&gateway, |uplink| uplink.state() == State::Connected).await;
    let began = Instant::now();
    let status = until(&gateway, |uplink| uplink.state() == State::BackingOff).await;
    assert!(status.last_error.contains("no pings"), "{status:?}");
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    drop(stream);
}

#[tokio::test]
async fn one_that_hangs_does_not_hold_a_shutdown() {
    let stage = Stage::new();
    let far = Bare::open(&stage.pki.issue("door", &[DOOR]), UPLINK).await;
    let mut uplink = stage.uplink("far", far.address());
    // It is not the pings that end it.
    uplink.keepalive_interval_seconds = 600;
    let gateway = stage
        .gateway_with(vec![uplink], |config| {
            config.server.limits.drain_timeout_seconds = 1
        })
        .await;
    let mut stream = far.next().await;
    stream
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
        .await
        .unwrap();
    until(&gateway, |uplink| uplink.state() == State::Connected).await;
    let began = Instant::now();
    gateway.stop();
    timeout(LIMIT, gateway.ended()).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(12), "{:?}", began.elapsed());
}
