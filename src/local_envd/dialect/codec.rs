//! Protobuf and its JSON form, translated with the committed definitions. Knows no framing.

use std::sync::LazyLock;

use bytes::Bytes;
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, MethodDescriptor, SerializeOptions};
use tonic::Status;

use super::format::Codec;
use crate::wire::generated::DESCRIPTORS;

/// The definitions, read once. `None` only if the committed file is damaged, and then no path is known.
static POOL: LazyLock<Option<DescriptorPool>> = LazyLock::new(|| DescriptorPool::decode(DESCRIPTORS).ok());

/// The method behind a path such as `/process.Process/List`.
pub(in crate::local_envd) fn method_at(path: &str) -> Option<MethodDescriptor> {
    let (service, method) = path.strip_prefix('/')?.split_once('/')?;
    let service = POOL.as_ref()?.get_service_by_name(service)?;
    service.methods().find(|known| known.name() == method)
}

impl Codec {
    /// A message of the caller as protobuf.
    pub(super) fn decode(self, kind: &MessageDescriptor, message: Bytes) -> Result<Bytes, Status> {
        match self {
            Self::Proto => Ok(message),
            Self::Json => {
                let mut json = serde_json::Deserializer::from_slice(&message);
                let options = prost_reflect::DeserializeOptions::new().deny_unknown_fields(false);
                let dynamic = DynamicMessage::deserialize_with_options(kind.clone(), &mut json, &options)
                    .and_then(|dynamic| json.end().map(|()| dynamic))
                    .map_err(|error| Status::invalid_argument(format!("unmarshal message: {error}")))?;
                Ok(dynamic.encode_to_vec().into())
            }
        }
    }

    /// A protobuf message of ours as the caller wants it.
    pub(super) fn encode(self, kind: &MessageDescriptor, message: Vec<u8>) -> Result<Bytes, Status> {
        match self {
            Self::Proto => Ok(message.into()),
            Self::Json => {
                let internal = |error: String| Status::internal(format!("marshal message: {error}"));
                let dynamic = DynamicMessage::decode(kind.clone(), message.as_slice())
                    .map_err(|error| internal(error.to_string()))?;
                let mut json = Vec::new();
                let mut serializer = serde_json::Serializer::new(&mut json);
                dynamic
                    .serialize_with_options(&mut serializer, &SerializeOptions::new())
                    .map_err(|error| internal(error.to_string()))?;
                Ok(json.into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::generated::process;

    #[test]
    fn methods_are_found_by_path_alone() {
        assert!(method_at("/process.Process/Start").unwrap().is_server_streaming());
        assert!(!method_at("/filesystem.Filesystem/Stat").unwrap().is_server_streaming());
        for path in [
            "/process.Process/Begin",
            "/process.Process",
            "process.Process/List",
            "/",
            "",
        ] {
            assert!(method_at(path).is_none(), "{path}");
        }
    }

    #[test]
    fn json_takes_both_spellings_and_ignores_what_it_does_not_know() {
        let kind = method_at("/filesystem.Filesystem/CreateWatcher").unwrap().input();
        for text in [
            r#"{"path":"/tmp","includeEntry":true,"news":{"a":[1]}}"#,
            r#"{"path":"/tmp","include_entry":true}"#,
        ] {
            let proto = Codec::Json.decode(&kind, Bytes::from_static(text.as_bytes())).unwrap();
            let message = crate::wire::generated::filesystem::CreateWatcherRequest::decode(proto).unwrap();
            assert!(message.include_entry && message.path == "/tmp");
        }
        for text in ["", "[]", "{", "{} {}", r#"{"path":7}"#] {
            let error = Codec::Json
                .decode(&kind, Bytes::from_static(text.as_bytes()))
                .unwrap_err();
            assert_eq!(error.code(), tonic::Code::InvalidArgument, "{text}");
        }
    }

    #[test]
    fn json_replies_are_proto3_json() {
        let kind = method_at("/process.Process/Start").unwrap().output();
        let message = process::StartResponse {
            event: Some(process::ProcessEvent {
                event: Some(process::process_event::Event::End(process::process_event::EndEvent {
                    exit_code: -1,
                    exited: false,
                    status: "signal: killed".into(),
                    error: Some("signal: killed".into()),
                })),
            }),
        };
        let json = Codec::Json.encode(&kind, message.encode_to_vec()).unwrap();
        let value: serde_json::Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(
            value,
            serde_json::json!({"event": {"end": {"exitCode": -1, "status": "signal: killed", "error": "signal: killed"}}})
        );
    }
}
