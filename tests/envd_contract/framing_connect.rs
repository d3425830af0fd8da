//! The Connect protocol on the wire: types, envelopes, ends, errors, JSON (`envd-wire.md` 1.2, 1.4, 1.5).

use e2b_tui::wire::generated::filesystem::{EntryInfo, StatRequest, StatResponse};
use e2b_tui::wire::generated::process::{ListResponse, StartResponse};
use prost::Message;
use serde_json::{Value, json};

use crate::bench::{Bench, shell_command};
use crate::case::{Case, once};
use crate::frames::{frame, frames, message_frame};
use crate::raw_http::{Ask, Reply};

pub fn cases() -> Vec<Case> {
    once!["connect";
        unary_protobuf_is_bare, unary_errors_are_json, every_error_has_its_http_status, streams_end_with_an_end_frame,
        stream_errors_come_in_the_end_frame, unknown_types_are_415, unary_types_on_streams_are_415,
        stream_types_on_unary_calls_are_415, two_messages_are_unimplemented, no_message_is_unimplemented,
        undecodable_messages_are_invalid, a_request_may_come_in_pieces, parameters_of_the_type_are_ignored,
        unknown_protobuf_fields_are_ignored, protocol_version_is_optional, keeps_the_connection, http_1_0_is_served,
    ]
}

pub const STAT: &str = "/filesystem.Filesystem/Stat";
const LIST: &str = "/process.Process/List";
pub const START: &str = "/process.Process/Start";

/// A request for an entry.
pub fn stat(path: &str) -> Vec<u8> {
    StatRequest { path: path.to_owned() }.encode_to_vec()
}

/// The entry in a reply.
pub fn entry(reply: &Reply) -> EntryInfo {
    StatResponse::decode(&reply.body[..]).unwrap().entry.unwrap()
}

/// The error of a unary call: status and code.
pub fn error(reply: Reply, status: u16, code: &str) -> Value {
    let reply = reply.expect(status);
    assert_eq!(reply.header("content-type"), "application/json");
    let error = reply.json();
    assert_eq!(error["code"], code, "{error}");
    assert!(error["message"].is_string(), "{error}");
    error
}

/// The error in the end frame of a stream that has nothing else.
pub fn stream_error(reply: Reply, code: &str) -> Value {
    let reply = reply.expect(200);
    let found = frames(&reply.body);
    assert_eq!((found.len(), found[0].0), (1, 2), "{:?}", reply.text());
    let end: Value = serde_json::from_slice(&found[0].1).unwrap();
    assert_eq!(end["error"]["code"], code, "{end}");
    end["error"].clone()
}

async fn unary_protobuf_is_bare(bench: Bench) {
    let reply = bench
        .ask(Ask::post(STAT, "application/proto", stat("/etc/passwd")))
        .await
        .expect(200);
    assert_eq!(reply.header("content-type"), "application/proto");
    assert_eq!(entry(&reply).name, "passwd");
    let reply = bench.ask(Ask::post(LIST, "application/proto", "")).await.expect(200);
    ListResponse::decode(&reply.body[..]).unwrap();
}

