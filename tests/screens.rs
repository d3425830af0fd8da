//! Whole screens, compared with files: what is drawn in every state and at every size. Each is also held against what must
//! be true of any screen.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop loudly")]

use std::collections::BTreeSet;
use std::time::Duration;

#[path = "screens/files_stage.rs"]
mod files_stage;
#[path = "screens/fleet.rs"]
mod fleet;
#[path = "screens/golden.rs"]
mod golden;
#[path = "screens/process_stage.rs"]
#[expect(dead_code, reason = "the cases of the actions use the rest of it")]
mod process_stage;
#[path = "screens/scene.rs"]
mod scene;
#[path = "screens/soundness.rs"]
mod soundness;
#[path = "screens/stage.rs"]
mod stage;
#[path = "screens/states.rs"]
mod states;
#[path = "screens/svg.rs"]
mod svg;

use e2b_tui::app::{Message, Player};
use e2b_tui::domain::{CastData, CastEvent, CastHeader, Failure, FailureKind, GridSize};
use e2b_tui::keys::Chord;
use e2b_tui::theme::Theme;
use e2b_tui::ui;
use files_stage::files;
use process_stage::{Scene, looked};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use stage::{Stage, targets};
use states::State;

/// The sizes that every state is shown at, besides the usual 80×24.
const SIZES: [(u16, u16); 4] = [(120, 40), (200, 60), (40, 10), (20, 5)];
/// So many sizes, taken at random but always the same, does every state go through in a usual run, and on request.
const RANDOM_SIZES: (usize, usize) = (40, 300);
/// Set this to let every state go through more sizes.
const MANY_SIZES: &str = "E2B_TUI_MANY_SIZES";
/// Themes with colours that are the same everywhere, the background they are made for, and the least contrast of text.
const READABLE: [(&str, Option<[u8; 3]>, f64); 5] = [
    ("dark", Some([0; 3]), 4.5),
    ("light", Some([255; 3]), 4.5),
    ("high-contrast", Some([0; 3]), 7.0),
    ("solarized-dark", None, 4.0),
    ("solarized-light", None, 4.0),
];

/// Draws in the dark theme and compares.
fn check(name: &str, stage: &Stage) {
    let drawn = stage.draw(&Theme::dark());
    let area = *drawn.0.area();
    let mut sheet = golden::Sheet::default();
    sheet.add(&format!("{}x{}", area.width, area.height), &drawn);
    assert_eq!(soundness::flaws(stage), [""; 0], "{name}");
    golden::compare(&format!("tests/screens/{name}.txt"), sheet.text());
}

