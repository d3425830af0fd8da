//! The settings of the workbench that may change while it runs, read at the start and again when their files change.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::app::{KeepOptions, Limits, Options, PlatformOptions, Scrollback, Worth};
use crate::config::{Clipboard, HistoryTable, LimitsTable, PlatformTable, Settings};
use crate::domain::{Failure, Seed};
use crate::host::ClipboardWay;
use crate::runtime::{KeepPlaces, LiveSettings, Looks, Reload};
use crate::startup::Context;

use super::settings::bound_keys;

/// What the settings of a context come to, where there is a platform or not, and the terminal's background is light or
/// not.
pub(super) fn live_settings(
    context: &Context,
    (has_platform, is_light): (bool, bool),
) -> Result<LiveSettings, Failure> {
    let settings = &context.settings;
    let themes = context.themes();
    Ok(LiveSettings {
        options: Options {
            keys: bound_keys(settings, context.config_file.as_deref())?,
            scrollback: Scrollback {
                lines: settings.keeping.scrollback,
                bytes: settings.conduct.scrollback_memory << 20,
            },
            notify: settings.conduct.notify,
            worth: Worth {
                silence_after: settings.conduct.silence_after,
                limits: limits(&settings.tables.limits),
            },
            broadcast_idle: settings.conduct.broadcast_idle,
            guards: settings.conduct.guards.clone(),
            program_clipboard: settings.conduct.program_clipboard,
            mouse: settings.mouse,
            platform: has_platform.then(|| PlatformOptions {
                metadata_columns: settings.tables.platform.columns.clone(),
                is_read_only: context.flags.read_only,
            }),
            runs_on_enter: settings.tables.history.runs_on_enter(),
            // The same in the whole run: it is set at the start.
            seed: None,
            keeping: KeepOptions {
                save_screens: settings.keeping.save_screens,
                themes: themes.keys().cloned().collect(),
                theme: Some(settings.look.theme_on(is_light).to_owned()),
                ..KeepOptions::default()
            },
        },
        looks: Looks::new(themes, settings.look.theme_on(is_light)),
        clipboard: clipboard_way(settings.conduct.clipboard),
        record_input: settings.keeping.record_input,
        at_next_start: Vec::new(),
    })
}

fn limits(table: &LimitsTable) -> Limits {
    let [cpu, memory, disk, seconds] = table.in_force();
    // The file is held to percent.
    let percent = |value: usize| u8::try_from(value).unwrap_or(100);
    Limits {
        cpu: percent(cpu),
        memory: percent(memory),
        disk: percent(disk),
        lasting: Duration::from_secs(seconds as u64),
    }
}

/// Who reads them again, and whoever opens sandboxes hears of it: what is named from now on goes by the new settings. So does
/// the log.
pub(super) fn reload(context: &Context, shown_on: (bool, bool)) -> (Reload, watch::Receiver<Context>) {
    let before = context.clone();
    let (fresh, contexts) = watch::channel(context.clone());
    let read = move || {
        let after = before.read_again()?;
        let settings = LiveSettings {
            at_next_start: at_next_start(&before, &after),
            ..live_settings(&after, shown_on)?
        };
        after.start_log();
        fresh.send_replace(after);
        Ok(settings)
    };
    let reload = Reload {
        folders: context.watched_folders(),
        read: Arc::new(read),
    };
    (reload, contexts)
}

/// What is not as it was at the start and cannot be changed while the workbench runs.
fn at_next_start(before: &Context, after: &Context) -> Vec<&'static str> {
    let (one, other) = (&before.settings, &after.settings);
    let platform = |settings: &Settings| PlatformTable {
        columns: Vec::new(),
        ..settings.tables.platform.clone()
    };
    let history = |settings: &Settings| HistoryTable {
        run_on_enter: None,
        ..settings.tables.history.clone()
    };
    let mut late = Vec::new();
    if platform(one) != platform(other) {
        late.push("[platform]");
    }
    if history(one) != history(other) {
        late.push("[history]");
    }
    if one.look.colors != other.look.colors {
        late.push("colors");
    }
    if one.shell != other.shell || one.targets != other.targets {
        late.push("what is open already");
    }
    late
}

/// Where things are kept; `runs` is this run, and the one whose workspace may be taken up.
pub(super) fn places(context: &Context, runs: Vec<String>) -> KeepPlaces {
    let folders = context.folders.as_ref();
    KeepPlaces {
        recordings: folders.map(crate::startup::Folders::recordings),
        saved: folders.map(crate::startup::Folders::saved),
        workspaces: folders.map(crate::startup::Folders::workspaces),
        hint_seen: folders.map(crate::startup::Folders::hint_seen),
        unfinished: folders.map(crate::startup::Folders::unfinished),
        record_input: context.settings.keeping.record_input,
        runs,
    }
}

/// What the secrets of this run's shells are made of. Without randomness they are started as they are.
pub(super) fn seed() -> Option<Seed> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).ok().map(|()| Seed::new(bytes))
}

fn clipboard_way(wanted: Clipboard) -> ClipboardWay {
    let variable = |name: &str| std::env::var(name).ok();
    match wanted {
        Clipboard::Auto => ClipboardWay::best(variable),
        Clipboard::Native => ClipboardWay::native(variable),
        Clipboard::Osc52 => ClipboardWay::Terminal,
        Clipboard::Off => ClipboardWay::Off,
    }
}
