//! Every cell of the table of RPC × role, over the wire: what the table denies is denied, and nothing else is.

use std::time::Duration;

use bytes::{Buf as _, BufMut as _, Bytes};
use futures_util::StreamExt as _;
use http::uri::PathAndQuery;
use madoguchi::config::{Role, RoleSet};
use madoguchi::server::access;
use prost::Message as _;
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::transport::{Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Code, Request, Status};

use crate::pki::Pki;
use crate::support::Gateway;

/// A call that is not denied may go on for as long as it likes.
const PATIENCE: Duration = Duration::from_secs(20);

/// Messages as they are.
#[derive(Debug, Clone, Copy, Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}

/// Every RPC of the published interface.
pub(crate) fn rpcs() -> Vec<String> {
    let set = prost_types::FileDescriptorSet::decode(madoguchi_proto::DESCRIPTOR_SET).unwrap();
    let mut rpcs = Vec::new();
    for file in &set.file {
        for service in &file.service {
            for method in &service.method {
                rpcs.push(format!(
                    "/{}.{}/{}",
                    file.package(),
                    service.name(),
                    method.name()
                ));
            }
        }
    }
    rpcs
}

/// How a call of that RPC with an empty message is answered.
pub(crate) async fn call(channel: &Channel, path: &str) -> Code {
    let mut client = Grpc::new(channel.clone());
    client.ready().await.unwrap();
    let path = PathAndQuery::try_from(path).unwrap();
    // What streams and what does not looks alike from here: one message goes, any number come.
    let called = client.server_streaming(Request::new(Bytes::new()), path, Raw);
    let answer = async {
        match called.await {
            Err(status) => status.code(),
            Ok(answer) => match answer.into_inner().next().await {
                Some(Err(status)) => status.code(),
                _ => Code::Ok,
            },
        }
    };
    tokio::time::timeout(PATIENCE, answer)
        .await
        .unwrap_or(Code::DeadlineExceeded)
}

fn uri(role: Role) -> String {
    format!("spiffe://clinic.example/{}", role.as_str())
}

struct Site {
    gateway: Gateway,
    pki: Pki,
}

impl Site {
    async fn open() -> Self {
        let pki = Pki::new();
        let papers = pki.issue("gateway", &["spiffe://clinic.example/gateway-1"]);
        let ca = pki.ca.clone();
        let gateway = Gateway::start_with(|config| {
            config.tls.certificate = Some(papers.certificate);
            config.tls.key = Some(papers.key);
            config.tls.client_ca = Some(ca);
            config.roles = Role::ALL.iter().map(|role| (uri(*role), vec![*role])).collect();
        })
        .await;
        Self { gateway, pki }
    }

    async fn connect(&self, name: &str, uri: &str) -> Channel {
        let papers = self.pki.issue(name, &[uri]);
        let read = |path| std::fs::read(path).unwrap();
        let tls = ClientTlsConfig::new()
            .ca_certificate(tonic::transport::Certificate::from_pem(read(&self.pki.ca)))
            .identity(Identity::from_pem(read(&papers.certificate), read(&papers.key)));
        let endpoint = Endpoint::new(self.gateway.url.clone()).unwrap();
        endpoint.tls_config(tls).unwrap().connect().await.unwrap()
    }
}

#[tokio::test]
async fn every_rpc_for_every_role() {
    let site = Site::open().await;
    let rpcs = rpcs();
    let (mut cells, mut denied) = (0, 0);
    let mut wrong = Vec::new();
    for role in Role::ALL {
        let channel = site.connect(role.as_str(), &uri(*role)).await;
        for rpc in &rpcs {
            let code = call(&channel, rpc).await;
            cells += 1;
            denied += usize::from(code == Code::PermissionDenied);
            let may = access::allows(rpc, RoleSet::of(&[*role]));
            if may == (code == Code::PermissionDenied) || code == Code::Unimplemented {
                wrong.push(format!("{rpc} for {}: {code:?}", role.as_str()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(cells, access::TABLE.len() * Role::ALL.len());
    assert!(denied > 0 && denied < cells, "{denied} of {cells}");
}

#[tokio::test]
async fn what_is_not_in_the_table_is_denied_to_every_role() {
    let site = Site::open().await;
    for role in Role::ALL {
        let channel = site.connect(role.as_str(), &uri(*role)).await;
        for path in [
            "/madoguchi.reader.v1.ReaderService/DropReaders",
            "/madoguchi.nothing.v1.NothingService/Do",
        ] {
            assert_eq!(call(&channel, path).await, Code::PermissionDenied, "{role:?}");
        }
    }
}

#[tokio::test]
async fn a_certificate_that_nobody_named_may_call_nothing() {
    let site = Site::open().await;
    let stranger = site.connect("stranger", "spiffe://clinic.example/stranger").await;
    for rpc in rpcs() {
        assert_eq!(call(&stranger, &rpc).await, Code::Unauthenticated, "{rpc}");
    }
}
