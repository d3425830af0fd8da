//! The config file as written: strict, with every mistake reported at its line. Knows no defaults.

use std::collections::BTreeMap;

use crate::domain::{Dialect, GuardRule, Tint};
use crate::keys::{Chord, Key};

use super::colors::Colors;
use super::document::{ConfigError, Document, Section};
use super::history::{HistoryTable, history};
use super::limits::{LimitsTable, limits};
use super::settings::{Borders, Clipboard, LogLevel, THEME_NAMES};

/// What stands in a config file. `None` is what it does not mention.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigFile {
    /// Targets that are opened when none is given.
    pub open: Option<Vec<String>>,
    /// The command of a new pane and of `e2b-tui shell`.
    pub shell: Option<Vec<String>>,
    /// The key in front of every key of the workbench.
    pub prefix: Option<Chord>,
    /// Whether the mouse is ours.
    pub mouse: Option<bool>,
    /// How it looks.
    pub look: LookTable,
    /// What is kept.
    pub keeping: KeepingTable,
    /// How text gets on the clipboard.
    pub clipboard: Option<Clipboard>,
    /// What the user is to be told, and when.
    pub conduct: ConductTable,
    /// How much goes into the log file.
    pub log: Option<LogLevel>,
    /// Sandboxes by name.
    pub targets: BTreeMap<String, TargetTable>,
    /// Keys that the user changed.
    pub keys: Vec<KeyBinding>,
    /// The tables of single parts of the program.
    pub tables: Tables,
}

/// Tables that one part of the program reads, each by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tables {
    /// Which platform.
    pub platform: PlatformTable,
    /// Which commands are remembered.
    pub history: HistoryTable,
    /// When measures are worth telling.
    pub limits: LimitsTable,
}

/// The keys about what the user is to be told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConductTable {
    /// Whether the terminal is asked to show notifications.
    pub notify: Option<bool>,
    /// Seconds after which a watched pane is silent.
    pub silence: Option<usize>,
    /// Minutes after which a broadcast ends that nobody uses.
    pub broadcast: Option<usize>,
    /// Which sandboxes are guarded.
    pub guards: Vec<GuardRule>,
    /// Whether programs may put text on the clipboard.
    pub program_clipboard: Option<bool>,
    /// Memory in MiB for what scrolled away.
    pub scrollback_memory: Option<usize>,
}

/// The keys about looks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LookTable {
    /// The name of a theme.
    pub theme: Option<String>,
    /// What frames are made of.
    pub borders: Option<Borders>,
    /// How many colours the terminal gets.
    pub colors: Option<Colors>,
}

/// The keys about what is kept, here and in files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeepingTable {
    /// Lines that each pane keeps of what scrolled away.
    pub scrollback: Option<usize>,
    /// Whether a saved workspace holds what its panes show.
    pub save_screens: Option<bool>,
    /// Whether recordings hold what is typed.
    pub record_input: Option<bool>,
}

/// `[platform]`: which platform, and where the key for it is. The environment outranks all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlatformTable {
    /// The domain of a platform of one's own.
    pub domain: Option<String>,
    /// Where its REST interface is, if not at `https://api.` and the domain.
    pub api_url: Option<String>,
    /// A file that holds the API key.
    pub api_key_file: Option<String>,
    /// The metadata that lists of sandboxes have columns for.
    pub columns: Vec<String>,
}

/// One sandbox in the file: a URL or a sandbox ID, and how to speak to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TargetTable {
    /// Where its envd answers.
    pub url: Option<String>,
    /// Its ID on the platform.
    pub sandbox: Option<String>,
    /// The user that programs run as.
    pub user: Option<String>,
    /// The folder that programs start in.
    pub cwd: Option<String>,
    /// The command of a new pane.
    pub shell: Option<Vec<String>>,
    /// A file that holds the access token.
    pub access_token_file: Option<String>,
    /// How calls are encoded.
    pub dialect: Option<Dialect>,
    /// A PEM file with certificates to trust besides the platform's.
    pub ca_file: Option<String>,
    /// The colour of its label.
    pub color: Option<Tint>,
    /// Whether its shells are started so that they report.
    pub shell_integration: Option<bool>,
    /// Whether it is only to be looked at.
    pub read_only: Option<bool>,
    /// What guard rules go by where the platform says nothing.
    pub metadata: BTreeMap<String, String>,
}

