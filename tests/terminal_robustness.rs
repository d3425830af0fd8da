//! Whatever a program prints: no panic, no difference by where the bytes are cut, and nothing unsafe in a cell.
//!
//! `E2B_TUI_FUZZ_CASES` makes the generated tests run longer.

use std::fmt::Write as _;
use std::time::Duration;

use e2b_tui::domain::GridSize;
use e2b_tui::terminal::{Announcement, CellStyle, Emulator, Limits};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

fn emulator(cols: u16, rows: u16) -> Emulator {
    let limits = Limits {
        scrollback_lines: 50,
        ..Limits::default()
    };
    Emulator::new(GridSize::new(cols, rows), limits)
}

/// All that can be seen: cells with their looks, cursor, place in the scrollback, title.
fn seen(emulator: &Emulator) -> String {
    let mut text = format!(
        "{:?} {} {} {:?}\n",
        emulator.cursor(),
        emulator.scrollback_len(),
        emulator.scroll_offset(),
        emulator.title()
    );
    emulator.draw(|row, col, cell| {
        if cell.text != " " || cell.style != CellStyle::default() {
            let _ = writeln!(text, "{row},{col} {cell:?}");
        }
    });
    text
}

fn check_cells(emulator: &Emulator) {
    let size = emulator.size();
    let mut is_wide = false;
    emulator.draw(|row, col, cell| {
        assert!(row < size.rows() && col < size.cols());
        assert!(!cell.is_continuation || (is_wide && col > 0), "{row},{col} {cell:?}");
        assert!(!cell.wide || col + 1 < size.cols(), "{row},{col} {cell:?}");
        assert!(cell.text.len() <= 24 && (!cell.is_continuation || cell.text.is_empty()));
        for letter in cell.text.chars() {
            let is_hidden = matches!(letter, '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}' | '\u{e0000}'..='\u{e0fff}' | '\u{feff}' | '\u{fffe}');
            assert!(!letter.is_control() && !is_hidden, "{row},{col} {letter:?}");
        }
        is_wide = cell.wide;
    });
}

/// One thing that a program may do, or that may happen to its terminal.
#[derive(Clone, Debug)]
enum Step {
    Bytes(Vec<u8>),
    Resize(u16, u16),
    Scroll(i32),
    Mark,
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    let pieces = vec![
        "a",
        "hello world ",
        "日",
        "한글",
        "é",
        "e\u{301}",
        "❤\u{fe0f}",
        "⚠\u{fe0f}",
        "\u{fe0f}",
        "👩\u{200d}👩",
        "🇩🇪",
        "1\u{fe0f}\u{20e3}",
        "\u{1f3fd}",
        "\u{e0200}",
        "\u{202e}",
        "\u{fffd}",
        "\u{fffe}",
        "\u{301}",
        "\r",
        "\n",
        "\r\n",
        "\t",
        "\x08",
        "\x07",
        "\x0e",
        "\x0f",
        "\0",
        "\u{85}",
        "\u{84}",
        "ｆｕｌｌ",
        "\u{17d8}",
        "ก็",
        "─│┌",
    ];
    vec(select(pieces), 1..12).prop_map(|pieces| pieces.concat().into_bytes())
}

fn sequence() -> impl Strategy<Value = Vec<u8>> {
    let number = prop_oneof![
        Just(String::new()),
        (0..9_u32).prop_map(|number| number.to_string()),
        (0..120_u32).prop_map(|number| number.to_string()),
        select(vec![
            "1049",
            "47",
            "1047",
            "1048",
            "2004",
            "2026",
            "7",
            "6",
            "4",
            "20",
            "38;5",
            "38;2",
            "4:3",
            "58:2::1:2:3",
            "65535",
            "99999999"
        ])
        .prop_map(String::from),
    ];
    let last = select("@ABCDEFGHIJKLMPSTXZ`abcdefghlmnqrstux".chars().collect::<Vec<_>>());
    let prefix = select(vec!["", "", "", "", "?", "?", ">", "=", "<"]);
    let middle = select(vec!["", "", "", "", "", " ", "!", "$", "\""]);
    (prefix, vec(number, 0..4), middle, last).prop_map(|(prefix, numbers, middle, last)| {
        format!("\x1b[{prefix}{}{middle}{last}", numbers.join(";")).into_bytes()
    })
}

