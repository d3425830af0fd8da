//! What the program works with: flags before environment before file before defaults, decided once at the start.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::domain::{ColorDepth, Dialect, GuardRule};
use crate::keys::Chord;

use super::{Colors, ConfigFile, KeyBinding, Tables, TargetTable};

/// The names that `theme` may always have. `auto` is `mono` under `NO_COLOR`, else `dark` or `light` by the terminal's
/// background.
pub const THEME_NAMES: [&str; 8] = [
    "auto",
    "dark",
    "light",
    "high-contrast",
    "solarized-dark",
    "solarized-light",
    "terminal",
    "mono",
];

/// What frames are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Borders {
    /// Lines, unless the locale knows ASCII alone.
    #[default]
    Auto,
    /// Lines.
    Unicode,
    /// Signs of ASCII.
    Ascii,
}

impl Borders {
    /// All of them with their names in the config file.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Auto, "auto"), (Self::Unicode, "unicode"), (Self::Ascii, "ascii")];

    /// The name in the config file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Unicode => "unicode",
            Self::Ascii => "ascii",
        }
    }
}

impl FromStr for Borders {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|(_, name)| *name == text);
        found.map(|(borders, _)| borders).ok_or_else(|| {
            format!(
                "`{}` is no kind of borders: use auto, unicode or ascii",
                text.escape_debug()
            )
        })
    }
}

/// How text gets on the user's clipboard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clipboard {
    /// By a program of this machine if the user sits at it and has one, else by the terminal.
    #[default]
    Auto,
    /// By a program of this machine.
    Native,
    /// By the terminal (OSC 52).
    Osc52,
    /// Not at all.
    Off,
}

impl Clipboard {
    const ALL: [Self; 4] = [Self::Auto, Self::Native, Self::Osc52, Self::Off];

    /// The name in the config file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Native => "native",
            Self::Osc52 => "osc52",
            Self::Off => "off",
        }
    }
}

impl FromStr for Clipboard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|choice| choice.name() == text)
            .ok_or_else(|| {
                format!(
                    "`{}` is no way to the clipboard: use auto, native, osc52 or off",
                    text.escape_debug()
                )
            })
    }
}

/// How much goes into the log file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogLevel {
    /// Nothing.
    Off,
    /// What failed.
    Error,
    /// What looks wrong, too.
    #[default]
    Warn,
    /// What was done, too.
    Info,
    /// How it was done, too.
    Debug,
    /// Everything.
    Trace,
}

impl LogLevel {
    /// All of them, the quietest first.
    pub const ALL: [Self; 6] = [Self::Off, Self::Error, Self::Warn, Self::Info, Self::Debug, Self::Trace];

    /// The name in the config file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

impl FromStr for LogLevel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|level| level.name() == text);
        found.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            format!("`{}` is no log level: use {names}", text.escape_debug())
        })
    }
}

/// What the command line says about targets and settings, for every subcommand alike.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// The user that programs run as.
    pub user: Option<String>,
    /// The folder that programs start in.
    pub cwd: Option<String>,
    /// Variables for programs.
    pub envs: BTreeMap<String, String>,
    /// How calls are encoded.
    pub dialect: Option<Dialect>,
    /// A PEM file with certificates to trust besides the platform's.
    pub ca_file: Option<PathBuf>,
    /// A file that holds the access token of the one target.
    pub access_token_file: Option<PathBuf>,
    /// Whether the sandboxes are only to be looked at.
    pub read_only: bool,
    /// How much goes into the log file.
    pub log: Option<LogLevel>,
    /// Whether shells are started as they are, whatever the config says.
    pub no_shell_integration: bool,
}

