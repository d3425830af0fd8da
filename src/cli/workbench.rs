//! The workbench itself: opens the sandboxes, takes the terminal, runs.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};

use clap::CommandFactory;
use tokio::sync::mpsc;

use crate::app::Options;
use crate::config::{Clipboard, TargetAddress};
use crate::domain::{Failure, FailureKind, ProgramSpec, RemoteText, Target, TargetId};
use crate::envd::EnvdClient;
use crate::host::TerminalScreen;
use crate::keys::nearest_name;
use crate::platform::{PlatformClient, PlatformSettings};
use crate::runtime::{self, OPEN_REQUESTS, OpenRequest, Opening, Services, Workbench, listen_outside};
use crate::startup::{Context, OpenSandbox, Sandboxes};
use crate::theme::Theme;

use super::arguments::Arguments;
use super::output;
use super::settings::bound_keys;

/// What to open.
#[derive(Debug)]
pub(super) struct Request {
    /// The TARGETs as given.
    pub(super) targets: Vec<String>,
    /// A command to run in each instead of a shell.
    pub(super) program: Vec<String>,
}

/// Runs it and answers the exit code.
pub(super) async fn run(context: &Context, request: Request) -> Result<u8, Failure> {
    refuse_misspelt_command(context, &request)?;
    refuse_unfit_terminal(|name| std::env::var(name).ok())?;
    let platform = platform(context);
    if names_nothing(context, &request) {
        // A key that cannot be used is not passed over in silence where it decides what opens.
        context.platform_settings()?;
    }
    let options = options(context, platform.is_some())?;
    let mut sandboxes = Sandboxes::new(context);
    let open = if platform.is_some() && names_nothing(context, &request) {
        // The list of sandboxes is where to begin.
        Vec::new()
    } else {
        sandboxes.open_all(&request.targets).await?
    };
    let mut targets = Vec::new();
    let mut clients = BTreeMap::new();
    for (number, sandbox) in (0..).zip(open) {
        let id = TargetId(number);
        clients.insert(id, EnvdClient::new(&sandbox.endpoint)?);
        if let Some(warning) = &sandbox.warning {
            output::complain(&format!("warning: {warning}"));
        }
        targets.push(target(context, id, sandbox, &request.program));
    }
    let outside = listen_outside()?;
    let surface = TerminalScreen::enter(context.settings.mouse, |name| std::env::var(name).ok())
        .map_err(|error| Failure::new(FailureKind::Usage, "the terminal cannot be used").because(error.to_string()))?;
    let (opener, requests) = mpsc::channel(OPEN_REQUESTS);
    let services = Services {
        opener: Some(opener),
        platform,
    };
    let opening = tokio::spawn(open_on_request(context.clone(), sandboxes, request.program, requests));
    let ended = runtime::run(Workbench {
        surface,
        outside,
        targets,
        clients,
        services,
        options,
        theme: theme(context),
        may_copy: context.settings.conduct.clipboard != Clipboard::Off,
    })
    .await;
    // The workbench has gone and asks for nothing more.
    if let Ok(sandboxes) = opening.await {
        sandboxes.stop().await;
    }
    for line in ended.left_running {
        output::complain(&line);
    }
    Ok(ended.code)
}

/// Whether neither the command line nor the config nor the environment says what to open.
fn names_nothing(context: &Context, request: &Request) -> bool {
    let usual = TargetAddress::usual(|name| std::env::var(name).ok());
    request.targets.is_empty() && context.settings.open.is_empty() && usual.is_none()
}

/// The platform, if there is a key for it. A sandbox that needs none is opened even where the key is no good.
fn platform(context: &Context) -> Option<PlatformClient> {
    let settings = context.platform_settings();
    let is_wanted = |settings: &PlatformSettings| settings.api_key.is_some() && !settings.is_debug;
    let client = settings.map(|settings| is_wanted(&settings).then(|| PlatformClient::new(settings)));
    match client {
        Ok(Some(Ok(client))) => Some(client),
        Ok(None) => None,
        Ok(Some(Err(error))) => {
            tracing::warn!(%error, "no platform");
            None
        }
        Err(failure) => {
            tracing::warn!(%failure, "no platform");
            None
        }
    }
}

