//! Screens as text files: the characters, and below them the style of each cell.
//!
//! Rows begin with `|`; blanks at their ends are left out. `=3` says that three more rows are like the one above. A row of
//! styles is a letter for each run of equal cells and how long the run is; the legend below says what a letter means.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use e2b_tui::ui::CursorView;
use ratatui::buffer::{Buffer, Cell};
use unicode_width::UnicodeWidthStr;

/// Set this to write what is drawn now instead of comparing it.
pub const REWRITE: &str = "E2B_TUI_REWRITE_SCREENS";

/// What is drawn at one moment.
pub type Drawn = (Buffer, Option<CursorView>);

/// One screen, in the three parts that it is compared by.
pub struct Description {
    /// What stands there, and the cursor.
    pub rows: String,
    runs: String,
    legend: String,
}

/// The screen as text.
pub fn describe((buffer, cursor): &Drawn) -> Description {
    let area = *buffer.area();
    let rows: Vec<String> = (0..area.height)
        .map(|y| format!("|{}", row(buffer, y).trim_end()))
        .collect();
    let mut rows = counted(&rows);
    rows.push(match cursor {
        Some(at) => {
            let blinks = if at.blinking { " blinking" } else { "" };
            format!("cursor {},{} {:?}{blinks}", at.x, at.y, at.shape)
        }
        None => "no cursor".to_owned(),
    });
    let mut letters = Letters::default();
    let runs: Vec<String> = (0..area.height).map(|y| letters.runs(buffer, y)).collect();
    let runs = counted(&runs);
    Description {
        rows: rows.join("\n"),
        runs: runs.join("\n"),
        legend: letters.legend(),
    }
}

/// The characters of one row. A wide one takes two cells, and must have them.
pub fn row(buffer: &Buffer, y: u16) -> String {
    let width = buffer.area().width;
    let mut text = String::new();
    let mut x = 0;
    while x < width {
        let symbol = buffer[(x, y)].symbol();
        text.push_str(symbol);
        x += symbol.width().max(1) as u16;
    }
    assert!(x == width, "a wide character crosses the edge in row {y}: {text}");
    text
}

/// Rows that are like the one above are only counted.
fn counted(rows: &[String]) -> Vec<String> {
    let mut shown = Vec::new();
    for alike in rows.chunk_by(|one, next| one == next) {
        shown.extend(alike.first().cloned());
        if alike.len() > 1 {
            shown.push(format!("={}", alike.len() - 1));
        }
    }
    shown
}

/// The letters that styles have on one screen, in the order in which they were met.
#[derive(Default)]
struct Letters {
    known: BTreeMap<String, usize>,
}

impl Letters {
    fn of(&mut self, cell: &Cell) -> char {
        let next = self.known.len();
        let underline = match cell.underline_color {
            ratatui::style::Color::Reset => String::new(),
            color => format!(" underlined in {color}"),
        };
        let style = format!("{} on {} {:?}{underline}", cell.fg, cell.bg, cell.modifier);
        letter(*self.known.entry(style).or_insert(next))
    }

    fn runs(&mut self, buffer: &Buffer, y: u16) -> String {
        let cells: Vec<char> = (0..buffer.area().width).map(|x| self.of(&buffer[(x, y)])).collect();
        let run = |alike: &[char]| match alike.len() {
            1 => alike[0].to_string(),
            many => format!("{}{many}", alike[0]),
        };
        cells.chunk_by(|one, next| one == next).map(run).collect()
    }

    fn legend(self) -> String {
        let mut legend: Vec<(usize, String)> = self.known.into_iter().map(|(style, at)| (at, style)).collect();
        legend.sort_unstable();
        let lines = legend
            .iter()
            .map(|(at, style)| format!("{} = {}", letter(*at), style.trim_end()));
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// Pictures have hundreds of colours: behind the letters of the alphabet come those of others.
fn letter(at: usize) -> char {
    ('a'..='z').chain('A'..='Z').chain('\u{4e00}'..).nth(at).unwrap()
}

/// Several screens of one state in one file, each below its name. What is as in the screen before is only said to be so.
#[derive(Default)]
pub struct Sheet {
    text: String,
    last: Option<Description>,
}

impl Sheet {
    /// Adds a screen.
    pub fn add(&mut self, name: &str, drawn: &Drawn) {
        let now = describe(drawn);
        let same = |part: fn(&Description) -> &String| self.last.as_ref().is_some_and(|last| part(last) == part(&now));
        let said = |is_same: bool, text: &String, what: &str| {
            if is_same {
                format!("{what} as above")
            } else {
                text.clone()
            }
        };
        let rows = said(same(|one| &one.rows), &now.rows, "rows");
        let runs = said(same(|one| &one.runs), &now.runs, "styles");
        let legend = said(same(|one| &one.legend), &now.legend, "legend");
        writeln!(self.text, "# {name}\n{rows}\n{runs}\n{legend}").unwrap();
        self.last = Some(now);
    }

    /// The file's text.
    pub fn text(&self) -> &str {
        &self.text
    }
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
