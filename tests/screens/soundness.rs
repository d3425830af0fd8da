//! What must be true of any screen, whatever it shows: frames are whole, nothing lies where it should not, text that is cut
//! says so, what has the keyboard can be seen, and text can be told from its background.
//!
//! Most of it is read off a screen that is drawn in colours of our own, one for each role of the theme: a cell's colour then
//! says who drew it.

use std::collections::BTreeSet;

use e2b_tui::app::ScreenMap;
use e2b_tui::domain::CellRect;
use e2b_tui::theme::Theme;
use e2b_tui::ui::CursorView;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier, Style};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::stage::Stage;

const UP: u8 = 1;
const DOWN: u8 = 2;
const LEFT: u8 = 4;
const RIGHT: u8 = 8;
/// The glyph for each set of directions.
const LINES: [&str; 16] = [
    " ", "│", "│", "│", "─", "┘", "┐", "┤", "─", "└", "┌", "├", "─", "┴", "┬", "┼",
];

const FRAME: Color = Color::Rgb(1, 0, 2);
const FRAME_FOCUSED: Color = Color::Rgb(1, 0, 3);
const BAR: Color = Color::Rgb(1, 0, 4);
const CURRENT: Color = Color::Rgb(1, 0, 5);
const MODE: Color = Color::Rgb(1, 0, 6);
const OVERLAY: Color = Color::Rgb(1, 0, 7);
const CHOSEN: Color = Color::Rgb(1, 0, 8);
const TEXT: Color = Color::Rgb(1, 0, 1);

/// Every role has a colour that nothing else has.
fn roles() -> Theme {
    let on = |back| Style::new().bg(back);
    Theme {
        text: Style::new().fg(TEXT),
        frame: on(FRAME),
        frame_focused: on(FRAME_FOCUSED),
        bar: on(BAR),
        bar_current: on(CURRENT),
        mode: on(MODE),
        overlay: on(OVERLAY),
        chosen: on(CHOSEN),
        ..Theme::dark()
    }
}

/// A screen that is drawn in colours of roles, with what is known of where things are.
struct Seen {
    buffer: Buffer,
    cursor: Option<CursorView>,
    map: ScreenMap,
    boxes: Vec<CellRect>,
    /// Who owns each cell.
    layers: Vec<Layer>,
    flaws: Vec<String>,
}

/// Who owns a cell: the higher one covers the lower.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Layer {
    Panes,
    Sidebar,
    /// Rows that lie over the panes without a frame: notices, hints, what a pane says of itself.
    Rows,
    Box(usize),
}

/// Everything that is wrong with what the stage shows, a line each.
pub fn flaws(stage: &Stage) -> Vec<String> {
    let mut seen = seen(stage);
    seen.areas();
    seen.frames();
    seen.characters();
    seen.bars();
    seen.focus(stage);
    seen.flaws
}

fn seen(stage: &Stage) -> Seen {
    let (buffer, cursor) = stage.draw(&roles());
    let mut seen = Seen {
        buffer,
        cursor,
        map: stage.model().screen_map(),
        boxes: stage.model().boxes(),
        layers: Vec::new(),
        flaws: Vec::new(),
    };
    seen.layers = cells(seen.map.screen).map(|(x, y)| seen.owner(x, y)).collect();
    seen
}

impl Seen {
    fn note(&mut self, flaw: impl Into<String>) {
        self.flaws.push(flaw.into());
    }

    fn cell(&self, x: u16, y: u16) -> &Cell {
        &self.buffer[(x, y)]
    }

    fn symbol(&self, x: u16, y: u16) -> &str {
        self.cell(x, y).symbol()
    }

    fn layer(&self, x: u16, y: u16) -> Layer {
        self.layers[self.index(x, y)]
    }

    fn index(&self, x: u16, y: u16) -> usize {
        usize::from(y) * usize::from(self.map.screen.width) + usize::from(x)
    }

