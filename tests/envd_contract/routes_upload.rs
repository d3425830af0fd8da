//! POST /files and /files/compose (`envd-wire.md` 6, 6.2).

use std::io::Write;

use serde_json::json;

use crate::bench::{Bench, eventually};
use crate::case::{Case, Need, needing, once};
use crate::raw_http::{Ask, Reply};

pub fn cases() -> Vec<Case> {
    [
        once!["routes::upload";
            bytes_become_a_file, the_reply_tells_the_entry, parents_are_made, content_is_replaced, mode_is_kept,
            new_files_follow_the_umask, path_is_required_for_bytes, a_folder_is_400, below_a_file_is_500,
            other_types_are_400, gzip_is_unpacked, other_encodings_are_400, broken_gzip_is_500, unknown_user_is_401,
            parts_go_where_the_path_says, parts_go_where_their_names_say, other_parts_are_ignored, no_part_is_fine,
            the_same_target_twice_is_400, broken_multipart_is_500, bad_labels_are_400, a_cut_body_leaves_a_part,
        ],
        needing(
            Need::Attributes,
            once!["routes::upload"; labels_are_kept, labels_are_replaced, the_first_of_equal_labels_counts],
        ),
        needing(Need::OtherUsers, once!["routes::upload"; files_belong_to_the_user]),
        once!["routes::compose";
            sources_become_one_file, an_existing_destination_is_replaced, missing_source_is_404,
            the_destination_as_source_is_400, a_folder_as_source_is_400, malformed_requests_are_400,
            unknown_composer_is_401,
        ],
    ]
    .concat()
}

async fn bytes_become_a_file(bench: Bench) {
    let path = format!("{}/file", bench.folder().await);
    let all: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    bench.write(&path, all.clone()).await;
    assert_eq!(bench.read(&path).await, all);
    bench.write(&path, "").await;
    assert_eq!(bench.stat(&path).await.size, 0);
}

