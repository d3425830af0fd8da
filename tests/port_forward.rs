//! Ports of this machine that lead into a sandbox: bytes where it has an address of its own, requests where an edge stands in
//! front, nobody but this machine, nothing left when it ends.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop loudly")]

use std::convert::Infallible;
use std::net::SocketAddr;

use bytes::Bytes;
use e2b_tui::domain::{Endpoint, Routing, Secret};
use e2b_tui::envd::{EnvdClient, EnvdErrorKind, PortForward};
use http::{HeaderMap, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A sandbox that has an address of its own.
fn direct() -> EnvdClient {
    EnvdClient::new(&Endpoint::new("http://127.0.0.1:49983")).unwrap()
}

/// A sandbox behind an edge at this address.
fn behind(edge: SocketAddr) -> EnvdClient {
    let mut endpoint = Endpoint::new(format!("http://{edge}"));
    endpoint.routing = Some(Routing {
        sandbox_id: "i0abc".to_owned(),
        port: 49983,
    });
    endpoint.access_token = Some(Secret::new("envd-secret"));
    endpoint.traffic_token = Some(Secret::new("traffic-secret"));
    EnvdClient::new(&endpoint).unwrap()
}

/// Lets a forward run. Aborting it drops it.
fn run(mut forward: PortForward) -> JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            forward.next().await;
        }
    })
}

/// Sends back what it gets.
async fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut read, mut write) = socket.split();
                let _ = tokio::io::copy(&mut read, &mut write).await;
            });
        }
    });
    at
}

async fn page(request: Request<Incoming>, at: SocketAddr) -> Result<Response<Full<Bytes>>, Infallible> {
    let headers: HeaderMap = request.headers().clone();
    let say = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        format!("{name}={}\n", value.unwrap_or("-"))
    };
    let path = request.uri().path().to_owned();
    let mut response = Response::new(Full::default());
    match path.as_str() {
        "/seen" => {
            let names = [
                "host",
                "e2b-sandbox-id",
                "e2b-sandbox-port",
                "e2b-traffic-access-token",
                "x-access-token",
                "origin",
                "te",
            ];
            *response.body_mut() = Full::from(names.map(say).concat());
        }
        "/body" => {
            let body = request.into_body().collect().await.unwrap().to_bytes();
            *response.body_mut() = Full::from(format!("{} bytes", body.len()));
        }
        "/big" => *response.body_mut() = Full::from(vec![b'x'; 8 << 20]),
        "/moved" => {
            *response.status_mut() = StatusCode::FOUND;
            let place = format!("http://{at}/there?a=b").parse().unwrap();
            response.headers_mut().insert(header::LOCATION, place);
        }
        "/changed" => {
            tokio::spawn(async move {
                let upgraded = hyper::upgrade::on(request).await.unwrap();
                let (mut near, mut far) = tokio::io::duplex(1024);
                let echoing = async {
                    let (mut read, mut write) = tokio::io::split(&mut far);
                    let _ = tokio::io::copy(&mut read, &mut write).await;
                };
                let mut upgraded = TokioIo::new(upgraded);
                tokio::select! {
                    _ = copy_bidirectional(&mut upgraded, &mut near) => {}
                    () = echoing => {}
                }
            });
            *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
            response.headers_mut().insert(header::UPGRADE, "echo".parse().unwrap());
            response
                .headers_mut()
                .insert(header::CONNECTION, "upgrade".parse().unwrap());
        }
        _ => *response.status_mut() = StatusCode::NOT_FOUND,
    }
    Ok(response)
}

/// Plays an edge.
async fn edge() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let service = service_fn(move |request| page(request, at));
                let serving = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(socket), service)
                    .with_upgrades();
                let _ = serving.await;
            });
        }
    });
    at
}

