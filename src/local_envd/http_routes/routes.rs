//! Which path and verb is which route. Knows no route's inside.

use std::time::{SystemTime, UNIX_EPOCH};

use http::header::{CACHE_CONTROL, HeaderValue};
use http::request::Parts;
use http::{Method, StatusCode};
use tonic::{Code, Status};

use super::{compose, download, upload};
use crate::local_envd::metrics;
use crate::local_envd::query::FileQuery;
use crate::local_envd::replies::{self, Reply, ReplyBody};
use crate::local_envd::services::Services;
use crate::local_envd::users::Account;

/// An answer that is no success: its status and one sentence.
pub(super) type Refusal = (StatusCode, String);

/// The reply to a request that is no call of a method.
pub(in crate::local_envd) async fn answer(services: &Services, head: Parts, body: ReplyBody) -> Reply {
    match (head.uri.path(), &head.method) {
        ("/health", &Method::GET) => {
            let mut reply = replies::bare(StatusCode::NO_CONTENT);
            reply
                .headers_mut()
                .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            reply
        }
        ("/metrics", &Method::GET) => show_metrics(services),
        ("/envs", &Method::GET) => replies::json(StatusCode::OK, &serde_json::json!(services.sandbox.variables())),
        ("/files", &Method::GET | &Method::POST) => match FileQuery::read(head.uri.query()) {
            Err(reason) => replies::plain(StatusCode::BAD_REQUEST, &reason),
            Ok(query) if head.method == Method::GET => {
                or_refusal(download::answer(services, &head.headers, query).await)
            }
            Ok(query) => or_refusal(upload::answer(services, &head.headers, query, body).await),
        },
        ("/files/compose", &Method::POST) => or_refusal(compose::answer(services, &head.headers, body).await),
        ("/health" | "/metrics" | "/envs", _) => replies::wrong_verb("GET"),
        ("/files", _) => replies::wrong_verb("GET, POST"),
        ("/files/compose", _) => replies::wrong_verb("POST"),
        _ => replies::not_found(),
    }
}

fn or_refusal(result: Result<Reply, Refusal>) -> Reply {
    result.unwrap_or_else(|(status, reason)| replies::error(status, &reason))
}

fn show_metrics(services: &Services) -> Reply {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    match metrics::measure(&services.cpu, now) {
        Some(figures) => replies::json(StatusCode::OK, &figures),
        None => replies::bare(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

/// The user that a file route acts as: by name, not by Basic credentials.
pub(super) fn acting_user(services: &Services, username: Option<&str>) -> Result<Account, Refusal> {
    let named = match username {
        Some(name) => Some(Account::named(name).ok_or_else(|| {
            let reason = format!("error looking up user '{name}': user: unknown user {name}");
            (StatusCode::UNAUTHORIZED, reason)
        })?),
        None => None,
    };
    services
        .sandbox
        .acting_user(named.as_ref())
        .map_err(|status| refusal_of(&status))
}

/// The plain form of an error that a call would report.
pub(super) fn refusal_of(status: &Status) -> Refusal {
    let code = match status.code() {
        Code::InvalidArgument => StatusCode::BAD_REQUEST,
        Code::PermissionDenied => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    (code, status.message().to_owned())
}

/// The plain form of an error of the system: a full disk is told apart.
pub(super) fn refusal_of_io(what: &str, error: &std::io::Error) -> Refusal {
    let status = match error.raw_os_error() {
        Some(nix::libc::ENOSPC | nix::libc::EDQUOT) => StatusCode::INSUFFICIENT_STORAGE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    (
        status,
        format!("{what}: {}", crate::local_envd::exit::system_text(error)),
    )
}
