//! `doctor`: what can be reached, how, how fast, what is wrong, and every file in use.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::time::timeout;

use crate::domain::{Dialect, Endpoint, Failure, FailureKind};
use crate::envd::EnvdClient;
use crate::startup::{Context, OpenSandbox, Sandboxes};

use super::arguments::DoctorArguments;
use super::doctor_platform::{PlatformFinding, look_at_platform};
use super::output;
use super::sandboxes::json_text;

/// One look at one sandbox takes no longer than this.
const LOOK_LIMIT: Duration = Duration::from_secs(12);

/// Variables that change what the program does. None holds a secret.
const VARIABLES: [&str; 12] = [
    "E2B_DEBUG",
    "E2B_SANDBOX_URL",
    "E2B_DOMAIN",
    "E2B_TUI_ACCESS_TOKEN_FILE",
    "SHELL",
    "TERM",
    "COLORTERM",
    "TERM_PROGRAM",
    "LANG",
    "LC_ALL",
    "NO_COLOR",
    "TMUX",
];

/// What was found about one sandbox.
struct Finding {
    label: String,
    address: Option<String>,
    is_embedded: bool,
    user: Option<String>,
    has_token: bool,
    warning: Option<String>,
    /// One for each dialect, the one in use first.
    dialects: Vec<(Dialect, Result<Contact, Failure>)>,
    /// Why it could not even be tried.
    failure: Option<Failure>,
}

/// A sandbox that answered.
struct Contact {
    round_trip: Duration,
    processes: usize,
}

/// Looks at everything and answers 0 if all is well, else the exit code of the first failure.
pub(super) async fn run(context: &Context, of: DoctorArguments) -> Result<u8, Failure> {
    let mut sandboxes = Sandboxes::new(context);
    let mut findings = Vec::new();
    if of.targets.is_empty() {
        match sandboxes.open_all(&[]).await {
            Ok(open) => findings.extend(look_at_all(open).await),
            Err(failure) => findings.push(Finding::failed("(what would be opened)", failure)),
        }
    }
    for target in &of.targets {
        match sandboxes.open_all(std::slice::from_ref(target)).await {
            Ok(open) => findings.extend(look_at_all(open).await),
            Err(failure) => findings.push(Finding::failed(target, failure)),
        }
    }
    let platform = look_at_platform(context).await;
    let text = if of.json {
        json_text(&as_json(context, &platform, &findings))
    } else {
        as_text(context, &platform, &findings)
    };
    sandboxes.stop().await;
    // Whoever asks about certain sandboxes need not have a platform.
    let of_platform = platform.problem().filter(|_| of.targets.is_empty());
    let failed = findings.iter().find_map(Finding::problem).or(of_platform);
    let code = failed.map_or(0, |failure| failure.kind.exit_code());
    Ok(output::print(&text).max(code))
}

async fn look_at_all(open: Vec<OpenSandbox>) -> Vec<Finding> {
    futures_util::future::join_all(open.into_iter().map(look_at)).await
}

async fn look_at(sandbox: OpenSandbox) -> Finding {
    let in_use = sandbox.endpoint.dialect;
    let mut order = vec![in_use];
    order.extend(Dialect::ALL.into_iter().filter(|dialect| *dialect != in_use));
    let looks = order.into_iter().map(|dialect| {
        let mut endpoint = sandbox.endpoint.clone();
        endpoint.dialect = dialect;
        async move { (dialect, look(&endpoint).await) }
    });
    Finding {
        dialects: futures_util::future::join_all(looks).await,
        address: Some(sandbox.endpoint.base_url),
        has_token: sandbox.endpoint.access_token.is_some(),
        user: sandbox.endpoint.user,
        label: sandbox.label,
        is_embedded: sandbox.is_embedded,
        warning: sandbox.warning,
        failure: None,
    }
}

/// Makes the same harmless call twice: the first opens the connection, the second tells how fast it is.
async fn look(endpoint: &Endpoint) -> Result<Contact, Failure> {
    let client = EnvdClient::new(endpoint)?;
    let looking = async {
        client.list_processes().await?;
        let begin = Instant::now();
        let processes = client.list_processes().await?.len();
        let round_trip = begin.elapsed();
        Ok(Contact { round_trip, processes })
    };
    timeout(LOOK_LIMIT, looking).await.unwrap_or_else(|_| {
        let limit = LOOK_LIMIT.as_secs();
        let summary = format!("{} did not answer within {limit} s", endpoint.base_url);
        Err(Failure::new(FailureKind::Unreachable, summary))
    })
}

impl Finding {
    fn failed(label: &str, failure: Failure) -> Self {
        Self {
            label: label.escape_debug().to_string(),
            address: None,
            is_embedded: false,
            user: None,
            has_token: false,
            warning: None,
            dialects: Vec::new(),
            failure: Some(failure),
        }
    }

    /// What keeps this sandbox from being used. A dialect that is not in use may fail.
    fn problem(&self) -> Option<&Failure> {
        let in_use = self.dialects.first().and_then(|(_, look)| look.as_ref().err());
        self.failure.as_ref().or(in_use)
    }
}

