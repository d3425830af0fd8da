//! The sample config file, with every key and its default, and the settings in force as such a file.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{
    Borders, Clipboard, Colors, HistoryTable, LimitsTable, LogLevel, PlatformTable, Settings, THEME_NAMES, TargetTable,
};

/// The sample: every key explained, set to its default and commented out.
pub fn sample_text() -> String {
    let mut text = String::from(HEAD);
    for (comment, line) in top_lines() {
        for part in comment.lines() {
            let _ = writeln!(text, "# {part}");
        }
        let _ = writeln!(text, "#{line}\n");
    }
    text.push_str(TARGETS);
    text.push_str(PLATFORM);
    text.push_str(HISTORY);
    text.push_str(LIMITS);
    text.push_str(KEYS);
    text
}

const HEAD: &str = "\
# Settings of e2b-tui. Copy this file to where `e2b-tui config path` says and take the # away from what you change.
# Each key stands here with its default. A key that is not known is an error.

";

fn top_lines() -> Vec<(String, String)> {
    let levels = LogLevel::ALL.map(LogLevel::name).join(", ");
    let themes = THEME_NAMES.join(", ");
    let mut lines: Vec<(String, String)> = vec![
        (
            "Targets to open when none is given. Empty: E2B_SANDBOX_URL or E2B_DEBUG if set, else the embedded local sandbox.".into(),
            "open = []".into(),
        ),
        (
            "The command of a new pane and of `e2b-tui shell`, with its arguments. Without it: bash or sh as a login shell;\n\
             in the local sandbox your own $SHELL."
                .into(),
            "shell = [\"bash\", \"-i\", \"-l\"]".into(),
        ),
        (
            "The key in front of every key of the workbench. Without it: ctrl-b, and ctrl-a inside tmux.".into(),
            "prefix = \"ctrl-b\"".into(),
        ),
        (
            "Whether the mouse belongs to the workbench. Off: the terminal selects text as usual.".into(),
            "mouse = true".into(),
        ),
        (
            format!(
                "One of {themes},\nor a theme of yours: the name of a file in the folder `themes` beside this one, without .toml.\n\
                 auto is mono where there are no colours, else dark or light like the terminal's background."
            ),
            format!("theme = \"{}\"", THEME_NAMES[0]),
        ),
        (
            "What frames are made of: auto, unicode, ascii. auto is ascii where the locale is C or POSIX.".into(),
            format!("borders = \"{}\"", Borders::default().name()),
        ),
        (
            "How many colours the terminal gets, of the workbench and of what its panes show: auto, truecolor, 256, 16, none.\n\
             auto is none under NO_COLOR where no theme is set, else what COLORTERM, TERM and the terminfo database say."
                .into(),
            format!("colors = \"{}\"", Colors::default().name()),
        ),
        (
            "Lines that each pane keeps of what scrolled away.".into(),
            format!("scrollback = {}", Settings::SCROLLBACK),
        ),
        plain("Whether a workspace that is saved on leaving holds what its panes show, scrollback included. The file is yours alone to read.", "save_screens = false"),
        plain("Whether recordings hold what is typed, passwords included.", "record_input = false"),
        (
            "How copied text gets on the clipboard: native (by pbcopy, wl-copy, xclip, xsel or clip.exe), osc52 (by the\n\
             terminal), auto (native where you sit at this machine and have one, else osc52), or off."
                .into(),
            format!("clipboard = \"{}\"", Clipboard::default().name()),
        ),
        (
            format!("How much goes into the log file: {levels}. `e2b-tui doctor` says where it is."),
            format!("log = \"{}\"", LogLevel::default().name()),
        ),
    ];
    lines.splice(lines.len() - 1..lines.len() - 1, conduct_lines());
    lines
}

/// What the user is to be told.
fn conduct_lines() -> [(String, String); 5] {
    [
        (
            "Whether the terminal is asked to show a notification (OSC 9) for what happens where nobody looks: bells, ends, messages.".to_owned(),
            "notify = false".to_owned(),
        ),
        (
            "Seconds without output after which a pane that is watched for silence is called silent.".to_owned(),
            format!("silence = {}", Settings::SILENCE),
        ),
        (
            "Minutes without a key after which typing into several panes at once ends.".to_owned(),
            format!("broadcast = {}", Settings::BROADCAST),
        ),
        (
            "Whether programs in panes may put text on the clipboard (OSC 52). Only the pane with the keyboard, and announced;\n\
             the command `program-clipboard` decides it for one pane. Reading the clipboard is refused always."
                .into(),
            "program_clipboard = false".into(),
        ),
        (
            "Memory in MiB for what all panes together keep of what scrolled away. Beyond it the longest one loses its oldest half."
                .into(),
            format!("scrollback_memory = {}", Settings::SCROLLBACK_MEMORY),
        ),
    ]
}

