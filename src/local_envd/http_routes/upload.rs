//! `POST /files`: one file as the body, or several as parts of a form. Written in place, as envd does.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderMap};
use serde_json::{Value, json};
use tokio::fs::{File, OpenOptions};
use tokio::io::AsyncWriteExt;

use super::encoding::{self, BodyFailure, Encoding};
use super::routes::{Refusal, acting_user, refusal_of, refusal_of_io};
use crate::local_envd::entry::{METADATA_PREFIX, attached_metadata, base_name, text};
use crate::local_envd::paths::{ensure_directories, give_to, resolve};
use crate::local_envd::query::FileQuery;
use crate::local_envd::replies::{self, Reply, ReplyBody};
use crate::local_envd::services::Services;
use crate::local_envd::users::Account;

const METADATA_HEADER: &str = "x-metadata-";
const LONGEST_KEY: usize = 255 - METADATA_PREFIX.len();
const LARGEST_METADATA: usize = 4096;

/// One upload: for whom, where to, with what attached.
struct Upload<'a> {
    services: &'a Services,
    user: Account,
    path: Option<String>,
    metadata: BTreeMap<String, String>,
}

/// Writes what the body holds and tells what was written.
pub(super) async fn answer(
    services: &Services,
    headers: &HeaderMap,
    query: FileQuery,
    body: ReplyBody,
) -> Result<Reply, Refusal> {
    let bad_request = |reason| (StatusCode::BAD_REQUEST, reason);
    let encoding = encoding::of_request(headers).map_err(bad_request)?;
    let body = match encoding {
        Encoding::Gzip => encoding::require_gzip(body).await.map_err(bad_request)?,
        Encoding::Identity => body,
    };
    let upload = Upload {
        services,
        user: acting_user(services, query.username.as_deref())?,
        path: query.path,
        metadata: metadata(headers).map_err(bad_request)?,
    };
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let media_type = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let pieces = Box::pin(encoding::pieces(body, encoding));
    let written = if media_type == "application/octet-stream" {
        upload.raw(pieces).await?
    } else if media_type.starts_with("multipart/") {
        upload.form(content_type, pieces).await?
    } else {
        return Err(bad_request(format!(
            "unsupported content type: {content_type}; send a form or application/octet-stream"
        )));
    };
    // JSON under a type that says otherwise: so envd labels it, and clients must cope.
    let body = Value::Array(written).to_string();
    Ok(replies::typed(StatusCode::OK, "text/plain; charset=utf-8", body))
}

/// What `X-Metadata-<key>` headers attach; of a repeated one the first counts.
fn metadata(headers: &HeaderMap) -> Result<BTreeMap<String, String>, String> {
    let mut found = BTreeMap::new();
    let mut total = 0;
    for name in headers.keys() {
        let Some(key) = name
            .as_str()
            .strip_prefix(METADATA_HEADER)
            .filter(|key| !key.is_empty())
        else {
            continue;
        };
        let value = headers.get(name).map(http::HeaderValue::as_bytes).unwrap_or_default();
        if key.len() > LONGEST_KEY {
            return Err(format!(
                "invalid metadata: metadata key \"{key}\" exceeds {LONGEST_KEY} bytes"
            ));
        }
        if !value.iter().all(|byte| (0x20..0x7f).contains(byte)) {
            return Err(format!(
                "invalid metadata: metadata value for key \"{key}\" is not printable ASCII"
            ));
        }
        total += METADATA_PREFIX.len() + key.len() + value.len();
        found.insert(key.to_owned(), String::from_utf8_lossy(value).into_owned());
    }
    if total > LARGEST_METADATA {
        return Err(format!(
            "invalid metadata: total metadata size {total} exceeds {LARGEST_METADATA} bytes"
        ));
    }
    Ok(found)
}

