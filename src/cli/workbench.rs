//! The workbench itself: opens the sandboxes, takes the terminal, runs.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};

use clap::CommandFactory;
use tokio::sync::{mpsc, watch};

use crate::app::TakeUp;
use crate::config::TargetAddress;
use crate::domain::{Failure, FailureKind, ProgramSpec, RemoteText, Target, TargetId};
use crate::envd::EnvdClient;
use crate::history::HistoryOptions;
use crate::host::{Background, TerminalScreen, ask_background};
use crate::keys::nearest_name;
use crate::platform::PlatformClient;
use crate::runtime::{
    self, EditorPlan, HistoryPlan, OPEN_REQUESTS, OpenRequest, Opening, Services, Workbench, listen_outside,
};
use crate::startup::{Context, OpenSandbox, Sandboxes};
use crate::theme::Theme;

use super::arguments::Arguments;
use super::live_settings::{live_settings, places, reload, seed};
use super::output;
use super::taking_up::{self, Known};

/// What to open.
#[derive(Debug)]
pub(super) struct Request {
    /// The TARGETs as given.
    pub(super) targets: Vec<String>,
    /// A command to run in each instead of a shell.
    pub(super) program: Vec<String>,
    /// The workspace to take up.
    pub(super) workspace: Option<String>,
}

