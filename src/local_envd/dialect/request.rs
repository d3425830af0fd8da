//! Request bodies: bare messages and streams of envelopes, decompressed. Knows no codec and no method.

use std::io::Read;

use bytes::{Buf, Bytes, BytesMut};
use http::HeaderMap;
use http_body_util::BodyExt;
use tonic::Status;

use super::format::{Format, Protocol};
use crate::local_envd::replies::{ReplyBody, Unread, read_all};

/// Bodies on the way in have the same shape as those on the way out.
pub(in crate::local_envd) type RequestBody = ReplyBody;

/// The largest message that is read. The real envd has no limit; we share the memory of a workbench.
const LARGEST_MESSAGE: usize = 256 << 20;
const HEADER_LENGTH: usize = 5;
const COMPRESSED: u8 = 1;

/// How the messages of a request may be compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compression {
    None,
    Gzip,
}

fn compression(format: Format, headers: &HeaderMap) -> Result<Compression, Status> {
    match headers
        .get(format.compression_header())
        .map(http::HeaderValue::as_bytes)
    {
        None | Some(b"" | b"identity") => Ok(Compression::None),
        Some(b"gzip") => Ok(Compression::Gzip),
        Some(other) => Err(Status::unimplemented(format!(
            "unknown compression \"{}\": supported encodings are gzip",
            other.escape_ascii()
        ))),
    }
}

fn gunzip(message: &[u8]) -> Result<Bytes, Status> {
    let mut plain = Vec::new();
    flate2::read::MultiGzDecoder::new(message)
        .take(LARGEST_MESSAGE as u64 + 1)
        .read_to_end(&mut plain)
        .map_err(|error| Status::invalid_argument(format!("decompress message: {error}")))?;
    if plain.len() > LARGEST_MESSAGE {
        return Err(too_large());
    }
    Ok(plain.into())
}

fn too_large() -> Status {
    Status::resource_exhausted(format!("message is larger than {LARGEST_MESSAGE} bytes"))
}

/// The bare message of a Connect unary call.
pub(super) async fn bare_message(format: Format, headers: &HeaderMap, body: RequestBody) -> Result<Bytes, Status> {
    let compression = compression(format, headers)?;
    let bytes = read_all(body, LARGEST_MESSAGE).await.map_err(|unread| match unread {
        Unread::TooLong => too_large(),
        Unread::Broken(error) => Status::unknown(format!("read message: {error}")),
    })?;
    match compression {
        Compression::Gzip if !bytes.is_empty() => gunzip(&bytes),
        _ => Ok(bytes),
    }
}

/// A request body as a sequence of messages.
pub(super) struct Envelopes {
    body: RequestBody,
    buffer: BytesMut,
    compression: Compression,
    /// The flag that marks the caller's own end of the stream.
    end_flag: u8,
    ended: bool,
}

impl Envelopes {
    /// Reads envelopes as this dialect frames them.
    pub(super) fn new(format: Format, headers: &HeaderMap, body: RequestBody) -> Result<Self, Status> {
        Ok(Self {
            body,
            buffer: BytesMut::new(),
            compression: compression(format, headers)?,
            end_flag: if format.protocol == Protocol::ConnectStream {
                2
            } else {
                0x80
            },
            ended: false,
        })
    }

    /// The next message; `None` at the end of the body.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Status> {
        if self.ended || !self.fill(HEADER_LENGTH).await? {
            self.ended = true;
            return if self.buffer.is_empty() {
                Ok(None)
            } else {
                Err(truncated())
            };
        }
        let flags = self.buffer[0];
        let length = u32::from_be_bytes([self.buffer[1], self.buffer[2], self.buffer[3], self.buffer[4]]) as usize;
        if flags & !(COMPRESSED | self.end_flag) != 0 {
            self.end();
            return Err(Status::invalid_argument(format!(
                "protocol error: invalid envelope flags {flags:08b}"
            )));
        }
        if length > LARGEST_MESSAGE {
            self.end();
            return Err(too_large());
        }
        if !self.fill(HEADER_LENGTH + length).await? {
            self.end();
            return Err(truncated());
        }
        self.buffer.advance(HEADER_LENGTH);
        let message = self.buffer.split_to(length).freeze();
        if flags & self.end_flag != 0 {
            self.end();
            return Ok(None);
        }
        match (flags & COMPRESSED != 0, self.compression) {
            (true, Compression::None) => Err(Status::internal(
                "protocol error: sent compressed message without compression support",
            )),
            (true, Compression::Gzip) if !message.is_empty() => gunzip(&message).map(Some),
            _ => Ok(Some(message)),
        }
    }

    /// The one message of a call that has one, and the end of the body after it.
    pub(super) async fn only(&mut self) -> Result<Bytes, Status> {
        let message = self
            .next()
            .await?
            .ok_or_else(|| Status::unimplemented("unary request has zero messages"))?;
        match self.next().await? {
            None => Ok(message),
            Some(_) => Err(Status::unimplemented("unary request has multiple messages")),
        }
    }

    fn end(&mut self) {
        self.ended = true;
        self.buffer.clear();
    }

    /// Reads on until that many bytes are there; false if the body ends before.
    async fn fill(&mut self, length: usize) -> Result<bool, Status> {
        while self.buffer.len() < length {
            match self.body.frame().await {
                None => return Ok(false),
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        self.buffer.extend_from_slice(&data);
                    }
                }
                Some(Err(error)) => {
                    self.end();
                    return Err(Status::unknown(format!("read message: {error}")));
                }
            }
        }
        Ok(true)
    }
}

