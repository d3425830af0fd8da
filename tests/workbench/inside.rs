//! What panels about the inside of sandboxes ask, and when: one look for all that show it, none where nobody looks, none where
//! it could wake somebody; and what is made of the answers.

use e2b_tui::app::{Answer, Effect, LookAnswer, LookQuestion, Message, Question};
use e2b_tui::domain::{Failure, FailureKind, Observation, Sight, SystemMetrics, TargetId};
use e2b_tui::theme::Theme;

use super::process_stage::{Scene, answered, looked};
use super::stage::{Stage, targets};

/// The looks that were asked for, each with its sandbox.
fn looks(stage: &Stage) -> Vec<(TargetId, Sight)> {
    let looks = stage.effects.iter().filter_map(|effect| match effect {
        Effect::Ask(_, target, Question::Look(LookQuestion::Look(sight))) => Some((*target, *sight)),
        _ => None,
    });
    looks.collect()
}

fn screen(stage: &Stage) -> String {
    let (buffer, _) = stage.draw(&Theme::dark());
    let width = usize::from(buffer.area().width);
    let rows = buffer.content().chunks(width);
    rows.map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect::<String>() + "\n")
        .collect()
}

/// Looks that are asked for in so many seconds, each answered at once.
fn looks_in(mut stage: Stage, seconds: u64) -> (Stage, usize) {
    let scene = Scene::usual();
    let mut count = 0;
    for step in 0..seconds * 4 {
        stage = stage.wait(250);
        count += looks(&stage).len();
        stage = answered(stage, &scene.after(step));
    }
    (stage, count)
}

#[test]
fn panels_of_one_sandbox_share_one_look_with_all_they_want() {
    let stage = Stage::new(targets(), 120, 40).live();
    let mut stage = answered(stage, &Scene::usual()).keys("prefix N |");
    assert_eq!(looks(&stage), [(TargetId(1), Sight::Sockets)]);
    stage = stage.keys("2");
    assert_eq!(looks(&stage).len(), 1, "the one that is under way serves both");
    let (_, count) = looks_in(answered(stage, &Scene::usual()), 20);
    assert!(
        (18..=22).contains(&count),
        "one a second for the one with the keyboard: {count}"
    );
}

#[test]
fn what_is_seen_decides_how_often_and_nobody_looks_unseen() {
    let stage = looked((120, 40), "prefix M", &Scene::usual());
    let (stage, focused) = looks_in(stage, 20);
    let (stage, beside) = looks_in(stage.keys("esc"), 20);
    let (stage, behind) = looks_in(stage.send(Message::HostFocus(false)), 20);
    let stage = stage.send(Message::HostFocus(true));
    let (stage, hidden) = looks_in(stage.keys("prefix b"), 60);
    assert_eq!((focused, beside, hidden), (20, 10, 0));
    assert!((4..=5).contains(&behind), "{behind}");
    // Load alone needs no list of processes.
    let stage = answered(stage.keys("prefix M"), &Scene::usual()).wait(1_500);
    assert_eq!(looks(&stage).pop(), Some((TargetId(1), Sight::Load)));
}

#[test]
fn a_sandbox_with_much_to_show_is_looked_at_less_often() {
    let mut scene = Scene::usual();
    scene.seen.wire_bytes = 80_000;
    let mut stage = looked((120, 40), "prefix P", &scene);
    let mut count = 0;
    for step in 0..80 {
        stage = stage.wait(250);
        count += looks(&stage).len();
        stage = answered(stage, &scene.after(step));
    }
    assert!(
        (4..=6).contains(&count),
        "80 KB a look are 20 KB/s every four seconds: {count}"
    );
}

#[test]
fn no_sandbox_is_looked_into_but_where_a_link_stands() {
    // The program has not begun.
    let stage = Stage::new(targets(), 120, 40).keys("prefix P").wait(5_000);
    assert_eq!(looks(&stage), []);
    // The link is down: the sandbox may sleep.
    let stage = looked((120, 40), "prefix P", &Scene::usual()).lost(0, 1, 60_000);
    let (stage, count) = looks_in(stage, 30);
    assert_eq!(count, 0);
    assert!(screen(&stage).contains("s old: no pane"), "{}", screen(&stage));
    // Moving over the list of sandboxes looks into none of them.
    let stage = Stage::new(targets(), 120, 40).live().keys("prefix S j j k").wait(5_000);
    assert_eq!(looks(&stage), []);
}