/// What the user and the user's terminal are told.
#[derive(Clone, Debug)]
pub struct Conduct {
    /// How text gets on the clipboard.
    pub clipboard: Clipboard,
    /// Whether the terminal is asked to show notifications.
    pub notify: bool,
    /// How long a watched pane must be still to be called silent.
    pub silence_after: Duration,
    /// After how much time without a key a broadcast ends.
    pub broadcast_idle: Duration,
    /// Which sandboxes are guarded.
    pub guards: Vec<GuardRule>,
    /// Whether programs may put text on the clipboard unless a pane is told otherwise.
    pub program_clipboard: bool,
    /// Memory in MiB for what all panes together keep of what scrolled away.
    pub scrollback_memory: usize,
}

/// Every setting with its value.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Targets that are opened when none is given.
    pub open: Vec<String>,
    /// The command of a new pane; the sandbox's own shell without one.
    pub shell: Option<Vec<String>>,
    /// The key in front of every key of the workbench.
    pub prefix: Chord,
    /// Whether the mouse is ours.
    pub mouse: bool,
    /// What the user and the user's terminal are told.
    pub conduct: Conduct,
    /// How it looks.
    pub look: Look,
    /// What is kept.
    pub keeping: Keeping,
    /// How much goes into the log file.
    pub log: LogLevel,
    /// Sandboxes by name.
    pub targets: BTreeMap<String, TargetTable>,
    /// Keys that the user changed.
    pub keys: Vec<KeyBinding>,
    /// The tables of single parts of the program.
    pub tables: Tables,
}

/// How the workbench looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The name of a theme; `None` where the terminal's background decides between `dark` and `light`.
    pub theme: Option<String>,
    /// What the user wants frames to be made of.
    pub borders: Borders,
    /// How many colours the terminal gets.
    pub colors: Colors,
    /// Whether frames are drawn with ASCII signs: wanted, or the locale knows no others.
    pub ascii: bool,
}

impl Look {
    /// The theme's name on a terminal whose background is light or not.
    pub fn theme_on(&self, is_light: bool) -> &str {
        let usual = if is_light { "light" } else { "dark" };
        self.theme.as_deref().unwrap_or(usual)
    }
}

/// What is kept, here and in files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keeping {
    /// Lines that each pane keeps of what scrolled away.
    pub scrollback: usize,
    /// Whether a saved workspace holds what its panes show.
    pub save_screens: bool,
    /// Whether recordings hold what is typed.
    pub record_input: bool,
}

impl Settings {
    /// Lines of scrollback that a pane keeps if nothing else is said.
    pub const SCROLLBACK: usize = 10_000;
    /// MiB that all panes together may take for it if nothing else is said.
    pub const SCROLLBACK_MEMORY: usize = 512;

    /// Seconds after which a watched pane is silent if nothing else is said.
    pub const SILENCE: usize = 10;

    /// Minutes after which a broadcast ends that nobody uses, if nothing else is said.
    pub const BROADCAST: usize = 10;

    /// Decides every setting. `variable` reads the environment.
    pub fn resolve(file: ConfigFile, flags: &Flags, variable: impl Fn(&str) -> Option<String>) -> Self {
        let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
        let mut tables = file.tables;
        if flags.no_shell_integration {
            tables.history.shell_integration = Some(false);
        }
        let theme = file.look.theme.filter(|theme| theme != "auto");
        let mut colors = file.look.colors.unwrap_or_default();
        if theme.is_none() && colors == Colors::default() && is_set("NO_COLOR") {
            colors = Colors::of(ColorDepth::None);
        }
        let colorless = (colors.depth == Some(ColorDepth::None)).then(|| "mono".to_owned());
        let borders = file.look.borders.unwrap_or_default();
        let ascii = match borders {
            Borders::Auto => is_ascii_locale(&variable),
            Borders::Unicode => false,
            Borders::Ascii => true,
        };
        // Inside tmux its own prefix would never reach us.
        let usual_prefix = if is_set("TMUX") { 'a' } else { 'b' };
        Self {
            open: file.open.unwrap_or_default(),
            shell: file.shell,
            prefix: file.prefix.unwrap_or(Chord::ctrl(usual_prefix)),
            mouse: file.mouse.unwrap_or(true),
            conduct: Conduct {
                clipboard: file.clipboard.unwrap_or_default(),
                program_clipboard: file.conduct.program_clipboard.unwrap_or(false),
                scrollback_memory: file.conduct.scrollback_memory.unwrap_or(Self::SCROLLBACK_MEMORY),
                notify: file.conduct.notify.unwrap_or(false),
                silence_after: Duration::from_secs(file.conduct.silence.unwrap_or(Self::SILENCE) as u64),
                broadcast_idle: Duration::from_secs(60 * file.conduct.broadcast.unwrap_or(Self::BROADCAST) as u64),
                guards: file.conduct.guards,
            },
            look: Look {
                theme: theme.or(colorless),
                borders,
                colors,
                ascii,
            },
            keeping: Keeping {
                scrollback: file.keeping.scrollback.unwrap_or(Self::SCROLLBACK),
                save_screens: file.keeping.save_screens.unwrap_or(false),
                record_input: file.keeping.record_input.unwrap_or(false),
            },
            log: flags.log.or(file.log).unwrap_or_default(),
            targets: file.targets,
            keys: file.keys,
            tables,
        }
    }
}

