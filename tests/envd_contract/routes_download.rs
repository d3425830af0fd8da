//! GET /files (`envd-wire.md` 6.2).

use std::io::Read;

use crate::bench::Bench;
use crate::case::{Case, once};
use crate::raw_http::{Ask, Reply};

pub fn cases() -> Vec<Case> {
    once!["routes::download";
        a_file_comes_whole, headers_tell_what_it_is, type_is_by_extension, type_is_by_content_without_extension,
        the_name_is_told, ranges_are_served, a_range_beyond_the_end_is_416, unchanged_since_is_304, gzip_if_preferred,
        identity_with_a_range_despite_gzip, nothing_acceptable_is_406, identity_refused_with_a_range_is_406,
        a_folder_is_400, missing_is_404, below_a_file_is_500, home_of_others_is_400, unknown_user_is_401,
        empty_user_is_401, malformed_query_is_400, symlinks_are_followed, virtual_files_come_empty, files_without_an_end_are_500,
        paths_start_at_home, large_files_come_whole, any_file_name_works,
    ]
}

const TEXT: &str = "line one\nline two\n";

async fn some_file(bench: &Bench, name: &str) -> String {
    let path = format!("{}/{name}", bench.folder().await);
    bench.write(&path, TEXT).await;
    path
}

fn gunzip(reply: &Reply) -> Vec<u8> {
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(&reply.body[..])
        .read_to_end(&mut plain)
        .unwrap();
    plain
}

async fn a_file_comes_whole(bench: Bench) {
    let path = some_file(&bench, "file.txt").await;
    let reply = bench.ask(bench.get_file(&path)).await.expect(200);
    assert_eq!(reply.text(), TEXT);
}

async fn headers_tell_what_it_is(bench: Bench) {
    let path = some_file(&bench, "file.txt").await;
    bench
        .shell(&format!("touch -d '2001-02-03T04:05:06Z' {path}"))
        .await
        .succeeded();
    let reply = bench.ask(bench.get_file(&path)).await.expect(200);
    assert_eq!(reply.header("content-length"), TEXT.len().to_string());
    assert_eq!(reply.header("accept-ranges"), "bytes");
    assert_eq!(reply.header("last-modified"), "Sat, 03 Feb 2001 04:05:06 GMT");
    assert_eq!(reply.header("vary"), "Accept-Encoding");
    assert_eq!((reply.header("etag"), reply.header("content-encoding")), ("", ""));
}

async fn type_is_by_extension(bench: Bench) {
    for (name, kind) in [
        ("a.html", "text/html; charset=utf-8"),
        ("a.png", "image/png"),
        ("a.css", "text/css; charset=utf-8"),
    ] {
        let path = some_file(&bench, name).await;
        assert_eq!(bench.ask(bench.get_file(&path)).await.header("content-type"), kind);
    }
}

async fn type_is_by_content_without_extension(bench: Bench) {
    let folder = bench.folder().await;
    for (content, kind) in [
        (&b"just text\n"[..], "text/plain; charset=utf-8"),
        (b"\x89PNG\r\n\x1a\n rest", "image/png"),
        (b"\0\x01\x02\x03", "application/octet-stream"),
        (b"%PDF-1.4", "application/pdf"),
        (b"<html>", "text/html; charset=utf-8"),
        (b"\x1f\x8b\x08 rest", "application/x-gzip"),
    ] {
        let path = format!("{folder}/file");
        bench.write(&path, content).await;
        assert_eq!(bench.ask(bench.get_file(&path)).await.header("content-type"), kind);
    }
}

async fn the_name_is_told(bench: Bench) {
    for (name, told) in [
        ("file.txt", "inline; filename=file.txt"),
        ("a b.txt", "inline; filename=\"a b.txt\""),
        ("q\"q", "inline; filename=\"q\\\"q\""),
        ("größe", "inline; filename*=utf-8''gr%C3%B6%C3%9Fe"),
    ] {
        let path = some_file(&bench, name).await;
        assert_eq!(
            bench.ask(bench.get_file(&path)).await.header("content-disposition"),
            told
        );
    }
}

