//! The last row: mode, sandbox, user and directory, link, and the keys that help here.

use ratatui::buffer::Buffer;

use crate::app::panels::PanelAction;
use crate::app::{Access, Action, CopyAction, Link, Model, Overlay, ProgramState, ScreenMap, life_words, work_words};
use crate::domain::{Target, Timestamp, cell_width, short_bytes};
use crate::keys::write_sequence;
use crate::theme::Theme;

use super::pane_state::{short_directory, state_words};
use super::text::{fill, plain, put};

/// Seconds after which what the platform told of a load is not shown any more.
const OLDEST_SAMPLE: i64 = 60;

/// Draws the status line.
pub fn draw_status_line(buffer: &mut Buffer, map: &ScreenMap, model: &Model, theme: &Theme) {
    let area = map.status;
    if area.is_empty() {
        return;
    }
    fill(buffer, area, theme.bar);
    let mode = format!(" {} ", mode_name(model));
    let x = put(buffer, (area.x, area.y, area.width), (&mode, theme.mode), theme) + 1;
    if map.is_cramped {
        let label = model.workspace.focused().map(|session| session.label.escaped());
        let text = format!("needs 40×10 · {}", label.unwrap_or_default());
        let style = theme.bar.patch(theme.signals.warning);
        let room = area.right().saturating_sub(x);
        put(buffer, (x, area.y, room), (&text, style), theme);
        return;
    }
    let x = draw_work(buffer, (x, area.y, area.right()), model, theme);
    let x = draw_parts(buffer, (x, area.y, area.right()), model, theme);
    draw_hints(buffer, (x + 1, area.y, area.right()), model, theme);
}

/// Draws what takes longer, with the keys that give it up.
fn draw_work(buffer: &mut Buffer, (x, y, end): (u16, u16, u16), model: &Model, theme: &Theme) -> u16 {
    let Some(work) = work_words(model) else { return x };
    let x = put(
        buffer,
        (x, y, end.saturating_sub(x)),
        (&work.text, theme.bar.patch(theme.accent)),
        theme,
    );
    let keys = model.reader.keys().shown(Action::GiveUp).filter(|_| work.is_long);
    let Some(keys) = keys else { return x + 2 };
    let text = format!(" · {keys} gives up");
    put(buffer, (x, y, end.saturating_sub(x)), (&text, theme.bar), theme) + 2
}

/// Draws what there is to know, and returns the column after it.
fn draw_parts(buffer: &mut Buffer, (mut x, y, end): (u16, u16, u16), model: &Model, theme: &Theme) -> u16 {
    for (text, style) in parts(model, theme) {
        let text = plain(&text, theme);
        if x + cell_width(&text) > end {
            break;
        }
        x = put(buffer, (x, y, end - x), (&text, theme.bar.patch(style)), theme) + 2;
    }
    x
}

/// Draws the keys that help, at the right; the last ones go where there is no room for all.
fn draw_hints(buffer: &mut Buffer, (start, y, end): (u16, u16, u16), model: &Model, theme: &Theme) {
    let mut hints = hints(model);
    let cells = |(keys, title): &(String, String)| cell_width(keys) + cell_width(title) + 3;
    let room = end.saturating_sub(start);
    while hints.iter().map(cells).sum::<u16>() > room + 1 {
        hints.pop();
    }
    let mut x = end.saturating_sub(hints.iter().map(cells).sum::<u16>().saturating_sub(1));
    for (keys, title) in hints {
        x = put(buffer, (x, y, end - x), (&keys, theme.bar.patch(theme.accent)), theme) + 1;
        x = put(buffer, (x, y, end - x), (&title, theme.bar), theme) + 2;
    }
}