impl Upload<'_> {
    async fn raw<S>(&self, pieces: S) -> Result<Vec<Value>, Refusal>
    where
        S: Stream<Item = Result<Bytes, BodyFailure>> + Unpin,
    {
        let Some(path) = &self.path else {
            let reason = "a raw body needs the path query parameter";
            return Err((StatusCode::BAD_REQUEST, reason.to_owned()));
        };
        let path = resolve(path, &self.user, &self.services.sandbox).map_err(|status| refusal_of(&status))?;
        let pieces = pieces.map(|piece| piece.map_err(|failure| refusal_of_body(&failure)));
        self.write(&path, pieces).await?;
        Ok(vec![described(&path)])
    }

    async fn form<S>(&self, content_type: &str, pieces: S) -> Result<Vec<Value>, Refusal>
    where
        S: Stream<Item = Result<Bytes, BodyFailure>> + Send + Unpin + 'static,
    {
        let broken = |error: multer::Error| refusal_of_form(&error);
        // Any multipart type is taken; the parser insists on the usual one.
        let parameters = content_type.split_once(';').map_or("", |(_, parameters)| parameters);
        let boundary = multer::parse_boundary(format!("multipart/form-data;{parameters}")).map_err(broken)?;
        let mut form = multer::Multipart::new(pieces, boundary);
        let mut written: Vec<std::path::PathBuf> = Vec::new();
        while let Some(field) = form.next_field().await.map_err(broken)? {
            if field.name() != Some("file") {
                continue;
            }
            let Some(name) = self.path.as_deref().or(field.file_name()) else {
                let reason = "a part of the form has no file name, and no path was given";
                return Err((StatusCode::BAD_REQUEST, reason.to_owned()));
            };
            let path = resolve(name, &self.user, &self.services.sandbox).map_err(|status| refusal_of(&status))?;
            if written.contains(&path) {
                let reason = format!(
                    "two parts name '{}', and only the first of them was written",
                    path.display()
                );
                return Err((StatusCode::BAD_REQUEST, reason));
            }
            self.write(&path, field.map(|piece| piece.map_err(|error| refusal_of_form(&error))))
                .await?;
            written.push(path);
        }
        Ok(written.iter().map(|path| described(path)).collect())
    }

    async fn write<S>(&self, path: &Path, mut pieces: S) -> Result<(), Refusal>
    where
        S: Stream<Item = Result<Bytes, Refusal>> + Unpin,
    {
        let mut file = self.open(path).await?;
        let writing = |error: io::Error| match refusal_of_io("error writing file", &error) {
            (StatusCode::INSUFFICIENT_STORAGE, _) => (StatusCode::INSUFFICIENT_STORAGE, "the disk is full".to_owned()),
            other => other,
        };
        while let Some(piece) = pieces.next().await {
            file.write_all(&piece?).await.map_err(writing)?;
        }
        file.flush().await.map_err(writing)?;
        attach(path, &self.metadata).map_err(|error| refusal_of_io("error writing file metadata", &error))
    }

    async fn open(&self, path: &Path) -> Result<File, Refusal> {
        if let Some(parent) = path.parent() {
            ensure_directories(parent, &self.user).map_err(|reason| {
                (
                    StatusCode::INTERNAL_SERVER_ERROR,
                    format!("error ensuring directories: {reason}"),
                )
            })?;
        }
        if tokio::fs::metadata(path).await.is_ok_and(|found| found.is_dir()) {
            return Err((
                StatusCode::BAD_REQUEST,
                format!("path is a directory: {}", path.display()),
            ));
        }
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            // A pipe without a reader is an error then, not a wait without end.
            .custom_flags(nix::libc::O_NONBLOCK)
            .open(path)
            .await
            .map_err(|error| refusal_of_io("error opening file", &error))?;
        give_to(path, &self.user).map_err(|error| refusal_of_io("cannot give the file to its user", &error))?;
        Ok(file)
    }
}

fn refusal_of_body(failure: &BodyFailure) -> Refusal {
    (
        StatusCode::INTERNAL_SERVER_ERROR,
        format!("error writing file: {failure}"),
    )
}

fn refusal_of_form(error: &multer::Error) -> Refusal {
    if let multer::Error::StreamReadFailed(cause) = error
        && let Some(failure) = cause.downcast_ref::<BodyFailure>()
    {
        return refusal_of_body(failure);
    }
    (
        StatusCode::INTERNAL_SERVER_ERROR,
        format!("error reading form: {error}"),
    )
}

/// Replaces what is attached to a file; what was attached before and is not now goes. Some filesystems hold no such
/// attributes, which loses no bytes of the file.
fn attach(path: &Path, metadata: &BTreeMap<String, String>) -> io::Result<()> {
    let before: Vec<_> = match xattr::list_deref(path) {
        Ok(names) => names.collect(),
        Err(error) if is_unsupported(&error) => return Ok(()),
        Err(error) => return Err(error),
    };
    for name in before {
        let key = name.to_str().and_then(|name| name.strip_prefix(METADATA_PREFIX));
        if key.is_some_and(|key| !metadata.contains_key(key)) {
            xattr::remove_deref(path, &name)?;
        }
    }
    for (key, value) in metadata {
        match xattr::set_deref(path, format!("{METADATA_PREFIX}{key}"), value.as_bytes()) {
            Err(error) if is_unsupported(&error) => return Ok(()),
            result => result?,
        }
    }
    Ok(())
}

fn is_unsupported(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(nix::libc::ENOTSUP | nix::libc::ENOSYS))
        || error.kind() == io::ErrorKind::Unsupported
}

/// A written file, as replies describe it.
pub(super) fn described(path: &Path) -> Value {
    let mut value = json!({ "path": text(path), "name": base_name(path), "type": "file" });
    let metadata = attached_metadata(path);
    if !metadata.is_empty() {
        value["metadata"] = json!(metadata);
    }
    value
}
