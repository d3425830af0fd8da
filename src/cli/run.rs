//! From the words of the command line to an exit code.

use std::ffi::OsString;
use std::future::Future;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use crate::config::Flags;
use crate::domain::{Failure, FailureKind};
use crate::host;
use crate::local_envd::hide_memory;
use crate::startup::Context;

use super::arguments::{Arguments, Command, GeneralFlags, PlayArguments, TargetFlags};
use super::files::LsArguments;
use super::look::LookCommand;
use super::sandboxes::PlatformCommand;
use super::{
    doctor, exec, files, history, look, output, pages, play, run_on_many, sandboxes, serve, settings, shell, taking_up,
    workbench,
};

/// Threads that carry out calls and serve embedded sandboxes; the screen has the main thread for itself.
const WORKERS: usize = 2;

/// Runs the program and answers its exit code.
pub fn run(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    host::install_panic_hook(|fault| {
        tracing::error!(fault, "a fault of ours");
        crate::terminal::is_guarding()
    });
    match Arguments::try_parse_from(words) {
        Ok(arguments) => ExitCode::from(dispatch(arguments)),
        Err(error) => ExitCode::from(refuse(&error)),
    }
}

/// Help and version go to standard output and are no mistake; everything else is one.
fn refuse(error: &clap::Error) -> u8 {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => output::print(&error.to_string()),
        _ => {
            let _ = error.print();
            FailureKind::Usage.exit_code()
        }
    }
}

fn open_workbench(arguments: Arguments) -> u8 {
    let request = workbench::Request {
        targets: arguments.targets,
        program: arguments.program,
        workspace: arguments.workspace,
    };
    let flags = Flags {
        no_shell_integration: arguments.no_shell_integration,
        ..arguments.target_flags.with(&arguments.general)
    };
    with_flags(flags, &arguments.general, async |context| {
        Box::pin(workbench::run(context, request)).await
    })
}

fn dispatch(mut arguments: Arguments) -> u8 {
    let Some(command) = arguments.command.take() else {
        return open_workbench(arguments);
    };
    match command {
        Command::Shell(mut of) => {
            let flags = std::mem::take(&mut of.target_flags);
            let general = of.general.clone();
            with_context(flags, &general, async |context| shell::run(context, of).await)
        }
        Command::Exec(mut of) => {
            let flags = std::mem::take(&mut of.target_flags);
            let general = of.general.clone();
            with_context(flags, &general, async |context| exec::run(context, of).await)
        }
        Command::Serve(of) => {
            let general = of.general.clone();
            with_context(TargetFlags::default(), &general, async |context| {
                serve::run(context, of).await
            })
        }
        Command::Doctor(mut of) => {
            let flags = std::mem::take(&mut of.target_flags);
            let general = of.general.clone();
            with_context(flags, &general, async |context| doctor::run(context, of).await)
        }
        Command::Run(mut of) => {
            let flags = std::mem::take(&mut of.target_flags);
            let general = of.general.clone();
            with_context(flags, &general, async |context| run_on_many::run(context, of).await)
        }
        Command::Cp(mut of) => {
            let flags = std::mem::take(&mut of.target_flags);
            let general = of.general.clone();
            with_context(flags, &general, async |context| files::copy(context, of).await)
        }
        Command::Ls(of) => list(of),
        Command::Platform(of) => {
            let general = of.flags().general.clone();
            let flags = TargetFlags {
                ca_file: of.flags().ca_file.clone(),
                ..TargetFlags::default()
            };
            with_context(flags, &general, async |context| sandboxes::run(context, of).await)
        }
        Command::Look(of) => look_once(of),
        Command::History(of) => {
            let general = of.general().clone();
            with_settings(&general, |context| history::run(context, *of))
        }
        Command::Keys(general) => with_settings(&general, settings::print_keys),
        Command::Play(of) => play_file(of),
        Command::Workspaces(general) => with_settings(&general, taking_up::print_workspaces),
        Command::Config(of) => settings::print_config(&of),
        Command::Completions { shell } => pages::print_completions(shell),
        Command::Man => pages::print_manual(),
        Command::Reset => pages::reset_terminal(),
    }
}

/// Files where a target is named, else sandboxes.
fn list(mut of: LsArguments) -> u8 {
    let general = of.list.platform.general.clone();
    with_context(of.target_flags(), &general, async |context| match of.place.take() {
        Some(place) => Box::pin(files::list(context, of, &place)).await,
        None => Box::pin(sandboxes::run(context, PlatformCommand::List(of.list))).await,
    })
}

fn play_file(of: PlayArguments) -> u8 {
    let general = of.general.clone();
    with_context(TargetFlags::default(), &general, async |context| {
        play::run(context, of).await
    })
}

fn look_once(mut of: LookCommand) -> u8 {
    let flags = std::mem::take(&mut of.flags_mut().target_flags);
    let general = of.flags_mut().general.clone();
    with_context(flags, &general, async |context| look::run(context, of).await)
}

/// Loads the settings and checks what only the workbench would use: a mistake shows wherever the file is read.
fn load(general: &GeneralFlags, flags: Flags) -> Result<Context, Failure> {
    let context = Context::load(general.config.as_deref(), flags)?;
    settings::bound_keys(&context.settings, context.config_file.as_deref())?;
    Ok(context)
}

/// Loads what a command needs, without threads.
pub(super) fn with_settings(general: &GeneralFlags, work: impl FnOnce(&Context) -> Result<u8, Failure>) -> u8 {
    load(general, TargetFlags::default().with(general))
        .and_then(|context| work(&context))
        .unwrap_or_else(|failure| output::report(&failure))
}

/// Loads what a command needs and runs it, with threads for calls and servers.
fn with_context<Work>(flags: TargetFlags, general: &GeneralFlags, work: Work) -> u8
where
    Work: AsyncFnOnce(&Context) -> Result<u8, Failure>,
{
    with_flags(flags.with(general), general, work)
}

/// The same with flags of one command alone.
fn with_flags<Work>(flags: Flags, general: &GeneralFlags, work: Work) -> u8
where
    Work: AsyncFnOnce(&Context) -> Result<u8, Failure>,
{
    let context = match load(general, flags) {
        Ok(context) => context,
        Err(failure) => return output::report(&failure),
    };
    context.start_log();
    // Also without a sandbox of our own: tokens of others must not end up in a core dump.
    hide_memory();
    match runtime() {
        Ok(runtime) => {
            let code = finish(&runtime, work(&context));
            // A thread that waits for input would keep an orderly shutdown waiting as well.
            runtime.shutdown_background();
            code
        }
        Err(error) => {
            let failure = Failure::new(FailureKind::Internal, "cannot start threads").because(error.to_string());
            output::report(&failure)
        }
    }
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .enable_all()
        .build()
}

fn finish(runtime: &tokio::runtime::Runtime, work: impl Future<Output = Result<u8, Failure>>) -> u8 {
    runtime
        .block_on(work)
        .unwrap_or_else(|failure| output::report(&failure))
}
