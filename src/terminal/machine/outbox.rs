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
    answers: Ration,
    bells: Ration,
    notifications: Ration,
    clipboard: Clipboard,
    now: Duration,
}

/// What becomes of text that the program wants on the clipboard.
#[derive(Debug)]
enum Clipboard {
    /// Refused; nothing has been said about that yet.
    Refused,
    /// Refused, and said.
    RefusedAndSaid,
    /// Announced, so often.
    Allowed(Ration),
}

/// So many of a kind at once, and so many per second after that.
#[derive(Clone, Copy, Debug)]
struct Ration {
    per_second: f64,
    most: f64,
    left: f64,
    since: Duration,
}

impl Ration {
    fn new(per_second: u32, most: u32) -> Self {
        Self {
            per_second: f64::from(per_second),
            most: f64::from(most),
            left: f64::from(most),
            since: Duration::ZERO,
        }
    }

    /// Takes one, if one is left.
    fn take(&mut self, now: Duration) -> bool {
        let passed = now.saturating_sub(self.since).as_secs_f64();
        self.since = self.since.max(now);
        self.left = (self.left + passed * self.per_second).min(self.most);
        let is_left = self.left >= 1.0;
        if is_left {
            self.left -= 1.0;
        }
        is_left
    }
}

impl Outbox {
    pub(in crate::terminal) fn new(per_second: u32, title_chars: usize) -> Self {
        Self {
            waiting: Vec::new(),
            title: RemoteText::new(""),
            titles: Vec::new(),
            title_chars,
            answers: Ration::new(per_second, per_second),
            bells: Ration::new(1, 1),
            notifications: Ration::new(1, 5),
            clipboard: Clipboard::Refused,
            now: Duration::ZERO,
        }
    }

    /// Tells the time; the rations grow with it.
    pub(in crate::terminal) fn set_now(&mut self, now: Duration) {
        self.now = self.now.max(now);
    }

    /// Whether the program may put text on the clipboard.
    pub(in crate::terminal) fn may_use_clipboard(&self) -> bool {
        matches!(self.clipboard, Clipboard::Allowed(_))
    }

    /// Lets it do so, or no more.
    pub(in crate::terminal) fn let_use_clipboard(&mut self, is_allowed: bool) {
        self.clipboard = if is_allowed {
            Clipboard::Allowed(Ration::new(1, 5))
        } else {
            Clipboard::RefusedAndSaid
        };
    }

    pub(in crate::terminal) fn take(&mut self) -> Vec<Announcement> {
        std::mem::take(&mut self.waiting)
    }

    pub(in crate::terminal) fn title(&self) -> &RemoteText {
        &self.title
    }

    /// Answers the program, unless it asks too much.
    pub(super) fn reply(&mut self, bytes: impl Into<Vec<u8>>) {
        if self.answers.take(self.now) {
            self.waiting.push(Announcement::Reply(Bytes::from(bytes.into())));
        }
    }

    pub(super) fn bell(&mut self) {
        if self.bells.take(self.now) {
            self.replace(Announcement::Bell, |other| *other == Announcement::Bell);
        }
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
        match &mut self.clipboard {
            Clipboard::Refused => {
                self.clipboard = Clipboard::RefusedAndSaid;
                self.waiting.push(Announcement::ClipboardRefused);
            }
            Clipboard::RefusedAndSaid => {}
            Clipboard::Allowed(ration) => {
                if ration.take(self.now) {
                    self.replace(Announcement::ClipboardWrite(text), |other| {
                        matches!(other, Announcement::ClipboardWrite(_))
                    });
                }
            }
        }
    }

    pub(super) fn notify(&mut self, title: &str, body: &str) {
        if !self.notifications.take(self.now) {
            return;
        }
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
        assert_eq!(
            waiting.len(),
            2 + 5,
            "the title, the bell, and as many notifications as are read at once"
        );
        assert_eq!(outbox.title().unescaped(), "999 ");
    }
}
