//! The commands of a pane as blocks, by keys: folding, what stays in sight, how each ended, running one again.

use e2b_tui::domain::{Failure, FailureKind, SessionNews};
use e2b_tui::theme::Theme;

use super::blocks_stage::{Shell, commands, numbered, reporting};
use super::stage::Stage;

/// What is on the screen, row by row, without what pads it.
fn rows(stage: &Stage) -> Vec<String> {
    let (buffer, _) = stage.draw(&Theme::dark());
    let width = usize::from(buffer.area().width);
    let rows = buffer.content().chunks(width);
    rows.map(|row| {
        let row: String = row.iter().map(ratatui::buffer::Cell::symbol).collect();
        row.trim_matches('│').trim_end().to_owned()
    })
    .collect()
}

fn has(stage: &Stage, text: &str) -> bool {
    rows(stage).iter().any(|row| row.contains(text))
}

fn asked(stage: &Stage) -> String {
    format!("{:?}", stage.effects)
}

#[track_caller]
fn check(stage: &Stage, text: &str, is_there: bool) {
    assert_eq!(has(stage, text), is_there, "{text}:\n{}", rows(stage).join("\n"));
}

#[test]
fn long_output_is_folded_away_and_comes_back() {
    let mut stage = commands().keys("prefix [ [ p [ p");
    check(&stage, "step 1", true);
    stage = stage.keys("z");
    let shown = rows(&stage);
    let fold = shown.iter().position(|row| row.contains("── 60 lines folded ──"));
    let fold = fold.unwrap_or_else(|| panic!("{}", shown.join("\n")));
    assert!(shown[fold - 1].contains("$ make all"), "{}", shown.join("\n"));
    assert!(shown[fold + 1].contains("$ false"), "{}", shown.join("\n"));
    assert!(
        shown[fold + 1].contains("✗ 1"),
        "how it ended stays: {}",
        shown[fold + 1]
    );
    check(&stage, "step", false);
    let (_, cursor) = stage.draw(&Theme::dark());
    assert_eq!(
        cursor.map(|cursor| usize::from(cursor.y)),
        Some(fold),
        "the cursor is on it"
    );
    // The keys step over it as over one line, both ways.
    stage = stage.keys("j");
    let (_, cursor) = stage.draw(&Theme::dark());
    assert_eq!(cursor.map(|cursor| usize::from(cursor.y)), Some(fold + 1));
    stage = stage.keys("k k");
    let (_, cursor) = stage.draw(&Theme::dark());
    assert_eq!(cursor.map(|cursor| usize::from(cursor.y)), Some(fold - 1));
    // All of it is copied all the same.
    stage.effects.clear();
    stage = stage.keys("j O y");
    assert!(asked(&stage).contains("step 1\\nstep 2\\n") && asked(&stage).contains("step 60"));
    // The program's own screen is as it is; whoever looks back again finds it folded.
    check(&stage, "step 60", true);
    stage = stage.keys("prefix [ [ p [ p");
    check(&stage, "60 lines folded", true);
    stage = stage.keys("j z");
    check(&stage, "60 lines folded", false);
    check(&stage, "step 1", true);
}

#[test]
fn folds_outlast_other_widths_and_new_output() {
    let stage = commands();
    let (stage, mut shell) = Shell::begin(stage.keys("prefix 1"), 1);
    let stage = stage.keys("prefix 1 prefix [ [ p [ p z");
    check(&stage, "60 lines folded", true);
    let mut stage = stage;
    for (cols, rows) in [(40, 24), (133, 30), (80, 10), (80, 24)] {
        let size = e2b_tui::domain::GridSize::new(cols, rows);
        stage = stage.send(e2b_tui::app::Message::Resize(size)).wait(200);
        check(&stage, "60 lines folded", true);
        check(&stage, "step 7", false);
    }
    // Others go on.
    stage = shell.run(stage, "echo x", "x\n", 0);
    check(&stage, "60 lines folded", true);
    stage = stage.output(0, &numbered("late", 3));
    check(&stage, "60 lines folded", true);
    // A search sees through it, and opens it.
    let stage = stage.keys("/ s t e p space 3 3 enter");
    check(&stage, "step 33", true);
    check(&stage, "lines folded", false);
}

