//! Every state that the workbench can be in, by name: each is played from the start on a screen of 80×24.

use std::collections::BTreeMap;
use std::time::Duration;

use e2b_tui::app::{
    Answer, Effect, Health, KeepOptions, Kept, LastWords, Message, Options, PlatformAnswer, PlatformOptions, Question,
    SavedThing, TakeUp, TakeUpTarget, Whereabouts,
};
use e2b_tui::config::{SavedPane, SavedTab, WorkspaceFile};
use e2b_tui::domain::{
    ExitStatus, Failure, FailureKind, GridSize, Pid, RunAnswer, RunVerdict, SandboxState, SessionNews, SystemMetrics,
    Target, Ticket,
};
use e2b_tui::keys::{Modifiers, Pointer, PointerButton, PointerKind};
use e2b_tui::theme::Theme;

use super::fleet::{NOW, sandbox};
use super::stage::{Stage, local, targets};

/// A state: its name, and how it comes about.
pub type State = (&'static str, fn() -> Stage);

/// All of them.
pub fn all() -> impl Iterator<Item = &'static State> {
    [PANES, LINKS, LOOKING_BACK, OVER, KEPT, SIDEBAR, PLATFORM]
        .into_iter()
        .flatten()
}

/// Tabs and panes, and what is said in frames, bars and notices.
pub const PANES: &[State] = &[
    ("starting", || Stage::new(local(), 80, 24)),
    ("start", || Stage::new(local(), 80, 24).live()),
    ("connecting", || Stage::new(targets(), 80, 24)),
    ("splits", split),
    ("zoomed", || split().keys("prefix z")),
    ("tab-marks", marks),
    ("many-tabs", many_tabs),
    ("long-names", long_names),
    ("renamed", || three().keys("prefix , w e b space 1 enter")),
    ("dragged", dragged),
    ("hostile-title", hostile_title),
    ("wide-characters", wide_characters),
    ("watched", || split().keys("prefix g s").wait(5_000)),
    ("locked", || three().keys("prefix g l l s")),
    ("read-only", || careful().keys("prefix 2 l s")),
    ("guarded", careful),
    ("broadcast", || split().keys("prefix e enter").wait(9_000)),
    ("recording", || three().keys("prefix : r e c o r d enter")),
    ("everything-in-a-frame", everything_in_a_frame),
    ("notice-info", || three().keys("prefix g s")),
    ("notice", || three().news(0, SessionNews::Refused { bytes: 1 })),
    ("notice-error", notice_error),
    ("notice-long", notice_long),
    ("notice-unbound", || three().keys("prefix Y")),
    ("prefix", || three().keys("prefix")),
    ("prefix-hints", || three().keys("prefix").wait(400)),
    ("prefix-hints-splits", || split().keys("prefix").wait(400)),
    ("prefix-hints-further", || split().keys("prefix g").wait(400)),
    ("sixteen-panes", sixteen),
    ("first-run", first_run),
    ("first-run-prefix", || first_run().keys("prefix").wait(400)),
    ("progress", || opening().wait(600)),
    ("progress-long", || opening().wait(600).wait(3_000)),
];

/// How programs and the links to them are doing.
pub const LINKS: &[State] = &[
    ("ended", || split().ended(3, 101)),
    ("ended-focused", || three().output(0, "make\n").ended(0, 2)),
    ("ended-well", || three().output(0, "exit\n").ended(0, 0)),
    ("ended-by-signal", || split().news(3, SessionNews::Ended(killed()))),
    ("failed", failed),
    ("given-up", || three().lost(0, 4, 8_000).keys("prefix .")),
    ("rejoining", || three().lost(0, 1, 2_000)),
    ("rejoining-later", || three().lost(0, 3, 4_000).wait(2_500)),
    ("rejoining-now", || split().lost(3, 2, 2_000).wait(2_000)),
    ("rejoined", rejoined),
    ("restarted", || {
        three().output(0, "make\n").ended(0, 2).keys("prefix R").wait(1)
    }),
    ("paused", paused),
    ("death-line", death_line),
    ("life-ending", || open_in(SandboxState::Running, 45)),
    ("round-trip", || {
        three().news(0, SessionNews::RoundTrip(Duration::from_millis(12)))
    }),
];

