//! One HTTP client for one platform. The key is sent to the base URL of the settings and nowhere else: no call names a host,
//! and no redirect is followed.

use std::path::Path;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, Url};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::Value;

use crate::domain::{RemoteText, Secret, find_cause, innermost_words};

use super::reply::{Reply, not_platform};
use super::retry::{ATTEMPTS, wait_before_retry};
use super::{PlatformError, PlatformErrorKind, PlatformSettings};

/// DNS, TCP and TLS together have this long.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Looking things up takes no longer.
const LOOK_TIMEOUT: Duration = Duration::from_secs(60);
/// Making and changing sandboxes may take as long as the platform itself allows, and a moment more.
const CHANGE_TIMEOUT: Duration = Duration::from_secs(75);
/// The largest answer that is read.
const BODY_LIMIT: usize = 16 << 20;

/// One call: what to ask, and in which words it is spoken of when it fails.
pub(super) struct Call {
    method: Method,
    /// Begins with `/`; its parts are encoded already.
    path: String,
    query: Vec<(&'static str, String)>,
    body: Option<Value>,
    /// As in "cannot …".
    doing: String,
}

impl Call {
    /// A call that only looks.
    pub(super) fn get(path: impl Into<String>, doing: impl Into<String>) -> Self {
        Self::new(Method::GET, path.into(), doing.into())
    }

    /// A call that changes something.
    pub(super) fn post(path: impl Into<String>, body: Value, doing: impl Into<String>) -> Self {
        let mut call = Self::new(Method::POST, path.into(), doing.into());
        call.body = Some(body);
        call
    }

    /// A call that takes something away.
    pub(super) fn delete(path: impl Into<String>, doing: impl Into<String>) -> Self {
        Self::new(Method::DELETE, path.into(), doing.into())
    }

    /// Adds a parameter, if there is one.
    #[must_use]
    pub(super) fn with(mut self, name: &'static str, value: Option<String>) -> Self {
        self.query.extend(value.map(|value| (name, value)));
        self
    }

    fn new(method: Method, path: String, doing: String) -> Self {
        Self {
            method,
            path,
            query: Vec::new(),
            body: None,
            doing,
        }
    }
}

/// The connection to one platform. A pool underneath keeps it open between calls.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    http: Client,
    base: Url,
    /// How often a call is tried in all, where trying again is safe.
    pub(super) attempts: u32,
}

impl Connection {
    /// Prepares a connection; nothing is sent yet.
    pub(super) fn new(settings: &PlatformSettings) -> Result<Self, PlatformError> {
        let Some(key) = &settings.api_key else {
            return Err(no_key(settings));
        };
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static("x-api-key"), sensitive(key)?);
        let mut http = Client::builder()
            .user_agent(concat!("e2b-tui/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .use_preconfigured_tls(tls_config(settings)?);
        if settings.is_on_this_machine() {
            // A proxy would take the key off this machine, readable on the way.
            http = http.no_proxy();
        }
        let http = http
            .build()
            .map_err(|error| PlatformError::new(PlatformErrorKind::Internal, error.to_string()))?;
        Ok(Self {
            http,
            base: settings.api_url.clone(),
            attempts: ATTEMPTS,
        })
    }

    /// Makes a call and, where that is safe, makes it again.
    pub(super) async fn send(&self, call: Call) -> Result<Reply, PlatformError> {
        let mut attempt = 1;
        loop {
            let outcome = self.send_once(&call).await.and_then(Reply::accepted);
            let error = match outcome {
                Ok(reply) => return Ok(reply),
                Err(error) => error,
            };
            let Some(wait) = wait_before_retry(&call.method, &error, attempt).filter(|_| attempt < self.attempts)
            else {
                return Err(error.during(&call.doing));
            };
            tracing::info!(method = %call.method, path = call.path, attempt, ?wait, %error, "trying again");
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    async fn send_once(&self, call: &Call) -> Result<Reply, PlatformError> {
        let limit = if call.method == Method::GET {
            LOOK_TIMEOUT
        } else {
            CHANGE_TIMEOUT
        };
        let mut url = self.base.clone();
        url.set_path(&format!("{}{}", self.base.path().trim_end_matches('/'), call.path));
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let mut request = self.http.request(call.method.clone(), url).timeout(limit);
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        let answer = request.send().await.map_err(|error| self.failure_of(&error))?;
        tracing::debug!(method = %call.method, path = call.path, status = %answer.status(), "platform call");
        self.read(answer).await
    }

    async fn read(&self, mut answer: reqwest::Response) -> Result<Reply, PlatformError> {
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| self.failure_of(&error))? {
            if body.len() + chunk.len() > BODY_LIMIT {
                return Err(not_platform("the answer is larger than any that the platform sends"));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply {
            status: answer.status(),
            headers: answer.headers().clone(),
            body,
        })
    }

    /// What it means when a call failed without a whole answer.
    fn failure_of(&self, error: &reqwest::Error) -> PlatformError {
        let (kind, cause) = if let Some(tls) = find_cause::<rustls::Error>(error) {
            (PlatformErrorKind::Untrusted, tls.to_string())
        } else if error.is_connect() {
            (PlatformErrorKind::Unreachable, innermost_words(error))
        } else if error.is_timeout() {
            (
                PlatformErrorKind::TimedOut,
                "no answer within the time limit".to_owned(),
            )
        } else {
            (PlatformErrorKind::Lost, innermost_words(error))
        };
        // Who did not answer is the user's own setting.
        PlatformError::new(kind, format!("{}: {cause}", self.base.authority()))
    }
}

fn no_key(settings: &PlatformSettings) -> PlatformError {
    let error = PlatformError::new(PlatformErrorKind::NoKey, "there is no API key").during("use the platform");
    match &settings.login_problem {
        Some(problem) => error.hint(format!(
            "~/.e2b/config.json cannot be used ({}): set E2B_API_KEY, or log in again with the official `e2b auth login`",
            RemoteText::from(problem.as_str())
        )),
        None => error,
    }
}

fn sensitive(key: &Secret) -> Result<HeaderValue, PlatformError> {
    let mut value = HeaderValue::from_str(key.expose())
        .map_err(|_| PlatformError::new(PlatformErrorKind::NoKey, "it holds characters that cannot be sent"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// The certificates to trust: the system's and those of the extra file. Reads files only where TLS is spoken.
fn tls_config(settings: &PlatformSettings) -> Result<rustls::ClientConfig, PlatformError> {
    let mut roots = rustls::RootCertStore::empty();
    if !settings.is_on_this_machine() {
        let native = rustls_native_certs::load_native_certs();
        for error in &native.errors {
            tracing::warn!(%error, "some of the system's certificates cannot be read");
        }
        roots.add_parsable_certificates(native.certs);
        if let Some(path) = &settings.ca_file {
            add_certificates(&mut roots, path)?;
        }
    }
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| PlatformError::new(PlatformErrorKind::Internal, error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn add_certificates(roots: &mut rustls::RootCertStore, path: &Path) -> Result<(), PlatformError> {
    let shown = RemoteText::new(path.to_string_lossy());
    let wrong = |text: String| PlatformError::new(PlatformErrorKind::Usage, text).during("use the platform");
    let certificates = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| wrong(format!("cannot read certificates from {shown}: {error}")))?;
    let (added, _) = roots.add_parsable_certificates(certificates);
    if added == 0 {
        return Err(wrong(format!("{shown} holds no usable certificate")));
    }
    Ok(())
}
