//! The dialog for a new sandbox: a few lines and choices, checked before anything is asked for.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::{Internet, NewSandbox, OnTimeout, RemoteText, parse_metadata};
use crate::keys::{Chord, Key};
use crate::text_entry::TextEntry;

use super::list::Sieve;
use super::overlays::{AfterKey, Decision};

/// Names of templates that are offered at once.
const OFFERED: usize = 5;

/// One line of the dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// What it is made of.
    Template,
    /// What is written on it.
    Metadata,
    /// Variables of its programs.
    Envs,
    /// How long it lives, in seconds or as `10m`, `2h`.
    Timeout,
    /// What happens then.
    OnTimeout,
    /// Whether its envd asks for a token.
    Secure,
    /// Whether its programs reach the internet.
    Internet,
}

impl Field {
    /// All of them, from top to bottom.
    pub const ALL: [Self; 7] = [
        Self::Template,
        Self::Metadata,
        Self::Envs,
        Self::Timeout,
        Self::OnTimeout,
        Self::Secure,
        Self::Internet,
    ];

    /// What stands in front of it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Template => "template",
            Self::Metadata => "metadata",
            Self::Envs => "variables",
            Self::Timeout => "lives for",
            Self::OnTimeout => "then",
            Self::Secure => "secure",
            Self::Internet => "internet",
        }
    }
}

/// What is to happen when the time is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Kill,
    Pause,
    /// Paused, and woken again by whoever calls.
    PauseAndWake,
}

/// What the user has entered so far.
#[derive(Clone, Debug)]
pub struct CreateDialog {
    /// The line that has the keyboard.
    pub field: Field,
    template: TextEntry,
    metadata: TextEntry,
    envs: TextEntry,
    timeout: TextEntry,
    ending: Ending,
    is_secure: bool,
    has_internet: bool,
    templates: Vec<RemoteText>,
    /// Why it cannot be made like this.
    pub problem: Option<String>,
}

impl Default for CreateDialog {
    fn default() -> Self {
        Self {
            field: Field::Template,
            template: TextEntry::line("base"),
            metadata: TextEntry::line(""),
            envs: TextEntry::line(""),
            timeout: TextEntry::line("10m"),
            ending: Ending::Kill,
            is_secure: true,
            has_internet: true,
            templates: Vec::new(),
            problem: None,
        }
    }
}

impl CreateDialog {
    /// With what was ordered before and could not be made.
    pub fn of(order: &NewSandbox) -> Self {
        let pairs = |pairs: &BTreeMap<String, String>| {
            let pairs = pairs.iter().map(|(key, value)| format!("{key}={value}"));
            TextEntry::line(&pairs.collect::<Vec<_>>().join(","))
        };
        Self {
            template: TextEntry::line(&order.template),
            metadata: pairs(&order.metadata),
            envs: pairs(&order.envs),
            timeout: TextEntry::line(&write_span(order.timeout)),
            ending: match (&order.on_timeout, order.auto_resume) {
                (OnTimeout::Pause, true) => Ending::PauseAndWake,
                (OnTimeout::Pause, false) => Ending::Pause,
                _ => Ending::Kill,
            },
            is_secure: order.is_secure,
            has_internet: order.internet == Internet::Usual,
            ..Self::default()
        }
    }

    /// Names that the template may have.
    pub fn offer(&mut self, templates: &[RemoteText]) {
        if self.templates.len() != templates.len() {
            self.templates = templates.to_vec();
        }
    }

    /// The names that fit what was typed, the best first.
    pub fn offered(&self) -> Vec<&RemoteText> {
        let mut sieve = Sieve::new(self.template.text());
        let mut found: Vec<(u32, &RemoteText)> = self
            .templates
            .iter()
            .filter(|name| name.unescaped() != self.template.text())
            .filter_map(|name| Some((sieve.score(name.unescaped())?, name)))
            .collect();
        found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        found.into_iter().take(OFFERED).map(|(_, name)| name).collect()
    }

    /// The line that is edited in this field; none for a choice.
    pub fn entry(&self, field: Field) -> Option<&TextEntry> {
        match field {
            Field::Template => Some(&self.template),
            Field::Metadata => Some(&self.metadata),
            Field::Envs => Some(&self.envs),
            Field::Timeout => Some(&self.timeout),
            Field::OnTimeout | Field::Secure | Field::Internet => None,
        }
    }

