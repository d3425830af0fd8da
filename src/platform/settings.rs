//! Which platform, and with which key: resolved once from environment, config and login, as the official tools do it
//! (`platform-api.md` 1). Reads no file and no variable itself.

use std::path::PathBuf;

use reqwest::Url;

use crate::domain::Secret;

use super::endpoint::is_domain;
use super::login::Login;
use super::{PlatformError, PlatformErrorKind};

/// The domain of the hosted platform.
pub(super) const USUAL_DOMAIN: &str = "e2b.app";

/// Where the API key came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// `E2B_API_KEY`.
    Environment,
    /// A file that the config names.
    ConfiguredFile(PathBuf),
    /// The login of the official tools.
    Login(PathBuf),
}

/// Everything needed to speak to one platform.
#[derive(Clone, Debug)]
pub struct PlatformSettings {
    /// The base of all REST calls. Checked: https, or http on this machine.
    pub(super) api_url: Url,
    /// The domain of sandboxes whose domain the platform does not name.
    pub domain: String,
    /// One envd base URL for all sandboxes (`E2B_SANDBOX_URL`).
    pub sandbox_url: Option<String>,
    /// `E2B_DEBUG`: a platform and an envd on this machine.
    pub is_debug: bool,
    /// The API key, if there is one.
    pub api_key: Option<Secret>,
    /// Where it came from.
    pub key_source: Option<KeySource>,
    /// Why the login of the official tools gave no key, if it should have.
    pub login_problem: Option<String>,
    /// A PEM file with certificates to trust besides the system's.
    pub ca_file: Option<PathBuf>,
}

/// What our own config says; the environment outranks it.
#[derive(Clone, Debug, Default)]
pub struct Configured {
    /// Instead of the hosted platform's domain.
    pub domain: Option<String>,
    /// Instead of `https://api.` and the domain.
    pub api_url: Option<String>,
    /// The content of the key file and the file's name.
    pub api_key: Option<(Secret, PathBuf)>,
    /// From `--ca-file`.
    pub ca_file: Option<PathBuf>,
}

impl PlatformSettings {
    /// Resolves everything. `variable` reads the environment; empty variables count as unset.
    pub fn resolve(
        variable: impl Fn(&str) -> Option<String>,
        configured: Configured,
        login: Login,
    ) -> Result<Self, PlatformError> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let is_debug = variable("E2B_DEBUG").is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let domain = variable("E2B_DOMAIN")
            .or(configured.domain)
            .unwrap_or_else(|| USUAL_DOMAIN.to_owned());
        if !is_domain(&domain) {
            let text = format!("`{}` is no domain", domain.escape_debug());
            return Err(usage(text).hint("correct E2B_DOMAIN or the config"));
        }
        let api_url = variable("E2B_API_URL").or(configured.api_url).unwrap_or_else(|| {
            if is_debug {
                "http://localhost:3000".to_owned()
            } else {
                format!("https://api.{domain}")
            }
        });
        let (api_key, key_source) = pick_key(variable("E2B_API_KEY"), configured.api_key, &login);
        let is_checked = !variable("E2B_VALIDATE_API_KEY").is_some_and(|value| value.eq_ignore_ascii_case("false"));
        if let Some(key) = &api_key {
            check_key(key, is_checked)?;
        }
        Ok(Self {
            api_url: check_api_url(&api_url)?,
            domain,
            sandbox_url: variable("E2B_SANDBOX_URL"),
            is_debug,
            api_key,
            key_source,
            login_problem: login.problem,
            ca_file: configured.ca_file,
        })
    }

    /// The base of all REST calls, `https://api.e2b.app/`.
    pub fn api_url(&self) -> &str {
        self.api_url.as_str()
    }

    /// Whether the API is on this machine and spoken to without TLS, as in a platform under development.
    pub(super) fn is_on_this_machine(&self) -> bool {
        self.api_url.scheme() == "http"
    }
}

fn usage(text: impl Into<String>) -> PlatformError {
    PlatformError::new(PlatformErrorKind::Usage, text.into()).during("use the platform")
}

fn pick_key(
    from_environment: Option<String>,
    configured: Option<(Secret, PathBuf)>,
    login: &Login,
) -> (Option<Secret>, Option<KeySource>) {
    if let Some(key) = from_environment {
        return (Some(Secret::new(key)), Some(KeySource::Environment));
    }
    if let Some((key, path)) = configured {
        return (Some(key), Some(KeySource::ConfiguredFile(path)));
    }
    match &login.api_key {
        Some(key) => (Some(key.clone()), Some(KeySource::Login(login.path.clone()))),
        None => (None, None),
    }
}

