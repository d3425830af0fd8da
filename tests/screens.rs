//! Whole screens, compared with files: what is drawn in every state and at every size.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop loudly")]

#[path = "screens/files_stage.rs"]
mod files_stage;
#[path = "screens/fleet.rs"]
mod fleet;
#[path = "screens/golden.rs"]
mod golden;
#[path = "screens/process_stage.rs"]
mod process_stage;
#[path = "screens/stage.rs"]
mod stage;
#[path = "screens/svg.rs"]
mod svg;

use e2b_tui::app::Message;
use e2b_tui::domain::{Failure, FailureKind, GridSize, SessionNews};
use e2b_tui::keys::{Modifiers, Pointer, PointerButton, PointerKind};
use e2b_tui::theme::Theme;
use files_stage::files;
use process_stage::{Scene, looked};
use stage::{Stage, local, targets};

/// Draws in the dark theme and compares.
fn check(name: &str, stage: &Stage) {
    check_in(name, stage, &Theme::dark());
}

fn check_in(name: &str, stage: &Stage, theme: &Theme) {
    let drawn = stage.draw(theme);
    let area = *drawn.0.area();
    let mut sheet = golden::Sheet::default();
    sheet.add(&format!("{}x{}", area.width, area.height), &drawn);
    golden::compare(&format!("tests/screens/{name}.txt"), sheet.text());
}

fn three(cols: u16, rows: u16) -> Stage {
    Stage::new(targets(), cols, rows).live()
}

/// Two panes at the left, one at the right, programs in all of them.
fn split() -> Stage {
    three(80, 24)
        .output(0, "cargo test\nrunning 212 tests\n")
        .split("prefix %")
        .output(3, "\u{1b}[1;31merror\u{1b}[0m: \u{1b}[4m日本語\u{1b}[24m ✓\n$ ")
        .split("prefix \"")
        .output(
            4,
            "\u{1b}]2;htop\u{7}\u{1b}[44;97m CPU \u{1b}[0m\u{1b}[7m 12% \u{1b}[0m\n",
        )
        .split("prefix left prefix \"")
}

#[test]
fn starting() {
    check("starting", &Stage::new(local(), 80, 24));
}

#[test]
fn start() {
    check("start", &Stage::new(local(), 80, 24).live());
}

#[test]
fn splits() {
    check("splits", &split());
}

#[test]
fn splits_in_ascii_and_light() {
    check_in("splits-light", &split(), &Theme::light());
    check_in("splits-ascii", &split(), &Theme::mono().with_ascii_borders());
}

#[test]
fn zoomed() {
    check("zoomed", &split().keys("prefix z"));
}

#[test]
fn tab_marks() {
    let stage = three(80, 24).output(1, "\u{7}").ended(2, 1);
    check("tab-marks", &stage.keys("prefix c").wait(1));
}

#[test]
fn help() {
    check("help", &three(80, 24).keys("prefix ?"));
    check("help-scrolled", &three(80, 24).keys("prefix ? G k"));
}

#[test]
fn palette() {
    check("palette", &three(80, 24).keys("prefix : s p l i down"));
    let typed = "prefix : s p l i t minus r i g h t space";
    check("palette-arguments", &three(80, 24).keys(typed));
    check("palette-nothing", &three(80, 24).keys("prefix : z z z"));
}

#[test]
fn rename() {
    check("rename", &three(80, 24).keys("prefix , w e b space 1"));
    check("renamed", &three(80, 24).keys("prefix , w e b space 1 enter"));
}

#[test]
fn confirm() {
    check("confirm", &three(80, 24).keys("prefix x"));
    check("confirm-leaving", &Stage::new(local(), 80, 24).live().keys("prefix d"));
    let paste = Message::Paste("cd /tmp\nrm -rf ./*\n\u{202e}exe\n4\n5\n6\n7".to_owned());
    check("confirm-paste", &three(80, 24).send(paste));
}

#[test]
fn ended() {
    check("ended", &split().ended(3, 101));
    check("ended-focused", &three(80, 24).output(0, "make\n").ended(0, 2));
}

#[test]
fn failed() {
    let failure = Failure::new(FailureKind::Unreachable, "cannot reach api at 10.0.0.5:49983")
        .because("connection refused")
        .hint("is envd running there?");
    check(
        "failed",
        &Stage::new(targets(), 80, 24).news(0, SessionNews::Failed(failure)),
    );
}

#[test]
fn rejoining() {
    check("rejoining", &three(80, 24).lost(0, 1, 2_000));
    check("rejoining-later", &three(80, 24).lost(0, 3, 4_000).wait(2_500));
}

