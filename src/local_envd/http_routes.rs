//! Routes.

use http::request::Parts;
use http::{Method, StatusCode};

use super::replies::{self, Reply, ReplyBody};
use super::services::Services;

pub(super) async fn answer(_services: &Services, head: Parts, _body: ReplyBody) -> Reply {
    match (head.method, head.uri.path()) {
        (Method::GET, "/health") => replies::bare(StatusCode::NO_CONTENT),
        _ => replies::not_found(),
    }
}
