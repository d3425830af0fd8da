//! One case for each action. The helpers at the end play the workbench as it is before.

use super::actions::Case;
use super::blocks_stage::commands;
use super::files_stage::usual_files;
use super::process_stage::{few_metrics, few_processes, few_sockets, one_forward, one_process};
use super::stage::{Stage, targets};
use std::time::Duration;

use e2b_tui::app::{Answer, Effect, HistoryOrder, Message, Options, PlatformOptions};
use e2b_tui::domain::{
    CommandId, CommandKey, CommandPage, CommandPlace, CommandRecord, KeptCommand, Target, Timestamp,
};

#[rustfmt::skip]
pub const CASES: &[Case] = &[
    case("new-tab", three, "prefix c", &["2 api", "4 build"]),
    case("next-tab", three, "prefix n", &[" worker · bash"]),
    case("previous-tab", three, "prefix p", &[" build · bash"]),
    case("last-tab", three, "prefix 3 prefix 1 prefix l", &[" build · bash"]),
    case("go-to-tab-1", many, "prefix 0 prefix 1", &["tab 1 is here"]),
    case("go-to-tab-2", many, "prefix 0 prefix 2", &["tab 2 is here"]),
    case("go-to-tab-3", many, "prefix 0 prefix 3", &["tab 3 is here"]),
    case("go-to-tab-4", many, "prefix 0 prefix 4", &["tab 4 is here"]),
    case("go-to-tab-5", many, "prefix 0 prefix 5", &["tab 5 is here"]),
    case("go-to-tab-6", many, "prefix 0 prefix 6", &["tab 6 is here"]),
    case("go-to-tab-7", many, "prefix 0 prefix 7", &["tab 7 is here"]),
    case("go-to-tab-8", many, "prefix 0 prefix 8", &["tab 8 is here"]),
    case("go-to-tab-9", many, "prefix 0 prefix 9", &["tab 9 is here"]),
    case("go-to-tab-10", many, "prefix 1 prefix 0", &["tab 10 is here"]),
    case("rename-tab", three, "prefix ,", &["Name of the tab"]),
    case("close-tab", three, "prefix &", &["End bash on api and close the tab?"]),
    case("split-right", three, "prefix %", &["┬"]),
    case("split-below", three, "prefix \"", &["├"]),
    case("focus-left", four, "prefix left", &["cursor 28,12"]),
    case("focus-down", four, "prefix up prefix down", &["cursor 68,12"]),
    case("focus-up", four, "prefix up", &["cursor 65,2"]),
    case("focus-right", four, "prefix left prefix right", &["cursor 68,12"]),
    case("next-pane", four, "prefix o", &["cursor 25,2"]),
    case("last-pane", four, "prefix left prefix ;", &["cursor 68,12"]),
    case("resize-left", four, "prefix ctrl-left", &["cursor 67,12"]),
    case("resize-left-more", four, "prefix alt-left", &["cursor 63,12"]),
    case("resize-down", four, "prefix ctrl-down", &["cursor 68,13"]),
    case("resize-down-more", four, "prefix alt-down", &["cursor 68,17"]),
    case("resize-up", four, "prefix ctrl-up", &["cursor 68,11"]),
    case("resize-up-more", four, "prefix alt-up", &["cursor 68,7"]),
    case("resize-right", four, "prefix ctrl-right", &["cursor 69,12"]),
    case("resize-right-more", four, "prefix alt-right", &["cursor 73,12"]),
    case("zoom-pane", four, "prefix z", &["zoomed"]),
    case("break-out", four, "prefix !", &["4 build"]),
    case("swap-previous", four, "prefix {", &["cursor 68,2"]),
    case("swap-next", four, "prefix }", &["cursor 29,2"]),
    case("rotate-panes", four, "prefix ctrl-o", &["cursor 29,2"]),
    case("next-layout", four, "prefix space", &["layout: even-horizontal"]),
    case("close-pane", three, "prefix x", &["End bash on api and close the pane?"]),
    case("send-prefix", three, "prefix prefix", &["asks \\x02"]),
    case("reconnect", ended, "prefix R", &["started again"]),
    case("drop-link", three, "prefix .", &["link given up"]),
    case("copy-mode", lines, "prefix [", &["COPY"]),
    case("page-back", lines, "prefix pageup", &["19 of 81 lines back"]),
    case("search", lines, "prefix /", &["Search up"]),
    case("paste", lines, "prefix [ k v $ y prefix ]", &["asks line 100"]),
    case("copy-left", lines, "prefix [ k $ h", &["cursor 7,20"]),
    case("copy-down", lines, "prefix [ k k k j", &["cursor 1,19"]),
    case("copy-up", lines, "prefix [ k k", &["cursor 1,19"]),
    case("copy-right", lines, "prefix [ k 0 l", &["cursor 2,20"]),
    case("copy-word-forward", lines, "prefix [ k k 0 w", &["cursor 6,19"]),
    case("copy-word-back", lines, "prefix [ k k $ b", &["cursor 6,19"]),
    case("copy-line-start", lines, "prefix [ k k $ 0", &["cursor 1,19"]),
    case("copy-line-end", lines, "prefix [ k k 0 $", &["cursor 7,19"]),
    case("copy-half-page-up", lines, "prefix [ k ctrl-u", &["9 of 81 lines back"]),
    case("copy-half-page-down", lines, "prefix [ k ctrl-u ctrl-u ctrl-d", &["9 of 81 lines back"]),
    case("copy-page-up", lines, "prefix [ k pageup", &["19 of 81 lines back"]),
    case("copy-page-down", lines, "prefix [ k pageup pageup pagedown", &["19 of 81 lines back"]),
    case("copy-top", lines, "prefix [ k g", &["81 of 81 lines back"]),
    case("copy-bottom", lines, "prefix [ k g G", &[" 0 of 81 lines back"]),
    case("copy-select", lines, "prefix [ k 0 v", &["marked l"]),
    case("copy-select-lines", lines, "prefix [ k V", &["marked line 100"]),
    case("copy-select-block", lines, "prefix [ k 0 ctrl-v", &["marked l"]),
    case("copy-other-end", lines, "prefix [ k 0 v $ o", &["cursor 1,20"]),
    case("copy-selection", lines, "prefix [ k 0 v $ y", &["asks Copy"]),
    case("copy-search-forward", lines, "prefix [ /", &["Search down"]),
    case("copy-search-back", lines, "prefix [ ?", &["Search up"]),
    case("copy-next-match", lines, "prefix / l i n e enter n", &["cursor 1,19"]),
    case("copy-previous-match", lines, "prefix / l i n e enter n n N", &["cursor 1,19"]),
    case("copy-back", lines, "prefix [ esc", &["not COPY"]),
    case("copy-leave", lines, "prefix [ q", &["not COPY"]),
    case("open-sandboxes", three, "prefix S", &["┌ Sandboxes"]),
    case("open-processes", three, "prefix P", &["┌ Processes"]),
    case("open-files", three, "prefix F", &["┌ Files"]),
    case("open-history", three, "prefix H", &["┌ History"]),
    case("find-command", three, "prefix ctrl-r", &["┌ History", "│/ ", "asks History(Search"]),
    case("previous-prompt", three, "prefix ^", &["does not report its prompts"]),
    case("next-prompt", three, "prefix v", &["does not report its prompts"]),
    case("copy-output", three, "prefix y", &["does not report its prompts"]),
    case("copy-prompt-up", lines, "prefix [ [ p", &["does not report its prompts"]),
    case("copy-prompt-down", lines, "prefix [ ] p", &["does not report its prompts"]),
    case("copy-select-command", lines, "prefix [ c", &["does not report its prompts"]),
    case("copy-fold", commands, "prefix [ [ p [ p z", &["60 lines folded"]),
    case("copy-fold-long", commands, "prefix [ Z", &["60 lines folded"]),
    case("copy-run-again", commands, "prefix [ [ p [ p x", &["asks make all", "not COPY"]),
    case("copy-run-in", commands, "prefix [ [ p [ p X", &["Run in these sandboxes"]),
    case("copy-select-output", lines, "prefix [ O", &["does not report its prompts"]),
    case("history-run", remembered, "x", &["asks Send(b\"make all\")", "asks Send(b\"\\r\")"]),
    case("history-run-in", remembered, "X", &["Run in these sandboxes"]),
    case("history-scope", three, "prefix H o", &["this sandbox"]),
    case("history-failed", three, "prefix H f", &["all · failed"]),
    case("history-here", three, "prefix H d", &["all · here"]),
    case("history-time", three, "prefix H t t", &["all · 24 h"]),
    case("history-forget-matching", three, "prefix H F m", &["Forget what a regular expression matches (all)"]),
    case("history-forget-sandbox", three, "prefix H F s", &["asks History(Count"]),
    case("history-forget-all", three, "prefix H F a", &["asks History(Count"]),
    case("history-forget", remembered, "D", &["Forget this command? make all"]),
    case("history-pin", remembered, "p", &["asks Pin([CommandId(2)], true)", "•✓ make all"]),
    case("history-output", remembered, "v", &["its output is no longer kept in any pane"]),
    case("open-network", three, "prefix N", &["┌ Network"]),
    case("open-metrics", three, "prefix M", &["┌ Metrics"]),
    case("focus-sidebar", three, "prefix S esc prefix tab", &["SANDBOXES"]),
    case("toggle-sidebar", three, "prefix b", &["┌ Sandboxes"]),
    case("command-palette", three, "prefix :", &["COMMANDS"]),
    case("help", three, "prefix ?", &["┌─ Keys"]),
    case("next-attention", rung, "prefix a", &["rang the bell"]),
    case("watch-activity", three, "prefix g a", &["watched for output"]),
    case("watch-silence", three, "prefix g s", &["watched for silence"]),
    case("messages", three, "prefix ~", &["MESSAGES"]),
    case("redraw", three, "prefix r", &["asks Redraw"]),
    case("detach", three, "prefix d", &["asks Quit(0)"]),
    case("suspend", three, "prefix ctrl-z", &["asks Suspend"]),
    case("panel-down", three, "prefix S j", &[">worker"]),
    case("panel-up", three, "prefix S j k", &[">api"]),
    case("panel-top", three, "prefix S j g", &[">api"]),
    case("panel-bottom", three, "prefix S G", &[">local"]),
    case("panel-half-page-down", three, "prefix S ctrl-d", &[">local"]),
    case("panel-half-page-up", three, "prefix S G ctrl-u", &[">api"]),
    case("panel-page-down", three, "prefix S pagedown", &[">local"]),
    case("panel-page-up", three, "prefix S G pageup", &[">api"]),
    case("panel-expand", usual_files, "l", &["asks /srv/app/src"]),
    case("panel-collapse", usual_files, "l h", &["▸ src"]),
    case("panel-open", three, "prefix S j enter", &["worker · bash"]),
    case("panel-back", three, "prefix S esc", &["SHELL"]),
    case("panel-filter", three, "prefix S /", &["│/ "]),
    case("panel-mark", three, "prefix S space", &["+api"]),
    case("panel-unmark", three, "prefix S space u", &["not +api"]),
    case("panel-sort", three, "prefix S s", &["name ▾"]),
    case("panel-reverse", usual_files, "S", &["▴"]),
    case("panel-refresh", usual_files, "r", &["asks /srv/app"]),
    case("panel-copy", three, "prefix S y", &["asks Copy(\"api\")"]),
    case("panel-go-on", three, "prefix S tab", &["SHELL"]),
    case("panel-maximise", three, "prefix S z", &["not api · bash"]),
    case("panel-pin", three, "prefix P P", &["api, pinned"]),
    case("panel-stack", three, "prefix S |", &["├ Processes"]),
    case("panel-other-side", three, "prefix S \\", &["┐┌ Sandboxes"]),
    case("panel-wider", three, "prefix S >", &["┌ Sandboxes ───────────────"]),
    case("panel-narrower", three, "prefix S <", &["not ┌ Sandboxes ────────────"]),
    case("panel-help", three, "prefix S ?", &["┌─ Keys"]),
    case("panel-1", three, "prefix P 1", &["┌ Sandboxes"]),
    case("panel-2", three, "prefix S 2", &["┌ Processes"]),
    case("panel-3", three, "prefix S 3", &["┌ Files"]),
    case("panel-4", three, "prefix S 4", &["┌ History"]),
    case("panel-5", three, "prefix S 5", &["┌ Network"]),
    case("panel-6", three, "prefix S 6", &["┌ Metrics"]),
    case("sandboxes-new-tab", three, "prefix S j t", &["3 worker"]),
    case("sandboxes-split", three, "prefix S j v", &["┬─ worke"]),
    case("files-hidden", usual_files, ".", &[".env"]),
    case("files-above", usual_files, "-", &["asks List(\"/srv\")"]),
    case("files-begin-here", usual_files, "o", &["asks List(\"/srv/app/src\")"]),
    case("files-follow", usual_files, "- f", &["Files /srv/app"]),
    case("files-new", usual_files, "a", &["New file in /srv/app"]),
    case("files-new-folder", usual_files, "A", &["New folder in /srv/app"]),
    case("files-move", usual_files, "j m", &["New name or path"]),
    case("files-copy", usual_files, "j c", &["Copy to"]),
    case("files-delete", usual_files, "j d", &["Delete README.md in api?"]),
    case("files-download", usual_files, "j D", &["Download README.md"]),
    case("files-upload", usual_files, "U", &["Upload into /srv/app"]),
    case("files-copies", usual_files, "T", &["Nothing is being copied."]),
    case("files-pause-copy", usual_files, "D enter p", &["asks Paused", "pause"]),
    case("files-stop-copy", usual_files, "D enter x", &["asks Stopped", "stopp"]),
    case("files-stop-copies", usual_files, "D enter X", &["asks Stopped"]),
    case("files-compare-sums", usual_files, "C", &["sums compared"]),
    case("files-edit", usual_files, "j e", &["asks Fetch(\"/srv/app/README.md\")"]),
    case("files-edit-here", usual_files, "j E", &["asks Fetch(\"/srv/app/README.md\")"]),
    case("files-edit-there", usual_files, "j ctrl-e", &["asks exec ${VISUAL:-${EDITOR:-vi}}"]),
    case("files-insert-path", usual_files, "j i", &["asks /srv/app/README.md"]),
    case("files-shell-here", usual_files, "t", &["asks /srv/app"]),
    case("files-recent", usual_files, "R", &["Nothing changed in the last five"]),
    case("sandboxes-close-panes", three, "prefix S x", &["of api and close"]),
    case("extend-life", platform, "prefix +", &["asks Extend(SandboxId(\"i1\"), 3600s)"]),
    case("keep-alive", platform, "prefix : k e e p - a l i v e enter", &["is kept alive"]),
    case("pause-sandbox", platform, "prefix : p a u s e - s a n d b o x enter", &["Pause api?"]),
    case("resume-sandbox", platform, "prefix : r e s u m e - s a n d b o x enter", &["Resume api?"]),
    case("fork-sandbox", platform, "prefix : f o r k - s a n d b o x enter", &["Fork api?"]),
    case("snapshot-sandbox", platform, "prefix : s n a p s h o t - s a n d b o x enter", &["asks Snapshot(SandboxId(\"i1\"))"]),
    case("sandbox-from-snapshot", platform, "prefix : s a n d b o x - f r o m - s n a p s h o t enter", &["Save api and make"]),
    case("kill-sandbox", platform, "prefix : k i l l - s a n d b o x enter", &["Kill api?"]),
    case("create-sandbox", platform, "prefix : c r e a t e - s a n d b o x enter", &["New sandbox"]),
    case("sandboxes-create", platform, "prefix S c", &["New sandbox"]),
    case("sandboxes-extend", platform, "prefix S +", &["asks Extend(SandboxId(\"i1\"), 3600s)"]),
    case("sandboxes-keep-alive", platform, "prefix S a", &["is kept alive"]),
    case("sandboxes-pause", platform, "prefix S p", &["Pause api?"]),
    case("sandboxes-resume", platform, "prefix S R", &["Resume api?"]),
    case("sandboxes-fork", platform, "prefix S f", &["Fork api?"]),
    case("sandboxes-snapshot", platform, "prefix S m", &["asks Snapshot(SandboxId(\"i1\"))"]),
    case("sandboxes-from-snapshot", platform, "prefix S M", &["Save api and make"]),
    case("replace-sandbox", platform, "prefix C", &["has not told what it is"]),
    case("sandbox-details", platform, "prefix i", &["id           i1", "asks Log(SandboxId(\"i1\"), None)"]),
    case("sandboxes-only", platform, "prefix S o", &["running only"]),
    case("sandboxes-details", platform, "prefix S i", &["id           i1"]),
    case("sandboxes-replace", platform, "prefix S C", &["has not told what it is"]),
    case("sandboxes-kill", platform, "prefix S K", &["Kill api?"]),
    case("split-right-in", three, "prefix |", &["Split right, in"]),
    case("split-below-in", three, "prefix -", &["Split below, in"]),
    case("tree", four, "prefix w", &["Tabs and panes", "2 worker* · 1 pane"]),
    case("pane-numbers", four, "prefix q", &[" 3 ", "PANE NUMBER"]),
    case("join-tab", three, "prefix g j", &["Move the pane to tab"]),
    case("layout-even-horizontal", four, "prefix alt-1", &["cursor 69,3"]),
    case("layout-even-vertical", four, "prefix alt-2", &["cursor 29,17"]),
    case("layout-main-horizontal", four, "prefix alt-3", &["cursor 55,15"]),
    case("layout-main-vertical", four, "prefix alt-4", &["cursor 76,16"]),
    case("layout-tiled", four, "prefix alt-1 prefix alt-5", &["cursor 68,12"]),
    case("broadcast", four, "prefix e", &["[x] 1 · api", "[ ] 3 · build"]),
    case("end-broadcast", sending, "prefix E", &["not BROADCAST", "typing goes to one pane again"]),
    case("lock-input", three, "prefix g l", &["LOCKED", " locked "]),
    case("record", three, "prefix : r e c o r d enter", &["asks Record"]),
    case("record-to", three, "prefix : r e c o r d - t o enter", &["Record to the file"]),
    case("save-text", three, "prefix : s a v e - t e x t enter", &["Save what was shown"]),
    case("save-colored-text", three, "prefix : s a v e - c o l o r e d - t e x t enter", &["Save what was shown"]),
    case("links", lines, "prefix u", &["no link, address or path:line is in view"]),
    case("program-clipboard", three, "prefix : p r o g r a m - c l i p b o a r d enter", &["clipboard"]),
    case("copy-paragraph-up", lines, "prefix [ k {", &["81 of 81 lines back", "cursor 1,2"]),
    case("copy-paragraph-down", lines, "prefix [ k { }", &["cursor 1,21"]),
    case("save-workspace", three, "prefix : s a v e - w o r k s p a c e enter", &["Save the workspace as"]),
    case("choose-theme", three, "prefix : c h o o s e - t h e m e enter", &["CHOOSE"]),
    case("processes-terminate", few_processes, "j x", &["Send SIGTERM to process 400?", "400 (pane %0), began"]),
    case("processes-kill", few_processes, "j X", &["Send SIGKILL to process 400?"]),
    case("processes-signal", few_processes, "j K", &["Signal to send to process 400"]),
    case("processes-terminate-tree", few_processes, "j T", &["Send SIGTERM to 2 processes?"]),
    case("processes-signal-tree", few_processes, "j B", &["process 400 and all below it"]),
    case("processes-renice", few_processes, "j i", &["Priority of process 400, -20"]),
    case("processes-flat", few_processes, "t", &["977 R    97  3.8M cargo buil"]),
    case("processes-all", few_processes, "a", &["kthreadd"]),
    case("processes-below", few_processes, "j .", &["not init", "below 400"]),
    case("processes-attach", few_processes, "G A", &["asks Rejoin(ManagedProcess { pid: Pid(501)"]),
    case("processes-shell", few_processes, "j c", &["asks exec xargs -0"]),
    case("processes-follow", few_processes, "j f", &["asks tail"]),
    case("processes-follow-file", few_processes, "j F", &["Number of an open file of process 400"]),
    case("processes-sockets", few_processes, "j p", &["┌ Network"]),
    case("processes-values", one_process, "e", &["asks environment: true"]),
    case("network-all", few_sockets, "a", &["127.0.0.1:50412"]),
    case("give-up", three, "prefix : o p e n space f a r enter prefix ctrl-c", &["far: not opened", "asks Forget"]),
    case("run", three, "prefix g r", &["Run in 3 sandboxes: api, worker, build"]),
    case("run-answers", three, "prefix g R", &["nothing was run on sandboxes yet"]),
    case("sandboxes-run", three, "prefix S space space !", &["Run in 2 sandboxes: api, worker"]),
    case("network-of-process", few_sockets, "j p", &["127.0.0.1:50412", "of 977", "not [::]:3000"]),
    case("network-copy-address", few_sockets, "U", &["asks Address(3000)"]),
    case("network-open-address", few_sockets, "o", &["asks Address(3000)"]),
    case("network-forward", few_sockets, "f", &["asks Forward(3000)"]),
    case("network-end-forward", one_forward, "x", &["not fwd", "asks Forget"]),
    case("metrics-compare", few_metrics, "c", &["not waits cpu", "   66%"]),
    case("metrics-nearer", few_metrics, "+", &["last 1 min"]),
    case("metrics-farther", few_metrics, "-", &["last 15 min"]),
    case("search-all", three, "prefix g /", &["Search all panes"]),
];

