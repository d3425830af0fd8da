//! The two screens, the margins, the saved cursors, and the ways back to the beginning.

use super::charsets::Charsets;
use super::extras::Extras;
use super::keyboard::Keyboard;
use super::modes::{Mode, Modes, private_mode, standard_mode};
use super::pen::Pen;
use super::state::{Machine, Trail};
use super::tabs::Tabs;
use crate::terminal::cells::LinkId;
use crate::terminal::sequence::Sequence;

/// What `ESC 7` puts aside besides the position, which the grid keeps.
#[derive(Clone, Copy, Debug, Default)]
struct SavedCursor {
    pen: Pen,
    charsets: Charsets,
    is_origin: bool,
}

/// Which screen is up, where lines scroll, and what each screen has saved.
#[derive(Clone, Debug)]
pub(super) struct Screens {
    pub(super) is_alternate: bool,
    top: u16,
    bottom: u16,
    rows: u16,
    saved: [SavedCursor; 2],
}

impl Screens {
    pub(super) fn new(rows: u16) -> Self {
        Self {
            is_alternate: false,
            top: 0,
            bottom: rows - 1,
            rows,
            saved: [SavedCursor::default(); 2],
        }
    }

    /// First and last row that scroll.
    pub(super) fn margins(&self) -> (u16, u16) {
        (self.top, self.bottom)
    }

    pub(super) fn set_margins(&mut self, (top, bottom): (u16, u16)) {
        (self.top, self.bottom) = (top, bottom);
    }

    pub(super) fn reset_margins(&mut self, rows: u16) {
        self.rows = rows;
        (self.top, self.bottom) = (0, rows - 1);
    }

    pub(super) fn has_margins(&self) -> bool {
        self.top > 0 || self.bottom + 1 < self.rows
    }

    /// Links of pens that may come back.
    pub(super) fn saved_links(&self) -> impl Iterator<Item = LinkId> {
        self.saved.iter().filter_map(|saved| saved.pen.link)
    }

    fn saved(&mut self) -> &mut SavedCursor {
        &mut self.saved[usize::from(self.is_alternate)]
    }
}

impl Machine {
    pub(super) fn save_cursor(&mut self) {
        *self.screens.saved() = SavedCursor {
            pen: self.pen,
            charsets: self.charsets,
            is_origin: self.modes.is_on(Mode::Origin),
        };
        self.grid.push(b"\x1b7");
    }

    pub(super) fn restore_cursor(&mut self) {
        let saved = *self.screens.saved();
        self.pen = saved.pen;
        // Its marker may stand for something else by now.
        self.mark_pen();
        self.charsets = saved.charsets;
        self.modes.set(Mode::Origin, saved.is_origin);
        self.grid.push(b"\x1b8");
        self.sync_pen();
        self.trail.col = None;
    }

    /// Sets the rows that scroll, and goes home. A range without two rows is ignored.
    pub(super) fn set_margins(&mut self, sequence: &Sequence) {
        let rows = self.screens.rows;
        let top = sequence.count(0);
        let bottom = match sequence.number(1) {
            0 => rows,
            bottom => bottom.min(rows),
        };
        if top < bottom {
            (self.screens.top, self.screens.bottom) = (top - 1, bottom - 1);
            if sequence.len() == 2 && sequence.number(0) == top && sequence.number(1) == bottom {
                self.pass(sequence);
            } else {
                self.grid.write(format_args!("\x1b[{top};{bottom}r"));
            }
            self.go_home();
        } else if rows == 1 {
            self.go_home();
        }
    }

    pub(super) fn set_standard_modes(&mut self, sequence: &Sequence, on: bool) {
        for group in sequence.groups() {
            if let Some(mode) = standard_mode(group[0]) {
                self.modes.set(mode, on);
            }
        }
    }

    pub(super) fn set_private_modes(&mut self, sequence: &Sequence, on: bool) {
        for group in sequence.groups() {
            self.set_private_mode(group[0], on);
        }
    }

