//! One program in one sandbox and its terminal: what happens to it, what is typed to it. Knows no pane, no tab.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;

use crate::domain::{
    Failure, FailureKind, GridSize, ManagedProcess, Moment, Pid, ProgramSpec, RemoteText, SessionEntry, SessionId,
    SessionOrder, SessionPlan, Target, TargetId, Ticket,
};
use crate::keys::{Chord, Pointer};
use crate::terminal::{Emulator, Limits};

use super::caution::InputGate;
use super::copy_mode::CopyMode;
use super::launch::{Launch, NEEDED_SHELL};
use super::link::Link;
use super::report_watch::ReportWatch;
use super::{Effect, Effects};

/// What a program may have left behind, undone: title, mouse, paste and key modes, hidden cursor, colours.
const AFTERMATH: &[u8] = b"\x1b]2;\x07\x1b[?9;1000;1002;1003;1004;1005;1006;2004;2026l\x1b[?1l\x1b>\x1b[<9u\x1b[!p\x1b[?25h\x1b[0 q\x1b[m\r\n";

/// What a program runs in, and whose.
pub struct Session {
    /// Its number. A restarted program gets a new one.
    pub id: SessionId,
    /// The sandbox.
    pub target: TargetId,
    /// The sandbox's name, for messages.
    pub label: RemoteText,
    /// What runs, for starting it again.
    pub launch: Launch,
    /// Its number in the sandbox, once it runs.
    pub pid: Option<Pid>,
    /// How it is doing.
    pub link: Link,
    /// Its screen.
    pub emulator: Emulator,
    /// The directory it is in, as far as we know.
    pub directory: Option<Directory>,
    /// How long the last call took, there and back.
    pub round_trip: Option<Duration>,
    /// Where the user looks and what is chosen, in copy mode.
    pub copy: Option<CopyMode>,
    /// Whether what the user types reaches it.
    pub input: InputGate,
    /// Whether its shell reports, if it was started to.
    pub reports: ReportWatch,
}

/// What is known about the directory that a program is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Directory {
    /// The shell says so each time it changes.
    Said(RemoteText),
    /// It began there, and may have moved.
    BeganIn(RemoteText),
}

impl Directory {
    /// The path.
    pub fn path(&self) -> &RemoteText {
        match self {
            Self::Said(path) | Self::BeganIn(path) => path,
        }
    }
}

impl Session {
    /// A session that opens at the next `tick`, when its size is known.
    pub fn new(id: SessionId, target: &Target, launch: Launch, limits: Limits) -> Self {
        Self {
            id,
            target: target.id,
            label: target.label.clone(),
            directory: launch.program.cwd.as_deref().map(|cwd| Directory::BeganIn(cwd.into())),
            launch,
            pid: None,
            link: Link::Preparing {
                ticket: None,
                deadline: Moment::ZERO,
                typed: Vec::new(),
            },
            emulator: Emulator::new(GridSize::default(), limits),
            round_trip: None,
            copy: None,
            input: InputGate::of(target),
            reports: ReportWatch::default(),
        }
    }

    /// Opens it now.
    pub fn open(&mut self, effects: &mut Effects) {
        let before = std::mem::replace(&mut self.link, Link::Opening);
        // A number that is known before anything was opened is that of a program which outlived another run of ours.
        let entry = match self.pid {
            Some(pid) => SessionEntry::Rejoin(ManagedProcess {
                pid,
                program: self.launch.program.clone(),
            }),
            None => SessionEntry::Start(self.start_program()),
        };
        self.begin(entry, effects);
        if let Link::Preparing { typed, .. } = before
            && !typed.is_empty()
        {
            self.order(SessionOrder::Send(Bytes::from(typed)), effects);
        }
    }

    /// Joins this program, which runs already, instead of starting one. Only while nothing was opened yet.
    pub fn join(&mut self, process: &ManagedProcess) {
        // Its label tells it from others: it stays what it is, and is no label of ours.
        self.launch.program = process.program.clone();
        self.launch.reporting = None;
        self.pid = Some(process.pid);
    }

    /// What to start. The terminal is told by which secrets the shell's reports will be known.
    pub(super) fn start_program(&mut self) -> ProgramSpec {
        self.launch.origin = self.id;
        self.launch.began_as = None;
        let (program, keys) = self.launch.start(self.id);
        if let Some(keys) = keys {
            self.emulator.follow_shell(keys);
        }
        program
    }

