//! Every action of the table, done by its keys on a played workbench: keys in, screen and effects out. A new action is
//! one line in `CASES`; without it `every_action_has_a_case` fails and says what to add.

use std::collections::BTreeSet;
use std::fmt::Write;

use e2b_tui::app::Action;
use e2b_tui::keys::{Chord, read_sequence};
use e2b_tui::theme::Theme;

use super::cases::CASES;
use super::stage::Stage;

/// One action, done once.
pub struct Case {
    /// Its name in the action table.
    pub action: &'static str,
    /// What the workbench is like before.
    pub given: fn() -> Stage,
    /// What is pressed: the last keys, or the name typed into the palette, ask for the action.
    pub keys: &'static str,
    /// What shows that it was done: each stands on the screen (`cursor 3,4` counts as standing there), or does not
    /// where it begins with `not `, or was asked of the world where it begins with `asks `, or is chosen where it
    /// begins with `marked `.
    pub seen: &'static [&'static str],
}

/// What can be seen of a stage: the characters, row by row, and the cursor.
fn screen(stage: &Stage) -> String {
    let (buffer, cursor) = stage.draw(&Theme::dark());
    let width = usize::from(buffer.area().width);
    let rows = buffer.content().chunks(width);
    let mut text: String = rows
        .map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect::<String>() + "\n")
        .collect();
    if let Some(cursor) = cursor {
        writeln!(text, "cursor {},{}", cursor.x, cursor.y).unwrap();
    }
    let chosen = Theme::dark().chosen.bg;
    let marked = buffer.content().iter().filter(|cell| Some(cell.bg) == chosen);
    let marked: String = marked.map(ratatui::buffer::Cell::symbol).collect();
    text + "marked " + &marked
}

fn is_so(seen: &str, screen: &str, effects: &str) -> bool {
    if let Some(text) = seen.strip_prefix("asks ") {
        return effects.contains(text);
    }
    match seen.strip_prefix("not ") {
        Some(text) => !screen.contains(text),
        None => screen.contains(seen),
    }
}

/// The keys, and how many of them at the end ask for the action itself: its own keys, or its name typed into the
/// palette and what follows.
fn keys(case: &Case) -> Option<(Vec<Chord>, usize)> {
    let read = |written| read_sequence(written, Chord::ctrl('b')).unwrap();
    let all = read(case.keys);
    let info = Action::table().iter().find(|info| info.name == case.action)?;
    let own = info.keys.iter().map(|written| read(written));
    if let Some(own) = own.into_iter().find(|own| all.ends_with(own)) {
        return Some((all, own.len()));
    }
    let letters: Vec<String> = case.action.chars().map(String::from).collect();
    let at = case.keys.find(&format!("prefix : {}", letters.join(" ")))?;
    let own = read(&case.keys[at..]).len();
    Some((all, own))
}

/// The rows that are not as they were.
fn changes(first: &str, last: &str) -> String {
    let rows = first
        .lines()
        .zip(last.lines())
        .filter(|(before, after)| before != after);
    rows.map(|(before, after)| format!("  -{before}\n  +{after}\n"))
        .collect::<Vec<_>>()
        .concat()
}

fn run(case: &Case) -> Result<(), String> {
    let (keys, own) = keys(case).ok_or_else(|| format!("{}: not done by `{}`", case.action, case.keys))?;
    let (before, asked) = keys.split_at(keys.len() - own);
    let mut stage = (case.given)();
    for chord in before {
        stage = stage.press(*chord);
    }
    let first = screen(&stage);
    stage.effects.clear();
    for chord in asked {
        stage = stage.press(*chord);
    }
    let last = screen(&stage);
    let effects = format!("{:?}", stage.effects);
    if let Some(missing) = case.seen.iter().find(|seen| !is_so(seen, &last, &effects)) {
        let changed = changes(&first, &last);
        return Err(format!(
            "{}: `{missing}` is not so; what changed:\n{changed}{effects}",
            case.action
        ));
    }
    if case.seen.iter().all(|seen| is_so(seen, &first, "")) {
        return Err(format!("{}: all of it is so without the action", case.action));
    }
    Ok(())
}

#[test]
fn every_action_has_a_case() {
    let known: BTreeSet<&str> = CASES.iter().map(|case| case.action).collect();
    let missing = Action::table().iter().filter(|info| !known.contains(info.name));
    let missing: Vec<&str> = missing.map(|info| info.name).collect();
    assert_eq!(
        missing, [""; 0],
        "add a line to CASES in tests/workbench/cases.rs for each"
    );
}

#[test]
fn every_action_does_what_its_case_says() {
    let wrong: Vec<String> = CASES.iter().filter_map(|case| run(case).err()).collect();
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        CASES.len(),
        wrong.join("\n")
    );
}
