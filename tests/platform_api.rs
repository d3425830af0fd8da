//! The platform client against a stub that is a real HTTP server: every call, errors, paging, retries, and where the key goes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop loudly")]

#[path = "support/platform_stub/mod.rs"]
#[expect(dead_code, reason = "other tests do things behind the client's back")]
mod platform_stub;

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use e2b_tui::domain::{Failure, OnTimeout, SandboxId, SandboxState, Secret, Timestamp, parse_metadata};
use e2b_tui::envd::EnvdClient;
use e2b_tui::platform::{
    Configured, LogDirection, LogLevel, LogQuery, Login, MetadataQuery, NewSandbox, PlatformClient, PlatformError,
    PlatformErrorKind, PlatformSettings, SandboxFilter, StartOrder,
};
use platform_stub::{Fault, KEY, PlatformStub, Seed};
use serde_json::json;

const MINUTES: Duration = Duration::from_secs(600);

fn settings_for(variables: &[(&str, String)], ca_file: Option<std::path::PathBuf>) -> PlatformSettings {
    let variable = |name: &str| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.clone())
    };
    let configured = Configured {
        ca_file,
        ..Configured::default()
    };
    PlatformSettings::resolve(variable, configured, Login::default()).unwrap()
}

fn client_of(stub: &PlatformStub) -> PlatformClient {
    PlatformClient::new(settings_for(&stub.environment(), None)).unwrap()
}

fn id(text: &str) -> SandboxId {
    text.parse().unwrap()
}

fn query(text: &str) -> MetadataQuery {
    MetadataQuery(parse_metadata(text).unwrap())
}

#[tokio::test]
async fn a_sandbox_lives_from_create_to_kill() {
    let stub = PlatformStub::start().await;
    let client = client_of(&stub);
    let mut order = NewSandbox::of("base");
    order.metadata = parse_metadata("role=api").unwrap();
    order.on_timeout = OnTimeout::Pause;
    let made = client.create(&order).await.unwrap();
    assert_eq!(made.access.envd_token.as_ref().unwrap().expose().len(), 64);

    let detail = client.get(&made.id).await.unwrap();
    assert_eq!(detail.sandbox.state, SandboxState::Running);
    assert_eq!(detail.on_timeout, Some(OnTimeout::Pause));
    assert_eq!(detail.sandbox.metadata[&"role".into()], "api".into());
    let left = detail.sandbox.life_left(detail.sandbox.started.unwrap()).unwrap();
    assert_eq!(left.as_secs(), 300);

    client.set_timeout(&made.id, MINUTES).await.unwrap();
    client.extend(&made.id, Duration::from_secs(60)).await.unwrap();
    let detail = client.get(&made.id).await.unwrap();
    let life = detail
        .sandbox
        .ends
        .unwrap()
        .since(detail.sandbox.started.unwrap())
        .unwrap();
    assert!(life.as_secs() >= 598, "extending shortened it to {life:?}");

    client.pause(&made.id, true).await.unwrap();
    let error = client.pause(&made.id, true).await.unwrap_err();
    assert_eq!(error.kind(), PlatformErrorKind::Conflict);
    assert_eq!(
        client.locate(&made.id).await.unwrap_err().kind(),
        PlatformErrorKind::Paused
    );
    assert_eq!(stub.knocks_while_asleep(), 0);
    assert!(client.connect(&made.id, MINUTES).await.unwrap().was_paused);
    assert!(!client.connect(&made.id, MINUTES).await.unwrap().was_paused);

    let forks = client.fork(&made.id, 4, MINUTES).await.unwrap();
    assert_eq!(forks.iter().filter(|fork| fork.is_ok()).count(), 3);
    let failed = forks.into_iter().find_map(Result::err).unwrap();
    assert_eq!(failed.cause().unescaped(), "no room for another");

    client.kill(&made.id).await.unwrap();
    assert_eq!(
        client.get(&made.id).await.unwrap_err().kind(),
        PlatformErrorKind::NotFound
    );
    assert_eq!(
        client.kill(&made.id).await.unwrap_err().kind(),
        PlatformErrorKind::NotFound
    );
    let bodies: Vec<_> = stub
        .calls()
        .into_iter()
        .filter(|call| call.path == "/sandboxes")
        .collect();
    assert_eq!(bodies[0].body["secure"], json!(true));
    assert_eq!(bodies[0].body["timeout"], json!(300));
}

