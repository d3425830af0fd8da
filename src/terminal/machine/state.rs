//! The machine itself: its state, and which method each piece of output goes to.

use super::charsets::Charsets;
use super::extras::{Extras, is_marker};
use super::keyboard::Keyboard;
use super::modes::{Mode, Modes};
use super::outbox::Outbox;
use super::palette::Palette;
use super::pen::Pen;
use super::screens::Screens;
use super::tabs::Tabs;
use crate::domain::GridSize;
use crate::terminal::grid::Grid;
use crate::terminal::input_bytes::KeyModes;
use crate::terminal::lexer::Sink;
use crate::terminal::limits::Limits;
use crate::terminal::moved_lines::MovedLines;
use crate::terminal::pointer_bytes::{MouseEncoding, MouseTracking};
use crate::terminal::sequence::Sequence;

/// A terminal's state beside and including its cells.
pub(in crate::terminal) struct Machine {
    pub(in crate::terminal) grid: Grid,
    pub(in crate::terminal) extras: Extras,
    pub(in crate::terminal) modes: Modes,
    pub(in crate::terminal) palette: Palette,
    pub(in crate::terminal) outbox: Outbox,
    pub(super) pen: Pen,
    pub(super) charsets: Charsets,
    pub(super) tabs: Tabs,
    pub(super) screens: Screens,
    pub(super) keyboard: Keyboard,
    pub(super) trail: Trail,
    pub(super) limits: Limits,
}

/// What just happened, as far as the next piece depends on it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Trail {
    /// The last character that took a cell.
    pub(super) last: Option<char>,
    /// Nothing came between that character and now.
    pub(super) is_adjacent: bool,
    /// The cursor's column where it is known, which spares asking the grid; the width when it stands behind the last one.
    pub(super) col: Option<u16>,
}

impl Trail {
    /// A character took a cell.
    pub(super) fn printed(&mut self, letter: char) {
        self.last = Some(letter);
        self.is_adjacent = true;
    }
}

impl Machine {
    pub(in crate::terminal) fn new(size: GridSize, limits: Limits) -> Self {
        Self {
            grid: Grid::new(size, limits.scrollback_lines),
            extras: Extras::default(),
            modes: Modes::default(),
            palette: Palette::default(),
            outbox: Outbox::new(limits.replies_per_second, limits.title_chars),
            pen: Pen::default(),
            charsets: Charsets::default(),
            tabs: Tabs::new(size.cols()),
            screens: Screens::new(size.rows()),
            keyboard: Keyboard::default(),
            trail: Trail::default(),
            limits,
        }
    }

    /// Whether the second screen is up.
    pub(in crate::terminal) fn is_alternate(&self) -> bool {
        self.screens.is_alternate
    }

    /// The modes that change what keys send.
    pub(in crate::terminal) fn key_modes(&self) -> KeyModes {
        KeyModes {
            application_cursor: self.modes.is_on(Mode::ApplicationCursor),
            application_keypad: self.modes.is_on(Mode::ApplicationKeypad),
            newline: self.modes.is_on(Mode::Newline),
            modify_other_keys: self.keyboard.modify_other_keys,
            kitty: self.keyboard.flags(self.screens.is_alternate),
        }
    }

    /// What the mouse sends.
    pub(in crate::terminal) fn mouse(&self) -> (MouseTracking, MouseEncoding) {
        (self.modes.tracking, self.modes.encoding)
    }

    /// The cursor's look as `DECSCUSR` numbers it.
    pub(in crate::terminal) fn cursor_style(&self) -> u8 {
        self.modes.cursor_style
    }

    /// Changes the height of everything.
    pub(in crate::terminal) fn set_height(&mut self, rows: u16) {
        self.grid.set_height(rows);
        self.take_size();
    }

    /// Begins to wrap lines anew, and to keep so many of them.
    pub(in crate::terminal) fn begin_reflow(&mut self, size: GridSize, lines: usize) {
        self.grid.begin_reflow(size, lines);
        if !self.grid.is_reflowing() {
            self.take_size();
        }
    }

    /// Goes on with wrapping lines anew. When that has come to its end: where they are now.
    pub(in crate::terminal) fn work_reflow(&mut self) -> Option<MovedLines> {
        if !self.grid.is_reflowing() || !self.grid.step_reflow() {
            return None;
        }
        let moved = self.grid.end_reflow();
        self.take_size();
        moved
    }

    /// What follows from another size of the grid, or from another grid.
    fn take_size(&mut self) {
        let size = self.grid.size();
        self.tabs.resize(size.cols());
        self.screens.reset_margins(size.rows());
        self.sync_pen();
        self.grid.flush();
        self.trail.col = None;
    }

    /// Whether the program has set margins.
    pub(in crate::terminal) fn has_margins(&self) -> bool {
        self.screens.has_margins()
    }

    /// Writes the pen to the grid.
    pub(super) fn sync_pen(&mut self) {
        let mut text = String::with_capacity(64);
        self.pen.write(&mut text);
        self.grid.push(text.as_bytes());
    }

    /// Sends a sequence on to the grid as it came.
    pub(super) fn pass(&mut self, sequence: &Sequence) {
        self.grid.push(&sequence.raw);
    }

    /// Finds the marker for the pen again, after a change. When markers or links run short, those go that no cell shows.
    pub(super) fn mark_pen(&mut self) {
        self.pen.mark(&mut self.extras);
        if self.extras.wants_sweep() {
            self.grid.flush();
            let used = self.grid.used_letters(is_marker);
            let links = self.screens.saved_links().chain(self.pen.link).collect::<Vec<_>>();
            self.extras.sweep(&used, &links);
            self.pen.mark(&mut self.extras);
        }
    }

