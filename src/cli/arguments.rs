//! Everything the command line can say. The help text, the completions and the manual page are made from it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

use crate::config::{Flags, LogLevel};
use crate::domain::Dialect;

use super::files::{CopyArguments, LsArguments};
use super::history::HistoryArguments;
use super::look::LookCommand;
use super::sandboxes::PlatformCommand;

/// A terminal workbench for E2B sandboxes: many shells, split panes, one keyboard.
#[derive(Debug, Parser)]
#[command(
    name = "e2b-tui",
    version,
    max_term_width = 100,
    args_conflicts_with_subcommands = true,
    override_usage = "e2b-tui [OPTIONS] [TARGET]... [-- CMD...]\n       e2b-tui <COMMAND>",
    after_long_help = TARGET_HELP
)]
pub struct Arguments {
    /// What to do instead of opening the workbench.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Sandboxes to open, one tab each. Without any: what the config or the environment says, else `local`.
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,

    /// A command to run in each of them instead of a shell.
    #[arg(last = true, value_name = "CMD")]
    pub program: Vec<String>,

    /// Take up a workspace: the name of a saved one, or a file. `last` is the one that was left last.
    #[arg(short, long, value_name = "NAME|FILE", conflicts_with_all = ["targets", "program"])]
    pub workspace: Option<String>,

    /// How sandboxes are reached and what programs get.
    #[command(flatten)]
    pub target_flags: TargetFlags,

    /// Start shells as they are: no history of commands, no jumping from prompt to prompt.
    #[arg(long)]
    pub no_shell_integration: bool,

    /// What every command knows.
    #[command(flatten)]
    pub general: GeneralFlags,
}

const TARGET_HELP: &str = "\
A TARGET is one of:
  local, local:NAME          a sandbox inside this program, on this machine, not isolated; each name is one of its own
  NAME                       a [targets.NAME] of the config file
  http(s)://host[:port]      where an envd answers
  host[:port]                the same over plain HTTP; port 49983 if none is given
  a sandbox ID               a sandbox of the platform; looking it up never wakes it or changes its life
  key=value[,key=value]      all running sandboxes of the platform with this metadata

Exit codes: 0 ok; 1 refused, or run failed somewhere; exec and shell: the program's own, 128+n if signal n ended it; 2 usage or config error;
3 not found; 4 not authorised; 5 unreachable or timed out; 130 ctrl-c.

Environment: E2B_API_KEY, E2B_DOMAIN, E2B_API_URL, E2B_SANDBOX_URL, E2B_DEBUG, E2B_VALIDATE_API_KEY,
E2B_TUI_ACCESS_TOKEN_FILE, HTTPS_PROXY and NO_PROXY (for the platform), SSL_CERT_FILE, NO_COLOR, SHELL.";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open one raw shell, like ssh: no frame. Enter ~. leaves; the exit code is the shell's.
    #[command(visible_alias = "cn")]
    Shell(ShellArguments),
    /// Run one command: stdout and stderr apart, stdin if it is piped, the command's exit code.
    #[command(visible_alias = "ex")]
    Exec(ExecArguments),
    /// Run one command on many sandboxes; equal answers are printed once. Exit code 1 if it failed anywhere.
    Run(RunArguments),
    /// Copy files and folders between this machine and sandboxes, several at once, taken up again after a broken link.
    Cp(CopyArguments),
    /// List files of a sandbox; without a target, sandboxes of the platform.
    Ls(LsArguments),
    #[command(flatten)]
    Platform(PlatformCommand),
    #[command(flatten)]
    Look(LookCommand),
    /// Print, search, count, import, export or forget the commands that were run in all panes.
    History(Box<HistoryArguments>),
    /// Run the embedded sandbox as a server on 127.0.0.1, for other clients of envd.
    Serve(ServeArguments),
    /// Say what can be reached, how, how fast, what is wrong, and which files are in use.
    Doctor(DoctorArguments),
    /// Print every action of the workbench with its keys.
    Keys(GeneralFlags),
    /// Play a recording (asciicast v2): space pauses, + and - change the speed, q leaves.
    Play(PlayArguments),
    /// Print the workspaces that are saved, and where.
    Workspaces(GeneralFlags),
    /// Print where the config file is, a sample, or the settings in force.
    Config(ConfigArguments),
    /// Print a completion script for a shell.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page.
    Man,
    /// Bring this terminal back to normal after a program left it in disorder.
    Reset,
}

