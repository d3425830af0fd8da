//! The guard in front of every route: which requests may be looked at at all. Knows no route but `/files`, which
//! may bring a signature instead of the token.
//!
//! Stricter than the real envd on purpose (`safety.md` T22, T23): a web page must not get through, so names other
//! than this machine's own and every `Origin` are refused, there are no CORS headers, and the token is asked for
//! everywhere.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use http::header::{AUTHORIZATION, HOST, HeaderMap, ORIGIN};
use http::request::Parts;
use http::{Method, StatusCode};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::options::Access;
use super::query::FileQuery;
use super::replies::{self, Reply};
use crate::domain::Secret;

/// The header that carries the token.
pub(super) const TOKEN_HEADER: &str = "x-access-token";

const UNAUTHORIZED: &str = "unauthorized access: send the access token, or for files a signature made with it";

/// Refuses what a web page in a browser on this machine could send.
pub(super) fn check_sender(request: &Parts, port: u16) -> Result<(), Box<Reply>> {
    if !names_this_server(request, port) {
        return Err(Box::new(replies::error(
            StatusCode::FORBIDDEN,
            "this server answers only to its own loopback address in the Host header",
        )));
    }
    let from_page = request.headers.contains_key(ORIGIN)
        || request
            .headers
            .get("sec-fetch-site")
            .is_some_and(|site| site.as_bytes() != b"none");
    if from_page {
        return Err(Box::new(replies::error(
            StatusCode::FORBIDDEN,
            "requests from web pages are refused",
        )));
    }
    Ok(())
}

/// Whether every place that names a host names ours. A page that rebinds its own name to 127.0.0.1 sends that name.
fn names_this_server(request: &Parts, port: u16) -> bool {
    let mut hosts = request.headers.get_all(HOST).iter();
    let host = hosts.next().map(|host| host.to_str().unwrap_or(""));
    if hosts.next().is_some() {
        return false;
    }
    let authority = request.uri.authority().map(http::uri::Authority::as_str);
    let mut named = host.iter().chain(authority.iter()).peekable();
    named.peek().is_some() && named.all(|name| is_our_name(name, port))
}

fn is_our_name(host: &str, port: u16) -> bool {
    let (name, given_port) = match host.rsplit_once(':') {
        Some((name, given)) if !given.ends_with(']') => (name, given.parse().ok()),
        _ => (host, Some(80)),
    };
    let is_local = name == "127.0.0.1" || name == "[::1]" || name.eq_ignore_ascii_case("localhost");
    is_local && given_port == Some(port)
}

/// Asks for the token. `/files` may bring a signature made with it instead (`envd-wire.md` 6.3).
pub(super) fn check_token(request: &Parts, access: &Access, now_unix: i64) -> Result<(), Box<Reply>> {
    let Access::Token(token) = access else {
        return Ok(());
    };
    let given = request.headers.get(TOKEN_HEADER).map(http::HeaderValue::as_bytes);
    let refusal = match (given, signed_operation(request)) {
        (Some(given), operation) => {
            if bool::from(given.ct_eq(token.expose().as_bytes())) {
                return Ok(());
            }
            match operation {
                Some(_) => "the access token does not match",
                None => UNAUTHORIZED,
            }
        }
        (None, Some(operation)) => match check_signature(request, operation, token, now_unix) {
            Ok(()) => return Ok(()),
            Err(why) => why,
        },
        (None, None) => UNAUTHORIZED,
    };
    Err(Box::new(replies::error(StatusCode::UNAUTHORIZED, refusal)))
}

/// What a signature for this request would have to permit; `None` where none is accepted.
fn signed_operation(request: &Parts) -> Option<&'static str> {
    match (&request.method, request.uri.path()) {
        (&Method::GET, "/files") => Some("read"),
        (&Method::POST, "/files") => Some("write"),
        _ => None,
    }
}

fn check_signature(request: &Parts, operation: &str, token: &Secret, now_unix: i64) -> Result<(), &'static str> {
    let query = FileQuery::read(request.uri.query()).map_err(|_| "invalid signature")?;
    let Some(given) = &query.signature else {
        return Err("the signature is missing, and there is no access token");
    };
    let expected = signature(&query, operation, token);
    if !bool::from(given.as_bytes().ct_eq(expected.as_bytes())) {
        return Err("invalid signature");
    }
    match query.signature_expiration {
        Some(end) if end < now_unix => Err("the signature has expired"),
        _ => Ok(()),
    }
}

/// The signature that permits `operation` on the path of `query`, as clients make it.
fn signature(query: &FileQuery, operation: &str, token: &Secret) -> String {
    let mut hash = Sha256::new();
    let path = query.path.as_deref().unwrap_or_default();
    let username = query.username.as_deref().unwrap_or_default();
    for part in [path, ":", operation, ":", username, ":", token.expose()] {
        hash.update(part.as_bytes());
    }
    if let Some(end) = query.signature_expiration {
        hash.update(format!(":{end}").as_bytes());
    }
    format!("v1_{}", STANDARD_NO_PAD.encode(hash.finalize()))
}

