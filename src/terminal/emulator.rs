//! One terminal: feed it bytes, read its cells, ask it what keys send. No I/O, no clock, no threads.

use std::time::Duration;

use super::answers::Announcement;
use super::backlog::Backlog;
use super::cell_reading::CellReader;
use super::cells::{CellView, Cursor, CursorShape, LinkId};
use super::command_marks::CommandMarks;
use super::folding::Folding;
use super::grid::Grid;
use super::input_bytes::key_bytes;
use super::lexer::Lexer;
use super::limits::Limits;
use super::machine::{Machine, Mode};
use super::paste::paste_bytes;
use super::pointer_bytes::{MouseTracking, pointer_bytes};
use super::resizing::Resizing;
use super::skipping::Skipper;
use crate::domain::{GridSize, RemoteText};
use crate::keys::{Chord, Pointer};

/// A terminal as a program sees it.
pub struct Emulator {
    pub(super) lexer: Lexer,
    pub(super) machine: Machine,
    pub(super) backlog: Backlog,
    pub(super) skipper: Skipper,
    pub(super) resizing: Resizing,
    /// What the shell reports, when it was started so that it does.
    pub(super) marks: Option<Box<CommandMarks>>,
    /// How the view looks where something in it is folded.
    pub(super) folding: Folding,
    /// The newest line when the view was moved away from it.
    seen: Option<u64>,
}

impl Emulator {
    /// An empty terminal.
    pub fn new(size: GridSize, limits: Limits) -> Self {
        let mut machine = Machine::new(size, limits);
        if limits.program_clipboard {
            machine.outbox.let_use_clipboard(true);
        }
        Self {
            lexer: Lexer::new(limits.string_bytes),
            machine,
            backlog: Backlog::default(),
            skipper: Skipper::default(),
            resizing: Resizing::default(),
            marks: None,
            folding: Folding::default(),
            seen: None,
        }
    }

    pub(super) fn grid(&self) -> &Grid {
        &self.machine.grid
    }

    /// Takes output of the program and works it off to the end. `now` is the time since any fixed moment. Never panics,
    /// whatever the bytes are.
    pub fn feed(&mut self, bytes: &[u8], now: Duration) {
        self.receive(bytes, now);
        while self.is_behind() {
            self.catch_up(now);
        }
    }

    /// Takes output of the program and leaves the work to `catch_up`.
    pub fn receive(&mut self, bytes: &[u8], now: Duration) {
        self.backlog.push(bytes, now);
    }

    /// Whether output has been received that `catch_up` would work off.
    pub fn is_behind(&self) -> bool {
        self.is_wrapping() || self.backlog.has_work()
    }

    /// Works off a little of what has been received: so little that whatever it is, keys need not wait for it.
    pub fn catch_up(&mut self, now: Duration) {
        self.lexer.set_now(now);
        self.machine.outbox.set_now(now);
        if self.is_wrapping() {
            // What has been received belongs to the new width.
            self.wrap_on();
            return;
        }
        if !self.is_behind() {
            return;
        }
        if self.look_ahead() {
            return;
        }
        let is_in_frame = self.backlog.is_in_frame();
        if is_in_frame {
            self.machine.modes.set(Mode::Synchronized, false);
        }
        self.machine.begin_step();
        let step = self.backlog.step();
        let used = match &mut self.marks {
            None => self.lexer.advance(step, &mut self.machine),
            Some(marks) => Self::advance_marked((&mut self.lexer, &mut self.machine), marks, step, now),
        };
        self.backlog.advance(used);
        if is_in_frame {
            // A frame within the frame changes nothing.
            self.machine.modes.set(Mode::Synchronized, false);
        } else if self.machine.modes.is_on(Mode::Synchronized) {
            self.backlog.begin_frame(now);
        }
        self.machine.grid.flush();
        self.machine.mend();
        self.machine.grid.flush();
        self.refold();
    }

    /// When `settle` wants to be called although no output came, as a moment on the clock of `feed`: a program that began a
    /// frame and does not end it must not hold the screen for ever, and a new width waits for the end of its burst.
    pub fn next_deadline(&self) -> Option<Duration> {
        let deadlines = [self.backlog.deadline(), self.resizing.deadline()];
        deadlines.into_iter().flatten().min()
    }

