//! A recorded stream, cut and split at every offset: a split changes nothing, a cut is an error, and neither ever makes an
//! exit status that was not sent.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop loudly")]

use std::convert::Infallible;
use std::io;

use bytes::Bytes;
use e2b_tui::domain::{Endpoint, Pid};
use e2b_tui::envd::dialect::{Ending, ReplyBody};
use e2b_tui::envd::{EnvdClient, EnvdErrorKind, ProcessEvent};
use e2b_tui::wire::frames::{CONNECT_END, Frame, WEB_TRAILERS};
use e2b_tui::wire::generated::process::process_client::ProcessClient;
use e2b_tui::wire::generated::process::process_event::data_event::Output;
use e2b_tui::wire::generated::process::process_event::{DataEvent, EndEvent, Event, KeepAlive, StartEvent};
use e2b_tui::wire::generated::process::{self as wire, ConnectRequest, ConnectResponse};
use futures_util::stream;
use http::{HeaderMap, HeaderValue, Response};
use http_body_util::StreamBody;
use prost::Message;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

#[path = "support/seeded.rs"]
mod seeded;

const PID: u32 = 4321;

fn events(size: usize) -> Vec<Event> {
    let data = |output| Event::Data(DataEvent { output: Some(output) });
    let mut events = vec![Event::Start(StartEvent { pid: PID })];
    for piece in 0..size {
        let bytes = Bytes::from(vec![b'a' + (piece % 26) as u8; piece * 7 % 300]);
        events.push(match piece % 4 {
            0 => data(Output::Pty(bytes)),
            1 => data(Output::Stdout(bytes)),
            2 => data(Output::Stderr(bytes)),
            _ => Event::Keepalive(KeepAlive {}),
        });
    }
    events.push(Event::End(EndEvent {
        exit_code: 7,
        exited: true,
        status: "exit status 7".to_owned(),
        error: Some("exit status 7".to_owned()),
    }));
    events
}

fn messages(events: &[Event]) -> Vec<u8> {
    let frame = |event: &Event| {
        let response = ConnectResponse {
            event: Some(wire::ProcessEvent {
                event: Some(event.clone()),
            }),
        };
        Frame::message(response.encode_to_vec().into()).encode()
    };
    events.iter().flat_map(frame).collect()
}

/// The messages and the frame that ends them. gRPC's end is no part of the bytes.
fn recording(ending: Ending, events: &[Event]) -> Vec<u8> {
    let mut bytes = messages(events);
    let end = match ending {
        Ending::ConnectFrame => Some((CONNECT_END, &b"{}"[..])),
        Ending::WebFrame => Some((WEB_TRAILERS, &b"grpc-status: 0\r\ngrpc-message: \r\n"[..])),
        Ending::Trailers => None,
    };
    if let Some((flags, payload)) = end {
        let payload = Bytes::copy_from_slice(payload);
        bytes.extend_from_slice(&Frame { flags, payload }.encode());
    }
    bytes
}

/// What comes after the last bytes.
#[derive(Clone, Copy, PartialEq)]
enum After {
    /// The body ends as if it were complete.
    Silence,
    /// The connection is reset.
    Reset,
    /// HTTP trailers, as gRPC has them.
    Trailers,
}

/// Everything that the generated client reads from these pieces, and how it ends.
async fn decode(ending: Ending, pieces: Vec<Bytes>, after: After) -> (Vec<Event>, Result<(), tonic::Status>) {
    type Piece = io::Result<http_body::Frame<Bytes>>;
    let last: Option<Piece> = match after {
        After::Silence => None,
        After::Reset => Some(Err(io::ErrorKind::ConnectionReset.into())),
        After::Trailers => {
            let mut trailers = HeaderMap::new();
            trailers.insert("grpc-status", HeaderValue::from_static("0"));
            Some(Ok(http_body::Frame::trailers(trailers)))
        }
    };
    let frames = pieces
        .into_iter()
        .map(|piece| Ok(http_body::Frame::data(piece)))
        .chain(last);
    let frames: Vec<Piece> = frames.collect();
    let mut reply = Some(ReplyBody::stream(StreamBody::new(stream::iter(frames)), ending));
    let service = tower::service_fn(move |_: http::Request<tonic::body::Body>| {
        let reply = Response::new(reply.take().unwrap());
        async { Ok::<_, Infallible>(reply) }
    });
    let mut client = ProcessClient::new(service);
    let mut stream = client.connect(ConnectRequest::default()).await.unwrap().into_inner();
    let mut events = Vec::new();
    loop {
        match stream.message().await {
            Ok(Some(message)) => events.extend(message.event.and_then(|event| event.event)),
            Ok(None) => return (events, Ok(())),
            Err(status) => return (events, Err(status)),
        }
    }
}

