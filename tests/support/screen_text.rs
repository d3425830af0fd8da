//! A terminal's screen as text that is easy to read in a diff: the cursor, then each row and how its cells look.
//!
//! Two screens are equal in every cell exactly when their texts are equal.

use std::fmt::Write;

use e2b_tui::terminal::{CellColor, CellStyle, CellView, Emulator, Underline};

/// A stretch of cells that look alike.
struct Run {
    from: u16,
    to: u16,
    style: String,
}

/// One row as it is built up, cell by cell.
#[derive(Default)]
struct RowText {
    text: String,
    runs: Vec<Run>,
}

/// The screen in the format of `tests/recordings/*.screen`.
pub fn screen_text(emulator: &Emulator) -> String {
    let mut rows: Vec<RowText> = Vec::new();
    emulator.draw(|row, col, cell| {
        rows.resize_with(rows.len().max(usize::from(row) + 1), RowText::default);
        rows[usize::from(row)].add(col, &cell);
    });
    let mut text = emulator.cursor().map_or_else(
        || "cursor hidden\n".to_owned(),
        |cursor| format!("cursor {},{}\n", cursor.row, cursor.col),
    );
    for row in rows {
        writeln!(text, "|{}", row.text.trim_end_matches(' ')).unwrap();
        for run in row.runs.iter().filter(|run| !run.style.is_empty()) {
            writeln!(text, "    {}..{} {}", run.from, run.to, run.style).unwrap();
        }
    }
    text
}

impl RowText {
    fn add(&mut self, col: u16, cell: &CellView<'_>) {
        if cell.is_continuation {
            return;
        }
        self.text.push_str(if cell.text.is_empty() { " " } else { cell.text });
        let to = col + 1 + u16::from(cell.wide);
        let style = style_words(cell);
        match self.runs.last_mut() {
            Some(run) if run.to == col && run.style == style => run.to = to,
            _ => self.runs.push(Run { from: col, to, style }),
        }
    }
}

/// Where nothing is written, nothing shows of the style that text would have. Emulators differ in what they keep of it.
fn of_erased_cell(style: CellStyle) -> CellStyle {
    if style.inverse {
        return style;
    }
    CellStyle {
        fg: CellColor::Default,
        bold: false,
        dim: false,
        italic: false,
        blink: false,
        conceal: false,
        ..style
    }
}

pub fn style_words(cell: &CellView<'_>) -> String {
    let style = if cell.text.is_empty() {
        of_erased_cell(cell.style)
    } else {
        cell.style
    };
    let underline = match style.underline {
        Underline::None => "",
        Underline::Single => "underline",
        Underline::Double => "double",
        Underline::Curly => "curly",
        Underline::Dotted => "dotted",
        Underline::Dashed => "dashed",
    };
    let mut words: Vec<String> = [
        (style.bold, "bold"),
        (style.dim, "dim"),
        (style.italic, "italic"),
        (style.underline != Underline::None, underline),
        (style.blink, "blink"),
        (style.inverse, "inverse"),
        (style.conceal, "conceal"),
        (style.strike, "strike"),
        (style.overline, "overline"),
        (cell.wide, "wide"),
    ]
    .into_iter()
    .filter(|(is_on, _)| *is_on)
    .map(|(_, word)| word.to_owned())
    .collect();
    for (name, color) in [("fg", style.fg), ("bg", style.bg), ("ul", style.underline_color)] {
        match color {
            CellColor::Default => {}
            CellColor::Indexed(index) => words.push(format!("{name}={index}")),
            CellColor::Rgb(red, green, blue) => words.push(format!("{name}=#{red:02x}{green:02x}{blue:02x}")),
        }
    }
    words.join(" ")
}