    fn set_rendition(&mut self, sequence: &Sequence) {
        let before = self.pen;
        let is_exact = self.pen.apply(sequence);
        if self.pen.style == before.style {
            return;
        }
        // Colours and what the library knows need no marker.
        if self.pen.marker.is_some() || self.pen.extra() != before.extra() {
            self.mark_pen();
        }
        if is_exact {
            self.pass(sequence);
        } else if !self.pen.looks_alike(&before) {
            self.sync_pen();
        }
    }
}

impl Sink for Machine {
    fn as_is(&mut self, bytes: &[u8]) -> usize {
        self.hand_on(bytes)
    }

    fn text(&mut self, text: &str) {
        self.print(text);
    }

    fn control(&mut self, byte: u8) {
        self.trail.is_adjacent = false;
        match byte {
            0x07 => self.outbox.bell(),
            0x08 => self.backspace(),
            0x09 => self.tab(1),
            0x0a..=0x0c => self.line_feed(),
            0x0d => self.carriage_return(),
            0x0e => self.charsets.shift(1),
            0x0f => self.charsets.shift(0),
            _ => {}
        }
    }

    fn escape(&mut self, intermediates: &[u8], last: u8) {
        self.trail.is_adjacent = false;
        match (intermediates, last) {
            ([], b'7') => self.save_cursor(),
            ([], b'8') => self.restore_cursor(),
            ([], b'=') => self.modes.set(Mode::ApplicationKeypad, true),
            ([], b'>') => self.modes.set(Mode::ApplicationKeypad, false),
            ([], b'D') => self.index(),
            ([], b'E') => {
                self.carriage_return();
                self.index();
            }
            ([], b'M') => self.reverse_index(),
            ([], b'H') => self.set_tab(),
            ([], b'Z') => self.report_attributes(0),
            ([], b'c') => self.reset(),
            ([], b'N') => self.charsets.single_shift(2),
            ([], b'O') => self.charsets.single_shift(3),
            ([], b'n' | b'}') => self.charsets.shift(2),
            ([], b'o' | b'|') => self.charsets.shift(3),
            ([b'#'], b'8') => self.align(),
            ([slot @ b'('..=b'+', ..], name) => self.charsets.designate(slot - b'(', name),
            ([slot @ b'-'..=b'/', ..], name) => self.charsets.designate(slot - b'-' + 1, name),
            _ => {}
        }
    }

    fn sequence(&mut self, sequence: &Sequence) {
        self.trail.is_adjacent = false;
        let middle = sequence.intermediates[0];
        // Colons mean something in renditions alone; which number stands where would be anybody's guess.
        if sequence.has_colons() && sequence.last != b'm' {
            return;
        }
        if middle == 0 && sequence.prefix == 0 {
            self.plain_sequence(sequence);
            return;
        }
        match (sequence.prefix, middle, sequence.last) {
            (b'?', 0, b'h') => self.set_private_modes(sequence, true),
            (b'?', 0, b'l') => self.set_private_modes(sequence, false),
            (b'?', 0, b's') => self.save_modes(sequence),
            (b'?', 0, b'r') => self.restore_modes(sequence),
            (b'?', 0, b'J' | b'K') => self.erase(sequence),
            (b'>', 0, b'm') => self.set_key_format(sequence),
            (_, 0, b'u') => self.set_keyboard(sequence),
            (0, b' ', b'q') if sequence.number(0) <= 6 => self.modes.cursor_style = sequence.number(0) as u8,
            (0, b'!', b'p') => self.soft_reset(),
            _ => self.answer(sequence),
        }
    }

    fn command(&mut self, command: &[u8]) {
        self.trail.is_adjacent = false;
        self.obey(command);
    }

    fn device_control(&mut self, head: &Sequence, data: &[u8]) {
        self.trail.is_adjacent = false;
        self.answer_device_control(head, data);
    }

    fn is_paused(&self) -> bool {
        self.modes.is_on(Mode::Synchronized) || self.grid.is_step_over()
    }
}

impl Machine {
    /// A sequence of nothing but numbers and a letter.
    fn plain_sequence(&mut self, sequence: &Sequence) {
        let count = sequence.count(0);
        match sequence.last {
            b'm' => self.set_rendition(sequence),
            b'H' | b'f' => self.position(sequence),
            b'J' | b'K' => self.erase(sequence),
            b'A'..=b'F' | b'a' | b'e' | b'j' | b'k' => self.step_cursor(sequence),
            b'G' | b'`' | b'd' => self.position_in_line(sequence),
            b'I' => self.tab(count),
            b'Z' => self.back_tab(count),
            b'g' => self.clear_tab(sequence.number(0)),
            b'@' | b'P' => self.shift_cells(sequence),
            b'X' => self.erase_cells(sequence),
            b'L' | b'M' => self.shift_lines(sequence),
            b'S' => self.scroll(sequence, true),
            // With more numbers it asks for a kind of mouse tracking that nobody uses.
            b'T' | b'^' if sequence.len() < 2 => self.scroll(sequence, false),
            b'b' => self.repeat(count),
            b'h' => self.set_standard_modes(sequence, true),
            b'l' => self.set_standard_modes(sequence, false),
            b'r' => self.set_margins(sequence),
            b's' if sequence.len() == 0 => self.save_cursor(),
            b'u' if sequence.len() == 0 => self.restore_cursor(),
            _ => self.answer(sequence),
        }
    }
}
