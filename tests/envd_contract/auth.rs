//! The token: where it is asked for, what a refusal looks like, signatures of `/files` (`envd-wire.md` 3, 6.3).

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use e2b_tui::domain::Dialect;
use http::Method;
use serde_json::json;
use sha2::{Digest, Sha256};
use tonic::Code;

use crate::bench::{Bench, refused};
use crate::bench_files::in_query;
use crate::case::{Case, Need, needing, once};
use crate::raw_http::{Ask, Reply};

pub fn cases() -> Vec<Case> {
    let with_token = [
        once!["auth";
            calls_without_token_are_refused, routes_without_token_are_refused, wrong_tokens_are_refused,
            unknown_paths_are_refused_before_404, the_right_token_opens, the_token_is_checked_before_the_user,
            download_by_signature, upload_by_signature, signature_with_user, signature_until_later,
            expired_signature_is_refused, wrong_signatures_are_refused, missing_signature_is_refused,
            a_wrong_token_beats_a_right_signature, a_signature_opens_nothing_else,
        ],
        needing(Need::Foreign, once!["auth"; health_needs_no_token]),
        needing(Need::Embedded, once!["auth"; health_needs_the_token_too]),
    ];
    let cases = needing(Need::Token, with_token.concat());
    [cases, once!["auth"; unknown_user_in_each_shape, passwords_are_ignored]].concat()
}

/// What every such refusal begins with; the rest is for people.
const REFUSAL: &str = "unauthorized access";

async fn calls_without_token_are_refused(bench: Bench) {
    for kind in [
        "application/json",
        "application/proto",
        "application/connect+proto",
        "application/grpc-web+proto",
    ] {
        for path in [
            "/process.Process/List",
            "/process.Process/Start",
            "/filesystem.Filesystem/Stat",
        ] {
            let reply = bench.ask_as_is(Ask::post(path, kind, "{}")).await;
            assert!(reply.refusal(401).starts_with(REFUSAL), "{path} {kind}");
        }
    }
}

async fn routes_without_token_are_refused(bench: Bench) {
    for ask in [
        Ask::get("/metrics"),
        Ask::get("/envs"),
        Ask::post("/files/compose", "application/json", "{}"),
    ] {
        assert!(bench.ask_as_is(ask).await.refusal(401).starts_with(REFUSAL));
    }
}

async fn wrong_tokens_are_refused(bench: Bench) {
    let right = bench.target.token.as_ref().unwrap().expose();
    for wrong in [
        "",
        "x",
        &right[1..],
        &format!("{right}x"),
        &right.to_uppercase().replace(|digit: char| digit.is_ascii_digit(), "Z"),
    ] {
        let ask = Ask::get("/metrics").header("X-Access-Token", wrong);
        assert!(bench.ask_as_is(ask).await.refusal(401).starts_with(REFUSAL));
    }
}

async fn unknown_paths_are_refused_before_404(bench: Bench) {
    for ask in [
        Ask::get("/nothing"),
        Ask::new(Method::DELETE, "/health"),
        Ask::get("/process.Process/List"),
    ] {
        bench.ask_as_is(ask).await.refusal(401);
    }
}

async fn the_right_token_opens(bench: Bench) {
    bench.ask(Ask::get("/envs")).await.expect(200);
    bench
        .ask(Ask::post("/process.Process/List", "application/json", "{}"))
        .await
        .expect(200);
}

async fn the_token_is_checked_before_the_user(bench: Bench) {
    let ask = Ask::get("/metrics").header("Authorization", "Basic bm8tc3VjaC11c2VyOg==");
    assert!(bench.ask_as_is(ask).await.refusal(401).starts_with(REFUSAL));
}

async fn health_needs_no_token(bench: Bench) {
    bench.ask_as_is(Ask::get("/health")).await.expect(204);
}

async fn health_needs_the_token_too(bench: Bench) {
    bench.ask_as_is(Ask::get("/health")).await.refusal(401);
}

/// What a signature is made of.
struct Signing<'a> {
    path: &'a str,
    operation: &'a str,
    user: Option<&'a str>,
    until: Option<u64>,
}

impl<'a> Signing<'a> {
    fn of(operation: &'a str, path: &'a str) -> Self {
        Self {
            path,
            operation,
            user: None,
            until: None,
        }
    }

