//! What envd keeps from an old Python SDK, which fails on fields that it does not know (`envd-wire.md` 3). Knows no
//! method.

use bytes::Bytes;
use http::HeaderMap;
use http::header::{HeaderName, HeaderValue, USER_AGENT};
use prost::Message;
use prost_reflect::{DynamicMessage, Kind, MessageDescriptor, MethodDescriptor, ReflectMessage, Value};
use tonic::Status;

/// The whole name by which it is known.
const NAME: &str = "connect-python";
/// Tells that a reply was cut down.
pub(super) const NOTICE: (HeaderName, HeaderValue) = (
    HeaderName::from_static("x-e2b-legacy-sdk"),
    HeaderValue::from_static("true"),
);

/// Whether the old SDK asks a method of the one service that has grown.
pub(super) fn asks(method: &MethodDescriptor, headers: &HeaderMap) -> bool {
    method.parent_service().full_name() == "filesystem.Filesystem"
        && headers.get(USER_AGENT).is_some_and(|name| name == NAME)
}

/// The message with only the fields that the old SDK knows.
pub(super) fn cut_down(kind: &MessageDescriptor, message: Vec<u8>) -> Result<Vec<u8>, Status> {
    let mut whole = DynamicMessage::decode(kind.clone(), Bytes::from(message))
        .map_err(|error| Status::internal(format!("marshal message: {error}")))?;
    cut(&mut whole);
    Ok(whole.encode_to_vec())
}

fn cut(message: &mut DynamicMessage) {
    let known = match message.descriptor().full_name() {
        "filesystem.EntryInfo" => 3,
        "filesystem.FilesystemEvent" => 2,
        _ => u32::MAX,
    };
    for field in message.descriptor().fields() {
        if field.number() > known {
            message.clear_field(&field);
        } else if matches!(field.kind(), Kind::Message(_)) && message.has_field(&field) {
            match message.get_field_mut(&field) {
                Value::Message(inner) => cut(inner),
                Value::List(items) => items.iter_mut().filter_map(Value::as_message_mut).for_each(cut),
                _ => {}
            }
        }
    }
}