/// What the keys do now, in a word or two.
fn mode_name(model: &Model) -> String {
    match model.overlays.top() {
        Some(Overlay::Help(_)) => return "KEYS".to_owned(),
        Some(Overlay::Messages(_)) => return "MESSAGES".to_owned(),
        Some(Overlay::Palette(_)) => return "COMMANDS".to_owned(),
        Some(Overlay::Rename(..)) => return "RENAME".to_owned(),
        Some(Overlay::Search(..)) => return "SEARCH".to_owned(),
        Some(Overlay::Links(_)) => return "LINKS".to_owned(),
        Some(Overlay::Prompt(_)) => return "PROMPT".to_owned(),
        Some(Overlay::Create(_)) => return "CREATE".to_owned(),
        Some(Overlay::Chooser(_) | Overlay::Trial(_)) => return "CHOOSE".to_owned(),
        Some(Overlay::SearchAll(_)) => return "SEARCH ALL".to_owned(),
        Some(Overlay::Run(_)) => return "RUN".to_owned(),
        Some(Overlay::Numbers) => return "PANE NUMBER".to_owned(),
        Some(Overlay::Confirm(_) | Overlay::Guarded(_)) => return "CONFIRM".to_owned(),
        None => {}
    }
    let pending = model.reader.pending();
    if !pending.is_empty() {
        return format!("{} …", write_sequence(pending));
    }
    if let Some(kind) = model.panels.sidebar.focused() {
        return if model.panels.takes_keys() {
            "TYPING".to_owned()
        } else {
            kind.title().to_uppercase()
        };
    }
    let Some(session) = model.workspace.focused() else {
        return "NOTHING OPEN".to_owned();
    };
    let pane = model.workspace.tabs().focused();
    let name = match &session.link {
        _ if session.copy.is_some() => match model.reader.count() {
            Some(count) => return format!("COPY {count}"),
            None => "COPY",
        },
        _ if pane.is_some_and(|pane| model.workspace.broadcast().includes(pane)) => {
            return format!("BROADCAST {}", model.workspace.broadcast().panes().len());
        }
        _ if session.input.access == Access::Locked => "LOCKED",
        _ if session.input.access == Access::ReadOnly => "READ-ONLY",
        Link::Preparing { .. } | Link::Opening => "STARTING",
        Link::Live => "SHELL",
        Link::Rejoining { .. } => "LOST",
        Link::Asleep { .. } => "PAUSED",
        Link::Ended { .. } => "ENDED",
        Link::Failed { .. } => "FAILED",
    };
    name.to_owned()
}

/// Sandbox, user and directory, link; the first ones matter most.
fn parts(model: &Model, theme: &Theme) -> Vec<(String, ratatui::style::Style)> {
    let Some(session) = model.workspace.focused() else {
        return Vec::new();
    };
    let target = model.workspace.target(session.target);
    let tint = theme.tint(target.and_then(|target| target.tint));
    let mut parts = vec![(session.label.escaped(), tint)];
    if model
        .workspace
        .tabs()
        .focused()
        .is_some_and(|pane| model.workspace.broadcast().includes(pane))
    {
        parts = vec![(model.workspace.broadcast_words(), theme.signals.bad)];
    }
    let user = target
        .and_then(|target| target.user.as_ref())
        .map(crate::domain::RemoteText::escaped);
    let directory = session
        .directory
        .as_ref()
        .map(|directory| short_directory(directory, target));
    let place: Vec<String> = user.into_iter().chain(directory).collect();
    if !place.is_empty() {
        parts.push((place.join(" "), theme.text));
    }
    match (&session.link, state_words(session, model.now)) {
        (Link::Live, words) => {
            let time = session
                .round_trip
                .map(|time| format!(" {}", milliseconds(time)))
                .unwrap_or_default();
            parts.push((format!("live{time}"), theme.signals.good));
            parts.extend(words.map(|words| (words, theme.faint)));
        }
        (Link::Rejoining { .. } | Link::Asleep { .. }, Some(words)) => parts.push((words, theme.signals.warning)),
        (Link::Ended { .. } | Link::Failed { .. }, Some(words)) => parts.push((words, theme.signals.bad)),
        (_, words) => parts.extend(words.map(|words| (words, theme.text))),
    }
    parts.extend(life(model, target, theme));
    parts.extend(load(model, target, theme));
    if model
        .workspace
        .tabs()
        .current()
        .is_some_and(|tab| tab.panes.zoomed().is_some())
    {
        parts.push(("zoomed".to_owned(), theme.accent));
    }
    parts
}