    /// What is chosen in this field, in words; none for a line of text.
    pub fn choice(&self, field: Field) -> Option<&'static str> {
        match field {
            Field::OnTimeout => Some(match self.ending {
                Ending::Kill => "kill, everything in it is lost",
                Ending::Pause => "pause, with memory and processes",
                Ending::PauseAndWake => "pause, and let any traffic wake it",
            }),
            Field::Secure if self.is_secure => Some("yes, its envd asks for a token"),
            Field::Secure => Some("no, whoever knows its address gets in"),
            Field::Internet if self.has_internet => Some("yes"),
            Field::Internet => Some("no"),
            _ => None,
        }
    }

    /// Takes in a key.
    pub fn press(&mut self, chord: &Chord) -> AfterKey {
        self.problem = None;
        match chord.key {
            Key::Enter => {
                return match self.order() {
                    Ok(order) => AfterKey::Decide(Decision::Create(Box::new(order))),
                    Err((field, problem)) => {
                        self.field = field;
                        self.problem = Some(problem);
                        AfterKey::Stay
                    }
                };
            }
            Key::Tab if self.field == Field::Template && !chord.modifiers.shift => {
                let first = self.offered().first().map(|name| name.unescaped().to_owned());
                match first.filter(|_| !self.is_known()) {
                    Some(name) => self.template = TextEntry::line(&name),
                    None => self.step(1),
                }
            }
            Key::Tab if chord.modifiers.shift => self.step(-1),
            Key::Down | Key::Tab => self.step(1),
            Key::Up => self.step(-1),
            Key::Left | Key::Right | Key::Char(' ') if self.choice(self.field).is_some() => self.toggle(),
            _ => {
                if let Some(entry) = self.entry_mut() {
                    entry.press(chord);
                }
            }
        }
        AfterKey::Stay
    }

    /// Takes in pasted text.
    pub fn paste(&mut self, text: &str) {
        if let Some(entry) = self.entry_mut() {
            entry.paste(text);
        }
    }

    /// Whether it names a template as it stands, with or without the namespace in front.
    fn is_known(&self) -> bool {
        let typed = self.template.text();
        let names = self.templates.iter().map(RemoteText::unescaped);
        let mut names = names.flat_map(|name| [Some(name), name.split_once('/').map(|(_, name)| name)]);
        names.any(|name| name == Some(typed))
    }

    fn step(&mut self, by: isize) {
        let at = Field::ALL.iter().position(|field| *field == self.field).unwrap_or(0);
        let count = Field::ALL.len() as isize;
        self.field = Field::ALL[(at as isize + by).rem_euclid(count) as usize];
    }

    fn toggle(&mut self) {
        match self.field {
            Field::OnTimeout => {
                self.ending = match self.ending {
                    Ending::Kill => Ending::Pause,
                    Ending::Pause => Ending::PauseAndWake,
                    Ending::PauseAndWake => Ending::Kill,
                };
            }
            Field::Secure => self.is_secure = !self.is_secure,
            Field::Internet => self.has_internet = !self.has_internet,
            _ => {}
        }
    }

    fn entry_mut(&mut self) -> Option<&mut TextEntry> {
        match self.field {
            Field::Template => Some(&mut self.template),
            Field::Metadata => Some(&mut self.metadata),
            Field::Envs => Some(&mut self.envs),
            Field::Timeout => Some(&mut self.timeout),
            Field::OnTimeout | Field::Secure | Field::Internet => None,
        }
    }

    /// What is to be made, or why it cannot be and which line says so.
    fn order(&self) -> Result<NewSandbox, (Field, String)> {
        let template = self.template.text().trim();
        if template.is_empty() {
            return Err((Field::Template, "name a template, such as base".to_owned()));
        }
        let pairs = |entry: &TextEntry, field: Field| match entry.text().trim() {
            "" => Ok(BTreeMap::new()),
            text => parse_metadata(text).map_err(|why| (field, format!("{}: {why}", field.title()))),
        };
        let timeout = self.timeout.text();
        let no_time = || format!("`{}` is no time: write 90s, 10m or 2h", timeout.escape_debug());
        Ok(NewSandbox {
            timeout: read_span(timeout).ok_or_else(|| (Field::Timeout, no_time()))?,
            on_timeout: if self.ending == Ending::Kill {
                OnTimeout::Kill
            } else {
                OnTimeout::Pause
            },
            auto_resume: self.ending == Ending::PauseAndWake,
            is_secure: self.is_secure,
            internet: if self.has_internet {
                Internet::Usual
            } else {
                Internet::Cut
            },
            metadata: pairs(&self.metadata, Field::Metadata)?,
            envs: pairs(&self.envs, Field::Envs)?,
            ..NewSandbox::of(template)
        })
    }
}