/// Asks and reads to the end.
async fn ask(at: SocketAddr, first: &str, more: &str, body: &str) -> String {
    let mut socket = TcpStream::connect(at).await.unwrap();
    let length = body.len();
    let request =
        format!("{first} HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\nContent-Length: {length}\r\n{more}\r\n{body}");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn bytes_go_both_ways_and_are_counted() {
    let there = echo().await;
    let mut forward = PortForward::open(&direct(), there.port()).await.unwrap();
    assert!(forward.at().ip().is_loopback());
    assert_ne!(forward.at().port(), there.port(), "that one is taken");
    assert_eq!(forward.leads_to(), format!("127.0.0.1:{}", there.port()));
    let at = forward.at();
    let talking = async {
        let mut socket = TcpStream::connect(at).await.unwrap();
        let text = vec![7_u8; 300_000];
        let (mut read, mut write) = socket.split();
        let mut back = vec![0_u8; text.len()];
        let (sent, got) = tokio::join!(write.write_all(&text), read.read_exact(&mut back));
        sent.unwrap();
        got.unwrap();
        assert_eq!(back, text);
        // Still open while it is told.
        std::future::pending::<()>().await;
    };
    let traffic = async {
        loop {
            let traffic = forward.next().await;
            if traffic.inward == 300_000 {
                break traffic;
            }
        }
    };
    let traffic = tokio::select! {
        () = talking => unreachable!(),
        traffic = traffic => traffic,
    };
    assert_eq!((traffic.open, traffic.total, traffic.outward), (1, 1, 300_000));
    assert_eq!(traffic.failure, None);
}

#[tokio::test]
async fn where_nobody_listens_nothing_is_opened_and_a_port_that_closes_later_is_told() {
    let there = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = there.local_addr().unwrap().port();
    let mut forward = PortForward::open(&direct(), port).await.unwrap();
    drop(there);
    let Err(error) = PortForward::open(&direct(), port).await else {
        unreachable!("nobody listens any more")
    };
    assert_eq!(error.kind(), EnvdErrorKind::Unreachable);
    let at = forward.at();
    let knocking = tokio::spawn(async move {
        let mut socket = TcpStream::connect(at).await.unwrap();
        socket.read(&mut [0]).await
    });
    let traffic = loop {
        let traffic = forward.next().await;
        if traffic.failure.is_some() {
            break traffic;
        }
    };
    assert!(traffic.failure.unwrap().escaped().contains("refused"));
    assert!(!matches!(knocking.await.unwrap(), Ok(1)), "it is closed");
}

#[tokio::test]
async fn ended_it_takes_no_connection_and_closes_those_that_stand() {
    let there = echo().await;
    let forward = PortForward::open(&direct(), there.port()).await.unwrap();
    let at = forward.at();
    let running = run(forward);
    let mut socket = TcpStream::connect(at).await.unwrap();
    socket.write_all(b"x").await.unwrap();
    socket.read_exact(&mut [0]).await.unwrap();
    running.abort();
    let _ = running.await;
    assert!(matches!(socket.read(&mut [0]).await, Ok(0) | Err(_)));
    assert!(TcpStream::connect(at).await.is_err());
}

#[tokio::test]
async fn an_edge_is_told_where_and_given_no_key_but_its_own() {
    let edge = edge().await;
    let client = behind(edge);
    assert_eq!(client.port_address(3000), None, "a browser gets nowhere");
    let forward = PortForward::open(&client, 3000).await.unwrap();
    let at = forward.at();
    let running = run(forward);
    let origin = format!("Origin: http://localhost:{}\r\nTE: trailers\r\n", at.port());
    let seen = ask(at, "GET /seen?x=1", &origin, "").await;
    for line in [
        format!("host={edge}"),
        "e2b-sandbox-id=i0abc".to_owned(),
        "e2b-sandbox-port=3000".to_owned(),
        "e2b-traffic-access-token=traffic-secret".to_owned(),
        "x-access-token=-".to_owned(),
        format!("origin=http://{edge}"),
        "te=-".to_owned(),
    ] {
        assert!(seen.contains(&line), "{line}\n{seen}");
    }
    assert!(
        ask(at, "POST /body", "", &"y".repeat(100_000))
            .await
            .contains("100000 bytes")
    );
    assert!(ask(at, "GET /big", "", "").await.len() > 8 << 20);
    let moved = ask(at, "GET /moved", "", "").await;
    assert!(moved.contains(&format!("location: http://{at}/there?a=b")), "{moved}");
    running.abort();
}

#[tokio::test]
async fn a_change_of_protocol_is_followed_and_ends_with_the_forward() {
    let forward = PortForward::open(&behind(edge().await), 3000).await.unwrap();
    let at = forward.at();
    let running = run(forward);
    let mut socket = TcpStream::connect(at).await.unwrap();
    let request = format!("GET /changed HTTP/1.1\r\nHost: {at}\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await.unwrap());
    }
    assert!(head.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&head));
    socket.write_all(b"ping").await.unwrap();
    let mut back = [0; 4];
    socket.read_exact(&mut back).await.unwrap();
    assert_eq!(&back, b"ping");
    running.abort();
    let _ = running.await;
    assert!(matches!(socket.read(&mut [0]).await, Ok(0) | Err(_)));
}

#[tokio::test]
async fn strangers_pages_get_nothing_and_a_dead_edge_is_named() {
    let forward = PortForward::open(&behind(edge().await), 3000).await.unwrap();
    let at = forward.at();
    let running = run(forward);
    let mut socket = TcpStream::connect(at).await.unwrap();
    let request = "GET /seen HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 421") && !answer.contains("i0abc"),
        "{answer}"
    );
    running.abort();

    let dead = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = behind(dead.local_addr().unwrap());
    drop(dead);
    let mut forward = PortForward::open(&client, 3000).await.unwrap();
    let at = forward.at();
    let asking = tokio::spawn(async move { ask(at, "GET /", "", "").await });
    while forward.next().await.failure.is_none() {}
    let answer = {
        let running = run(forward);
        let answer = asking.await.unwrap();
        running.abort();
        answer
    };
    assert!(
        answer.starts_with("HTTP/1.1 502") && answer.contains("refused"),
        "{answer}"
    );
}