    fn owner(&self, x: u16, y: u16) -> Layer {
        if let Some(at) = self.boxes.iter().rposition(|area| area.contains(x, y)) {
            return Layer::Box(at);
        }
        if self.cell(x, y).bg == OVERLAY {
            return Layer::Rows;
        }
        if self.map.sidebar.panels.iter().any(|(_, area)| area.contains(x, y)) {
            return Layer::Sidebar;
        }
        Layer::Panes
    }

    /// Whether a program's own output stands there: in a pane, or in the preview of a list.
    fn is_programs(&self, x: u16, y: u16) -> bool {
        match self.layer(x, y) {
            Layer::Panes => self.map.layout.panes.iter().any(|pane| pane.content.contains(x, y)),
            Layer::Box(_) => !matches!(self.cell(x, y).bg, OVERLAY | CHOSEN | FRAME_FOCUSED),
            Layer::Sidebar | Layer::Rows => false,
        }
    }

    /// Nothing lies outside the screen, and things that do not cover each other do not overlap.
    fn areas(&mut self) {
        let screen = self.map.screen;
        let sidebar = self.map.sidebar.panels.iter().map(|(_, frame)| *frame);
        let panes = &self.map.layout.panes;
        let mut all: Vec<CellRect> = sidebar.clone().chain(self.boxes.iter().copied()).collect();
        all.extend(panes.iter().map(|pane| pane.frame));
        all.extend(self.map.tabs.iter().map(|(_, area)| *area));
        let outside: Vec<_> = all.iter().filter(|area| !holds(screen, **area)).copied().collect();
        let mut apart: Vec<CellRect> = self.map.tabs.iter().map(|(_, area)| *area).collect();
        apart.extend(panes.iter().map(|pane| pane.content));
        apart.extend(
            [self.map.tab_bar, self.map.status]
                .into_iter()
                .skip(usize::from(!self.map.tabs.is_empty())),
        );
        let mut overlapping = Vec::new();
        for (at, one) in apart.iter().enumerate() {
            overlapping.extend(
                apart[at + 1..]
                    .iter()
                    .filter(|other| meet(*one, **other))
                    .map(|other| (*one, *other)),
            );
        }
        // Panels share the lines between them, and lie over the panes only where there is no room beside these.
        let all_panels = sidebar
            .clone()
            .reduce(|one, other| CellRect::new(one.x, one.y, one.width, one.bottom().max(other.bottom()) - one.y));
        let is_over = all_panels.is_some_and(|area| holds(area, self.map.body));
        let beside = sidebar.filter(|_| !is_over);
        for panel in beside {
            overlapping.extend(
                panes
                    .iter()
                    .map(|pane| pane.frame)
                    .filter(|pane| meet(*pane, panel))
                    .map(|pane| (pane, panel)),
            );
        }
        for area in outside {
            self.note(format!("{area:?} is outside the screen"));
        }
        for (one, other) in overlapping {
            self.note(format!("{one:?} and {other:?} overlap"));
        }
    }

    /// Every frame is whole: its lines are joined where they meet, and only titles and what lies over it interrupt it.
    fn frames(&mut self) {
        let panes: Vec<CellRect> = self
            .map
            .layout
            .panes
            .iter()
            .filter(|pane| pane.frame != pane.content)
            .map(|pane| pane.frame)
            .collect();
        self.joined(Layer::Panes, &panes);
        let sidebar: Vec<CellRect> = self.map.sidebar.panels.iter().map(|(_, frame)| *frame).collect();
        let height: u16 = sidebar.iter().map(|frame| frame.height).sum();
        if height >= 3 && sidebar.iter().all(|frame| frame.width >= 3) {
            self.joined(Layer::Sidebar, &sidebar);
        }
        for (at, area) in self.boxes.clone().into_iter().enumerate() {
            if area.width >= 4 && area.height >= 3 {
                self.joined(Layer::Box(at), &[area]);
            }
        }
    }