fn good_end(ending: Ending) -> After {
    if ending == Ending::Trailers {
        After::Trailers
    } else {
        After::Silence
    }
}

const ENDINGS: [Ending; 3] = [Ending::ConnectFrame, Ending::WebFrame, Ending::Trailers];

#[tokio::test]
async fn a_split_anywhere_changes_nothing() {
    let events = events(40);
    for ending in ENDINGS {
        let bytes = Bytes::from(recording(ending, &events));
        assert!(bytes.len() > 4096, "the recording is too small: {}", bytes.len());
        for at in 0..=bytes.len() {
            let pieces = vec![bytes.slice(..at), bytes.slice(at..)];
            let (read, end) = decode(ending, pieces, good_end(ending)).await;
            assert!(end.is_ok() && read == events, "{ending:?} split at {at}: {end:?}");
        }
        let single = bytes.iter().map(|byte| Bytes::copy_from_slice(&[*byte])).collect();
        let (read, end) = decode(ending, single, good_end(ending)).await;
        assert!(end.is_ok() && read == events, "{ending:?} byte by byte");
    }
}

#[tokio::test]
async fn random_splits_change_nothing() {
    let events = events(40);
    let bytes = Bytes::from(recording(Ending::ConnectFrame, &events));
    let mut random = seeded::Seeded::new(1);
    for round in 0..500 {
        let mut rest = bytes.clone();
        let mut pieces = Vec::new();
        while !rest.is_empty() {
            let length = (1 + random.below(900)).min(rest.len());
            pieces.push(rest.split_to(length));
        }
        let (read, end) = decode(Ending::ConnectFrame, pieces, After::Silence).await;
        assert!(end.is_ok() && read == events, "round {round}: {end:?}");
    }
}

#[tokio::test]
async fn a_cut_anywhere_is_an_error() {
    let events = events(40);
    for ending in ENDINGS {
        let bytes = Bytes::from(recording(ending, &events));
        // Without its trailers a gRPC stream is cut even when all of its bytes came.
        let cuts = if ending == Ending::Trailers {
            0..=bytes.len()
        } else {
            0..=bytes.len() - 1
        };
        for at in cuts {
            for after in [After::Silence, After::Reset] {
                let (read, end) = decode(ending, vec![bytes.slice(..at)], after).await;
                let status = end.expect_err(&format!("{ending:?} cut at {at} passed for complete"));
                let source = std::error::Error::source(&status).and_then(|source| source.downcast_ref());
                let error: &e2b_tui::envd::EnvdError = source.unwrap();
                assert_eq!(error.kind(), EnvdErrorKind::Lost, "{ending:?} cut at {at}: {error}");
                assert!(events.starts_with(&read), "{ending:?} cut at {at} made events up");
            }
        }
    }
}

#[tokio::test]
async fn trailers_in_the_middle_of_a_message_are_a_cut() {
    let bytes = Bytes::from(recording(Ending::Trailers, &events(3)));
    let (_, end) = decode(Ending::Trailers, vec![bytes.slice(..bytes.len() - 1)], After::Trailers).await;
    assert!(end.is_err());
}

