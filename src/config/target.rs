//! What a TARGET on the command line means, and what must be known to reach it. Reads no token and opens nothing.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::domain::{Dialect, Failure, FailureKind, Routing, SandboxId, parse_metadata};
use crate::keys::nearest_name;

use super::{Flags, Settings, TargetTable};

/// The port that envd listens on in every sandbox.
pub const ENVD_PORT: u16 = 49983;

/// The platform's own domains: one host name for all sandboxes, told apart by headers (`platform-api.md` 6).
const SHARED_DOMAINS: [&str; 4] = ["e2b.app", "e2b.dev", "e2b.pro", "e2b-staging.dev"];

/// What one TARGET says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetAddress {
    /// The embedded sandbox of this name, if it has one.
    Local(Option<String>),
    /// A name from the config file.
    Named(String),
    /// An envd at this base URL.
    Url(String),
    /// A sandbox of the platform.
    Sandbox(String),
    /// All running sandboxes of the platform with this metadata.
    Query(BTreeMap<String, String>),
}

/// How a target is to be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetPlan {
    /// The embedded sandbox of this name, if it has one.
    Local(Option<String>),
    /// One that is reached over the network.
    Remote(Box<RemotePlan>),
}

/// What the platform is to be asked before a sandbox can be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// Where this sandbox is. Without an API key the plan's own address will do.
    Id(SandboxId),
    /// Which sandboxes have this metadata. The plan has no address of its own.
    Metadata(BTreeMap<String, String>),
}

/// How to reach a sandbox over the network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemotePlan {
    /// What to ask the platform first.
    pub lookup: Option<Lookup>,
    /// `http(s)://host[:port]`.
    pub base_url: String,
    /// Headers for a shared edge.
    pub routing: Option<Routing>,
    /// What else the config file or the flags say.
    pub table: TargetTable,
    /// Flags outrank the table.
    pub dialect: Option<Dialect>,
    /// A file that holds the access token, from the flags or the environment.
    pub access_token_file: Option<PathBuf>,
    /// A PEM file, from the flags.
    pub ca_file: Option<PathBuf>,
}

impl TargetAddress {
    /// Reads a TARGET. `settings` tells which names there are.
    pub fn parse(text: &str, settings: &Settings) -> Result<Self, Failure> {
        if text == "local" {
            return Ok(Self::Local(None));
        }
        if let Some(name) = text.strip_prefix("local:") {
            return local_name(name).map(|name| Self::Local(Some(name)));
        }
        if settings.targets.contains_key(text) {
            return Ok(Self::Named(text.to_owned()));
        }
        if text.contains("://") {
            return base_url(text).map(Self::Url);
        }
        if text.contains('=') {
            return parse_metadata(text)
                .map(Self::Query)
                .map_err(|why| unusable(text, &why).hint("a query by metadata is key=value[,key=value]"));
        }
        if looks_like_sandbox_id(text) {
            return Ok(Self::Sandbox(text.to_owned()));
        }
        let known = settings.targets.keys().map(String::as_str).chain(["local"]);
        if !text.is_empty() && split_port(text).is_none() {
            return Err(unusable(text, "its port is no number from 1 to 65535"));
        }
        let Ok(url) = base_url(&format!("http://{text}")) else {
            let shape = unusable(text, "it is no name of a target, no host and no sandbox ID");
            return Err(match nearest_name(text, known) {
                Some(name) => shape.hint(format!("did you mean `{name}`?")),
                None => shape.hint("see `e2b-tui --help` for what a target can be"),
            });
        };
        // A word alone is rather a misspelt name than a host, if there is a name like it.
        if let Some(name) = nearest_name(text, known).filter(|_| !text.contains(['.', ':'])) {
            return Err(unusable(text, "no target has that name").hint(format!("did you mean `{name}`?")));
        }
        Ok(Self::Url(url))
    }

    /// What to open when no TARGET is given, or `None` for the embedded sandbox.
    pub fn usual(variable: impl Fn(&str) -> Option<String>) -> Option<Result<Self, Failure>> {
        if let Some(url) = variable("E2B_SANDBOX_URL").filter(|url| !url.is_empty()) {
            return Some(base_url(&url).map(Self::Url));
        }
        is_debug(&variable).then(|| Ok(Self::Url(debug_url())))
    }