    fn joined(&mut self, layer: Layer, frames: &[CellRect]) {
        let screen = self.map.screen;
        let mut lines = vec![0_u8; self.layers.len()];
        for frame in frames.iter().filter(|frame| frame.width > 1 && frame.height > 1) {
            outline(*frame, |x, y, directions| lines[self.index(x, y)] |= directions);
        }
        let mut flaws = Vec::new();
        let mut is_in_title = false;
        for (x, y) in cells(screen) {
            let directions = lines[self.index(x, y)];
            let is_here = self.layer(x, y) == layer;
            let symbol = self.symbol(x, y);
            let is_line = symbol == LINES[usize::from(directions)];
            let may_be_title = directions & (LEFT | RIGHT) == LEFT | RIGHT && !LINES[1..].contains(&symbol);
            let is_title = is_here && may_be_title && !is_line && directions != 0;
            if is_here && directions != 0 && !is_line && !is_title {
                let line = LINES[usize::from(directions)];
                flaws.push(format!(
                    "the line of {layer:?} is cut at {x},{y}: {symbol:?} for {line}"
                ));
            }
            let is_uncovered = x > 0 && self.layer(x - 1, y) == layer;
            if is_title && !is_in_title && is_uncovered && symbol != " " {
                flaws.push(format!("a title begins without a blank at {x},{y}: {symbol:?}"));
            }
            if is_in_title && !is_title && is_here && x > 0 && self.symbol(x - 1, y) != " " {
                flaws.push(format!("a title ends without a blank at {x},{y}"));
            }
            is_in_title = is_title;
            // Frames of panes and of panels have backgrounds of their own here; nothing else may have them.
            let is_frame = matches!(self.cell(x, y).bg, FRAME | FRAME_FOCUSED);
            let is_rule = layer == Layer::Sidebar && symbol == "─";
            if is_here && is_frame && directions == 0 && !is_rule && !matches!(layer, Layer::Box(_)) {
                flaws.push(format!("{symbol:?} of a frame at {x},{y}, where no frame is"));
            }
        }
        self.flaws.extend(flaws);
    }

    /// Wide characters are whole, and nothing is there that a terminal would not show as one or two cells.
    fn characters(&mut self) {
        let screen = self.map.screen;
        let mut flaws = Vec::new();
        for (x, y) in cells(screen) {
            let symbol = self.symbol(x, y);
            if symbol.len() == 1 && symbol.as_bytes()[0].is_ascii_graphic() || symbol == " " {
                continue;
            }
            let is_programs = self.is_programs(x, y);
            let is_raw = |letter: char| letter.is_control() || (!is_programs && is_hidden(letter));
            if symbol.chars().any(is_raw) {
                flaws.push(format!("a raw {symbol:?} at {x},{y}"));
            }
            match symbol.width() {
                1 => continue,
                2 if x + 1 < screen.width => {}
                cells => {
                    flaws.push(format!("{symbol:?} at {x},{y} takes {cells} cells"));
                    continue;
                }
            }
            let pane = |x| {
                self.map
                    .layout
                    .panes
                    .iter()
                    .position(|pane| pane.content.contains(x, y))
            };
            let layers = (self.layer(x, y), self.layer(x + 1, y));
            let is_apart = layers.0 != layers.1 || (layers.0 == Layer::Panes && pane(x) != pane(x + 1));
            if self.symbol(x + 1, y) != " " || is_apart {
                flaws.push(format!("{symbol:?} at {x},{y} is cut in two"));
            }
        }
        self.flaws.extend(flaws);
    }

    /// The tab bar and the status line are there unless the screen is cramped; the status line says the mode.
    fn bars(&mut self) {
        let screen = self.map.screen;
        if self.map.is_cramped && !self.boxes.is_empty() {
            return;
        }
        let is_bar = |seen: &Self, y: u16| {
            let is_second_half = |x: u16| x > 0 && seen.symbol(x - 1, y).width() > 1;
            (0..screen.width).all(|x| is_second_half(x) || matches!(seen.cell(x, y).bg, BAR | CURRENT | MODE))
        };
        if screen.height > 1 && !is_bar(self, screen.height - 1) {
            self.note("there is no status line");
        }
        if screen.height > 1 && self.cell(0, screen.height - 1).bg != MODE {
            self.note("the status line does not say the mode");
        }
        if !self.map.is_cramped && !is_bar(self, 0) {
            self.note("there is no tab bar");
        }
    }

