//! What the command line can say about sandboxes of the platform.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueHint};

use crate::domain::{SandboxId, SandboxState, Timestamp};
use crate::platform::LogLevel;

use super::super::arguments::{GeneralFlags, variable};
use super::span::parse_span;
use super::values::{Format, Order, Pairs, TimeoutAction, level, metadata, state, time};

/// What to do with sandboxes of the platform.
#[derive(Debug, Subcommand)]
pub enum PlatformCommand {
    /// List sandboxes of the platform. (`ls` without a target does the same.)
    List(ListArguments),
    /// Create a sandbox and print its ID.
    #[command(visible_alias = "cr")]
    Create(CreateArguments),
    /// Say everything about one sandbox. Changes nothing, wakes nothing.
    #[command(visible_alias = "in")]
    Info(InfoArguments),
    /// Put sandboxes to sleep, memory and processes included. (No short name: `ps` lists processes.)
    Pause(PauseArguments),
    /// Wake paused sandboxes; give running ones at least this life.
    #[command(visible_alias = "rs")]
    Resume(ResumeArguments),
    /// End sandboxes for good. Exit code 3 if one is not found.
    #[command(visible_alias = "kl")]
    Kill(KillArguments),
    /// Give a sandbox more life. Shortens it only with --exact.
    Timeout(TimeoutArguments),
    /// Copy a running sandbox, memory and processes included, and print the copies' IDs.
    Fork(ForkArguments),
    /// Take, list and delete snapshots: saved states that new sandboxes can be made of.
    #[command(visible_alias = "snap", subcommand)]
    Snapshot(SnapshotCommand),
    /// Show CPU, memory and disk: of one sandbox over time, of several as they are now.
    #[command(visible_alias = "mt")]
    Metrics(MetricsArguments),
    /// Print what the platform and its daemon logged about a sandbox. Not what programs print.
    #[command(visible_alias = "lg")]
    Logs(LogsArguments),
    /// List templates that sandboxes can be made of.
    Templates(TemplatesArguments),
}

/// Options of every command that speaks to the platform.
#[derive(Clone, Debug, Default, Args)]
pub struct PlatformFlags {
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// Trust the certificates in this PEM file, too.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub ca_file: Option<PathBuf>,
    #[command(flatten)]
    pub general: GeneralFlags,
}

/// Arguments of `list`.
#[derive(Debug, Args)]
pub struct ListArguments {
    /// Only those in these states: running, paused, or both with a comma.
    #[arg(short, long, value_delimiter = ',', default_value = "running", value_parser = state)]
    pub state: Vec<SandboxState>,
    /// Only those with this metadata.
    #[arg(short, long, value_name = "K=V,K=V", value_parser = metadata)]
    pub metadata: Option<Pairs>,
    /// Only those made of this template, by ID or name.
    #[arg(short, long)]
    pub template: Option<String>,
    /// Only those started at this time or later, such as 2026-11-23T12:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub started_after: Option<Timestamp>,
    /// The oldest or the newest first. Without it the newest are listed, the oldest of them first.
    #[arg(short, long, value_enum)]
    pub order: Option<Order>,
    /// At most so many; 0 for all.
    #[arg(short, long, default_value_t = 1000)]
    pub limit: usize,
    /// How to print.
    #[arg(short, long, value_enum, default_value_t)]
    pub format: Format,
    #[command(flatten)]
    pub platform: PlatformFlags,
}

