//! From a command about sandboxes to its exit code; what all of them share.

use std::future::Future;
use std::io::{self, IsTerminal};
use std::time::{Duration, SystemTime};

use crate::domain::{Failure, Timestamp};
use crate::platform::PlatformClient;
use crate::startup::Context;

use super::super::output;
use super::arguments::PlatformCommand;
use super::{life, list, logs, metrics, snapshots};

/// Work that is done sooner needs no word about it.
const PATIENCE: Duration = Duration::from_millis(500);

/// Carries out a command.
pub(in super::super) async fn run(context: &Context, command: PlatformCommand) -> Result<u8, Failure> {
    let client = context.platform_client()?;
    match command {
        PlatformCommand::List(of) => list::sandboxes(&client, of).await,
        PlatformCommand::Info(of) => list::info(&client, of).await,
        PlatformCommand::Templates(of) => list::templates(&client, of).await,
        PlatformCommand::Create(of) => life::create(&client, of).await,
        PlatformCommand::Pause(of) => life::pause(&client, of).await,
        PlatformCommand::Resume(of) => life::resume(&client, of).await,
        PlatformCommand::Kill(of) => life::kill(&client, of).await,
        PlatformCommand::Timeout(of) => life::timeout(&client, of).await,
        PlatformCommand::Fork(of) => life::fork(&client, of).await,
        PlatformCommand::Snapshot(of) => snapshots::run(&client, of).await,
        PlatformCommand::Metrics(of) => metrics::run(&client, of).await,
        PlatformCommand::Logs(of) => logs::run(&client, of).await,
    }
}

/// Waits for work, and says on a terminal what it is if it takes a while.
pub(in super::super) async fn with_patience<T>(doing: &str, work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    if let Ok(done) = tokio::time::timeout(PATIENCE, &mut work).await {
        return done;
    }
    if io::stderr().is_terminal() {
        output::complain(&format!("{doing} … (ctrl-c stops waiting)"));
    }
    work.await
}

/// Does one thing after another, goes on after failures, and answers the exit code of the first of them.
pub(super) async fn each<T>(
    items: impl IntoIterator<Item = T>,
    work: impl AsyncFn(T) -> Result<u8, Failure>,
) -> Result<u8, Failure> {
    let mut code = 0;
    for item in items {
        let outcome = work(item).await.unwrap_or_else(|failure| output::report(&failure));
        if code == 0 {
            code = outcome;
        }
    }
    Ok(code)
}

/// By the clock of this machine.
pub(super) fn now() -> Timestamp {
    SystemTime::now().into()
}

/// What the client must still be able to reach while a command goes on.
pub(super) async fn is_running(client: &PlatformClient, id: &crate::domain::SandboxId) -> Result<bool, Failure> {
    match client.get(id).await {
        Ok(detail) => Ok(detail.sandbox.state == crate::domain::SandboxState::Running),
        Err(error) if error.kind() == crate::platform::PlatformErrorKind::NotFound => Ok(false),
        Err(error) => Err(error.into()),
    }
}