async fn ranges_are_served(bench: Bench) {
    let path = some_file(&bench, "file.txt").await;
    for (range, expected, told) in [
        ("bytes=0-3", "line", "bytes 0-3/18"),
        ("bytes=14-", "two\n", "bytes 14-17/18"),
        ("bytes=-4", "two\n", "bytes 14-17/18"),
        ("bytes=5-99", "one\nline two\n", "bytes 5-17/18"),
    ] {
        let reply = bench
            .ask(bench.get_file(&path).header("Range", range))
            .await
            .expect(206);
        assert_eq!(
            (reply.text().as_str(), reply.header("content-range")),
            (expected, told),
            "{range}"
        );
        assert_eq!(reply.header("content-length"), expected.len().to_string());
    }
}

async fn a_range_beyond_the_end_is_416(bench: Bench) {
    let path = some_file(&bench, "file.txt").await;
    let reply = bench
        .ask(bench.get_file(&path).header("Range", "bytes=18-20"))
        .await
        .expect(416);
    assert_eq!(reply.header("content-range"), "bytes */18");
    bench
        .ask(bench.get_file(&path).header("Range", "lines=1-2"))
        .await
        .expect(416);
}

async fn unchanged_since_is_304(bench: Bench) {
    let path = some_file(&bench, "file.txt").await;
    bench
        .shell(&format!("touch -d '2001-02-03T04:05:06.5Z' {path}"))
        .await
        .succeeded();
    let since = |time: &str| bench.get_file(&path).header("If-Modified-Since", time);
    let reply = bench.ask(since("Sat, 03 Feb 2001 04:05:06 GMT")).await.expect(304);
    assert!(reply.body.is_empty());
    bench.ask(since("Sat, 03 Feb 2001 04:05:05 GMT")).await.expect(200);
}

async fn gzip_if_preferred(bench: Bench) {
    let path = some_file(&bench, "file.txt").await;
    for accepted in [
        "gzip",
        "br, GZIP;q=0.9",
        "gzip, identity;q=0.5",
        "*;q=0.5, identity;q=0",
    ] {
        let reply = bench
            .ask(bench.get_file(&path).header("Accept-Encoding", accepted))
            .await
            .expect(200);
        assert_eq!(
            (reply.header("content-encoding"), reply.header("vary")),
            ("gzip", "Accept-Encoding"),
            "{accepted}"
        );
        assert_eq!(reply.header("content-type"), "text/plain; charset=utf-8");
        assert_eq!(gunzip(&reply), TEXT.as_bytes());
    }
    for accepted in ["identity", "br", "gzip;q=0", "gzip;q=0.1, identity", "*"] {
        let reply = bench
            .ask(bench.get_file(&path).header("Accept-Encoding", accepted))
            .await
            .expect(200);
        assert_eq!(
            (reply.header("content-encoding"), reply.text().as_str()),
            ("", TEXT),
            "{accepted}"
        );
    }
}

async fn identity_with_a_range_despite_gzip(bench: Bench) {
    let path = some_file(&bench, "file.txt").await;
    let ask = bench
        .get_file(&path)
        .header("Accept-Encoding", "gzip")
        .header("Range", "bytes=0-3");
    let reply = bench.ask(ask).await.expect(206);
    assert_eq!((reply.header("content-encoding"), reply.text().as_str()), ("", "line"));
}

async fn nothing_acceptable_is_406(bench: Bench) {
    let path = some_file(&bench, "file.txt").await;
    for accepted in ["identity;q=0", "br, *;q=0", "gzip;q=0, identity;q=0"] {
        bench
            .ask(bench.get_file(&path).header("Accept-Encoding", accepted))
            .await
            .refusal(406);
    }
}

async fn identity_refused_with_a_range_is_406(bench: Bench) {
    let path = some_file(&bench, "file.txt").await;
    let ask = bench
        .get_file(&path)
        .header("Accept-Encoding", "gzip, identity;q=0")
        .header("Range", "bytes=0-3");
    bench.ask(ask).await.refusal(406);
}