    fn set_private_mode(&mut self, number: u16, on: bool) {
        if self.modes.set_mouse(number, on) {
            return;
        }
        if let Some(mode) = private_mode(number) {
            if mode == Mode::Autowrap {
                // The cursor waits behind the edge without wrapping too: it must not wrap for what came before.
                self.leave_edge();
            }
            self.modes.set(mode, on);
            if mode == Mode::Origin {
                self.go_home();
            }
            return;
        }
        match (number, on) {
            (3, _) => self.change_columns(),
            (47 | 1047, true) => self.enter_alternate(false),
            (47, false) => self.leave_alternate(false),
            (1047, false) => self.leave_alternate(true),
            (1048, true) => self.save_cursor(),
            (1048, false) => self.restore_cursor(),
            (1049, true) => {
                self.save_cursor();
                self.enter_alternate(true);
            }
            (1049, false) => {
                self.leave_alternate(false);
                self.restore_cursor();
            }
            _ => {}
        }
    }

    pub(super) fn save_modes(&mut self, sequence: &Sequence) {
        for group in sequence.groups() {
            self.modes.save(group[0], self.screens.is_alternate);
        }
    }

    pub(super) fn restore_modes(&mut self, sequence: &Sequence) {
        for group in sequence.groups() {
            if let Some(on) = self.modes.saved(group[0]) {
                self.set_private_mode(group[0], on);
            }
        }
    }

    /// The width stays, it is the user's; the rest of what a change of columns does is done.
    fn change_columns(&mut self) {
        self.screens.reset_margins(self.screens.rows);
        self.grid.push(b"\x1b[r");
        self.paint("\x1b[2J");
        self.go_home();
    }

    fn enter_alternate(&mut self, clear: bool) {
        if self.screens.is_alternate {
            return;
        }
        let place = self.place();
        self.grid.switch(true);
        self.screens.is_alternate = true;
        self.arrive(place);
        if clear {
            self.paint("\x1b[2J");
        }
    }

    fn leave_alternate(&mut self, clear: bool) {
        if !self.screens.is_alternate {
            return;
        }
        if clear {
            self.paint("\x1b[2J");
        }
        let place = self.place();
        self.grid.switch(false);
        self.screens.is_alternate = false;
        self.arrive(place);
    }

    /// Both screens share margins, pen and cursor; the library keeps them apart.
    fn arrive(&mut self, (row, col): (u16, u16)) {
        let (top, bottom) = self.screens.margins();
        if self.screens.has_margins() {
            self.grid.write(format_args!("\x1b[{};{}r", top + 1, bottom + 1));
        } else {
            self.grid.push(b"\x1b[r");
        }
        self.sync_pen();
        self.go(row, col);
    }

    /// After a failure of the library, which has then started again from what was on the screen.
    pub(in crate::terminal) fn mend(&mut self) {
        if self.grid.take_is_fresh() {
            let place = self.place();
            self.arrive(place);
        }
    }

    /// As if just switched on.
    pub(super) fn reset(&mut self) {
        self.grid.reset();
        let size = self.grid.size();
        self.pen = Pen::default();
        self.charsets = Charsets::default();
        self.tabs = Tabs::new(size.cols());
        self.modes = Modes::default();
        self.screens = Screens::new(size.rows());
        self.keyboard = Keyboard::default();
        self.trail = Trail::default();
        self.extras = Extras::default();
        self.palette.reset();
    }

    /// Back to sane modes, with the screen as it is.
    pub(super) fn soft_reset(&mut self) {
        for (mode, on) in [
            (Mode::CursorShown, true),
            (Mode::Autowrap, true),
            (Mode::Origin, false),
            (Mode::Insert, false),
            (Mode::ApplicationCursor, false),
            (Mode::ApplicationKeypad, false),
        ] {
            self.modes.set(mode, on);
        }
        self.charsets = Charsets::default();
        self.pen = Pen::default();
        self.keyboard = Keyboard::default();
        self.modes.cursor_style = 0;
        let (row, col) = self.place();
        self.screens.reset_margins(self.screens.rows);
        *self.screens.saved() = SavedCursor::default();
        self.grid.push(b"\x1b[r\x1b7");
        self.go(row, col);
        self.sync_pen();
    }
}