fn escape() -> impl Strategy<Value = Vec<u8>> {
    let escapes = vec![
        "\x1b7",
        "\x1b8",
        "\x1bD",
        "\x1bE",
        "\x1bM",
        "\x1bH",
        "\x1bc",
        "\x1bN",
        "\x1bO",
        "\x1b(0",
        "\x1b(B",
        "\x1b)0",
        "\x1b#8",
        "\x1b=",
        "\x1b>",
        "\x1bk",
        "\x1b",
        "\x1b[",
        "\x1b]",
        "\x1bP",
        "\x1b_",
        "\x1b\\",
        "\x18",
        "\x1b]8;;http://x\x07",
        "\x1b]8;;\x07",
        "\x1b]2;title\x07",
        "\x1b]4;1;#123456\x07",
        "\x1b]10;?\x07",
        "\x1bP$qm\x1b\\",
        "\x1b[?2026h",
        "\x1b[?2026l",
        "\x1b]133;A\x07",
        "\x1b]52;c;aGk=\x07",
        "\x1b[1;4;7;9;44m",
        "\x1b[53;5;8m",
        "\x1b[2;3r",
        "\x1b[?6h",
        "\x1b[?7l",
        "\x1b[4h",
        "\x1b[?1049h",
        "\x1b[?1049l",
    ];
    select(escapes).prop_map(|text| text.as_bytes().to_vec())
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => text(),
        4 => sequence(),
        3 => escape(),
        1 => vec(any::<u8>(), 1..8),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        30 => bytes().prop_map(Step::Bytes),
        2 => (1..40_u16, 1..12_u16).prop_map(|(cols, rows)| Step::Resize(cols, rows)),
        2 => (-20..40_i32).prop_map(Step::Scroll),
        1 => Just(Step::Mark),
    ]
}

fn cases(usual: u32) -> ProptestConfig {
    let asked = std::env::var("E2B_TUI_FUZZ_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok());
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(asked.unwrap_or(usual))
    }
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn nothing_panics_and_every_cell_is_safe(
        cols in 1..30_u16, rows in 1..8_u16, steps in vec(step(), 1..60)
    ) {
        let mut emulator = emulator(cols, rows);
        let mut now = Duration::ZERO;
        for step in steps {
            now += Duration::from_millis(7);
            match step {
                Step::Bytes(bytes) => emulator.feed(&bytes, now),
                Step::Resize(cols, rows) => emulator.resize(GridSize::new(cols, rows)),
                Step::Scroll(lines) => emulator.scroll_by(lines),
                Step::Mark => emulator.write_mark("── mark ──"),
            }
            check_cells(&emulator);
            let size = emulator.size();
            if let Some(cursor) = emulator.cursor() {
                prop_assert!(cursor.row < size.rows() && cursor.col < size.cols());
            }
        }
        prop_assert!(emulator.recoveries() == 0, "the library panicked");
    }

    #[test]
    fn cuts_change_nothing(
        cols in 1..30_u16, rows in 1..8_u16, pieces in vec(bytes(), 1..30), cuts in vec(any::<prop::sample::Index>(), 0..12)
    ) {
        let stream = pieces.concat();
        let mut whole = emulator(cols, rows);
        whole.feed(&stream, Duration::ZERO);
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        cuts.push(stream.len());
        cuts.sort_unstable();
        let mut parts = emulator(cols, rows);
        let mut from = 0;
        let mut said = Vec::new();
        for cut in cuts {
            parts.feed(&stream[from..cut], Duration::ZERO);
            said.extend(parts.take_announcements());
            from = cut;
        }
        prop_assert_eq!(seen(&parts), seen(&whole));
        let replies = |said: &[Announcement]| said.iter().filter(|one| matches!(one, Announcement::Reply(_))).cloned().collect::<Vec<_>>();
        prop_assert_eq!(replies(&said), replies(&whole.take_announcements()));
    }
}

#[test]
fn emoji_that_broke_the_library() {
    let streams = [
        (80, 24, "\x1b[24;80H⚠\u{fe0f}\x1b[23;80Hx".to_owned()),
        (200, 50, "\x1b[50;200H⚠\u{fe0f}\x1b[49;200Hx".to_owned()),
        (80, 2, format!("\n{}⚠\u{fe0f}\x1b[H{}", "a".repeat(79), "b".repeat(80))),
        (1, 1, "❤\u{fe0f}".to_owned()),
        (1, 1, "❤\u{fe0f}\u{301}".to_owned()),
        (1, 2, "❤\u{fe0f}\x1b[@".to_owned()),
        (4, 2, "\x1b[2;4H⚠\u{fe0f}\x1b[1;4H日".to_owned()),
    ];
    for (cols, rows, stream) in streams {
        let mut emulator = emulator(cols, rows);
        emulator.feed(stream.as_bytes(), Duration::ZERO);
        check_cells(&emulator);
        assert_eq!(emulator.recoveries(), 0, "{stream:?}");
    }
}

#[test]
fn replies_hold_no_byte_that_the_program_chose() {
    let asking = [
        "\x1b]2;evil\rls\x07\x1b[21t\x1b[20t",
        "\x1bP$qevil\x1b\\",
        "\x1bP$qm;evil\x1b\\",
        "\x1bP+q6576696c\x1b\\",
        "\x1bP+q\x0d\x0aevil\x1b\\",
        "\x1b]4;1;evil\x07\x1b]4;1;?\x07",
        "\x1b]10;evil\x07\x1b]10;?\x07",
        "\x1b]50;?evil\x07",
        "\x1b]52;c;?\x07",
        "\x1b[>0;evilc",
        "\x05",
        "\x1b[?996n",
    ];
    for stream in asking {
        let mut emulator = emulator(20, 5);
        emulator.feed(stream.as_bytes(), Duration::ZERO);
        for one in emulator.take_announcements() {
            if let Announcement::Reply(bytes) = one {
                assert!(!bytes.windows(4).any(|window| window == b"evil"), "{stream:?}");
                assert!(!bytes.contains(&b'\r') && !bytes.contains(&b'\n'), "{stream:?}");
            }
        }
    }
}

