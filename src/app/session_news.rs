//! What a session's news change, and what of it concerns others. The session itself is in `session`.

use std::time::Duration;

use crate::domain::{ExitStatus, Moment, RemoteText, SessionNews, SessionOrder};
use crate::terminal::{Announcement, CommandEvent, ShellState};

use super::Effects;
use super::copy_mode::AfterCopy;
use super::link::Link;
use super::notices::{Notice, Severity};
use super::session::{Directory, Session};

/// What the news were, as far as tabs and notices care.
#[derive(Debug, Default, PartialEq)]
pub struct Receipt {
    /// The screen's content changed.
    pub has_output: bool,
    /// The bell rang.
    pub has_rung: bool,
    /// The program put this on the clipboard, as it was allowed to.
    pub clipboard: Option<RemoteText>,
    /// The program ended like this.
    pub ended: Option<ExitStatus>,
    /// What the program wants the user to be told.
    pub said: Vec<RemoteText>,
    /// What the shell has done.
    pub commands: Vec<CommandEvent>,
    /// To be told to the user.
    pub notices: Vec<Notice>,
}

impl Session {
    /// Takes in news.
    pub fn receive(&mut self, news: SessionNews, now: Moment, effects: &mut Effects) -> Receipt {
        let mut receipt = Receipt::default();
        match news {
            SessionNews::Opened(pid) => {
                self.pid = Some(pid);
                self.link = Link::Live;
                self.expect_reports(now);
            }
            SessionNews::Output(bytes) => {
                // May also have nothing to do but to go on with a search.
                receipt.has_output = !bytes.is_empty() || self.emulator.is_behind();
                self.take_output(&bytes, now, effects);
                self.search_on(&mut receipt);
                self.hear(now, effects, &mut receipt);
                self.hear_commands(&mut receipt);
                self.expect_reports(now);
            }
            SessionNews::RoundTrip(time) => self.round_trip = Some(time),
            SessionNews::Unconfirmed { bytes } => receipt.tell(Notice::new(
                Severity::Warning,
                format!(
                    "{}: the link broke while {} went out — they may or may not have arrived, and are not sent again",
                    self.label,
                    typed_bytes(bytes)
                ),
            )),
            SessionNews::Refused { bytes } => receipt.tell(Notice::new(
                Severity::Warning,
                format!("{}: {} not sent — {}", self.label, typed_bytes(bytes), self.refusal()),
            )),
            SessionNews::Lost {
                failure,
                attempt,
                retry_in,
            } => self.lose(Link::Rejoining {
                attempt,
                retry_at: now.after(retry_in),
                since: now,
                failure,
            }),
            SessionNews::Rejoined { gap } => self.rejoin(gap, now, &mut receipt),
            SessionNews::Ended(status) => {
                receipt.ended = Some(status.clone());
                self.round_trip = None;
                self.emulator
                    .shell_ended(Some(i32::from(status.shell_code())), now.since_start);
                self.hear_commands(&mut receipt);
                self.link = Link::Ended { status, at: now };
            }
            SessionNews::Failed(failure) if self.start_plainly(&failure, effects) => receipt.tell(Notice::new(
                Severity::Info,
                format!(
                    "{}: a shell that reports is refused there: it is started plainly, without history",
                    self.label
                ),
            )),
            SessionNews::Failed(failure) => {
                self.round_trip = None;
                self.link = Link::Failed { failure, at: now };
            }
        }
        receipt
    }

    /// The rest is for `Message::CatchUp`.
    fn take_output(&mut self, bytes: &[u8], now: Moment, effects: &mut Effects) {
        let (top, size) = (self.emulator.first_visible_line(), self.emulator.size());
        self.emulator.receive(bytes, now.since_start);
        self.emulator.catch_up(now.since_start);
        // Whoever looks around in copy mode is not carried away.
        let moved = self.emulator.first_visible_line().saturating_sub(top);
        if self.emulator.size() != size {
            self.take_size(size, effects);
        } else if self.copy.is_some() && moved > 0 {
            self.emulator.scroll_by(i32::try_from(moved).unwrap_or(i32::MAX));
        }
    }

