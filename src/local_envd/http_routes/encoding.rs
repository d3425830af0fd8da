//! Content encodings: what a client takes, what it sends. gzip or nothing.

use std::io::{self, Write};

use bytes::{Bytes, BytesMut};
use flate2::write::MultiGzDecoder;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use http::HeaderMap;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;

use crate::local_envd::replies::ReplyBody;

/// The magic number of gzip and its only method.
const GZIP_START: [u8; 3] = [0x1f, 0x8b, 8];

/// How a body is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Identity,
    Gzip,
}

/// What the client's `Accept-Encoding` allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Accepted {
    /// What to send; `None` if there is nothing it would take.
    pub best: Option<Encoding>,
    /// Whether the plain bytes may be sent.
    pub identity: bool,
}

/// Reads `Accept-Encoding`: plain is fine unless it is excluded, gzip only if it is named.
pub(super) fn accepted(headers: &HeaderMap) -> Accepted {
    let header = headers
        .get(ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let mut offers: Vec<(String, f32)> = header
        .split(',')
        .map(offer)
        .filter(|(name, _)| !name.is_empty())
        .collect();
    let quality = |wanted: &str| {
        offers
            .iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, quality)| *quality)
    };
    let excluded = |wanted: &str| quality(wanted).is_some_and(|quality| quality <= 0.0);
    let identity = !(excluded("identity") || excluded("*") && quality("identity").is_none());
    offers.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    let best = offers
        .iter()
        .filter(|(_, quality)| *quality > 0.0)
        .find_map(|(name, _)| match name.as_str() {
            "identity" => Some(Encoding::Identity),
            "*" if identity => Some(Encoding::Identity),
            "gzip" | "*" => Some(Encoding::Gzip),
            _ => None,
        });
    Accepted {
        best: best.or(identity.then_some(Encoding::Identity)),
        identity,
    }
}

fn offer(text: &str) -> (String, f32) {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default().to_ascii_lowercase();
    let quality = parts
        .filter_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")))
        .find_map(|value| value.parse().ok());
    (name, quality.unwrap_or(1.0))
}

/// How the body of a request is encoded, or the name that is none of ours.
pub(super) fn of_request(headers: &HeaderMap) -> Result<Encoding, String> {
    let header = headers
        .get(CONTENT_ENCODING)
        .map(|value| value.as_bytes().to_ascii_lowercase());
    match header.as_deref() {
        None | Some(b"" | b"identity") => Ok(Encoding::Identity),
        Some(b"gzip") => Ok(Encoding::Gzip),
        Some(other) => Err(format!(
            "error decompressing request body: unsupported Content-Encoding: {}, supported: [gzip]",
            other.escape_ascii()
        )),
    }
}

/// Why a body could not be read to its end.
#[derive(Debug)]
pub(super) enum BodyFailure {
    /// The connection broke.
    Cut(String),
    /// What came is no gzip.
    NotGzip(io::Error),
}

impl std::fmt::Display for BodyFailure {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Cut(reason) => write!(out, "unexpected end of the request body: {reason}"),
            Self::NotGzip(error) => write!(out, "error decompressing request body: {error}"),
        }
    }
}

impl std::error::Error for BodyFailure {}

/// Looks whether a body that is announced as gzip begins as one, before anything is done with it.
pub(super) async fn require_gzip(mut body: ReplyBody) -> Result<ReplyBody, String> {
    let mut start = BytesMut::new();
    while start.len() < GZIP_START.len() {
        match body.frame().await {
            Some(Ok(frame)) => start.extend(frame.into_data().unwrap_or_default()),
            Some(Err(_)) | None => break,
        }
    }
    if !start.starts_with(&GZIP_START) {
        return Err("error decompressing request body: failed to create gzip reader: invalid header".to_owned());
    }
    let pieces = stream::iter([Ok(start.freeze())]).chain(body.into_data_stream());
    Ok(StreamBody::new(pieces.map_ok(Frame::data)).boxed_unsync())
}