/// Options of every command that works with settings.
#[derive(Clone, Debug, Default, Args)]
pub struct GeneralFlags {
    /// Read this config file instead of the usual one.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// How much goes into the log file: off, error, warn, info, debug or trace.
    #[arg(long, value_name = "LEVEL")]
    pub log: Option<LogLevel>,
}

/// Options of every command that opens a sandbox.
#[derive(Clone, Debug, Default, Args)]
pub struct TargetFlags {
    /// Run programs as this user of the sandbox.
    #[arg(short, long, value_name = "USER")]
    pub user: Option<String>,
    /// Start programs in this folder of the sandbox.
    #[arg(short, long, value_name = "DIR")]
    pub cwd: Option<String>,
    /// Set a variable for programs. May be repeated.
    #[arg(short, long = "env", value_name = "K=V", value_parser = variable)]
    pub envs: Vec<(String, String)>,
    /// How calls are encoded: connect, grpc-web or grpc.
    #[arg(long, value_name = "DIALECT")]
    pub dialect: Option<Dialect>,
    /// Trust the certificates in this PEM file, too.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub ca_file: Option<PathBuf>,
    /// Take the sandbox's access token from this file.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub access_token_file: Option<PathBuf>,
    /// Only look: the workbench lets no key, paste or kill reach the sandboxes.
    #[arg(long)]
    pub read_only: bool,
}

/// Arguments of `shell`.
#[derive(Debug, Args)]
pub struct ShellArguments {
    /// The sandbox.
    pub target: String,
    /// A command to run instead of a shell.
    #[arg(last = true, value_name = "CMD")]
    pub program: Vec<String>,
    /// How sandboxes are reached and what programs get.
    #[command(flatten)]
    pub target_flags: TargetFlags,
    /// What every command knows.
    #[command(flatten)]
    pub general: GeneralFlags,
}

/// Arguments of `exec`.
#[derive(Debug, Args)]
pub struct ExecArguments {
    /// The sandbox.
    pub target: String,
    /// The command and its arguments. No shell reads them: for pipes and variables run `sh -c '…'`.
    #[arg(
        value_name = "CMD",
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    pub program: Vec<String>,
    /// Give the command an empty standard input, even if ours is piped.
    #[arg(short, long)]
    pub no_stdin: bool,
    /// Print the process number and leave the command running there, without input and with nobody to read what it prints.
    #[arg(short, long)]
    pub background: bool,
    /// How sandboxes are reached and what programs get.
    #[command(flatten)]
    pub target_flags: TargetFlags,
    /// What every command knows.
    #[command(flatten)]
    pub general: GeneralFlags,
}

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct RunArguments {
    /// The sandboxes. A query such as role=api stands for all that run.
    #[arg(value_name = "TARGET", required = true)]
    pub targets: Vec<String>,
    /// The command and its arguments. No shell reads them: for pipes and variables run `sh -c '…'`.
    #[arg(last = true, value_name = "CMD", required = true)]
    pub program: Vec<String>,
    /// Show odd answers as what differs from the most common one.
    #[arg(short, long, conflicts_with = "json")]
    pub diff: bool,
    /// On so many sandboxes at the same time.
    #[arg(short = 'j', long, value_name = "COUNT", default_value_t = 16, value_parser = clap::value_parser!(u8).range(1..))]
    pub parallel: u8,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// How sandboxes are reached and what programs get.
    #[command(flatten)]
    pub target_flags: TargetFlags,
    /// What every command knows.
    #[command(flatten)]
    pub general: GeneralFlags,
}