#[tokio::test]
async fn frames_that_nobody_asked_for_are_refused() {
    for (ending, flags) in [
        (Ending::ConnectFrame, 1),
        (Ending::ConnectFrame, 3),
        (Ending::ConnectFrame, 0x80),
        (Ending::WebFrame, 1),
        (Ending::WebFrame, 2),
        (Ending::WebFrame, 0x81),
        (Ending::Trailers, 2),
    ] {
        let payload = Bytes::from_static(b"{}");
        let (read, end) = decode(ending, vec![Frame { flags, payload }.encode()], After::Silence).await;
        assert!(read.is_empty() && end.is_err(), "{ending:?} took flags {flags:#x}");
    }
    let (_, end) = decode(
        Ending::ConnectFrame,
        vec![Bytes::from_static(&[0, 0xff, 0xff, 0xff, 0xff])],
        After::Silence,
    )
    .await;
    assert!(end.is_err(), "four gigabytes were announced and waited for");
}

/// Serves one fixed answer to every connection and closes it.
async fn serve(answer: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = [0; 4096];
        let read = socket.read(&mut request).await.unwrap();
        assert!(read > 0);
        socket.write_all(&answer).await.unwrap();
    });
    format!("http://{address}")
}

fn chunked(media: &str, body: &[u8]) -> Vec<u8> {
    let mut answer =
        format!("HTTP/1.1 200 OK\r\nContent-Type: {media}\r\nTransfer-Encoding: chunked\r\n\r\n").into_bytes();
    for piece in body.chunks(50) {
        answer.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
        answer.extend_from_slice(piece);
        answer.extend_from_slice(b"\r\n");
    }
    answer.extend_from_slice(b"0\r\n\r\n");
    answer
}

#[tokio::test]
async fn on_a_real_connection_only_a_whole_end_event_ends_a_program() {
    let events = events(6);
    let body = recording(Ending::ConnectFrame, &events);
    let whole = chunked("application/connect+proto", &body);
    let mut ended = 0;
    for at in 0..=whole.len() {
        let address = serve(whole[..at].to_vec()).await;
        let client = EnvdClient::new(&Endpoint::new(address)).unwrap();
        let Ok(mut stream) = client.join(Pid(PID)).await else {
            continue;
        };
        loop {
            match stream.next().await {
                Ok(Some(ProcessEvent::Ended(status))) => {
                    assert_eq!(status.code, 7, "cut at {at}");
                    ended += 1;
                    break;
                }
                Ok(Some(_)) => {}
                Ok(None) => panic!("cut at {at}: an end out of nowhere"),
                Err(error) => {
                    assert_eq!(error.kind(), EnvdErrorKind::Lost, "cut at {at}: {error}");
                    break;
                }
            }
        }
    }
    // The End event is followed by the end frame and the last chunk: only cuts in there may come after an end.
    let after_end = whole.len() - messages_end(&whole);
    assert!(
        ended >= 1 && ended <= after_end + 1,
        "{ended} of {} cuts made an end",
        whole.len()
    );
}

/// Where the text of the End event stops.
fn messages_end(answer: &[u8]) -> usize {
    let text = b"exit status 7";
    answer.windows(text.len()).rposition(|window| window == text).unwrap()
}

#[tokio::test]
async fn unary_answers_that_stop_early_are_errors() {
    let list = wire::ListResponse {
        processes: vec![wire::ProcessInfo {
            pid: 1,
            ..Default::default()
        }],
    }
    .encode_to_vec();
    let sized = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/proto\r\nContent-Length: {}\r\n\r\n",
        list.len()
    );
    let sized = [sized.as_bytes(), &list].concat();
    for whole in [sized, chunked("application/proto", &list)] {
        for at in 0..=whole.len() {
            let client = EnvdClient::new(&Endpoint::new(serve(whole[..at].to_vec()).await)).unwrap();
            let answer = client.list_processes().await;
            assert_eq!(
                answer.is_ok(),
                at == whole.len(),
                "cut at {at} of {}: {answer:?}",
                whole.len()
            );
        }
    }
    let endless = b"HTTP/1.1 200 OK\r\nContent-Type: application/proto\r\n\r\n".to_vec();
    let client = EnvdClient::new(&Endpoint::new(serve(endless).await)).unwrap();
    assert_eq!(
        client.list_processes().await.unwrap_err().kind(),
        EnvdErrorKind::NotEnvd
    );
}