fn plain(comment: &str, line: &str) -> (String, String) {
    (comment.to_owned(), line.to_owned())
}

const TARGETS: &str = "\
# Sandboxes by name: `e2b-tui api` opens this one. Either `url` or `sandbox` is needed, all else may be left out.
# Paths begin at this file's folder, or at home with ~/.
#[targets.api]
#url = \"http://10.0.0.5:49983\"
#sandbox = \"iiny0783cype8gmoawzmx\"
#user = \"user\"
#cwd = \"/home/user/app\"
#shell = [\"zsh\", \"-l\"]
#access_token_file = \"api.token\"
#dialect = \"connect\"
#ca_file = \"ca.pem\"
#color = \"green\"
#shell_integration = true
#read_only = false
#metadata = {env = \"prod\"}

# Sandboxes with all of these in their metadata are guarded: red frames, and what destroys something asks for the name.
# The key name stands for what the sandbox is called; the metadata is the platform's, or that of [targets.NAME].
#[[guard]]
#match = {env = \"prod\"}

";

const PLATFORM: &str = "\
# The platform. E2B_DOMAIN, E2B_API_URL and E2B_API_KEY outrank these, the login of the official `e2b auth login` comes last.
#[platform]
#domain = \"e2b.app\"
#api_url = \"https://api.e2b.app\"
#api_key_file = \"api.key\"
# Metadata that lists of sandboxes have columns for.
#columns = [\"role\", \"env\"]

";

const HISTORY: &str = "\
# Commands of every pane are remembered on this machine, without secrets, and outlive the sandbox. shell_integration starts
# shells so that they report their commands; nothing is written to the sandbox's disk. Off also for one target, with the
# same key, and for one run with --no-shell-integration. keep_days and keep_commands: 0 keeps everything.
#[history]
#enabled = true
#shell_integration = true
#ignore = [\"^pwd$\"]
#keep_days = 0
#keep_commands = 0
#run_on_enter = false

";

const LIMITS: &str = "\
# What a sandbox needs you for: percent of its processors, memory and space on / in use, for so many seconds. 0 is no limit.
#[limits]
#cpu = 95
#memory = 90
#disk = 90
#seconds = 30

";

const KEYS: &str = "\
# Keys by action: a key sequence, a list of them, or [] for none. `e2b-tui keys` prints all actions with their keys.
#[keys]
#split-right = [\"prefix %\", \"prefix |\"]
";

/// The settings in force, as a config file that would set them.
pub fn effective_text(settings: &Settings) -> String {
    let mut text = String::new();
    let mut line = |key: &str, value: String| {
        let _ = writeln!(text, "{key} = {value}");
    };
    line("open", list(&settings.open));
    if let Some(shell) = &settings.shell {
        line("shell", list(shell));
    }
    line("prefix", quoted(&settings.prefix.to_string()));
    line("mouse", settings.mouse.to_string());
    line("theme", quoted(settings.look.theme.as_deref().unwrap_or("auto")));
    line("borders", quoted(settings.look.borders.name()));
    line("colors", quoted(settings.look.colors.name()));
    line("scrollback", settings.keeping.scrollback.to_string());
    line("save_screens", settings.keeping.save_screens.to_string());
    line("record_input", settings.keeping.record_input.to_string());
    line("clipboard", quoted(settings.conduct.clipboard.name()));
    line("notify", settings.conduct.notify.to_string());
    line("silence", settings.conduct.silence_after.as_secs().to_string());
    line(
        "broadcast",
        (settings.conduct.broadcast_idle.as_secs() / 60).to_string(),
    );
    line("program_clipboard", settings.conduct.program_clipboard.to_string());
    line("scrollback_memory", settings.conduct.scrollback_memory.to_string());
    line("log", quoted(settings.log.name()));
    for (name, target) in &settings.targets {
        write_target(&mut text, name, target);
    }
    for rule in &settings.conduct.guards {
        let _ = writeln!(text, "\n[[guard]]\nmatch = {}", inline_table(&rule.0));
    }
    write_platform(&mut text, &settings.tables.platform);
    write_history(&mut text, &settings.tables.history);
    write_limits(&mut text, &settings.tables.limits);
    if !settings.keys.is_empty() {
        text.push_str("\n[keys]\n");
    }
    for binding in &settings.keys {
        let _ = writeln!(text, "{} = {}", quoted(&binding.action), list(&binding.keys));
    }
    text
}