#[tokio::test]
async fn what_the_platform_says_of_a_sandbox_is_enough_to_speak_to_its_envd() {
    let stub = PlatformStub::start().await;
    let client = client_of(&stub);
    let made = client.create(&NewSandbox::of("base")).await.unwrap();
    let (endpoint, sandbox) = client.locate(&made.id).await.unwrap();
    assert_eq!(sandbox.id, made.id);
    assert_eq!(endpoint.routing.as_ref().unwrap().sandbox_id, made.id.bare());
    let envd = EnvdClient::new(&endpoint).unwrap();
    envd.health().await.unwrap();
    let mut wrong = endpoint.clone();
    wrong.access_token = Some(Secret::new("wrong"));
    assert!(EnvdClient::new(&wrong).unwrap().list_processes().await.is_err());
    envd.list_processes().await.unwrap();
}

#[tokio::test]
async fn a_pause_takes_its_time_and_is_not_begun_twice() {
    let stub = PlatformStub::start().await;
    let client = client_of(&stub);
    stub.plant(Seed::new("i1"));
    stub.let_pauses_take(Duration::from_millis(300));
    let one = id("i1");
    let first = client.pause(&one, false);
    let second = async {
        while client.get(&one).await.unwrap().sandbox.state == SandboxState::Running {
            tokio::task::yield_now().await;
        }
        client.pause(&one, true).await
    };
    let (first, second) = tokio::join!(first, second);
    first.unwrap();
    assert_eq!(second.unwrap_err().kind(), PlatformErrorKind::Conflict);
    let bodies: Vec<_> = stub.calls().into_iter().filter(|call| call.method == "POST").collect();
    assert_eq!(
        (&bodies[0].body, &bodies[1].body),
        (&json!({ "memory": false }), &json!({}))
    );
}

#[tokio::test]
async fn a_life_ends_by_itself() {
    let stub = PlatformStub::start().await;
    let client = client_of(&stub);
    for (name, pauses) in [("idies", false), ("isleeps", true)] {
        let mut seed = Seed::new(name);
        seed.life = Duration::ZERO;
        stub.plant(seed);
        stub.with_world(|world| {
            let sandbox = world.sandboxes.get_mut(name).unwrap();
            sandbox.ends = sandbox.started.after(Duration::ZERO);
            sandbox.ends = Timestamp::from_unix_millis(sandbox.ends.unix_millis() - 10_000);
            sandbox.pauses_at_end = pauses;
        });
    }
    assert_eq!(
        client.get(&id("idies")).await.unwrap_err().kind(),
        PlatformErrorKind::NotFound
    );
    assert_eq!(
        client.get(&id("isleeps")).await.unwrap().sandbox.state,
        SandboxState::Paused
    );
    let error = client.set_timeout(&id("isleeps"), MINUTES).await.unwrap_err();
    assert_eq!(error.kind(), PlatformErrorKind::NotFound);
}

#[tokio::test]
async fn five_thousand_sandboxes_come_page_by_page_each_once() {
    let stub = PlatformStub::start().await;
    let client = client_of(&stub);
    for number in 0..5000 {
        let mut seed = Seed::new(format!("i{number:05}"));
        seed.is_paused = number % 5 == 0;
        stub.plant(seed);
    }
    let all = client.list(&SandboxFilter::default()).await.unwrap();
    assert_eq!(all.len(), 5000);
    assert_eq!(all[0].id.as_str(), "i04999");
    assert_eq!(stub.take_shapes().len(), 50);

    let some = SandboxFilter {
        states: vec![SandboxState::Paused],
        order: StartOrder::OldestFirst,
        limit: Some(150),
        ..SandboxFilter::default()
    };
    let some = client.list(&some).await.unwrap();
    assert_eq!((some.len(), some[1].id.as_str()), (150, "i00005"));
    assert_eq!(stub.take_shapes().len(), 2);
    let first = client.list_page(&SandboxFilter::default(), None).await.unwrap();
    assert_eq!((first.items.len(), first.total_running), (100, Some(4000)));
}

#[tokio::test]
async fn a_list_that_goes_in_circles_ends() {
    let stub = PlatformStub::start().await;
    let circle = Fault::new("GET /v2/sandboxes", 200)
        .header("x-next-token", "again")
        .body("[]")
        .times(10);
    stub.fail(circle);
    let error = client_of(&stub).list(&SandboxFilter::default()).await.unwrap_err();
    assert_eq!(error.kind(), PlatformErrorKind::NotPlatform);
    assert_eq!(stub.calls().len(), 2);
}