#[test]
fn a_flood_of_questions_gets_a_trickle_of_answers() {
    let mut emulator = emulator(20, 5);
    emulator.feed(&b"\x1b[6n".repeat(10_000), Duration::ZERO);
    assert!(emulator.take_announcements().len() <= 64);
}

#[test]
fn a_frame_is_shown_when_it_is_whole() {
    let mut emulator = emulator(20, 2);
    let text = |emulator: &Emulator| {
        let mut text = String::new();
        emulator.draw(|row, _, cell| {
            if row == 0 {
                text.push_str(cell.text);
            }
        });
        text
    };
    emulator.feed(b"old\x1b[?2026h\rnew\x1b[6", Duration::from_millis(10));
    assert_eq!(text(&emulator), "old");
    assert_eq!(emulator.next_deadline(), Some(Duration::from_millis(160)));
    emulator.feed(b"n!\x1b[?20", Duration::from_millis(20));
    assert_eq!(text(&emulator), "old");
    emulator.feed(b"26l?\x1b[?2026h\rlater", Duration::from_millis(30));
    assert_eq!(text(&emulator), "new!?");
    assert_eq!(emulator.next_deadline(), Some(Duration::from_millis(180)));
    emulator.settle(Duration::from_millis(179));
    assert_eq!(text(&emulator), "new!?");
    emulator.settle(Duration::from_millis(180));
    assert_eq!(text(&emulator), "later");
    assert_eq!(emulator.next_deadline(), None);
    let replies = emulator.take_announcements();
    assert_eq!(replies, [Announcement::Reply((&b"\x1b[1;4R"[..]).into())]);
}

#[test]
fn a_mark_leaves_the_program_where_it_was() {
    for (before, after) in [
        // On the first line, on the second, further down, in a wrapped line, and behind the edge.
        ("abc", "MARK/abcX"),
        ("1\r\nabc", "MARK/abcX"),
        ("1\r\n2\r\nabc", "2/MARK/abcX"),
        ("1\r\n2\r\n3\r\n0123456789ab", "3/MARK/0123456789/abX"),
        ("1\r\n2\r\n3\r\n4\r\n5\r\nabc", "4/5/MARK/abcX"),
        ("\x1b[2;3r\x1b[1;31mabc", "MARK/abcX"),
    ] {
        let mut emulator = emulator(10, 4);
        emulator.feed(before.as_bytes(), Duration::ZERO);
        emulator.write_mark("MARK");
        emulator.feed(b"X", Duration::ZERO);
        let mut rows = vec![String::new(); 4];
        emulator.draw(|row, _, cell| rows[usize::from(row)].push_str(cell.text));
        assert_eq!(rows.join("/").trim_end_matches('/'), after, "{before:?}");
    }
}

#[test]
fn a_mark_goes_to_the_normal_screen() {
    let mut emulator = emulator(10, 4);
    emulator.feed(b"1\r\n2\r\n$ vi\x1b[?1049hfull", Duration::ZERO);
    let before = seen(&emulator);
    emulator.write_mark("MARK");
    assert_eq!(seen(&emulator), before);
    emulator.feed(b"\x1b[?1049l", Duration::ZERO);
    let mut rows = vec![String::new(); 4];
    emulator.draw(|row, _, cell| rows[usize::from(row)].push_str(cell.text));
    assert_eq!(rows.join("/"), "2/MARK/$ vi/");
}

/// What is dear to show is worked off in small steps, and the steps come to the same.
#[test]
fn a_step_of_work_is_small_and_steps_change_nothing() {
    let size = GridSize::new(80, 24);
    let lines = "a line of text\r\n".repeat(2000);
    for (output, least_steps) in [
        ("\x1b#8".repeat(1000), 50),
        (format!("\x1b[?2026h{}\x1b[?2026lx", "\x1b#8".repeat(1000)), 50),
        ("a\r\nb\x1b[9999S".repeat(3000), 30),
        (lines, 2),
    ] {
        let mut whole = Emulator::new(size, Limits::default());
        whole.feed(output.as_bytes(), Duration::ZERO);
        let mut stepped = Emulator::new(size, Limits::default());
        stepped.receive(output.as_bytes(), Duration::ZERO);
        let mut steps = 0;
        while stepped.is_behind() {
            stepped.catch_up(Duration::ZERO);
            steps += 1;
        }
        assert!(steps >= least_steps, "{steps} steps");
        assert_eq!(stepped.text_rows(), whole.text_rows());
        assert_eq!(stepped.cursor(), whole.cursor());
    }
}