/// The bytes of a request body, decompressed, in pieces.
pub(super) fn pieces(body: ReplyBody, encoding: Encoding) -> impl Stream<Item = Result<Bytes, BodyFailure>> + Send {
    let decoder = (encoding == Encoding::Gzip).then(|| MultiGzDecoder::new(Vec::new()));
    stream::unfold(Some((body, decoder)), |state| async move {
        let (mut body, mut decoder) = state?;
        loop {
            let data = match body.frame().await {
                None => {
                    let rest = decoder.map(finish).transpose();
                    return match rest {
                        Ok(rest) => rest.filter(|rest| !rest.is_empty()).map(|rest| (Ok(rest), None)),
                        Err(error) => Some((Err(BodyFailure::NotGzip(error)), None)),
                    };
                }
                Some(Err(error)) => return Some((Err(BodyFailure::Cut(error.to_string())), None)),
                Some(Ok(frame)) => frame.into_data().unwrap_or_default(),
            };
            let plain = match &mut decoder {
                None => data,
                Some(decoder) => match decoder.write_all(&data) {
                    Ok(()) => Bytes::from(std::mem::take(decoder.get_mut())),
                    Err(error) => return Some((Err(BodyFailure::NotGzip(error)), None)),
                },
            };
            if !plain.is_empty() {
                return Some((Ok(plain), Some((body, decoder))));
            }
        }
    })
}

fn finish(mut decoder: MultiGzDecoder<Vec<u8>>) -> io::Result<Bytes> {
    decoder.try_finish()?;
    Ok(Bytes::from(std::mem::take(decoder.get_mut())))
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    #[test]
    fn gzip_only_for_who_asks_and_plain_unless_refused() {
        let cases = [
            ("", Some(Encoding::Identity), true),
            ("gzip", Some(Encoding::Gzip), true),
            ("gzip, deflate, br", Some(Encoding::Gzip), true),
            ("br", Some(Encoding::Identity), true),
            ("gzip;q=0.5, identity", Some(Encoding::Identity), true),
            ("gzip;q=0", Some(Encoding::Identity), true),
            ("*", Some(Encoding::Identity), true),
            ("identity;q=0", None, false),
            ("identity;q=0, *", Some(Encoding::Gzip), false),
            ("GZIP;q=1.0, *;q=0", Some(Encoding::Gzip), false),
            ("br, *;q=0", None, false),
        ];
        for (header, best, identity) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, header.parse().unwrap());
            assert_eq!(accepted(&headers), Accepted { best, identity }, "{header}");
        }
    }

    fn body(bytes: &[u8], size: usize) -> ReplyBody {
        let frames: Vec<_> = bytes
            .chunks(size)
            .map(|piece| Ok(Frame::data(Bytes::copy_from_slice(piece))))
            .collect();
        StreamBody::new(stream::iter(frames)).boxed_unsync()
    }

    async fn read(bytes: &[u8], size: usize, encoding: Encoding) -> Result<Vec<u8>, BodyFailure> {
        let mut pieces = Box::pin(pieces(body(bytes, size), encoding));
        let mut all = Vec::new();
        while let Some(piece) = pieces.next().await {
            all.extend(piece?);
        }
        Ok(all)
    }

    #[tokio::test]
    async fn gzip_bodies_are_the_same_however_they_are_cut() {
        let text: Vec<u8> = (0..5000_u32).flat_map(u32::to_le_bytes).collect();
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&text).unwrap();
        let packed = encoder.finish().unwrap();
        for size in [1, 7, 1000, packed.len()] {
            assert_eq!(read(&packed, size, Encoding::Gzip).await.unwrap(), text, "{size}");
        }
        let cut = read(&packed[..packed.len() - 9], 100, Encoding::Gzip).await;
        assert!(matches!(cut, Err(BodyFailure::NotGzip(_))));
        let plain = read(b"plain", 2, Encoding::Gzip).await;
        assert!(matches!(plain, Err(BodyFailure::NotGzip(_))));
        assert_eq!(read(b"plain", 2, Encoding::Identity).await.unwrap(), b"plain");
    }
}
