//! All commands in memory, small enough for a million of them and laid out so that each key is answered within a frame.
//! Texts that were run often are there once. Knows no file.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::ops::Range;

use super::best::Best;
use super::ranking::{Matching, Wanted, folded, letters};
use super::sharing::in_shares;
use crate::domain::{CommandQuery, CommandScope};

/// So much of a text is searched.
const SEARCHED_BYTES: usize = 2_048;
/// So many texts are matched between two looks whether the answer is still wanted.
const STEP: usize = 4_096;

/// One command as it is put in.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Its number in the store.
    pub id: i64,
    /// What was run.
    pub text: &'a str,
    /// When, in seconds since 1970.
    pub started: u32,
    /// Whether it failed.
    pub is_failure: bool,
    /// The sandbox's ID, alias and template.
    pub place: (&'a str, &'a str, Option<&'a str>),
    /// The directory.
    pub directory: Option<&'a str>,
    /// The shell.
    pub session: &'a str,
}

/// A command without its text.
#[derive(Clone, Copy, Debug)]
struct RowEntry {
    id: i64,
    text: u32,
    started: u32,
    place: u32,
    directory: u32,
    session: u32,
    is_failure: bool,
}

/// Texts, each with a number.
#[derive(Debug, Default)]
struct Names {
    numbers: HashMap<String, u32>,
}

impl Names {
    fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.numbers.len() as u32;
        self.numbers.insert(name.to_owned(), number);
        number
    }
}

/// The last command of each text within a scope: when, and which. Zero: none.
#[derive(Debug, Default)]
struct Latest {
    of: Option<(CommandScope, bool, Option<String>, Option<i64>)>,
    /// Rows that have been taken in.
    rows: usize,
    times: Vec<u64>,
    ids: Vec<i64>,
    texts: usize,
}

/// All commands.
#[derive(Debug, Default)]
pub struct Index {
    /// Folded texts, a line feed behind each.
    arena: Vec<u8>,
    starts: Vec<u32>,
    masks: Vec<u64>,
    /// The first text with a hash; another one with the same hash is rare enough to be there twice.
    by_hash: HashMap<u64, u32>,
    rows: Vec<RowEntry>,
    places: Vec<(String, String, Option<String>)>,
    place_numbers: HashMap<(String, String, Option<String>), u32>,
    directories: Names,
    sessions: Names,
    latest: Latest,
}

/// What was found: the numbers of commands, the best first.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The numbers.
    pub ids: Vec<i64>,
    /// How many different texts there are in the scope.
    pub searched: usize,
}

impl Index {
    /// How many commands there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many different texts there are.
    pub fn texts(&self) -> usize {
        self.starts.len()
    }

    /// Adds a command, in any order.
    pub fn add(&mut self, entry: &Entry<'_>) {
        let text = self.text_number(entry.text);
        let place = self.place_number(entry.place);
        let directory = self.directories.number(entry.directory.unwrap_or(""));
        let session = self.sessions.number(entry.session);
        self.rows.push(RowEntry {
            id: entry.id,
            text,
            started: entry.started,
            place,
            directory,
            session,
            is_failure: entry.is_failure,
        });
    }

    fn text_number(&mut self, text: &str) -> u32 {
        let mut folded = folded(text);
        let end = (0..=folded.len().min(SEARCHED_BYTES))
            .rev()
            .find(|at| folded.is_char_boundary(*at));
        folded.truncate(end.unwrap_or(0));
        let mut hasher = DefaultHasher::new();
        // By the text itself: two that differ only in large letters are two.
        text.hash(&mut hasher);
        let hash = hasher.finish();
        if let Some(number) = self.by_hash.get(&hash)
            && self.text(*number as usize) == folded.as_bytes()
        {
            return *number;
        }
        let number = self.starts.len() as u32;
        self.starts.push(self.arena.len() as u32);
        self.masks.push(letters(folded.as_bytes()));
        self.arena.extend_from_slice(folded.as_bytes());
        self.arena.push(b'\n');
        self.by_hash.insert(hash, number);
        number
    }

