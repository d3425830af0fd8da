//! One call from request to reply: its message decoded, its method run within the caller's time, its answer encoded.
//! Knows no method by name.

use std::pin::Pin;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use futures_util::{Stream, StreamExt, stream};
use http::request::Parts;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use prost::Message;
use prost_reflect::{MessageDescriptor, MethodDescriptor};
use tokio::time::Instant;
use tonic::codec::Codec as _;
use tonic::metadata::MetadataMap;
use tonic::{Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;

use super::deadline::time_limit;
use super::format::{Codec, Format, Protocol};
use super::old_python;
use super::reply;
use super::request::{Envelopes, RequestBody, bare_message};
use crate::local_envd::replies::{BodyError, Reply};

/// One call that has passed the guard and found its method.
pub(in crate::local_envd) struct Call {
    format: Format,
    method: MethodDescriptor,
    head: Parts,
    body: RequestBody,
}

type ServerStream = Pin<Box<dyn Stream<Item = Result<Bytes, Status>> + Send>>;

impl Call {
    /// A call in a format that fits the method.
    pub(in crate::local_envd) fn new(format: Format, method: MethodDescriptor, head: Parts, body: RequestBody) -> Self {
        Self {
            format,
            method,
            head,
            body,
        }
    }

    /// One message in, one message out.
    pub(in crate::local_envd) async fn unary<Req, Res, Run>(self, run: impl FnOnce(Request<Req>) -> Run) -> Reply
    where
        Req: Message + Default,
        Res: Message,
        Run: Future<Output = Result<Response<Res>, Status>>,
    {
        let encoder = self.encoder();
        let format = self.format;
        let result = async {
            let limit = self.time_limit()?;
            let request = self.single_request().await?;
            within(limit, run(request)).await
        };
        let message = result.await.and_then(|response| encoder.encode(response.get_ref()));
        encoder.noticed(reply::single(format, message))
    }

    /// One message in, a stream of messages out.
    pub(in crate::local_envd) async fn server_stream<Req, Res, Out, Run>(
        self,
        run: impl FnOnce(Request<Req>) -> Run,
    ) -> Reply
    where
        Req: Message + Default,
        Res: Message,
        Out: Stream<Item = Result<Res, Status>> + Send + 'static,
        Run: Future<Output = Result<Response<Out>, Status>>,
    {
        let encoder = self.encoder();
        let (format, notice) = (self.format, encoder.clone());
        let started = Instant::now();
        let result: Result<ServerStream, Status> = async {
            let limit = self.time_limit()?;
            let request = self.single_request().await?;
            // The method runs even if the time is over: a process is started all the same, as envd does.
            let messages = run(request).await?.into_inner();
            let replies = messages.map(move |item| item.and_then(|message| encoder.encode(&message)));
            Ok(match limit {
                Some(limit) => Box::pin(until(started + limit, replies)) as ServerStream,
                None => Box::pin(replies),
            })
        }
        .await;
        notice.noticed(match result {
            Ok(messages) => reply::streamed(format, messages).await,
            Err(status) => reply::single(format, Err(status)),
        })
    }

    /// A stream of messages in, one message out.
    pub(in crate::local_envd) async fn client_stream<Req, Res, Run>(
        self,
        run: impl FnOnce(Request<Streaming<Req>>) -> Run,
    ) -> Reply
    where
        Req: Message + Default + Send + 'static,
        Res: Message + Send + 'static,
        Run: Future<Output = Result<Response<Res>, Status>>,
    {
        let encoder = self.encoder();
        let format = self.format;
        let result = async {
            let limit = self.time_limit()?;
            let request = self.streaming_request::<Req, Res>()?;
            within(limit, run(request)).await
        };
        let message = result.await.and_then(|response| encoder.encode(response.get_ref()));
        reply::single(format, message)
    }

    fn encoder(&self) -> Encoder {
        Encoder {
            codec: self.format.codec,
            kind: self.method.output(),
            for_old_python: old_python::asks(&self.method, &self.head.headers),
        }
    }

    fn time_limit(&self) -> Result<Option<Duration>, Status> {
        let version = self.head.headers.get("connect-protocol-version");
        let is_connect = matches!(self.format.protocol, Protocol::ConnectUnary | Protocol::ConnectStream);
        if let Some(version) = version.filter(|version| is_connect && version.as_bytes() != b"1") {
            return Err(Status::invalid_argument(format!(
                "connect-protocol-version must be \"1\": got \"{}\"",
                version.as_bytes().escape_ascii()
            )));
        }
        time_limit(self.format.protocol, &self.head.headers)
    }

    async fn single_request<Req: Message + Default>(self) -> Result<Request<Req>, Status> {
        let Self {
            format,
            method,
            head,
            body,
        } = self;
        let message = match format.protocol {
            Protocol::ConnectUnary => bare_message(format, &head.headers, body).await?,
            _ => Envelopes::new(format, &head.headers, body)?.only().await?,
        };
        let proto = format.codec.decode(&method.input(), message)?;
        let message =
            Req::decode(proto).map_err(|error| Status::invalid_argument(format!("unmarshal message: {error}")))?;
        Ok(Request::from_parts(
            MetadataMap::from_headers(head.headers),
            head.extensions,
            message,
        ))
    }

    /// The messages of the caller as they come, framed again as gRPC for tonic's own reader.
    fn streaming_request<Req, Res>(self) -> Result<Request<Streaming<Req>>, Status>
    where
        Req: Message + Default + Send + 'static,
        Res: Message + Send + 'static,
    {
        let (codec, kind) = (self.format.codec, self.method.input());
        let envelopes = Envelopes::new(self.format, &self.head.headers, self.body)?;
        let frames = stream::unfold(Some(envelopes), move |envelopes| {
            let kind = kind.clone();
            async move {
                let mut envelopes = envelopes?;
                match envelopes.next().await {
                    Ok(None) => None,
                    Ok(Some(message)) => match codec.decode(&kind, message) {
                        Ok(proto) => Some((Ok(Frame::data(grpc_frame(&proto))), Some(envelopes))),
                        Err(status) => Some((Err(BodyError::from(status)), None)),
                    },
                    Err(status) => Some((Err(BodyError::from(status)), None)),
                }
            }
        });
        let decoder = ProstCodec::<Res, Req>::default().decoder();
        let body = StreamBody::new(frames).boxed_unsync();
        Ok(Request::from_parts(
            MetadataMap::from_headers(self.head.headers),
            self.head.extensions,
            Streaming::new_request(decoder, body, None, Some(usize::MAX)),
        ))
    }
}

fn grpc_frame(message: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(message.len() + 5);
    frame.put_u8(0);
    frame.put_u32(message.len() as u32);
    frame.put_slice(message);
    frame.freeze()
}

/// How the messages of one call are told.
#[derive(Clone)]
struct Encoder {
    codec: Codec,
    kind: MessageDescriptor,
    for_old_python: bool,
}

impl Encoder {
    fn encode(&self, message: &impl Message) -> Result<Bytes, Status> {
        let mut bytes = message.encode_to_vec();
        if self.for_old_python {
            bytes = old_python::cut_down(&self.kind, bytes)?;
        }
        self.codec.encode(&self.kind, bytes)
    }

    /// The reply with a notice if its messages were cut down.
    fn noticed(&self, mut reply: Reply) -> Reply {
        if self.for_old_python {
            reply.headers_mut().extend([old_python::NOTICE]);
        }
        reply
    }
}

fn too_late() -> Status {
    Status::deadline_exceeded("context deadline exceeded")
}

async fn within<T>(limit: Option<Duration>, run: impl Future<Output = Result<T, Status>>) -> Result<T, Status> {
    match limit {
        None => run.await,
        Some(Duration::ZERO) => Err(too_late()),
        Some(limit) => tokio::time::timeout(limit, run)
            .await
            .unwrap_or_else(|_| Err(too_late())),
    }
}

/// The stream until that time, then an error. What is ready later does not count.
fn until<S>(end: Instant, messages: S) -> impl Stream<Item = Result<Bytes, Status>> + Send
where
    S: Stream<Item = Result<Bytes, Status>> + Send + 'static,
{
    stream::unfold(Some(Box::pin(messages)), move |messages| async move {
        let mut messages = messages?;
        tokio::select! {
            biased;
            () = tokio::time::sleep_until(end) => Some((Err(too_late()), None)),
            item = messages.next() => item.map(|item| (item, Some(messages))),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_stream_ends_when_its_time_is_over() {
        let ticks = stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(40)).await;
            Some((Ok(Bytes::from_static(b"tick")), ()))
        });
        let end = Instant::now() + Duration::from_millis(100);
        let items: Vec<_> = until(end, ticks).collect().await;
        assert_eq!(items.len(), 3);
        assert_eq!(items[2].as_ref().unwrap_err().code(), tonic::Code::DeadlineExceeded);
    }

    #[tokio::test]
    async fn no_time_at_all_runs_no_unary_method() {
        let ran = within(Some(Duration::ZERO), async { Ok(()) }).await;
        assert_eq!(ran.unwrap_err().code(), tonic::Code::DeadlineExceeded);
    }
}
