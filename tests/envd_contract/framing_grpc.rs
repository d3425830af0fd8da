//! gRPC-Web and gRPC on the wire: envelopes, trailers, errors without a body; which HTTP versions are spoken
//! (`envd-wire.md` 1.2–1.4).

use e2b_tui::wire::generated::filesystem::{StatRequest, StatResponse};
use http::HeaderMap;
use prost::Message;
use serde_json::Value;

use crate::bench::{Bench, shell_command};
use crate::case::{Case, Need, needing, once};
use crate::frames::{frame, frames, message_frame};
use crate::raw_http::{Ask, Reply};

pub fn cases() -> Vec<Case> {
    [
        once!["grpc-web";
            replies_end_with_trailers_in_the_body, errors_have_no_body, errors_of_streams_have_no_body,
            json_messages_are_understood, messages_are_percent_encoded, two_messages_are_refused, no_message_is_refused,
            unknown_compression_is_refused, undecodable_messages_are_refused,
        ],
        once!["grpc"; trailers_follow_over_http1, errors_over_http1],
        needing(
            Need::Embedded,
            once!["grpc"; trailers_follow_over_http2, connect_over_http2, http2_by_prior_knowledge],
        ),
        needing(
            Need::Foreign,
            once!["grpc"; http2_by_prior_knowledge_is_no_http1_request],
        ),
    ]
    .concat()
}

const STAT: &str = "/filesystem.Filesystem/Stat";
const START: &str = "/process.Process/Start";
const WEB: &str = "application/grpc-web+proto";

fn stat(path: &str) -> Vec<u8> {
    message_frame(&StatRequest { path: path.to_owned() })
}

/// The messages of a good gRPC-Web reply.
fn messages(reply: &Reply) -> Vec<Vec<u8>> {
    let mut found = frames(&reply.body);
    let (flags, trailers) = found.pop().unwrap();
    let trailers = String::from_utf8(trailers).unwrap();
    assert_eq!(flags, 0x80);
    assert!(trailers.ends_with("\r\n"), "{trailers:?}");
    let status = trailers.lines().find_map(|line| {
        line.to_ascii_lowercase()
            .strip_prefix("grpc-status:")
            .map(str::to_owned)
    });
    assert_eq!(status.unwrap().trim(), "0", "{trailers:?}");
    found
        .into_iter()
        .inspect(|(flags, _)| assert_eq!(*flags, 0))
        .map(|(_, payload)| payload)
        .collect()
}

/// The message of an error that came in the head alone.
fn head_error(reply: &Reply, code: &str) -> String {
    assert_eq!(
        (reply.status.as_u16(), reply.header("grpc-status")),
        (200, code),
        "{reply:?}"
    );
    assert!(reply.body.is_empty(), "{:?}", reply.text());
    reply.header("grpc-message").to_owned()
}

async fn replies_end_with_trailers_in_the_body(bench: Bench) {
    let reply = bench.ask(Ask::post(STAT, WEB, stat("/etc/passwd"))).await.expect(200);
    assert_eq!((reply.header("content-type"), reply.header("grpc-status")), (WEB, ""));
    let found = messages(&reply);
    assert_eq!(
        StatResponse::decode(&found[0][..]).unwrap().entry.unwrap().name,
        "passwd"
    );
    let reply = bench
        .ask(Ask::post(
            START,
            "application/grpc-web",
            message_frame(&shell_command("printf x")),
        ))
        .await;
    assert_eq!(messages(&reply).len(), 3);
}

async fn errors_have_no_body(bench: Bench) {
    let reply = bench.ask(Ask::post(STAT, WEB, stat("/no/such"))).await;
    assert!(head_error(&reply, "5").contains("/no/such"));
    assert_eq!(reply.header("content-type"), WEB);
}

async fn errors_of_streams_have_no_body(bench: Bench) {
    let mut request = shell_command("true");
    request.process.as_mut().unwrap().cwd = Some("/no/such".into());
    let reply = bench.ask(Ask::post(START, WEB, message_frame(&request))).await;
    assert_eq!(head_error(&reply, "3"), "cwd '/no/such' does not exist");
}