/// Copy mode and what scrolled away.
pub const LOOKING_BACK: &[State] = &[
    ("copy-mode", || lines().keys("prefix [ pageup k")),
    ("copy-mode-count", || lines().keys("prefix [ k 1 5")),
    ("selected", || lines().keys("prefix [ k k 0 v k $")),
    ("selected-lines", || lines().keys("prefix [ k k V k k")),
    ("selected-block", || lines().keys("prefix [ k k $ ctrl-v k k 0")),
    ("copied", || lines().keys("prefix [ k k 0 v k $ y")),
    ("search", || lines().keys("prefix / 9")),
    ("found", || lines().keys("prefix / 9 enter n n")),
    ("found-nothing", || lines().keys("prefix / z z enter")),
    ("scrolled-new", || {
        lines().keys("prefix pageup").output(0, "one more\nand one\n")
    }),
    ("search-all", || split().keys("prefix g / r u n n i n g")),
    ("search-all-found", || split().keys("prefix g / u s e r enter")),
    ("search-all-nothing", || split().keys("prefix g / z z z z enter")),
    ("links", || linked().keys("prefix u")),
    ("links-typed", || linked().keys("prefix u a")),
    ("links-none", || three().keys("prefix u")),
];

/// What lies over the panes.
pub const OVER: &[State] = &[
    ("help", || three().keys("prefix ?")),
    ("help-scrolled", || three().keys("prefix ? G k")),
    ("help-copying", || lines().keys("prefix [ prefix ?")),
    ("help-panel", || three().keys("prefix S ?")),
    ("palette-all", || three().keys("prefix :")),
    ("palette", || three().keys("prefix : s p l i down")),
    ("palette-last", || {
        three().keys("prefix : pagedown pagedown pagedown pagedown")
    }),
    ("palette-arguments", || {
        three().keys("prefix : s p l i t minus r i g h t space")
    }),
    ("palette-completed", || three().keys("prefix : l a y o down tab")),
    ("palette-argument-wrong", || {
        three().keys("prefix : r e s i z e minus l e f t space x")
    }),
    ("palette-nothing", || three().keys("prefix : z z z")),
    ("rename", || three().keys("prefix , w e b space 1")),
    ("confirm", || three().keys("prefix x")),
    ("confirm-tab", || split().keys("prefix &")),
    ("confirm-leaving", || {
        Stage::new(local(), 80, 24).live().keys("prefix d")
    }),
    ("confirm-paste", || three().send(pasted())),
    ("confirm-paste-to-all", || split().keys("prefix e enter").send(pasted())),
    ("confirm-link", confirm_link),
    ("guarded-close", || careful().keys("prefix x a p")),
    ("messages", messages),
    ("messages-none", || three().keys("prefix ~")),
    ("messages-many", messages_many),
    ("tree", || split().keys("prefix w down")),
    ("tree-filter", || split().keys("prefix w h t o p")),
    ("tree-nothing", || split().keys("prefix w z z z z")),
    ("tree-close", || split().keys("prefix w down ctrl-x")),
    ("tree-wide-characters", || wide_characters().keys("prefix w down")),
    ("split-in", || split().keys("prefix | down")),
    ("join-tab", || split().keys("prefix g j")),
    ("numbers", || split().keys("prefix q")),
    ("broadcast-choose", || split().keys("prefix e space")),
    ("over-wide-characters", || wide_characters().keys("prefix :")),
    ("run-asked", || three().keys("prefix g r u p t i m e")),
    ("run-waiting", || ran().wait(1_000)),
    ("run-answers", run_answers),
    ("run-difference", || run_answers().keys("j d")),
];

