//! Where our own server is stricter than envd, because it runs on people's machines: whatever a web page, another name
//! for this machine or a guess can send is refused before it has any effect (`safety.md` T22–T24, B31).

use std::net::Ipv4Addr;

use http::Method;
use tokio::net::TcpStream;

use crate::bench::Bench;
use crate::case::{Case, Need, needing, once};
use crate::frames::frame;
use crate::raw_http::{Ask, Reply};

pub fn cases() -> Vec<Case> {
    let cases = once!["strictness";
        without_token_nothing_is_served, with_a_wrong_token_nothing_is_served, a_foreign_origin_is_refused,
        a_null_origin_is_refused, our_own_origin_is_refused_too, foreign_hosts_are_refused, loopback_hosts_are_served,
        a_missing_host_is_refused, simple_posts_of_web_pages_start_nothing, preflights_get_no_permission,
        no_reply_has_cors_headers, only_loopback_listens, refused_uploads_leave_nothing,
        refused_over_http2_as_well,
    ];
    needing(Need::Embedded, cases)
}

/// One request to everything that is served. None of them does harm if it gets through, and each would show.
fn everything(bench: &Bench, scratch: &str) -> Vec<Ask> {
    let stat = "{\"path\":\"/\"}";
    let touch = format!("{{\"process\":{{\"cmd\":\"touch\",\"args\":[\"{scratch}\"]}}}}");
    let make = format!("{{\"path\":\"{scratch}\"}}");
    let compose = format!("{{\"source_paths\":[\"/etc/hostname\"],\"destination\":\"{scratch}\"}}");
    vec![
        Ask::get("/health"),
        Ask::get("/metrics"),
        Ask::get("/envs"),
        bench.get_file("/etc/hostname"),
        bench.post_file(scratch, "x"),
        Ask::post("/files/compose", "application/json", compose),
        Ask::post("/process.Process/List", "application/json", "{}"),
        Ask::post("/process.Process/List", "application/proto", ""),
        Ask::post("/process.Process/List", "application/grpc-web+proto", frame(0, b"")),
        Ask::post("/process.Process/List", "application/grpc", frame(0, b"")),
        Ask::post(
            "/process.Process/Start",
            "application/connect+json",
            frame(0, touch.as_bytes()),
        ),
        Ask::post("/filesystem.Filesystem/Stat", "application/json", stat),
        Ask::post("/filesystem.Filesystem/MakeDir", "application/json", make),
        Ask::get("/nothing"),
        Ask::new(Method::OPTIONS, "/process.Process/Start"),
        Ask::new(Method::OPTIONS, "/health"),
    ]
}

fn assert_no_cors(reply: &Reply, what: &str) {
    let cors: Vec<_> = reply
        .headers
        .keys()
        .filter(|name| name.as_str().starts_with("access-control-"))
        .collect();
    assert!(cors.is_empty(), "{what}: {cors:?}");
}

/// Sends everything after a change, and makes sure that all of it is refused without effect.
async fn all_refused(bench: &Bench, what: &str, statuses: &[u16], change: impl Fn(Ask) -> Ask) {
    let scratch = bench.target.fresh_path();
    for ask in everything(bench, &scratch) {
        let shown = format!("{what}: {} {}", ask.method, ask.path);
        let reply = bench.ask_as_is(change(ask)).await;
        assert!(
            statuses.contains(&reply.status.as_u16()),
            "{shown}: {} {:?}",
            reply.status,
            reply.text()
        );
        assert_no_cors(&reply, &shown);
    }
    assert!(!bench.exists(&scratch).await, "{what}: refused after the effect");
}

async fn without_token_nothing_is_served(bench: Bench) {
    all_refused(&bench, "no token", &[401], |ask| ask).await;
}

async fn with_a_wrong_token_nothing_is_served(bench: Bench) {
    let right = bench.target.token.clone().unwrap();
    let almost = format!("{}0", &right.expose()[..63]);
    let almost = if almost == right.expose() {
        "0".repeat(64)
    } else {
        almost
    };
    for wrong in ["", "wrong", almost.as_str()] {
        all_refused(&bench, "wrong token", &[401], |ask| ask.header("X-Access-Token", wrong)).await;
    }
}

async fn a_foreign_origin_is_refused(bench: Bench) {
    for origin in [
        "https://evil.example",
        "http://localhost",
        "http://127.0.0.1:8080",
        "file://",
        "garbage",
    ] {
        all_refused(&bench, origin, &[403], |ask| {
            bench.authorised(ask).header("Origin", origin)
        })
        .await;
    }
}

async fn a_null_origin_is_refused(bench: Bench) {
    all_refused(&bench, "null", &[403], |ask| {
        bench.authorised(ask).header("Origin", "null")
    })
    .await;
}

async fn our_own_origin_is_refused_too(bench: Bench) {
    // The server has no pages, so no page of its own can be asking.
    let origin = bench.target.base_url.clone();
    all_refused(&bench, &origin, &[403], |ask| {
        bench.authorised(ask).header("Origin", &origin)
    })
    .await;
}

