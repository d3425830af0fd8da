//! `create`, `pause`, `resume`, `kill`, `timeout` and `fork`: everything that changes a life, each only by its own command.

use std::io::{self, BufRead, IsTerminal, Write};
use std::time::Duration;

use serde_json::{Value, json};

use crate::domain::{Failure, FailureKind, OnTimeout, SandboxId, SandboxState};
use crate::platform::{Internet, MetadataQuery, NewSandbox, PlatformClient, PlatformErrorKind, SandboxFilter};

use super::super::output;
use super::arguments::{
    CreateArguments, ForkArguments, KillArguments, PauseArguments, ResumeArguments, TimeoutArguments,
};
use super::dispatch::{each, now, with_patience};
use super::json;
use super::span::show_span;
use super::values::TimeoutAction;

/// The platform extends a life by itself, without a look before, up to this.
const LONGEST_EXTENSION: Duration = Duration::from_secs(3600);

/// Creates one and prints its ID.
pub(super) async fn create(client: &PlatformClient, of: CreateArguments) -> Result<u8, Failure> {
    if of.auto_resume && of.on_timeout != TimeoutAction::Pause {
        let text = "a sandbox that is killed at its end cannot be woken by traffic";
        return Err(Failure::new(FailureKind::Usage, text).hint("add --lifecycle.ontimeout pause"));
    }
    let mut order = NewSandbox::of(of.template);
    order.timeout = of.timeout;
    order.metadata = of.metadata.unwrap_or_default();
    order.envs = of.envs.into_iter().collect();
    order.auto_resume = of.auto_resume;
    order.is_secure = !of.insecure;
    if of.on_timeout == TimeoutAction::Pause {
        order.on_timeout = OnTimeout::Pause;
    }
    if of.no_internet {
        order.internet = Internet::Cut;
    }
    let made = with_patience("creating a sandbox", client.create(&order)).await?;
    Ok(output::print(&if of.platform.json {
        json::json_text(&json::fresh(&made))
    } else {
        format!("{}\n", made.id)
    }))
}

/// Prints what became of one sandbox: a line for people, an object for programs.
fn tell(is_json: bool, id: &SandboxId, outcome: &str, words: &str) -> u8 {
    output::print(&if is_json {
        json::json_line(&json!({ "sandboxId": id.as_str(), "outcome": outcome }))
    } else {
        format!("{id} {words}\n")
    })
}

/// Pauses one after another.
pub(super) async fn pause(client: &PlatformClient, of: PauseArguments) -> Result<u8, Failure> {
    let is_json = of.platform.json;
    each(&of.ids, async |id| {
        let pausing = pause_one(client, id, !of.no_memory);
        let was_running = with_patience(&format!("pausing {id}"), pausing).await?;
        Ok(if was_running {
            tell(is_json, id, "paused", "is paused")
        } else {
            tell(is_json, id, "unchanged", "was paused already")
        })
    })
    .await
}

/// Whether it ran before. A pause that took too long, or that somebody else began, may have worked all the same.
async fn pause_one(client: &PlatformClient, id: &SandboxId, keep_memory: bool) -> Result<bool, Failure> {
    let Err(error) = client.pause(id, keep_memory).await else {
        return Ok(true);
    };
    let is_unsure = !error.kind().nothing_was_done();
    if is_unsure || error.kind() == PlatformErrorKind::Conflict {
        let state = client.get(id).await.map(|detail| detail.sandbox.state);
        if state == Ok(SandboxState::Paused) {
            return Ok(is_unsure);
        }
    }
    Err(error.into())
}

/// Wakes one after another.
pub(super) async fn resume(client: &PlatformClient, of: ResumeArguments) -> Result<u8, Failure> {
    let is_json = of.platform.json;
    each(&of.ids, async |id| {
        let connecting = client.connect(id, of.timeout);
        let connected = with_patience(&format!("resuming {id}"), connecting).await?;
        let life = show_span(of.timeout);
        Ok(if connected.was_paused {
            tell(is_json, id, "resumed", &format!("runs again, for {life}"))
        } else {
            tell(
                is_json,
                id,
                "unchanged",
                &format!("was running already; it has at least {life} left"),
            )
        })
    })
    .await
}