/// Processors and memory: as the platform tells, or as the sandbox itself does.
fn load(model: &Model, target: Option<&Target>, theme: &Theme) -> Option<(String, ratatui::style::Style)> {
    let told = target.and_then(|target| target.sandbox.as_ref());
    let told = told.and_then(|id| model.workspace.fleet().get(id)?.samples().next_back());
    let now = Timestamp::from(model.now.wall).unix_seconds();
    let told = told.filter(|sample| now - sample.timestamp <= OLDEST_SAMPLE);
    let load = told.or_else(|| model.status.load.load(model.now))?;
    let (used, total) = (load.memory_used, load.memory_total.max(1));
    let words = format!(
        "cpu {:.0}% mem {}/{}",
        load.cpu_used_percent,
        short_bytes(used),
        short_bytes(total)
    );
    let share = (used as f64 / total as f64).max(f64::from(load.cpu_used_percent) / 100.0);
    let style = if share >= 0.9 {
        theme.signals.warning
    } else {
        theme.text
    };
    Some((words, style))
}

/// How long the sandbox still lives, if the platform says so.
fn life(model: &Model, target: Option<&Target>, theme: &Theme) -> Option<(String, ratatui::style::Style)> {
    let fleet = model.workspace.fleet();
    let id = target?.sandbox.as_ref()?;
    let left = fleet.get(id)?.life_left(model.now)?;
    let words = if fleet.is_kept_alive(id) {
        format!("{}, kept alive", life_words(left))
    } else {
        life_words(left)
    };
    let style = match left.as_secs() {
        0..60 => theme.signals.bad,
        60..300 => theme.signals.warning,
        _ => theme.text,
    };
    Some((words, style))
}

fn milliseconds(time: std::time::Duration) -> String {
    match time.as_millis() {
        0 => "<1ms".to_owned(),
        millis => format!("{millis}ms"),
    }
}

/// The keys that help here, with the words of the action table.
fn hints(model: &Model) -> Vec<(String, String)> {
    if model.overlays.top().is_some() {
        // What lies over the panes takes all keys, and says in its frame which.
        return Vec::new();
    }
    let situation = model.situation();
    let mut of_panel: Vec<Action>;
    let actions: &[Action] = if let Some(kind) = situation.panel {
        of_panel = model.panels.panel(kind).hints().to_vec();
        of_panel.extend([
            Action::Panel(PanelAction::Filter),
            Action::Panel(PanelAction::Back),
            Action::Help,
        ]);
        &of_panel
    } else if situation.is_copying {
        &[
            Action::Copy(CopyAction::SelectCharacters),
            Action::Copy(CopyAction::Copy),
            Action::Copy(CopyAction::SearchBack),
            Action::Copy(CopyAction::Leave),
        ]
    } else if situation.program == ProgramState::Running {
        &[Action::Help, Action::Palette]
    } else {
        &[Action::Reconnect, Action::ClosePane, Action::Help]
    };
    let keys = model.reader.keys();
    let is_deaf = situation.program != ProgramState::Running;
    let hint = |action: &Action| {
        let needs_no_prefix = is_deaf && matches!(action, Action::Reconnect | Action::ClosePane);
        let shown = if needs_no_prefix {
            keys.shown_without_prefix(*action)
        } else {
            keys.shown(*action)
        };
        Some((shown?, action.info()?.title.to_lowercase()))
    };
    actions.iter().filter_map(hint).collect()
}
