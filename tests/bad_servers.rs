//! Servers that must not be trusted or believed: bad certificates, broken handshakes, redirects, strangers. Each is one clear
//! failure, and none gets to see a request or a credential that is not meant for it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop loudly")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use e2b_tui::domain::{Dialect, Endpoint, Failure, FailureKind, Secret};
use e2b_tui::envd::{EnvdClient, EnvdErrorKind};
use e2b_tui::platform::{Configured, Login, PlatformClient, PlatformError, PlatformErrorKind, PlatformSettings};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

const TOKEN: &str = "canary-token-5d41402abc4b2a76";

/// A thread that accepts connections and counts what requests it gets to see.
struct Server {
    port: u16,
    connections: Arc<AtomicUsize>,
    request_bytes: Arc<AtomicUsize>,
}

impl Server {
    /// `serve` treats one connection and counts, before it answers, how many bytes of requests it could read.
    fn start(serve: impl Fn(TcpStream, &AtomicUsize) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            connections: Arc::default(),
            request_bytes: Arc::default(),
        };
        let (connections, request_bytes) = (Arc::clone(&server.connections), Arc::clone(&server.request_bytes));
        std::thread::spawn(move || {
            for socket in listener.incoming() {
                let socket = socket.unwrap();
                socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
                connections.fetch_add(1, Ordering::SeqCst);
                serve(socket, &request_bytes);
            }
        });
        server
    }

    /// Answers every request, over plain HTTP, with these bytes.
    fn plain(answer: String) -> Self {
        Self::start(move |mut socket, seen| {
            seen.fetch_add(socket.read(&mut [0; 8192]).unwrap_or(0), Ordering::SeqCst);
            // The client may have left already.
            let _ = socket.write_all(answer.as_bytes());
            // Closing with unread bytes would reset the connection, and the answer might never be seen.
            let _ = socket.shutdown(std::net::Shutdown::Write);
            let _ = std::io::copy(&mut socket, &mut std::io::sink());
        })
    }

    /// Answers `GET /health` like envd, over TLS with these certificates.
    fn tls(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        let config = Arc::new(config);
        Self::start(move |socket, seen| {
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = rustls::StreamOwned::new(connection, socket);
            let read = stream.read(&mut [0; 8192]).unwrap_or(0);
            seen.fetch_add(read, Ordering::SeqCst);
            if read > 0 {
                stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        })
    }

    fn seen(&self) -> (usize, usize) {
        (
            self.connections.load(Ordering::SeqCst),
            self.request_bytes.load(Ordering::SeqCst),
        )
    }
}

/// An authority of our own, and its certificate as a file.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    folder: tempfile::TempDir,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        std::fs::write(folder.path().join("ca.pem"), certificate.pem()).unwrap();
        Self {
            issuer: Issuer::new(params, key),
            folder,
        }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    fn server(&self, name: &str, years: (i32, i32)) -> Server {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(years.0, 1, 1);
        params.not_after = date_time_ymd(years.1, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Server::tls(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
    }
}

fn client(url: &str, ca_file: Option<PathBuf>) -> EnvdClient {
    let mut endpoint = Endpoint::new(url);
    endpoint.access_token = Some(Secret::new(TOKEN));
    endpoint.ca_file = ca_file;
    EnvdClient::new(&endpoint).unwrap()
}

/// The key that the platform's client would send.
const KEY: &str = "e2b_c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00";

/// Asks the platform at a server, once, and answers what came of it.
async fn ask_platform(url: &str, ca_file: Option<PathBuf>) -> Result<(), PlatformError> {
    let variable = |name: &str| match name {
        "E2B_API_URL" => Some(url.to_owned()),
        "E2B_API_KEY" => Some(KEY.to_owned()),
        _ => None,
    };
    let configured = Configured {
        ca_file,
        ..Configured::default()
    };
    let settings = PlatformSettings::resolve(variable, configured, Login::default()).unwrap();
    let client = PlatformClient::new(settings).unwrap().without_retries();
    client.get(&"i1".parse().unwrap()).await.map(drop)
}

/// The same server as the platform's API: refused as well, before a byte of a request.
async fn refused_as_platform(what: &str, server: &Server, url: &str, ca_file: Option<PathBuf>) -> PlatformErrorKind {
    let before = server.seen().0;
    let error = ask_platform(url, ca_file).await.unwrap_err();
    let (connections, request_bytes) = server.seen();
    assert!(connections > before, "{what}: nobody came");
    assert_eq!(request_bytes, 0, "{what}: the server saw a request");
    error.kind()
}

/// A server with a certificate whose signature is made with SHA-1, or with SHA-256 as the control, and its authority.
fn signed_with(certificate: &[u8]) -> (Server, PathBuf) {
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("support/weak_signature/key.pem")).unwrap();
    let chain = vec![CertificateDer::from_pem_slice(certificate).unwrap()];
    let ca_file = PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/support/weak_signature/ca.pem"
    ));
    (Server::tls(chain, key), ca_file)
}

