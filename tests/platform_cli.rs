//! The real binary against the stubbed platform: find, start, use, put to sleep, copy and end sandboxes from the command line.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop loudly")]

#[path = "support/platform_stub/mod.rs"]
#[expect(dead_code, reason = "other tests do things behind the program's back")]
mod platform_stub;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use platform_stub::{Fault, KEY, PlatformStub, Seed};
use serde_json::{Value, json};

/// What a run of the program came to.
#[derive(Debug)]
struct Outcome {
    code: i32,
    out: String,
    err: String,
}

impl Outcome {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap()
    }

    /// The only line of standard output.
    fn line(&self) -> String {
        assert_eq!((self.code, self.out.lines().count()), (0, 1), "{self:?}");
        self.out.trim_end().to_owned()
    }
}

/// A user with a home of their own and nothing in it.
struct User {
    home: tempfile::TempDir,
    variables: Vec<(&'static str, String)>,
}

impl User {
    fn of(stub: &PlatformStub) -> Self {
        Self::with(stub.environment())
    }

    fn with(variables: Vec<(&'static str, String)>) -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
            variables,
        }
    }

    fn home(&self) -> &Path {
        self.home.path()
    }

    /// Runs the program without a terminal and without input.
    async fn run(&self, words: &[&str]) -> Outcome {
        let mut command = Command::new(env!("CARGO_BIN_EXE_e2b-tui"));
        command
            .args(words)
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap())
            .env("HOME", self.home())
            .envs(self.variables.iter().map(|(name, value)| (*name, value.as_str())))
            .stdin(Stdio::null());
        let output = tokio::task::spawn_blocking(move || command.output().unwrap())
            .await
            .unwrap();
        Outcome {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

fn only_looks(shapes: &[String]) -> bool {
    !shapes.is_empty() && shapes.iter().all(|shape| shape.starts_with("GET "))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_create_to_kill() {
    let stub = PlatformStub::start().await;
    let user = User::of(&stub);
    let id = user.run(&["create", "-m", "role=api", "--timeout", "10m"]).await.line();
    let id = id.as_str();
    stub.take_shapes();

    let ran = user
        .run(&["exec", id, "--", "sh", "-c", "echo out; echo err >&2; exit 7"])
        .await;
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (7, "out\n", "err\n"));
    assert_eq!(stub.take_shapes(), ["GET /sandboxes/{id}"]);

    let listed = user.run(&["ls", "-m", "role=api", "--json"]).await.json();
    assert_eq!(
        (listed[0]["sandboxId"].as_str(), listed[0]["state"].as_str()),
        (Some(id), Some("running"))
    );
    let info = user.run(&["in", id]).await;
    assert!(
        info.out.contains("role=api") && info.out.contains("asks for a token  yes"),
        "{info:?}"
    );

    stub.let_pauses_take(Duration::from_millis(700));
    assert_eq!(user.run(&["pause", id]).await.line(), format!("{id} is paused"));
    assert_eq!(
        user.run(&["pause", id]).await.line(),
        format!("{id} was paused already")
    );
    stub.take_shapes();
    let refused = user.run(&["exec", id, "--", "true"]).await;
    assert_eq!(refused.code, 3);
    assert_eq!(
        refused.err,
        format!("e2b-tui: cannot reach {id}: it is paused — `e2b-tui resume {id}` wakes it\n")
    );
    assert!(only_looks(&stub.take_shapes()));

    assert_eq!(user.run(&["rs", id]).await.line(), format!("{id} runs again, for 5m"));
    let again = user.run(&["resume", id, "--json"]).await.json();
    assert_eq!(again, json!({ "sandboxId": id, "outcome": "unchanged" }));

    let copy = user.run(&["fork", id, "--timeout", "1h"]).await.line();
    assert_ne!(copy, id);
    let many = user.run(&["run", "role=api", "--", "sh", "-c", "echo same"]).await;
    assert_eq!(many.code, 0, "{many:?}");
    assert_eq!(many.out, format!("== 2 sandboxes: {id}, {copy} == exit 0\nsame\n"));
    assert_eq!(
        user.run(&["kill", id, &copy]).await.out,
        format!("{id} is gone\n{copy} is gone\n")
    );
    let gone = user.run(&["kill", id]).await;
    assert_eq!(gone.code, 3);
    assert!(
        gone.err.starts_with(&format!("e2b-tui: cannot kill {id}: ")),
        "{gone:?}"
    );
    let empty = user.run(&["list", "-s", "running,paused"]).await;
    assert_eq!(
        (empty.code, empty.out.as_str(), empty.err.as_str()),
        (0, "", "e2b-tui: no sandboxes found\n")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metadata_names_sandboxes() {
    let stub = PlatformStub::start().await;
    let user = User::of(&stub);
    let create = async |role: &str| {
        user.run(&["cr", "base", "-m", &format!("team=x,role={role}")])
            .await
            .line()
    };
    let (web, api) = (create("web").await, create("api").await);
    stub.take_shapes();

    let one = user.run(&["exec", "role=api,team=x", "--", "echo", "hello"]).await;
    assert_eq!((one.code, one.out.as_str()), (0, "hello\n"), "{one:?}");
    let several = user.run(&["exec", "team=x", "--", "true"]).await;
    assert_eq!(several.code, 2);
    assert!(
        several.err.contains(&web) && several.err.contains("e2b-tui run"),
        "{several:?}"
    );
    let nobody = user.run(&["exec", "role=db", "--", "true"]).await;
    assert_eq!(nobody.code, 3);
    assert!(nobody.err.contains("no running sandbox has role=db"), "{nobody:?}");

    let answers = user
        .run(&[
            "run",
            "team=x",
            "local",
            "--json",
            "--",
            "sh",
            "-c",
            "echo $E2B_SANDBOX; exit 3",
        ])
        .await;
    assert_eq!(answers.code, 1);
    let answers = answers.json();
    assert_eq!(answers[0]["targets"], json!([web, api, "local".to_owned()]));
    assert_eq!(
        (&answers[0]["exitCode"], &answers[0]["stdout"]),
        (&json!(3), &json!("true\n"))
    );
    let missing = user.run(&["run", "team=x", "--", "/no/such/program"]).await;
    assert_eq!(missing.code, 1, "{missing:?}");
    let doctor = user.run(&["doctor", "team=x", "--json"]).await.json();
    assert_eq!(doctor["sandboxes"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&doctor["platform"]["ok"], &doctor["platform"]["running"]),
        (&json!(true), &json!(2))
    );
    assert!(only_looks(&stub.take_shapes()));

    user.run(&["pause", &api]).await.line();
    let asleep = user.run(&["exec", "role=api", "--", "true"]).await;
    assert_eq!(asleep.code, 3);
    assert!(
        asleep.err.contains(&format!("`e2b-tui resume {api}` wakes it")),
        "{asleep:?}"
    );
    assert_eq!(
        stub.knocks_while_asleep(),
        0,
        "a query must not ask sandboxes that sleep"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_life_is_shortened_only_on_demand() {
    let stub = PlatformStub::start().await;
    stub.plant(Seed::new("ilong"));
    let user = User::of(&stub);
    let less = user.run(&["timeout", "ilong", "1m"]).await.line();
    assert!(
        less.starts_with("ilong lives longer already, for 9m; --exact"),
        "{less}"
    );
    assert!(only_looks(&stub.take_shapes()));
    assert_eq!(user.run(&["timeout", "ilong", "30m"]).await.line(), "ilong ends in 29m");
    assert!(
        stub.take_shapes()
            .contains(&"POST /sandboxes/{id}/refreshes".to_owned())
    );
    assert_eq!(
        user.run(&["timeout", "ilong", "2h"]).await.line(),
        "ilong ends in 1h59m"
    );
    assert_eq!(
        user.run(&["timeout", "ilong", "60", "--exact"]).await.line(),
        "ilong ends in 1m"
    );
    for bad in ["0", "-5", "soon"] {
        assert_eq!(user.run(&["timeout", "ilong", bad]).await.code, 2, "{bad}");
    }
}

/// Without an order the newest are listed, the oldest of them first; and that there are more is said.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_is_cut_in_its_order_and_says_so() {
    let stub = PlatformStub::start().await;
    for number in 0..3 {
        stub.plant(Seed::new(format!("i{number}")));
    }
    let user = User::of(&stub);
    let ids = async |words: &[&str]| {
        let listed = user.run(words).await;
        let ids: Vec<String> = listed
            .json()
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["sandboxId"].to_string())
            .collect();
        (ids.join(" "), listed.err)
    };
    let (newest, more) = ids(&["list", "-l", "2", "--json"]).await;
    assert_eq!(newest, "\"i1\" \"i2\"");
    assert_eq!(more, "e2b-tui: only 2 are listed; --limit changes that\n");
    assert_eq!(
        ids(&["list", "-l", "2", "-o", "desc", "--json"]).await.0,
        "\"i2\" \"i1\""
    );
    assert_eq!(
        ids(&["list", "-l", "2", "-o", "asc", "--json"]).await.0,
        "\"i0\" \"i1\""
    );
    assert_eq!(
        ids(&["list", "-l", "3", "--json"]).await,
        ("\"i0\" \"i1\" \"i2\"".to_owned(), String::new())
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_seen_of_sandboxes() {
    let stub = PlatformStub::start().await;
    for number in 0..3 {
        let mut seed = Seed::new(format!("i{number}"));
        seed.metadata.insert("na\u{202e}me".to_owned(), "\u{1b}[2Jx".to_owned());
        stub.plant(seed);
    }
    let user = User::of(&stub);
    let list = user.run(&["list"]).await;
    assert!(list.out.contains("na\\u{202e}me=\\u{1b}[2Jx"), "{list:?}");
    let listed = user.run(&["list", "-f", "json", "-l", "2", "-o", "desc"]).await;
    assert!(!listed.out.contains(['\u{202e}', '\u{1b}']));
    assert_eq!(listed.json()[0]["metadata"]["na\u{202e}me"], "\u{1b}[2Jx");
    assert_eq!(listed.json().as_array().unwrap().len(), 2);

    let metrics = user.run(&["mt", "i0"]).await;
    assert_eq!((metrics.code, metrics.out.lines().count()), (0, 4), "{metrics:?}");
    assert!(metrics.out.contains("100/512"));
    let latest = user.run(&["metrics", "--format", "json"]).await.json();
    assert_eq!(latest.as_object().unwrap().len(), 3);

    let snapshot = user.run(&["snapshot", "create", "i0", "-n", "before"]).await.line();
    let snapshots = user.run(&["snap", "ls", "i0", "--json"]).await.json();
    assert_eq!(snapshots, json!([{ "snapshotId": snapshot, "names": ["before"] }]));
    assert_eq!(
        user.run(&["snap", "dl", &snapshot]).await.line(),
        format!("{snapshot} is gone")
    );
    assert_eq!(user.run(&["snapshot", "delete", &snapshot]).await.code, 3);
    assert_eq!(user.run(&["snapshot", "delete", "base"]).await.code, 2);
    assert!(user.run(&["templates"]).await.out.contains("e2b/base"));

    let line = |second: u32, level: &str, logger: &str| {
        json!({
            "timestamp": format!("2026-11-01T00:00:{second:02}.5Z"), "level": level,
            "message": format!("line {second}"), "fields": { "logger": logger },
        })
    };
    stub.with_world(|world| {
        let lines = vec![
            line(1, "info", "envd.process"),
            line(2, "debug", "envd"),
            line(3, "error", "orchestrator"),
        ];
        world.logs.insert("i0".to_owned(), lines);
    });
    let logs = user.run(&["logs", "i0"]).await;
    assert_eq!(
        logs.out,
        "2026-11-01T00:00:01Z  INFO   line 1 logger=envd.process\n2026-11-01T00:00:03Z  ERROR  line 3 logger=orchestrator\n"
    );
    stub.fail(Fault::new("GET /v2/sandboxes/i0/logs", 503).times(2));
    let some = user
        .run(&["lg", "i0", "--level", "DEBUG", "--loggers", "envd", "--json"])
        .await
        .json();
    assert_eq!(some.as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn following_a_log_ends_with_the_sandbox_and_misses_nothing() {
    let stub = PlatformStub::start().await;
    stub.plant(Seed::new("i0"));
    let line = |number: u32| json!({ "timestamp": format!("2026-11-01T00:00:{:02}Z", number / 2), "level": "info", "message": format!("line {number}"), "fields": {} });
    stub.with_world(|world| world.logs.insert("i0".to_owned(), vec![line(0), line(1)]));
    let user = User::of(&stub);
    let following = user.run(&["logs", "i0", "-f"]);
    let growing = async {
        for number in 2..6 {
            let before = stub.calls().len();
            while stub.calls().len() < before + 2 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            stub.with_world(|world| world.logs.get_mut("i0").unwrap().push(line(number)));
        }
        stub.with_world(|world| world.sandboxes.get_mut("i0").unwrap().is_paused = true);
    };
    let (followed, ()) = tokio::time::timeout(Duration::from_secs(60), async { tokio::join!(following, growing) })
        .await
        .unwrap();
    assert_eq!(followed.code, 0);
    let seen: Vec<&str> = followed
        .out
        .lines()
        .map(|line| line.rsplit("  ").next().unwrap())
        .collect();
    assert_eq!(seen, ["line 0", "line 1", "line 2", "line 3", "line 4", "line 5"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::too_many_lines, reason = "most of it is a table")]
async fn each_failure_has_one_sentence_and_its_exit_code() {
    let stub = PlatformStub::start().await;
    let url = || ("E2B_API_URL", stub.url());
    let key = |key: &str| ("E2B_API_KEY", key.to_owned());
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    for (variables, words, code, part) in [
        (vec![url()], vec!["list"], 4, "there is no API key — set E2B_API_KEY"),
        (
            vec![url(), key("secret")],
            vec!["list"],
            4,
            "does not have the shape of one",
        ),
        (vec![url(), key("e2b_dead")], vec!["list"], 4, "Invalid API key"),
        (vec![url(), key(KEY)], vec!["info", "i404"], 3, "doesn't exist"),
        (vec![url(), key(KEY)], vec!["info", "../x"], 2, "small letters, digits"),
        (
            vec![url(), key(KEY)],
            vec!["create", "nope"],
            3,
            "template 'nope' not found",
        ),
        (
            vec![url(), key(KEY)],
            vec!["create", "--timeout", "25h"],
            1,
            "Timeout cannot be greater",
        ),
        (
            vec![url(), key(KEY)],
            vec!["create", "--lifecycle.autoresume"],
            2,
            "--lifecycle.ontimeout pause",
        ),
        (vec![url(), key(KEY)], vec!["kill"], 2, "ID"),
        (vec![url(), key(KEY)], vec!["exec", "role", "--", "x"], 5, "role:49983"),
        (
            vec![url(), key(KEY)],
            vec!["exec", "a=1,b", "--", "x"],
            2,
            "`b` is not key=value",
        ),
        (
            vec![("E2B_API_URL", "http://api.e2b.app".into()), key(KEY)],
            vec!["list"],
            2,
            "must begin with https://",
        ),
        (
            vec![("E2B_API_URL", format!("http://{closed}")), key(KEY)],
            vec!["list"],
            5,
            "connection refused",
        ),
        (
            vec![("E2B_DOMAIN", "x/y".into()), key(KEY)],
            vec!["list"],
            2,
            "`x/y` is no domain",
        ),
    ] {
        let outcome = User::with(variables).run(&words).await;
        assert_eq!(outcome.code, code, "{words:?}: {outcome:?}");
        assert!(
            outcome.err.contains(part) && outcome.out.is_empty(),
            "{words:?}: {outcome:?}"
        );
        assert!(!outcome.err.contains("secret"));
    }
    stub.fail(Fault::new("GET", 302).header("location", "http://example.org/"));
    let elsewhere = User::of(&stub).run(&["list"]).await;
    assert_eq!(elsewhere.code, 5);
    assert!(elsewhere.err.contains("which is not followed"), "{elsewhere:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_login_of_the_official_tools_is_used_and_left_as_it_is() {
    let stub = PlatformStub::start().await;
    stub.plant(Seed::new("i0"));
    let user = User::with(vec![("E2B_API_URL", stub.url())]);
    let folder = user.home().join(".e2b");
    fs::create_dir(&folder).unwrap();
    let file = folder.join("config.json");
    for login in [
        format!("{{\"version\":2,\"projectApiKey\":\"{KEY}\"}}"),
        format!("{{\"version\":1,\"teamApiKey\":\"{KEY}\",\"identity\":null}}"),
    ] {
        fs::write(&file, &login).unwrap();
        assert_eq!(user.run(&["list", "--json"]).await.json()[0]["sandboxId"], "i0");
        assert_eq!(fs::read_to_string(&file).unwrap(), login);
    }
    fs::write(&file, "{}").unwrap();
    let unusable = user.run(&["list"]).await;
    assert_eq!(unusable.code, 4);
    assert!(unusable.err.contains("it holds no API key"), "{unusable:?}");

    fs::create_dir_all(user.home().join(".config/e2b-tui")).unwrap();
    fs::write(user.home().join(".config/e2b-tui/key"), format!("{KEY}\n")).unwrap();
    let config = format!("[platform]\napi_url = \"{}\"\napi_key_file = \"key\"\n", stub.url());
    fs::write(user.home().join(".config/e2b-tui/config.toml"), config).unwrap();
    assert_eq!(user.run(&["list"]).await.code, 0);
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn neither_key_nor_token_is_written_anywhere() {
    let stub = PlatformStub::start().await;
    let user = User::of(&stub);
    let id = user.run(&["create", "--log", "trace", "-m", "a=b"]).await.line();
    let token = stub.with_world(|world| world.sandboxes[&id].token.clone().unwrap());
    let mut outcomes = Vec::new();
    for words in [
        &["list"][..],
        &["info", &id],
        &["info", &id, "--json"],
        &[
            "exec",
            &id,
            "--",
            "sh",
            "-c",
            "env; cat /proc/self/environ /proc/self/cmdline",
        ],
        &["run", "a=b", "--", "env"],
        &["doctor", &id],
        &["doctor", &id, "--json"],
        &["fork", &id, "--json"],
        &["resume", &id, "--json"],
        &["info", "i404"],
        &["config"],
    ] {
        let mut all = words.to_vec();
        all.splice(1..1, ["--log", "trace"]);
        outcomes.push(user.run(&all).await);
    }
    stub.fail(Fault::new("GET", 500).body("not json"));
    outcomes.push(user.run(&["list", "--log", "trace"]).await);
    let written = files_below(user.home());
    assert!(
        written.iter().any(|path| path.ends_with("e2b-tui.log")),
        "no log to look into: {written:?}"
    );
    let log: String = written.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    assert!(log.contains("platform call"), "the log says nothing of the platform");
    for text in outcomes
        .iter()
        .flat_map(|outcome| [&outcome.out, &outcome.err])
        .chain([&log])
    {
        assert!(
            !text.contains(KEY) && !text.contains(&KEY[4..]),
            "the key is in: {text}"
        );
        assert!(!text.contains(&token), "the token is in: {text}");
    }
}