async fn foreign_hosts_are_refused(bench: Bench) {
    let port = bench.target.authority().rsplit_once(':').unwrap().1.to_owned();
    let names = [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.nip.io",
        "127.0.0.1.evil.example",
        "evil.localhost",
        "0.0.0.0",
        "192.168.0.1",
        "[::]",
        "127.1",
        "2130706433",
        "0x7f000001",
        "127.0.0.1@evil.example",
        "e",
    ];
    for name in names {
        let host = format!("{name}:{port}");
        all_refused(&bench, &host, &[400, 403], |ask| {
            bench.authorised(ask).header("Host", &host)
        })
        .await;
    }
    for host in ["127.0.0.1:1", "localhost:80", "evil.example"] {
        all_refused(&bench, host, &[400, 403], |ask| {
            bench.authorised(ask).header("Host", host)
        })
        .await;
    }
}

async fn loopback_hosts_are_served(bench: Bench) {
    // Official SDKs in debug mode say localhost.
    let port = bench.target.authority().rsplit_once(':').unwrap().1.to_owned();
    for name in ["127.0.0.1", "localhost", "LOCALHOST"] {
        bench
            .ask(Ask::get("/health").header("Host", &format!("{name}:{port}")))
            .await
            .expect(204);
    }
}

async fn a_missing_host_is_refused(bench: Bench) {
    let token = bench.target.token.clone().unwrap();
    for version in ["1.0", "1.1"] {
        let request = format!(
            "GET /health HTTP/{version}\r\nX-Access-Token: {}\r\nConnection: close\r\n\r\n",
            token.expose()
        );
        let answer = String::from_utf8(bench.exchange_bytes(request.as_bytes()).await).unwrap();
        let status = answer.split(' ').nth(1).unwrap_or_default();
        assert!(["400", "403"].contains(&status), "{answer:?}");
    }
}

async fn simple_posts_of_web_pages_start_nothing(bench: Bench) {
    // What a page may post anywhere without asking first: three types, no own headers. The token would not be there;
    // here it is, to show that the type alone is enough.
    let scratch = bench.target.fresh_path();
    let start = format!("{{\"process\":{{\"cmd\":\"touch\",\"args\":[\"{scratch}\"]}}}}");
    let make = format!("{{\"path\":\"{scratch}\"}}");
    for kind in [
        "text/plain",
        "text/plain;charset=UTF-8",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ] {
        for (path, body) in [
            ("/process.Process/Start", frame(0, start.as_bytes())),
            ("/process.Process/Start", start.clone().into_bytes()),
            ("/filesystem.Filesystem/MakeDir", make.clone().into_bytes()),
        ] {
            bench.ask(Ask::post(path, kind, body)).await.expect(415);
        }
    }
    let route = bench.files_route(&scratch);
    for kind in ["text/plain", "application/x-www-form-urlencoded"] {
        bench.ask(Ask::post(&route, kind, "x")).await.expect(400);
    }
    assert!(!bench.exists(&scratch).await, "refused after the effect");
}

async fn preflights_get_no_permission(bench: Bench) {
    let preflight = Ask::new(Method::OPTIONS, "/process.Process/Start")
        .header("Origin", "https://evil.example")
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "content-type,x-access-token");
    let reply = bench.ask_as_is(preflight).await;
    assert!(reply.status.is_client_error(), "{}", reply.status);
    assert_no_cors(&reply, "preflight");
}

async fn no_reply_has_cors_headers(bench: Bench) {
    let scratch = bench.target.fresh_path();
    for ask in everything(&bench, &scratch) {
        let shown = format!("{} {}", ask.method, ask.path);
        assert_no_cors(&bench.ask(ask).await, &shown);
    }
}

async fn only_loopback_listens(bench: Bench) {
    let (host, port) = bench.target.authority().rsplit_once(':').unwrap();
    assert_eq!(host, Ipv4Addr::LOCALHOST.to_string());
    let port: u16 = port.parse().unwrap();
    // Every other address of this machine, as the kernel lists them; none of them may answer.
    let table = std::fs::read_to_string("/proc/net/fib_trie").unwrap();
    let lines: Vec<&str> = table.lines().collect();
    let locals = lines.windows(2).filter(|pair| pair[1].contains("/32 host LOCAL"));
    for address in locals.filter_map(|pair| pair[0].split_whitespace().last()?.parse::<Ipv4Addr>().ok()) {
        if address != Ipv4Addr::LOCALHOST {
            assert!(TcpStream::connect((address, port)).await.is_err(), "{address} answers");
        }
    }
}

async fn refused_uploads_leave_nothing(bench: Bench) {
    let path = format!("{}/inner/file", bench.folder().await);
    let upload = bench.post_file(&path, vec![b'x'; 1 << 20]);
    bench.ask_as_is(upload.clone()).await.expect(401);
    bench.ask(upload.header("Origin", "null")).await.expect(403);
    let folder = path.strip_suffix("/inner/file").unwrap();
    assert!(bench.paths_below(folder, 9).await.is_empty());
}

async fn refused_over_http2_as_well(bench: Bench) {
    let list = || Ask::post("/process.Process/List", "application/json", "{}");
    bench.ask_http2(list()).await.expect(200);
    bench.ask_http2(list().header("Origin", "null")).await.expect(403);
    bench
        .ask_http2(list().header("X-Access-Token", "wrong"))
        .await
        .expect(401);
}
