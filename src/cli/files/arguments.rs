//! What the command line can say about files.

use clap::{Args, ValueEnum};

use super::super::arguments::{GeneralFlags, TargetFlags};
use super::super::sandboxes::ListArguments;

/// How files of a sandbox are named.
const PLACES: &str = "\
A file of a sandbox is TARGET:PATH. Without a slash in front, PATH begins at the user's home; `TARGET:` alone is the home itself.
Digits behind the first colon are a port (host:49983:/tmp), and local:NAME: is the embedded sandbox of that name. Everything else
is on this machine; write ./a:b for a name with a colon in it. Between two sandboxes everything goes through this machine, but not
over its disk.";

/// Arguments of `cp`.
#[derive(Debug, Args)]
#[command(after_long_help = PLACES)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct CopyArguments {
    /// What to copy, and last of all where to: into a folder that is there, or under a new name.
    #[arg(value_name = "PLACE", num_args = 2.., required = true)]
    pub places: Vec<String>,
    /// Copy folders with everything in them. Links are left out.
    #[arg(short, long)]
    pub recursive: bool,
    /// Replace files that are there already.
    #[arg(short, long)]
    pub force: bool,
    /// Compare SHA-256 sums on both sides before a file gets its name.
    #[arg(long)]
    pub checksum: bool,
    /// So many files at the same time.
    #[arg(short = 'j', long, value_name = "COUNT", default_value_t = 6, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub parallel: u8,
    /// Print JSON at the end.
    #[arg(long)]
    pub json: bool,
    /// How sandboxes are reached.
    #[command(flatten)]
    pub target_flags: TargetFlags,
    /// What every command knows.
    #[command(flatten)]
    pub general: GeneralFlags,
}

/// Arguments of `ls`.
#[derive(Debug, Args)]
#[command(after_long_help = PLACES)]
pub struct LsArguments {
    /// The sandbox, and behind a colon the file or folder. Without it, sandboxes are listed as `list` does.
    #[arg(value_name = "TARGET[:PATH]")]
    pub place: Option<String>,
    /// Files: also those whose names begin with a dot.
    #[arg(short, long)]
    pub all: bool,
    /// Files: in this order.
    #[arg(long, value_enum, default_value_t, value_name = "ORDER")]
    pub sort: FileOrder,
    /// Files: the other way round.
    #[arg(short, long)]
    pub reverse: bool,
    /// Files: as this user of the sandbox.
    #[arg(short, long, value_name = "USER")]
    pub user: Option<String>,
    /// Files: take the sandbox's access token from this file.
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub access_token_file: Option<std::path::PathBuf>,
    /// Options for listing sandboxes.
    #[command(flatten)]
    pub list: ListArguments,
}

/// In which order files are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum FileOrder {
    /// By name.
    #[default]
    Name,
    /// The largest first.
    Size,
    /// The newest first.
    Time,
}

impl LsArguments {
    /// How the sandbox is reached.
    pub fn target_flags(&self) -> TargetFlags {
        TargetFlags {
            user: self.user.clone(),
            access_token_file: self.access_token_file.clone(),
            ca_file: self.list.platform.ca_file.clone(),
            ..TargetFlags::default()
        }
    }
}