/// Opens what the workbench asks for, until it asks no more. Gives the sandboxes back then.
async fn open_on_request(
    context: Context,
    mut sandboxes: Sandboxes,
    program: Vec<String>,
    mut requests: mpsc::Receiver<OpenRequest>,
) -> Sandboxes {
    while let Some(OpenRequest { address, mut reply }) = requests.recv().await {
        let opened = tokio::select! {
            opened = sandboxes.open_later(&address) => opened,
            () = reply.closed() => continue,
        };
        let opened = opened.and_then(|open| {
            let opening = |sandbox: OpenSandbox| {
                let client = EnvdClient::new(&sandbox.endpoint)?;
                // The workbench numbers it.
                let target = target(&context, TargetId(0), sandbox, &program);
                Ok(Opening { target, client })
            };
            open.into_iter().map(opening).collect()
        });
        // Nobody waits for it any more when the workbench has ended.
        let _ = reply.send(opened);
    }
    sandboxes
}

/// What the settings say to the workbench.
fn options(context: &Context, has_platform: bool) -> Result<Options, Failure> {
    Ok(Options {
        keys: bound_keys(&context.settings, context.config_file.as_deref())?,
        scrollback_lines: context.settings.scrollback,
        notify: context.settings.conduct.notify,
        silence_after: context.settings.conduct.silence_after,
        broadcast_idle: context.settings.conduct.broadcast_idle,
        guards: context.settings.conduct.guards.clone(),
        has_platform,
        metadata_columns: context.settings.platform.columns.clone(),
    })
}

fn target(context: &Context, id: TargetId, sandbox: OpenSandbox, words: &[String]) -> Target {
    let (mut program, name) = match words {
        [command, args @ ..] => {
            let program = ProgramSpec::new(command.clone(), args.iter().cloned()).for_terminal();
            (program, None)
        }
        [] => (sandbox.shell.program, sandbox.shell.name),
    };
    program.envs.extend(context.flags.envs.clone());
    program.cwd.clone_from(&sandbox.cwd);
    Target {
        note: if sandbox.is_embedded {
            Some("runs on this machine, not isolated".to_owned())
        } else {
            sandbox.warning
        },
        tint: sandbox.tint,
        user: sandbox.endpoint.user.map(RemoteText::new),
        program_name: name,
        is_embedded: sandbox.is_embedded,
        care: sandbox.care,
        address: sandbox.address,
        sandbox: sandbox.sandbox,
        ..Target::new(id, sandbox.label, program)
    }
}

fn theme(context: &Context) -> Theme {
    let theme = Theme::named(&context.settings.theme).unwrap_or_else(Theme::dark);
    if context.settings.ascii {
        theme.with_ascii_borders()
    } else {
        theme
    }
}

/// A first word that is no target but almost a command was meant as one.
fn refuse_misspelt_command(context: &Context, request: &Request) -> Result<(), Failure> {
    let Some(word) = request.targets.first() else {
        return Ok(());
    };
    let is_known = word == "local" || context.settings.targets.contains_key(word);
    if is_known || word.contains([':', '.', '/']) {
        return Ok(());
    }
    let commands = Arguments::command();
    let names = commands.get_subcommands().map(clap::Command::get_name);
    match nearest_name(word, names) {
        Some(name) => Err(Failure::new(
            FailureKind::Usage,
            format!("there is no command and no target `{}`", word.escape_debug()),
        )
        .hint(format!("did you mean `{name}`?"))),
        None => Ok(()),
    }
}

/// The workbench draws: it needs a terminal that can do more than print lines.
fn refuse_unfit_terminal(variable: impl Fn(&str) -> Option<String>) -> Result<(), Failure> {
    let refuse = |why: &str| {
        Err(Failure::new(FailureKind::Usage, "the workbench cannot open")
            .because(why)
            .hint("use `e2b-tui exec TARGET -- CMD` in pipes and scripts"))
    };
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return refuse("standard input and output must be a terminal");
    }
    match variable("TERM").as_deref() {
        None | Some("") => refuse("TERM is not set, so nothing is known about this terminal"),
        Some("dumb") => refuse("TERM is dumb: this terminal cannot draw"),
        Some(_) => Ok(()),
    }
}
