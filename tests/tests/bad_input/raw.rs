//! A client that sends whatever bytes it is given.

use bytes::{Buf as _, BufMut as _};
use prost_reflect::MethodDescriptor;
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::transport::Channel;
use tonic::{Request, Status};

#[derive(Default)]
struct Bytes;

impl Codec for Bytes {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Bytes {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, bytes: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(&bytes);
        Ok(())
    }
}

impl Decoder for Bytes {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining()).to_vec()))
    }
}

/// Calls any method with any bytes.
pub(crate) struct Caller(Grpc<Channel>);

impl Caller {
    pub(crate) fn new(channel: Channel) -> Self {
        Self(Grpc::new(channel))
    }

    /// Calls; of a stream the first message counts.
    pub(crate) async fn call(&mut self, method: &MethodDescriptor, bytes: Vec<u8>) -> Result<(), Status> {
        self.0.ready().await.unwrap();
        let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
        let (request, path) = (Request::new(bytes), path.parse().unwrap());
        if method.is_server_streaming() {
            let mut stream = self.0.server_streaming(request, path, Bytes).await?.into_inner();
            stream.message().await?;
        } else {
            self.0.unary(request, path, Bytes).await?;
        }
        Ok(())
    }
}