#[test]
fn rejoined() {
    let gap = std::time::Duration::from_secs(8);
    let stage = three(80, 24).lost(0, 1, 2_000).wait(8_000);
    check(
        "rejoined",
        &stage.news(0, SessionNews::Rejoined { gap }).output(0, "\nback$ "),
    );
}

#[test]
fn notices() {
    check("notice", &three(80, 24).news(0, SessionNews::Refused { bytes: 1 }));
    check("notice-unbound", &three(80, 24).keys("prefix Y"));
    let stage = three(80, 24)
        .news(0, SessionNews::Refused { bytes: 70_000 })
        .wait(61_000)
        .news(1, SessionNews::Unconfirmed { bytes: 12 });
    check("messages", &stage.keys("prefix ~"));
}

#[test]
fn waiting_for_the_next_key() {
    check("prefix", &three(80, 24).keys("prefix"));
    check("prefix-hints", &three(80, 24).keys("prefix").wait(400));
}

#[test]
fn looking_back() {
    let lines: String = (1..=100)
        .map(|line| format!("line {line}\n"))
        .collect::<Vec<_>>()
        .concat();
    check("copy-mode", &three(80, 24).output(0, &lines).keys("prefix [ pageup k"));
}

#[test]
fn choosing_and_finding() {
    let lines: String = (1..=100)
        .map(|line| format!("line {line}\n"))
        .collect::<Vec<_>>()
        .concat();
    let stage = || three(80, 24).output(0, &lines);
    check("selected", &stage().keys("prefix [ k k 0 v k $"));
    check("selected-block", &stage().keys("prefix [ k k $ ctrl-v k k 0"));
    check("search", &stage().keys("prefix / 9"));
    check("found", &stage().keys("prefix / 9 enter n n"));
}

#[test]
fn a_hostile_title_and_directory() {
    let stage = three(80, 24).output(
        0,
        "\u{1b}]2;root@prod\u{202e} \u{e0041}\u{7}\u{1b}]7;file:///tmp/%0a%1b[2J\u{7}",
    );
    check("hostile-title", &stage);
}

#[test]
fn many_tabs() {
    let mut stage = three(60, 12);
    for _ in 0..9 {
        stage = stage.keys("prefix c");
    }
    check("many-tabs", &stage.keys("prefix 7"));
}

#[test]
fn recording() {
    check(
        "recording",
        &three(80, 24).keys("prefix : r e c o r d space t h e enter"),
    );
}

#[test]
fn every_size() {
    for (cols, rows) in [
        (200, 60),
        (120, 40),
        (40, 10),
        (20, 5),
        (39, 10),
        (3, 2),
        (1, 1),
        (2, 1),
        (1, 2),
    ] {
        let stage = split().send(Message::Resize(GridSize::new(cols, rows)));
        check(&format!("size-{cols}x{rows}"), &stage);
    }
}

#[test]
fn nothing_breaks_at_any_size_in_any_state() {
    let states: [fn(Stage) -> Stage; 9] = [
        |stage| stage,
        |stage| stage.keys("prefix ?"),
        |stage| stage.keys("prefix : s"),
        |stage| stage.keys("prefix , x"),
        |stage| stage.keys("prefix x"),
        |stage| stage.keys("prefix ~"),
        |stage| stage.keys("prefix").wait(500),
        |stage| stage.lost(3, 1, 2_000).ended(4, 9),
        |stage| stage.keys("prefix Y"),
    ];
    let sizes = (1..=12).flat_map(|cols| (1..=12).map(move |rows| (cols, rows)));
    let sizes: Vec<(u16, u16)> = sizes.chain([(39, 9), (40, 10), (300, 3)]).collect();
    for state in states {
        let mut stage = state(split());
        for (cols, rows) in &sizes {
            stage = stage.send(Message::Resize(GridSize::new(*cols, *rows)));
            for theme in [Theme::dark(), Theme::mono().with_ascii_borders()] {
                golden::describe(&stage.draw(&theme));
            }
        }
    }
}

#[test]
fn ascii_means_ascii() {
    let theme = Theme::mono().with_ascii_borders();
    let states = vec![
        three(80, 24).keys("prefix ?"),
        three(80, 24).keys("prefix :"),
        three(80, 24).keys("prefix x"),
        three(80, 24).lost(0, 2, 900).ended(1, 1),
        three(80, 24).keys("prefix").wait(500),
        Stage::new(local(), 80, 24).keys("prefix d"),
        three(30, 8),
    ];
    for stage in states {
        let (buffer, _) = stage.draw(&theme);
        let strange: Vec<&str> = buffer
            .content()
            .iter()
            .map(ratatui::buffer::Cell::symbol)
            .filter(|symbol| !symbol.is_ascii())
            .collect();
        assert_eq!(strange, [""; 0]);
    }
}

