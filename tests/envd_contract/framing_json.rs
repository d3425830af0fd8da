//! Connect with JSON bodies, as the official SDKs speak it (`envd-wire.md` 1.2).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::bench::{Bench, shell_command};
use crate::case::{Case, Need, needing, once};
use crate::frames::{frame, frames};
use crate::raw_http::Ask;

pub fn cases() -> Vec<Case> {
    [
        once!["json";
            names_come_in_camel_case, names_are_taken_in_both_cases, long_numbers_are_text, enums_are_names,
            enums_are_taken_by_number, bytes_are_base64, unknown_fields_are_ignored, an_empty_body_is_invalid,
            defaults_are_left_out, a_whole_stream, presence_of_optional_fields_counts, times_are_rfc_3339,
            events_of_a_watch, the_old_python_sdk_gets_less,
        ],
        needing(Need::Attributes, once!["json"; maps_are_objects]),
    ]
    .concat()
}

async fn call(bench: &Bench, path: &str, body: &Value) -> Value {
    let reply = bench
        .ask(Ask::post(path, "application/json", body.to_string()))
        .await
        .expect(200);
    assert_eq!(reply.header("content-type"), "application/json");
    reply.json()
}

/// Calls a stream to its end: all messages, and then an end frame without error.
async fn stream(bench: &Bench, path: &str, body: &Value) -> Vec<Value> {
    let ask = Ask::post(path, "application/connect+json", frame(0, body.to_string().as_bytes()));
    let reply = bench.ask(ask).await.expect(200);
    assert_eq!(reply.header("content-type"), "application/connect+json");
    let mut found = frames(&reply.body);
    let (flags, end) = found.pop().unwrap();
    assert_eq!((flags, serde_json::from_slice::<Value>(&end).unwrap()), (2, json!({})));
    found
        .iter()
        .map(|(_, payload)| serde_json::from_slice(payload).unwrap())
        .collect()
}

async fn names_come_in_camel_case(bench: Bench) {
    let folder = bench.folder_with("touch file && ln -s file link").await;
    let reply = call(
        &bench,
        "/filesystem.Filesystem/Stat",
        &json!({"path": format!("{folder}/link")}),
    )
    .await;
    assert_eq!(reply["entry"]["symlinkTarget"], format!("{folder}/file"));
    assert!(reply["entry"]["modifiedTime"].is_string(), "{reply}");
}

async fn names_are_taken_in_both_cases(bench: Bench) {
    let folder = bench.folder().await;
    for name in ["watcherId", "watcher_id"] {
        let made = call(
            &bench,
            "/filesystem.Filesystem/CreateWatcher",
            &json!({"path": folder, "include_entry": true, "recursive": true}),
        )
        .await;
        let removal = json!({name: made["watcherId"]});
        assert_eq!(
            call(&bench, "/filesystem.Filesystem/RemoveWatcher", &removal).await,
            json!({})
        );
    }
}

async fn long_numbers_are_text(bench: Bench) {
    let folder = bench.folder_with("printf 12345 > file").await;
    let reply = call(
        &bench,
        "/filesystem.Filesystem/Stat",
        &json!({"path": format!("{folder}/file")}),
    )
    .await;
    assert_eq!(
        (&reply["entry"]["size"], &reply["entry"]["mode"].is_number()),
        (&json!("12345".len().to_string()), &true)
    );
}

async fn enums_are_names(bench: Bench) {
    let reply = call(&bench, "/filesystem.Filesystem/Stat", &json!({"path": "/"})).await;
    assert_eq!(reply["entry"]["type"], "FILE_TYPE_DIRECTORY");
}

async fn enums_are_taken_by_number(bench: Bench) {
    for signal in [json!(9), json!("SIGNAL_SIGKILL")] {
        let running = bench.start(shell_command("read -r line")).await;
        let body = json!({"process": {"pid": running.pid}, "signal": signal});
        assert_eq!(call(&bench, "/process.Process/SendSignal", &body).await, json!({}));
        assert_eq!(running.finish().await.end.status, "signal: killed");
    }
}

async fn bytes_are_base64(bench: Bench) {
    let running = bench.start(shell_command("cat")).await;
    let text = "text of several lines\n".repeat(3);
    let body = json!({"process": {"pid": running.pid}, "input": {"stdin": STANDARD.encode(&text)}});
    call(&bench, "/process.Process/SendInput", &body).await;
    bench.close_stdin(running.pid).await.unwrap();
    assert_eq!(running.finish().await.succeeded().stdout(), text);
}

