//! The line that narrows a list: fuzzy as typed, `!` in front inverts, `=` in front wants the very text.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::keys::{Chord, Key};
use crate::text_entry::TextEntry;

/// What narrows a list, and whether it is being typed.
#[derive(Clone, Debug)]
pub struct Filter {
    entry: TextEntry,
    is_typing: bool,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            entry: TextEntry::line(""),
            is_typing: false,
        }
    }
}

impl Filter {
    /// Begins to type, with what was typed before.
    pub fn begin(&mut self) {
        self.is_typing = true;
    }

    /// Whether keys go to it.
    pub fn is_typing(&self) -> bool {
        self.is_typing
    }

    /// Whether its line is shown.
    pub fn is_shown(&self) -> bool {
        self.is_typing || !self.entry.is_empty()
    }

    /// The line that is edited.
    pub fn entry(&self) -> &TextEntry {
        &self.entry
    }

    /// Forgets it. False if there was none.
    pub fn clear(&mut self) -> bool {
        let was_shown = self.is_shown();
        *self = Self::default();
        was_shown
    }

    /// Takes in a key: Enter keeps the filter, Esc drops it. True if what the list shows may be another now.
    pub fn press(&mut self, chord: &Chord) -> bool {
        match chord.key {
            Key::Enter => {
                self.is_typing = false;
                false
            }
            Key::Escape => self.clear(),
            _ if *chord == Chord::ctrl('c') => self.clear(),
            _ if *chord == Chord::ctrl('u') => {
                self.entry = TextEntry::line("");
                true
            }
            _ => self.entry.press(chord),
        }
    }

    /// Takes in pasted text.
    pub fn paste(&mut self, text: &str) {
        self.entry.paste(text);
    }

    /// What decides which rows stay.
    pub fn sieve(&self) -> Sieve {
        Sieve::new(self.entry.text())
    }
}

/// Decides which rows of a list stay. Made once for a pass over many rows.
#[derive(Debug)]
pub struct Sieve {
    rule: Rule,
    is_inverted: bool,
}

#[derive(Debug)]
enum Rule {
    Everything,
    /// In lower case, unless there was an upper-case letter.
    Exact {
        text: String,
        is_case_blind: bool,
    },
    Fuzzy(Box<(Pattern, Matcher, Vec<char>)>),
}

impl Sieve {
    /// The sieve of a filter's text.
    pub fn new(text: &str) -> Self {
        let (is_inverted, text) = text.strip_prefix('!').map_or((false, text), |rest| (true, rest));
        let rule = if let Some(exact) = text.strip_prefix('=').filter(|exact| !exact.is_empty()) {
            let is_case_blind = !exact.chars().any(char::is_uppercase);
            Rule::Exact {
                text: exact.to_owned(),
                is_case_blind,
            }
        } else if text.trim().is_empty() || text == "=" {
            return Self {
                rule: Rule::Everything,
                is_inverted: false,
            };
        } else {
            let pattern = Pattern::parse(text, CaseMatching::Smart, Normalization::Smart);
            Rule::Fuzzy(Box::new((pattern, Matcher::new(Config::DEFAULT), Vec::new())))
        };
        Self { rule, is_inverted }
    }

    /// Whether everything stays.
    pub fn is_open(&self) -> bool {
        matches!(self.rule, Rule::Everything)
    }

    /// Whether a row with this text stays.
    pub fn keeps(&mut self, text: &str) -> bool {
        self.score(text).is_some()
    }

    /// How well a row fits, higher is better; none if it goes.
    pub fn score(&mut self, text: &str) -> Option<u32> {
        let found = match &mut self.rule {
            Rule::Everything => Some(0),
            Rule::Exact {
                text: wanted,
                is_case_blind,
            } => {
                let holds = if *is_case_blind {
                    text.to_lowercase().contains(wanted.as_str())
                } else {
                    text.contains(wanted.as_str())
                };
                holds.then_some(0)
            }
            Rule::Fuzzy(tools) => {
                let (pattern, matcher, letters) = tools.as_mut();
                pattern.score(Utf32Str::new(text, letters), matcher)
            }
        };
        match (self.is_inverted, found) {
            (false, found) => found,
            (true, None) => Some(0),
            (true, Some(_)) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fuzzy_exact_and_inverted() {
        let cases = [
            ("", "anything", true),
            ("crgo", "cargo test", true),
            ("crgo", "bash", false),
            ("!crgo", "cargo test", false),
            ("!crgo", "bash", true),
            ("=argo", "cargo", true),
            ("=crgo", "cargo", false),
            ("=argo", "CARGO", true),
            ("=Argo", "cargo", false),
            ("!=argo", "cargo", false),
            ("!", "bash", true),
            ("=", "bash", true),
            ("test cargo", "cargo test", true),
        ];
        for (filter, text, stays) in cases {
            assert_eq!(Sieve::new(filter).keeps(text), stays, "{filter} {text}");
        }
    }

    #[test]
    fn enter_keeps_and_escape_drops() {
        let mut filter = Filter::default();
        filter.begin();
        assert!(filter.press(&Chord::char('b')) && filter.is_typing());
        assert!(!filter.press(&Chord::plain(Key::Enter)));
        assert!(!filter.is_typing() && filter.is_shown());
        filter.begin();
        assert!(filter.press(&Chord::plain(Key::Escape)) && !filter.is_shown());
    }
}