/// Every screen of these states: 80×24 in three themes, and the other sizes in the dark one.
fn check_all(states: &[State]) {
    let mut wrong = Vec::new();
    let mut sheets = Vec::new();
    for (name, play) in states {
        let mut sheet = golden::Sheet::default();
        let mut note = |size: &str, flaws: Vec<String>| {
            wrong.extend(flaws.into_iter().map(|flaw| format!("{name} at {size}: {flaw}")));
        };
        let stage = play();
        sheet.add("80x24 dark", &stage.draw(&Theme::dark()));
        sheet.add("80x24 light", &stage.draw(&Theme::light()));
        let plain = stage.draw(&Theme::mono().with_ascii_borders());
        note("80x24 ascii", strange_letters(&stage, &plain));
        sheet.add("80x24 without colours, in ASCII", &plain);
        note("80x24", soundness::flaws(&stage));
        for (theme, own, least) in READABLE {
            let theme_itself = Theme::named(theme).unwrap();
            note(theme, soundness::hard_to_read(&stage, &theme_itself, (own, least)));
        }
        let roomy = resized(play(), 300, 100);
        let whole: BTreeSet<String> = soundness::words(&roomy).into_iter().collect();
        note("80x24", soundness::cut_words(&stage, &whole));
        for (cols, rows) in SIZES {
            let size = format!("{cols}x{rows}");
            let stage = resized(play(), cols, rows);
            sheet.add(&size, &stage.draw(&Theme::dark()));
            note(&size, soundness::flaws(&stage));
            note(&size, soundness::cut_words(&stage, &whole));
        }
        sheets.push((name, sheet));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (name, sheet) in sheets {
        golden::compare(&format!("tests/screens/{name}.txt"), sheet.text());
    }
}

fn resized(stage: Stage, cols: u16, rows: u16) -> Stage {
    stage.send(Message::Resize(GridSize::new(cols, rows)))
}

/// Letters of ours that are not plain ASCII where only that is to be drawn.
fn strange_letters(stage: &Stage, (buffer, _): &golden::Drawn) -> Vec<String> {
    let of_ours = soundness::symbols(stage, buffer);
    // Names keep their letters.
    let is_strange = |symbol: &String| !symbol.is_ascii() && !symbol.chars().all(char::is_alphabetic);
    let strange: BTreeSet<String> = of_ours.into_iter().filter(is_strange).collect();
    strange.into_iter().collect()
}

/// Numbers that look random and are always the same.
struct Dice(u64);

impl Dice {
    fn up_to(&mut self, most: u64) -> u16 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (1 + (self.0 >> 33) % most) as u16
    }

    /// Small sizes come as often as large ones: they are where things break.
    fn size(&mut self) -> (u16, u16) {
        let (widest, highest) = match self.0 >> 61 {
            0..3 => (24, 8),
            3..5 => (80, 24),
            5..7 => (140, 40),
            _ => (300, 100),
        };
        (self.up_to(widest), self.up_to(highest))
    }
}