/// Arguments of `create`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct CreateArguments {
    /// A template's ID or name, or a snapshot's ID.
    #[arg(default_value = "base")]
    pub template: String,
    /// How long it lives: seconds, or 90s, 10m, 2h, 1d.
    #[arg(long, value_name = "TIME", default_value = "300", value_parser = parse_span)]
    pub timeout: Duration,
    /// Write this on it.
    #[arg(short, long, value_name = "K=V,K=V", value_parser = metadata)]
    pub metadata: Option<Pairs>,
    /// Set a variable for all its programs. May be repeated.
    #[arg(short, long = "env", value_name = "K=V", value_parser = variable)]
    pub envs: Vec<(String, String)>,
    /// What happens when its time is over.
    #[arg(long = "lifecycle.ontimeout", value_name = "WHAT", value_enum, default_value_t)]
    pub on_timeout: TimeoutAction,
    /// Wake it from a pause by traffic to it.
    #[arg(long = "lifecycle.autoresume")]
    pub auto_resume: bool,
    /// Cut its programs off from the internet.
    #[arg(long)]
    pub no_internet: bool,
    /// Let everybody in who knows its ID: its envd asks for no token.
    #[arg(long)]
    pub insecure: bool,
    /// Accepted for scripts written for the official CLI: creating never attaches here.
    #[arg(short, long, hide = true)]
    pub detach: bool,
    #[command(flatten)]
    pub platform: PlatformFlags,
}

/// Arguments of `info`.
#[derive(Debug, Args)]
pub struct InfoArguments {
    /// The sandbox.
    #[arg(value_name = "ID")]
    pub id: SandboxId,
    /// How to print.
    #[arg(short, long, value_enum, default_value_t)]
    pub format: Format,
    #[command(flatten)]
    pub platform: PlatformFlags,
}

/// Arguments of `pause`.
#[derive(Debug, Args)]
pub struct PauseArguments {
    /// The sandboxes.
    #[arg(value_name = "ID", required = true)]
    pub ids: Vec<SandboxId>,
    /// Keep files only: processes end, and resuming starts from cold.
    #[arg(long)]
    pub no_memory: bool,
    #[command(flatten)]
    pub platform: PlatformFlags,
}

/// Arguments of `resume`.
#[derive(Debug, Args)]
pub struct ResumeArguments {
    /// The sandboxes.
    #[arg(value_name = "ID", required = true)]
    pub ids: Vec<SandboxId>,
    /// How long they live from now: seconds, or 90s, 10m, 2h, 1d.
    #[arg(long, value_name = "TIME", default_value = "300", value_parser = parse_span)]
    pub timeout: Duration,
    #[command(flatten)]
    pub platform: PlatformFlags,
}

/// Arguments of `kill`.
#[derive(Debug, Args)]
pub struct KillArguments {
    /// The sandboxes.
    #[arg(value_name = "ID", required_unless_present = "all", conflicts_with = "all")]
    pub ids: Vec<SandboxId>,
    /// All that --state and --metadata leave.
    #[arg(short, long)]
    pub all: bool,
    /// With --all: only those in these states.
    #[arg(short, long, value_delimiter = ',', default_value = "running", value_parser = state, requires = "all")]
    pub state: Vec<SandboxState>,
    /// With --all: only those with this metadata.
    #[arg(short, long, value_name = "K=V,K=V", value_parser = metadata, requires = "all")]
    pub metadata: Option<Pairs>,
    /// With --all: do not ask.
    #[arg(short, long)]
    pub yes: bool,
    #[command(flatten)]
    pub platform: PlatformFlags,
}

/// Arguments of `timeout`.
#[derive(Debug, Args)]
pub struct TimeoutArguments {
    /// The sandbox.
    #[arg(value_name = "ID")]
    pub id: SandboxId,
    /// How long it lives from now, at least: seconds, or 90s, 10m, 2h, 1d.
    #[arg(value_name = "TIME", value_parser = parse_span)]
    pub timeout: Duration,
    /// Exactly so long, even if that is less than it has.
    #[arg(long)]
    pub exact: bool,
    #[command(flatten)]
    pub platform: PlatformFlags,
}

/// Arguments of `fork`.
#[derive(Debug, Args)]
pub struct ForkArguments {
    /// The sandbox.
    #[arg(value_name = "ID")]
    pub id: SandboxId,
    /// How many copies.
    #[arg(short = 'n', long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub count: u32,
    /// How long they live: seconds, or 90s, 10m, 2h, 1d.
    #[arg(long, value_name = "TIME", default_value = "300", value_parser = parse_span)]
    pub timeout: Duration,
    #[command(flatten)]
    pub platform: PlatformFlags,
}

