//! A terminal and its user: a script is carried out as it stands and once more with the output cut to pieces; the two must
//! show the same at every moment, and what they show must be whole.

use std::fmt::Write as _;
use std::time::Duration;

use e2b_tui::domain::GridSize;
use e2b_tui::keys::{Modifiers, Pointer, PointerKind};
use e2b_tui::terminal::{Emulator, Limits, MarkKeys, Query, Selection, SelectionKind, Spot};

use super::checks::{answers, check, check_drawing, seen};
use super::script::{Script, Step, script};

const SCROLLBACK_LINES: usize = 50;

/// What a script does to a terminal.
pub fn terminal(data: &[u8]) {
    both_ways(&script(data, false), false);
}

/// The same for a terminal whose shell reports.
pub fn shell(data: &[u8]) {
    both_ways(&script(data, true), true);
}

/// Plain bytes: the first two are the size.
pub fn bytes(data: &[u8]) {
    let [cols, rows, output @ ..] = data else { return };
    let script = Script {
        size: GridSize::new(u16::from(cols % 100) + 1, u16::from(rows % 12) + 1),
        string_bytes: 64 * 1024,
        steps: vec![Step::Output(output.to_vec()), Step::Look(*cols)],
    };
    both_ways(&script, false);
}

fn both_ways(script: &Script, is_shell: bool) {
    let mut whole = Life::new(script, is_shell);
    let mut cut = Life::new(script, is_shell);
    let mut pieces = 0;
    for (number, step) in script.steps.iter().enumerate() {
        whole.go(step, usize::MAX);
        // Every length of piece has its turn; byte by byte every second time.
        pieces += 1;
        cut.go(step, if pieces % 2 == 0 { 1 } else { pieces % 7 + 1 });
        check(&whole.emulator, whole.most_lines());
        let (seen_whole, seen_cut) = (whole.seen(), cut.seen());
        assert!(
            seen_whole == seen_cut,
            "cuts change what is seen after step {number}, {step:?}\nwhole: {seen_whole}\ncut: {seen_cut}"
        );
    }
    assert_eq!(whole.answers, cut.answers, "cuts change the answers");
    whole.end();
    cut.end();
    assert_eq!(whole.seen(), cut.seen(), "cuts change the end");
}

/// A terminal while a script is carried out.
struct Life {
    emulator: Emulator,
    scrollback_lines: usize,
    now: Duration,
    answers: Vec<Vec<u8>>,
    events: String,
}

impl Life {
    fn new(script: &Script, is_shell: bool) -> Self {
        let limits = Limits {
            scrollback_lines: SCROLLBACK_LINES,
            string_bytes: script.string_bytes,
            links: 20,
            ..Limits::default()
        };
        let mut emulator = Emulator::new(script.size, limits);
        if is_shell {
            emulator.follow_shell(MarkKeys {
                nonce: "n1".to_owned(),
                token: "t1".to_owned(),
            });
        }
        Self {
            emulator,
            scrollback_lines: SCROLLBACK_LINES,
            now: Duration::ZERO,
            answers: Vec::new(),
            events: String::new(),
        }
    }

    fn go(&mut self, step: &Step, piece: usize) {
        let emulator = &mut self.emulator;
        match step {
            Step::Output(bytes) => {
                for piece in bytes.chunks(piece) {
                    emulator.feed(piece, self.now);
                }
            }
            Step::Resize(size) => emulator.resize(*size),
            Step::Follow(size) => emulator.follow_size(*size, self.now),
            Step::Wait(milliseconds) => {
                self.now += Duration::from_millis(*milliseconds);
                emulator.settle(self.now);
                while emulator.is_behind() {
                    emulator.catch_up(self.now);
                }
            }
            Step::Scroll(lines) => emulator.scroll_by(*lines),
            Step::Mark => emulator.write_mark("── mark ──"),
            Step::Keep(lines) if emulator.can_forget_lines() => {
                emulator.keep_lines(*lines);
                self.scrollback_lines = *lines;
                // Sometimes other things happen before it is done.
                while lines % 2 == 0 && emulator.is_behind() {
                    emulator.catch_up(self.now);
                }
            }
            Step::Keep(_) => {}
            Step::Typed(bytes) => emulator.note_typed(bytes),
            Step::Look(kind) => look(emulator, *kind),
        }
        self.answers.extend(answers(emulator.take_announcements()));
        for event in emulator.take_command_events() {
            let _ = writeln!(self.events, "{event:?}");
        }
    }

