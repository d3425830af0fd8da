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
        return Err(bad_request("there are no source_paths".to_owned()));
    }
    if request.destination.is_empty() {
        return Err(bad_request("there is no destination".to_owned()));
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
        if is_same_entry(source, destination) {
            let reason = format!("source path \"{shown}\" is the destination itself");
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

/// Whether two paths lead to one place, however they are written: what is removed as a source must not be the result.
fn is_same_entry(one: &Path, other: &Path) -> bool {
    let place = |path: &Path| Some((path.parent()?.canonicalize().ok()?, path.file_name()?.to_owned()));
    one == other || place(one).is_some_and(|one| place(other) == Some(one))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_destination_is_no_source_however_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let part = folder.path().join("part");
        fs::write(&part, "x").unwrap();
        std::os::unix::fs::symlink(folder.path(), folder.path().join("link")).unwrap();
        for written in ["./part", "link/part", "link/./link/part"] {
            let source = folder.path().join(written);
            let Err((status, _)) = check_sources(std::slice::from_ref(&source), &part) else {
                panic!("{written} was taken");
            };
            assert_eq!(status, StatusCode::BAD_REQUEST, "{written}");
        }
        assert!(check_sources(&[part], &folder.path().join("whole")).is_ok());
    }
}