/// One line of `[keys]`: an action by its name, and the keys it is to have instead of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyBinding {
    /// The action's name.
    pub action: String,
    /// Key sequences such as `prefix %`. None takes the action's keys away.
    pub keys: Vec<String>,
    /// The line, from 1.
    pub line: usize,
}

/// The keys of the file's outermost table.
const TOP_KEYS: [&str; 23] = [
    "open",
    "shell",
    "prefix",
    "mouse",
    "theme",
    "borders",
    "colors",
    "scrollback",
    "save_screens",
    "record_input",
    "clipboard",
    "notify",
    "silence",
    "broadcast",
    "guard",
    "program_clipboard",
    "scrollback_memory",
    "log",
    "targets",
    "keys",
    "platform",
    "history",
    "limits",
];

/// The keys of `[platform]`.
const PLATFORM_KEYS: [&str; 4] = ["domain", "api_url", "api_key_file", "columns"];

/// The keys of each `[targets.NAME]`.
const TARGET_KEYS: [&str; 12] = [
    "url",
    "sandbox",
    "user",
    "cwd",
    "shell",
    "access_token_file",
    "dialect",
    "ca_file",
    "color",
    "shell_integration",
    "read_only",
    "metadata",
];

/// The most lines that a pane may keep: more would not fit in memory with several panes.
const SCROLLBACK_LIMIT: usize = 1_000_000;

impl ConfigFile {
    /// Reads the text of a file that is shown as `file` in errors.
    pub fn parse(text: &str, file: &str) -> Result<Self, ConfigError> {
        Self::parse_with(text, file, &[])
    }

    /// The same where the user has these themes besides the built-in ones.
    pub fn parse_with(text: &str, file: &str, own_themes: &[String]) -> Result<Self, ConfigError> {
        let themes: Vec<&str> = THEME_NAMES
            .into_iter()
            .chain(own_themes.iter().map(String::as_str))
            .collect();
        let (mut document, table) = Document::parse(text);
        let top = Section::top(&table);
        document.check_keys(&top, &TOP_KEYS);
        let config = Self {
            open: document.strings(&top, "open"),
            shell: command(&mut document, &top),
            prefix: prefix(&mut document, &top),
            mouse: document.flag(&top, "mouse"),
            look: LookTable {
                theme: document.one_of(&top, "theme", &themes),
                borders: document.parsed(&top, "borders"),
                colors: document.parsed(&top, "colors"),
            },
            keeping: KeepingTable {
                scrollback: document.number(&top, "scrollback", 0..SCROLLBACK_LIMIT + 1),
                save_screens: document.flag(&top, "save_screens"),
                record_input: document.flag(&top, "record_input"),
            },
            clipboard: document.parsed(&top, "clipboard"),
            conduct: ConductTable {
                notify: document.flag(&top, "notify"),
                program_clipboard: document.flag(&top, "program_clipboard"),
                scrollback_memory: document.number(&top, "scrollback_memory", 1..65_537),
                silence: document.number(&top, "silence", 1..86_401),
                broadcast: document.number(&top, "broadcast", 1..1_441),
                guards: guards(&mut document, &top),
            },
            log: document.parsed(&top, "log"),
            targets: targets(&mut document, &top),
            keys: key_bindings(&mut document, &top),
            tables: Tables {
                platform: platform(&mut document, &top),
                history: history(&mut document, &top),
                limits: limits(&mut document, &top),
            },
        };
        let problems = document.finish();
        if problems.is_empty() {
            return Ok(config);
        }
        Err(ConfigError {
            file: file.to_owned(),
            problems,
        })
    }
}

fn command<'i>(document: &mut Document<'i>, section: &Section<'_, 'i>) -> Option<Vec<String>> {
    let words = document.strings(section, "shell")?;
    if words.first().is_some_and(|program| !program.is_empty()) {
        return Some(words);
    }
    let (_, span) = section.keys().find(|(name, _)| name == "shell")?;
    document.report(&span, "`shell` names no program: write it as [\"zsh\", \"-l\"]");
    None
}