/// Whether the locale says outright that only ASCII can be shown. One that says nothing is taken to know UTF-8.
fn is_ascii_locale(variable: impl Fn(&str) -> Option<String>) -> bool {
    ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(variable)
        .find(|value| !value.is_empty())
        .is_some_and(|locale| locale == "C" || locale == "POSIX")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(file: &str, variables: &[(&str, &str)]) -> Settings {
        let file = ConfigFile::parse(file, "c").unwrap();
        Settings::resolve(file, &Flags::default(), |name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_environment_fills_what_the_file_leaves_open() {
        let settings = resolved(
            "",
            &[("TMUX", "/tmp/x"), ("NO_COLOR", "1"), ("LC_ALL", ""), ("LANG", "C")],
        );
        assert_eq!(settings.prefix, Chord::ctrl('a'));
        assert_eq!((settings.look.theme_on(true), settings.look.ascii), ("mono", true));
        let settings = resolved(
            "prefix = \"ctrl-b\"\ntheme = \"light\"",
            &[("TMUX", "/tmp/x"), ("NO_COLOR", "1"), ("LANG", "C.UTF-8")],
        );
        assert_eq!(settings.prefix, Chord::ctrl('b'));
        assert_eq!((settings.look.theme_on(false), settings.look.ascii), ("light", false));
        let auto = resolved("theme = \"auto\"\nborders = \"unicode\"", &[("LC_ALL", "C")]).look;
        assert_eq!(
            (auto.theme_on(false), auto.theme_on(true), auto.ascii),
            ("dark", "light", false)
        );
        assert!(resolved("borders = \"ascii\"", &[]).look.ascii);
    }

    #[test]
    fn without_colours_nothing_has_any_unless_the_file_says_otherwise() {
        let no_color = [("NO_COLOR", "1")];
        for (file, variables, colors, theme) in [
            ("", &no_color[..], "none", "mono"),
            ("", &[][..], "auto", "dark"),
            ("theme = \"light\"", &no_color[..], "auto", "light"),
            ("colors = \"256\"", &no_color[..], "256", "dark"),
            ("colors = \"none\"", &[][..], "none", "mono"),
        ] {
            let look = resolved(file, variables).look;
            assert_eq!((look.colors.name(), look.theme_on(false)), (colors, theme), "{file}");
        }
        assert!(ConfigFile::parse("colors = \"8\"", "c").is_err());
    }

    #[test]
    fn a_flag_outranks_the_file() {
        let file = ConfigFile::parse("log = \"error\"", "c").unwrap();
        let flags = Flags {
            log: Some(LogLevel::Trace),
            ..Flags::default()
        };
        assert_eq!(Settings::resolve(file, &flags, |_| None).log, LogLevel::Trace);
    }
}
