//! Rpc.

use http::request::Parts;
use prost_reflect::MethodDescriptor;

use super::replies::{self, Reply, ReplyBody};
use super::services::Services;

pub(super) async fn answer(_services: &Services, _method: MethodDescriptor, _head: Parts, _body: ReplyBody) -> Reply {
    replies::not_found()
}
