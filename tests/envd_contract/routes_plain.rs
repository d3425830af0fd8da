//! The small routes: /health, /metrics, /envs; verbs and paths that are none (`envd-wire.md` 1.1, 6).

use http::Method;

use crate::bench::Bench;
use crate::case::{Case, Need, needing, once};
use crate::raw_http::Ask;

pub fn cases() -> Vec<Case> {
    [
        once!["routes";
            health_is_204_and_empty, metrics_have_their_fields, envs_is_an_object, wrong_verbs_are_405,
            unknown_paths_are_404, unknown_calls_are_404, calls_by_other_verbs_are_405, unknown_user_is_refused_anywhere,
        ],
        needing(Need::Embedded, once!["routes"; control_plane_is_not_served]),
        needing(Need::Foreign, once!["routes"; any_page_may_ask]),
    ]
    .concat()
}

async fn health_is_204_and_empty(bench: Bench) {
    let reply = bench.ask(Ask::get("/health")).await.expect(204);
    assert_eq!(reply.header("cache-control"), "no-store");
    assert!(reply.body.is_empty());
}

async fn metrics_have_their_fields(bench: Bench) {
    let reply = bench.ask(Ask::get("/metrics")).await.expect(200);
    assert_eq!(
        (reply.header("content-type"), reply.header("cache-control")),
        ("application/json", "no-store")
    );
    let metrics = reply.json();
    let number = |name: &str| metrics[name].as_u64().unwrap_or_else(|| panic!("{name} in {metrics}"));
    assert!(number("ts") > 1_700_000_000);
    assert!(number("cpu_count") > 0);
    let percent = metrics["cpu_used_pct"].as_f64().unwrap();
    assert!((0.0..=100.0).contains(&percent), "{percent}");
    // Both readings of the same number must agree: bytes and whole mebibytes.
    for (bytes, mebibytes) in [("mem_total", "mem_total_mib"), ("mem_used", "mem_used_mib")] {
        assert_eq!(number(bytes) / 1024 / 1024, number(mebibytes), "{metrics}");
    }
    assert!(number("mem_total") > number("mem_used") && number("mem_used") > 0);
    assert!(number("mem_cache") < number("mem_total"));
    assert!(number("disk_total") > number("disk_used") && number("disk_used") > 0);
    let seen = bench.shell("date +%s").await.stdout();
    assert!(number("ts").abs_diff(seen.trim().parse().unwrap()) <= 30);
}

async fn envs_is_an_object(bench: Bench) {
    let reply = bench.ask(Ask::get("/envs")).await.expect(200);
    assert_eq!(
        (reply.header("content-type"), reply.header("cache-control")),
        ("application/json", "no-store")
    );
    let envs = reply.json();
    // What it tells is what processes find.
    let told = envs["E2B_SANDBOX"].as_str().unwrap();
    assert_eq!(bench.shell("printf %s \"$E2B_SANDBOX\"").await.stdout(), told);
    assert!(
        envs.as_object().unwrap().values().all(serde_json::Value::is_string),
        "{envs}"
    );
}

async fn wrong_verbs_are_405(bench: Bench) {
    let cases = [
        (Method::POST, "/health"),
        (Method::HEAD, "/health"),
        (Method::DELETE, "/metrics"),
        (Method::POST, "/envs"),
        (Method::PUT, "/files"),
        (Method::HEAD, "/files"),
        (Method::DELETE, "/files?path=/tmp/none"),
        (Method::GET, "/files/compose"),
    ];
    for (method, path) in cases {
        let reply = bench.ask(Ask::new(method.clone(), path)).await;
        assert_eq!(reply.status, 405, "{method} {path}: {:?}", reply.text());
    }
}

async fn unknown_paths_are_404(bench: Bench) {
    for path in [
        "/",
        "/nothing",
        "/health/",
        "/filesystem.Filesystem",
        "/process.Process/",
    ] {
        let reply = bench.ask(Ask::get(path)).await;
        assert_eq!(reply.status, 404, "{path}: {:?}", reply.text());
        assert_eq!(reply.header("content-type"), "text/plain; charset=utf-8", "{path}");
    }
}

async fn unknown_calls_are_404(bench: Bench) {
    for path in [
        "/process.Process/Nothing",
        "/filesystem.Filesystem/Nothing",
        "/no.Service/List",
    ] {
        for kind in ["application/json", "application/proto", "application/grpc-web+proto"] {
            let reply = bench.ask(Ask::post(path, kind, "{}")).await;
            assert_eq!(reply.status, 404, "{path}: {:?}", reply.text());
            assert_eq!(reply.header("content-type"), "text/plain; charset=utf-8", "{path}");
        }
    }
}

async fn calls_by_other_verbs_are_405(bench: Bench) {
    for path in [
        "/process.Process/List",
        "/process.Process/Start",
        "/filesystem.Filesystem/Stat",
    ] {
        for method in [Method::GET, Method::PUT, Method::DELETE, Method::HEAD] {
            let ask = Ask::new(method.clone(), path).header("Content-Type", "application/json");
            let reply = bench.ask(ask).await;
            assert_eq!(
                (reply.status.as_u16(), reply.header("allow")),
                (405, "POST"),
                "{method} {path}"
            );
        }
    }
}

async fn unknown_user_is_refused_anywhere(bench: Bench) {
    for path in ["/health", "/metrics", "/nothing"] {
        // "no-such-user:" in base64.
        let reply = bench
            .ask(Ask::get(path).header("Authorization", "Basic bm8tc3VjaC11c2VyOg=="))
            .await
            .expect(401);
        let error = reply.json();
        assert_eq!(error["code"], "unauthenticated", "{path}");
        assert_eq!(error["message"], "invalid username: 'no-such-user'", "{path}");
    }
}

async fn any_page_may_ask(bench: Bench) {
    let preflight = Ask::new(Method::OPTIONS, "/process.Process/List")
        .header("Origin", "https://page.example")
        .header("Access-Control-Request-Method", "POST");
    let reply = bench.ask_as_is(preflight).await.expect(204);
    assert_eq!(reply.header("access-control-allow-origin"), "*");
    assert_eq!(reply.header("access-control-max-age"), "7200");
}

async fn control_plane_is_not_served(bench: Bench) {
    for path in [
        "/init",
        "/freeze",
        "/unfreeze",
        "/fsfreeze",
        "/fsthaw",
        "/collapse",
        "/upgrade",
    ] {
        bench.ask(Ask::post(path, "application/json", "{}")).await.expect(404);
    }
}