    /// Starts the shell as it is, where the sandbox refuses to start it so that it reports. False if that is not what was refused.
    pub(super) fn start_plainly(&mut self, failure: &Failure, effects: &mut Effects) -> bool {
        let is_refused = matches!(failure.kind, FailureKind::Refused | FailureKind::NotFound);
        if self.link != Link::Opening || self.pid.is_some() || !is_refused || self.launch.reporting.take().is_none() {
            return false;
        }
        self.emulator.forget_shell();
        if self.launch.program.command == NEEDED_SHELL {
            // What would have chosen a shell there needs the one that is missing.
            let envs = std::mem::take(&mut self.launch.program.envs);
            let plain = ProgramSpec::new("/bin/bash", ["-i", "-l"]);
            self.launch.program = ProgramSpec {
                command: plain.command,
                args: plain.args,
                envs,
                ..self.launch.program.clone()
            };
        }
        self.order(SessionOrder::Detach, effects);
        let program = self.start_program();
        self.begin(SessionEntry::Start(program), effects);
        true
    }

    /// Begins in this way, under its number.
    pub(super) fn begin(&mut self, entry: SessionEntry, effects: &mut Effects) {
        self.link = Link::Opening;
        let plan = SessionPlan {
            target: self.target,
            entry,
            size: self.emulator.size(),
        };
        self.order(SessionOrder::Open(plan), effects);
    }

    /// Begins in this directory.
    pub fn begin_in(&mut self, directory: RemoteText) {
        self.launch.program.cwd = Some(directory.unescaped().to_owned());
        self.directory = Some(Directory::BeganIn(directory));
    }

    /// Waits with opening until the directory to begin in is known, or until the deadline.
    pub fn prepare(&mut self, ticket: Ticket, deadline: Moment) {
        self.link = Link::Preparing {
            ticket: Some(ticket),
            deadline,
            typed: Vec::new(),
        };
    }

    /// Begins the same program anew, under a new number; what was on the screen stays above it.
    pub fn restart(&mut self, id: SessionId, now: Moment, effects: &mut Effects) {
        self.order(SessionOrder::Detach, effects);
        self.id = id;
        self.pid = None;
        self.launch.program.tag = self.launch.program.tag.take().map(|tag| tag_for(&tag, id));
        self.round_trip = None;
        self.copy = None;
        self.input.was_used = false;
        if self.emulator.is_alternate_screen() {
            self.emulator.feed(b"\x1b[?1049l", now.since_start);
        }
        self.emulator.feed(AFTERMATH, now.since_start);
        self.emulator.take_announcements();
        self.emulator
            .write_mark(&format!("── started again {} ──", now.clock()));
        self.link = Link::Preparing {
            ticket: None,
            deadline: now,
            typed: Vec::new(),
        };
    }

    /// Opens it in this directory, if it still waits for the answer to this question.
    pub fn answer_directory(&mut self, ticket: Ticket, directory: Option<RemoteText>, effects: &mut Effects) {
        if !matches!(&self.link, Link::Preparing { ticket: asked, .. } if *asked == Some(ticket)) {
            return;
        }
        if let Some(directory) = directory {
            self.begin_in(directory);
        }
        self.open(effects);
    }

    /// Does what is due: opens without an answer, ends a frame that the program left open, gives the terminal its width.
    pub fn tick(&mut self, now: Moment, effects: &mut Effects) {
        if let Link::Preparing { deadline, .. } = &self.link
            && deadline.since_start <= now.since_start
        {
            self.open(effects);
        }
        if self.reports.tick(now) {
            effects.ask_for_frame();
        }
        if self.emulator.next_deadline().is_some_and(|due| due <= now.since_start) {
            let before = self.emulator.size();
            self.emulator.settle(now.since_start);
            if self.emulator.size() != before {
                self.take_size(before, effects);
            }
            effects.ask_for_frame();
        }
    }

    /// When `tick` wants to be called.
    pub fn next_deadline(&self, now: Moment) -> Option<Duration> {
        let own = self.link.next_deadline(now);
        let emulator = self.emulator.next_deadline();
        own.into_iter().chain(emulator).chain(self.reports.deadline()).min()
    }

    /// Whether there is work left that need not wait for anything: output that is not on the screen yet, or a search.
    pub fn is_behind(&self) -> bool {
        self.emulator.is_behind() || self.copy.as_ref().is_some_and(CopyMode::is_searching)
    }