#[tokio::test]
async fn metadata_is_found_whatever_is_in_it() {
    let stub = PlatformStub::start().await;
    let client = client_of(&stub);
    let pairs = [
        ("role", "api"),
        ("with space", "a+b"),
        ("percent", "100%25"),
        ("amp", "a&b=c"),
        ("uni", "grün 日本"),
        ("path", "a/b?c#d"),
        ("empty", ""),
    ];
    for (number, (key, value)) in pairs.iter().enumerate() {
        let mut seed = Seed::new(format!("i{number}"));
        seed.metadata.insert((*key).to_owned(), (*value).to_owned());
        seed.metadata.insert("team".to_owned(), "x".to_owned());
        stub.plant(seed);
    }
    for (number, (key, value)) in pairs.iter().enumerate() {
        let wanted = BTreeMap::from([
            ((*key).to_owned(), (*value).to_owned()),
            ("team".to_owned(), "x".to_owned()),
        ]);
        let filter = SandboxFilter {
            metadata: MetadataQuery(wanted),
            ..SandboxFilter::default()
        };
        let found = client.list(&filter).await.unwrap();
        assert_eq!(found.len(), 1, "{key}={value}");
        assert_eq!(found[0].id.as_str(), format!("i{number}"));
    }
    let nobody = SandboxFilter {
        metadata: query("role=web"),
        ..SandboxFilter::default()
    };
    assert!(client.list(&nobody).await.unwrap().is_empty());
}

#[tokio::test]
async fn snapshots_templates_metrics_and_logs_are_read() {
    let stub = PlatformStub::start().await;
    let client = client_of(&stub);
    stub.plant(Seed::new("i1"));
    let snapshot = client.create_snapshot(&id("i1"), Some("before")).await.unwrap();
    client.create_snapshot(&id("i1"), None).await.unwrap();
    assert_eq!(
        client.snapshots(Some(&id("i1")), Some("before"), None).await.unwrap(),
        std::slice::from_ref(&snapshot)
    );
    assert_eq!(client.snapshots(None, None, None).await.unwrap().len(), 2);
    let copy = client.create(&NewSandbox::of(snapshot.id.unescaped())).await.unwrap();
    assert_eq!(copy.template, snapshot.id);
    client.delete_snapshot(snapshot.id.unescaped()).await.unwrap();
    let again = client.delete_snapshot(snapshot.id.unescaped()).await.unwrap_err();
    assert_eq!(again.kind(), PlatformErrorKind::NotFound);
    let template = client.delete_snapshot("base").await.unwrap_err();
    assert_eq!(template.kind(), PlatformErrorKind::Usage);

    let templates = client.templates().await.unwrap();
    assert_eq!(
        (templates[0].names[0].unescaped(), templates[0].is_public),
        ("e2b/base", true)
    );

    let samples = client.metrics(&id("i1"), None, None).await.unwrap();
    assert!(samples.is_sorted_by_key(|sample| sample.timestamp));
    assert_eq!(
        (samples.len(), samples[0].cpu_count, samples[0].memory_used),
        (3, 2, 104_857_600)
    );
    let many: Vec<SandboxId> = (0..250).map(|number| id(&format!("i{number}"))).collect();
    stub.take_shapes();
    assert_eq!(client.latest_metrics(&many).await.unwrap().len(), 1);
    assert_eq!(stub.take_shapes().len(), 3);

    let line = |second: u32, level: &str, message: &str| json!({ "timestamp": format!("2026-11-01T00:00:{second:02}.5Z"), "level": level, "message": message, "fields": null });
    stub.with_world(|world| {
        let lines = [
            line(1, "info", "one"),
            line(2, "debug", "two"),
            line(3, "error", "th\u{1b}[2Jree"),
        ];
        world.logs.insert("i1".to_owned(), lines.to_vec());
    });
    let newest = client.logs(&id("i1"), &LogQuery::default()).await.unwrap();
    assert_eq!(newest[0].message.to_string(), "th\\u{1b}[2Jree");
    let later = LogQuery {
        from: Some(newest[2].time.after(Duration::from_millis(1))),
        direction: LogDirection::Forward,
        level: Some(LogLevel::Info),
        ..LogQuery::default()
    };
    assert_eq!(client.logs(&id("i1"), &later).await.unwrap().len(), 1);
    assert_eq!(
        client.logs(&id("i9"), &later).await.unwrap_err().kind(),
        PlatformErrorKind::NotFound
    );
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "most of it is a table")]
async fn every_failure_has_its_kind_and_its_sentence() {
    let stub = PlatformStub::start().await;
    let client = client_of(&stub);
    for (fault, kind, code, words) in [
        (Fault::new("GET", 400), PlatformErrorKind::Refused, 1, "planned 400"),
        (
            Fault::new("GET", 401),
            PlatformErrorKind::Denied,
            4,
            "check E2B_API_KEY",
        ),
        (Fault::new("GET", 403), PlatformErrorKind::Denied, 4, "planned 403"),
        (Fault::new("GET", 404), PlatformErrorKind::NotFound, 3, "planned 404"),
        (Fault::new("GET", 409), PlatformErrorKind::Conflict, 1, "planned 409"),
        (Fault::new("GET", 500), PlatformErrorKind::Internal, 1, "planned 500"),
        (
            Fault::new("GET", 404).body("<html>"),
            PlatformErrorKind::NotPlatform,
            5,
            "check E2B_API_URL",
        ),
        (
            Fault::new("GET", 200).body("<html>"),
            PlatformErrorKind::NotPlatform,
            5,
            "not JSON",
        ),
        (
            Fault::new("GET", 200).body("[]"),
            PlatformErrorKind::NotPlatform,
            5,
            "lacks",
        ),
        (
            Fault::new("GET", 200).body("{\"sandboxID\":\"../x\"}"),
            PlatformErrorKind::NotPlatform,
            5,
            "lacks",
        ),
        (
            Fault::new("GET", 429).header("retry-after", "3600"),
            PlatformErrorKind::Limited,
            5,
            "try again in 3600 s",
        ),
    ] {
        stub.fail(fault);
        let error = client.get(&id("i1")).await.unwrap_err();
        assert_eq!(error.kind(), kind);
        let failure = Failure::from(error);
        assert_eq!(failure.kind.exit_code(), code, "{failure}");
        assert!(failure.to_string().starts_with("cannot look up i1: "), "{failure}");
        assert!(failure.to_string().contains(words), "{failure}");
    }
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let variables = [
        ("E2B_API_URL", format!("http://{nobody}")),
        ("E2B_API_KEY", KEY.to_owned()),
    ];
    let error = PlatformClient::new(settings_for(&variables, None))
        .unwrap()
        .get(&id("i1"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), PlatformErrorKind::Unreachable);
    assert_eq!(
        error.to_string(),
        format!(
            "cannot look up i1: {nobody}: connection refused — check the network, and E2B_API_URL and E2B_DOMAIN if they are set"
        )
    );
    let error = PlatformClient::new(settings_for(&variables[..1], None)).unwrap_err();
    assert_eq!(error.kind(), PlatformErrorKind::NoKey);
}