async fn a_folder_is_400(bench: Bench) {
    let folder = bench.folder().await;
    let why = bench.ask(bench.get_file(&folder)).await.refusal(400);
    assert_eq!(why, format!("path '{folder}' is a directory"));
}

async fn missing_is_404(bench: Bench) {
    let why = bench.ask(bench.get_file("/no/such/file")).await.refusal(404);
    assert_eq!(why, "path '/no/such/file' does not exist");
}

async fn below_a_file_is_500(bench: Bench) {
    bench.ask(bench.get_file("/etc/passwd/below")).await.refusal(500);
}

async fn home_of_others_is_400(bench: Bench) {
    bench.ask(bench.get_file("~nobody/x")).await.refusal(400);
}

async fn unknown_user_is_401(bench: Bench) {
    let why = bench
        .ask(bench.as_user("no-such-user").get_file("/etc/passwd"))
        .await
        .refusal(401);
    assert!(why.contains("no-such-user"), "{why}");
}

async fn empty_user_is_401(bench: Bench) {
    bench.ask(bench.as_user("").get_file("/etc/passwd")).await.refusal(401);
}

async fn malformed_query_is_400(bench: Bench) {
    let reply = bench
        .ask(Ask::get("/files?path=/etc/passwd&signature_expiration=soon"))
        .await
        .expect(400);
    assert_eq!(reply.header("content-type"), "text/plain; charset=utf-8");
}

async fn symlinks_are_followed(bench: Bench) {
    let path = some_file(&bench, "file.txt").await;
    bench.shell(&format!("ln -s {path} {path}.link")).await.succeeded();
    assert_eq!(bench.read(&format!("{path}.link")).await, TEXT);
}

async fn virtual_files_come_empty(bench: Bench) {
    // Their size is 0, and so much is sent; unless compressed, for which no size is asked.
    let path = "/proc/sys/kernel/ostype";
    let reply = bench.ask(bench.get_file(path)).await.expect(200);
    assert_eq!((reply.header("content-length"), reply.body.len()), ("0", 0));
    let reply = bench
        .ask(bench.get_file(path).header("Accept-Encoding", "gzip"))
        .await
        .expect(200);
    assert_eq!(gunzip(&reply), b"Linux\n");
}

async fn files_without_an_end_are_500(bench: Bench) {
    // The size is asked by seeking, which some virtual files refuse.
    let reply = bench.ask(bench.get_file("/proc/cpuinfo")).await.expect(500);
    assert_eq!(
        (reply.header("content-type"), reply.text().as_str()),
        ("text/plain; charset=utf-8", "seeker can't seek\n")
    );
    let reply = bench
        .ask(bench.get_file("/proc/cpuinfo").header("Accept-Encoding", "gzip"))
        .await
        .expect(200);
    assert!(!gunzip(&reply).is_empty());
}

async fn paths_start_at_home(bench: Bench) {
    let home = bench.shell("printf %s \"$HOME\"").await.stdout();
    let name = bench.target.fresh_path().replace('/', "-");
    bench
        .shell(&format!("printf here > \"$HOME/{name}\""))
        .await
        .succeeded();
    for path in [
        name.clone(),
        format!("~/{name}"),
        format!("./{name}"),
        format!("{home}/{name}"),
    ] {
        assert_eq!(bench.read(&path).await, "here", "{path}");
    }
    bench.remove(&format!("{home}/{name}")).await.unwrap();
}

async fn large_files_come_whole(bench: Bench) {
    let folder = bench.folder_with("head -c 20000000 /dev/urandom > file").await;
    let bytes = bench.read(&format!("{folder}/file")).await;
    assert_eq!(bytes.len(), 20_000_000);
    bench.write(&format!("{folder}/copy"), bytes).await;
    bench
        .shell(&format!("cmp {folder}/file {folder}/copy"))
        .await
        .succeeded();
}

async fn any_file_name_works(bench: Bench) {
    for name in ["a b", "größe", "a+b&c=d", "100%", "#?", "-rf", "two\nlines"] {
        let path = some_file(&bench, name).await;
        assert_eq!(bench.read(&path).await, TEXT, "{name:?}");
    }
}
