//! Against a gateway of a few lines, which ends each stream after two messages as the real one after 128.

use madoguchi_core::Reason;
use madoguchi_proto::reader::v1::reader_service_server::{ReaderService, ReaderServiceServer};
use madoguchi_proto::reader::v1::{
    GetReaderRequest, GetReaderResponse, ListReadersRequest, ListReadersResponse,
    ReturnReaderToServiceRequest, ReturnReaderToServiceResponse, TakeReaderOutOfServiceRequest,
    TakeReaderOutOfServiceResponse,
};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tonic::transport::{Endpoint, Server};
use tonic::{Code, Request, Response};
use tonic_types::{ErrorDetails, StatusExt as _};

use super::*;
use crate::cli::exit::Exit;

const MESSAGES_A_STREAM: usize = 2;
const LAST: u64 = 7;

struct Gateway {
    /// How the change after the last one is told.
    end: Reason,
    streams: watch::Sender<u32>,
    /// Goes on where the stream before it ended.
    sequence: watch::Sender<u64>,
}

fn refusal(reason: Reason) -> Status {
    let details = ErrorDetails::with_error_info(reason.code(), "madoguchi", []);
    Status::with_error_details(Code::Unavailable, reason.message(), details)
}

#[tonic::async_trait]
impl ReaderService for Gateway {
    type WatchReadersStream = ReceiverStream<Result<WatchReadersResponse, Status>>;

    async fn watch_readers(
        &self,
        _: Request<WatchReadersRequest>,
    ) -> Result<Response<Self::WatchReadersStream>, Status> {
        self.streams.send_modify(|count| *count += 1);
        let (messages, stream) = tokio::sync::mpsc::channel(MESSAGES_A_STREAM + 1);
        // The list of now, then a change.
        let now = *self.sequence.borrow();
        for sequence in now..now + MESSAGES_A_STREAM as u64 {
            let message = if sequence > LAST {
                Err(refusal(self.end))
            } else {
                self.sequence.send_replace(sequence);
                Ok(WatchReadersResponse {
                    sequence,
                    ..WatchReadersResponse::default()
                })
            };
            messages.try_send(message).unwrap();
        }
        messages.try_send(Err(refusal(Reason::Overloaded))).unwrap();
        Ok(Response::new(stream.into()))
    }

    async fn list_readers(
        &self,
        _: Request<ListReadersRequest>,
    ) -> Result<Response<ListReadersResponse>, Status> {
        Err(Status::unimplemented("not asked"))
    }

    async fn get_reader(&self, _: Request<GetReaderRequest>) -> Result<Response<GetReaderResponse>, Status> {
        Err(Status::unimplemented("not asked"))
    }

    async fn take_reader_out_of_service(
        &self,
        _: Request<TakeReaderOutOfServiceRequest>,
    ) -> Result<Response<TakeReaderOutOfServiceResponse>, Status> {
        Err(Status::unimplemented("not asked"))
    }

    async fn return_reader_to_service(
        &self,
        _: Request<ReturnReaderToServiceRequest>,
    ) -> Result<Response<ReturnReaderToServiceResponse>, Status> {
        Err(Status::unimplemented("not asked"))
    }
}

#[tokio::test]
async fn it_goes_on_over_ended_streams_tells_nothing_twice_and_says_that_the_gateway_ends() {
    let gateway = Gateway {
        end: Reason::GatewayShuttingDown,
        streams: watch::Sender::new(0),
        sequence: watch::Sender::new(1),
    };
    let streams = gateway.streams.subscribe();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let server = Server::builder().add_service(ReaderServiceServer::new(gateway));
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    let channel = Endpoint::from_shared(endpoint).unwrap().connect().await.unwrap();

    let mut feed = Feed::new(channel);
    for sequence in 1..=LAST {
        assert_eq!(feed.next().await.unwrap().sequence, sequence);
    }
    let error = feed.next().await.unwrap_err();
    assert_eq!(
        (error.reason(), error.exit()),
        (Some(Reason::GatewayShuttingDown), Exit::Unavailable)
    );
    assert!(
        error.to_string().contains(Reason::GatewayShuttingDown.message()),
        "{error}"
    );
    assert!(*streams.borrow() > 3, "one stream does not tell it all");
}