/// The files in use, each with whether it is there.
fn paths(context: &Context) -> Vec<(&'static str, String, bool)> {
    let mut found = Vec::new();
    let mut add = |name, path: &Path| found.push((name, path.display().to_string(), path.exists()));
    if let Some(config) = &context.config_file {
        add("config", config);
    }
    if let Some(folders) = &context.folders {
        add("log", &folders.log_file());
        add("data", &folders.data);
        add("state", &folders.state);
        add("workspaces", &folders.workspaces());
        add("recordings", &folders.recordings());
        add("cache", &folders.cache);
    }
    found
}

fn variables() -> Vec<(&'static str, String)> {
    VARIABLES
        .into_iter()
        .filter_map(|name| std::env::var(name).ok().map(|value| (name, value)))
        .collect()
}

fn as_text(context: &Context, platform: &PlatformFinding, findings: &[Finding]) -> String {
    let mut text = format!("e2b-tui {}\n\nFiles\n", env!("CARGO_PKG_VERSION"));
    for (name, path, exists) in paths(context) {
        let remark = if exists { "" } else { "  (not there)" };
        let _ = writeln!(text, "  {name:12}{path}{remark}");
    }
    text.push_str("\nEnvironment\n");
    for (name, value) in variables() {
        let _ = writeln!(text, "  {name}={}", value.escape_debug());
    }
    text.push_str(&platform.as_text());
    for finding in findings {
        add_finding(&mut text, finding);
    }
    text
}

fn add_finding(text: &mut String, finding: &Finding) {
    let _ = writeln!(text, "\nSandbox {}", finding.label);
    if let Some(address) = &finding.address {
        let embedded = if finding.is_embedded {
            "  (inside this program)"
        } else {
            ""
        };
        let token = if finding.has_token { "set" } else { "none" };
        let _ = writeln!(text, "  address  {address}{embedded}");
        let _ = writeln!(text, "  token    {token}");
        let _ = writeln!(
            text,
            "  user     {}",
            finding.user.as_deref().unwrap_or("the sandbox's default")
        );
        let _ = writeln!(text, "  envd     version unknown: envd does not tell it to its clients");
    }
    for (index, (dialect, look)) in finding.dialects.iter().enumerate() {
        let role = if index == 0 { "in use" } else { "not in use" };
        let dialect = dialect.name();
        let _ = match look {
            Ok(contact) => {
                let milliseconds = output::milliseconds(contact.round_trip);
                let count = contact.processes;
                writeln!(
                    text,
                    "  {dialect:9}ok, {milliseconds:.1} ms, {count} processes ({role})"
                )
            }
            Err(failure) => writeln!(text, "  {dialect:9}FAILED ({role}): {failure}"),
        };
    }
    if let Some(warning) = &finding.warning {
        let _ = writeln!(text, "  warning  {warning}");
    }
    let _ = match finding.problem() {
        None => writeln!(text, "  All is well."),
        Some(failure) if finding.dialects.is_empty() => writeln!(text, "  FAILED   {failure}"),
        Some(_) => match finding.dialects.iter().find(|(_, look)| look.is_ok()) {
            Some((other, _)) => writeln!(text, "  Another dialect works: try --dialect {other}."),
            None => writeln!(text, "  No dialect works."),
        },
    };
}

fn as_json(context: &Context, platform: &PlatformFinding, findings: &[Finding]) -> Value {
    let paths: serde_json::Map<String, Value> = paths(context)
        .into_iter()
        .map(|(name, path, exists)| (name.to_owned(), json!({ "path": path, "exists": exists })))
        .collect();
    let environment: serde_json::Map<String, Value> = variables()
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Value::from(value)))
        .collect();
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "paths": paths,
        "environment": environment,
        "platform": platform.as_json(),
        "sandboxes": findings.iter().map(finding_as_json).collect::<Vec<_>>(),
    })
}

fn finding_as_json(finding: &Finding) -> Value {
    let dialects: Vec<Value> = finding
        .dialects
        .iter()
        .enumerate()
        .map(|(index, (dialect, look))| {
            json!({
                "dialect": dialect.name(),
                "in_use": index == 0,
                "ok": look.is_ok(),
                "round_trip_ms": look.as_ref().ok().map(|contact| output::milliseconds(contact.round_trip)),
                "processes": look.as_ref().ok().map(|contact| contact.processes),
                "problem": look.as_ref().err().map(ToString::to_string),
            })
        })
        .collect();
    json!({
        "target": finding.label,
        "address": finding.address,
        "embedded": finding.is_embedded,
        "user": finding.user,
        "token": finding.has_token,
        "envd_version": null,
        "ok": finding.problem().is_none(),
        "problem": finding.problem().map(ToString::to_string),
        "exit_code": finding.problem().map_or(0, |failure| failure.kind.exit_code()),
        "warning": finding.warning,
        "dialects": dialects,
    })
}