/// The check of the official clients. The second half of the rule only keeps the header sound, so it cannot be switched off.
fn check_key(key: &Secret, is_checked: bool) -> Result<(), PlatformError> {
    let no_key = |text: &str| {
        PlatformError::new(PlatformErrorKind::NoKey, text)
            .during("use the API key")
            .hint("a key is `e2b_` and hexadecimal digits; E2B_VALIDATE_API_KEY=false switches the check off")
    };
    let text = key.expose();
    let digits = text.strip_prefix("e2b_").unwrap_or_default();
    let is_usual = !digits.is_empty()
        && digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    if is_checked && !is_usual {
        return Err(no_key("it does not have the shape of one"));
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(no_key("it holds characters that cannot be sent"));
    }
    Ok(())
}

/// The key goes to this URL and nowhere else: over TLS, or without leaving this machine.
fn check_api_url(text: &str) -> Result<Url, PlatformError> {
    let shown = text.escape_debug();
    let wrong = |why: &str| usage(format!("the API's URL `{shown}` {why}")).hint("correct E2B_API_URL or the config");
    let mut url = Url::parse(text).map_err(|_| wrong("is none"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(usage("the API's URL holds a user or password").hint("take them out of E2B_API_URL"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("must end with its path"));
    }
    let Some(host) = url.host_str() else {
        return Err(wrong("names no host"));
    };
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(host) => {}
        "http" => {
            return Err(wrong(
                "must begin with https://: the API key would travel readable for everybody",
            ));
        }
        _ => return Err(wrong("must begin with https://")),
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

/// Whether a host name of a URL means this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || bare
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(variables: &[(&str, &str)], login: Login) -> Result<PlatformSettings, String> {
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        PlatformSettings::resolve(variable, Configured::default(), login).map_err(|error| error.to_string())
    }

    fn login(key: &str) -> Login {
        Login {
            path: "/home/u/.e2b/config.json".into(),
            api_key: Some(Secret::new(key)),
            problem: None,
        }
    }

    #[test]
    fn the_environment_says_which_platform() {
        for (variables, url) in [
            (&[][..], "https://api.e2b.app/"),
            (&[("E2B_DOMAIN", "my.org")], "https://api.my.org/"),
            (&[("E2B_DOMAIN", "")], "https://api.e2b.app/"),
            (&[("E2B_DEBUG", "TRUE")], "http://localhost:3000/"),
            (&[("E2B_DEBUG", "1")], "https://api.e2b.app/"),
            (
                &[("E2B_API_URL", "https://x.y/e2b/"), ("E2B_DEBUG", "true")],
                "https://x.y/e2b",
            ),
            (&[("E2B_API_URL", "http://127.0.0.1:9/")], "http://127.0.0.1:9/"),
            (&[("E2B_API_URL", "http://[::1]:9")], "http://[::1]:9/"),
        ] {
            assert_eq!(resolve(variables, Login::default()).unwrap().api_url.as_str(), url);
        }
    }

    #[test]
    fn the_key_comes_from_the_environment_then_from_the_login() {
        let both = resolve(&[("E2B_API_KEY", "e2b_aa")], login("e2b_bb")).unwrap();
        assert_eq!(both.api_key.unwrap().expose(), "e2b_aa");
        assert_eq!(both.key_source, Some(KeySource::Environment));
        let login_only = resolve(&[("E2B_API_KEY", "")], login("e2b_bb")).unwrap();
        assert_eq!(login_only.api_key.unwrap().expose(), "e2b_bb");
        assert!(resolve(&[], Login::default()).unwrap().api_key.is_none());
    }

    #[test]
    fn keys_are_checked_unless_the_check_is_off() {
        for bad in ["sk_e2b_aa", "e2b-aa", "e2b_XY", "e2b_aa "] {
            let error = resolve(&[("E2B_API_KEY", bad)], Login::default()).unwrap_err();
            assert!(error.contains("shape") && !error.contains(bad), "{error}");
        }
        let off = |value| {
            resolve(
                &[("E2B_API_KEY", "my-key"), ("E2B_VALIDATE_API_KEY", value)],
                Login::default(),
            )
        };
        assert!(off("False").is_ok());
        assert!(off("0").is_err());
        let torn = [("E2B_API_KEY", "e2b\n"), ("E2B_VALIDATE_API_KEY", "false")];
        assert!(resolve(&torn, Login::default()).is_err());
    }

    #[test]
    fn the_key_travels_over_tls_or_not_at_all() {
        for bad in [
            "http://api.e2b.app",
            "http://10.0.0.5:3000",
            "http://localhost.evil.org",
            "http://127.0.0.1.evil.org",
            "ftp://localhost",
            "https://u:p@api.e2b.app",
            "https://api.e2b.app/?x",
            "api.e2b.app",
            "",
        ] {
            let outcome = resolve(&[("E2B_API_URL", bad)], Login::default());
            assert_eq!(outcome.is_err(), !bad.is_empty(), "{bad}");
        }
        for bad in ["e2b.app/x", "e2b.app:444", "@e2b.app", "e2b app", "10.0.0.1"] {
            assert!(resolve(&[("E2B_DOMAIN", bad)], Login::default()).is_err(), "{bad}");
        }
    }
}
