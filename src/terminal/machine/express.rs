//! The short way: output that the library does right by itself goes on to it in one piece.
//!
//! Equal to the long way through the lexer's pieces, which the tests below hold it to.

use super::modes::Mode;
use super::scout::Scout;
use super::state::Machine;

impl Machine {
    /// From here on the work of a step is counted.
    pub(in crate::terminal) fn begin_step(&mut self) {
        self.grid.begin_step();
        // Whatever happened between two steps: the grid knows.
        self.trail.col = None;
    }

    /// Hands on what need not be looked at piece by piece; answers how many bytes that was.
    pub(super) fn hand_on(&mut self, bytes: &[u8]) -> usize {
        let Some(mut scout) = self.scout() else {
            return 0;
        };
        let erasures_left = scout.erasures_left;
        let taken = scout.scan(bytes);
        if taken > 0 {
            self.grid.push(&bytes[..taken]);
            self.charge_rows(erasures_left - scout.erasures_left);
            self.pen.style = scout.style;
            self.screens.set_margins(scout.margins);
            self.trail.col = Some(scout.col);
            self.trail.last = scout.last;
            self.trail.is_adjacent = scout.is_adjacent;
        }
        taken
    }

    /// One who looks ahead from the state as it is; `None` while any mode makes plain output mean something else.
    fn scout(&mut self) -> Option<Scout> {
        let is_plain = self.charsets.is_plain()
            && self.pen.is_plain()
            && self.modes.is_on(Mode::Autowrap)
            && !self.modes.is_on(Mode::Insert)
            && !self.modes.is_on(Mode::Newline)
            && !self.modes.is_on(Mode::Origin);
        is_plain.then(|| Scout {
            cols: self.grid.size().cols(),
            col: self.col(),
            rows: self.grid.size().rows(),
            margins: self.screens.margins(),
            style: self.pen.style,
            last: self.trail.last,
            is_adjacent: self.trail.is_adjacent,
            has_plain_tabs: self.tabs.is_standard(),
            has_plain_set: self.charsets.is_first_plain(),
            erasures_left: self.grid.step_left() / self.row_charge(),
            rows_passed: 0,
        })
    }

    /// One who looks ahead for lines that nobody will ever see, if all that follows may scroll off the normal screen.
    pub(in crate::terminal) fn line_scout(&mut self) -> Option<Scout> {
        let may_scroll = !self.is_alternate() && !self.has_margins();
        self.scout().filter(|_| may_scroll)
    }

    /// Whether the next line feed moves all rows up.
    pub(in crate::terminal) fn is_at_bottom(&mut self) -> bool {
        !self.is_alternate() && !self.has_margins() && self.grid.cursor().0 + 1 == self.grid.size().rows()
    }