    /// Does what is due at `now`. What an overdue frame holds is then there for `catch_up`.
    pub fn settle(&mut self, now: Duration) {
        self.backlog.look(now);
        self.catch_up(now);
        self.settle_size(now);
    }

    /// What the program said since the last call, in order.
    pub fn take_announcements(&mut self) -> Vec<Announcement> {
        self.machine.outbox.take()
    }

    /// Whether the program may put text on the clipboard. Reading it is refused always.
    pub fn may_use_clipboard(&self) -> bool {
        self.machine.outbox.may_use_clipboard()
    }

    /// Lets the program put text on the clipboard, or no more.
    pub fn let_use_clipboard(&mut self, is_allowed: bool) {
        self.machine.outbox.let_use_clipboard(is_allowed);
    }

    /// Says what the user's own terminal shows by default, as red, green, blue, for programs that ask.
    pub fn set_host_colors(&mut self, foreground: (u8, u8, u8), background: (u8, u8, u8)) {
        self.machine.palette.set_host(foreground, background);
    }

    /// How often the emulator library has failed and was started again from what was on the screen. Worth a line in the log.
    pub fn recoveries(&self) -> u32 {
        self.machine.grid.recoveries()
    }

    /// The size.
    pub fn size(&self) -> GridSize {
        self.machine.grid.size()
    }

    /// What the program calls itself; empty when it did not say.
    pub fn title(&self) -> &RemoteText {
        self.machine.outbox.title()
    }

    /// The cursor, unless it is hidden or scrolled out of view.
    pub fn cursor(&self) -> Option<Cursor> {
        let screen = self.machine.grid.screen();
        let size = self.size();
        let (row, col) = screen.cursor_position();
        let row = u16::try_from(screen.scrollback()).ok()?.checked_add(row)?;
        if !self.machine.modes.is_on(Mode::CursorShown) || row >= size.rows() {
            return None;
        }
        let style = self.machine.cursor_style();
        Some(Cursor {
            row,
            col: col.min(size.cols() - 1),
            shape: match style {
                3 | 4 => CursorShape::Underline,
                5 | 6 => CursorShape::Bar,
                _ => CursorShape::Block,
            },
            blinking: style % 2 == 1 || (style == 0 && self.machine.modes.is_on(Mode::CursorBlink)),
        })
    }

