//! Which request goes where: first the guard, then the user, then the route. Knows no route's inside.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use http::request::Parts;
use http::{Method, Request};
use tonic::Status;

use super::auth;
use super::dialect::{self, Format};
use super::http_routes;
use super::replies::{self, Reply, ReplyBody};
use super::rpc;
use super::services::Services;
use super::users::Account;

/// The reply to any request. `safety.md` T22: nothing happens before the guard has seen it.
pub(super) async fn answer(services: Arc<Services>, request: Request<ReplyBody>) -> Reply {
    let (mut head, body) = request.into_parts();
    if let Err(refusal) = guard(&services, &head) {
        return *refusal;
    }
    if let Err(status) = identify(&mut head) {
        return dialect::refusal(Format::of(&head.headers), &status);
    }
    if let Some(method) = dialect::method_at(head.uri.path()) {
        return rpc::answer(&services, method, head, body).await;
    }
    http_routes::answer(&services, head, body).await
}

fn guard(services: &Services, head: &Parts) -> Result<(), Box<Reply>> {
    auth::check_sender(head, services.port)?;
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs() as i64);
    auth::check_token(head, &services.sandbox.access, now)?;
    // No verb without a meaning of its own here gets any further.
    if head.method == Method::OPTIONS || head.method == Method::CONNECT || head.method == Method::TRACE {
        return Err(Box::new(replies::wrong_verb("GET, POST")));
    }
    Ok(())
}

/// Finds the account that a Basic header names and keeps it with the request. An unknown name is refused on every
/// path.
fn identify(head: &mut Parts) -> Result<(), Status> {
    let Some(name) = auth::basic_user(&head.headers) else {
        return Ok(());
    };
    match Account::named(&name) {
        Some(account) => {
            head.extensions.insert(account);
            Ok(())
        }
        None => Err(Status::unauthenticated(format!("invalid username: '{name}'"))),
    }
}