    fn place_number(&mut self, (sandbox, alias, template): (&str, &str, Option<&str>)) -> u32 {
        let place = (sandbox.to_owned(), alias.to_owned(), template.map(str::to_owned));
        if let Some(number) = self.place_numbers.get(&place) {
            return *number;
        }
        let number = self.places.len() as u32;
        self.places.push(place.clone());
        self.place_numbers.insert(place, number);
        number
    }

    fn text(&self, number: usize) -> &[u8] {
        let start = self.starts[number] as usize;
        let end = self
            .starts
            .get(number + 1)
            .map_or(self.arena.len(), |next| *next as usize);
        &self.arena[start..end - 1]
    }

    /// Says how a command ended that was added while it ran.
    pub fn set_failure(&mut self, id: i64, is_failure: bool) {
        if let Some(row) = self.rows.iter_mut().rev().find(|row| row.id == id) {
            row.is_failure = is_failure;
        }
        if self.latest.of.as_ref().is_some_and(|of| of.1) {
            self.latest.of = None;
        }
    }

    /// Answers a query. `None` if `is_wanted` said no meanwhile.
    pub fn search(&mut self, query: &CommandQuery, is_wanted: &(dyn Fn() -> bool + Sync)) -> Option<Found> {
        self.follow_scope(query);
        let mut best = Best::new(query.limit);
        match Wanted::new(&query.text) {
            None => {
                for (number, time) in self.latest.times.iter().enumerate() {
                    if *time > 0 {
                        best.offer((0, *time), number as u32);
                    }
                }
            }
            Some(wanted) => {
                let is_containing = self.containing(&wanted, &mut best, is_wanted)?;
                if best.count() < query.limit && wanted.can_scatter() {
                    self.scattered(&wanted, &is_containing, &mut best, is_wanted)?;
                }
            }
        }
        let ids = best.sorted().into_iter().map(|number| self.latest.ids[number as usize]);
        Some(Found {
            ids: ids.collect(),
            searched: self.latest.texts,
        })
    }

    /// Finds the last command of each text in the scope, unless that is known from the query before.
    fn follow_scope(&mut self, query: &CommandQuery) {
        let since = query.since.map(crate::domain::Timestamp::unix_seconds);
        let of = (
            query.scope.clone(),
            query.is_failed_only,
            query.directory.clone(),
            since,
        );
        if self.latest.of.as_ref() != Some(&of) {
            self.latest = Latest {
                of: Some(of),
                ..Latest::default()
            };
        }
        let is_in_scope = self.scope_test(query);
        let latest = &mut self.latest;
        latest.times.resize(self.starts.len(), 0);
        latest.ids.resize(self.starts.len(), 0);
        for row in &self.rows[latest.rows..] {
            if is_in_scope(row) {
                let text = row.text as usize;
                // The number decides between commands of the same second.
                let time = (u64::from(row.started) << 20) | (row.id as u64 & 0xf_ffff) | 1 << 63;
                latest.texts += usize::from(latest.times[text] == 0);
                if time > latest.times[text] {
                    latest.times[text] = time;
                    latest.ids[text] = row.id;
                }
            }
        }
        latest.rows = self.rows.len();
    }