    /// What it takes to open it.
    pub fn plan(
        &self,
        settings: &Settings,
        flags: &Flags,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<TargetPlan, Failure> {
        let (mut base, mut routing, mut table) = (None, None, TargetTable::default());
        let mut lookup = None;
        match self {
            Self::Local(name) => return Ok(TargetPlan::Local(name.clone())),
            Self::Url(url) => base = Some(url.clone()),
            Self::Sandbox(id) => routing = Some(routing_of(id)?),
            Self::Query(pairs) => {
                base = Some(String::new());
                lookup = Some(Lookup::Metadata(pairs.clone()));
            }
            Self::Named(name) => {
                table = settings.targets.get(name).cloned().unwrap_or_default();
                if let Some(url) = &table.url {
                    base = Some(base_url(url).map_err(|failure| in_target(name, failure))?);
                }
                if let Some(id) = &table.sandbox {
                    routing = Some(routing_of(id).map_err(|failure| in_target(name, failure))?);
                }
            }
        }
        if let Some(routing) = routing.as_ref().filter(|_| base.is_none()) {
            lookup = routing.sandbox_id.parse().ok().map(Lookup::Id);
        }
        let base_url = match (base, &routing) {
            (Some(base), _) => base,
            (None, Some(routing)) => sandbox_url(&routing.sandbox_id, &variable)?,
            (None, None) => return Err(Failure::new(FailureKind::Internal, "a target without an address")),
        };
        table.user = flags.user.clone().or(table.user);
        table.cwd = flags.cwd.clone().or(table.cwd);
        let from_environment = variable("E2B_TUI_ACCESS_TOKEN_FILE").filter(|path| !path.is_empty());
        let from_environment = from_environment.filter(|_| table.access_token_file.is_none());
        Ok(TargetPlan::Remote(Box::new(RemotePlan {
            lookup,
            base_url,
            routing,
            dialect: flags.dialect.or(table.dialect),
            access_token_file: flags.access_token_file.clone().or(from_environment.map(PathBuf::from)),
            ca_file: flags.ca_file.clone(),
            table,
        })))
    }
}

fn unusable(text: &str, why: &str) -> Failure {
    let shown = text.escape_debug();
    Failure::new(FailureKind::Usage, format!("`{shown}` cannot be used as a target")).because(why)
}

fn in_target(name: &str, mut failure: Failure) -> Failure {
    failure.summary = format!("[targets.{name}]: {}", failure.summary);
    failure
}

fn is_debug(variable: impl Fn(&str) -> Option<String>) -> bool {
    variable("E2B_DEBUG").is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

fn debug_url() -> String {
    format!("http://localhost:{ENVD_PORT}")
}

/// The name of an embedded sandbox becomes the name of a folder.
fn local_name(name: &str) -> Result<String, Failure> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    if name.is_empty() || name.len() > 64 || !name.chars().all(is_plain) {
        return Err(unusable(
            &format!("local:{name}"),
            "the name of a local sandbox is 1 to 64 letters, digits, - and _",
        )
        .hint("write `local` for the one without a name"));
    }
    Ok(name.to_owned())
}

/// Whether a word has the shape of a sandbox ID rather than that of a host name: small letters and digits, long or
/// beginning with `i`, perhaps followed by `-` and the part that older IDs carried.
fn looks_like_sandbox_id(text: &str) -> bool {
    let (id, rest) = text.split_once('-').unwrap_or((text, "a"));
    let is_plain = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    let has_digit = id.bytes().any(|byte| byte.is_ascii_digit());
    let is_long = id.len() >= 16 || (id.starts_with('i') && id.len() >= 5);
    is_plain(id) && is_plain(rest) && has_digit && is_long && id.len() <= 64
}

fn routing_of(id: &str) -> Result<Routing, Failure> {
    // The edge knows the part before the first `-` only.
    let bare = id.split('-').next().unwrap_or(id);
    let is_plain = bare
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if bare.is_empty() || bare.len() > 64 || !is_plain {
        return Err(unusable(id, "a sandbox ID is made of small letters and digits"));
    }
    Ok(Routing {
        sandbox_id: bare.to_owned(),
        port: ENVD_PORT,
    })
}

/// The base URL of a sandbox's envd, by the order of `platform-api.md` 6.
fn sandbox_url(id: &str, variable: impl Fn(&str) -> Option<String>) -> Result<String, Failure> {
    if let Some(url) = variable("E2B_SANDBOX_URL").filter(|url| !url.is_empty()) {
        return base_url(&url);
    }
    if is_debug(&variable) {
        return Ok(debug_url());
    }
    let domain = variable("E2B_DOMAIN").filter(|domain| !domain.is_empty());
    let domain = domain.unwrap_or_else(|| SHARED_DOMAINS[0].to_owned());
    if !is_host_name(&domain) {
        let shown = domain.escape_debug();
        return Err(Failure::new(
            FailureKind::Usage,
            format!("E2B_DOMAIN is `{shown}`, which is no domain"),
        ));
    }
    Ok(if SHARED_DOMAINS.contains(&domain.as_str()) {
        format!("https://sandbox.{domain}")
    } else {
        format!("https://{ENVD_PORT}-{id}.{domain}")
    })
}

/// Checks `http(s)://host[:port]` and gives plain HTTP without a port the port of envd.
fn base_url(text: &str) -> Result<String, Failure> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err(unusable(text, "an address begins with http:// or https://"));
    };
    let scheme = scheme.to_ascii_lowercase();
    if scheme != "http" && scheme != "https" {
        return Err(unusable(text, "envd is reached by http:// or https:// only"));
    }
    let authority = rest.strip_suffix('/').unwrap_or(rest);
    if authority.contains('@') {
        return Err(unusable("…", "an address holds no user and no password").hint("use --user and a token file"));
    }
    if authority.contains(['/', '?', '#']) {
        return Err(unusable(text, "an address ends after host and port"));
    }
    let (host, port) = split_port(authority).ok_or_else(|| unusable(text, "its port is no number from 1 to 65535"))?;
    let is_v6 = host
        .strip_prefix('[')
        .and_then(|inner| inner.strip_suffix(']'))
        .is_some_and(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok());
    if !is_v6 && !is_host_name(host) {
        return Err(unusable(text, "it holds no host"));
    }
    Ok(match port {
        Some(port) => format!("{scheme}://{host}:{port}"),
        // Envd itself speaks plain HTTP on its own port; whoever offers https stands in front of it on 443.
        None if scheme == "http" => format!("{scheme}://{host}:{ENVD_PORT}"),
        None => format!("{scheme}://{host}"),
    })
}