#[test]
fn the_wheel_goes_over_a_fold_to_the_newest_line() {
    use e2b_tui::app::Message;
    use e2b_tui::keys::{Modifiers, Pointer, PointerKind};
    let mut stage = commands().keys("prefix [ [ p [ p z q");
    let wheel = |stage: Stage, kind| {
        let (x, y, modifiers) = (5, 5, Modifiers::default());
        stage.send(Message::Pointer(Pointer { kind, x, y, modifiers }))
    };
    stage = wheel(stage, PointerKind::WheelUp);
    check(&stage, "60 lines folded", true);
    check(&stage, "echo before", true);
    for _ in 0..5 {
        stage = wheel(stage, PointerKind::WheelDown);
    }
    check(&stage, "60 lines folded", false);
    check(&stage, "step 60", true);
    let newest = rows(&stage);
    assert!(newest.iter().any(|row| row == "$"), "{}", newest.join("\n"));
}

#[test]
fn all_long_output_is_folded_at_once() {
    let (mut stage, mut shell) = Shell::begin(reporting().live(), 0);
    for number in 1..=5 {
        stage = shell.run(stage, &format!("make {number}"), &numbered("step", 40), 0);
        stage = shell.run(stage, &format!("echo {number}"), "few\nlines\n", 0);
    }
    stage = stage.keys("prefix [ Z");
    let folds = rows(&stage)
        .iter()
        .filter(|row| row.contains("40 lines folded"))
        .count();
    assert!(folds >= 4, "{}", rows(&stage).join("\n"));
    check(&stage, "few", true);
    check(&stage, "step", false);
    stage = stage.keys("Z");
    check(&stage, "folded", false);
    check(&stage, "step 40", true);
}

#[test]
fn what_cannot_be_folded_says_why() {
    let (stage, mut shell) = Shell::begin(reporting().live(), 0);
    let stage = shell.run(stage, "ls", "a\nb\n", 0).keys("prefix [ [ p z");
    check(&stage, "all there is fits on the screen", true);
    let stage = shell.run(stage, "seq 60", &numbered("line", 60), 0);
    let stage = shell.start(stage, "sleep 9").output(0, &numbered("more", 5));
    check(&stage.keys("q prefix [ z"), "it is still running", true);
}

#[test]
fn the_command_stays_in_sight_over_its_output_and_how_it_ended_beside_it() {
    let stage = commands();
    check(&stage, "❯ make all", false);
    let stage = stage.keys("prefix pageup");
    check(&stage, "❯ make all", true);
    let stage = stage.keys("q");
    let shown = rows(&stage);
    let failed = shown.iter().find(|row| row.contains("$ false")).unwrap();
    assert!(failed.ends_with("✗ 1"), "{failed}");
    let (stage, mut shell) = Shell::begin(reporting().live(), 0);
    let stage = shell.start(stage, "make").wait(4_200);
    let stage = shell.end(stage, 0);
    let shown = rows(&stage);
    let took = shown.iter().find(|row| row.contains("$ make")).unwrap();
    assert!(took.ends_with("4.2s"), "{took}");
}