/// Runs it and answers the exit code.
pub(super) async fn run(context: &Context, request: Request) -> Result<u8, Failure> {
    refuse_misspelt_command(context, &request)?;
    refuse_unfit_terminal(|name| std::env::var(name).ok())?;
    let (platform, trouble) = match platform(context) {
        Ok(platform) => (platform, None),
        // Where it decides what opens there is nothing to go on with.
        Err(failure) if names_nothing(context, &request) => return Err(failure),
        Err(failure) => {
            tracing::warn!(%failure, "no platform");
            (None, Some(format!("there is no platform in this run: {failure}")))
        }
    };
    // Before the terminal is taken: what is wrong with the settings is said where it stays.
    live_settings(context, (platform.is_some(), false))?;
    let mut sandboxes = Sandboxes::new(context);
    let start = start(context, &mut sandboxes, &request, platform.is_some()).await?;
    let background = background(context);
    let is_light = background.is_light.unwrap_or(false);
    let shown_on = (platform.is_some(), is_light);
    let settings = live_settings(context, shown_on)?;
    let mut options = settings.options;
    let run = format!("{:016x}", getrandom::u64().unwrap_or_default());
    let before = start.take_up.as_ref().and_then(|plan| plan.file.run.clone());
    options.seed = seed();
    options.keeping.run = Some(run.clone());
    options.keeping.name = request.workspace.filter(|name| is_name(name));
    options.keeping.is_first_run = is_first_run(context);
    options.keeping.take_up = start.take_up.map(Box::new);
    let (outside, switch) = listen_outside(background.typed)?;
    let surface = enter_terminal(context)?;
    let (opener, requests) = mpsc::channel(OPEN_REQUESTS);
    let (reload, contexts) = reload(context, shown_on);
    let services = Services {
        opener: Some(opener),
        platform,
        places: places(context, std::iter::once(run).chain(before).collect()),
        reload: Some(reload),
        looks: Some(settings.looks),
        history: history_plan(context),
        troubles: trouble.into_iter().collect(),
        editor: Some(EditorPlan::usual(switch)),
    };
    let opening = tokio::spawn(open_on_request(contexts, sandboxes, request.program, requests));
    let ended = Box::pin(runtime::run(Workbench {
        surface,
        outside,
        targets: start.targets,
        clients: start.clients,
        services,
        options,
        theme: Theme::dark(),
        clipboard: settings.clipboard,
    }))
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

/// Takes the terminal as the settings want it.
fn enter_terminal(context: &Context) -> Result<TerminalScreen, Failure> {
    let (mouse, colors) = (context.settings.mouse, context.settings.look.colors.depth);
    TerminalScreen::enter(mouse, colors, |name| std::env::var(name).ok())
        .map_err(|error| Failure::new(FailureKind::Usage, "the terminal cannot be used").because(error.to_string()))
}

/// Whether nothing says that the user has used a key of the workbench before.
fn is_first_run(context: &Context) -> bool {
    let folders = context.folders.as_ref();
    folders.is_some_and(|folders| !folders.hint_seen().exists())
}

/// Whether neither the command line nor the config nor the environment says what to open.
fn names_nothing(context: &Context, request: &Request) -> bool {
    let usual = TargetAddress::usual(|name| std::env::var(name).ok());
    request.targets.is_empty() && context.settings.open.is_empty() && usual.is_none()
}

/// The platform, if there is a key for it. A sandbox that needs none is opened even where the key is no good; what is
/// wrong with it is said then.
fn platform(context: &Context) -> Result<Option<PlatformClient>, Failure> {
    let settings = context.platform_settings()?;
    if settings.api_key.is_none() || settings.is_debug {
        return Ok(None);
    }
    Ok(Some(PlatformClient::new(settings)?))
}

/// What is open at the start.
struct Start {
    targets: Vec<Target>,
    clients: BTreeMap<TargetId, EnvdClient>,
    take_up: Option<TakeUp>,
}

/// Opens the sandboxes that are named, or those of the workspace that is, or the usual ones with the offer to take up
/// what was left.
async fn start(
    context: &Context,
    sandboxes: &mut Sandboxes,
    request: &Request,
    has_platform: bool,
) -> Result<Start, Failure> {
    let make = |id, sandbox: OpenSandbox| target(context, id, sandbox, &request.program);
    if let Some(name) = &request.workspace {
        let nothing = Known {
            targets: &[],
            clients: &BTreeMap::new(),
            make: &make,
        };
        let found = taking_up::named((context, sandboxes), name, &nothing).await?;
        return Ok(Start {
            targets: Vec::new(),
            clients: found.clients,
            take_up: Some(found.plan),
        });
    }
    let (mut targets, mut clients) = (Vec::new(), BTreeMap::new());
    let open = if has_platform && names_nothing(context, request) {
        // The list of sandboxes is where to begin.
        Vec::new()
    } else {
        sandboxes.open_all(&request.targets).await?
    };
    for (number, sandbox) in (0..).zip(open) {
        let id = TargetId(number);
        clients.insert(id, EnvdClient::new(&sandbox.endpoint)?);
        if let Some(warning) = &sandbox.warning {
            output::complain(&format!("warning: {warning}"));
        }
        targets.push(make(id, sandbox));
    }
    let mut take_up = None;
    if request.targets.is_empty() && request.program.is_empty() {
        let known = Known {
            targets: &targets,
            clients: &clients,
            make: &make,
        };
        if let Some(found) = taking_up::last((context, sandboxes), &known).await {
            clients.extend(found.clients);
            take_up = Some(found.plan);
        }
    }
    Ok(Start {
        targets,
        clients,
        take_up,
    })
}

/// Whether a workspace is one of ours by its name, and not a file that somebody wrote.
fn is_name(workspace: &str) -> bool {
    !taking_up::is_path(workspace) && !["last", "before-last"].contains(&workspace)
}

/// The terminal's background, where the theme depends on it.
fn background(context: &Context) -> Background {
    if context.settings.look.theme.is_some() {
        return Background::default();
    }
    ask_background(|name| std::env::var(name).ok())
}

/// Opens what the workbench asks for, by the newest settings, until it asks no more. Gives the sandboxes back then.
async fn open_on_request(
    mut contexts: watch::Receiver<Context>,
    mut sandboxes: Sandboxes,
    program: Vec<String>,
    mut requests: mpsc::Receiver<OpenRequest>,
) -> Sandboxes {
    while let Some(OpenRequest { address, mut reply }) = requests.recv().await {
        let context = contexts.borrow_and_update().clone();
        sandboxes.renew(context.clone());
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

fn target(context: &Context, id: TargetId, sandbox: OpenSandbox, words: &[String]) -> Target {
    let reporting_shell = sandbox.shell.reporting.filter(|_| words.is_empty());
    let (mut program, name) = match words {
        [command, args @ ..] => {
            let program = ProgramSpec::new(command.clone(), args.iter().cloned()).for_terminal();
            (program, None)
        }
        [] => (sandbox.shell.program, sandbox.shell.name),
    };
    program.envs.extend(context.flags.envs.clone());
    program.cwd.clone_from(&sandbox.cwd);
    // Whoever opened it by its ID knows it by the name that is written on it.
    let is_id = sandbox.sandbox.as_ref().is_some_and(|id| id.as_str() == sandbox.label);
    let label = match sandbox.name.filter(|_| is_id) {
        Some(name) => name,
        None => RemoteText::from(sandbox.label),
    };
    Target {
        note: if sandbox.is_embedded {
            Some("runs on this machine, not isolated".to_owned())
        } else {
            sandbox.warning
        },
        tint: sandbox.tint,
        user: sandbox.endpoint.user.map(RemoteText::new),
        program_name: name,
        reporting_shell,
        is_embedded: sandbox.is_embedded,
        care: sandbox.care,
        address: sandbox.address,
        sandbox: sandbox.sandbox,
        ..Target::new(id, label, program)
    }
}

/// Where commands are remembered; nowhere for a user without a home, or if that is switched off.
pub(super) fn history_plan(context: &Context) -> Option<HistoryPlan> {
    let table = &context.settings.tables.history;
    let folders = context.folders.as_ref().filter(|_| table.is_enabled())?;
    Some(HistoryPlan {
        path: folders.history_file(),
        options: HistoryOptions {
            ignore: table.ignore.clone().unwrap_or_default(),
            keep_days: table.keep_days,
            keep_commands: table.keep_commands,
        },
    })
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
pub(super) fn refuse_unfit_terminal(variable: impl Fn(&str) -> Option<String>) -> Result<(), Failure> {
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