async fn json_messages_are_understood(bench: Bench) {
    let body = frame(0, br#"{"path":"/etc/passwd"}"#);
    let reply = bench
        .ask(Ask::post(STAT, "application/grpc-web+json", body))
        .await
        .expect(200);
    assert_eq!(reply.header("content-type"), "application/grpc-web+json");
    let found: Value = serde_json::from_slice(&messages(&reply)[0]).unwrap();
    assert_eq!(found["entry"]["name"], "passwd");
}

async fn messages_are_percent_encoded(bench: Bench) {
    let reply = bench.ask(Ask::post(STAT, WEB, stat("/no/größe 100%\nx"))).await;
    let raw = head_error(&reply, "5");
    assert!(raw.contains("gr%C3%B6%C3%9Fe 100%25%0Ax"), "{raw}");
}

async fn two_messages_are_refused(bench: Bench) {
    let scratch = bench.target.fresh_path();
    let start = message_frame(&shell_command(&format!("touch {scratch}")));
    head_error(
        &bench.ask(Ask::post(START, WEB, [start.clone(), start].concat())).await,
        "12",
    );
    head_error(
        &bench.ask(Ask::post(STAT, WEB, [stat("/"), stat("/")].concat())).await,
        "12",
    );
    assert!(!bench.exists(&scratch).await, "refused after the effect");
}

async fn no_message_is_refused(bench: Bench) {
    for path in [START, STAT] {
        head_error(&bench.ask(Ask::post(path, WEB, "")).await, "12");
    }
}

async fn unknown_compression_is_refused(bench: Bench) {
    head_error(
        &bench
            .ask(Ask::post(STAT, WEB, stat("/")).header("grpc-encoding", "br"))
            .await,
        "12",
    );
}

async fn undecodable_messages_are_refused(bench: Bench) {
    head_error(
        &bench.ask(Ask::post(STAT, WEB, frame(0, b"\x0a\xff\xff\xff"))).await,
        "3",
    );
}

fn status(trailers: &HeaderMap) -> &str {
    trailers.get("grpc-status").map_or("", |value| value.to_str().unwrap())
}

async fn trailers_follow_over_http1(bench: Bench) {
    let ask = Ask::post(STAT, "application/grpc+proto", stat("/etc/passwd")).header("TE", "trailers");
    let reply = bench.ask(ask).await.expect(200);
    assert_eq!(reply.header("content-type"), "application/grpc+proto");
    assert_eq!((status(&reply.trailers), frames(&reply.body).len()), ("0", 1));
}

async fn errors_over_http1(bench: Bench) {
    let ask = Ask::post(STAT, "application/grpc", stat("/no/such")).header("TE", "trailers");
    let reply = bench.ask(ask).await.expect(200);
    // In the head or after the body that is empty.
    let told = [reply.header("grpc-status"), status(&reply.trailers)];
    assert!(told.contains(&"5") && reply.body.is_empty(), "{reply:?}");
}

async fn trailers_follow_over_http2(bench: Bench) {
    let ask = Ask::post(STAT, "application/grpc", stat("/etc/passwd")).header("TE", "trailers");
    let reply = bench.ask_http2(ask).await.expect(200);
    assert_eq!((status(&reply.trailers), frames(&reply.body).len()), ("0", 1));
    let ask = Ask::post(START, "application/grpc", message_frame(&shell_command("printf x"))).header("TE", "trailers");
    let reply = bench.ask_http2(ask).await.expect(200);
    assert_eq!((status(&reply.trailers), frames(&reply.body).len()), ("0", 3));
}

async fn connect_over_http2(bench: Bench) {
    let ask = Ask::post(STAT, "application/json", "{\"path\":\"/etc/passwd\"}");
    assert_eq!(bench.ask_http2(ask).await.expect(200).json()["entry"]["name"], "passwd");
}

async fn http2_by_prior_knowledge(bench: Bench) {
    bench.ask_http2(Ask::get("/health")).await.expect(204);
}

async fn http2_by_prior_knowledge_is_no_http1_request(bench: Bench) {
    let answer = bench.exchange_bytes(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let expected = if bench.target.token.is_some() {
        "HTTP/1.1 401"
    } else {
        "HTTP/1.1 4"
    };
    assert!(answer.starts_with(expected), "{answer:?}");
}
