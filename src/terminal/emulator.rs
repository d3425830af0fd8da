//! One terminal: feed it bytes, read its cells, ask it what keys send. No I/O, no clock, no threads.

use std::time::Duration;

use super::answers::Announcement;
use super::cells::{CellColor, CellStyle, CellView, Cursor, CursorShape, LinkId, Underline};
use super::grid::Grid;
use super::input_bytes::{KeyModes, key_bytes};
use super::limits::Limits;
use super::paste::paste_bytes;
use super::pointer_bytes::{MouseEncoding, MouseTracking, pointer_bytes};
use crate::domain::{GridSize, RemoteText};
use crate::keys::{Chord, Pointer};

/// A terminal as a program sees it.
pub struct Emulator {
    grid: Grid,
    title: RemoteText,
    announcements: Vec<Announcement>,
}

impl Emulator {
    /// An empty terminal.
    pub fn new(size: GridSize, limits: Limits) -> Self {
        Self {
            grid: Grid::new(size, limits.scrollback_lines),
            title: RemoteText::new(""),
            announcements: Vec::new(),
        }
    }

    /// Takes output of the program. `now` is the time since any fixed moment.
    pub fn feed(&mut self, bytes: &[u8], _now: Duration) {
        self.grid.process(bytes);
    }

    /// When `settle` wants to be called although no output came, as a moment on the clock of `feed`: a program that began a
    /// frame and does not end it must not hold the screen for ever.
    pub fn next_deadline(&self) -> Option<Duration> {
        None
    }

    /// Does what is due at `now`.
    pub fn settle(&mut self, _now: Duration) {}

    /// What the program said since the last call, in order.
    pub fn take_announcements(&mut self) -> Vec<Announcement> {
        std::mem::take(&mut self.announcements)
    }

    /// Changes the size.
    pub fn resize(&mut self, size: GridSize) {
        self.grid.set_size(size);
    }

    /// The size.
    pub fn size(&self) -> GridSize {
        self.grid.size()
    }

    /// What the program calls itself; empty when it did not say.
    pub fn title(&self) -> &RemoteText {
        &self.title
    }

    /// The cursor, unless it is hidden or scrolled out of view.
    pub fn cursor(&self) -> Option<Cursor> {
        let screen = self.grid.screen();
        let size = self.size();
        let (row, col) = screen.cursor_position();
        let row = u16::try_from(screen.scrollback()).ok()?.checked_add(row)?;
        if screen.hide_cursor() || row >= size.rows() {
            return None;
        }
        Some(Cursor {
            row,
            col: col.min(size.cols() - 1),
            shape: CursorShape::Block,
            blinking: false,
        })
    }

    /// Visits every cell in view, row by row.
    pub fn draw(&self, mut visit: impl FnMut(u16, u16, CellView<'_>)) {
        let screen = self.grid.screen();
        let size = self.size();
        for row in 0..size.rows() {
            for col in 0..size.cols() {
                let view = screen.cell(row, col).map_or_else(blank, view_of);
                visit(row, col, view);
            }
        }
    }

    /// Where a link leads.
    pub fn link(&self, _: LinkId) -> Option<&RemoteText> {
        None
    }

    /// Moves the view; positive is back in time.
    pub fn scroll_by(&mut self, lines: i32) {
        let offset = self.scroll_offset().saturating_add_signed(lines as isize);
        self.grid.screen_mut().set_scrollback(offset);
    }

    /// Back to the newest line.
    pub fn scroll_to_bottom(&mut self) {
        self.grid.screen_mut().set_scrollback(0);
    }

    /// How many lines the view is above the newest.
    pub fn scroll_offset(&self) -> usize {
        self.grid.screen().scrollback()
    }

    /// How many lines there are above the screen.
    pub fn scrollback_len(&self) -> usize {
        self.grid.screen().scrollback_len()
    }

    /// Whether a full-screen program has the second screen up.
    pub fn is_alternate_screen(&self) -> bool {
        self.grid.screen().alternate_screen()
    }

    /// Writes a line of our own that the program knows nothing of.
    pub fn write_mark(&mut self, text: &str) {
        self.grid.process(format!("\r\n{text}\r\n").as_bytes());
    }

    /// What a key sends under the program's modes.
    pub fn encode_key(&self, chord: &Chord) -> Vec<u8> {
        let screen = self.grid.screen();
        key_bytes(
            chord,
            &KeyModes {
                application_cursor: screen.application_cursor(),
                application_keypad: screen.application_keypad(),
                ..KeyModes::default()
            },
        )
    }

    /// What pasted text sends.
    pub fn encode_paste(&self, text: &str) -> Vec<u8> {
        paste_bytes(text, self.grid.screen().bracketed_paste())
    }

    /// What a mouse event in pane coordinates sends; `None` when the program does not want it.
    pub fn encode_pointer(&self, pointer: Pointer) -> Option<Vec<u8>> {
        let screen = self.grid.screen();
        let tracking = match screen.mouse_protocol_mode() {
            vt100::MouseProtocolMode::None => MouseTracking::Off,
            vt100::MouseProtocolMode::Press => MouseTracking::Press,
            vt100::MouseProtocolMode::PressRelease => MouseTracking::PressRelease,
            vt100::MouseProtocolMode::ButtonMotion => MouseTracking::ButtonMotion,
            vt100::MouseProtocolMode::AnyMotion => MouseTracking::AnyMotion,
        };
        let encoding = match screen.mouse_protocol_encoding() {
            vt100::MouseProtocolEncoding::Default => MouseEncoding::Bytes,
            vt100::MouseProtocolEncoding::Utf8 => MouseEncoding::Utf8,
            vt100::MouseProtocolEncoding::Sgr => MouseEncoding::Sgr,
        };
        pointer_bytes(pointer, tracking, encoding)
    }

    /// Whether the program wants the mouse.
    pub fn wants_mouse(&self) -> bool {
        self.grid.screen().mouse_protocol_mode() != vt100::MouseProtocolMode::None
    }

    /// What getting or losing the keyboard sends; `None` when the program does not want it.
    pub fn encode_focus(&self, _focused: bool) -> Option<Vec<u8>> {
        None
    }
}

fn blank<'a>() -> CellView<'a> {
    CellView {
        text: "",
        wide: false,
        is_continuation: false,
        style: CellStyle::default(),
        link: None,
    }
}

fn view_of(cell: &vt100::Cell) -> CellView<'_> {
    CellView {
        text: cell.contents(),
        wide: cell.is_wide(),
        is_continuation: cell.is_wide_continuation(),
        style: CellStyle {
            fg: color(cell.fgcolor()),
            bg: color(cell.bgcolor()),
            underline: if cell.underline() {
                Underline::Single
            } else {
                Underline::None
            },
            bold: cell.bold(),
            dim: cell.dim(),
            italic: cell.italic(),
            inverse: cell.inverse(),
            ..CellStyle::default()
        },
        link: None,
    }
}

fn color(color: vt100::Color) -> CellColor {
    match color {
        vt100::Color::Default => CellColor::Default,
        vt100::Color::Idx(index) => CellColor::Indexed(index),
        vt100::Color::Rgb(red, green, blue) => CellColor::Rgb(red, green, blue),
    }
}