    fn scope_test(&self, query: &CommandQuery) -> impl Fn(&RowEntry) -> bool + use<> {
        let places: Vec<bool> = self
            .places
            .iter()
            .map(|(sandbox, alias, template)| match &query.scope {
                CommandScope::Everywhere | CommandScope::Session(_) => true,
                CommandScope::Sandbox(name) => sandbox == name || alias == name,
                CommandScope::Template(name) => template.as_ref() == Some(name),
            })
            .collect();
        let unknown = u32::MAX;
        let session = match &query.scope {
            CommandScope::Session(name) => Some(self.sessions.numbers.get(name).copied().unwrap_or(unknown)),
            _ => None,
        };
        let directory = query.directory.as_ref();
        let directory = directory.map(|name| self.directories.numbers.get(name).copied().unwrap_or(unknown));
        let since = query
            .since
            .map(|since| since.unix_seconds().clamp(0, i64::from(u32::MAX)) as u32);
        let is_failed_only = query.is_failed_only;
        move |row| {
            places[row.place as usize]
                && session.is_none_or(|number| row.session == number)
                && directory.is_none_or(|number| row.directory == number)
                && since.is_none_or(|since| row.started >= since)
                && (!is_failed_only || row.is_failure)
        }
    }

    /// Offers every text that contains all words. Answers which those are, unless there are plenty.
    fn containing(&self, wanted: &Wanted, best: &mut Best, is_wanted: &(dyn Fn() -> bool + Sync)) -> Option<Vec<u32>> {
        let limit = best.most;
        let found = in_shares(self.starts.len(), |part| {
            self.containing_in(part, wanted, limit, is_wanted)
        });
        let mut known = Vec::new();
        for (part, numbers) in found? {
            best.merge(part);
            known.extend(numbers);
        }
        is_wanted().then_some(known)
    }

    /// The same for some of the texts.
    fn containing_in(
        &self,
        part: Range<usize>,
        wanted: &Wanted,
        limit: usize,
        is_wanted: &(dyn Fn() -> bool + Sync),
    ) -> Option<(Best, Vec<u32>)> {
        let finder = wanted.needle();
        let (mut best, mut found) = (Best::new(limit), Vec::new());
        let start_of = |number: usize| {
            self.starts
                .get(number)
                .map_or(self.arena.len(), |start| *start as usize)
        };
        let end = start_of(part.end);
        let (mut at, mut number, mut hits) = (start_of(part.start), part.start, 0_usize);
        while let Some(hit) = finder.find(&self.arena[at..end]) {
            let hit = at + hit;
            number = self.number_at(hit, number);
            hits += 1;
            if hits.is_multiple_of(STEP) && !is_wanted() {
                return None;
            }
            let time = self.latest.times[number];
            if time > 0
                && wanted.may_fit(self.masks[number])
                && let Some(fit) = wanted.fit_of_containing(self.text(number), hit - start_of(number))
            {
                best.offer((fit.rank(), time), number as u32);
                if found.len() < limit {
                    found.push(number as u32);
                }
            }
            number += 1;
            at = start_of(number);
            if number >= part.end {
                break;
            }
        }
        Some((best, found))
    }

    /// The text that a byte belongs to, which is this one or a later one.
    fn number_at(&self, byte: usize, from: usize) -> usize {
        let starts = &self.starts[from..];
        let mut step = 1;
        while starts.get(step).is_some_and(|start| *start as usize <= byte) {
            step *= 2;
        }
        let range = &starts[step / 2..starts.len().min(step + 1)];
        from + step / 2 + range.partition_point(|start| *start as usize <= byte) - 1
    }

    /// Texts are cut at the ends of characters.
    fn words(&self, number: u32) -> &str {
        std::str::from_utf8(self.text(number as usize)).unwrap_or_default()
    }

    /// Offers every other text that has the letters in this order.
    fn scattered(
        &self,
        wanted: &Wanted,
        known: &[u32],
        best: &mut Best,
        is_wanted: &(dyn Fn() -> bool + Sync),
    ) -> Option<()> {
        let candidates: Vec<u32> = (0..self.starts.len())
            .filter(|number| self.latest.times[*number] > 0 && wanted.may_fit(self.masks[*number]))
            .map(|number| number as u32)
            .filter(|number| known.binary_search(number).is_err())
            .collect();
        let limit = best.most;
        let found = in_shares(candidates.len(), |part| {
            self.matched(wanted, &candidates[part], limit, is_wanted)
        });
        for part in found? {
            best.merge(part);
        }
        Some(())
    }