    /// What has the keyboard can be seen.
    fn focus(&mut self, stage: &Stage) {
        let screen = self.map.screen;
        if let Some(area) = self.boxes.last().copied() {
            // A line to be written in shows at least its cursor.
            let shows = |cell: &Cell| !cell.symbol().trim().is_empty() || cell.modifier.contains(Modifier::REVERSED);
            let is_blank = !cells(area).any(|(x, y)| shows(self.cell(x, y)));
            if area.is_empty() || (is_blank && area.width > 3) {
                self.note("the box that has the keyboard shows nothing");
            }
        } else if let Some(panel) = stage.model().situation().panel {
            if self.map.sidebar.of(panel).is_none_or(CellRect::is_empty) {
                self.note("the panel that has the keyboard is not shown");
            }
        } else if self.map.layout.panes.len() > 1 {
            // The keys that can come next may cover all frames for a moment.
            let marks = |x, y| self.cell(x, y).bg == FRAME_FOCUSED || self.layer(x, y) == Layer::Rows;
            if !cells(screen).any(|(x, y)| marks(x, y)) {
                self.note("no frame says which pane has the keyboard");
            }
        }
        if let Some(cursor) = self.cursor {
            let is_in_pane = self
                .map
                .layout
                .panes
                .iter()
                .any(|pane| pane.content.contains(cursor.x, cursor.y));
            if !is_in_pane || self.layer(cursor.x, cursor.y) != Layer::Panes {
                self.note(format!(
                    "the cursor is on what covers its pane, at {},{}",
                    cursor.x, cursor.y
                ));
            }
        }
    }

    /// The words that are ours. What touches something that covers it may be half covered, and is left out.
    fn words(&self) -> Vec<String> {
        let screen = self.map.screen;
        let mut words = Vec::new();
        for y in 0..screen.height {
            let is_end =
                |x: u16| self.symbol(x, y) == " " || LINES.contains(&self.symbol(x, y)) || self.is_programs(x, y);
            let mut x = 0;
            while x < screen.width {
                let start = x;
                let layer = self.layer(x, y);
                let mut word = String::new();
                while x < screen.width && self.layer(x, y) == layer && !is_end(x) {
                    let symbol = self.symbol(x, y);
                    word.push_str(symbol);
                    x += symbol.width().max(1) as u16;
                }
                let is_covered = |x: u16| x < screen.width && self.layer(x, y) > layer;
                if !word.is_empty() && !is_covered(x) && !start.checked_sub(1).is_some_and(is_covered) {
                    words.push(word);
                }
                x = x.max(start + 1);
            }
        }
        words
    }
}

/// Words that say what there is no room for, and are not needed where there is.
const LEFT_OUT: [&str; 7] = ["needs", "more", "new", "found", "lines", "back", "of"];

/// Words that the stage shows and that are neither whole nor marked as cut: a screen with room for everything tells which
/// words there are.
pub fn cut_words(stage: &Stage, whole: &BTreeSet<String>) -> Vec<String> {
    // A line that is being written shows its end where it has no room, never its beginning.
    let is_cramped = stage.model().screen_map().is_cramped;
    let is_end = |word: &String| is_cramped && whole.iter().any(|whole| whole.ends_with(word.as_str()));
    let found = words(stage).into_iter();
    let is_whole = |word: &String| {
        // A number, a key or a mark is not a word; it is shown whole or not at all.
        let is_short = word.chars().filter(|letter| letter.is_alphabetic()).count() < 2;
        let has_digit = word.chars().any(|letter| letter.is_ascii_digit());
        is_short || has_digit || word.contains('…') || whole.contains(word) || LEFT_OUT.contains(&word.as_str())
    };
    found.filter(|word| !is_whole(word) && !is_end(word)).collect()
}

/// The words of our own that the stage shows.
pub fn words(stage: &Stage) -> Vec<String> {
    seen(stage).words()
}