fn targets<'i>(document: &mut Document<'i>, top: &Section<'_, 'i>) -> BTreeMap<String, TargetTable> {
    let mut found = BTreeMap::new();
    let Some(section) = document.table(top, "targets") else {
        return found;
    };
    for (name, span) in section.keys() {
        let Some(table) = document.table(&section, &name) else {
            continue;
        };
        if let Err(problem) = check_target_name(&name) {
            document.report(&span, problem);
        }
        let target = target(document, &table);
        if target.url.is_some() == target.sandbox.is_some() {
            let name = name.escape_debug();
            let text = format!("[targets.{name}] needs either `url` or `sandbox`, and not both");
            document.report(&span, text);
        }
        found.insert(name, target);
    }
    found
}

/// The key in front of all others: one that every terminal sends, and that no program misses as a letter.
fn prefix<'i>(document: &mut Document<'i>, top: &Section<'_, 'i>) -> Option<Chord> {
    let chord: Chord = document.parsed(top, "prefix")?;
    let modifiers = chord.modifiers;
    let is_fit = match chord.key {
        Key::Char(letter) => letter.is_ascii() && (modifiers.ctrl || modifiers.alt),
        Key::F(_) => true,
        _ => modifiers.ctrl || modifiers.alt,
    };
    if is_fit {
        return Some(chord);
    }
    let (_, span) = top.keys().find(|(name, _)| name == "prefix")?;
    let text =
        format!("`prefix` cannot be `{chord}`: use ctrl or alt with a letter from a to z, or a key from f1 to f12");
    document.report(&span, text);
    None
}

/// `[[guard]]`: each with the pairs that a sandbox must have.
fn guards<'i>(document: &mut Document<'i>, top: &Section<'_, 'i>) -> Vec<GuardRule> {
    let mut found = Vec::new();
    for (table, span) in document.tables(top, "guard") {
        document.check_keys(&table, &["match"]);
        let rule = GuardRule(pairs(document, &table, "match"));
        let has_pairs = table.keys().any(|(key, _)| key == "match") && !document.is_empty(&table, "match");
        if !has_pairs {
            document.report(&span, "[[guard]] guards nothing: write it as match = {env = \"prod\"}");
        }
        found.push(rule);
    }
    found
}

/// A table of texts.
fn pairs<'i>(document: &mut Document<'i>, section: &Section<'_, 'i>, key: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    if let Some(table) = document.table(section, key) {
        for (key, _) in table.keys() {
            if let Some(value) = document.string(&table, &key) {
                found.insert(key, value);
            }
        }
    }
    found
}

fn platform<'i>(document: &mut Document<'i>, top: &Section<'_, 'i>) -> PlatformTable {
    let Some(table) = document.table(top, "platform") else {
        return PlatformTable::default();
    };
    document.check_keys(&table, &PLATFORM_KEYS);
    PlatformTable {
        domain: document.string(&table, "domain"),
        api_url: document.string(&table, "api_url"),
        api_key_file: document.string(&table, "api_key_file"),
        columns: document.strings(&table, "columns").unwrap_or_default(),
    }
}

fn target<'i>(document: &mut Document<'i>, table: &Section<'_, 'i>) -> TargetTable {
    document.check_keys(table, &TARGET_KEYS);
    let names = Tint::ALL.map(|(_, name)| name);
    let color = document.one_of(table, "color", &names);
    TargetTable {
        url: document.string(table, "url"),
        sandbox: document.string(table, "sandbox"),
        user: document.string(table, "user"),
        cwd: document.string(table, "cwd"),
        shell: command(document, table),
        access_token_file: document.string(table, "access_token_file"),
        dialect: document.parsed(table, "dialect"),
        ca_file: document.string(table, "ca_file"),
        shell_integration: document.flag(table, "shell_integration"),
        read_only: document.flag(table, "read_only"),
        metadata: pairs(document, table, "metadata"),
        color: color.and_then(|color| {
            let known = Tint::ALL.into_iter().find(|(_, name)| *name == color);
            known.map(|(tint, _)| tint)
        }),
    }
}

/// A name must not look like another kind of target.
fn check_target_name(name: &str) -> Result<(), String> {
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_".contains(letter);
    if name == "local" || name.is_empty() || !name.chars().all(is_plain) {
        let name = name.escape_debug();
        return Err(format!(
            "`{name}` cannot name a target: use letters, digits, - and _, and not `local`"
        ));
    }
    Ok(())
}

