//! The table of what each shell can tell: the same lines typed into all of them, and what must be remembered of each.

use e2b_tui::terminal::ShellState;

use crate::pane::{Pane, installed, status_of, text_of};

/// All shells, and those that can only be read from the screen.
pub const SHELLS: [&str; 7] = ["bash", "zsh", "fish", "dash", "ash", "ksh93", "mksh"];

/// What is wrong, collected so that one run shows all of it.
struct Findings {
    shell: &'static str,
    wrong: Vec<String>,
}

impl Findings {
    #[expect(clippy::needless_pass_by_value, reason = "callers read better")]
    fn check<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, found: T, expected: T) {
        if found != expected {
            let shell = self.shell;
            self.wrong
                .push(format!("{shell}: {what}: {found:?} instead of {expected:?}"));
        }
    }
}

/// Runs some cases in every shell that is there, all shells at once.
macro_rules! in_every_shell {
    ($cases:expr, $shells:expr) => {{
        let mut running = Vec::new();
        for (name, path) in installed($shells) {
            running.push(tokio::spawn(async move {
                let mut pane = Pane::start(path.to_str().unwrap(), &[]).await;
                let mut findings = Findings {
                    shell: name,
                    wrong: Vec::new(),
                };
                $cases(name, &mut pane, &mut findings).await;
                findings.wrong
            }));
        }
        let mut wrong = Vec::new();
        for shell in running {
            wrong.extend(shell.await.unwrap());
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }};
}

async fn plain_commands(name: &'static str, pane: &mut Pane, findings: &mut Findings) {
    for (text, status, output) in [
        ("echo one two", 0, "one two"),
        ("printf 'a;b%%c\\n' | tr a-z A-Z", 0, "A;B%C"),
        ("echo \"it's 100%; \\\"x\\\"\"", 0, "it's 100%; \"x\""),
        ("sh -c 'exit 7'", 7, ""),
        ("sh -c 'kill -9 $$'", 137, ""),
        ("echo first; echo second; false", 1, "first\nsecond"),
    ] {
        let block = pane.run(text).await;
        findings.check(text, text_of(&block), Some(text));
        findings.check(text, status_of(&block), Some(status));
        let printed = pane.printed(&block);
        // How a shell tells of a signal is its own affair.
        if status != 137 {
            findings.check(text, printed.as_str(), output);
        }
    }
    // What is repeated is there twice, whatever the shell's own history does.
    let before = pane.ended.len();
    pane.run("echo again").await;
    pane.run("echo again").await;
    findings.check("repeated", &pane.texts()[before..], &[Some("echo again"); 2]);
    // Wide letters: busybox without UTF-8 and mksh show them in ways that cannot be read back; then nothing is kept.
    let wide = "echo grüße 日本 🎉";
    let block = pane.run(wide).await;
    let is_withheld = matches!(name, "ash" | "mksh");
    findings.check(wide, text_of(&block), Some(wide).filter(|_| !is_withheld));
    findings.check(wide, status_of(&block), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_shell_tells_text_exit_code_and_output() {
    in_every_shell!(plain_commands, &SHELLS);
}

async fn things_of_its_own(name: &'static str, pane: &mut Pane, findings: &mut Findings) {
    let function = if name == "fish" {
        "function f; echo in f; return 3; end"
    } else {
        "f() { echo in f; return 3; }"
    };
    // Where words that begin with # are no comment they are printed.
    let comment = if name == "zsh" { "x # note" } else { "x" };
    for (text, status, output) in [
        ("alias hi='echo hello'", 0, ""),
        ("hi", 0, "hello"),
        (function, 0, ""),
        ("f", 3, "in f"),
        ("echo x # note", 0, comment),
    ] {
        let block = pane.run(text).await;
        findings.check(text, text_of(&block), Some(text));
        findings.check(text, status_of(&block), Some(status));
        findings.check(text, pane.printed(&block).as_str(), output);
    }
    // What a shell says of its jobs is its own affair.
    for text in [
        "sleep 0.1 &",
        "wait",
        "head -c 3000000 /dev/zero | tr '\\0' a | fold -w 100",
    ] {
        let block = pane.run(text).await;
        findings.check(text, text_of(&block), Some(text));
        findings.check(text, status_of(&block), Some(0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_shell_tells_of_aliases_functions_jobs_comments_and_floods() {
    in_every_shell!(things_of_its_own, &SHELLS);
}

async fn other_screens(name: &'static str, pane: &mut Pane, findings: &mut Findings) {
    pane.run("echo before").await;
    for (text, output) in [
        (r"printf '\033[?1049h'; echo inside; printf '\033[?1049l'", ""),
        ("echo between", "between"),
        (r"printf '\033[H\033[2J\033[3J'", ""),
        ("echo after", "after"),
        ("echo more", "more"),
    ] {
        let block = pane.run(text).await;
        // The first command on a cleared screen cannot be read back from busybox's editor: nothing is kept of it.
        let is_withheld = name == "ash" && text == "echo after";
        findings.check(text, text_of(&block), Some(text).filter(|_| !is_withheld));
        findings.check(text, status_of(&block), Some(0));
        if !is_withheld {
            findings.check(text, pane.printed(&block).as_str(), output);
        }
        let known: Vec<(Option<String>, String)> = pane
            .emulator
            .commands()
            .map(|block| (text_of(block).map(str::to_owned), pane.printed(block)))
            .collect();
        // What stands where commands stood that are gone is not theirs.
        for (text, printed) in known {
            let own = text.as_deref().unwrap_or_default();
            let is_own = printed.is_empty() || own.ends_with(&printed);
            findings.check(&format!("{own} later"), is_own, true);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_survive_other_screens_and_their_lines_do_not_survive_clearing() {
    in_every_shell!(other_screens, &SHELLS);
}

/// Shells that can tell of a folder with any name. The others print its name as it is, which ends their report: the last
/// folder that they could tell of stays.
const TELL_ODD_FOLDERS: [&str; 3] = ["bash", "zsh", "fish"];

async fn directories(name: &'static str, pane: &mut Pane, findings: &mut Findings) {
    pane.run("mkdir 'a b%;é'").await;
    pane.run("cd 'a b%;é'").await;
    let expected = format!("{}/a b%;é", pane.home_path());
    // A shell that encodes it, or not, says the same folder.
    findings.check("cd", pane.directory.as_deref(), Some(expected.as_str()));
    let block = pane.run("cd /usr && false").await;
    findings.check("cd and more", status_of(&block), Some(1));
    findings.check("cd and more", pane.directory.as_deref(), Some("/usr"));
    // A name that acts on terminals.
    let odd = format!("{}/n\nl\u{1b}x", pane.home_path());
    std::fs::create_dir(&odd).unwrap();
    pane.run(&format!("cd {}/n*x", pane.home_path())).await;
    let expected = if TELL_ODD_FOLDERS.contains(&name) { &odd } else { "/usr" };
    findings.check("odd folder", pane.directory.as_deref(), Some(expected));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_shell_tells_its_directory() {
    in_every_shell!(directories, &SHELLS);
}

async fn several_lines(name: &'static str, pane: &mut Pane, findings: &mut Findings) {
    let is_fish = name == "fish";
    // Its display of several lines cannot be read back.
    let is_withheld = name == "mksh";
    let looped: &[&str] = if is_fish {
        &["for i in a b", "echo $i", "end"]
    } else {
        &["for i in a b; do", "echo $i", "done"]
    };
    let block = pane.run_lines(looped).await;
    let text = text_of(&block).map(|text| {
        // fish indents what is inside.
        let lines = text.lines().map(str::trim);
        lines.collect::<Vec<_>>().join("\n")
    });
    findings.check("loop", text, Some(looped.join("\n")).filter(|_| !is_withheld));
    let printed = pane.printed(&block);
    findings.check("loop", printed.as_str(), "a\nb");
    let quoted = ["echo 'first", "  second'"];
    let block = pane.run_lines(&quoted).await;
    findings.check(
        "quotes",
        text_of(&block).map(str::to_owned),
        Some(quoted.join("\n")).filter(|_| !is_withheld),
    );
    if !is_fish {
        let document = ["cat <<X", "in $((1+1))", "X"];
        let block = pane.run_lines(&document).await;
        findings.check(
            "here-document",
            text_of(&block).map(str::to_owned),
            Some(document.join("\n")).filter(|_| !is_withheld),
        );
        let printed = pane.printed(&block);
        findings.check("here-document", printed.as_str(), "in 2");
    }
    let joined = ["echo one \\", "two"];
    let block = pane.run_lines(&joined).await;
    findings.check(
        "backslash",
        text_of(&block).map(str::to_owned),
        Some(joined.join("\n")).filter(|_| !is_withheld),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_shell_tells_commands_of_several_lines_or_nothing() {
    in_every_shell!(several_lines, &SHELLS);
}

async fn what_is_to_be_forgotten(name: &'static str, pane: &mut Pane, findings: &mut Findings) {
    let before = pane.ended.len();
    pane.run(" echo hunter2").await;
    findings.check("blank in front", pane.ended.last().and_then(text_of), None);
    // Nothing typed, and what was typed given up, run nothing.
    let count = pane.ended.len();
    pane.pass("\r").await;
    pane.send("echo hunter2");
    pane.wait("the echo", |pane| pane.last_row().ends_with("echo hunter2"))
        .await;
    // fish may not hear the signal yet; a terminal rubs a line out as well as an editor does.
    pane.pass(if name == "fish" { "\x15\r" } else { "\x03" }).await;
    findings.check("nothing entered", pane.ended.len(), count);
    // A password: typed while the terminal does not echo.
    let ask = match name {
        "bash" | "zsh" | "fish" => "echo sure; read -s password",
        _ => "echo sure; stty -echo; read password; stty echo",
    };
    pane.send(ask);
    pane.send("\r");
    pane.wait("the question", |pane| pane.shows("sure")).await;
    let count = pane.ended.len();
    pane.send("hunter2\r");
    pane.wait("the end of the question", |pane| pane.has_ended_since(count))
        .await;
    findings.check("read -s", pane.ended.last().and_then(text_of), Some(ask));
    // As sudo asks.
    let asking = "sh -c 'stty -echo; printf \"Password: \"; read p; stty echo; echo thanks'";
    let count = pane.ended.len();
    pane.send(asking);
    pane.send("\r");
    pane.wait("the question", |pane| pane.shows("Password:")).await;
    pane.send("hunter2\r");
    pane.wait("thanks", |pane| pane.has_ended_since(count)).await;
    findings.check("sudo", pane.ended.last().and_then(text_of), Some(asking));
    // And typed ahead, before the shell asks for it.
    let count = pane.ended.len();
    pane.send("sh -c 'echo busy; stty -echo; sleep 0.2; read p; stty echo'\r");
    pane.wait("busy", |pane| pane.shows("busy")).await;
    pane.send("hunter2\r");
    pane.wait("the end", |pane| pane.has_ended_since(count)).await;
    let secret = pane.texts()[before..]
        .iter()
        .flatten()
        .any(|text| text.contains("hunter2"));
    findings.check("the password", secret, false);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_shell_tells_what_is_to_be_forgotten() {
    in_every_shell!(what_is_to_be_forgotten, &SHELLS);
}

async fn keys_that_interrupt(name: &'static str, pane: &mut Pane, findings: &mut Findings) {
    let text = "sh -c 'echo going; exec sleep 60'";
    let count = pane.ended.len();
    pane.send(text);
    pane.send("\r");
    pane.wait("the program", |pane| pane.shows("going")).await;
    findings.check("while it runs", pane.emulator.shell_state(), ShellState::Running);
    pane.send("\x03");
    pane.wait("its end", |pane| pane.has_ended_since(count)).await;
    let block = pane.ended.last().cloned();
    findings.check("ctrl-c", block.as_ref().and_then(text_of), Some(text));
    findings.check("ctrl-c", block.as_ref().and_then(status_of), Some(130));
    // Stopped, and brought back.
    let text = "sh -c 'echo waiting; exec sleep 60'";
    let count = pane.ended.len();
    pane.send(text);
    pane.send("\r");
    pane.wait("the program", |pane| pane.shows("waiting")).await;
    pane.send("\x1a");
    pane.wait("the prompt", |pane| pane.has_ended_since(count)).await;
    findings.check("ctrl-z", pane.ended.last().and_then(text_of), Some(text));
    let block = pane.run("kill %1").await;
    findings.check("kill %1", text_of(&block), Some("kill %1"));
    let _ = name;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_shell_tells_of_interrupted_and_stopped_programs() {
    in_every_shell!(keys_that_interrupt, &SHELLS);
}

async fn shells_in_shells(_name: &'static str, pane: &mut Pane, findings: &mut Findings) {
    let count = pane.ended.len();
    pane.send("sh\r");
    // What is typed ahead may be lost where the terminal changes its ways.
    pane.wait("the inner prompt", Pane::has_begun_a_plain_shell).await;
    pane.send("echo in''ner\r");
    pane.wait("what the inner one prints", |pane| pane.shows("inner")).await;
    pane.send("exit 3\r");
    pane.wait("the end of the inner one", |pane| pane.has_ended_since(count))
        .await;
    findings.check("texts", &pane.texts()[count..], &[Some("sh")]);
    findings.check("exit code", pane.ended.last().and_then(status_of), Some(3));
    let block = pane.run("echo outer").await;
    findings.check("after it", text_of(&block), Some("echo outer"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shell_in_a_shell_is_one_command() {
    in_every_shell!(shells_in_shells, &SHELLS);
}

async fn mistakes(name: &'static str, pane: &mut Pane, findings: &mut Findings) {
    let block = pane.run("no-such-program-at-all x").await;
    findings.check("not found", text_of(&block), Some("no-such-program-at-all x"));
    findings.check("not found", status_of(&block), Some(127));
    let count = pane.ended.len();
    // Some shells tell of it with a status of their own, others run nothing: but never another text.
    let wrong = "echo )";
    pane.pass(&format!("{wrong}\r")).await;
    let told: Vec<Option<&str>> = pane.texts()[count..].to_vec();
    findings.check("a mistake", told.iter().flatten().all(|text| *text == wrong), true);
    if name == "fish" {
        // It keeps the line to be mended: that is rubbed out.
        pane.send("\x15");
    }
    let block = pane.run("echo good").await;
    findings.check("after it", text_of(&block), Some("echo good"));
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_leave_the_next_command_right() {
    in_every_shell!(mistakes, &SHELLS);
}

async fn the_end(name: &'static str, pane: &mut Pane, findings: &mut Findings) {
    pane.run("echo before").await;
    pane.send("exit 6\r");
    pane.wait("the end of the shell", |pane| pane.exit.is_some()).await;
    findings.check("its exit code", pane.exit, Some(6));
    let last = pane.ended.last();
    if matches!(name, "bash" | "zsh" | "fish") {
        findings.check("exit", last.and_then(text_of), Some("exit 6"));
        findings.check("exit", last.and_then(status_of), Some(6));
    } else {
        findings.check("exit", last.and_then(text_of), Some("echo before"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_the_shell_ends_its_command() {
    in_every_shell!(the_end, &SHELLS);
}
