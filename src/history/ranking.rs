//! Which of two commands is the better answer to what was typed, and finding it fast: plain containment first, over all
//! texts at once; letters with others between only while there are too few of those.

use memchr::memmem::Finder;
use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str, Utf32String};

/// How well a text fits, the best last. Among equals the newest is the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// The letters are there, in this order, with others between: the score says how close together.
    Scattered(u16),
    /// All words are in it.
    Contains,
    /// All words are in it, at the beginning of words.
    WordStarts,
    /// It begins with what was typed.
    Begins,
    /// It is what was typed.
    Equal,
}

impl Fit {
    /// As a number that compares alike.
    pub(super) fn rank(self) -> u16 {
        const TOP: u16 = u16::MAX - 4;
        match self {
            Self::Scattered(score) => score.min(TOP - 1),
            Self::Contains => TOP,
            Self::WordStarts => TOP + 1,
            Self::Begins => TOP + 2,
            Self::Equal => TOP + 3,
        }
    }
}

/// What was typed, made ready. Everything is compared in small letters.
#[derive(Debug)]
pub(super) struct Wanted {
    whole: String,
    words: Vec<Finder<'static>>,
    longest: usize,
    mask: u64,
    pattern: Pattern,
    /// The words again, as the matcher takes them.
    atoms: Vec<Utf32String>,
}

impl Wanted {
    /// `None` if nothing was typed.
    pub(super) fn new(typed: &str) -> Option<Self> {
        let whole = folded(typed.trim());
        let words: Vec<_> = whole
            .split_whitespace()
            .map(|word| Finder::new(word).into_owned())
            .collect();
        let longest = (0..words.len()).max_by_key(|index| words[*index].needle().len())?;
        Some(Self {
            mask: letters(whole.as_bytes()),
            pattern: Pattern::new(&whole, CaseMatching::Respect, Normalization::Never, AtomKind::Fuzzy),
            atoms: whole.split_whitespace().map(Utf32String::from).collect(),
            whole,
            words,
            longest,
        })
    }

    /// The word by which candidates are found.
    pub(super) fn needle(&self) -> &Finder<'static> {
        &self.words[self.longest]
    }

    /// Whether a text with these letters may fit at all.
    pub(super) fn may_fit(&self, mask: u64) -> bool {
        self.mask & !mask == 0
    }

    /// Whether letters with others between are another thing than plain containment.
    pub(super) fn can_scatter(&self) -> bool {
        self.whole.split_whitespace().any(|word| word.chars().nth(1).is_some())
    }

    /// How a text fits that contains the needle, at first here; `None` if another word is not in it.
    pub(super) fn fit_of_containing(&self, text: &[u8], needle_at: usize) -> Option<Fit> {
        if text.starts_with(self.whole.as_bytes()) {
            return Some(if text.len() == self.whole.len() {
                Fit::Equal
            } else {
                Fit::Begins
            });
        }
        let mut is_at_start = true;
        for (index, word) in self.words.iter().enumerate() {
            let at = if index == self.longest {
                needle_at
            } else {
                word.find(text)?
            };
            is_at_start &= at == 0 || !text[at - 1].is_ascii_alphanumeric();
        }
        Some(if is_at_start { Fit::WordStarts } else { Fit::Contains })
    }

    /// How a text fits that does not contain all words: roughly, by the first place that the letters are found at.
    pub(super) fn scattered(&self, text: &str, matching: &mut Matching) -> Option<Fit> {
        let haystack = utf32(text, &mut matching.letters);
        let matcher = &mut matching.matcher;
        let scores = self.atoms.iter().map(|atom| {
            let score = matcher.fuzzy_match_greedy(haystack, atom.slice(..));
            score.map(u32::from)
        });
        let score: u32 = scores.sum::<Option<_>>()?;
        Some(Fit::Scattered(score.min(u32::from(u16::MAX)) as u16))
    }

    /// The same by the best place, which takes several times as long.
    pub(super) fn scattered_at_best(&self, text: &str, matching: &mut Matching) -> Option<Fit> {
        let haystack = utf32(text, &mut matching.letters);
        let score = self.pattern.score(haystack, &mut matching.matcher)?;
        Some(Fit::Scattered(score.min(u32::from(u16::MAX)) as u16))
    }
}

fn utf32<'a>(text: &'a str, letters: &'a mut Vec<char>) -> Utf32Str<'a> {
    if text.is_ascii() {
        Utf32Str::Ascii(text.as_bytes())
    } else {
        Utf32Str::new(text, letters)
    }
}

/// Room for one thread that matches.
pub(super) struct Matching {
    matcher: Matcher,
    letters: Vec<char>,
}

impl Default for Matching {
    fn default() -> Self {
        let mut config = Config::DEFAULT;
        config.ignore_case = false;
        config.normalize = false;
        Self {
            matcher: Matcher::new(config),
            letters: Vec::new(),
        }
    }
}

/// In small letters, and in one line.
pub(super) fn folded(text: &str) -> String {
    let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
    if text.is_ascii() {
        let bytes = text.bytes().map(|byte| plain(char::from(byte.to_ascii_lowercase())));
        return bytes.collect();
    }
    text.chars().flat_map(char::to_lowercase).map(plain).collect()
}

/// Which letters a folded text has: one bit for each, several share one beyond letters and digits.
pub(super) fn letters(text: &[u8]) -> u64 {
    text.iter().fold(0, |mask, byte| {
        mask | match byte {
            b'a'..=b'z' => 1 << (byte - b'a'),
            b'0'..=b'9' => 1 << (26 + byte - b'0'),
            // White space divides words and is nothing to be found.
            b' ' => 0,
            other => 1 << (36 + other % 28),
        }
    })
}