#[tokio::test]
async fn only_what_is_safe_is_tried_again_and_not_sooner_than_told() {
    let stub = PlatformStub::start().await;
    let client = client_of(&stub);
    stub.plant(Seed::new("i1"));
    stub.fail(Fault::new("GET", 429).header("retry-after", "1"));
    stub.fail(Fault::new("GET", 503));
    let begin = std::time::Instant::now();
    client.get(&id("i1")).await.unwrap();
    assert!(begin.elapsed() >= Duration::from_secs(1));
    assert_eq!(stub.take_shapes().len(), 3);

    stub.fail(Fault::new("POST", 503).times(5));
    assert_eq!(
        client.create(&NewSandbox::of("base")).await.unwrap_err().kind(),
        PlatformErrorKind::Busy
    );
    assert_eq!(
        client.connect(&id("i1"), MINUTES).await.unwrap_err().kind(),
        PlatformErrorKind::Busy
    );
    assert_eq!(
        client.fork(&id("i1"), 1, MINUTES).await.unwrap_err().kind(),
        PlatformErrorKind::Busy
    );
    assert_eq!(
        client.pause(&id("i1"), true).await.unwrap_err().kind(),
        PlatformErrorKind::Busy
    );
    assert_eq!(
        client.create_snapshot(&id("i1"), None).await.unwrap_err().kind(),
        PlatformErrorKind::Busy
    );
    assert_eq!(stub.take_shapes().len(), 5);

    stub.fail(Fault::new("DELETE", 502).times(9));
    assert_eq!(
        client.kill(&id("i1")).await.unwrap_err().kind(),
        PlatformErrorKind::Busy
    );
    assert_eq!(stub.take_shapes().len(), 3);
}