#[test]
fn a_border_can_be_dragged() {
    let mouse = |kind, x, y| {
        Message::Pointer(Pointer {
            kind,
            x,
            y,
            modifiers: Modifiers::NONE,
        })
    };
    let stage = three(80, 24)
        .split("prefix %")
        .send(mouse(PointerKind::Press(PointerButton::Left), 39, 10))
        .send(mouse(PointerKind::Drag(PointerButton::Left), 20, 11))
        .send(mouse(PointerKind::Release(PointerButton::Left), 20, 11));
    check("dragged", &stage);
}

/// The first sandbox is guarded, the second only to be looked at.
fn careful(cols: u16, rows: u16) -> Stage {
    let mut targets = targets();
    targets[0].care.guard = Some("env=prod".to_owned());
    targets[1].care.is_read_only = true;
    Stage::new(targets, cols, rows).live()
}

#[test]
fn what_needs_care() {
    check("guarded", &careful(80, 24));
    check("guarded-close", &careful(80, 24).keys("prefix x a p"));
    check("read-only", &careful(80, 24).keys("prefix 2 l s"));
    check("locked", &three(80, 24).keys("prefix g l l s"));
}

/// Every list and every mode over the panes, by name.
fn bench_states() -> Vec<(&'static str, Stage)> {
    let at = |cols, rows| split().send(Message::Resize(GridSize::new(cols, rows)));
    vec![
        ("tree", at(80, 24).keys("prefix w")),
        ("tree-filter", at(80, 24).keys("prefix w h t o p")),
        ("split-in", at(80, 24).keys("prefix | down")),
        ("numbers", at(80, 24).keys("prefix q")),
        ("broadcast-choose", at(80, 24).keys("prefix e space")),
        ("broadcast", at(80, 24).keys("prefix e enter").wait(9_000)),
        ("search-all", at(80, 24).keys("prefix g / r u n n i n g")),
        ("search-all-found", at(80, 24).keys("prefix g / u s e r enter")),
        ("watched", at(80, 24).keys("prefix g s").wait(5_000)),
    ]
}

#[test]
fn choosing_watching_and_broadcasting() {
    for (name, stage) in bench_states() {
        check(name, &stage);
    }
}

#[test]
fn choosing_watching_and_broadcasting_at_other_sizes() {
    for (name, mut stage) in bench_states() {
        for (cols, rows) in [(120, 40), (200, 60), (40, 10), (20, 5)] {
            stage = stage.send(Message::Resize(GridSize::new(cols, rows)));
            if matches!(name, "tree" | "broadcast" | "search-all-found") {
                check(&format!("{name}-{cols}x{rows}"), &stage);
            }
            stage.draw(&Theme::light());
        }
        for (cols, rows) in (1..=12).flat_map(|cols| (1..=12).map(move |rows| (cols, rows))) {
            stage = stage.send(Message::Resize(GridSize::new(cols, rows)));
            golden::describe(&stage.draw(&Theme::mono().with_ascii_borders()));
        }
        let stage = stage.send(Message::Resize(GridSize::new(80, 24)));
        if matches!(name, "tree" | "broadcast") {
            check_in(&format!("{name}-light"), &stage, &Theme::light());
            check_in(&format!("{name}-ascii"), &stage, &Theme::mono().with_ascii_borders());
        }
    }
}

#[test]
fn sixteen_panes_and_a_storm_of_sizes() {
    let mut stage = three(200, 60);
    for _ in 0..15 {
        stage = stage.keys("prefix \"").wait(500).keys("prefix alt-5");
    }
    check("sixteen-panes", &stage);
    for step in 0..400_u16 {
        let (cols, rows) = (20 + step * 7 % 281, 5 + step * 11 % 96);
        stage = stage.send(Message::Resize(GridSize::new(cols, rows)));
        golden::describe(&stage.draw(&Theme::dark()));
    }
    let stage = stage.send(Message::Resize(GridSize::new(200, 60)));
    check("sixteen-panes-after-it", &stage.wait(1_000));
}