/// The user named by a Basic `Authorization` header; the password counts for nothing. A header that is not Basic
/// or not readable names nobody, as in envd.
pub(super) fn basic_user(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, credentials) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = base64::engine::general_purpose::STANDARD
        .decode(credentials.trim())
        .ok()?;
    let text = String::from_utf8(decoded).ok()?;
    text.split_once(':').map(|(user, _)| user.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, uri: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = http::Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn status(result: Result<(), Box<Reply>>) -> u16 {
        result.map_or_else(|reply| reply.status().as_u16(), |()| 200)
    }

    #[test]
    fn only_our_own_loopback_names_pass() {
        let cases = [
            ("127.0.0.1:4000", true),
            ("localhost:4000", true),
            ("LOCALHOST:4000", true),
            ("[::1]:4000", true),
            ("127.0.0.1", false),
            ("127.0.0.1:4001", false),
            ("127.0.0.1:", false),
            ("localhost", false),
            ("localhost.:4000", false),
            ("localhost.evil.example:4000", false),
            ("evil.example:4000", false),
            ("evil.example", false),
            ("127.0.0.1.nip.io:4000", false),
            ("0.0.0.0:4000", false),
            ("2130706433:4000", false),
            ("0x7f000001:4000", false),
            ("127.1:4000", false),
            ("user@127.0.0.1:4000", false),
            ("[::ffff:127.0.0.1]:4000", false),
            ("", false),
        ];
        for (host, passes) in cases {
            let verdict = status(check_sender(&request("GET", "/health", &[("host", host)]), 4000));
            assert_eq!(verdict == 200, passes, "{host}");
        }
        assert_eq!(status(check_sender(&request("GET", "/health", &[]), 4000)), 403);
        let two = request("GET", "/", &[("host", "127.0.0.1:4000"), ("host", "evil.example")]);
        assert_eq!(status(check_sender(&two, 4000)), 403);
        let absolute = request("GET", "http://evil.example/", &[("host", "127.0.0.1:4000")]);
        assert_eq!(status(check_sender(&absolute, 4000)), 403);
    }

    #[test]
    fn a_page_is_refused_whatever_origin_it_has() {
        for header in [
            ("origin", "null"),
            ("origin", "http://127.0.0.1:4000"),
            ("origin", "https://evil.example"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-origin"),
        ] {
            let request = request("GET", "/health", &[("host", "127.0.0.1:4000"), header]);
            assert_eq!(status(check_sender(&request, 4000)), 403, "{header:?}");
        }
    }

    #[test]
    fn every_route_asks_for_the_token() {
        let access = Access::Token(Secret::new("right"));
        for (method, path) in [
            ("GET", "/health"),
            ("GET", "/files?path=/etc/hostname"),
            ("POST", "/files"),
            ("GET", "/envs"),
            ("POST", "/process.Process/List"),
            ("GET", "/nowhere"),
        ] {
            for (headers, expected) in [
                (vec![], 401),
                (vec![("x-access-token", "wrong")], 401),
                (vec![("x-access-token", "")], 401),
                (vec![("x-access-token", "right")], 200),
            ] {
                let request = request(method, path, &headers);
                assert_eq!(
                    status(check_token(&request, &access, 0)),
                    expected,
                    "{method} {path} {headers:?}"
                );
            }
            assert_eq!(status(check_token(&request(method, path, &[]), &Access::Open, 0)), 200);
        }
    }

    #[test]
    fn a_signature_permits_one_operation_on_one_path_until_its_end() {
        let token = Secret::new("right");
        let access = Access::Token(token.clone());
        // Made apart from this code: printf %s '/a b:read:root:right:100' | openssl dgst -sha256 -binary | base64
        let made_elsewhere = "v1_pnKy/RA9Y/MCuS3BmlfFbrTkzi3dfl8e2HKeK7vILyU";
        let query = FileQuery {
            path: Some("/a b".into()),
            username: Some("root".into()),
            signature: None,
            signature_expiration: Some(100),
        };
        assert_eq!(signature(&query, "read", &token), made_elsewhere);
        let escaped = made_elsewhere.replace('+', "%2B").replace('/', "%2F");
        let uri = format!("/files?path=/a%20b&username=root&signature_expiration=100&signature={escaped}");
        let check = |method: &str, uri: &str, now| status(check_token(&request(method, uri, &[]), &access, now));
        assert_eq!(check("GET", &uri, 100), 200);
        assert_eq!(check("GET", &uri, 101), 401);
        assert_eq!(check("POST", &uri, 1), 401);
        assert_eq!(check("GET", &uri.replace("=100", "=900"), 1), 401);
        assert_eq!(check("GET", &uri.replace("/a%20b", "/etc/shadow"), 1), 401);
    }

    #[test]
    fn the_user_comes_from_basic_credentials() {
        let user = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, value.parse().unwrap());
            basic_user(&headers)
        };
        assert_eq!(user("Basic cm9vdDo="), Some("root".into()));
        assert_eq!(user("basic cm9vdDpwdw=="), Some("root".into()));
        assert_eq!(user("Basic Og=="), Some(String::new()));
        assert_eq!(user("Bearer cm9vdDo="), None);
        assert_eq!(user("Basic !!"), None);
    }
}