async fn refused(what: &str, server: &Server, url: &str, ca_file: Option<PathBuf>) -> EnvdErrorKind {
    let error = client(url, ca_file).health().await.unwrap_err();
    let (connections, request_bytes) = server.seen();
    assert!(connections > 0, "{what}: nobody came");
    assert_eq!(request_bytes, 0, "{what}: the server saw a request");
    let failure = Failure::from(error.clone());
    assert!(failure.to_string().contains(url), "{what}: {failure}");
    error.kind()
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a table")]
async fn bad_certificates_are_refused_before_anything_is_said() {
    let ours = Authority::new();
    let other = Authority::new();
    let key = KeyPair::generate().unwrap();
    let own = CertificateParams::new(vec!["localhost".to_owned()])
        .unwrap()
        .self_signed(&key)
        .unwrap();
    let self_signed = Server::tls(
        vec![own.der().clone()],
        PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
    );
    let (weak, weak_file) = signed_with(include_bytes!("support/weak_signature/sha1.pem"));
    let cases = [
        ("weak signature", weak, "localhost", Some(weak_file)),
        (
            "unknown authority",
            ours.server("localhost", (2020, 2100)),
            "localhost",
            None,
        ),
        (
            "another authority",
            other.server("localhost", (2020, 2100)),
            "localhost",
            Some(ours.file()),
        ),
        ("self-signed", self_signed, "localhost", Some(ours.file())),
        (
            "expired",
            ours.server("localhost", (2019, 2020)),
            "localhost",
            Some(ours.file()),
        ),
        (
            "not valid yet",
            ours.server("localhost", (2090, 2100)),
            "localhost",
            Some(ours.file()),
        ),
        (
            "wrong name",
            ours.server("example.org", (2020, 2100)),
            "localhost",
            Some(ours.file()),
        ),
        (
            "name for an address",
            ours.server("localhost", (2020, 2100)),
            "127.0.0.1",
            Some(ours.file()),
        ),
        (
            "wrong address",
            ours.server("127.0.0.2", (2020, 2100)),
            "127.0.0.1",
            Some(ours.file()),
        ),
    ];
    for (what, server, host, ca_file) in cases {
        let url = format!("https://{host}:{}", server.port);
        assert_eq!(
            refused(what, &server, &url, ca_file.clone()).await,
            EnvdErrorKind::Untrusted,
            "{what}"
        );
        assert_eq!(
            refused_as_platform(what, &server, &url, ca_file).await,
            PlatformErrorKind::Untrusted,
            "{what}"
        );
    }
}

/// The control: with the right name, dates and authority the same server is trusted.
#[tokio::test]
async fn a_good_certificate_is_trusted() {
    let ours = Authority::new();
    for host in ["localhost", "127.0.0.1"] {
        let server = ours.server(host, (2020, 2100));
        let url = format!("https://{host}:{}", server.port);
        client(&url, Some(ours.file())).health().await.unwrap();
        let seen = server.seen().1;
        assert!(seen > 0);
        let error = ask_platform(&url, Some(ours.file())).await.unwrap_err();
        assert_eq!(
            error.kind(),
            PlatformErrorKind::NotPlatform,
            "it answers, but not as a platform does"
        );
        assert!(server.seen().1 > seen);
    }
    let (server, ca_file) = signed_with(include_bytes!("support/weak_signature/sha256.pem"));
    let url = format!("https://localhost:{}", server.port);
    client(&url, Some(ca_file)).health().await.unwrap();
}

#[tokio::test]
async fn broken_handshakes_are_refused() {
    let alert = |mut socket: TcpStream, _: &AtomicUsize| {
        let _ = socket.read(&mut [0; 8192]);
        // A fatal alert: this server knows only protocol versions that we do not speak.
        let _ = socket.write_all(&[0x15, 3, 1, 0, 2, 2, 70]);
    };
    let closes = |mut socket: TcpStream, _: &AtomicUsize| {
        let _ = socket.read(&mut [0; 10]);
    };
    let cases = [
        (
            "old protocol",
            Server::start(alert),
            (EnvdErrorKind::Untrusted, PlatformErrorKind::Untrusted),
        ),
        (
            "stops in the middle",
            Server::start(closes),
            (EnvdErrorKind::Unreachable, PlatformErrorKind::Unreachable),
        ),
    ];
    for (what, server, (kind, as_platform)) in cases {
        let url = format!("https://localhost:{}", server.port);
        assert_eq!(refused(what, &server, &url, None).await, kind, "{what}");
        assert_eq!(
            refused_as_platform(what, &server, &url, None).await,
            as_platform,
            "{what}"
        );
    }

    // A server without TLS sees a handshake, and not one byte of the token.
    let plain = Server::plain("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".to_owned());
    let url = format!("https://localhost:{}", plain.port);
    let error = client(&url, None).health().await.unwrap_err();
    assert_eq!(error.kind(), EnvdErrorKind::NotEnvd);
    assert!(error.to_string().contains("http://"), "{error}");

    // The same for the platform: what it read is no byte of a request, but the beginning of a handshake.
    let heard = Arc::new(std::sync::Mutex::new(Vec::new()));
    let ear = Arc::clone(&heard);
    let plain = Server::start(move |mut socket, _| {
        let mut bytes = vec![0; 8192];
        let count = socket.read(&mut bytes).unwrap_or(0);
        ear.lock().unwrap().extend_from_slice(&bytes[..count]);
        let _ = socket.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    });
    let url = format!("https://localhost:{}", plain.port);
    assert!(ask_platform(&url, None).await.is_err());
    let heard = heard.lock().unwrap().clone();
    assert_eq!(heard.first(), Some(&0x16), "a handshake");
    assert!(!heard.windows(8).any(|part| part == &KEY.as_bytes()[4..12]), "the key");
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let target = Server::plain("HTTP/1.1 204 No Content\r\n\r\n".to_owned());
    for status in [301, 302, 303, 307, 308] {
        let redirect = Server::plain(format!(
            "HTTP/1.1 {status} Moved\r\nLocation: http://127.0.0.1:{}/health\r\n\
             Content-Length: 0\r\nConnection: close\r\n\r\n",
            target.port
        ));
        let client = client(&format!("http://127.0.0.1:{}", redirect.port), None);
        for error in [
            client.health().await.unwrap_err(),
            client.list_processes().await.unwrap_err(),
        ] {
            assert_eq!(error.kind(), EnvdErrorKind::NotEnvd, "{status}: {error}");
            assert!(error.to_string().contains("redirect"), "{error}");
        }
    }
    assert_eq!(target.seen(), (0, 0));
}

#[tokio::test]
async fn strangers_are_told_from_envd_in_every_dialect() {
    let page = "<html>hello</html>";
    let answers = [
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n{page}",
            page.len()
        ),
        "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nnope".to_owned(),
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}".to_owned(),
        "SSH-2.0-OpenSSH_9.7\r\n".to_owned(),
        "220 mail.example.org ESMTP\r\n".to_owned(),
    ];
    for answer in answers {
        for dialect in [Dialect::Connect, Dialect::GrpcWeb] {
            let server = Server::plain(answer.clone());
            let mut endpoint = Endpoint::new(format!("http://127.0.0.1:{}", server.port));
            endpoint.dialect = dialect;
            let client = EnvdClient::new(&endpoint).unwrap();
            let error = client.list_processes().await.unwrap_err();
            assert_eq!(error.kind(), EnvdErrorKind::NotEnvd, "{dialect} {answer}: {error}");
            assert_eq!(Failure::from(error).kind, FailureKind::NotEnvd);
        }
    }
}