/// As `read_span` reads it.
fn write_span(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        _ if seconds.is_multiple_of(3600) => format!("{}h", seconds / 3600),
        _ if seconds.is_multiple_of(60) => format!("{}m", seconds / 60),
        _ => format!("{seconds}s"),
    }
}

/// Reads `90`, `90s`, `10m`, `2h` or `1d`; at least a second.
fn read_span(text: &str) -> Option<Duration> {
    let text = text.trim();
    let (number, unit) = match text.char_indices().last()? {
        (at, 's') => (&text[..at], 1),
        (at, 'm') => (&text[..at], 60),
        (at, 'h') => (&text[..at], 3600),
        (at, 'd') => (&text[..at], 86_400),
        _ => (text, 1),
    };
    let seconds: u64 = number.trim().parse().ok()?;
    let seconds = seconds.checked_mul(unit).filter(|seconds| *seconds > 0)?;
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(dialog: &mut CreateDialog, keys: &str) -> AfterKey {
        let mut after = AfterKey::Stay;
        for key in keys.split(' ') {
            if let Ok(chord) = key.parse() {
                after = dialog.press(&chord);
            } else {
                dialog.paste(key);
            }
        }
        after
    }

    #[test]
    fn what_was_entered_is_what_is_ordered() {
        let mut dialog = CreateDialog::default();
        dialog.offer(&["e2b/base".into(), "team/rust-big".into()]);
        let keys = "backspace backspace backspace backspace rbig tab tab role=api,env=x tab A=1 tab backspace backspace backspace 2h tab space tab right tab space enter";
        let AfterKey::Decide(Decision::Create(order)) = press(&mut dialog, keys) else {
            panic!("{dialog:?}");
        };
        assert_eq!(order.template, "team/rust-big");
        assert_eq!(
            (order.metadata["role"].as_str(), order.envs["A"].as_str()),
            ("api", "1")
        );
        assert_eq!(order.timeout, Duration::from_secs(7200));
        assert_eq!(
            (&order.on_timeout, order.is_secure, order.internet),
            (&OnTimeout::Pause, false, Internet::Cut)
        );
        // What could not be made comes back as it was entered, and is ordered again by one key.
        let mut again = CreateDialog::of(&order);
        assert_eq!(again.entry(Field::Timeout).map(TextEntry::text), Some("2h"));
        let AfterKey::Decide(Decision::Create(ordered)) = press(&mut again, "enter") else {
            panic!("{again:?}");
        };
        assert_eq!(ordered, order);
        let keys = "down down down down space enter";
        let AfterKey::Decide(Decision::Create(woken)) = press(&mut again, keys) else {
            panic!("{again:?}");
        };
        assert!(woken.auto_resume && woken.on_timeout == OnTimeout::Pause);
        assert!(!order.auto_resume);
    }

    #[test]
    fn what_makes_no_sense_is_said_and_nothing_is_ordered() {
        for (keys, part, field) in [
            ("ctrl-u down enter", "name a template", Field::Template),
            (
                "tab role tab enter",
                "metadata: `role` is not key=value",
                Field::Metadata,
            ),
            ("tab tab tab x tab enter", "`10mx` is no time", Field::Timeout),
        ] {
            let mut dialog = CreateDialog::default();
            assert_eq!(press(&mut dialog, keys), AfterKey::Stay);
            assert_eq!(dialog.field, field, "the cursor goes to what is wrong");
            assert!(
                dialog.problem.clone().unwrap_or_default().contains(part),
                "{:?}",
                dialog.problem
            );
        }
        for (text, seconds) in [
            ("90", Some(90)),
            ("1d", Some(86_400)),
            ("0", None),
            ("", None),
            ("99999999999999999999h", None),
        ] {
            assert_eq!(read_span(text).map(|span| span.as_secs()), seconds, "{text}");
        }
    }
}