/// Counts the bytes that anybody sends to it and answers nothing.
fn trap() -> (std::net::SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let caught = Arc::new(AtomicUsize::new(0));
    let counter = caught.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            counter.fetch_add(1, Ordering::SeqCst);
            let mut buffer = [0; 4096];
            let read = stream.unwrap().read(&mut buffer).unwrap_or(0);
            counter.fetch_add(read, Ordering::SeqCst);
        }
    });
    (address, caught)
}

#[tokio::test]
async fn no_redirect_takes_the_key_anywhere() {
    let stub = PlatformStub::start().await;
    let client = client_of(&stub);
    let (address, caught) = trap();
    for status in [301, 302, 303, 307, 308] {
        let to = format!("http://{address}/sandboxes/i1");
        stub.fail(Fault::new("GET", status).header("location", &to));
        stub.fail(Fault::new("POST", status).header("location", &to));
        let error = client.get(&id("i1")).await.unwrap_err();
        assert_eq!(error.kind(), PlatformErrorKind::NotPlatform, "{status}");
        let error: PlatformError = client.connect(&id("i1"), MINUTES).await.unwrap_err();
        assert!(error.to_string().contains("not followed"), "{error}");
    }
    assert_eq!(caught.load(Ordering::SeqCst), 0);
    // The trap does catch what is sent to it.
    std::net::TcpStream::connect(address).unwrap().write_all(b"x").unwrap();
    let begin = std::time::Instant::now();
    while caught.load(Ordering::SeqCst) < 2 && begin.elapsed() < Duration::from_secs(10) {
        tokio::task::yield_now().await;
    }
    assert_eq!(caught.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn hostile_ids_in_replies_are_passed_over() {
    let stub = PlatformStub::start().await;
    let client = client_of(&stub);
    let hostile = [
        "../../health",
        "i1/../../x",
        "i1?x=y",
        "i1#",
        "I1",
        "i1%2f",
        "i1.evil.org",
        "@evil.org",
        "",
        "i 1",
        "\u{202e}1i",
        "i1\r\nX-A: b",
        "i1\0",
        " i1",
        "i1 ",
        "i1/",
        "/i1",
        "//evil.org/i1",
        "i1\\x",
        "i1:80",
        "i1@evil.org",
        "i_1",
        "i\u{430}1",
        "%69",
        "i1;x",
        "i1&x=y",
        "i1*",
        "..",
        ".",
        "i1\t",
        "\u{feff}i1",
    ];
    let entries: Vec<_> = hostile
        .iter()
        .map(|id| json!({ "sandboxID": id, "state": "running" }))
        .chain([
            json!({ "sandboxID": "igood", "state": "hibernating" }),
            json!("nonsense"),
            json!(null),
        ])
        .collect();
    stub.fail(Fault::new("GET /v2/sandboxes", 200).body(&json!(entries).to_string()));
    let found = client.list(&SandboxFilter::default()).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].state, SandboxState::Other("hibernating".into()));
}

