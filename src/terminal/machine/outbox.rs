//! What goes out: answers, rationed, and announcements, of which only the newest of a kind is kept.

use std::time::Duration;

use bytes::Bytes;

use crate::domain::RemoteText;
use crate::terminal::answers::{Announcement, PromptMark};

/// More notifications and marks than this between two looks are dropped.
const MOST_WAITING: usize = 64;
/// Titles that `CSI 22 t` can put aside.
const DEEPEST_TITLES: usize = 10;

/// Waiting announcements.
#[derive(Debug)]
pub(in crate::terminal) struct Outbox {
    waiting: Vec<Announcement>,
    title: RemoteText,
    titles: Vec<RemoteText>,
    title_chars: usize,
    per_second: u32,
    /// Answers that may still go out, as of `since`.
    allowance: f64,
    since: Duration,
}

impl Outbox {
    pub(in crate::terminal) fn new(per_second: u32, title_chars: usize) -> Self {
        Self {
            waiting: Vec::new(),
            title: RemoteText::new(""),
            titles: Vec::new(),
            title_chars,
            per_second,
            allowance: f64::from(per_second),
            since: Duration::ZERO,
        }
    }

    /// Tells the time; allowance grows with it.
    pub(in crate::terminal) fn set_now(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.since).as_secs_f64();
        let rate = f64::from(self.per_second);
        self.allowance = (self.allowance + passed * rate).min(rate);
        self.since = self.since.max(now);
    }

    pub(in crate::terminal) fn take(&mut self) -> Vec<Announcement> {
        std::mem::take(&mut self.waiting)
    }

    pub(in crate::terminal) fn title(&self) -> &RemoteText {
        &self.title
    }

    /// Answers the program, unless it asks too much.
    pub(super) fn reply(&mut self, bytes: impl Into<Vec<u8>>) {
        if self.allowance >= 1.0 {
            self.allowance -= 1.0;
            self.waiting.push(Announcement::Reply(Bytes::from(bytes.into())));
        }
    }

    pub(super) fn bell(&mut self) {
        self.replace(Announcement::Bell, |other| *other == Announcement::Bell);
    }

    pub(super) fn set_title(&mut self, title: &str) {
        let title: String = title
            .chars()
            .filter(|letter| !letter.is_control())
            .take(self.title_chars)
            .collect();
        self.show_title(RemoteText::new(title));
    }

    fn show_title(&mut self, title: RemoteText) {
        if title != self.title {
            self.title = title.clone();
            self.replace(Announcement::Title(title), |other| {
                matches!(other, Announcement::Title(_))
            });
        }
    }

    pub(super) fn push_title(&mut self) {
        if self.titles.len() == DEEPEST_TITLES {
            self.titles.remove(0);
        }
        self.titles.push(self.title.clone());
    }

    pub(super) fn pop_title(&mut self) {
        if let Some(title) = self.titles.pop() {
            self.show_title(title);
        }
    }

    pub(super) fn directory(&mut self, path: RemoteText) {
        self.replace(Announcement::Directory(path), |other| {
            matches!(other, Announcement::Directory(_))
        });
    }

    pub(super) fn clipboard(&mut self, text: RemoteText) {
        self.replace(Announcement::ClipboardWrite(text), |other| {
            matches!(other, Announcement::ClipboardWrite(_))
        });
    }

    pub(super) fn notify(&mut self, title: &str, body: &str) {
        let shown = |text: &str| RemoteText::new(text.chars().take(self.title_chars).collect::<String>());
        let notice = Announcement::Notify {
            title: shown(title),
            body: shown(body),
        };
        self.push(notice);
    }

    pub(super) fn prompt(&mut self, mark: PromptMark, line: u64) {
        self.push(Announcement::Prompt { mark, line });
    }

    fn push(&mut self, announcement: Announcement) {
        let kind = std::mem::discriminant(&announcement);
        let alike = self
            .waiting
            .iter()
            .filter(|other| std::mem::discriminant(*other) == kind);
        if alike.count() < MOST_WAITING {
            self.waiting.push(announcement);
        }
    }

    fn replace(&mut self, announcement: Announcement, is_older: impl Fn(&Announcement) -> bool) {
        if let Some(at) = self.waiting.iter().position(is_older) {
            self.waiting.remove(at);
        }
        self.waiting.push(announcement);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_rationed_by_time() {
        let mut outbox = Outbox::new(10, 80);
        for _ in 0..100 {
            outbox.reply("x");
        }
        assert_eq!(outbox.take().len(), 10);
        outbox.set_now(Duration::from_millis(500));
        for _ in 0..100 {
            outbox.reply("x");
        }
        assert_eq!(outbox.take().len(), 5);
    }

    #[test]
    fn a_flood_of_announcements_leaves_the_newest() {
        let mut outbox = Outbox::new(10, 4);
        for number in 0..1000 {
            outbox.set_title(&format!("{number}\x1b titles"));
            outbox.bell();
            outbox.notify("", "hey");
        }
        let waiting = outbox.take();
        assert_eq!(waiting.len(), 2 + MOST_WAITING);
        assert_eq!(outbox.title().unescaped(), "999 ");
    }
}