    fn refusal(&self) -> &'static str {
        match self.link {
            Link::Rejoining { .. } => "the link is down",
            Link::Asleep { .. } => "the sandbox is paused",
            Link::Ended { .. } | Link::Failed { .. } => "the program has ended",
            _ => "too much waits already",
        }
    }

    fn search_on(&mut self, receipt: &mut Receipt) {
        let after = self.copy.as_mut().map(|copy| copy.search_on(&mut self.emulator));
        if after == Some(AfterCopy::NothingFound) {
            receipt.tell(not_found(&self.label));
        }
    }

    /// A shell that was started to report is to do so soon.
    fn expect_reports(&mut self, now: Moment) {
        let is_silent = self.emulator.shell_state() == ShellState::Silent;
        self.reports
            .note_output(is_silent && self.launch.reporting.is_some(), now);
    }

    /// What the program said to its terminal besides text.
    fn hear(&mut self, _now: Moment, effects: &mut Effects, receipt: &mut Receipt) {
        for announcement in self.emulator.take_announcements() {
            match announcement {
                Announcement::Reply(bytes) => self.order(SessionOrder::Send(bytes), effects),
                Announcement::Bell => receipt.has_rung = true,
                // Any program can say where it is; a shell that reports is believed instead.
                Announcement::Directory(_) if self.emulator.shell_state() != ShellState::Silent => {}
                Announcement::Directory(directory) => self.directory = Some(Directory::Said(directory)),
                Announcement::Notify { title, body } => {
                    receipt.said.push(if title.is_empty() {
                        body
                    } else {
                        RemoteText::from(format!("{title}: {body}"))
                    });
                }
                Announcement::ClipboardWrite(text) => receipt.clipboard = Some(text),
                Announcement::ClipboardRefused => receipt.tell(Notice::new(
                    Severity::Info,
                    format!(
                        "{}: {} wanted to put text on your clipboard — the command `program-clipboard` lets it",
                        self.label,
                        self.title()
                    ),
                )),
                // The title is read from the emulator; nothing follows
                // from prompts yet that the screen does not show.
                Announcement::Title(_) | Announcement::Prompt { .. } => {}
            }
        }
    }

    /// What the shell says it has done.
    fn hear_commands(&mut self, receipt: &mut Receipt) {
        for event in self.emulator.take_command_events() {
            if let CommandEvent::Ready { user, .. } = &event
                && !user.is_empty()
            {
                self.launch.place.user.get_or_insert_with(|| user.clone());
            }
            if let CommandEvent::Directory(directory) = &event {
                self.directory = Some(Directory::Said(directory.clone()));
            }
            receipt.commands.push(event);
        }
    }

    /// A first loss marks the time; the tries that follow keep it.
    fn lose(&mut self, mut link: Link) {
        if let (Link::Rejoining { since, .. }, Link::Rejoining { since: first, .. }) = (&mut link, &self.link) {
            *since = *first;
        }
        self.round_trip = None;
        self.link = link;
    }

    fn rejoin(&mut self, gap: Duration, now: Moment, receipt: &mut Receipt) {
        // From the last byte that was heard, not from when that was noticed: what came between is what may be missing.
        let mut began = now;
        began.wall = now.wall.checked_sub(gap).unwrap_or(now.wall);
        self.link = Link::Live;
        self.emulator.write_mark(&format!(
            "── connection lost {}–{}, output may be missing ──",
            began.clock(),
            now.clock()
        ));
        receipt.has_output = true;
        receipt.tell(Notice::new(
            Severity::Info,
            format!(
                "{}: connected again after {} s — output of that time may be missing",
                self.label,
                gap.as_secs_f32().ceil()
            ),
        ));
    }
}

impl Receipt {
    fn tell(&mut self, notice: Notice) {
        self.notices.push(notice);
    }
}

/// What is said when a search has found nothing.
pub(super) fn not_found(label: &RemoteText) -> Notice {
    let text = format!("{label}: not found in what is kept of the output");
    Notice::new(Severity::Info, text)
}

fn typed_bytes(bytes: usize) -> String {
    match bytes {
        1 => "1 typed byte".to_owned(),
        _ => format!("{bytes} typed bytes"),
    }
}
