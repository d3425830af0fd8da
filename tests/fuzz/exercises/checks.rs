//! What must be true of a terminal at any time: the grid is whole, and what is drawn of it stays in its pane and within the
//! grammar of what may go to the user's terminal.

use std::fmt::Write as _;
use std::sync::OnceLock;

use e2b_tui::domain::{CellRect, cell_width};
use e2b_tui::terminal::{Announcement, CellStyle, CellView, Emulator};
use e2b_tui::ui::draw_cells;
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use regex::bytes::Regex;

#[path = "../../support/grammar.rs"]
mod grammar;

/// The most bytes that a cell may hold.
const MOST_CELL_BYTES: usize = 32;

struct Grammar {
    answers: Regex,
    host_output: Regex,
}

fn grammar() -> &'static Grammar {
    static GRAMMAR: OnceLock<Grammar> = OnceLock::new();
    GRAMMAR.get_or_init(|| Grammar {
        answers: Regex::new(grammar::ANSWERS).unwrap(),
        host_output: Regex::new(grammar::HOST_OUTPUT).unwrap(),
    })
}

/// Everything that must be true of the cells, the cursor and the scrollback.
pub fn check(emulator: &Emulator, scrollback_lines: usize) {
    let size = emulator.size();
    let (rows, cols) = (size.rows(), size.cols());
    let mut visited = 0;
    let mut is_wide_open = false;
    emulator.draw(|row, col, cell| {
        assert_eq!((row, col), (visited / cols, visited % cols), "cells come in order");
        visited += 1;
        check_cell(cell, is_wide_open, (row, col));
        is_wide_open = cell.wide;
        assert!(
            !cell.wide || col + 1 < cols,
            "half a character at the edge, {row},{col}"
        );
    });
    assert_eq!(visited, rows * cols, "not every cell is there");
    if let Some(cursor) = emulator.cursor() {
        assert!(cursor.row < rows && cursor.col < cols, "{cursor:?} outside of {size:?}");
    }
    assert!(
        emulator.scrollback_len() <= scrollback_lines,
        "{} lines",
        emulator.scrollback_len()
    );
    assert!(emulator.scroll_offset() <= emulator.scrollback_len());
    assert_eq!(emulator.recoveries(), 0, "the library panicked");
}

fn check_cell(cell: CellView<'_>, follows_wide: bool, place: (u16, u16)) {
    assert_eq!(
        cell.is_continuation, follows_wide,
        "half a character at {place:?}: {cell:?}"
    );
    assert!(!cell.is_continuation || cell.text.is_empty(), "{place:?} {cell:?}");
    assert!(cell.text.len() <= MOST_CELL_BYTES, "{place:?} {cell:?}");
    let joins = |letter| matches!(letter, '\u{200c}' | '\u{200d}');
    assert!(
        cell.text
            .chars()
            .all(|letter| grammar::is_safe(letter) || joins(letter))
            && !cell.text.ends_with(joins),
        "{place:?} {cell:?}"
    );
}

/// Draws the terminal into the middle of a screen, and that screen for a real terminal.
pub fn check_drawing(emulator: &Emulator) {
    let size = emulator.size();
    let pane = CellRect::new(2, 2, size.cols(), size.rows());
    let before = Buffer::filled(Rect::new(0, 0, size.cols() + 4, size.rows() + 4), Cell::new("#"));
    let mut after = before.clone();
    draw_cells(&mut after, pane, emulator);
    for (index, cell) in after.content.iter().enumerate() {
        let (x, y) = after.pos_of(index);
        if pane.contains(x, y) {
            let width = cell_width(cell.symbol());
            assert!(width == 1 || (width == 2 && x + 1 < pane.right()), "{x},{y} {cell:?}");
        } else {
            assert_eq!(*cell, Cell::new("#"), "outside of the pane");
        }
    }
    let mut bytes = Vec::new();
    CrosstermBackend::new(&mut bytes)
        .draw(before.diff(&after).into_iter())
        .unwrap();
    assert!(
        grammar().host_output.is_match(&bytes),
        "writes {:?}",
        String::from_utf8_lossy(&bytes)
    );
}

/// The answers among what a terminal said, of which each must be one that we may give.
pub fn answers(said: Vec<Announcement>) -> Vec<Vec<u8>> {
    let mut answers = Vec::new();
    for one in said {
        if let Announcement::Reply(bytes) = one {
            let text = String::from_utf8_lossy(&bytes);
            assert!(grammar().answers.is_match(&bytes), "answers {text:?}");
            answers.push(bytes.to_vec());
        }
    }
    answers
}

/// All that can be seen: cells with their looks and links, cursor, place in the scrollback, title, and what keys would send.
pub fn seen(emulator: &Emulator) -> String {
    let mut text = format!(
        "{:?} {:?} {} {} {:?} {} {}\n",
        emulator.size(),
        emulator.cursor(),
        emulator.scrollback_len(),
        emulator.scroll_offset(),
        emulator.title(),
        emulator.wants_mouse(),
        emulator.takes_marked_paste(),
    );
    emulator.draw(|row, col, cell| {
        if cell.text != " " || cell.style != CellStyle::default() {
            let link = cell.link.and_then(|link| emulator.link(link));
            let _ = writeln!(
                text,
                "{row},{col} {:?} {} {:?} {link:?}",
                cell.text, cell.wide, cell.style
            );
        }
    });
    text
}
