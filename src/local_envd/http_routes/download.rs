//! `GET /files`: one file, whole or in part, plain or compressed, in pieces as the client takes them.

use std::fs::Metadata;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::{Stream, StreamExt, stream};
use http::StatusCode;
use http::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, HeaderMap,
    HeaderValue, LAST_MODIFIED, VARY,
};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::conditions::{self, Verdict};
use super::content_type::{SNIFFED, by_name, by_name_or_content, disposition};
use super::encoding::{self, Encoding};
use super::routes::{Refusal, acting_user, refusal_of, refusal_of_io};
use crate::local_envd::entry::base_name;
use crate::local_envd::paths::resolve;
use crate::local_envd::query::FileQuery;
use crate::local_envd::replies::{self, BodyError, Reply, ReplyBody};
use crate::local_envd::services::Services;

/// Bytes read at once.
const PIECE: usize = 64 * 1024;

/// Sends the file that the query names.
pub(super) async fn answer(services: &Services, headers: &HeaderMap, query: FileQuery) -> Result<Reply, Refusal> {
    let user = acting_user(services, query.username.as_deref())?;
    let path = resolve(query.path.as_deref().unwrap_or_default(), &user, &services.sandbox)
        .map_err(|status| refusal_of(&status))?;
    let found = find(&path).await?;
    let accepted = encoding::accepted(headers);
    let not_acceptable = |reason: &str| (StatusCode::NOT_ACCEPTABLE, reason.to_owned());
    let best = accepted
        .best
        .ok_or_else(|| not_acceptable("Accept-Encoding leaves neither gzip nor the plain bytes"))?;
    let is_special = conditions::any(headers);
    if is_special && !accepted.identity {
        return Err(not_acceptable(
            "parts and conditions need the plain bytes, which Accept-Encoding excludes",
        ));
    }
    let what = format!("error opening file '{}'", path.display());
    let file = File::open(&path).await.map_err(|error| refusal_of_io(&what, &error))?;
    let mut reply = if best == Encoding::Gzip && !is_special {
        compressed(file, &path)
    } else {
        plain(file, &found, &path, headers)
            .await
            .map_err(|error| refusal_of_io(&what, &error))?
    };
    reply
        .headers_mut()
        .insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    reply
        .headers_mut()
        .insert(CONTENT_DISPOSITION, disposition(&base_name(&path)));
    Ok(reply)
}

async fn find(path: &PathBuf) -> Result<Metadata, Refusal> {
    let shown = path.display();
    match tokio::fs::metadata(path).await {
        Ok(found) if found.is_file() => Ok(found),
        Ok(found) if found.is_dir() => Err((StatusCode::BAD_REQUEST, format!("path '{shown}' is a directory"))),
        // Reading a pipe or a device may never end.
        Ok(_) => Err((StatusCode::BAD_REQUEST, format!("path '{shown}' is not a regular file"))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err((StatusCode::NOT_FOUND, format!("path '{shown}' does not exist")))
        }
        Err(error) => Err(refusal_of_io(&format!("cannot look at '{shown}'"), &error)),
    }
}

fn compressed(file: File, path: &Path) -> Reply {
    let encoder = GzEncoder::new(Vec::new(), Compression::default());
    let packed = stream::unfold(Some((file, encoder)), |state| async move {
        let (mut file, mut encoder) = state?;
        let mut buffer = vec![0; PIECE];
        Some(loop {
            let step = match file.read(&mut buffer).await {
                Ok(0) => break (encoder.finish().map(Bytes::from), None),
                Ok(length) => encoder.write_all(&buffer[..length]),
                Err(error) => Err(error),
            };
            if let Err(error) = step {
                break (Err(error), None);
            }
            let out = std::mem::take(encoder.get_mut());
            if !out.is_empty() {
                break (Ok(Bytes::from(out)), Some((file, encoder)));
            }
        })
    });
    let mut reply = Reply::new(in_pieces(packed));
    reply
        .headers_mut()
        .insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    reply
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(by_name(path)));
    reply
}

async fn plain(mut file: File, found: &Metadata, path: &Path, headers: &HeaderMap) -> io::Result<Reply> {
    let mut start = vec![0; SNIFFED];
    let sniffed = read_start(&mut file, &mut start).await?;
    start.truncate(sniffed);
    let modified = found.modified().unwrap_or(UNIX_EPOCH);
    // As envd asks for it. Some files of the kernel have no end to go to, others say that they are empty and are not:
    // a client that wants those asks for gzip, which needs no length.
    let Ok(size) = file.seek(io::SeekFrom::End(0)).await else {
        return Ok(replies::plain(StatusCode::INTERNAL_SERVER_ERROR, "seeker can't seek"));
    };
    let mut reply = match conditions::weigh(headers, size, modified) {
        Verdict::Whole => {
            file.rewind().await?;
            with_length(bytes_of(file, size), size)
        }
        Verdict::Part { start, end } => {
            file.seek(io::SeekFrom::Start(start)).await?;
            let mut reply = with_length(bytes_of(file, end - start), end - start);
            *reply.status_mut() = StatusCode::PARTIAL_CONTENT;
            set_range(&mut reply, &format!("bytes {start}-{}/{size}", end - 1));
            reply
        }
        Verdict::NotModified => replies::bare(StatusCode::NOT_MODIFIED),
        Verdict::PreconditionFailed => replies::bare(StatusCode::PRECONDITION_FAILED),
        Verdict::NotSatisfiable => {
            let mut reply = replies::plain(StatusCode::RANGE_NOT_SATISFIABLE, "invalid range");
            set_range(&mut reply, &format!("bytes */{size}"));
            return Ok(reply);
        }
    };
    let headers = reply.headers_mut();
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(by_name_or_content(path, &start)));
    if let Ok(date) = HeaderValue::from_str(&httpdate::fmt_http_date(modified)) {
        headers.insert(LAST_MODIFIED, date);
    }
    Ok(reply)
}

async fn read_start(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match file.read(&mut buffer[length..]).await? {
            0 => break,
            more => length += more,
        }
    }
    Ok(length)
}

fn set_range(reply: &mut Reply, range: &str) {
    // Digits and ASCII signs are always a header value.
    if let Ok(range) = HeaderValue::from_str(range) {
        reply.headers_mut().insert(CONTENT_RANGE, range);
    }
}

fn with_length(bytes: impl Stream<Item = io::Result<Bytes>> + Send + 'static, length: u64) -> Reply {
    let mut reply = Reply::new(in_pieces(bytes));
    reply.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    reply
}

/// A file that shrinks while it is sent ends in an error: the client was told a length.
fn bytes_of(file: File, length: u64) -> impl Stream<Item = io::Result<Bytes>> + Send {
    stream::unfold(Some((file, length)), |state| async move {
        let (mut file, left) = state?;
        if left == 0 {
            return None;
        }
        let mut buffer = vec![0; PIECE.min(usize::try_from(left).unwrap_or(PIECE))];
        match file.read(&mut buffer).await {
            Ok(0) => Some((Err(io::ErrorKind::UnexpectedEof.into()), None)),
            Ok(read) => {
                buffer.truncate(read);
                Some((Ok(Bytes::from(buffer)), Some((file, left - read as u64))))
            }
            Err(error) => Some((Err(error), None)),
        }
    })
}

fn in_pieces(bytes: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> ReplyBody {
    StreamBody::new(bytes.map(|piece| piece.map(Frame::data).map_err(BodyError::from))).boxed_unsync()
}
