//! The cells of a terminal on the screen.

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};

use crate::domain::{CellRect, cell_width};
use crate::terminal::{CellColor, CellStyle, CellView, Emulator, Underline};

/// Draws what a terminal shows into an area. A wide character that would cross its edge is left out.
pub fn draw_cells(buffer: &mut Buffer, area: CellRect, emulator: &Emulator) {
    // Neighbours mostly look alike.
    let mut last = (CellStyle::default(), style(CellStyle::default()));
    emulator.draw(|row, col, view| {
        if row >= area.height || col >= area.width {
            return;
        }
        let (x, y) = (area.x + col, area.y + row);
        if let Some(cell) = buffer.cell_mut((x, y)) {
            if view.style != last.0 {
                last = (view.style, style(view.style));
            }
            let symbol = symbol(view, col + 1 < area.width);
            // A fresh buffer is blank already.
            if symbol != " " || cell.symbol() != " " {
                cell.set_symbol(symbol);
            }
            cell.set_style(last.1);
        }
    });
}

/// What stands in the cell. The host terminal must agree with us on its width, or the rest of the line would shift.
fn symbol(view: CellView<'_>, has_room_for_two: bool) -> &str {
    if view.text.is_empty() || view.is_continuation {
        return " ";
    }
    if view.text.len() == 1 {
        // One byte is one letter of ASCII, a column wide.
        return view.text;
    }
    match (cell_width(view.text), view.wide) {
        (1, _) => view.text,
        (2, true) if has_room_for_two => view.text,
        _ => base_character(view.text),
    }
}

/// The first character alone, where its marks make it wider than its cells; a blank where that is no help.
fn base_character(text: &str) -> &str {
    let end = text.char_indices().nth(1).map_or(text.len(), |(at, _)| at);
    let base = &text[..end];
    if cell_width(base) == 1 { base } else { " " }
}

fn style(cell: CellStyle) -> Style {
    let mut style = Style::new().fg(color(cell.fg)).bg(color(cell.bg));
    let attributes = [
        (cell.bold, Modifier::BOLD),
        (cell.dim, Modifier::DIM),
        (cell.italic, Modifier::ITALIC),
        (cell.blink, Modifier::SLOW_BLINK),
        (cell.inverse, Modifier::REVERSED),
        (cell.conceal, Modifier::HIDDEN),
        (cell.strike, Modifier::CROSSED_OUT),
        (cell.underline != Underline::None, Modifier::UNDERLINED),
    ];
    for (is_on, modifier) in attributes {
        if is_on {
            style = style.add_modifier(modifier);
        }
    }
    match cell.underline_color {
        CellColor::Default => style,
        other => style.underline_color(color(other)),
    }
}

fn color(color: CellColor) -> Color {
    match color {
        CellColor::Default => Color::Reset,
        CellColor::Indexed(index) => Color::Indexed(index),
        CellColor::Rgb(red, green, blue) => Color::Rgb(red, green, blue),
    }
}