/// One command on three sandboxes, not answered yet.
fn ran() -> Stage {
    three().keys("prefix g r c a t space / e t c / v e r s i o n enter")
}

/// Two of them say the same, the third something else and fails.
fn run_answers() -> Stage {
    let mut stage = ran();
    let tickets: Vec<Ticket> = stage
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Ask(ticket, _, Question::Run(_)) => Some(*ticket),
            _ => None,
        })
        .collect();
    assert_eq!(tickets.len(), 3);
    for (at, ticket) in tickets.into_iter().enumerate() {
        let text = if at == 2 {
            "release 11\nkernel 5\n"
        } else {
            "release 12\nkernel 6\n\u{1b}[31mred\n"
        };
        let answer = RunAnswer {
            verdict: RunVerdict::Ended(u8::from(at == 2)),
            stdout: text.into(),
            stderr: Vec::new(),
            is_cut: false,
        };
        stage = stage.send(Message::Answer(ticket, Ok(Answer::Ran(Box::new(answer)))));
    }
    stage
}

/// What is kept: recordings, files, workspaces, themes.
pub const KEPT: &[State] = &[
    ("record-to", || {
        three().keys("prefix : r e c o r d minus t o enter / t m p / a . c a s t")
    }),
    ("save-text", || three().keys("prefix : s a v e minus t e x t enter")),
    ("save-workspace", || {
        three().keys("prefix : s a v e minus w o r k s p a c e enter d a y")
    }),
    ("saved", || {
        three().send(Message::Kept(Kept::Saved(
            SavedThing::Text,
            "/home/user/api.txt".to_owned(),
        )))
    }),
    ("settings-refused", settings_refused),
    ("themes", themes),
    ("take-up", || with_workspace(true)),
    ("taken-up", || {
        with_workspace(false).news(0, SessionNews::Opened(Pid(77)))
    }),
    ("taken-up-gone", taken_up_gone),
];

/// The sidebar and its panels.
pub const SIDEBAR: &[State] = &[
    ("sidebar", || split().keys("prefix S j")),
    ("sidebar-unfocused", || split().keys("prefix S j esc")),
    ("sidebar-marked", || split().keys("prefix S space space")),
    ("sidebar-filter", || split().keys("prefix S / w o r")),
    ("sidebar-filter-nothing", || split().keys("prefix S / z z enter")),
    ("sidebar-stacked", || split().keys("prefix S |")),
    ("sidebar-maximised", || split().keys("prefix S z")),
    ("sidebar-pinned", || split().keys("prefix P P")),
    ("sidebar-right", || split().keys("prefix S \\ esc")),
    ("sidebar-confirm", || split().keys("prefix S x")),
    ("sidebar-hints", || three().keys("prefix S prefix").wait(400)),
    ("sidebar-over-wide-characters", || {
        wide_characters().keys("prefix S < <")
    }),
    ("panel-processes", || three().keys("prefix P")),
    ("panel-history", || three().keys("prefix H")),
    ("panel-network", || three().keys("prefix N")),
    ("panel-metrics", || three().keys("prefix M")),
];

/// What the platform says.
pub const PLATFORM: &[State] = &[
    ("picker-reading", || picker(Vec::new(), None)),
    ("picker-empty", || picker(Vec::new(), Some(()))),
    ("picker-list", || picker(some_sandboxes(), Some(()))),
    ("picker-confirm", || {
        picker(some_sandboxes(), Some(())).keys("space space K")
    }),
    ("picker-create-dialog", || picker(some_sandboxes(), Some(())).keys("c")),
    ("picker-create-mistake", || {
        picker(some_sandboxes(), Some(())).keys("c tab r o l e enter")
    }),
];

pub fn three() -> Stage {
    Stage::new(targets(), 80, 24).live()
}