#[tokio::test]
async fn grpc_to_a_server_that_knows_only_http_1_says_so_and_does_not_hang() {
    let server = Server::plain("HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\n\r\n".to_owned());
    let mut endpoint = Endpoint::new(format!("http://127.0.0.1:{}", server.port));
    endpoint.dialect = Dialect::Grpc;
    let error = EnvdClient::new(&endpoint).unwrap().list_processes().await.unwrap_err();
    assert_eq!(error.kind(), EnvdErrorKind::NotEnvd, "{error}");
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for url in [
        format!("http://{closed}"),
        format!("https://{closed}"),
        "http://no-such-host.invalid:1".to_owned(),
    ] {
        let error = client(&url, None).list_processes().await.unwrap_err();
        assert_eq!(error.kind(), EnvdErrorKind::Unreachable, "{url}: {error}");
        assert_eq!(Failure::from(error.clone()).kind.exit_code(), 5);
        assert!(!error.to_string().contains(TOKEN));
    }
}

#[tokio::test]
async fn silence_after_the_connection_is_a_timeout() {
    let server = Server::start(|mut socket, seen| {
        seen.fetch_add(socket.read(&mut [0; 8192]).unwrap_or(0), Ordering::SeqCst);
        // Holds the connection until the client gives up.
        let _ = socket.read(&mut [0; 1]);
    });
    let client = client(&format!("http://127.0.0.1:{}", server.port), None);
    let error = client.health_within(Duration::from_millis(200)).await.unwrap_err();
    assert_eq!(error.kind(), EnvdErrorKind::TimedOut);
}