#[tokio::test]
async fn hostile_domains_in_replies_lead_nowhere() {
    let stub = PlatformStub::start().await;
    let client = client_of(&stub);
    let (address, caught) = trap();
    let port = address.port();
    for domain in [
        format!("127.0.0.1:{port}/"),
        format!("x@127.0.0.1:{port}"),
        format!("127.0.0.1:{port}#"),
        format!("127.0.0.1:{port}?"),
        format!("127.1:{port}"),
        format!("0.0.0.0:{port}"),
        format!("2130706433:{port}"),
        format!("localhost.:{port}"),
        "evil".to_owned(),
        "169.254.169.254".to_owned(),
        "metadata.google.internal".to_owned(),
        format!("[::ffff:127.0.0.1]x:{port}"),
        format!("127.0.0.1:{port}\\@e2b.app"),
        format!("user:pass@127.0.0.1:{port}"),
        format!("0x7f000001:{port}"),
        format!("0177.0.0.1:{port}"),
        format!("127.0.0.1:{port} e2b.app"),
        format!("e2b.app@127.0.0.1:{port}"),
        format!("e2b.app/../127.0.0.1:{port}"),
        format!("http://127.0.0.1:{port}"),
        format!("//127.0.0.1:{port}"),
        "e2b.app.evil.test".to_owned(),
        "e2b.app\r\nHost: evil.org".to_owned(),
        "\u{202e}ppa.b2e".to_owned(),
    ] {
        let mut seed = Seed::new("i1");
        seed.domain = Some(domain.clone());
        stub.plant(seed);
        let error = client
            .locate(&id("i1"))
            .await
            .map(|(endpoint, _)| endpoint.base_url)
            .unwrap_err();
        assert_eq!(error.kind(), PlatformErrorKind::NotPlatform, "{domain}");
    }
    assert_eq!(caught.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn looking_and_attaching_never_change_a_life() {
    let stub = PlatformStub::start().await;
    let client = client_of(&stub);
    for number in 0..20 {
        let mut seed = Seed::new(format!("i{number}"));
        seed.is_paused = number % 3 == 0;
        seed.metadata.insert("role".to_owned(), format!("r{}", number % 4));
        stub.plant(seed);
    }
    let before = stub.with_world(|world| {
        let lives = world
            .sandboxes
            .values()
            .map(|one| (one.id.clone(), one.is_paused, one.ends));
        lives.collect::<Vec<_>>()
    });
    for step in 0..200_u32 {
        let one = id(&format!("i{}", step * 7 % 23));
        match step % 6 {
            0 => drop(client.locate(&one).await),
            1 => drop(client.get(&one).await),
            2 => drop(client.metrics(&one, None, None).await),
            3 => drop(client.logs(&one, &LogQuery::default()).await),
            4 => drop(client.latest_metrics(&[one]).await),
            _ => {
                let filter = SandboxFilter {
                    metadata: query(&format!("role=r{}", step % 4)),
                    ..SandboxFilter::default()
                };
                client.list(&filter).await.unwrap();
            }
        }
    }
    let after = stub.with_world(|world| {
        let lives = world
            .sandboxes
            .values()
            .map(|one| (one.id.clone(), one.is_paused, one.ends));
        lives.collect::<Vec<_>>()
    });
    assert_eq!(before, after);
    let calls = stub.calls();
    assert!(calls.len() >= 200);
    assert!(calls.iter().all(|call| call.method == "GET"), "{calls:?}");
}

/// A server that ends TLS with this certificate; counts the bytes of requests that it gets to see.
fn tls_server(names: &[&str]) -> (u16, String, Arc<AtomicUsize>) {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let seen = Arc::new(AtomicUsize::new(0));
    let counter = seen.clone();
    let config = Arc::new(config);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut connection = rustls::ServerConnection::new(config.clone()).unwrap();
            let mut stream = stream.unwrap();
            let mut tls = rustls::Stream::new(&mut connection, &mut stream);
            let mut buffer = [0; 4096];
            let read = tls.read(&mut buffer).unwrap_or(0);
            counter.fetch_add(read, Ordering::SeqCst);
            let _ = tls.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
    });
    (port, made.cert.pem(), seen)
}

#[tokio::test]
async fn a_server_that_cannot_prove_itself_gets_no_byte_of_a_request() {
    let folder = tempfile::tempdir().unwrap();
    let ca_file = folder.path().join("ca.pem");
    let ask = async |port: u16, ca_file: Option<std::path::PathBuf>| {
        let variables = [
            ("E2B_API_URL", format!("https://localhost:{port}")),
            ("E2B_API_KEY", KEY.to_owned()),
        ];
        let client = PlatformClient::new(settings_for(&variables, ca_file)).unwrap();
        client.get(&id("i1")).await.unwrap_err().kind()
    };
    let (port, _, seen) = tls_server(&["localhost"]);
    assert_eq!(ask(port, None).await, PlatformErrorKind::Untrusted);
    assert_eq!(seen.load(Ordering::SeqCst), 0);

    let (port, certificate, seen) = tls_server(&["example.org"]);
    std::fs::write(&ca_file, certificate).unwrap();
    assert_eq!(ask(port, Some(ca_file.clone())).await, PlatformErrorKind::Untrusted);
    assert_eq!(seen.load(Ordering::SeqCst), 0);

    let (address, caught) = trap();
    let outcome = ask(address.port(), None).await;
    assert!(
        matches!(outcome, PlatformErrorKind::Untrusted | PlatformErrorKind::Unreachable),
        "{outcome:?}"
    );
    assert!(caught.load(Ordering::SeqCst) > 0);

    // The same server is spoken to once its certificate is trusted.
    let (port, certificate, seen) = tls_server(&["localhost"]);
    std::fs::write(&ca_file, certificate).unwrap();
    assert_eq!(ask(port, Some(ca_file)).await, PlatformErrorKind::NotPlatform);
    assert!(seen.load(Ordering::SeqCst) > 0);
}