/// Host and port; `None` if what stands after the colon is no port.
fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let after_bracket = authority.rfind(']').map_or(0, |at| at + 1);
    match authority[after_bracket..].rfind(':') {
        None => Some((authority, None)),
        Some(at) => {
            let at = after_bracket + at;
            let port = authority[at + 1..].parse().ok().filter(|port| *port > 0)?;
            Some((&authority[..at], Some(port)))
        }
    }
}

fn is_host_name(host: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter))
            && !label.starts_with('-')
    };
    host.len() <= 253 && host.strip_suffix('.').unwrap_or(host).split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ConfigFile;

    fn settings() -> Settings {
        let file =
            "[targets.worker]\nurl = \"http://10.0.0.5\"\nuser = \"root\"\n[targets.web]\nsandbox = \"i0abcdef\"\n";
        let file = ConfigFile::parse(file, "c").unwrap();
        Settings::resolve(file, &Flags::default(), |_| None)
    }

    fn planned(text: &str, variables: &[(&str, &str)]) -> Result<TargetPlan, String> {
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let settings = settings();
        TargetAddress::parse(text, &settings)
            .and_then(|address| address.plan(&settings, &Flags::default(), variable))
            .map_err(|failure| failure.to_string())
    }

    fn url(text: &str, variables: &[(&str, &str)]) -> String {
        match planned(text, variables).unwrap() {
            TargetPlan::Remote(plan) => plan.base_url,
            TargetPlan::Local(name) => format!("local {name:?}"),
        }
    }

    #[test]
    fn each_kind_of_target_is_told_by_its_shape() {
        for (text, expected) in [
            ("local", "local None"),
            ("local:a-1", "local Some(\"a-1\")"),
            ("10.0.0.5", "http://10.0.0.5:49983"),
            ("10.0.0.5:8080", "http://10.0.0.5:8080"),
            ("[::1]:8080", "http://[::1]:8080"),
            ("[::1]", "http://[::1]:49983"),
            ("devbox", "http://devbox:49983"),
            ("http://h", "http://h:49983"),
            ("HTTPS://h.example/", "https://h.example"),
            ("https://h:444", "https://h:444"),
            ("worker", "http://10.0.0.5:49983"),
            ("web", "https://sandbox.e2b.app"),
            ("iiny0783cype8gmoawzmx", "https://sandbox.e2b.app"),
            ("rki5dems9wqfm4r03t7g-f9ae2bd3", "https://sandbox.e2b.app"),
        ] {
            assert_eq!(url(text, &[]), expected, "{text}");
        }
    }

    #[test]
    fn the_environment_says_where_sandboxes_are() {
        let id = "iiny0783cype8gmoawzmx";
        for (variables, expected) in [
            (&[("E2B_DOMAIN", "e2b.dev")][..], "https://sandbox.e2b.dev".to_owned()),
            (&[("E2B_DOMAIN", "my.org")], format!("https://49983-{id}.my.org")),
            (
                &[("E2B_DEBUG", "true"), ("E2B_DOMAIN", "my.org")],
                "http://localhost:49983".to_owned(),
            ),
            (
                &[("E2B_SANDBOX_URL", "https://x.y"), ("E2B_DEBUG", "true")],
                "https://x.y".to_owned(),
            ),
        ] {
            assert_eq!(url(id, variables), expected);
        }
        assert!(planned(id, &[("E2B_DOMAIN", "my.org/@x")]).is_err());
        let usual = |name: &'static str, value: &'static str| {
            TargetAddress::usual(move |asked| (asked == name).then(|| value.to_owned()))
        };
        assert_eq!(usual("E2B_DEBUG", "false"), None);
        assert_eq!(
            usual("E2B_DEBUG", "TRUE"),
            Some(Ok(TargetAddress::Url("http://localhost:49983".into())))
        );
        assert!(usual("E2B_SANDBOX_URL", "ftp://x").unwrap().is_err());
    }

    #[test]
    fn the_platform_is_asked_about_ids_and_metadata_only() {
        let lookup = |text| match planned(text, &[]).unwrap() {
            TargetPlan::Remote(plan) => plan.lookup,
            TargetPlan::Local(_) => None,
        };
        assert_eq!(lookup("web"), Some(Lookup::Id("i0abcdef".parse().unwrap())));
        let pairs = parse_metadata("role=api,env=x").unwrap();
        assert_eq!(lookup("role=api,env=x"), Some(Lookup::Metadata(pairs)));
        assert_eq!(lookup("worker"), None);
        assert_eq!(lookup("http://h"), None);
    }

    #[test]
    fn the_shared_edge_gets_the_bare_id() {
        let Ok(TargetPlan::Remote(plan)) = planned("rki5dems9wqfm4r03t7g-f9ae2bd3", &[]) else {
            panic!("not remote");
        };
        let routing = plan.routing.unwrap();
        assert_eq!(
            (routing.sandbox_id.as_str(), routing.port),
            ("rki5dems9wqfm4r03t7g", 49983)
        );
    }

    #[test]
    fn what_is_no_target_gets_a_reason_and_a_way_out() {
        for (text, part) in [
            ("wroker", "did you mean `worker`?"),
            ("role=api,x", "`x` is not key=value"),
            ("ftp://h", "http:// or https:// only"),
            ("http://", "no host"),
            ("http://h/path", "ends after host and port"),
            ("http://u:secret@h", "no user and no password"),
            ("h:0", "its port is no number"),
            ("localhost:99999", "its port is no number"),
            ("a b", "no name of a target"),
            ("local:../x", "1 to 64 letters"),
            ("local:", "1 to 64 letters"),
            ("", "no name of a target"),
        ] {
            let failure = planned(text, &[]).unwrap_err();
            assert!(failure.contains(part), "{text}: {failure}");
            assert!(!failure.contains("secret"));
        }
    }
}
