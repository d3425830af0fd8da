//! HTTP without our client: requests as bytes and headers, replies as they came. Knows no RPC.

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::bench::Bench;
use crate::target::Target;

/// A request under construction.
#[derive(Clone)]
pub struct Ask {
    pub method: Method,
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// What came back, whole.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub trailers: HeaderMap,
}

impl Ask {
    /// A request without body.
    pub fn new(method: Method, path: &str) -> Self {
        Self {
            method,
            path: path.to_owned(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    /// A GET.
    pub fn get(path: &str) -> Self {
        Self::new(Method::GET, path)
    }

    /// A POST of a body with its type.
    pub fn post(path: &str, content_type: &str, body: impl Into<Bytes>) -> Self {
        let ask = Self {
            body: body.into(),
            ..Self::new(Method::POST, path)
        };
        ask.header("Content-Type", content_type)
    }

    /// Sets a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name: header::HeaderName = name.parse().unwrap();
        self.headers.insert(name, value.parse().unwrap());
        self
    }

    /// Drops a header, to be sent without it.
    pub fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    fn into_request(self, uri: &str) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(self.body));
        *request.method_mut() = self.method;
        *request.uri_mut() = uri.parse().unwrap();
        *request.headers_mut() = self.headers;
        request
    }
}

impl Reply {
    /// A header as text; empty without it.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {:?}", self.text()))
    }

    /// Makes sure of the status.
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{:?}", self.text());
        self
    }

    /// Makes sure that it is envd's own kind of error, and returns its message.
    pub fn refusal(self, status: u16) -> String {
        let reply = self.expect(status);
        assert_eq!(reply.header("content-type"), "application/json; charset=utf-8");
        let body = reply.json();
        assert_eq!(body["code"], status, "{body}");
        body["message"].as_str().unwrap().to_owned()
    }
}

impl Bench {
    /// Adds the token, if there is one and the request does not bring its own.
    pub fn authorised(&self, ask: Ask) -> Ask {
        match &self.target.token {
            Some(token) if !ask.headers.contains_key("X-Access-Token") => ask.header("X-Access-Token", token.expose()),
            _ => ask,
        }
    }

    /// One request over HTTP/1.1 with the token, and its reply.
    pub async fn ask(&self, ask: Ask) -> Reply {
        exchange(&self.target, self.authorised(ask)).await
    }

    /// One request over HTTP/1.1 exactly as it is, and its reply.
    pub async fn ask_as_is(&self, ask: Ask) -> Reply {
        exchange(&self.target, ask).await
    }

    /// One request over HTTP/2 without TLS, with the token, and its reply.
    pub async fn ask_http2(&self, ask: Ask) -> Reply {
        let socket = TokioIo::new(TcpStream::connect(self.target.authority()).await.unwrap());
        let (mut sender, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), socket)
            .await
            .unwrap();
        tokio::spawn(connection);
        let uri = format!("{}{}", self.target.base_url, ask.path);
        collect(
            sender
                .send_request(self.authorised(ask).into_request(&uri))
                .await
                .unwrap(),
        )
        .await
    }

    /// Bytes as they are, and all bytes that come back until the server closes.
    pub async fn exchange_bytes(&self, bytes: &[u8]) -> Vec<u8> {
        let mut socket = TcpStream::connect(self.target.authority()).await.unwrap();
        socket.write_all(bytes).await.unwrap();
        read_all(socket).await
    }

    /// The same, telling the server that nothing more will come: for a handler at work its caller is gone then.
    pub async fn exchange_cut(&self, bytes: &[u8]) -> Vec<u8> {
        let mut socket = TcpStream::connect(self.target.authority()).await.unwrap();
        socket.write_all(bytes).await.unwrap();
        socket.shutdown().await.unwrap();
        read_all(socket).await
    }
}

async fn read_all(mut socket: TcpStream) -> Vec<u8> {
    let mut answer = Vec::new();
    // A reset after the answer is as good as a close.
    drop(socket.read_to_end(&mut answer).await);
    answer
}

async fn exchange(target: &Target, mut ask: Ask) -> Reply {
    let socket = TokioIo::new(TcpStream::connect(target.authority()).await.unwrap());
    let (mut sender, connection) = hyper::client::conn::http1::handshake(socket).await.unwrap();
    tokio::spawn(connection);
    if !ask.headers.contains_key(header::HOST) {
        ask = ask.header("Host", target.authority());
    }
    let path = ask.path.clone();
    collect(sender.send_request(ask.into_request(&path)).await.unwrap()).await
}

async fn collect(reply: http::Response<Incoming>) -> Reply {
    let (parts, body) = reply.into_parts();
    let collected = body.collect().await.unwrap();
    Reply {
        status: parts.status,
        headers: parts.headers,
        trailers: collected.trailers().cloned().unwrap_or_default(),
        body: collected.to_bytes(),
    }
}