fn inline_table(pairs: &BTreeMap<String, String>) -> String {
    let pairs = pairs
        .iter()
        .map(|(key, value)| format!("{} = {}", quoted(key), quoted(value)));
    format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
}

fn write_target(text: &mut String, name: &str, target: &TargetTable) {
    let _ = writeln!(text, "\n[targets.{}]", quoted(name));
    let color = target.color.map(|color| {
        let known = crate::domain::Tint::ALL.into_iter().find(|(tint, _)| *tint == color);
        known.map_or_else(String::new, |(_, name)| name.to_owned())
    });
    let dialect = target.dialect.map(|dialect| dialect.name().to_owned());
    for (key, value) in [
        ("url", &target.url),
        ("sandbox", &target.sandbox),
        ("user", &target.user),
        ("cwd", &target.cwd),
        ("access_token_file", &target.access_token_file),
        ("dialect", &dialect),
        ("ca_file", &target.ca_file),
        ("color", &color),
    ] {
        if let Some(value) = value {
            let _ = writeln!(text, "{key} = {}", quoted(value));
        }
    }
    if let Some(read_only) = target.read_only {
        let _ = writeln!(text, "read_only = {read_only}");
    }
    if !target.metadata.is_empty() {
        let _ = writeln!(text, "metadata = {}", inline_table(&target.metadata));
    }
    if let Some(shell) = &target.shell {
        let _ = writeln!(text, "shell = {}", list(shell));
    }
    if let Some(value) = target.shell_integration {
        let _ = writeln!(text, "shell_integration = {value}");
    }
}

fn write_history(text: &mut String, table: &HistoryTable) {
    if *table != HistoryTable::default() {
        text.push_str("\n[history]\n");
    }
    let flags = [
        ("enabled", table.enabled),
        ("shell_integration", table.shell_integration),
        ("run_on_enter", table.run_on_enter),
    ];
    for (key, value) in flags {
        if let Some(value) = value {
            let _ = writeln!(text, "{key} = {value}");
        }
    }
    for (key, value) in [("keep_days", table.keep_days), ("keep_commands", table.keep_commands)] {
        if let Some(value) = value {
            let _ = writeln!(text, "{key} = {value}");
        }
    }
    if let Some(patterns) = &table.ignore {
        let _ = writeln!(text, "ignore = {}", list(patterns));
    }
}

fn write_limits(text: &mut String, table: &LimitsTable) {
    if *table == LimitsTable::default() {
        return;
    }
    text.push_str("\n[limits]\n");
    let keys = ["cpu", "memory", "disk", "seconds"];
    for (key, value) in keys.into_iter().zip(table.in_force()) {
        let _ = writeln!(text, "{key} = {value}");
    }
}

fn write_platform(text: &mut String, platform: &PlatformTable) {
    let texts = [
        ("domain", &platform.domain),
        ("api_url", &platform.api_url),
        ("api_key_file", &platform.api_key_file),
    ];
    let columns = &platform.columns;
    if texts.iter().any(|(_, value)| value.is_some()) || !columns.is_empty() {
        text.push_str("\n[platform]\n");
    }
    for (key, value) in texts {
        if let Some(value) = value {
            let _ = writeln!(text, "{key} = {}", quoted(value));
        }
    }
    if !columns.is_empty() {
        let _ = writeln!(text, "columns = {}", list(columns));
    }
}

pub(super) fn list(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    format!("[{}]", words.join(", "))
}

/// A basic string of TOML. Rust's escapes for control characters are TOML's, but for the braces of `\u{…}`.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            _ if letter.is_control() => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(letter));
            }
            _ => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{ConfigFile, Flags};

    #[test]
    fn the_effective_file_says_the_same_again() {
        let written = "shell = [\"a b\", \"\\\"\\\\\"]\nprefix = \"ctrl-a\"\n[targets.x]\nurl = \"http://h\"\ncolor = \"red\"\n\
                       dialect = \"grpc\"\nshell = \"zsh\"\nmetadata = {env = \"a b\", \"x.y\" = \"\"}\n[[guard]]\nmatch = {env = \"a b\"}\n[keys]\nzoom = \"prefix z\"\n";
        let read = |text: &str| {
            let file = ConfigFile::parse(text, "c").unwrap();
            Settings::resolve(file, &Flags::default(), |_| None)
        };
        let settings = read(written);
        let again = effective_text(&read(&effective_text(&settings)));
        assert_eq!(again, effective_text(&settings));
        assert!(again.contains("shell = [\"a b\", \"\\\"\\\\\"]"), "{again}");
    }
}
