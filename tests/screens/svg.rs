//! A screen as a picture: SVG with one rectangle per run of background and one text per run of style.

use std::fmt::Write;

use e2b_tui::ui::CursorView;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

const CELL: (u16, u16) = (9, 19);
const MARGIN: u16 = 12;
const BACKGROUND: &str = "#14161b";
const FOREGROUND: &str = "#d6d8dd";

/// The picture of a screen.
pub fn picture(buffer: &Buffer, cursor: Option<CursorView>, title: &str) -> String {
    let area = *buffer.area();
    let (width, height) = (area.width * CELL.0 + 2 * MARGIN, area.height * CELL.1 + 2 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" font-size=\"15\" \
         font-family=\"'DejaVu Sans Mono', ui-monospace, Menlo, Consolas, monospace\">\n<title>{title}</title>\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"{BACKGROUND}\"/>\n"
    );
    for y in 0..area.height {
        for run in runs(buffer, y) {
            draw_run(&mut svg, y, &run);
        }
    }
    if let Some(at) = cursor {
        let (x, y) = (MARGIN + at.x * CELL.0, MARGIN + at.y * CELL.1);
        writeln!(
            svg,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\" fill=\"{FOREGROUND}\" opacity=\"0.6\"/>",
            CELL.0, CELL.1
        )
        .unwrap();
    }
    svg.push_str("</svg>\n");
    svg
}

/// Neighbouring cells of one style.
struct Run {
    start: u16,
    cells: u16,
    text: String,
    look: Look,
}

#[derive(Clone, PartialEq)]
struct Look {
    fg: String,
    bg: Option<String>,
    modifier: Modifier,
}

fn runs(buffer: &Buffer, y: u16) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut skip = 0;
    for x in 0..buffer.area().width {
        if skip > 0 {
            skip -= 1;
            continue;
        }
        let cell = &buffer[(x, y)];
        let cells = (cell.symbol().width() as u16).max(1);
        skip = cells - 1;
        let look = look(cell);
        match runs.last_mut() {
            Some(run) if run.look == look => {
                run.text.push_str(cell.symbol());
                run.cells += cells;
            }
            _ => runs.push(Run {
                start: x,
                cells,
                text: cell.symbol().to_owned(),
                look,
            }),
        }
    }
    runs
}

fn look(cell: &Cell) -> Look {
    let mut fg = color(cell.fg).unwrap_or_else(|| FOREGROUND.to_owned());
    let mut bg = color(cell.bg);
    if cell.modifier.contains(Modifier::REVERSED) {
        let behind = bg.unwrap_or_else(|| BACKGROUND.to_owned());
        bg = Some(std::mem::replace(&mut fg, behind));
    }
    Look {
        fg,
        bg,
        modifier: cell.modifier,
    }
}

fn draw_run(svg: &mut String, y: u16, run: &Run) {
    let (left, top) = (MARGIN + run.start * CELL.0, MARGIN + y * CELL.1);
    let width = run.cells * CELL.0;
    if let Some(bg) = &run.look.bg {
        writeln!(
            svg,
            "<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{}\" fill=\"{bg}\"/>",
            CELL.1
        )
        .unwrap();
    }
    let lines = border_path(run, left, top);
    if !lines.is_empty() {
        writeln!(svg, "<path d=\"{lines}\" stroke=\"{}\" fill=\"none\"/>", run.look.fg).unwrap();
    }
    // Each word at its own place, so that no font can push the columns out of line.
    let mut column = 0;
    for word in run.text.split_inclusive(' ') {
        let shown: String = word
            .chars()
            .map(|letter| if line_ends(letter) == 0 { letter } else { ' ' })
            .collect();
        let trimmed = shown.trim_start();
        let indent = (shown.len() - trimmed.len()) as u16;
        if !trimmed.trim().is_empty() {
            let x = left + (column + indent) * CELL.0;
            let cells = trimmed.trim_end().width() as u16;
            writeln!(
                svg,
                "<text x=\"{x}\" y=\"{}\" fill=\"{}\" textLength=\"{}\"{}>{}</text>",
                top + 15,
                run.look.fg,
                cells * CELL.0,
                attributes(run.look.modifier),
                escape(trimmed.trim_end())
            )
            .unwrap();
        }
        column += word.width() as u16;
    }
}

fn attributes(modifier: Modifier) -> String {
    let mut text = String::new();
    for (one, attribute) in [
        (Modifier::BOLD, " font-weight=\"bold\""),
        (Modifier::DIM, " opacity=\"0.6\""),
        (Modifier::ITALIC, " font-style=\"italic\""),
        (Modifier::UNDERLINED, " text-decoration=\"underline\""),
    ] {
        if modifier.contains(one) {
            text.push_str(attribute);
        }
    }
    text
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// In which directions a line character goes on: 1 up, 2 down, 4 left, 8 right. Zero for any other character.
fn line_ends(letter: char) -> u8 {
    match letter {
        '│' => 3,
        '─' => 12,
        '┌' => 10,
        '┐' => 6,
        '└' => 9,
        '┘' => 5,
        '├' => 11,
        '┤' => 7,
        '┬' => 14,
        '┴' => 13,
        '┼' => 15,
        _ => 0,
    }
}

/// Lines as lines, so that they meet whatever the font.
fn border_path(run: &Run, left: u16, top: u16) -> String {
    let mut path = String::new();
    let mut column = 0;
    for letter in run.text.chars() {
        let ends = line_ends(letter);
        let (x, y) = (f32::from(left + column * CELL.0) + 4.5, f32::from(top) + 9.5);
        let (right, bottom) = (x + 4.5, y + 9.5);
        for (bit, step) in [
            (1, format!("M{x} {y}V{top}")),
            (2, format!("M{x} {y}V{bottom}")),
            (4, format!("M{x} {y}H{}", x - 4.5)),
            (8, format!("M{x} {y}H{right}")),
        ] {
            if ends & bit != 0 {
                path.push_str(&step);
            }
        }
        column += letter.to_string().width() as u16;
    }
    path
}

/// The colours that most terminals have; none for the terminal's own.
fn color(color: Color) -> Option<String> {
    const FIRST: [&str; 16] = [
        "#1d1f24", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#c8ccd4", "#5c6370", "#ff7b86",
        "#b5e890", "#ffd68a", "#7cc4ff", "#dd9bf0", "#6fd3e0", "#ffffff",
    ];
    let index = match color {
        Color::Reset => return None,
        Color::Rgb(red, green, blue) => return Some(format!("#{red:02x}{green:02x}{blue:02x}")),
        Color::Indexed(index) => index,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        _ => 7,
    };
    Some(match index {
        0..=15 => FIRST[usize::from(index)].to_owned(),
        16..=231 => {
            let level = |step: u8| if step == 0 { 0 } else { 55 + step * 40 };
            let cube = index - 16;
            format!(
                "#{:02x}{:02x}{:02x}",
                level(cube / 36),
                level(cube / 6 % 6),
                level(cube % 6)
            )
        }
        _ => {
            let grey = 8 + (index - 232) * 10;
            format!("#{grey:02x}{grey:02x}{grey:02x}")
        }
    })
}
