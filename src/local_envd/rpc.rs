//! The methods by their paths: which call runs what. Refuses what is no proper call of a method. Knows no dialect's
//! inside and no method's.

use http::header::{ALLOW, HeaderName};
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};
use prost_reflect::MethodDescriptor;

use super::dialect::{Call, Format};
use super::replies::{self, Reply, ReplyBody};
use super::services::Services;
use crate::wire::generated::filesystem::filesystem_server::Filesystem;
use crate::wire::generated::process::process_server::Process;

const ACCEPT_POST: HeaderName = HeaderName::from_static("accept-post");

/// The reply to a request on a method's path.
pub(super) async fn answer(services: &Services, method: MethodDescriptor, head: Parts, body: ReplyBody) -> Reply {
    if head.method != Method::POST {
        let mut reply = replies::bare(StatusCode::METHOD_NOT_ALLOWED);
        reply.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
        return reply;
    }
    let streaming = method.is_client_streaming() || method.is_server_streaming();
    let Some(format) = Format::of(&head.headers).filter(|format| format.fits(streaming)) else {
        let mut reply = replies::bare(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        reply.headers_mut().insert(ACCEPT_POST, Format::accepted(streaming));
        return reply;
    };
    let name = method.full_name().to_owned();
    run(services, &name, Call::new(format, method, head, body)).await
}

async fn run(services: &Services, method: &str, call: Call) -> Reply {
    let (process, files) = (&services.process, &services.filesystem);
    match method {
        "process.Process.List" => call.unary(|request| process.list(request)).await,
        "process.Process.Start" => call.server_stream(|request| process.start(request)).await,
        "process.Process.Connect" => call.server_stream(|request| process.connect(request)).await,
        "process.Process.Update" => call.unary(|request| process.update(request)).await,
        "process.Process.StreamInput" => call.client_stream(|request| process.stream_input(request)).await,
        "process.Process.SendInput" => call.unary(|request| process.send_input(request)).await,
        "process.Process.SendSignal" => call.unary(|request| process.send_signal(request)).await,
        "process.Process.CloseStdin" => call.unary(|request| process.close_stdin(request)).await,
        "filesystem.Filesystem.Stat" => call.unary(|request| files.stat(request)).await,
        "filesystem.Filesystem.MakeDir" => call.unary(|request| files.make_dir(request)).await,
        "filesystem.Filesystem.Move" => call.unary(|request| files.r#move(request)).await,
        "filesystem.Filesystem.ListDir" => call.unary(|request| files.list_dir(request)).await,
        "filesystem.Filesystem.Remove" => call.unary(|request| files.remove(request)).await,
        "filesystem.Filesystem.WatchDir" => call.server_stream(|request| files.watch_dir(request)).await,
        "filesystem.Filesystem.CreateWatcher" => call.unary(|request| files.create_watcher(request)).await,
        "filesystem.Filesystem.GetWatcherEvents" => call.unary(|request| files.get_watcher_events(request)).await,
        "filesystem.Filesystem.RemoveWatcher" => call.unary(|request| files.remove_watcher(request)).await,
        // The definitions have grown a method that nobody entered here.
        _ => replies::not_found(),
    }
}