const fn case(action: &'static str, given: fn() -> Stage, keys: &'static str, seen: &'static [&'static str]) -> Case {
    Case {
        action,
        given,
        keys,
        seen,
    }
}

/// The History panel with two commands that were run in the sandbox in front.
fn remembered() -> Stage {
    let place = CommandPlace {
        sandbox: "api".into(),
        alias: "api".into(),
        host: "api".into(),
        ..CommandPlace::default()
    };
    let kept = |number: i64, text: &str| KeptCommand {
        id: CommandId(number),
        record: CommandRecord {
            key: CommandKey {
                run: 1,
                number: number.unsigned_abs(),
            },
            text: text.into(),
            place: place.clone(),
            directory: Some("/srv".into()),
            session: "s".to_owned(),
            pane: 1,
            started: Timestamp::from_unix_millis(1_700_000_000_000),
            status: Some(0),
            took: Some(Duration::from_secs(1)),
        },
        is_pinned: false,
    };
    let stage = three().keys("prefix H").wait(1_000);
    let asked = stage.effects.iter().rev().find_map(|effect| match effect {
        Effect::History(HistoryOrder::Search(ticket, _)) => Some(*ticket),
        _ => None,
    });
    let page = CommandPage {
        found: vec![kept(2, "make all"), kept(1, "git status")],
        searched: 2,
        ..CommandPage::default()
    };
    stage.send(Message::Answer(asked.unwrap(), Ok(Answer::Commands(page))))
}

