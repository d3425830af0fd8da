//! `POST /files/compose`: several files become one. The destination is replaced at once or not at all.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderMap};
use serde::Deserialize;

use super::routes::{Refusal, acting_user, refusal_of, refusal_of_io};
use super::upload::described;
use crate::local_envd::options::random_id;
use crate::local_envd::paths::{ensure_directories, give_to, resolve};
use crate::local_envd::replies::{self, Reply, ReplyBody, Unread, read_all};
use crate::local_envd::services::Services;
use crate::local_envd::users::Account;

/// Bytes of a request: paths, nothing else.
const LARGEST_REQUEST: usize = 4 << 20;

#[derive(Deserialize)]
struct Request {
    #[serde(default)]
    source_paths: Vec<String>,
    #[serde(default)]
    destination: String,
    username: Option<String>,
}

/// Appends the sources to each other, puts the result in place, removes the sources.
pub(super) async fn answer(services: &Services, headers: &HeaderMap, body: ReplyBody) -> Result<Reply, Refusal> {
    let bad_request = |reason: String| (StatusCode::BAD_REQUEST, reason);
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if content_type.split(';').next().map(str::trim) != Some("application/json") {
        // A page can post text/plain without asking anybody.
        let reason = "unsupported content type: expected application/json".to_owned();
        return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, reason));
    }
    let bytes = read_all(body, LARGEST_REQUEST).await.map_err(|unread| match unread {
        Unread::TooLong => bad_request("invalid request body: too long".to_owned()),
        Unread::Broken(error) => bad_request(format!("invalid request body: {error}")),
    })?;
    let request: Request =
        serde_json::from_slice(&bytes).map_err(|error| bad_request(format!("invalid request body: {error}")))?;
    if request.source_paths.is_empty() {
        return Err(bad_request("source_paths must not be empty".to_owned()));
    }
    if request.destination.is_empty() {
        return Err(bad_request("destination is required".to_owned()));
    }
    let user = acting_user(services, request.username.as_deref())?;
    let resolved = |path: &str| resolve(path, &user, &services.sandbox).map_err(|status| refusal_of(&status));
    let destination = resolved(&request.destination)?;
    let sources = request
        .source_paths
        .iter()
        .map(|path| resolved(path))
        .collect::<Result<Vec<_>, _>>()?;
    let composed = tokio::task::spawn_blocking(move || {
        check_sources(&sources, &destination)?;
        compose(&sources, &destination, &user)?;
        Ok(described(&destination))
    });
    let stopped = |_| {
        (
            StatusCode::INTERNAL_SERVER_ERROR,
            "the sandbox is being stopped".to_owned(),
        )
    };
    let entry = composed.await.map_err(stopped)??;
    Ok(replies::json(StatusCode::OK, &entry))
}

fn check_sources(sources: &[PathBuf], destination: &Path) -> Result<(), Refusal> {
    for source in sources {
        let shown = source.display();
        if source == destination {
            let reason = format!("source path \"{shown}\" cannot be the same as destination");
            return Err((StatusCode::BAD_REQUEST, reason));
        }
        let found =
            fs::metadata(source).map_err(|_| (StatusCode::NOT_FOUND, format!("source file not found: {shown}")))?;
        if !found.is_file() {
            let reason = format!("source path is not a regular file: {shown}");
            return Err((StatusCode::BAD_REQUEST, reason));
        }
    }
    Ok(())
}

fn compose(sources: &[PathBuf], destination: &Path, user: &Account) -> Result<(), Refusal> {
    if let Some(parent) = destination.parent() {
        ensure_directories(parent, user).map_err(|reason| {
            (
                StatusCode::INTERNAL_SERVER_ERROR,
                format!("error ensuring directories: {reason}"),
            )
        })?;
    }
    let id = random_id(16).map_err(|error| (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    let mut unfinished = destination.as_os_str().to_owned();
    unfinished.push(format!(".e2b-compose.{id}.tmp"));
    let unfinished = PathBuf::from(unfinished);
    let written = append_all(sources, &unfinished)
        .and_then(|()| give_to(&unfinished, user))
        .and_then(|()| fs::rename(&unfinished, destination));
    if let Err(error) = written {
        // What cannot be put in place must not stay beside it; that it cannot be removed either adds nothing.
        let _ = fs::remove_file(&unfinished);
        return Err(refusal_of_io("error composing files", &error));
    }
    for source in sources {
        if let Err(error) = fs::remove_file(source) {
            tracing::warn!(%error, "cannot remove a composed source");
        }
    }
    Ok(())
}

fn append_all(sources: &[PathBuf], into: &Path) -> io::Result<()> {
    let mut file = File::create_new(into)?;
    for source in sources {
        io::copy(&mut File::open(source)?, &mut file)?;
    }
    Ok(())
}