async fn the_reply_tells_the_entry(bench: Bench) {
    let path = format!("{}/a b", bench.folder().await);
    let reply = bench.write(&path, "x").await;
    assert_eq!(reply.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(reply.json(), json!([{"path": path, "name": "a b", "type": "file"}]));
}

async fn parents_are_made(bench: Bench) {
    let folder = bench.folder().await;
    bench.write(&format!("{folder}/one/two/file"), "x").await;
    assert_eq!(bench.paths_below(&folder, 9).await, ["one", "one/two", "one/two/file"]);
    assert_eq!(bench.stat(&format!("{folder}/one")).await.mode, 0o755);
}

async fn content_is_replaced(bench: Bench) {
    let folder = bench.folder_with("printf 'a long text' > file && ln file other").await;
    bench.write(&format!("{folder}/file"), "short").await;
    // In place: another name of the same file sees it.
    assert_eq!(bench.read(&format!("{folder}/other")).await, "short");
}

async fn mode_is_kept(bench: Bench) {
    let folder = bench.folder_with("touch file && chmod 750 file").await;
    bench.write(&format!("{folder}/file"), "x").await;
    assert_eq!(bench.stat(&format!("{folder}/file")).await.mode, 0o750);
}

async fn new_files_follow_the_umask(bench: Bench) {
    let folder = bench.folder_with("touch by-shell").await;
    bench.write(&format!("{folder}/uploaded"), "x").await;
    let (shell, uploaded) = (
        bench.stat(&format!("{folder}/by-shell")).await,
        bench.stat(&format!("{folder}/uploaded")).await,
    );
    assert_eq!(shell.mode, uploaded.mode);
}

async fn files_belong_to_the_user(bench: Bench) {
    let folder = bench.folder_with("touch old").await;
    let nobody = bench.as_user("nobody");
    nobody.write(&format!("{folder}/inner/new"), "x").await;
    nobody.write(&format!("{folder}/old"), "x").await;
    for name in ["inner", "inner/new", "old"] {
        assert_eq!(bench.stat(&format!("{folder}/{name}")).await.owner, "nobody", "{name}");
    }
}

async fn path_is_required_for_bytes(bench: Bench) {
    let why = bench
        .ask(Ask::post("/files", "application/octet-stream", "x"))
        .await
        .refusal(400);
    assert!(why.contains("path query parameter"), "{why}");
}

async fn a_folder_is_400(bench: Bench) {
    let folder = bench.folder().await;
    let why = bench.ask(bench.post_file(&folder, "x")).await.refusal(400);
    assert_eq!(why, format!("path is a directory: {folder}"));
}

async fn below_a_file_is_500(bench: Bench) {
    bench.ask(bench.post_file("/etc/passwd/below", "x")).await.refusal(500);
}

async fn other_types_are_400(bench: Bench) {
    let route = bench.files_route(&format!("{}/file", bench.folder().await));
    for kind in ["text/plain", "application/json", "application/x-www-form-urlencoded"] {
        let why = bench.ask(Ask::post(&route, kind, "x")).await.refusal(400);
        assert!(why.starts_with(&format!("unsupported content type: {kind}")), "{why}");
    }
    bench
        .ask(Ask::post(&route, "text/plain", "x").without("Content-Type"))
        .await
        .refusal(400);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

async fn gzip_is_unpacked(bench: Bench) {
    let path = format!("{}/file", bench.folder().await);
    let text = "text ".repeat(10_000);
    let upload = bench
        .post_file(&path, gzip(text.as_bytes()))
        .header("Content-Encoding", "gzip");
    bench.ask(upload).await.expect(200);
    assert_eq!(bench.read(&path).await, text);
}

async fn other_encodings_are_400(bench: Bench) {
    let path = format!("{}/file", bench.folder().await);
    for encoding in ["br", "deflate", "zstd"] {
        bench
            .ask(bench.post_file(&path, "x").header("Content-Encoding", encoding))
            .await
            .refusal(400);
    }
    bench
        .ask(bench.post_file(&path, "no gzip").header("Content-Encoding", "gzip"))
        .await
        .refusal(400);
    assert!(!bench.exists(&path).await);
}

async fn broken_gzip_is_500(bench: Bench) {
    let path = format!("{}/file", bench.folder().await);
    let mut packed = gzip(&b"text ".repeat(20_000));
    packed.truncate(packed.len() / 2);
    bench
        .ask(bench.post_file(&path, packed).header("Content-Encoding", "gzip"))
        .await
        .refusal(500);
}

async fn unknown_user_is_401(bench: Bench) {
    let path = format!("{}/file", bench.folder().await);
    bench
        .ask(bench.as_user("no-such-user").post_file(&path, "x"))
        .await
        .refusal(401);
    assert!(!bench.exists(&path).await);
}

fn form(route: &str, parts: &[(&str, Option<&str>, &str)]) -> Ask {
    let part = |(field, file, content): &(&str, Option<&str>, &str)| {
        let file = file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
        format!("--edge\r\nContent-Disposition: form-data; name=\"{field}\"{file}\r\n\r\n{content}\r\n")
    };
    let body = parts.iter().map(part).collect::<Vec<_>>().concat() + "--edge--\r\n";
    Ask::post(route, "multipart/form-data; boundary=edge", body)
}

fn names(reply: &Reply) -> Vec<String> {
    let entries = reply.json();
    let name = |entry: &serde_json::Value| entry["name"].as_str().unwrap().to_owned();
    entries.as_array().unwrap().iter().map(name).collect()
}

async fn parts_go_where_the_path_says(bench: Bench) {
    let path = format!("{}/inner/file", bench.folder().await);
    let reply = bench
        .ask(form(&bench.files_route(&path), &[("file", Some("ignored"), "text")]))
        .await
        .expect(200);
    assert_eq!(reply.json(), json!([{"path": path, "name": "file", "type": "file"}]));
    assert_eq!(bench.read(&path).await, "text");
}

async fn parts_go_where_their_names_say(bench: Bench) {
    let folder = bench.folder().await;
    let (one, two) = (format!("{folder}/one"), format!("{folder}/inner/two"));
    let parts = [("file", Some(one.as_str()), "1"), ("file", Some(two.as_str()), "2")];
    let reply = bench.ask(form("/files", &parts)).await.expect(200);
    assert_eq!(names(&reply), ["one", "two"]);
    assert_eq!(
        (bench.read(&one).await, bench.read(&two).await),
        ("1".into(), "2".into())
    );
}

async fn other_parts_are_ignored(bench: Bench) {
    let path = format!("{}/file", bench.folder().await);
    let parts = [
        ("other", None, "x"),
        ("file", Some(path.as_str()), "text"),
        ("files", Some("y"), "y"),
    ];
    let reply = bench.ask(form("/files", &parts)).await.expect(200);
    assert_eq!(names(&reply), ["file"]);
}

async fn no_part_is_fine(bench: Bench) {
    let reply = bench.ask(form("/files", &[("other", None, "x")])).await.expect(200);
    assert_eq!(reply.json(), json!([]));
}

async fn the_same_target_twice_is_400(bench: Bench) {
    let path = format!("{}/file", bench.folder().await);
    let parts = [("file", Some("a"), "first"), ("file", Some("b"), "second")];
    bench.ask(form(&bench.files_route(&path), &parts)).await.refusal(400);
    assert_eq!(bench.read(&path).await, "first");
}

async fn broken_multipart_is_500(bench: Bench) {
    let path = format!("{}/file", bench.folder().await);
    let mut ask = form(&bench.files_route(&path), &[("file", Some("a"), "text")]);
    ask.body = ask.body.slice(..ask.body.len() - 15);
    bench.ask(ask).await.refusal(500);
    bench
        .ask(Ask::post(&bench.files_route(&path), "multipart/form-data", "x"))
        .await
        .refusal(500);
}

async fn bad_labels_are_400(bench: Bench) {
    let path = format!("{}/file", bench.folder().await);
    let long_key = format!("X-Metadata-{}", "k".repeat(247));
    let long_value = "v".repeat(4097);
    for (name, value) in [
        (long_key.as_str(), "x"),
        ("X-Metadata-Key", &long_value),
        ("X-Metadata-Key", "a\tb"),
    ] {
        bench
            .ask(bench.post_file(&path, "x").header(name, value))
            .await
            .refusal(400);
        assert!(!bench.exists(&path).await, "{name}");
    }
}

async fn labels_are_kept(bench: Bench) {
    let path = format!("{}/file", bench.folder().await);
    let upload = bench
        .post_file(&path, "x")
        .header("X-Metadata-Source", "a b")
        .header("x-metadata-OTHER", "");
    let reply = bench.ask(upload).await.expect(200).json();
    assert_eq!(reply[0]["metadata"], json!({"source": "a b", "other": ""}));
    assert_eq!(bench.stat(&path).await.metadata["source"], "a b");
}

async fn labels_are_replaced(bench: Bench) {
    let path = format!("{}/file", bench.folder().await);
    bench
        .ask(bench.post_file(&path, "x").header("X-Metadata-Old", "1"))
        .await
        .expect(200);
    let upload = bench.post_file(&path, "x").header("X-Metadata-New", "2");
    assert_eq!(
        bench.ask(upload).await.expect(200).json()[0]["metadata"],
        json!({"new": "2"})
    );
    let reply = bench.write(&path, "x").await.json();
    assert_eq!(reply, json!([{"path": path, "name": "file", "type": "file"}]));
}

async fn the_first_of_equal_labels_counts(bench: Bench) {
    let path = format!("{}/file", bench.folder().await);
    let mut upload = bench.post_file(&path, "x").header("X-Metadata-Key", "first");
    upload.headers.append("x-metadata-key", "second".parse().unwrap());
    let reply = bench.ask(upload).await.expect(200).json();
    assert_eq!(reply[0]["metadata"], json!({"key": "first"}));
}

async fn a_cut_body_leaves_a_part(bench: Bench) {
    // Files are written in place: what came before the cut is there, what was there before is gone.
    let folder = bench.folder_with("printf 'the old content' > file").await;
    let path = format!("{folder}/file");
    let token = bench.target.token.as_ref();
    let token = token.map_or(String::new(), |token| format!("X-Access-Token: {}\r\n", token.expose()));
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: {}\r\n{token}Content-Type: application/octet-stream\r\nContent-Length: 99\r\n\r\n",
        bench.files_route(&path),
        bench.target.authority()
    );
    let answer = bench.exchange_cut(format!("{head}a part").as_bytes()).await;
    assert!(
        !answer.starts_with(b"HTTP/1.1 200"),
        "{:?}",
        String::from_utf8_lossy(&answer)
    );
    eventually(|| async { bench.read(&path).await == "a part" }).await;
}

async fn compose(bench: &Bench, body: &serde_json::Value) -> Reply {
    bench
        .ask(Ask::post("/files/compose", "application/json", body.to_string()))
        .await
}

async fn sources_become_one_file(bench: Bench) {
    let folder = bench
        .folder_with("printf one- > a && printf two- > b && printf three > c")
        .await;
    let sources = ["b", "a", "c"].map(|name| format!("{folder}/{name}"));
    let whole = format!("{folder}/inner/whole");
    let reply = compose(&bench, &json!({"source_paths": sources, "destination": whole}))
        .await
        .expect(200);
    assert_eq!(reply.header("content-type"), "application/json");
    assert_eq!(reply.json(), json!({"path": whole, "name": "whole", "type": "file"}));
    assert_eq!(bench.read(&whole).await, "two-one-three");
    assert_eq!(
        bench.paths_below(&folder, 9).await,
        ["inner", "inner/whole"],
        "sources or scraps are left"
    );
}

async fn an_existing_destination_is_replaced(bench: Bench) {
    let folder = bench
        .folder_with("printf new > part && printf 'old and long' > whole && ln whole other")
        .await;
    let request = json!({"source_paths": [format!("{folder}/part")], "destination": format!("{folder}/whole")});
    compose(&bench, &request).await.expect(200);
    assert_eq!(bench.read(&format!("{folder}/whole")).await, "new");
    // By a new file: another name of the old one keeps the old content.
    assert_eq!(bench.read(&format!("{folder}/other")).await, "old and long");
}

async fn missing_source_is_404(bench: Bench) {
    let folder = bench.folder_with("printf x > part").await;
    let sources = [format!("{folder}/part"), format!("{folder}/none")];
    compose(
        &bench,
        &json!({"source_paths": sources, "destination": format!("{folder}/whole")}),
    )
    .await
    .refusal(404);
    assert_eq!(bench.paths_below(&folder, 9).await, ["part"]);
}

async fn the_destination_as_source_is_400(bench: Bench) {
    let folder = bench.folder_with("printf x > part").await;
    let path = format!("{folder}/part");
    compose(&bench, &json!({"source_paths": [path], "destination": path}))
        .await
        .refusal(400);
}

async fn a_folder_as_source_is_400(bench: Bench) {
    let folder = bench.folder().await;
    compose(
        &bench,
        &json!({"source_paths": [folder], "destination": format!("{folder}/x")}),
    )
    .await
    .refusal(400);
}

async fn malformed_requests_are_400(bench: Bench) {
    for body in [
        json!({}),
        json!({"source_paths": [], "destination": "/x"}),
        json!({"source_paths": ["/x"]}),
        json!(3),
    ] {
        compose(&bench, &body).await.refusal(400);
    }
    bench
        .ask(Ask::post("/files/compose", "application/json", "{"))
        .await
        .refusal(400);
}

async fn unknown_composer_is_401(bench: Bench) {
    let request = json!({"source_paths": ["/x"], "destination": "/y", "username": "no-such-user"});
    compose(&bench, &request).await.refusal(401);
}