/// Three sandboxes, each with a tab.
pub fn three() -> Stage {
    Stage::new(targets(), 80, 24).live()
}

/// One sandbox of the platform, open in a tab.
pub fn platform() -> Stage {
    let target = Target {
        sandbox: Some("i1".parse().unwrap()),
        ..targets()[0].clone()
    };
    let options = Options {
        platform: Some(PlatformOptions::default()),
        ..Options::default()
    };
    Stage::with(vec![target], options, 80, 24).live()
}

/// The first tab has four panes that say where they are, and the keyboard is at the lower right.
pub fn four() -> Stage {
    three()
        .split("prefix %")
        .split("prefix \"")
        .split("prefix left prefix \"")
        .output(0, "top left")
        .output(3, "top right")
        .output(4, "bottom right")
        .output(5, "bottom left")
        .keys("prefix right")
}

/// Ten tabs that say which they are.
pub fn many() -> Stage {
    let mut stage = three().keys("prefix 3");
    for _ in 3..10 {
        stage = stage.keys("prefix c");
    }
    for tab in 0..10 {
        stage = stage.output(tab, &format!("tab {} is here", tab + 1));
    }
    stage
}

/// A hundred lines were printed.
pub fn lines() -> Stage {
    let lines: Vec<String> = (1..=100).map(|line| format!("line {line}\n")).collect();
    three().output(0, &lines.concat())
}

/// The program in the first tab has ended.
pub fn ended() -> Stage {
    three().ended(0, 2)
}

/// The bell rang in the second tab.
pub fn rung() -> Stage {
    three().output(1, "\u{7}")
}

/// What is typed goes to all four panes of the first tab.
pub fn sending() -> Stage {
    four().keys("prefix e enter")
}
