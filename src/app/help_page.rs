//! The help page: every action with its keys, those that make no sense now marked.

use super::action::{Action, ActionInfo, Section, Situation};
use super::default_keys::BoundKeys;

/// One line of the help page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HelpLine {
    /// Between sections.
    Blank,
    /// A section begins.
    Heading(&'static str),
    /// An action.
    Row {
        /// Its keys.
        keys: String,
        /// What it does.
        help: String,
        /// Whether it makes sense now.
        is_valid: bool,
    },
}

/// All lines. Actions without keys are left out: the palette has them.
pub fn help_lines(keys: &BoundKeys, now: &Situation) -> Vec<HelpLine> {
    let mut lines = Vec::new();
    let mut sections = Section::ALL;
    // What has the keyboard comes first, its very own keys before all.
    sections.sort_by_key(|section| match (section, now.panel) {
        (Section::OnePanel(kind), Some(panel)) if *kind == panel => 0,
        (Section::Panel, Some(_)) => 1,
        (Section::CopyMode, None) if now.is_copying => 1,
        _ => 2,
    });
    for section in sections {
        let rows = Action::table().iter().filter(|info| info.section == section);
        // A panel's keys are of no use where it has no keyboard, and would make the page long.
        let is_of_panel = matches!(section, Section::Panel | Section::OnePanel(_));
        let rows = rows.filter(|info| !is_of_panel || info.is_valid(now));
        let rows: Vec<HelpLine> = rows.filter_map(|info| row(info, keys, now)).collect();
        if rows.is_empty() {
            continue;
        }
        if !lines.is_empty() {
            lines.push(HelpLine::Blank);
        }
        lines.push(HelpLine::Heading(section.title()));
        lines.extend(rows);
    }
    lines
}

fn row(info: &ActionInfo, keys: &BoundKeys, now: &Situation) -> Option<HelpLine> {
    let shown = keys.all_shown(info.action);
    let first = shown.first()?;
    let (keys, help) = match info.action {
        // Ten rows would say the same.
        Action::GoToTab(1) => (
            format!("{first} …"),
            "Shows the tab with that number; the tenth is 0.".to_owned(),
        ),
        Action::GoToTab(_) => return None,
        _ => (shown.join(", "), info.help.to_owned()),
    };
    Some(HelpLine::Row {
        keys,
        help,
        is_valid: info.is_valid(now),
    })
}