    /// Passes over output up to the end of a line, which makes the cursor's line this one: as if all of it had been worked
    /// off, but for the lines themselves. What is above the screen goes, too.
    pub(in crate::terminal) fn skip_lines(&mut self, end: &Scout, line: u64) {
        self.grid.push(b"\n");
        self.pen.style = end.style;
        self.sync_pen();
        self.grid.write(format_args!("\x1b[{}G", end.col + 1));
        self.grid.forget_above(line);
        self.trail.col = None;
        self.trail.last = end.last;
        self.trail.is_adjacent = end.is_adjacent;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::GridSize;
    use crate::terminal::lexer::Lexer;
    use crate::terminal::limits::Limits;
    use proptest::prelude::*;
    use std::fmt::Write as _;
    use unicode_width::UnicodeWidthChar;

    use super::super::print::{Fate, fate};
    use super::super::scout::shown_width;

    /// Everything that can be told of a machine after some output, as text.
    fn state(machine: &mut Machine) -> String {
        let (row, col) = machine.grid.cursor();
        if let Some(known) = machine.trail.col {
            assert_eq!(known, col, "a wrong column is believed");
        }
        let pen = machine.pen;
        let trail = (machine.trail.last, machine.trail.is_adjacent);
        let screen = machine.grid.screen_mut();
        let mut cells = String::new();
        let above = screen.scrollback_len();
        let (rows, cols) = screen.size();
        for offset in (0..=above).rev() {
            screen.set_scrollback(offset);
            for row in 0..if offset == 0 { rows.get() } else { 1 } {
                for col in 0..cols.get() {
                    let _ = write!(cells, "{:?}", screen.cell(row, col));
                }
                let _ = writeln!(cells, " {}", screen.row_wrapped(row));
            }
        }
        let modes = format!("{:?}", machine.modes);
        let margins = machine.screens.margins();
        let library = machine.grid.screen().attributes_formatted();
        format!(
            "{row} {col} {margins:?} {pen:?} {trail:?} {modes} {library:?} {:?}\n{cells}",
            machine.title_and_count()
        )
    }

    impl Machine {
        fn title_and_count(&self) -> (u64, u32) {
            (self.grid.first_line(), self.grid.recoveries())
        }
    }

    fn machine(size: (u16, u16), bytes: &[u8], cuts: &[usize], cuts_all: bool) -> Machine {
        let limits = Limits {
            scrollback_lines: 20,
            ..Limits::default()
        };
        let mut machine = Machine::new(GridSize::new(size.0, size.1), limits);
        let mut lexer = Lexer::new(limits.string_bytes);
        if cuts_all {
            lexer.cut_all();
        }
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        for ends in cuts.windows(2) {
            machine.modes.set(Mode::Synchronized, false);
            let mut at = ends[0];
            while at < ends[1] {
                machine.begin_step();
                at += lexer.advance(&bytes[at..ends[1]], &mut machine);
                machine.modes.set(Mode::Synchronized, false);
            }
            machine.grid.flush();
        }
        machine
    }

    /// Characters that need care.
    const HARD_TEXT: &str = "日本語|e\u{301}|❤\u{fe0f}|🙂|\u{200d}|\u{ad}|\u{fffd}|한글x|\u{17d8}|\u{85}|\u{9b}1m";
    /// What changes the meaning of what follows, beside what does not.
    const CONTROLS: &str = "\r|\n|\r\n|\r\n|\t|\x08|\x07|\x0e|\x0f|\x7f|\x1b7|\x1b8|\x1bM|\x1bD|\x1bE|\x1bH|\x1b(B|\x1b(0|\x1b)0|\
         \x1bc|\x1b[?7l|\x1b[?7h|\x1b[4h|\x1b[4l|\x1b[20h|\x1b[20l|\x1b[?6h|\x1b[?6l|\x1b[?1049h|\x1b[?1049l|\x1b[?47h|\x1b[?47l|\
         \x1b[!p|\x1b]0;t\x07|\x1b]8;;http://x\x07|\x1b]8;;\x07|\x1b#8|\x1b[?25l|\x1b[3g|\x1b[r";
    /// Renditions, known to the library and not.
    const RENDITIONS: &str = "0||1|2|3|4|7|9|22|24|27|31|39|42|49|97|103|4:3|5|53|38;5;9|48;5;300|48;2;1;2;3|38:2::1:2:3|58;5;1|\
         38|38;5|107|21|23";

    fn one_of(list: &'static str) -> impl Strategy<Value = String> {
        proptest::sample::select(list.split('|').map(str::to_owned).collect::<Vec<_>>())
    }

    fn piece() -> impl Strategy<Value = String> {
        let word = prop_oneof!["[ -~]{1,12}", "[a-zä-ü─-▟α-ω0]{1,9}", one_of(HARD_TEXT)];
        let colour = proptest::collection::vec(one_of(RENDITIONS), 0..4)
            .prop_map(|numbers| format!("\x1b[{}m", numbers.join(";")));
        let moves = (proptest::collection::vec(0_u16..12, 0..3), "[A-Za-z@`^]").prop_map(|(numbers, last)| {
            let numbers: Vec<String> = numbers.iter().map(u16::to_string).collect();
            format!("\x1b[{}{last}", numbers.join(";"))
        });
        prop_oneof![5 => word, 3 => one_of(CONTROLS), 3 => colour, 3 => moves]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn both_ways_come_to_the_same(
            size in (1_u16..14, 1_u16..6),
            pieces in proptest::collection::vec(piece(), 1..60),
            cuts in proptest::collection::vec(0_usize..4000, 0..4),
        ) {
            let bytes = pieces.concat().into_bytes();
            let mut short = machine(size, &bytes, &cuts, false);
            let mut long = machine(size, &bytes, &[], true);
            let (short, long) = (state(&mut short), state(&mut long));
            prop_assert_eq!(short, long, "{:?}", String::from_utf8_lossy(&bytes));
        }
    }

    #[test]
    fn a_screen_is_not_erased_without_end_in_one_step() {
        let mut machine = Machine::new(GridSize::new(80, 50), Limits::default());
        let taken = Lexer::new(100).advance("\x1b[J".repeat(5000).as_bytes(), &mut machine);
        assert!((100..400).contains(&taken), "{taken}");
    }

    #[test]
    fn widths_without_a_table_are_those_of_the_table() {
        for letter in '\u{a0}'..=char::MAX {
            let width = (fate(letter) == Fate::Shown).then(|| letter.width().unwrap_or(0));
            assert_eq!(shown_width(letter), width, "{letter:?}");
        }
    }
}