/// Resizes each state at random and holds every screen against what must be true of it.
fn check_sizes(states: &[State]) {
    let (few, many) = RANDOM_SIZES;
    let sizes = if std::env::var_os(MANY_SIZES).is_some() {
        many
    } else {
        few
    };
    let mut wrong = Vec::new();
    for (at, (name, play)) in states.iter().enumerate() {
        // Each state goes through other sizes, so that there are many of them in all.
        let mut dice = Dice(at as u64);
        let mut stage = play();
        for _ in 0..sizes {
            let (cols, rows) = dice.size();
            stage = resized(stage, cols, rows);
            let flaws = soundness::flaws(&stage);
            wrong.extend(flaws.into_iter().map(|flaw| format!("{name} at {cols}x{rows}: {flaw}")));
        }
    }
    wrong.truncate(40);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn panes() {
    check_all(states::PANES);
}

#[test]
fn panes_at_any_size() {
    check_sizes(states::PANES);
}

#[test]
fn links() {
    check_all(states::LINKS);
}

#[test]
fn links_at_any_size() {
    check_sizes(states::LINKS);
}

#[test]
fn looking_back() {
    check_all(states::LOOKING_BACK);
}

#[test]
fn looking_back_at_any_size() {
    check_sizes(states::LOOKING_BACK);
}

#[test]
fn what_lies_over_the_panes() {
    check_all(states::OVER);
}

#[test]
fn what_lies_over_the_panes_at_any_size() {
    check_sizes(states::OVER);
}

#[test]
fn what_is_kept() {
    check_all(states::KEPT);
}

#[test]
fn what_is_kept_at_any_size() {
    check_sizes(states::KEPT);
}

#[test]
fn the_sidebar() {
    check_all(states::SIDEBAR);
}

#[test]
fn the_sidebar_at_any_size() {
    check_sizes(states::SIDEBAR);
}

#[test]
fn the_platform() {
    check_all(states::PLATFORM);
}

#[test]
fn the_platform_at_any_size() {
    check_sizes(states::PLATFORM);
}

#[test]
fn every_state_has_a_name_of_its_own() {
    let names: Vec<&str> = states::all().map(|(name, _)| *name).collect();
    let different: BTreeSet<&&str> = names.iter().collect();
    assert_eq!(different.len(), names.len());
}

/// Drags the window wildly and comes back: every pane is as before.
#[test]
fn sixteen_panes_and_a_storm_of_sizes() {
    let calm = |stage: Stage| resized(stage, 200, 60).wait(1_000);
    let stage = calm(states::sixteen());
    let before = golden::describe(&stage.draw(&Theme::dark()));
    let mut stage = stage;
    for step in 0..400_u16 {
        stage = resized(stage, 20 + step * 7 % 281, 5 + step * 11 % 96);
        assert_eq!(soundness::flaws(&stage), [""; 0]);
    }
    let after = golden::describe(&calm(stage).draw(&Theme::dark()));
    let panes = |rows: &str| {
        rows.lines()
            .filter(|row| row.starts_with('|'))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(panes(&before.rows), panes(&after.rows));
}

/// A recording while it is played, paused, and over; and where there is less room than it had.
#[test]
fn the_player() {
    let header = CastHeader {
        size: GridSize::new(80, 23),
        begun: None,
        title: Some("api \u{1b}[2J bash".to_owned()),
    };
    let output = |text: &str| CastEvent {
        at: Duration::from_secs(65),
        data: CastData::Output(text.to_owned()),
    };
    let mut player = Player::new(&header, 1.0, None);
    let mut sheet = golden::Sheet::default();
    let draw = |player: &Player, (cols, rows), theme: &Theme| {
        let mut terminal = Terminal::new(TestBackend::new(cols, rows)).unwrap();
        let mut cursor = None;
        terminal
            .draw(|frame| cursor = ui::draw_player(frame, player, theme))
            .unwrap();
        (terminal.backend().buffer().clone(), cursor)
    };
    player.feed(Some(output("\u{1b}[1;32muser@api\u{1b}[0m:~$ make 日本\r\n")));
    player.press(&Chord::char('.'));
    sheet.add("playing 80x24", &draw(&player, (80, 24), &Theme::dark()));
    player.press(&Chord::char(' '));
    player.press(&Chord::char('+'));
    sheet.add("paused 80x24 light", &draw(&player, (80, 24), &Theme::light()));
    player.feed(None);
    for size in [(120, 40), (200, 60), (40, 10), (20, 5), (1, 1)] {
        sheet.add(
            &format!("end {}x{}", size.0, size.1),
            &draw(&player, size, &Theme::mono().with_ascii_borders()),
        );
    }
    golden::compare("tests/screens/player.txt", sheet.text());
    let mut dice = Dice(3);
    for _ in 0..RANDOM_SIZES.1 {
        let (buffer, _) = draw(&player, dice.size(), &Theme::dark());
        // A wide character that crosses the edge is found there.
        (0..buffer.area().height).for_each(|y| drop(golden::row(&buffer, y)));
    }
}

#[test]
fn the_picture_in_the_readme() {
    let stage = scene::scene();
    check("scene", &stage);
    let (buffer, cursor) = stage.draw(&Theme::dark());
    let picture = svg::picture(
        &buffer,
        cursor,
        "e2b-tui: panes of three sandboxes in one tab, beside the panels Sandboxes and Processes",
    );
    golden::compare("assets/screenshot.svg", &picture);
}

/// The panels about the inside of a sandbox with the key that opens each.
const INSIDE: [(&str, &str); 3] = [
    ("processes", "prefix P"),
    ("network", "prefix N"),
    ("metrics", "prefix M"),
];

#[test]
fn processes_sockets_and_load() {
    let usual = Scene::usual();
    for (name, keys) in INSIDE {
        check(name, &looked((110, 24), keys, &usual));
        check(
            &format!("{name}-wide"),
            &looked((130, 24), &format!("{keys}  z"), &usual),
        );
        check(&format!("{name}-narrow"), &looked((40, 10), keys, &usual));
        check(
            &format!("{name}-hostile"),
            &looked((100, 24), &format!("{keys}  z  a"), &Scene::hostile()),
        );
    }
    check("processes-page", &looked((100, 50), "prefix P  z  G  enter", &usual));
    check(
        "processes-page-values",
        &looked((100, 50), "prefix P  z  G  enter  e", &usual),
    );
    check("processes-flat", &looked((100, 24), "prefix P  z  t  s", &usual));
    check("processes-signal", &looked((100, 24), "prefix P  z  j  T", &usual));
    check(
        "processes-none-fits",
        &looked((100, 24), "prefix P  / z z q  enter", &usual),
    );
    check("network-of-process", &looked((100, 24), "prefix P  z  G  p", &usual));
    check("network-browse", &looked((100, 24), "prefix N  z  o", &usual));
    let forwarded = looked((120, 24), "prefix N  z  f", &usual);
    check("network-forward", &process_stage::carried(forwarded));
    check("metrics-compare", &looked((120, 24), "prefix M  z  c", &usual));
    check("metrics-far", &looked((120, 24), "prefix M  z  -  -  -  -", &usual));
}

#[test]
fn processes_sockets_and_load_that_cannot_be_shown() {
    for (name, keys) in INSIDE {
        check(&format!("{name}-empty"), &looked((80, 24), keys, &Scene::empty()));
        check(&format!("{name}-failing"), &looked((80, 24), keys, &Scene::failing()));
        // Once it was there; since then the sandbox cannot be looked into.
        let stage = looked((100, 24), &format!("{keys}  z"), &Scene::usual());
        let stage = process_stage::answered(stage.wait(61_000), &Scene::failing());
        check(&format!("{name}-aged"), &stage.wait(1_500));
    }
    // No pane of it is connected: nothing is asked.
    let stage = Stage::new(targets(), 80, 24).keys("prefix P");
    check("processes-unreachable", &stage);
}

#[test]
fn files_of_a_sandbox() {
    let usual = |cols, rows, keys: &str| files(cols, rows, keys, |path| Ok(files_stage::usual(path)));
    check("files", &files_stage::usual_files().keys(". j"));
    check("files-open", &usual(80, 24, "enter j space s"));
    check("files-wide", &usual(120, 24, "enter z"));
    check("files-narrow", &usual(40, 10, ""));
    check("files-page", &usual(80, 24, "j enter"));
    check("files-hex", &usual(80, 24, "j enter enter"));
    check("files-delete", &usual(80, 24, "j space d"));
    check("files-recent", &usual(80, 24, "R"));
    check("files-editor", &usual(80, 24, "z j E down down end x tab y"));
    check("files-editor-narrow", &usual(40, 10, "j E x esc"));
    check("files-changed-underneath", &usual(80, 24, "z j E x ctrl-s"));
    check("files-archive", &usual(80, 24, "z G enter"));
    check("files-picture", &usual(60, 14, "z j j enter"));
    check("files-source", &usual(60, 14, "z enter j j enter"));
    check("files-copies", &files_stage::copies(80, 24));
    check("files-copies-narrow", &files_stage::copies(40, 10));
    check("files-throw-away", &usual(40, 12, "j E x ctrl-s x"));
}

#[test]
fn files_that_cannot_be_shown() {
    check("files-empty", &files(80, 24, "", |_| Ok(Vec::new())));
    let failure = || {
        let failure = Failure::new(FailureKind::Denied, "cannot list /srv/app").because("permission denied");
        Err(failure.hint("check the user"))
    };
    check("files-failing", &files(80, 24, "", |_| failure()));
    check(
        "files-hostile",
        &files(80, 24, "", |path| Ok(files_stage::hostile(path))),
    );
    // Once it was there; since then it cannot be read.
    let stage = files(80, 24, "", |path| Ok(files_stage::usual(path))).wait(61_000);
    let stage = files_stage::answered(stage, &|_: &str| failure());
    check("files-aged", &stage.wait(2_000));
}
