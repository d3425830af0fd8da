//! What `doctor` says about the platform: which one, with whose key, and whether it answers.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::domain::Failure;
use crate::platform::{KeySource, PlatformClient, PlatformSettings, SandboxFilter};
use crate::startup::Context;

use super::output;

/// What was found.
pub(super) struct PlatformFinding {
    api_url: Option<String>,
    key: String,
    /// What came of a look; `None` without a key, when nobody is asked.
    look: Option<Result<Contact, Failure>>,
}

struct Contact {
    round_trip: Duration,
    running: Option<u64>,
}

/// Asks the platform one harmless question, if there is a key.
pub(super) async fn look_at_platform(context: &Context) -> PlatformFinding {
    match context.platform_settings() {
        Ok(settings) => PlatformFinding {
            api_url: Some(settings.api_url().to_owned()),
            key: describe_key(&settings),
            look: match settings.api_key {
                Some(_) => Some(look(settings).await),
                None => None,
            },
        },
        Err(failure) => PlatformFinding {
            api_url: None,
            key: "unknown".to_owned(),
            look: Some(Err(failure)),
        },
    }
}

async fn look(settings: PlatformSettings) -> Result<Contact, Failure> {
    let client = PlatformClient::new(settings)?;
    let filter = SandboxFilter {
        limit: Some(1),
        ..SandboxFilter::default()
    };
    let begin = Instant::now();
    let page = client.list_page(&filter, None).await?;
    Ok(Contact {
        round_trip: begin.elapsed(),
        running: page.total_running,
    })
}

fn describe_key(settings: &PlatformSettings) -> String {
    match (&settings.key_source, &settings.login_problem) {
        (Some(KeySource::Environment), _) => "from E2B_API_KEY".to_owned(),
        (Some(KeySource::ConfiguredFile(path)), _) => format!("from {}, which the config names", path.display()),
        (Some(KeySource::Login(path)), _) => format!("from the login in {}", path.display()),
        (None, Some(problem)) => format!("none; ~/.e2b/config.json cannot be used: {problem}"),
        (None, None) => "none; the platform is not used".to_owned(),
    }
}

impl PlatformFinding {
    /// What is wrong with it.
    pub(super) fn problem(&self) -> Option<&Failure> {
        self.look.as_ref().and_then(|look| look.as_ref().err())
    }

    /// A section of the report.
    pub(super) fn as_text(&self) -> String {
        let url = self.api_url.as_deref().unwrap_or("unknown");
        let outcome = match &self.look {
            None => String::new(),
            Some(Ok(contact)) => {
                let milliseconds = output::milliseconds(contact.round_trip);
                let running = contact
                    .running
                    .map_or(String::new(), |count| format!(", {count} running"));
                format!("  answers  ok, {milliseconds:.1} ms{running}\n")
            }
            Some(Err(failure)) => format!("  FAILED   {failure}\n"),
        };
        format!("\nPlatform\n  address  {url}\n  key      {}\n{outcome}", self.key)
    }

    /// The same for programs.
    pub(super) fn as_json(&self) -> Value {
        let contact = self.look.as_ref().and_then(|look| look.as_ref().ok());
        json!({
            "address": self.api_url,
            "key": self.key,
            "ok": contact.is_some(),
            "round_trip_ms": contact.map(|contact| output::milliseconds(contact.round_trip)),
            "running": contact.and_then(|contact| contact.running),
            "problem": self.problem().map(ToString::to_string),
        })
    }
}