    /// Follows the pane's size. While it is being dragged the width waits, and the program hears of the last size only.
    pub fn resize(&mut self, size: GridSize, now: Moment, effects: &mut Effects) {
        if self.emulator.wanted_size() == size {
            return;
        }
        let before = self.emulator.size();
        self.emulator.follow_size(size, now.since_start);
        self.take_size(before, effects);
    }

    /// What follows from a size that may have changed.
    pub(super) fn take_size(&mut self, before: GridSize, effects: &mut Effects) {
        let size = self.emulator.size();
        if before.cols() != size.cols() && self.copy.is_some() {
            // The lines were counted anew: what was chosen is somewhere else.
            self.copy = Some(CopyMode::new(&self.emulator));
        }
        let is_final = size == self.emulator.wanted_size();
        let has_link = !self.link.is_over() && !matches!(self.link, Link::Preparing { .. } | Link::Asleep { .. });
        if is_final && has_link {
            self.order(SessionOrder::Resize(size), effects);
        }
    }

    /// Types a key. False if no program hears it.
    pub fn type_key(&mut self, chord: &Chord, effects: &mut Effects) -> bool {
        let bytes = self.emulator.encode_key(chord);
        self.type_bytes(bytes, effects)
    }

    /// Types pasted text. False if no program hears it.
    pub fn paste(&mut self, text: &str, effects: &mut Effects) -> bool {
        let bytes = self.emulator.encode_paste(text);
        self.type_bytes(bytes, effects)
    }

    /// Whether pasted lines arrive as one piece instead of being run one by one.
    pub fn takes_paste_whole(&self) -> bool {
        self.emulator.takes_marked_paste()
    }

    /// Passes on a mouse event in pane coordinates. False if the program does not want it.
    pub fn point(&mut self, pointer: Pointer, effects: &mut Effects) -> bool {
        match self.emulator.encode_pointer(pointer) {
            Some(bytes) if self.link.deaf_since().is_none() && !self.input.is_closed() => {
                self.order(SessionOrder::Send(Bytes::from(bytes)), effects);
                true
            }
            _ => false,
        }
    }

    /// Tells the program that it got or lost the keyboard, if it wants to know.
    pub fn focus(&mut self, is_focused: bool, effects: &mut Effects) {
        if let Some(bytes) = self.emulator.encode_focus(is_focused)
            && matches!(self.link, Link::Live)
        {
            self.order(SessionOrder::Send(Bytes::from(bytes)), effects);
        }
    }

    fn type_bytes(&mut self, bytes: Vec<u8>, effects: &mut Effects) -> bool {
        if self.link.deaf_since().is_some() || self.input.is_closed() {
            return false;
        }
        if bytes.is_empty() {
            return true;
        }
        self.emulator.scroll_to_bottom();
        self.input.was_used = true;
        self.emulator.note_typed(&bytes);
        match &mut self.link {
            Link::Preparing { typed, .. } => typed.extend(bytes),
            _ => self.order(SessionOrder::Send(Bytes::from(bytes)), effects),
        }
        true
    }

    /// Gives up the link. The program, if it still runs, is left alone. False if there is nothing to give up.
    pub fn give_up(&mut self, now: Moment, effects: &mut Effects) -> bool {
        if self.link.is_over() {
            return false;
        }
        self.order(SessionOrder::Detach, effects);
        let mut failure = Failure::new(FailureKind::Unreachable, format!("{}: link given up", self.label));
        if let Some(pid) = self.pid {
            failure = failure.because(RemoteText::from(format!("process {pid} may still run there")));
        }
        self.link = Link::Failed { failure, at: now };
        true
    }

    /// Gives an order to the link.
    pub fn order(&self, order: SessionOrder, effects: &mut Effects) {
        effects.push(Effect::Session(self.id, order));
    }

    /// What the program calls itself, or is called.
    pub fn title(&self) -> String {
        let title = self.emulator.title();
        if title.is_empty() {
            RemoteText::from(self.launch.name.as_str()).escaped()
        } else {
            title.escaped()
        }
    }
}

/// A label by which the program of a session is found again: that of the run, and the session's number.
pub fn tag_for(tag: &str, id: SessionId) -> String {
    let run = tag.rsplit_once('.').map_or(tag, |(run, _)| run);
    format!("{run}.{id}")
}

impl fmt::Debug for Session {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Session")
            .field("id", &self.id)
            .field("target", &self.target)
            .field("pid", &self.pid)
            .field("link", &self.link)
            .finish_non_exhaustive()
    }
}
