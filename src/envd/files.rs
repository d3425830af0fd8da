//! Files in and out over plain HTTP, streamed both ways (`envd-wire.md` 6.2). Knows no local file.

use std::error::Error;
use std::fmt;
use std::io::{self, Write};
use std::time::Duration;

use bytes::Bytes;
use flate2::write::GzDecoder;
use futures_util::{Stream, TryStreamExt};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Incoming;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::client::EnvdClient;
use super::connection::transport_failure;
use super::error::{EnvdError, EnvdErrorKind};
use crate::domain::RemoteText;

/// The head of an answer to a download has this long; an edge may have to wake a sandbox first.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);
/// A download that stands still for longer is broken.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// A part of a file, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteRange {
    /// The first byte.
    pub start: u64,
    /// The byte after the last one; the end of the file without.
    pub end: Option<u64>,
}

/// Where an upload goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UploadTarget {
    /// The file. Directories above it are made; a file that is there is emptied first and keeps its mode.
    pub path: String,
    /// How many bytes come, if that is known.
    pub length: Option<u64>,
    /// Labels. An upload without any removes those that the file has.
    pub metadata: Vec<(String, String)>,
}

/// A file on its way here.
pub struct Download {
    client: EnvdClient,
    doing: String,
    body: Option<Incoming>,
    unpacker: Option<GzDecoder<Vec<u8>>>,
    /// How many bytes come, if envd says so. Unknown for files that the kernel makes up, such as those in `/proc`.
    pub length: Option<u64>,
    /// The size of the whole file, when a part was asked for.
    pub total: Option<u64>,
}

impl EnvdClient {
    /// Fetches a file or a part of it. Symlinks are followed.
    pub async fn download(&self, path: &str, range: Option<ByteRange>) -> Result<Download, EnvdError> {
        let doing = format!("read {}", RemoteText::new(path));
        self.within(HEAD_TIMEOUT, &doing, async {
            let query = self.file_query(path);
            let mut headers = HeaderMap::new();
            // Packed answers have no length. Clients that ask for nothing get what the server likes.
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
            if let Some(range) = range {
                headers.insert(header::RANGE, range.as_header()?);
            }
            let reply = self.get(&query, &headers).await;
            if let Ok(reply) = &reply {
                check_range(range, reply.status())?;
            }
            // Envd takes the size of a file from its entry, or looks for its end. Those that the kernel makes up have size
            // 0, and some have no end to look for. Only a packed answer is read to the real end.
            let is_odd = match &reply {
                Ok(reply) => length_of(reply) == Some(0),
                Err(error) => error.kind() == EnvdErrorKind::Internal,
            };
            if range.is_none() && is_odd {
                headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
                if let Ok(packed) = self.get(&query, &headers).await
                    && packed
                        .headers()
                        .get(header::CONTENT_ENCODING)
                        .is_some_and(|coding| coding == "gzip")
                {
                    return Ok(self.receive(&doing, packed, true));
                }
            }
            Ok(self.receive(&doing, reply?, false))
        })
        .await
    }

    fn receive(&self, doing: &str, reply: Response<Incoming>, is_packed: bool) -> Download {
        Download {
            client: self.clone(),
            doing: doing.to_owned(),
            length: if is_packed { None } else { length_of(&reply) },
            total: total_of(&reply),
            body: Some(reply.into_body()),
            unpacker: is_packed.then(|| GzDecoder::new(Vec::new())),
        }
    }

    /// Writes a file. Not atomic: after a failure a part of it may be there. A local error in `content` ends it.
    pub async fn upload<S>(&self, target: &UploadTarget, content: S) -> Result<(), EnvdError>
    where
        S: Stream<Item = io::Result<Bytes>> + Send + 'static,
    {
        let doing = format!("write {}", RemoteText::new(&target.path));
        let mut headers = target.metadata_headers().map_err(|error| self.told(&doing, error))?;
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/octet-stream"),
        );
        if let Some(length) = target.length {
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        }
        let body = StreamBody::new(content.map_ok(Frame::data).map_err(|error| LocalError(error).into()));
        let reply = self
            .request(
                Method::POST,
                &self.file_query(&target.path),
                &headers,
                body.boxed_unsync(),
            )
            .await
            .map_err(|error| self.told(&doing, error))?;
        // The answer names the file; we know it. Reading it to the end keeps the connection usable.
        let rest = reply.into_body().collect().await;
        rest.map(drop)
            .map_err(|error| self.told(&doing, transport_failure(&error)))
    }

    /// Puts files together to one, which takes the place of what is there at once, and removes them (envd 0.5.5 and later).
    pub async fn compose(&self, sources: &[String], destination: &str) -> Result<(), EnvdError> {
        let doing = format!("put together {}", RemoteText::new(destination));
        let mut order = serde_json::json!({ "source_paths": sources, "destination": destination });
        if let Some(user) = self.user() {
            order["username"] = user.into();
        }
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let body = Full::new(Bytes::from(order.to_string())).map_err(|never| match never {});
        let reply = self
            .request(Method::POST, "/files/compose", &headers, body.boxed_unsync())
            .await
            .map_err(|error| self.told(&doing, error))?;
        let rest = reply.into_body().collect().await;
        rest.map(drop)
            .map_err(|error| self.told(&doing, transport_failure(&error)))
    }

    fn file_query(&self, path: &str) -> String {
        let encode = |text| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        match self.user() {
            Some(user) => format!("/files?path={}&username={}", encode(path), encode(user)),
            None => format!("/files?path={}", encode(path)),
        }
    }
}