/// Kills those that are named, or all that the filter leaves.
pub(super) async fn kill(client: &PlatformClient, of: KillArguments) -> Result<u8, Failure> {
    let is_json = of.platform.json;
    let mut ids = of.ids;
    if of.all {
        let filter = SandboxFilter {
            states: of.state,
            metadata: MetadataQuery(of.metadata.unwrap_or_default()),
            ..SandboxFilter::default()
        };
        let found = with_patience("listing sandboxes", client.list(&filter)).await?;
        ids = found.into_iter().map(|sandbox| sandbox.id).collect();
        if ids.is_empty() {
            output::complain("no sandboxes found");
            return Ok(0);
        }
        if !of.yes && !is_agreed(ids.len()) {
            output::complain("nothing was killed");
            return Ok(1);
        }
    }
    each(&ids, async |id| {
        with_patience(&format!("killing {id}"), client.kill(id)).await?;
        Ok(tell(is_json, id, "killed", "is gone"))
    })
    .await
}

/// Asks where somebody can answer. A script said what it wants by its words.
fn is_agreed(count: usize) -> bool {
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return true;
    }
    let mut screen = io::stderr().lock();
    let _ = write!(screen, "Kill {count} sandboxes for good? [y/N] ").and_then(|()| screen.flush());
    let mut answer = String::new();
    let _ = io::stdin().lock().read_line(&mut answer);
    matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

/// Gives a life at least so much time, or exactly so much.
pub(super) async fn timeout(client: &PlatformClient, of: TimeoutArguments) -> Result<u8, Failure> {
    let id = &of.id;
    let is_json = of.platform.json;
    if of.exact {
        client.set_timeout(id, of.timeout).await?;
        let words = format!("ends in {}", show_span(of.timeout));
        return Ok(tell(is_json, id, "set", &words));
    }
    let before = client.get(id).await?.sandbox;
    if before.state == SandboxState::Paused {
        return Err(
            Failure::new(FailureKind::Refused, format!("cannot set the life of {id}"))
                .because("it is paused, and its time does not run")
                .hint(format!("`e2b-tui resume {id}` wakes it")),
        );
    }
    let left = before.life_left(now()).unwrap_or_default();
    if left >= of.timeout {
        let words = format!("lives longer already, for {}; --exact shortens it", show_span(left));
        return Ok(tell(is_json, id, "unchanged", &words));
    }
    // Somebody else may have given it more meanwhile: up to an hour the platform itself never takes any away.
    if of.timeout <= LONGEST_EXTENSION {
        client.extend(id, of.timeout).await?;
    } else {
        client.set_timeout(id, of.timeout).await?;
    }
    let left = client.get(id).await?.sandbox.life_left(now()).unwrap_or_default();
    let mut words = format!("ends in {}", show_span(left));
    if left + Duration::from_secs(30) < of.timeout {
        words.push_str(": the plan allows no more");
    }
    Ok(tell(is_json, id, "extended", &words))
}

/// Copies one and prints the copies' IDs.
pub(super) async fn fork(client: &PlatformClient, of: ForkArguments) -> Result<u8, Failure> {
    let forking = client.fork(&of.id, of.count, of.timeout);
    let outcomes = with_patience(&format!("forking {}", of.id), forking).await?;
    let mut code = 0;
    let mut values: Vec<Value> = Vec::new();
    for outcome in outcomes {
        match outcome {
            Ok(copy) if of.platform.json => values.push(json::fresh(&copy)),
            Ok(copy) => code = code.max(output::print(&format!("{}\n", copy.id))),
            Err(error) => {
                values.push(json!({ "error": error.cause().unescaped() }));
                code = code.max(output::report(&error.into()));
            }
        }
    }
    if of.platform.json {
        code = code.max(output::print(&json::json_text(&Value::from(values))));
    }
    Ok(code)
}
