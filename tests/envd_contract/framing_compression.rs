//! Compression in Connect: none is needed, gzip is understood (`envd-wire.md` 1.4).

use std::io::{Read, Write};

use prost::Message;
use serde_json::{Value, json};

use crate::bench::{Bench, shell_command};
use crate::case::{Case, once};
use crate::frames::{frame, frames, message_frame};
use crate::framing_connect::{START, STAT, entry, error, stat, stream_error};
use crate::raw_http::Ask;

pub fn cases() -> Vec<Case> {
    once!["compression";
        compressed_messages_are_understood, unknown_compression_is_unimplemented, offered_compression_keeps_the_meaning,
    ]
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain).unwrap();
    plain
}

async fn compressed_messages_are_understood(bench: Bench) {
    let unary = Ask::post(STAT, "application/proto", gzip(&stat("/etc/passwd"))).header("Content-Encoding", "gzip");
    // Who packs and says nothing else gets packed replies.
    let mut reply = bench.ask(unary).await.expect(200);
    if reply.header("content-encoding") == "gzip" {
        reply.body = gunzip(&reply.body).into();
    }
    assert_eq!(entry(&reply).name, "passwd");
    let start = shell_command("printf packed").encode_to_vec();
    let stream = Ask::post(START, "application/connect+proto", frame(1, &gzip(&start)));
    let reply = bench
        .ask(stream.header("Connect-Content-Encoding", "gzip"))
        .await
        .expect(200);
    assert_eq!(frames(&reply.body).len(), 4, "{:?}", reply.text());
}

async fn unknown_compression_is_unimplemented(bench: Bench) {
    let unary = Ask::post(STAT, "application/proto", stat("/")).header("Content-Encoding", "br");
    error(bench.ask(unary).await, 501, "unimplemented");
    let stream = Ask::post(
        START,
        "application/connect+proto",
        message_frame(&shell_command("true")),
    );
    stream_error(
        bench.ask(stream.header("Connect-Content-Encoding", "br")).await,
        "unimplemented",
    );
}

async fn offered_compression_keeps_the_meaning(bench: Bench) {
    // Envd compresses whatever may be compressed; a server may also leave it.
    let ask = Ask::post(STAT, "application/proto", stat("/etc/passwd")).header("Accept-Encoding", "gzip");
    let mut reply = bench.ask(ask).await.expect(200);
    if reply.header("content-encoding") == "gzip" {
        reply.body = gunzip(&reply.body).into();
    }
    assert_eq!(entry(&reply).name, "passwd");
    let ask = Ask::post(
        START,
        "application/connect+proto",
        message_frame(&shell_command("printf out")),
    );
    let reply = bench
        .ask(ask.header("Connect-Accept-Encoding", "gzip"))
        .await
        .expect(200);
    let packed = reply.header("connect-content-encoding") == "gzip";
    let mut plain = Vec::new();
    for (flags, payload) in frames(&reply.body) {
        assert!(flags & 1 == 0 || packed, "compressed without saying so");
        plain.push((flags & 2, if flags & 1 == 1 { gunzip(&payload) } else { payload }));
    }
    assert_eq!(plain.iter().map(|(end, _)| *end).collect::<Vec<_>>(), [0, 0, 0, 2]);
    assert_eq!(serde_json::from_slice::<Value>(&plain[3].1).unwrap(), json!({}));
}