    fn matched(
        &self,
        wanted: &Wanted,
        candidates: &[u32],
        limit: usize,
        is_wanted: &(dyn Fn() -> bool + Sync),
    ) -> Option<Best> {
        let mut matching = Matching::default();
        let mut best = Best::new(limit);
        for part in candidates.chunks(STEP) {
            if !is_wanted() {
                return None;
            }
            for number in part {
                if let Some(fit) = wanted.scattered(self.words(*number), &mut matching) {
                    best.offer((fit.rank(), self.latest.times[*number as usize]), *number);
                }
            }
        }
        // Only the order of those that are shown is worth the better measure.
        best.rank_anew(|number| Some(wanted.scattered_at_best(self.words(number), &mut matching)?.rank()));
        Some(best)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(texts: &[&str]) -> Index {
        let mut index = Index::default();
        for (number, text) in (1..).zip(texts) {
            index.add(&Entry {
                id: number,
                text,
                started: number as u32,
                is_failure: number % 2 == 0,
                place: (if number < 4 { "a" } else { "b" }, "alias", Some("base")),
                directory: Some(if number < 3 { "/x" } else { "/y" }),
                session: "s",
            });
        }
        index
    }

    fn found(index: &mut Index, query: &CommandQuery) -> Vec<i64> {
        index.search(query, &|| true).unwrap().ids
    }

    fn text(text: &str) -> CommandQuery {
        CommandQuery {
            text: text.to_owned(),
            limit: 10,
            ..CommandQuery::default()
        }
    }

    #[test]
    fn the_better_fit_comes_first_and_among_equals_the_newest() {
        let mut index = index(&[
            "git push",
            "make push",
            "git status",
            "Git Push --force",
            "gutter apish",
            "echo git push",
            "größe",
        ]);
        assert_eq!(found(&mut index, &text("git push")), [1, 4, 6]);
        assert_eq!(found(&mut index, &text("push")), [6, 4, 2, 1]);
        assert_eq!(found(&mut index, &text("gtp")), [6, 4, 1, 5]);
        assert_eq!(found(&mut index, &text("GRÖ")), [7]);
        assert_eq!(found(&mut index, &text("push git")), [6, 4, 1]);
        assert_eq!(found(&mut index, &text("zzz")), [0_i64; 0]);
        assert_eq!(found(&mut index, &text("")), [7, 6, 5, 4, 3, 2, 1]);
    }

    #[test]
    fn what_was_run_twice_is_there_once_as_the_last_of_its_scope() {
        let mut index = index(&["ls", "pwd", "ls", "ls", "df"]);
        assert_eq!(index.texts(), 3);
        assert_eq!(found(&mut index, &text("ls")), [4]);
        let scoped = |scope| CommandQuery { scope, ..text("") };
        assert_eq!(found(&mut index, &scoped(CommandScope::Sandbox("a".into()))), [3, 2]);
        assert_eq!(
            found(&mut index, &scoped(CommandScope::Sandbox("alias".into()))),
            [5, 4, 2]
        );
        assert_eq!(
            found(&mut index, &scoped(CommandScope::Session("t".into()))),
            [0_i64; 0]
        );
        assert_eq!(
            found(&mut index, &scoped(CommandScope::Template("base".into()))),
            [5, 4, 2]
        );
        let failed = CommandQuery {
            is_failed_only: true,
            ..text("")
        };
        assert_eq!(found(&mut index, &failed), [4, 2]);
        let there = CommandQuery {
            directory: Some("/x".into()),
            ..text("")
        };
        assert_eq!(found(&mut index, &there), [2, 1]);
        index.set_failure(4, false);
        assert_eq!(found(&mut index, &failed), [2]);
    }

    #[test]
    fn an_answer_that_nobody_wants_is_not_finished() {
        assert_eq!(index(&["ls"]).search(&text("ls"), &|| false), None);
    }
}