#[test]
fn a_command_is_run_again_here_or_elsewhere() {
    let mut stage = commands().keys("prefix [ [ p [ p");
    stage.effects.clear();
    stage = stage.keys("x");
    assert!(asked(&stage).contains("make all"), "{}", asked(&stage));
    assert!(asked(&stage).contains("\\r"), "{}", asked(&stage));
    check(&stage, "COPY", false);
    let mut stage = commands().keys("prefix [ [ p [ p X");
    check(&stage, "Run in these sandboxes", true);
    stage.effects.clear();
    stage = stage.keys("backspace backspace backspace w o r k e r enter").wait(600);
    assert!(
        asked(&stage).contains("make all") && asked(&stage).contains("TargetId(2)"),
        "{}\n{}",
        asked(&stage),
        rows(&stage).join("\n")
    );
    assert!(!asked(&stage).contains("TargetId(3)"));
    // While a command runs nothing is typed into it.
    let (stage, mut shell) = Shell::begin(reporting().live(), 0);
    let stage = shell.run(stage, "ls", "a\n", 0);
    let mut stage = shell.start(stage, "cat").keys("prefix [ [ p [ p");
    stage.effects.clear();
    stage = stage.keys("x");
    check(&stage, "a command is running there", true);
    assert!(!asked(&stage).contains("Send"), "{}", asked(&stage));
}

#[test]
fn a_long_command_that_ends_elsewhere_needs_you() {
    let (stage, mut shell) = Shell::begin(reporting().live(), 0);
    let stage = shell.start(stage, "cargo build").keys("prefix 2").wait(11_000);
    check(&stage, "need", false);
    let stage = shell.end(stage, 1);
    check(&stage, "1 need", true);
    let stage = stage.keys("prefix a");
    check(&stage, "cargo build", true);
    // One that was short does not.
    let stage = shell.start(stage, "true").keys("prefix 2").wait(500);
    let stage = shell.end(stage, 0);
    check(&stage, "1 need", false);
}

#[test]
fn a_shell_that_was_to_report_and_does_not_says_so() {
    let stage = reporting().live();
    check(&stage, "no shell integration", false);
    let stage = stage.wait(2_000).output(0, "more\n").wait(1_500);
    check(&stage, "no shell integration", false);
    let stage = stage.wait(1_600);
    let said = rows(&stage)
        .iter()
        .filter(|row| row.contains("no shell integration"))
        .count();
    assert_eq!(
        said,
        2,
        "in its frame and in the status line: {}",
        rows(&stage).join("\n")
    );
    let (stage, _) = Shell::begin(stage, 0);
    check(&stage, "no shell integration", false);
    check(&stage.wait(9_000), "no shell integration", false);
    // Where none was asked to report, nothing is missing.
    check(&super::cases::three().wait(9_000), "no shell integration", false);
}

#[test]
fn a_shell_that_cannot_be_started_so_that_it_reports_is_started_plainly() {
    let refusal = |text: &str| Failure::new(FailureKind::Refused, "cannot start").because(text);
    let mut stage = reporting();
    stage.effects.clear();
    stage = stage.news(
        0,
        SessionNews::Failed(refusal("fork/exec /bin/sh: no such file or directory")),
    );
    let started = asked(&stage);
    assert!(
        started.contains("command: \"/bin/bash\"") && !started.contains("7274"),
        "{started}"
    );
    check(&stage, "it is started plainly", true);
    let stage = stage
        .news(0, SessionNews::Opened(e2b_tui::domain::Pid(7)))
        .output(0, "plain$ ");
    check(&stage.wait(9_000), "no shell integration", false);
    // What else is wrong is said, once and for all.
    let mut stage = reporting().news(0, SessionNews::Failed(refusal("first")));
    stage.effects.clear();
    stage = stage.news(0, SessionNews::Failed(refusal("the folder is gone")));
    let stage = stage.wait(15_000);
    check(&stage, "the folder is gone", true);
    assert!(!asked(&stage).contains("Start"), "{}", asked(&stage));
    // And what is no refusal is not tried in another way.
    let mut stage = reporting();
    stage.effects.clear();
    let denied = Failure::new(FailureKind::Denied, "wrong token");
    stage = stage.news(0, SessionNews::Failed(denied));
    assert!(!asked(&stage).contains("Start"), "{}", asked(&stage));
}