const TEST_RUN: &str = "\u{1b}[H\u{1b}[2J\u{1b}[1;32muser@api\u{1b}[0m:\u{1b}[1;34m~/app\u{1b}[0m$ cargo test
\u{1b}[1;32m   Compiling\u{1b}[0m app v0.3.1 (/home/user/app)
\u{1b}[1;32m    Finished\u{1b}[0m `test` profile in 4.12s
\u{1b}[1;32m     Running\u{1b}[0m tests/orders.rs

running 9 tests
test cancel_twice_is_refused ... \u{1b}[32mok\u{1b}[0m
test empty_cart_is_refused ... \u{1b}[32mok\u{1b}[0m
test prices_are_rounded_once ... \u{1b}[31mFAILED\u{1b}[0m
test stock_never_below_zero ... \u{1b}[32mok\u{1b}[0m

---- prices_are_rounded_once ----
assertion `left == right` failed
\u{1b}[31m  left: 1999
\u{1b}[32m right: 2000\u{1b}[0m

test result: \u{1b}[31mFAILED\u{1b}[0m. 8 passed; 1 failed

\u{1b}[1;32muser@api\u{1b}[0m:\u{1b}[1;34m~/app\u{1b}[0m$ \u{1b}]7;file://api/home/user/app\u{7}";

const TABLE: &str = "\u{1b}[?1049h\u{1b}[?25l\u{1b}[H\u{1b}]2;htop\u{7}  0\u{1b}[1m[\u{1b}[32m|||||||\u{1b}[31m||\u{1b}[0m            31.8%\u{1b}[1m]\u{1b}[0m  Tasks: 38, 61 thr
  1\u{1b}[1m[\u{1b}[32m|||||||||||||\u{1b}[31m|\u{1b}[0m       58.0%\u{1b}[1m]\u{1b}[0m  Load: 0.71 0.44 0.30
Mem\u{1b}[1m[\u{1b}[32m||||||\u{1b}[34m|\u{1b}[33m||||\u{1b}[0m     340M/512M\u{1b}[1m]\u{1b}[0m  Uptime: 00:41:09

\u{1b}[30;42m  PID USER      CPU%  MEM%  TIME+    Command         \u{1b}[0m
\u{1b}[30;46m  977 user      58.0  12.4  0:41.20  orders --port 80\u{1b}[0m
  412 user       0.7   0.9  0:00.31  bash -l
\u{1b}[2m    1 root       0.0   1.1  0:00.92  /sbin/init
  203 root       0.0   2.0  0:01.44  envd\u{1b}[0m
";

const LOG: &str = "\u{1b}[H\u{1b}[2J\u{1b}]2;tail -f orders.log\u{7}\
\u{1b}[2m13:02:11\u{1b}[0m \u{1b}[32mINFO\u{1b}[0m  order 8121 paid
\u{1b}[2m13:02:12\u{1b}[0m \u{1b}[32mINFO\u{1b}[0m  order 8122 paid
\u{1b}[2m13:02:12\u{1b}[0m \u{1b}[33mWARN\u{1b}[0m  stock of 日本茶 below 5
\u{1b}[2m13:02:14\u{1b}[0m \u{1b}[31mERROR\u{1b}[0m price 1999 ≠ 2000 in order 8123
";

/// What the picture in the README shows: three sandboxes, the first with a test run, a process table and a log.
fn scene() -> Stage {
    let round_trip = SessionNews::RoundTrip(std::time::Duration::from_millis(12));
    three(110, 28)
        .split("prefix %")
        .split("prefix \"")
        .output(3, TABLE)
        .output(4, LOG)
        .keys("prefix left")
        .output(0, TEST_RUN)
        .news(0, round_trip)
        .output(2, "make: *** [all] Error 2\n")
        .ended(2, 2)
}

#[test]
fn the_picture_in_the_readme() {
    let stage = scene();
    check("scene", &stage);
    let (buffer, cursor) = stage.draw(&Theme::dark());
    let picture = svg::picture(&buffer, cursor, "e2b-tui: three sandboxes, one of them in three panes");
    golden::compare("assets/screenshot.svg", &picture);
}

#[test]
fn sidebar() {
    check("sidebar", &split().keys("prefix S j"));
    check("sidebar-marked", &split().keys("prefix S space space"));
    check("sidebar-filter", &split().keys("prefix S / w o r"));
    check("sidebar-filter-nothing", &split().keys("prefix S / z z enter"));
    check("sidebar-stacked", &split().keys("prefix S |"));
    check("sidebar-maximised", &split().keys("prefix S z"));
    check("sidebar-right", &split().keys("prefix S \\ esc"));
    check_in(
        "sidebar-ascii",
        &split().keys("prefix S j"),
        &Theme::mono().with_ascii_borders(),
    );
    check_in("sidebar-light", &split().keys("prefix S j"), &Theme::light());
}

#[test]
fn sidebar_where_there_is_little_room() {
    for (cols, rows) in [(40, 10), (20, 5), (3, 2), (1, 1)] {
        let name = format!("sidebar-{cols}x{rows}");
        check(&name, &three(cols, rows).keys("prefix S"));
    }
    check("sidebar-40x10-left", &three(40, 10).keys("prefix S esc"));
}

#[test]
fn closing_the_panes_of_a_sandbox_is_asked_about() {
    check("sidebar-confirm", &split().keys("prefix S x"));
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