/// Arguments of `play`.
#[derive(Debug, Args)]
pub struct PlayArguments {
    /// The file.
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// So many times as fast as it was.
    #[arg(short, long, value_name = "FACTOR", default_value_t = 1.0, value_parser = speed)]
    pub speed: f64,
    /// Never wait longer than so many seconds for what comes next. 0 waits as long as it took.
    #[arg(short, long, value_name = "SECONDS", default_value_t = 2.0, value_parser = seconds)]
    pub idle_limit: f64,
    /// What every command knows.
    #[command(flatten)]
    pub general: GeneralFlags,
}

fn speed(text: &str) -> Result<f64, String> {
    let speed = text.parse().ok().filter(|speed| (0.01..=1000.0).contains(speed));
    speed.ok_or_else(|| "it is a number from 0.01 to 1000".to_owned())
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds = text.parse().ok().filter(|seconds| (0.0..=86_400.0).contains(seconds));
    seconds.ok_or_else(|| "it is a number of seconds from 0 to 86400".to_owned())
}

/// Arguments of `serve`.
#[derive(Debug, Args)]
pub struct ServeArguments {
    /// The port on 127.0.0.1. 0 takes any free one.
    #[arg(short, long, default_value_t = 0)]
    pub port: u16,
    /// Take the access token from this file, or put a new one there if it does not exist.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "no_token")]
    pub token_file: Option<PathBuf>,
    /// Ask for no token: every user and program of this machine can run commands as you.
    #[arg(long)]
    pub no_token: bool,
    /// Start programs in this folder unless they say otherwise.
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub cwd: Option<PathBuf>,
    /// What every command knows.
    #[command(flatten)]
    pub general: GeneralFlags,
}

/// Arguments of `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArguments {
    /// Sandboxes to look at. Without any: what the workbench would open.
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// How sandboxes are reached and what programs get.
    #[command(flatten)]
    pub target_flags: TargetFlags,
    /// What every command knows.
    #[command(flatten)]
    pub general: GeneralFlags,
}

/// Arguments of `config`.
#[derive(Debug, Args)]
pub struct ConfigArguments {
    /// What to print.
    #[arg(value_enum, default_value_t = ConfigPage::Effective)]
    pub page: ConfigPage,
    /// What every command knows.
    #[command(flatten)]
    pub general: GeneralFlags,
}

/// What `config` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ConfigPage {
    /// Where the config file is looked for.
    Path,
    /// A documented sample.
    Sample,
    /// The settings in force.
    Effective,
}

impl TargetFlags {
    /// All that the command line says about settings.
    pub fn with(self, general: &GeneralFlags) -> Flags {
        Flags {
            user: self.user,
            cwd: self.cwd,
            envs: self.envs.into_iter().collect::<BTreeMap<_, _>>(),
            dialect: self.dialect,
            ca_file: self.ca_file,
            access_token_file: self.access_token_file,
            read_only: self.read_only,
            log: general.log,
            no_shell_integration: false,
        }
    }
}

/// `NAME=value`.
pub(super) fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write it as NAME=value".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_command_of_exec_keeps_its_own_flags() {
        for words in [
            &["e2b-tui", "exec", "local", "--", "ls", "-l", "--", "x"][..],
            &["e2b-tui", "exec", "local", "ls", "-l", "--", "x"],
            &["e2b-tui", "exec", "-u", "root", "local", "ls", "-l", "--", "x"],
        ] {
            let Some(Command::Exec(exec)) = Arguments::try_parse_from(words).unwrap().command else {
                panic!("not exec");
            };
            assert_eq!((exec.target.as_str(), exec.program.len()), ("local", 4), "{words:?}");
        }
    }

    #[test]
    fn targets_and_a_command_open_the_workbench() {
        let words = ["e2b-tui", "a", "b", "-e", "X=1", "--", "top", "-d", "1"];
        let arguments = Arguments::try_parse_from(words).unwrap();
        assert!(arguments.command.is_none());
        assert_eq!(arguments.targets, ["a", "b"]);
        assert_eq!(arguments.program, ["top", "-d", "1"]);
        assert_eq!(arguments.target_flags.envs, [("X".to_owned(), "1".to_owned())]);
    }
}