    /// Visits every cell in view, row by row.
    pub fn draw(&self, mut visit: impl FnMut(u16, u16, CellView<'_>)) {
        if self.draw_folded(&mut visit) {
            return;
        }
        let machine = &self.machine;
        let screen = machine.grid.screen();
        let size = self.size();
        let is_reverse = machine.modes.is_on(Mode::ReverseVideo);
        let mut reader = CellReader::new(&machine.extras, &machine.palette, is_reverse);
        let last_col = size.cols() - 1;
        for row in 0..size.rows() {
            reader.begin_row();
            for col in 0..=last_col {
                if let Some(cell) = screen.cell(row, col) {
                    visit(row, col, reader.view(cell, col == last_col));
                }
            }
        }
    }

    /// Where a link leads. Untrusted: show it before opening it.
    pub fn link(&self, id: LinkId) -> Option<RemoteText> {
        self.machine.extras.target(id)
    }

    /// Moves the view by lines, folded or not; positive is back in time.
    pub(super) fn scroll_rows(&mut self, lines: i32) {
        let offset = self.scroll_offset().saturating_add_signed(lines as isize);
        self.machine.grid.screen_mut().set_scrollback(offset);
        self.seen = if self.scroll_offset() == 0 {
            None
        } else {
            self.seen.or_else(|| Some(self.newest_line()))
        };
    }

    /// How many lines have come since the view was moved away from the newest one, if any have.
    pub fn new_lines(&self) -> Option<u64> {
        let new = self.newest_line().checked_sub(self.seen?)?;
        (new > 0 && self.scroll_offset() > 0).then_some(new)
    }

    /// Back to the newest line.
    pub fn scroll_to_bottom(&mut self) {
        self.machine.grid.screen_mut().set_scrollback(0);
        self.seen = None;
        self.refold();
    }

    /// How many lines the view is above the newest.
    pub fn scroll_offset(&self) -> usize {
        self.machine.grid.screen().scrollback()
    }

    /// How many lines there are above the screen.
    pub fn scrollback_len(&self) -> usize {
        self.machine.grid.screen().scrollback_len()
    }

    /// Whether a full-screen program has the second screen up.
    pub fn is_alternate_screen(&self) -> bool {
        self.machine.is_alternate()
    }

    /// Whether the wheel is to send arrow keys: a full-screen program is up that does not take the mouse itself.
    pub fn wheel_sends_arrows(&self) -> bool {
        self.is_alternate_screen() && self.machine.modes.is_on(Mode::AlternateScroll) && !self.wants_mouse()
    }

    /// Writes a line of our own above the cursor's line, on the normal screen. The program is not disturbed by it.
    pub fn write_mark(&mut self, text: &str) {
        self.wrap_to_the_end();
        self.skipper.forget();
        self.machine.write_mark(text);
    }

    /// What a key sends under the program's modes.
    pub fn encode_key(&self, chord: &Chord) -> Vec<u8> {
        key_bytes(chord, self.machine.key_modes())
    }

    /// What pasted text sends.
    pub fn encode_paste(&self, text: &str) -> Vec<u8> {
        paste_bytes(text, self.takes_marked_paste())
    }

    /// Whether the program can tell pasted text from typed text. Where it cannot, a paste of several lines runs them.
    pub fn takes_marked_paste(&self) -> bool {
        self.machine.modes.is_on(Mode::BracketedPaste)
    }

    /// What a mouse event in pane coordinates sends; `None` when the program does not want it.
    pub fn encode_pointer(&self, pointer: Pointer) -> Option<Vec<u8>> {
        let (tracking, encoding) = self.machine.mouse();
        pointer_bytes(pointer, tracking, encoding)
    }

    /// Whether the program wants the mouse.
    pub fn wants_mouse(&self) -> bool {
        self.machine.mouse().0 != MouseTracking::Off
    }

    /// What getting or losing the keyboard sends; `None` when the program does not want it.
    pub fn encode_focus(&self, focused: bool) -> Option<Vec<u8>> {
        let bytes = if focused { b"\x1b[I" } else { b"\x1b[O" };
        self.machine.modes.is_on(Mode::Focus).then(|| bytes.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(emulator: &Emulator) -> String {
        let mut cells = Vec::new();
        emulator.draw(|_, _, cell| {
            // Nothing and a blank look the same.
            let text = if cell.text == " " { "" } else { cell.text };
            cells.push(format!("{:?}", CellView { text, ..cell }));
        });
        format!(
            "{:?} {:?}\n{}",
            emulator.cursor(),
            emulator.text_rows(),
            cells.join("\n")
        )
    }

    /// The screen is there again, and the program goes on with its colours, margins and modes as if nothing had been.
    #[test]
    fn a_failure_of_the_library_goes_unseen_on_either_screen() {
        for (before, after) in [
            ("1\r\n2\r\n3\r\n4\r\n\x1b[31;4mred", " more\r\nnext"),
            ("\x1b[44mcoloured", "!\r\n\x1b[mplain"),
            ("\x1b[2;3r\x1b[3;1H\x1b[1;9mbold", "\n\ntwo\x1b[?6hx"),
            (
                "shell\x1b[?1049h\x1b[2;3r\x1b[2;5H\x1b[32;7mfull",
                "\n\nx\x1b[m\x1b[?1049l$ ",
            ),
            ("日本\x1b[?1049h\x1b]8;;http://x\x07日本\x1b(0q", "qx\x1b(B\x1b]8;;\x07"),
            ("\x1b7\x1b[4;4Hx", "\x1b8y"),
        ] {
            let mut whole = Emulator::new(GridSize::new(10, 4), Limits::default());
            let mut failing = Emulator::new(GridSize::new(10, 4), Limits::default());
            for emulator in [&mut whole, &mut failing] {
                emulator.feed(before.as_bytes(), Duration::ZERO);
            }
            failing.machine.grid.fail();
            assert_eq!(failing.recoveries(), 1);
            failing.machine.mend();
            failing.machine.grid.flush();
            assert_eq!(shown(&failing), shown(&whole), "{before:?}");
            for emulator in [&mut whole, &mut failing] {
                emulator.feed(after.as_bytes(), Duration::ZERO);
            }
            assert_eq!(shown(&failing), shown(&whole), "{before:?} {after:?}");
            assert_eq!(failing.recoveries(), 1);
        }
    }
}