async fn unary_errors_are_json(bench: Bench) {
    for (kind, body) in [
        ("application/proto", stat("/no/such")),
        ("application/json", br#"{"path":"/no/such"}"#.to_vec()),
    ] {
        let error = error(bench.ask(Ask::post(STAT, kind, body)).await, 404, "not_found");
        assert!(error["message"].as_str().unwrap().contains("/no/such"), "{error}");
    }
}

async fn every_error_has_its_http_status(bench: Bench) {
    let folder = bench.folder_with("ln -s two one && ln -s one two").await;
    let looped = format!("{folder}/one");
    let running = bench.start(crate::bench::in_terminal("read -r line")).await;
    let by_pid = json!({"process": {"pid": running.pid}});
    let cases = [
        (
            "filesystem.Filesystem/Stat",
            json!({"path": "~nobody"}),
            400,
            "invalid_argument",
        ),
        (
            "filesystem.Filesystem/MakeDir",
            json!({"path": folder}),
            409,
            "already_exists",
        ),
        (
            "filesystem.Filesystem/ListDir",
            json!({"path": looped}),
            400,
            "failed_precondition",
        ),
        (
            "filesystem.Filesystem/Stat",
            json!({"path": "/etc/passwd/x"}),
            500,
            "internal",
        ),
        (
            "process.Process/SendSignal",
            json!({"process": {"pid": 4_294_967_295_u32}}),
            404,
            "not_found",
        ),
        ("process.Process/SendSignal", by_pid.clone(), 501, "unimplemented"),
        ("process.Process/CloseStdin", by_pid, 500, "unknown"),
    ];
    for (path, body, status, code) in cases {
        error(
            bench
                .ask(Ask::post(&format!("/{path}"), "application/json", body.to_string()))
                .await,
            status,
            code,
        );
    }
    bench.kill(running).await;
}

async fn streams_end_with_an_end_frame(bench: Bench) {
    let ask = Ask::post(
        START,
        "application/connect+proto",
        message_frame(&shell_command("printf out; exit 3")),
    );
    let reply = bench.ask(ask).await.expect(200);
    assert_eq!(reply.header("content-type"), "application/connect+proto");
    let found = frames(&reply.body);
    let (end, messages) = found.split_last().unwrap();
    assert_eq!(
        (end.0, serde_json::from_slice::<Value>(&end.1).unwrap()),
        (2, json!({}))
    );
    assert_eq!(messages.len(), 3);
    for (flags, payload) in messages {
        assert_eq!(*flags, 0);
        StartResponse::decode(&payload[..]).unwrap();
    }
}

async fn stream_errors_come_in_the_end_frame(bench: Bench) {
    let body = frame(0, br#"{"process":{"cmd":"true","cwd":"/no/such"}}"#);
    let error = stream_error(
        bench.ask(Ask::post(START, "application/connect+json", body)).await,
        "invalid_argument",
    );
    assert_eq!(error["message"], "cwd '/no/such' does not exist");
}

async fn unknown_types_are_415(bench: Bench) {
    for kind in [
        "text/plain",
        "text/html",
        "application/xml",
        "application/octet-stream",
        "application/grpc-web-text",
        "application/grpc-web-text+proto",
        "application/x-protobuf",
        "json",
    ] {
        for path in [LIST, START] {
            let reply = bench.ask(Ask::post(path, kind, "{}")).await.expect(415);
            assert!(reply.body.is_empty(), "{kind}");
            let accepted: Vec<&str> = reply.header("accept-post").split(',').map(str::trim).collect();
            let own = if path == LIST {
                "application/json"
            } else {
                "application/connect+json"
            };
            for known in [
                own,
                "application/grpc",
                "application/grpc+proto",
                "application/grpc-web",
                "application/grpc-web+proto",
            ] {
                assert!(accepted.contains(&known), "{known} is not among {accepted:?}");
            }
        }
    }
    bench
        .ask(Ask::post(LIST, "application/json", "{}").without("Content-Type"))
        .await
        .expect(415);
}

async fn unary_types_on_streams_are_415(bench: Bench) {
    for path in [
        START,
        "/process.Process/Connect",
        "/process.Process/StreamInput",
        "/filesystem.Filesystem/WatchDir",
    ] {
        for kind in ["application/json", "application/proto"] {
            bench.ask(Ask::post(path, kind, "{}")).await.expect(415);
        }
    }
}

async fn stream_types_on_unary_calls_are_415(bench: Bench) {
    for path in [LIST, STAT] {
        for kind in ["application/connect+json", "application/connect+proto"] {
            bench.ask(Ask::post(path, kind, frame(0, b"{}"))).await.expect(415);
        }
    }
}

async fn two_messages_are_unimplemented(bench: Bench) {
    let scratch = bench.target.fresh_path();
    let start = message_frame(&shell_command(&format!("touch {scratch}")));
    let ask = Ask::post(START, "application/connect+proto", [start.clone(), start].concat());
    stream_error(bench.ask(ask).await, "unimplemented");
    assert!(!bench.exists(&scratch).await, "refused after the effect");
}

async fn no_message_is_unimplemented(bench: Bench) {
    stream_error(
        bench.ask(Ask::post(START, "application/connect+proto", "")).await,
        "unimplemented",
    );
}

async fn undecodable_messages_are_invalid(bench: Bench) {
    let garbage = b"\x0a\xff\xff\xff\xff\xff";
    error(
        bench.ask(Ask::post(STAT, "application/proto", &garbage[..])).await,
        400,
        "invalid_argument",
    );
    stream_error(
        bench
            .ask(Ask::post(START, "application/connect+proto", frame(0, garbage)))
            .await,
        "invalid_argument",
    );
    error(
        bench.ask(Ask::post(STAT, "application/json", "{\"path\":")).await,
        400,
        "invalid_argument",
    );
    error(
        bench.ask(Ask::post(STAT, "application/json", "{\"path\":3}")).await,
        400,
        "invalid_argument",
    );
    stream_error(
        bench
            .ask(Ask::post(START, "application/connect+json", frame(0, b"{]")))
            .await,
        "invalid_argument",
    );
    // An envelope that promises more than comes.
    let cut = &message_frame(&shell_command("true"))[..9];
    stream_error(
        bench
            .ask(Ask::post(START, "application/connect+proto", cut.to_vec()))
            .await,
        "invalid_argument",
    );
}

async fn a_request_may_come_in_pieces(bench: Bench) {
    let body = message_frame(&shell_command("printf pieces"));
    let mut request = format!(
        "POST {START} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/connect+proto\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n",
        bench.target.authority()
    );
    if let Some(token) = &bench.target.token {
        request = format!("{request}X-Access-Token: {}\r\n", token.expose());
    }
    let mut bytes = (request + "\r\n").into_bytes();
    for byte in &body {
        bytes.extend(b"1\r\n");
        bytes.push(*byte);
        bytes.extend(b"\r\n");
    }
    bytes.extend(b"0\r\n\r\n");
    let answer = bench.exchange_bytes(&bytes).await;
    assert!(
        answer.windows(6).any(|window| window == b"pieces"),
        "{:?}",
        String::from_utf8_lossy(&answer)
    );
}

async fn parameters_of_the_type_are_ignored(bench: Bench) {
    for kind in [
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "Application/JSON",
    ] {
        bench.ask(Ask::post(LIST, kind, "{}")).await.expect(200);
    }
}

async fn unknown_protobuf_fields_are_ignored(bench: Bench) {
    // Field 1000, a string.
    let body = [stat("/etc/passwd"), vec![0xc2, 0x3e, 0x01, b'x']].concat();
    assert_eq!(
        entry(&bench.ask(Ask::post(STAT, "application/proto", body)).await.expect(200)).name,
        "passwd"
    );
}

async fn protocol_version_is_optional(bench: Bench) {
    let ask = Ask::post(LIST, "application/json", "{}");
    bench
        .ask(ask.clone().header("Connect-Protocol-Version", "1"))
        .await
        .expect(200);
    bench.ask(ask).await.expect(200);
}

async fn http_1_0_is_served(bench: Bench) {
    let token = bench.target.token.as_ref();
    let token = token.map_or(String::new(), |token| format!("X-Access-Token: {}\r\n", token.expose()));
    let request = format!(
        "POST {LIST} HTTP/1.0\r\nHost: {}\r\n{token}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}",
        bench.target.authority()
    );
    let answer = String::from_utf8_lossy(&bench.exchange_bytes(request.as_bytes()).await).into_owned();
    assert!(answer.starts_with("HTTP/1.0 200 OK\r\n"), "{answer:?}");
    assert!(
        answer.contains('{') && !answer.to_lowercase().contains("chunked"),
        "{answer:?}"
    );
}

async fn keeps_the_connection(bench: Bench) {
    let token = bench
        .target
        .token
        .as_ref()
        .map_or(String::new(), |token| format!("X-Access-Token: {}\r\n", token.expose()));
    let request = |last: &str| {
        format!(
            "POST {LIST} HTTP/1.1\r\nHost: {}\r\n{token}Content-Type: application/json\r\nContent-Length: 2\r\n{last}\r\n{{}}",
            bench.target.authority()
        )
    };
    let three = [request(""), request(""), request("Connection: close\r\n")].concat();
    let answer = String::from_utf8_lossy(&bench.exchange_bytes(three.as_bytes()).await).into_owned();
    assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 3, "{answer:?}");
}