/// Two panes at the left, two at the right, programs in all of them.
pub fn split() -> Stage {
    three()
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

/// A hundred lines were printed.
fn lines() -> Stage {
    let lines: String = (1..=100)
        .map(|line| format!("line {line}\n"))
        .collect::<Vec<_>>()
        .concat();
    three().output(0, &lines)
}

/// One tab for each thing that a tab can be marked with.
fn marks() -> Stage {
    let mut stage = three();
    for _ in 0..6 {
        stage = stage.keys("prefix c").wait(1);
    }
    for index in 3..9 {
        stage = stage.news(index, SessionNews::Opened(Pid(400 + index as u32)));
    }
    let failure = Failure::new(FailureKind::Gone, "the sandbox is gone");
    stage
        .keys("prefix 9")
        .output(0, "\u{7}")
        .ended(1, 1)
        .lost(2, 1, 2_000)
        .ended(3, 0)
        .news(4, SessionNews::Failed(failure))
        .output(5, "\u{1b}]9;build done\u{7}")
        .output(6, "tick\n")
        .keys("prefix 8 prefix g s prefix 9")
        .wait(20_000)
}

fn many_tabs() -> Stage {
    let mut stage = three();
    for _ in 0..14 {
        stage = stage.keys("prefix c");
    }
    stage.keys("prefix 7")
}

/// Names that are longer than their place.
fn long_names() -> Stage {
    let mut targets = targets();
    targets[0].label = "payments-service-of-the-second-region-eu-west".into();
    targets[1].label = "長い名前のサンドボックスです".into();
    let directory = "\u{1b}]7;file:///srv/a/very/long/way/down/to/where/the/sources/are/kept\u{7}";
    Stage::new(targets, 80, 24)
        .live()
        .output(0, directory)
        .output(
            0,
            "\u{1b}]2;vim a-file-with-a-long-name-indeed.rs (~/src/e2b) - VIM\u{7}",
        )
        .split("prefix %")
        .split("prefix %")
        .keys("prefix left")
}

pub fn dragged() -> Stage {
    let mouse = |kind, x, y| {
        Message::Pointer(Pointer {
            kind,
            x,
            y,
            modifiers: Modifiers::NONE,
        })
    };
    three()
        .split("prefix %")
        .send(mouse(PointerKind::Press(PointerButton::Left), 39, 10))
        .send(mouse(PointerKind::Drag(PointerButton::Left), 20, 11))
        .send(mouse(PointerKind::Release(PointerButton::Left), 20, 11))
}

fn hostile_title() -> Stage {
    three().output(
        0,
        "\u{1b}]2;root@prod\u{202e} \u{e0041}\u{7}\u{1b}]7;file:///tmp/%0a%1b[2J\u{7}",
    )
}

/// Nothing but wide characters, from edge to edge and one cell off in every second row.
fn wide_characters() -> Stage {
    let row = |index: usize| format!("{}{}", " ".repeat(index % 2), "漢字".repeat(60));
    let rows: Vec<String> = (0..24).map(|index| row(index).chars().take(39).collect()).collect();
    three().output(0, &rows.join("\n"))
}

/// The first sandbox is guarded, the second only to be looked at.
pub fn careful() -> Stage {
    let mut targets = targets();
    targets[0].care.guard = Some("env=prod".to_owned());
    targets[1].care.is_read_only = true;
    Stage::new(targets, 80, 24).live()
}

/// A recorded, locked pane of a broadcast, scrolled back, with a long title.
fn everything_in_a_frame() -> Stage {
    let title = "\u{1b}]2;a title that is as long as titles of editors are today\u{7}";
    lines()
        .output(0, title)
        .split("prefix %")
        .keys("prefix left prefix : r e c o r d enter")
        .keys("prefix e enter prefix pageup")
        .output(0, "more\n")
}

fn notice_error() -> Stage {
    let failure = Failure::new(FailureKind::Denied, "cannot open worker").because("the key was refused");
    let stage = picker(Vec::new(), Some(())).keys("prefix : o p e n space w o r k e r enter");
    stage.open_answers(Err(failure.hint("check E2B_API_KEY")))
}

/// Nobody has used the program here before.
fn first_run() -> Stage {
    let keeping = KeepOptions {
        is_first_run: true,
        ..KeepOptions::default()
    };
    let options = Options {
        keeping,
        ..Options::default()
    };
    Stage::with(local(), options, 80, 24).live()
}

/// Something is being opened, and takes its time.
fn opening() -> Stage {
    three().keys("prefix : o p e n space o t h e r enter")
}

fn notice_long() -> Stage {
    let text = "the settings stay as they were: ".to_owned() + &"a very long reason that goes on and on ".repeat(9);
    three().send(Message::Trouble(text))
}

fn settings_refused() -> Stage {
    let why = "config.toml:3: `them` is no setting: did you mean `theme`?".to_owned();
    three().send(Message::Kept(Kept::SettingsRefused(why)))
}

/// Sixteen panes in one tab, as they are once their programs have drawn their prompts.
pub fn sixteen() -> Stage {
    let mut stage = three().send(Message::Resize(GridSize::new(200, 60)));
    for _ in 0..15 {
        stage = stage.split("prefix \"").keys("prefix alt-5").wait(500);
    }
    stage.send(Message::Resize(GridSize::new(80, 24))).wait(1_000)
}

fn killed() -> ExitStatus {
    ExitStatus {
        code: -1,
        exited: false,
        status: "signal: killed".into(),
        error: None,
    }
}

fn failed() -> Stage {
    let failure = Failure::new(FailureKind::Unreachable, "cannot reach api at 10.0.0.5:49983")
        .because("connection refused")
        .hint("is envd running there?");
    Stage::new(targets(), 80, 24).news(0, SessionNews::Failed(failure))
}

fn rejoined() -> Stage {
    let gap = Duration::from_secs(8);
    let stage = three().lost(0, 1, 2_000).wait(8_000);
    stage.news(0, SessionNews::Rejoined { gap }).output(0, "\nback$ ")
}

/// A pane in a sandbox of the platform, which says this of it.
fn open_in(state: SandboxState, ends_in: i64) -> Stage {
    let known = sandbox(1, "api", state, ends_in);
    let target = Target {
        sandbox: Some(known.id.clone()),
        ..targets()[0].clone()
    };
    let options = Options {
        platform: Some(PlatformOptions::default()),
        ..Options::default()
    };
    let page = PlatformAnswer::Page {
        sandboxes: vec![known],
        next: None,
    };
    Stage::with(vec![target], options, 80, 24)
        .live()
        .wait(100)
        .platform_says(Ok(page))
        .wait(100)
}

fn paused() -> Stage {
    open_in(SandboxState::Paused, 900)
}

/// The link is gone for good, and the platform says why.
fn death_line() -> Stage {
    let failure = Failure::new(FailureKind::Gone, "api: the sandbox is gone");
    let words = PlatformAnswer::LastWords(Box::new(LastWords {
        now_is: Whereabouts::Gone,
        health: Health::NotAsked,
        log: Vec::new(),
        sample: Some(SystemMetrics {
            timestamp: NOW,
            memory_total: 512,
            memory_used: 511,
            ..SystemMetrics::default()
        }),
        snapshots: Vec::new(),
    }));
    open_in(SandboxState::Running, 900)
        .output(0, "cargo build\n")
        .news(0, SessionNews::Failed(failure))
        .platform_says(Ok(words))
}

fn linked() -> Stage {
    three().output(
        0,
        "see https://example.com/docs and src/main.rs:12:5\nmail: \u{1b}]8;;https://e2b.dev/\u{1b}\\the docs\u{1b}]8;;\u{1b}\\\n$ ",
    )
}

fn confirm_link() -> Stage {
    let long = "https://example.com/a/very/long/way/to/a/page?that=has&many=parameters&and=more&and=more#and-a-place";
    three().output(0, &format!("{long}\n$ ")).keys("prefix u a")
}

fn pasted() -> Message {
    Message::Paste("cd /tmp\nrm -rf ./*\n\u{202e}exe\n4\n5\n6\n7".to_owned())
}

fn messages() -> Stage {
    three()
        .news(0, SessionNews::Refused { bytes: 70_000 })
        .wait(61_000)
        .news(1, SessionNews::Unconfirmed { bytes: 12 })
        .keys("prefix ~")
}

fn messages_many() -> Stage {
    let told = (1..=40).fold(three(), |stage, number| {
        stage
            .send(Message::Trouble(format!("trouble number {number}")))
            .wait(1_000)
    });
    told.keys("prefix ~ pagedown")
}

fn themes() -> Stage {
    let keeping = KeepOptions {
        themes: Theme::NAMES.map(str::to_owned).to_vec(),
        theme: Some("light".to_owned()),
        ..KeepOptions::default()
    };
    let options = Options {
        keeping,
        ..Options::default()
    };
    Stage::with(targets(), options, 80, 24)
        .live()
        .keys("prefix : c h o o s e minus t h e m e enter")
}

/// A workspace of another run: two panes, one of them with a process.
fn workspace(is_embedded: bool, is_asked: bool) -> Stage {
    let pane = |pid, screen: &str| SavedPane {
        target: "api".to_owned(),
        cwd: Some("/home/user/app".to_owned()),
        pid,
        screen: Some(screen.to_owned()),
        ..SavedPane::default()
    };
    let file = WorkspaceFile {
        run: Some("one".to_owned()),
        shown: Some(1),
        tabs: vec![SavedTab {
            name: Some("work".to_owned()),
            panes: vec![
                pane(Some(Pid(77)), "user@sandbox:~/app$ make\ncc -c main.c"),
                pane(None, "user@sandbox:~/app$ "),
            ],
            ..SavedTab::default()
        }],
    };
    let target = Target {
        is_embedded,
        ..targets()[0].clone()
    };
    let take_up = TakeUp {
        file,
        targets: vec![TakeUpTarget {
            name: "api".to_owned(),
            found: vec![target],
        }],
        offer: is_asked.then(|| vec!["api: bash, process 77".to_owned(), "api: bash".to_owned()]),
        left_out: Vec::new(),
    };
    let options = Options {
        keeping: KeepOptions {
            take_up: Some(Box::new(take_up)),
            ..KeepOptions::default()
        },
        ..Options::default()
    };
    Stage::with(Vec::new(), options, 80, 24)
}

fn with_workspace(is_asked: bool) -> Stage {
    workspace(false, is_asked).wait(100)
}

fn taken_up_gone() -> Stage {
    workspace(true, false).wait(100)
}

fn some_sandboxes() -> Vec<e2b_tui::domain::Sandbox> {
    vec![
        sandbox(1, "api", SandboxState::Running, 480),
        sandbox(2, "worker", SandboxState::Running, 45),
        sandbox(3, "old", SandboxState::Paused, -7200),
        sandbox(4, "build", SandboxState::Running, 7300),
    ]
}

/// The list of the platform's sandboxes before anything is open; not read yet without an answer.
fn picker(sandboxes: Vec<e2b_tui::domain::Sandbox>, is_read: Option<()>) -> Stage {
    let options = Options {
        platform: Some(PlatformOptions::default()),
        ..Options::default()
    };
    let stage = Stage::with(Vec::new(), options, 80, 24);
    if is_read.is_none() {
        return stage;
    }
    let sample = SystemMetrics {
        timestamp: NOW,
        cpu_used_percent: 97.0,
        memory_total: 512,
        memory_used: 340,
        ..SystemMetrics::default()
    };
    let samples: BTreeMap<_, _> = sandboxes
        .first()
        .map(|known| (known.id.clone(), sample))
        .into_iter()
        .collect();
    let has_samples = !samples.is_empty();
    let stage = stage
        .platform_says(Ok(PlatformAnswer::Page { sandboxes, next: None }))
        .wait(1_000);
    if has_samples {
        stage.platform_says(Ok(PlatformAnswer::Samples(samples)))
    } else {
        stage
    }
}
