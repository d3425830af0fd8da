//! Content types: which dialect and which codec a request is in (`envd-wire.md` 1.2). Knows no bodies.

use http::header::{ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};

/// How a call is framed and how it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::local_envd) enum Protocol {
    /// A bare message; errors by HTTP status.
    ConnectUnary,
    /// Envelopes; the last one holds the error.
    ConnectStream,
    /// Envelopes; the status in HTTP trailers.
    Grpc,
    /// Envelopes; the status in the last one.
    GrpcWeb,
}

/// How a message is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::local_envd) enum Codec {
    /// Protobuf.
    Proto,
    /// Its JSON form.
    Json,
}

/// Dialect, codec and the content type they go by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::local_envd) struct Format {
    /// How it is framed.
    pub protocol: Protocol,
    /// How messages are written.
    pub codec: Codec,
    /// The content type of request and reply.
    pub content_type: &'static str,
}

const fn format(content_type: &'static str, protocol: Protocol, codec: Codec) -> Format {
    Format {
        protocol,
        codec,
        content_type,
    }
}

const FORMATS: [Format; 10] = [
    format("application/proto", Protocol::ConnectUnary, Codec::Proto),
    format("application/json", Protocol::ConnectUnary, Codec::Json),
    format("application/connect+proto", Protocol::ConnectStream, Codec::Proto),
    format("application/connect+json", Protocol::ConnectStream, Codec::Json),
    format("application/grpc", Protocol::Grpc, Codec::Proto),
    format("application/grpc+proto", Protocol::Grpc, Codec::Proto),
    format("application/grpc+json", Protocol::Grpc, Codec::Json),
    format("application/grpc-web", Protocol::GrpcWeb, Codec::Proto),
    format("application/grpc-web+proto", Protocol::GrpcWeb, Codec::Proto),
    format("application/grpc-web+json", Protocol::GrpcWeb, Codec::Json),
];

impl Format {
    /// The format of a request, if it is one of ours. A charset is accepted where it says what JSON is anyway.
    pub(in crate::local_envd) fn of(headers: &HeaderMap) -> Option<Self> {
        let value = headers.get(CONTENT_TYPE)?.to_str().ok()?.to_ascii_lowercase();
        let mut parts = value.split(';').map(str::trim);
        let name = parts.next()?;
        if !parts.all(|part| part.is_empty() || matches!(part, "charset=utf-8" | "charset=\"utf-8\"")) {
            return None;
        }
        FORMATS.into_iter().find(|format| format.content_type == name)
    }

    /// Whether calls of this shape are made in this format.
    pub(in crate::local_envd) fn fits(self, streaming: bool) -> bool {
        match self.protocol {
            Protocol::ConnectUnary => !streaming,
            Protocol::ConnectStream => streaming,
            Protocol::Grpc | Protocol::GrpcWeb => true,
        }
    }

    /// What may be posted to a method of this shape, for the `Accept-Post` header of a refusal.
    pub(in crate::local_envd) fn accepted(streaming: bool) -> HeaderValue {
        let names: Vec<_> = FORMATS
            .into_iter()
            .filter(|format| format.fits(streaming))
            .map(|format| format.content_type)
            .collect();
        HeaderValue::from_str(&names.join(", ")).unwrap_or(HeaderValue::from_static("application/json"))
    }

    /// The header that says how the request's messages are compressed.
    pub(super) fn compression_header(self) -> &'static str {
        match self.protocol {
            Protocol::ConnectUnary => "content-encoding",
            Protocol::ConnectStream => "connect-content-encoding",
            Protocol::Grpc | Protocol::GrpcWeb => "grpc-encoding",
        }
    }

    /// The header that names what this side can decompress.
    pub(super) fn accept_header(self) -> &'static str {
        match self.protocol {
            Protocol::ConnectUnary => ACCEPT_ENCODING.as_str(),
            Protocol::ConnectStream => "connect-accept-encoding",
            Protocol::Grpc | Protocol::GrpcWeb => "grpc-accept-encoding",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(content_type: &str) -> Option<Format> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, content_type.parse().unwrap());
        Format::of(&headers)
    }

    #[test]
    fn each_dialect_is_known_by_its_content_type() {
        let json = of("application/json; charset=utf-8").unwrap();
        assert_eq!((json.protocol, json.codec), (Protocol::ConnectUnary, Codec::Json));
        let web = of("Application/gRPC-Web+Proto").unwrap();
        assert_eq!((web.protocol, web.codec), (Protocol::GrpcWeb, Codec::Proto));
        for other in [
            "text/plain",
            "application/grpc-web-text",
            "application/json; charset=latin1",
            "",
        ] {
            assert_eq!(of(other), None, "{other}");
        }
    }

    #[test]
    fn unary_types_do_not_fit_streams() {
        assert!(!of("application/json").unwrap().fits(true));
        assert!(!of("application/connect+json").unwrap().fits(false));
        assert!(of("application/grpc").unwrap().fits(true));
        let accepted = Format::accepted(true);
        assert!(accepted.to_str().unwrap().contains("application/connect+proto"));
        assert!(!accepted.to_str().unwrap().contains("application/json"));
    }
}