/// What the cells of ours hold in this drawing of what the stage shows.
pub fn symbols(stage: &Stage, drawn: &Buffer) -> Vec<String> {
    let seen = seen(stage);
    let ours = cells(seen.map.screen).filter(|(x, y)| !seen.is_programs(*x, *y));
    ours.map(|at| drawn[at].symbol().to_owned()).collect()
}

/// Text of ours that is hard to read: its colour and that of its background are known and too much alike. What stands on
/// the terminal's own background is judged on the one that the theme is made for.
pub fn hard_to_read(stage: &Stage, theme: &Theme, (own, least): (Option<[u8; 3]>, f64)) -> Vec<String> {
    let seen = seen(stage);
    let (buffer, _) = stage.draw(theme);
    let mut found = BTreeSet::new();
    for (x, y) in cells(seen.map.screen) {
        let cell = &buffer[(x, y)];
        let symbol = cell.symbol();
        if symbol == " " || LINES.contains(&symbol) || seen.is_programs(x, y) {
            continue;
        }
        let (mut text, mut back) = (cell.fg, cell.bg);
        if cell.modifier.contains(Modifier::REVERSED) {
            std::mem::swap(&mut text, &mut back);
        }
        let parts = |color| if color == Color::Reset { own } else { parts(color) };
        // The terminal's own text on its own background is for the user to choose.
        if text == Color::Reset {
            continue;
        }
        if let (Some(one), Some(other)) = (parts(text), parts(back))
            && contrast(one, other) < least
        {
            found.insert(format!("{text} on {back}: {:.2}", contrast(one, other)));
        }
    }
    found.into_iter().collect()
}

/// Red, green and blue, where every terminal shows the same.
fn parts(color: Color) -> Option<[u8; 3]> {
    match color {
        Color::Rgb(red, green, blue) => Some([red, green, blue]),
        Color::Indexed(number @ 232..) => Some([8 + (number - 232) * 10; 3]),
        Color::Indexed(number @ 16..) => {
            let level = |step: u8| if step == 0 { 0 } else { 55 + step * 40 };
            let number = number - 16;
            Some([level(number / 36), level(number / 6 % 6), level(number % 6)])
        }
        _ => None,
    }
}

/// As the accessibility guidelines of the web define it: from 1 to 21.
fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let luminance = |color: [u8; 3]| {
        let [red, green, blue] = color.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.039_28 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// What a terminal obeys or hides instead of showing it.
fn is_hidden(letter: char) -> bool {
    let is_direction = matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_tag = matches!(letter, '\u{e0000}'..='\u{e007f}');
    is_direction || is_tag || letter.width() == Some(0)
}

/// The cells of a frame with the directions in which its line goes on there.
fn outline(frame: CellRect, mut add: impl FnMut(u16, u16, u8)) {
    let (right, bottom) = (frame.right() - 1, frame.bottom() - 1);
    for (x, y) in cells(frame) {
        let is_edge = (x == frame.x || x == right, y == frame.y || y == bottom);
        let mut directions = 0;
        if is_edge.1 {
            directions |= if x > frame.x { LEFT } else { 0 } | if x < right { RIGHT } else { 0 };
        }
        if is_edge.0 {
            directions |= if y > frame.y { UP } else { 0 } | if y < bottom { DOWN } else { 0 };
        }
        if directions != 0 {
            add(x, y, directions);
        }
    }
}

fn cells(area: CellRect) -> impl Iterator<Item = (u16, u16)> {
    (area.y..area.bottom()).flat_map(move |y| (area.x..area.right()).map(move |x| (x, y)))
}

fn holds(outer: CellRect, inner: CellRect) -> bool {
    inner.x >= outer.x && inner.y >= outer.y && inner.right() <= outer.right() && inner.bottom() <= outer.bottom()
}

fn meet(one: CellRect, other: CellRect) -> bool {
    let is_empty = one.is_empty() || other.is_empty();
    !is_empty && one.x < other.right() && other.x < one.right() && one.y < other.bottom() && other.y < one.bottom()
}
