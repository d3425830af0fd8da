//! Screens as text files: the characters, and below them one letter per cell for its style.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use e2b_tui::ui::CursorView;
use ratatui::buffer::{Buffer, Cell};
use unicode_width::UnicodeWidthStr;

/// Set this to write what is drawn now instead of comparing it.
pub const REWRITE: &str = "E2B_TUI_REWRITE_SCREENS";

/// The screen as text.
pub fn describe(buffer: &Buffer, cursor: Option<CursorView>) -> String {
    let mut legend: BTreeMap<String, char> = BTreeMap::new();
    let mut letters = ('a'..='z').chain('A'..='Z').chain('0'..='9');
    let area = *buffer.area();
    let mut text = String::new();
    let mut styles = String::new();
    for y in 0..area.height {
        let mut skip = 0;
        for x in 0..area.width {
            let cell = &buffer[(x, y)];
            let letter = *legend.entry(style(cell)).or_insert_with(|| letters.next().unwrap());
            styles.push(letter);
            if skip > 0 {
                skip -= 1;
                continue;
            }
            skip = cell.symbol().width().saturating_sub(1);
            assert!(
                x as usize + skip < area.width as usize,
                "a wide character crosses the edge at {x},{y}"
            );
            text.push_str(cell.symbol());
        }
        text.push('\n');
        styles.push('\n');
    }
    let mut whole = format!("{}x{}\n{text}", area.width, area.height);
    match cursor {
        Some(at) => writeln!(
            whole,
            "cursor {},{} {:?} blinking {}",
            at.x, at.y, at.shape, at.blinking
        )
        .unwrap(),
        None => whole.push_str("no cursor\n"),
    }
    whole.push_str(&styles);
    let mut legend: Vec<_> = legend.into_iter().map(|(style, letter)| (letter, style)).collect();
    legend.sort_unstable();
    for (letter, style) in legend {
        writeln!(whole, "{letter} = {style}").unwrap();
    }
    whole
}

fn style(cell: &Cell) -> String {
    format!("{} on {} {:?}", cell.fg, cell.bg, cell.modifier)
        .trim_end()
        .to_owned()
}

/// Compares with the file of that name, or writes it if asked to.
pub fn compare(name: &str, found: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var_os(REWRITE).is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, found).unwrap();
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    let differing = || {
        let mut lines = expected.lines().zip(found.lines());
        let differing = lines.find(|(before, now)| before != now);
        differing.map_or_else(String::new, |(before, now)| format!("was: {before}\nnow: {now}\n"))
    };
    assert!(
        expected == found,
        "{name} is not what is drawn now.\n{}\n{found}\nIf this is as it should be: {REWRITE}=1 cargo test --test screens",
        differing()
    );
}