fn key_bindings<'i>(document: &mut Document<'i>, top: &Section<'_, 'i>) -> Vec<KeyBinding> {
    let Some(section) = document.table(top, "keys") else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (action, span) in section.keys() {
        if let Some(keys) = document.strings(&section, &action) {
            let line = document.line_of(&span);
            found.push(KeyBinding { action, keys, line });
        }
    }
    found.sort_by_key(|binding| binding.line);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> String {
        ConfigFile::parse(text, "c").unwrap_err().to_string()
    }

    #[test]
    fn a_whole_file_is_read() {
        let file = ConfigFile::parse(
            "open = [\"api\"]\nprefix = \"ctrl-a\"\nmouse = false\ntheme = \"light\"\nscrollback = 5_000\n\
             clipboard = \"off\"\nlog = \"debug\"\nshell = [\"zsh\", \"-l\"]\n\
             [targets.api]\nurl = \"http://10.0.0.5:49983\"\nuser = \"root\"\ndialect = \"grpc-web\"\ncolor = \"red\"\n\
             metadata = {env = \"prod\"}\n[targets.web]\nsandbox = \"i0abc\"\n[platform]\ndomain = \"e2b.my.org\"\n[keys]\nsplit-right = \"prefix |\"\nquit = []\n",
            "c",
        )
        .unwrap();
        assert_eq!(file.keeping.scrollback, Some(5_000));
        assert_eq!(file.prefix, Some(Chord::ctrl('a')));
        assert_eq!(file.targets["api"].dialect, Some(Dialect::GrpcWeb));
        assert_eq!(file.targets["api"].color, Some(Tint::Red));
        assert_eq!(file.targets["web"].sandbox.as_deref(), Some("i0abc"));
        assert_eq!(file.tables.platform.domain.as_deref(), Some("e2b.my.org"));
        assert_eq!((file.keys[0].line, file.keys[0].keys.len()), (20, 1));
        assert_eq!(file.targets["api"].metadata["env"], "prod");
        assert!(file.keys[1].keys.is_empty());
    }

    #[test]
    fn every_mistake_is_reported_at_its_line() {
        let text = "scrolback = 1\nmouse = 1\ntheme = \"pink\"\nscrollback = -1\n\n[targets.a]\nurl = \"http://a\"\nusr = \"x\"\n\
                    [targets.b]\ndialect = \"soap\"\n[targets.local]\nurl = \"http://x\"\n";
        assert_eq!(
            problems(text),
            "c:1: unknown key `scrolback` — did you mean `scrollback`?\n\
             c:2: `mouse` must be true or false, not of type integer\n\
             c:3: `theme` cannot be `pink`: use auto, dark, light, high-contrast, solarized-dark, solarized-light, terminal, mono\n\
             c:4: `scrollback` must be a whole number from 0 to 1000000\n\
             c:8: unknown key `usr` in [targets.a] — did you mean `user`?\n\
             c:9: [targets.b] needs either `url` or `sandbox`, and not both\n\
             c:10: `targets.b.dialect`: `soap` is no dialect: use connect, grpc-web or grpc\n\
             c:11: `local` cannot name a target: use letters, digits, - and _, and not `local`"
        );
    }

    #[test]
    fn what_is_no_toml_is_said_to_be_none() {
        assert!(problems("mouse = \n").starts_with("c:1: not valid TOML: "));
        assert!(problems("shell = []").contains("names no program"));
        assert!(problems("prefix = \"ctrl-ö\"").starts_with("c:1: `prefix` cannot be `ctrl-ö`: use ctrl"));
        assert!(problems("prefix = \"a\"").contains("cannot be `a`"));
        assert!(ConfigFile::parse("prefix = \"f12\"", "c").is_ok());
        assert!(problems("[[guard]]\nmatch = {}").starts_with("c:1: [[guard]] guards nothing"));
        assert!(problems("[guard]\nmatch = {}").contains("list of tables"));
        assert!(problems("[[guard]]\nmatch = {env = 1}").contains("text in quotes"));
        assert!(problems("targets = 3").contains("must be a table"));
        assert!(problems("\u{1b}[31m = 1").starts_with("c:1: "));
        assert!(!problems("\"\u{1b}[31m\" = 1").contains('\u{1b}'));
    }
}