#[test]
fn fifty_thousand_processes_and_sockets_are_shown_and_moved_through() {
    let mut scene = Scene::usual();
    let process = scene.seen.processes.last().unwrap().clone();
    let socket = scene.seen.sockets.as_ref().unwrap()[0].clone();
    for pid in 1_000..51_000_u32 {
        let mut one = process.clone();
        one.key.pid.0 = pid;
        one.parent.0 = pid - 1;
        scene.seen.processes.push(one);
        let mut other = socket.clone();
        other.inode = u64::from(pid);
        scene.seen.sockets.as_mut().unwrap().push(other);
    }
    let stage = looked((120, 40), "prefix P", &scene);
    let text = screen(&stage.keys("G"));
    assert!(text.contains("50999 ") && text.contains("/50004"), "{text}");
    let text = screen(&looked((120, 40), "prefix N", &scene).keys("G k"));
    assert!(text.contains("/50002"), "{text}");
}

#[test]
fn what_lasts_above_a_limit_needs_somebody_and_is_settled_when_it_is_over() {
    let account = |cpu| SystemMetrics {
        cpu_used_percent: cpu,
        memory_total: 100,
        memory_used: 10,
        disk_total: 100,
        disk_used: 10,
        ..SystemMetrics::default()
    };
    let mut stage = Stage::new(targets(), 120, 40).live();
    let mut shown = Vec::new();
    for cpu in [50.0, 99.0, 99.0, 99.0, 99.0, 20.0] {
        // Every sandbox is asked, only the second one is busy.
        while let Some(at) = stage
            .effects
            .iter()
            .position(|one| matches!(one, Effect::Ask(_, _, Question::Metrics)))
        {
            let Effect::Ask(ticket, target, _) = stage.effects.remove(at) else {
                unreachable!()
            };
            let cpu = if target == TargetId(2) { cpu } else { 1.0 };
            stage = stage.send(Message::Answer(ticket, Ok(Answer::Metrics(account(cpu)))));
        }
        shown.push(screen(&stage).contains("1 needs you"));
        stage = stage.wait(15_000);
    }
    assert_eq!(shown, [false, false, false, true, true, false]);
}

#[test]
fn an_address_is_copied_and_opened_only_after_a_question() {
    let scene = Scene::usual();
    let stage = answered(looked((120, 40), "prefix N", &scene).keys("U"), &scene);
    let effects = format!("{:?}", stage.effects);
    assert!(effects.contains("Copy(\"https://3000-i0abc.e2b.app\")"), "{effects}");
    let stage = answered(stage.keys("o"), &scene);
    assert!(!format!("{:?}", stage.effects).contains("OpenWeb"));
    let effects = format!("{:?}", stage.keys("y").effects);
    assert!(effects.contains("OpenWeb"), "{effects}");
}

#[test]
fn values_are_asked_for_only_when_wanted_and_forgotten_after() {
    let scene = Scene::usual();
    let stage = looked((120, 60), "prefix P  G  enter  z", &scene);
    assert!(!format!("{:?}", stage.effects).contains("environment: true"));
    assert!(screen(&stage).contains("not read: it may hold secrets"));
    let stage = answered(stage.keys("e"), &scene);
    assert!(screen(&stage).contains("hunter2"));
    let stage = stage.keys("e");
    assert!(!screen(&stage).contains("hunter2"));
    let (stage, _) = looks_in(stage, 5);
    assert!(!screen(&stage).contains("hunter2"));
}

#[test]
fn a_failed_forward_says_why_and_gives_way_to_another_try() {
    let failure = Failure::new(FailureKind::Unreachable, "cannot forward port 3000").because("connection refused");
    let mut scene = Scene::usual();
    let stage = looked((120, 40), "prefix N", &scene).keys("z");
    scene.failure = Some(failure);
    let stage = answered(stage.keys("f"), &scene);
    assert!(screen(&stage).contains("connection refused"), "{}", screen(&stage));
    let stage = answered(stage.keys("f"), &Scene::usual());
    assert!(screen(&stage).contains("forwarding"), "{}", screen(&stage));
}

#[test]
fn an_answer_that_comes_late_or_twice_changes_nothing() {
    let stage = looked((120, 40), "prefix P", &Scene::usual());
    let before = screen(&stage);
    let late = LookAnswer::Seen(Observation::default().into(), Vec::new());
    let ticket = e2b_tui::domain::Ticket((1 << 42) + 1);
    let stage = stage.send(Message::Answer(ticket, Ok(Answer::Look(late))));
    assert_eq!(screen(&stage), before);
}