fn truncated() -> Status {
    Status::invalid_argument("protocol error: incomplete envelope: unexpected end of the request")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use futures_util::stream;
    use http_body_util::StreamBody;
    use hyper::body::Frame;

    use super::*;

    fn in_pieces(bytes: &[u8], size: usize) -> RequestBody {
        let frames: Vec<_> = bytes
            .chunks(size)
            .map(|piece| Ok(Frame::data(Bytes::copy_from_slice(piece))))
            .collect();
        StreamBody::new(stream::iter(frames)).boxed_unsync()
    }

    fn format(content_type: &str) -> (Format, HeaderMap) {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", content_type.parse().unwrap());
        (Format::of(&headers).unwrap(), headers)
    }

    fn envelope(flags: u8, message: &[u8]) -> Vec<u8> {
        let mut bytes = vec![flags];
        bytes.extend((message.len() as u32).to_be_bytes());
        bytes.extend(message);
        bytes
    }

    async fn read_all(mut envelopes: Envelopes) -> Result<Vec<Bytes>, Status> {
        let mut messages = Vec::new();
        while let Some(message) = envelopes.next().await? {
            messages.push(message);
        }
        Ok(messages)
    }

    #[tokio::test]
    async fn any_cut_gives_the_same_messages() {
        let (format, headers) = format("application/connect+proto");
        let bytes = [
            envelope(0, b"one"),
            envelope(0, b""),
            envelope(0, &[7; 300]),
            envelope(2, b"{}"),
        ]
        .concat();
        for size in 1..bytes.len() {
            let envelopes = Envelopes::new(format, &headers, in_pieces(&bytes, size)).unwrap();
            let messages = read_all(envelopes).await.unwrap();
            assert_eq!(messages, [&b"one"[..], b"", &[7; 300]]);
        }
    }

    #[tokio::test]
    async fn a_body_that_stops_inside_an_envelope_is_an_error() {
        let (format, headers) = format("application/grpc-web+proto");
        let bytes = envelope(0, b"whole message");
        for length in 1..bytes.len() {
            let envelopes = Envelopes::new(format, &headers, in_pieces(&bytes[..length], 4)).unwrap();
            let error = read_all(envelopes).await.unwrap_err();
            assert_eq!(error.code(), tonic::Code::InvalidArgument, "{length}");
        }
    }

    #[tokio::test]
    async fn compressed_messages_need_a_declared_compression() {
        let (format, mut headers) = format("application/grpc");
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(b"hello").unwrap();
        let bytes = envelope(1, &gzip.finish().unwrap());
        let undeclared = Envelopes::new(format, &headers, in_pieces(&bytes, 9)).unwrap();
        assert_eq!(read_all(undeclared).await.unwrap_err().code(), tonic::Code::Internal);
        headers.insert("grpc-encoding", "gzip".parse().unwrap());
        let declared = Envelopes::new(format, &headers, in_pieces(&bytes, 9)).unwrap();
        assert_eq!(read_all(declared).await.unwrap(), [&b"hello"[..]]);
        headers.insert("grpc-encoding", "br".parse().unwrap());
        let Err(error) = Envelopes::new(format, &headers, in_pieces(&bytes, 9)) else {
            panic!("br is not supported");
        };
        assert_eq!(error.code(), tonic::Code::Unimplemented);
    }

    #[tokio::test]
    async fn calls_with_one_message_take_exactly_one() {
        let (format, headers) = format("application/connect+proto");
        let one = envelope(0, b"x");
        for (bytes, expected) in [
            (Vec::new(), Err(tonic::Code::Unimplemented)),
            (one.clone(), Ok(())),
            ([one.clone(), one].concat(), Err(tonic::Code::Unimplemented)),
            (envelope(8, b""), Err(tonic::Code::InvalidArgument)),
            (vec![0, 255, 255, 255, 255], Err(tonic::Code::ResourceExhausted)),
        ] {
            let mut envelopes = Envelopes::new(format, &headers, in_pieces(&bytes, 64)).unwrap();
            let result = envelopes.only().await.map(|_| ()).map_err(|error| error.code());
            assert_eq!(result, expected, "{bytes:?}");
        }
    }
}