    fn route(&self, bench: &Bench) -> String {
        let token = bench.target.token.as_ref().unwrap().expose();
        let user = self.user.unwrap_or_default();
        let mut text = format!("{}:{}:{user}:{token}", self.path, self.operation);
        let mut query = format!("path={}", in_query(self.path));
        if let Some(until) = self.until {
            text = format!("{text}:{until}");
            query = format!("{query}&signature_expiration={until}");
        }
        if let Some(user) = self.user {
            query = format!("{query}&username={user}");
        }
        let signature = format!("v1_{}", STANDARD_NO_PAD.encode(Sha256::digest(text)));
        format!("/files?{query}&signature={}", in_query(&signature))
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

async fn signed_download(bench: &Bench, signing: Signing<'_>) -> Reply {
    bench.ask_as_is(Ask::get(&signing.route(bench))).await
}

async fn some_file(bench: &Bench) -> String {
    let path = format!("{}/file", bench.folder().await);
    bench.write(&path, "text").await;
    path
}

async fn download_by_signature(bench: Bench) {
    let path = some_file(&bench).await;
    assert_eq!(
        signed_download(&bench, Signing::of("read", &path))
            .await
            .expect(200)
            .text(),
        "text"
    );
}

async fn upload_by_signature(bench: Bench) {
    let path = format!("{}/file", bench.folder().await);
    let route = Signing::of("write", &path).route(&bench);
    bench
        .ask_as_is(Ask::post(&route, "application/octet-stream", "text"))
        .await
        .expect(200);
    assert_eq!(bench.read(&path).await, "text");
}

async fn signature_with_user(bench: Bench) {
    let path = some_file(&bench).await;
    let user = bench.shell("id -un").await.stdout();
    let signing = Signing {
        user: Some(user.trim_end()),
        ..Signing::of("read", &path)
    };
    assert_eq!(signed_download(&bench, signing).await.expect(200).text(), "text");
}

async fn signature_until_later(bench: Bench) {
    let path = some_file(&bench).await;
    let signing = Signing {
        until: Some(now() + 600),
        ..Signing::of("read", &path)
    };
    assert_eq!(signed_download(&bench, signing).await.expect(200).text(), "text");
}

async fn expired_signature_is_refused(bench: Bench) {
    let path = some_file(&bench).await;
    let signing = Signing {
        until: Some(now() - 600),
        ..Signing::of("read", &path)
    };
    let why = signed_download(&bench, signing).await.refusal(401);
    assert!(why.contains("expired"), "{why}");
}

async fn wrong_signatures_are_refused(bench: Bench) {
    let path = some_file(&bench).await;
    let right = Signing::of("read", &path).route(&bench);
    let until = Signing {
        until: Some(now() + 600),
        ..Signing::of("read", &path)
    }
    .route(&bench);
    let wrong = [
        // For another operation, path, user, or without its own end.
        Signing::of("write", &path).route(&bench),
        right.replace("path=", "path=%2E%2F"),
        format!("{right}&username=root"),
        format!("{right}&signature_expiration={}", now() + 600),
        until.replace(
            &format!("signature_expiration={}", now() + 600),
            &format!("signature_expiration={}", now() + 900),
        ),
        right.replace("v1%5F", "v2%5F"),
        format!("{right}%3D"),
    ];
    for route in wrong {
        assert_ne!(route, right);
        assert_eq!(
            bench.ask_as_is(Ask::get(&route)).await.refusal(401),
            "invalid signature",
            "{route}"
        );
    }
}

async fn missing_signature_is_refused(bench: Bench) {
    let path = some_file(&bench).await;
    let missing = bench.ask_as_is(bench.get_file(&path)).await.refusal(401);
    assert!(missing.contains("missing"), "{missing}");
    let fresh = format!("{path}.new");
    assert_eq!(
        bench.ask_as_is(bench.post_file(&fresh, "x")).await.refusal(401),
        missing
    );
    assert!(!bench.exists(&fresh).await, "refused after the effect");
}

async fn a_wrong_token_beats_a_right_signature(bench: Bench) {
    let path = some_file(&bench).await;
    let ask = Ask::get(&Signing::of("read", &path).route(&bench)).header("X-Access-Token", "wrong");
    let why = bench.ask_as_is(ask).await.refusal(401);
    assert!(why.contains("does not match"), "{why}");
}

async fn a_signature_opens_nothing_else(bench: Bench) {
    let route = Signing::of("read", "/etc/passwd").route(&bench);
    for path in ["/metrics", "/envs", "/files/compose", "/process.Process/List"] {
        let ask = Ask::get(&route.replacen("/files", path, 1));
        bench.ask_as_is(ask).await.refusal(401);
    }
}

async fn unknown_user_in_each_shape(bench: Bench) {
    let why = "invalid username: 'no-such-user'";
    let stranger = |ask: Ask| ask.header("Authorization", "Basic bm8tc3VjaC11c2VyOg==");
    // Connect, unary: an HTTP status.
    let ask = Ask::post("/process.Process/List", "application/json", "{}");
    let reply = bench.ask(stranger(ask)).await.expect(401);
    assert_eq!(reply.json(), json!({"code": "unauthenticated", "message": why}));
    // Connect, stream: 200 and an end frame.
    let ask = Ask::post(
        "/process.Process/Start",
        "application/connect+json",
        crate::frames::frame(0, b"{}"),
    );
    let reply = bench.ask(stranger(ask)).await.expect(200);
    let frames = crate::frames::frames(&reply.body);
    assert_eq!((frames.len(), frames[0].0), (1, 2));
    let end: serde_json::Value = serde_json::from_slice(&frames[0].1).unwrap();
    assert_eq!(end["error"], json!({"code": "unauthenticated", "message": why}));
    // gRPC-Web: 200, the status in the head, nothing in the body.
    let ask = Ask::post(
        "/process.Process/List",
        "application/grpc-web+proto",
        crate::frames::frame(0, b""),
    );
    let reply = bench.ask(stranger(ask)).await.expect(200);
    assert_eq!((reply.header("grpc-status"), reply.body.len()), ("16", 0));
    for dialect in [Dialect::Connect, Dialect::GrpcWeb] {
        let stranger = Bench {
            dialect,
            ..bench.as_user("no-such-user")
        };
        assert_eq!(refused(stranger.try_stat("/").await, Code::Unauthenticated), why);
    }
}

async fn passwords_are_ignored(bench: Bench) {
    let user = bench.shell("id -un").await.stdout();
    for pair in [format!("{}:", user.trim_end()), format!("{}:secret", user.trim_end())] {
        let basic = base64::engine::general_purpose::STANDARD.encode(pair);
        let ask = Ask::post("/filesystem.Filesystem/Stat", "application/json", "{\"path\":\"/\"}");
        bench
            .ask(ask.header("Authorization", &format!("Basic {basic}")))
            .await
            .expect(200);
    }
}