async fn unknown_fields_are_ignored(bench: Bench) {
    let body = json!({"path": "/", "fromTheFuture": {"deep": [1, 2]}});
    call(&bench, "/filesystem.Filesystem/Stat", &body).await;
}

async fn an_empty_body_is_invalid(bench: Bench) {
    let reply = bench
        .ask(Ask::post("/process.Process/List", "application/json", ""))
        .await
        .expect(400);
    assert_eq!(reply.json()["code"], "invalid_argument");
}

async fn defaults_are_left_out(bench: Bench) {
    let folder = bench.folder_with("touch file").await;
    let reply = call(
        &bench,
        "/filesystem.Filesystem/Stat",
        &json!({"path": format!("{folder}/file")}),
    )
    .await;
    for name in ["size", "symlinkTarget", "metadata"] {
        assert!(reply["entry"].get(name).is_none(), "{name} in {reply}");
    }
    let folder = bench.folder().await;
    assert_eq!(
        call(&bench, "/filesystem.Filesystem/ListDir", &json!({"path": folder})).await,
        json!({})
    );
}

async fn a_whole_stream(bench: Bench) {
    let body =
        json!({"process": {"cmd": "/bin/sh", "args": ["-c", "printf out; exit 3"], "envs": {"A": "b"}, "cwd": "/"}});
    let messages = stream(&bench, "/process.Process/Start", &body).await;
    let pid = messages[0]["event"]["start"]["pid"].as_u64().unwrap();
    let data = json!({"event": {"data": {"stdout": STANDARD.encode("out")}}});
    let end =
        json!({"event": {"end": {"exitCode": 3, "exited": true, "status": "exit status 3", "error": "exit status 3"}}});
    assert!(pid > 1);
    assert_eq!(messages[1..], [data, end]);
}

async fn presence_of_optional_fields_counts(bench: Bench) {
    // `stdin: false` is not the same as no `stdin`: with it, cat ends at once.
    let body = json!({"process": {"cmd": "cat"}, "stdin": false});
    let messages = stream(&bench, "/process.Process/Start", &body).await;
    let end = json!({"event": {"end": {"exited": true, "status": "exit status 0"}}});
    assert_eq!(messages[1..], [end]);
}

async fn times_are_rfc_3339(bench: Bench) {
    let folder = bench.folder_with("touch -d '2001-02-03T04:05:06.5Z' file").await;
    let reply = call(
        &bench,
        "/filesystem.Filesystem/Stat",
        &json!({"path": format!("{folder}/file")}),
    )
    .await;
    assert_eq!(reply["entry"]["modifiedTime"], "2001-02-03T04:05:06.500Z");
}

async fn maps_are_objects(bench: Bench) {
    let path = format!("{}/file", bench.folder().await);
    bench
        .ask(bench.post_file(&path, "x").header("X-Metadata-Key", "value"))
        .await
        .expect(200);
    let reply = call(&bench, "/filesystem.Filesystem/Stat", &json!({"path": path})).await;
    assert_eq!(reply["entry"]["metadata"], json!({"key": "value"}));
}

async fn events_of_a_watch(bench: Bench) {
    let folder = bench.folder().await;
    let made = call(&bench, "/filesystem.Filesystem/CreateWatcher", &json!({"path": folder})).await;
    bench.shell(&format!("mkdir {folder}/new")).await.succeeded();
    let poll = json!({"watcherId": made["watcherId"]});
    let events = loop {
        let events = call(&bench, "/filesystem.Filesystem/GetWatcherEvents", &poll).await;
        if events != json!({}) {
            break events;
        }
    };
    assert_eq!(
        events,
        json!({"events": [{"name": "new", "type": "EVENT_TYPE_CREATE"}]})
    );
    call(&bench, "/filesystem.Filesystem/RemoveWatcher", &poll).await;
}

async fn the_old_python_sdk_gets_less(bench: Bench) {
    // It breaks on fields that it does not know, and says so by its name.
    let ask = Ask::post(
        "/filesystem.Filesystem/Stat",
        "application/json",
        "{\"path\":\"/etc/passwd\"}",
    );
    let reply = bench
        .ask(ask.clone().header("User-Agent", "connect-python"))
        .await
        .expect(200);
    assert_eq!(reply.header("x-e2b-legacy-sdk"), "true");
    let expected = json!({"entry": {"name": "passwd", "type": "FILE_TYPE_FILE", "path": "/etc/passwd"}});
    assert_eq!(reply.json(), expected);
    let reply = bench
        .ask(ask.header("User-Agent", "connect-python/1.0"))
        .await
        .expect(200);
    assert_eq!(reply.header("x-e2b-legacy-sdk"), "");
    assert!(reply.json()["entry"]["owner"].is_string());
}