/// What to do with snapshots.
#[derive(Debug, Subcommand)]
pub enum SnapshotCommand {
    /// Save the state of a running sandbox and print the snapshot's ID. The sandbox goes on.
    #[command(visible_alias = "cr")]
    Create {
        /// The sandbox.
        #[arg(value_name = "ID")]
        id: SandboxId,
        /// Call it this.
        #[arg(short, long)]
        name: Option<String>,
        #[command(flatten)]
        platform: PlatformFlags,
    },
    /// List snapshots.
    #[command(visible_alias = "ls")]
    List {
        /// Only those of this sandbox.
        #[arg(value_name = "ID")]
        id: Option<SandboxId>,
        /// Only those of this name.
        #[arg(short, long)]
        name: Option<String>,
        /// At most so many; 0 for all.
        #[arg(short, long, default_value_t = 1000)]
        limit: usize,
        /// How to print.
        #[arg(short, long, value_enum, default_value_t)]
        format: Format,
        #[command(flatten)]
        platform: PlatformFlags,
    },
    /// Delete snapshots for good. Exit code 3 if one is not found.
    #[command(visible_alias = "dl")]
    Delete {
        /// The snapshots, as `snapshot list` shows them.
        #[arg(value_name = "SNAPSHOT", required = true)]
        ids: Vec<String>,
        #[command(flatten)]
        platform: PlatformFlags,
    },
}

/// Arguments of `metrics`.
#[derive(Debug, Args)]
pub struct MetricsArguments {
    /// The sandboxes. Without any: all that run.
    #[arg(value_name = "ID")]
    pub ids: Vec<SandboxId>,
    /// Go on until the sandbox ends. For one sandbox.
    #[arg(short, long)]
    pub follow: bool,
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    #[command(flatten)]
    pub platform: PlatformFlags,
}

/// Arguments of `logs`.
#[derive(Debug, Args)]
pub struct LogsArguments {
    /// The sandbox.
    #[arg(value_name = "ID")]
    pub id: SandboxId,
    /// At least this grave: debug, info, warn, error.
    #[arg(long, default_value = "info", value_parser = level)]
    pub level: LogLevel,
    /// Go on until the sandbox ends.
    #[arg(short, long)]
    pub follow: bool,
    /// At most so many of the newest lines, 1000 at the most.
    #[arg(short, long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub limit: u32,
    /// Only lines with this text in them.
    #[arg(long, value_name = "TEXT")]
    pub search: Option<String>,
    /// Only lines of loggers whose names begin like one of these.
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub loggers: Vec<String>,
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    #[command(flatten)]
    pub platform: PlatformFlags,
}

/// Arguments of `templates`.
#[derive(Debug, Args)]
pub struct TemplatesArguments {
    /// How to print.
    #[arg(short, long, value_enum, default_value_t)]
    pub format: Format,
    #[command(flatten)]
    pub platform: PlatformFlags,
}

impl PlatformCommand {
    /// The options that all of them have.
    pub(in super::super) fn flags(&self) -> &PlatformFlags {
        match self {
            Self::List(of) => &of.platform,
            Self::Create(of) => &of.platform,
            Self::Info(of) => &of.platform,
            Self::Pause(of) => &of.platform,
            Self::Resume(of) => &of.platform,
            Self::Kill(of) => &of.platform,
            Self::Timeout(of) => &of.platform,
            Self::Fork(of) => &of.platform,
            Self::Snapshot(
                SnapshotCommand::Create { platform, .. }
                | SnapshotCommand::List { platform, .. }
                | SnapshotCommand::Delete { platform, .. },
            ) => platform,
            Self::Metrics(of) => &of.platform,
            Self::Logs(of) => &of.platform,
            Self::Templates(of) => &of.platform,
        }
    }
}

impl PlatformFlags {
    /// Whether to print JSON, said either way.
    pub(in super::super) fn is_json(&self, format: Format) -> bool {
        self.json || format == Format::Json
    }
}