impl Download {
    /// The next piece, or `None` at the end. A file that stops before its announced end is an error.
    pub async fn next(&mut self) -> Result<Option<Bytes>, EnvdError> {
        let piece = self.next_piece().await;
        if !matches!(piece, Ok(Some(_))) {
            self.body = None;
        }
        piece.map_err(|error| self.client.told(&self.doing, error))
    }

    async fn next_piece(&mut self) -> Result<Option<Bytes>, EnvdError> {
        loop {
            let Some(body) = &mut self.body else {
                return Ok(None);
            };
            let frame = tokio::time::timeout(IDLE_TIMEOUT, body.frame()).await.map_err(|_| {
                let text = format!("nothing came for {} s", IDLE_TIMEOUT.as_secs());
                EnvdError::new(EnvdErrorKind::TimedOut, text)
            })?;
            let Some(frame) = frame else {
                self.body = None;
                return self.unpack_rest();
            };
            let data = frame.map_err(|error| transport_failure(&error))?.into_data().ok();
            let piece = match (data, &mut self.unpacker) {
                (Some(data), Some(unpacker)) => unpack(unpacker, &data)?,
                (Some(data), None) => data,
                (None, _) => continue,
            };
            if !piece.is_empty() {
                return Ok(Some(piece));
            }
        }
    }

    fn unpack_rest(&mut self) -> Result<Option<Bytes>, EnvdError> {
        let Some(mut unpacker) = self.unpacker.take() else {
            return Ok(None);
        };
        unpacker.try_finish().map_err(|error| badly_packed(&error))?;
        let rest = std::mem::take(unpacker.get_mut());
        Ok((!rest.is_empty()).then(|| Bytes::from(rest)))
    }
}

fn unpack(unpacker: &mut GzDecoder<Vec<u8>>, data: &[u8]) -> Result<Bytes, EnvdError> {
    unpacker.write_all(data).map_err(|error| badly_packed(&error))?;
    Ok(Bytes::from(std::mem::take(unpacker.get_mut())))
}

fn badly_packed(error: &io::Error) -> EnvdError {
    EnvdError::new(EnvdErrorKind::NotEnvd, format!("the packed answer is damaged: {error}"))
}

impl ByteRange {
    fn as_header(self) -> Result<HeaderValue, EnvdError> {
        let text = match self.end {
            Some(end) if end <= self.start => {
                return Err(EnvdError::new(EnvdErrorKind::Invalid, "the range is empty"));
            }
            Some(end) => format!("bytes={}-{}", self.start, end - 1),
            None => format!("bytes={}-", self.start),
        };
        HeaderValue::from_str(&text).map_err(|error| EnvdError::new(EnvdErrorKind::Usage, error.to_string()))
    }
}

/// A server that ignores the range would send the wrong bytes under the right name.
fn check_range(range: Option<ByteRange>, status: StatusCode) -> Result<(), EnvdError> {
    match (range, status) {
        (None | Some(ByteRange { start: 0, end: None }), StatusCode::OK) | (Some(_), StatusCode::PARTIAL_CONTENT) => {
            Ok(())
        }
        _ => Err(EnvdError::new(
            EnvdErrorKind::NotEnvd,
            format!("an answer of status {status} does not fit the request"),
        )),
    }
}

fn length_of(reply: &Response<Incoming>) -> Option<u64> {
    reply.body().size_hint().exact()
}

/// The last part of `Content-Range: bytes 0-9/100`.
fn total_of(reply: &Response<Incoming>) -> Option<u64> {
    let range = reply.headers().get(header::CONTENT_RANGE)?.to_str().ok()?;
    range.rsplit_once('/')?.1.parse().ok()
}

impl UploadTarget {
    fn metadata_headers(&self) -> Result<HeaderMap, EnvdError> {
        let mut headers = HeaderMap::new();
        for (key, value) in &self.metadata {
            let bad = || EnvdError::new(EnvdErrorKind::Invalid, format!("the label `{key}` cannot be sent"));
            let name: HeaderName = format!("x-metadata-{key}").parse().map_err(|_| bad())?;
            headers.insert(name, HeaderValue::from_str(value).map_err(|_| bad())?);
        }
        Ok(headers)
    }
}

/// What is to be uploaded cannot be read.
#[derive(Debug)]
pub(super) struct LocalError(io::Error);

impl fmt::Display for LocalError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "what is to be sent cannot be read: {}", self.0)
    }
}

impl Error for LocalError {}