    /// Until the lines that are too many have been forgotten, they are there.
    fn most_lines(&self) -> usize {
        if self.emulator.is_wrapping() {
            SCROLLBACK_LINES
        } else {
            self.scrollback_lines
        }
    }

    fn seen(&self) -> String {
        let commands: Vec<_> = self.emulator.commands().collect();
        let state = self.emulator.shell_state();
        format!("{}{commands:?} {state:?}\n{}", seen(&self.emulator), self.events)
    }

    /// Everything is asked once more; then a reset must bring back a terminal that works as on its first day.
    fn end(&mut self) {
        for kind in 0..7 {
            look(&mut self.emulator, kind);
        }
        let blocks: Vec<_> = self.emulator.commands().cloned().collect();
        for block in &blocks {
            let _ = self.emulator.command_output(block);
        }
        self.emulator.shell_ended(Some(1), self.now);
        self.emulator.resize(GridSize::new(20, 3));
        self.now += Duration::from_secs(20);
        self.emulator.settle(self.now);
        self.emulator.feed(b"\x18\x1b\\\x07\x1bc", self.now);
        self.emulator.take_announcements();
        // Whatever it asked before: in a while there are answers again.
        self.now += Duration::from_secs(20);
        self.emulator.feed("all is \u{f6}k\x1b[6n".as_bytes(), self.now);
        assert_eq!(self.emulator.text_rows()[0], "all is ök", "after a reset");
        let said = answers(self.emulator.take_announcements());
        assert_eq!(said, [b"\x1b[1;10R".to_vec()], "after a reset");
    }
}

/// Reads what a user would: the text, what is found, selected, linked, and what the mouse would send.
fn look(emulator: &mut Emulator, kind: u8) {
    let lines = emulator.oldest_line()..=emulator.newest_line();
    let cols = emulator.size().cols();
    let spot = |line: u64, col: u16| Spot { line, col };
    match kind % 7 {
        0 => check_drawing(emulator),
        1 => {
            for text in ["a", "o", "日", "example.com/.*", "^ *$", "(a|b)+"] {
                for found in emulator.search(&Query::new(text).unwrap()) {
                    assert!(
                        found.start <= found.end && lines.contains(&found.start.line),
                        "{found:?}"
                    );
                    assert!(lines.contains(&found.end.line) && found.end.col < cols, "{found:?}");
                }
            }
        }
        2 => {
            for found in emulator.links_in_view() {
                let _ = emulator.link_at(spot(emulator.first_visible_line(), 0));
                assert!(!format!("{found:?}").contains('\x1b'));
            }
        }
        3 => select(emulator),
        4 => {
            let text = emulator.colored_text() + &emulator.screen_output();
            assert!(!text.contains('\u{7}'));
            let _ = emulator.text_rows();
        }
        5 => {
            emulator.scroll_to_line(lines.start() + (lines.end() - lines.start()) / 2);
            check_drawing(emulator);
        }
        _ => {
            let pointer = Pointer {
                kind: PointerKind::WheelUp,
                x: cols,
                y: 0,
                modifiers: Modifiers::NONE,
            };
            let _ = (emulator.encode_pointer(pointer), emulator.encode_focus(true));
        }
    }
}

/// Selects by hand, by word and by line, at the ends of what there is and far beyond them.
fn select(emulator: &Emulator) {
    let (oldest, newest, cols) = (emulator.oldest_line(), emulator.newest_line(), emulator.size().cols());
    let spot = |line: u64, col: u16| Spot { line, col };
    let lines = [oldest, newest, newest / 2, 0, u64::MAX];
    for kind in [SelectionKind::Characters, SelectionKind::Lines, SelectionKind::Block] {
        for (anchor, head) in lines.into_iter().zip(lines.into_iter().skip(1)) {
            let (anchor, head) = (spot(anchor, cols / 2), spot(head, cols));
            let text = emulator.selected_text(&Selection { kind, anchor, head });
            assert!(!text.contains(['\x1b', '\r']), "{text:?}");
        }
    }
    for line in lines {
        let (start, end) = emulator.word_at(spot(line, cols / 2));
        assert!(start <= end);
        let (first, last) = emulator.line_at(line);
        assert!(first <= last);
    }
}
