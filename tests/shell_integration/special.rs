//! What only some shells have: hooks of the user's own, long commands, pasted ones, odd settings, and what must be as in
//! a shell that was started plainly.

use e2b_tui::terminal::Tier;

use crate::pane::{Pane, installed, status_of, text_of};

fn path(name: &'static str) -> Option<String> {
    let found = installed(&[name]);
    found.first().map(|(_, path)| path.to_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn own_hooks_of_bash_go_on_and_its_history_file_stays_the_users() {
    let Some(bash) = path("bash") else { return };
    let rc = "own=0 debug=0\nHISTCONTROL=ignoreboth\nPROMPT_COMMAND='own=$((own+1)); history -a'\nPS0='<ps0>'\nPS1='mine> '\n\
              trap 'debug=$((debug+1))' DEBUG\nalias builtin=false local=false printf=false\nset -u\n";
    let mut pane = Pane::start(&bash, &[(".bash_profile", rc)]).await;
    assert_eq!(pane.tier, Some(Tier::Full));
    let block = pane.run("echo one").await;
    assert_eq!((text_of(&block), status_of(&block)), (Some("echo one"), Some(0)));
    let block = pane.run("(exit 5)").await;
    assert_eq!((text_of(&block), status_of(&block)), (Some("(exit 5)"), Some(5)));
    let block = pane.run("echo \"? $? own $own debug $((debug > 0))\"").await;
    let printed = pane.emulator.command_output(&block).unwrap_or_default();
    assert!(printed.contains("? 5 own 3 debug 1"), "{printed}");
    pane.run(" echo secret").await;
    pane.run("set -e; set -x").await;
    let block = pane.run("echo with -x").await;
    assert_eq!(text_of(&block), Some("echo with -x"));
    assert!(!pane.output_text().contains("__e2b"), "{}", pane.output_text());
    pane.run("set +e; set +x").await;
    let file = std::fs::read_to_string(pane.home.path().join(".bash_history")).unwrap();
    assert!(file.starts_with("echo one\n(exit 5)\n"), "{file}");
    assert!(!file.contains("e2b") && !file.contains("secret"), "{file}");
    assert!(!pane.home.path().join(".sh_history").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn own_hooks_of_zsh_and_fish_go_on() {
    if let Some(zsh) = path("zsh") {
        let rc = "precmd() { own=$((own+1)) }\npreexec() { print -r -- \"<$1>\" }\nPROMPT='mine> '\n\
                  setopt ksh_arrays share_history\nHISTFILE=~/.zsh_own SAVEHIST=100 HISTSIZE=100\n";
        let mut pane = Pane::start(&zsh, &[(".zshrc", rc)]).await;
        assert_eq!(pane.tier, Some(Tier::Full));
        let block = pane.run("echo one").await;
        assert_eq!(text_of(&block), Some("echo one"));
        let block = pane.run("echo own $own dir ${ZDOTDIR-none}").await;
        let printed = pane.emulator.command_output(&block).unwrap_or_default();
        assert!(printed.contains("own 2 dir none"), "{printed}");
        assert!(pane.output_text().contains("<echo one>"));
        let leftovers: Vec<_> = std::fs::read_dir(pane.home.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .filter(|name| name.starts_with(".e2b"))
            .collect();
        assert_eq!(leftovers, [""; 0]);
        let file = std::fs::read_to_string(pane.home.path().join(".zsh_own")).unwrap();
        assert!(file.contains("echo one") && !file.contains("e2b"), "{file}");
    }
    if let Some(fish) = path("fish") {
        let rc =
            "function fish_prompt; echo 'mine> '; end\nfunction own --on-event fish_preexec; set -g owned yes; end\n";
        let mut pane = Pane::start(&fish, &[(".config/fish/config.fish", rc)]).await;
        assert_eq!(pane.tier, Some(Tier::Full));
        pane.run("echo one").await;
        let block = pane.run("echo $owned (set -q E2B_RC; or echo clean)").await;
        let printed = pane.emulator.command_output(&block).unwrap_or_default();
        assert_eq!(printed, "yes clean");
        pane.run("set -g fish_private_mode 1").await;
        let count = pane.ended.len();
        pane.run("echo private").await;
        assert_eq!(pane.texts()[count..], [None]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn long_commands_arrive_whole_or_are_said_to_be_cut() {
    for (name, path) in installed(&["bash", "zsh", "fish"]) {
        let mut pane = Pane::start(path.to_str().unwrap(), &[]).await;
        for (bytes, is_whole) in [(100_000, true), (200_000, false)] {
            if name == "fish" && !is_whole {
                // It colours the line as it grows, which takes a minute.
                continue;
            }
            let text = format!("true {}", "x".repeat(bytes - 5));
            let count = pane.ended.len();
            // Before the line editor reads, a terminal takes no more than 4096 bytes of a line.
            if name != "fish" {
                pane.wait("the line editor", Pane::takes_pastes).await;
            }
            pane.send(&format!("\x1b[200~{text}\x1b[201~"));
            pane.send("\r");
            pane.wait("the long command", |pane| pane.has_ended_since(count)).await;
            let block = pane.ended.last().cloned().unwrap();
            assert_eq!(block.is_truncated, !is_whole, "{name} {bytes}");
            assert_eq!(status_of(&block), Some(0), "{name} {bytes}");
            if is_whole {
                let found = text_of(&block).map(str::len);
                assert!(text_of(&block) == Some(text.as_str()), "{name}: {found:?} of {bytes}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pasted_lines_are_commands_of_their_own_in_bash() {
    let Some(bash) = path("bash") else { return };
    let mut pane = Pane::start(&bash, &[]).await;
    let count = pane.ended.len();
    pane.send("\x1b[200~echo one\rfalse\recho three\x1b[201~\r");
    pane.wait("three commands", |pane| pane.has_ended_since(count + 2))
        .await;
    let ended = &pane.ended[count..];
    let told: Vec<_> = ended.iter().map(|block| (text_of(block), status_of(block))).collect();
    assert_eq!(
        told,
        [
            (Some("echo one"), Some(0)),
            (Some("false"), Some(1)),
            (Some("echo three"), Some(0))
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn another_program_in_place_of_the_shell_ends_with_it() {
    let Some(bash) = path("bash") else { return };
    let mut pane = Pane::start(&bash, &[]).await;
    pane.send("exec sh -c 'echo in place; exit 9'\r");
    pane.wait("the end", |pane| pane.exit.is_some()).await;
    let block = pane.ended.last().unwrap();
    assert_eq!(text_of(block), Some("exec sh -c 'echo in place; exit 9'"));
    assert_eq!(status_of(block), Some(9));
    // A shell that leaves by itself for want of keys.
    let mut pane = Pane::start(&bash, &[(".bash_profile", "TMOUT=1\n")]).await;
    pane.wait("the end of patience", |pane| pane.exit.is_some()).await;
    assert_eq!(pane.texts(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_children_and_the_shell_itself_see_is_as_usual() {
    for (name, path) in installed(&["bash", "zsh", "dash", "ash", "ksh93", "mksh"]) {
        let mut pane = Pane::start(path.to_str().unwrap(), &[]).await;
        let block = pane
            .run("env | grep -v '^_=' | grep '^__e2b\\|^E2B_RC\\|^E2B_ENV\\|^E2B_Z\\|7274'")
            .await;
        let printed = pane.emulator.command_output(&block).unwrap_or_default();
        assert_eq!(printed, "", "{name}: the environment of children");
        let block = pane.run("ls -l /proc/self/fd | grep -c ' [5-9] ->'").await;
        let printed = pane.emulator.command_output(&block).unwrap_or_default();
        assert_eq!(printed, "0", "{name}: open descriptors of children");
        let block = pane.run("tr '\\0' ' ' </proc/$$/cmdline").await;
        let printed = pane.emulator.command_output(&block).unwrap_or_default();
        assert!(!printed.contains("7274") && printed.len() < 60, "{name}: {printed}");
    }
    if let Some(bash) = path("bash") {
        let mut pane = Pane::start(&bash, &[(".bash_logout", "echo goodbye\n")]).await;
        let block = pane
            .run("shopt -q login_shell && echo login $- $SHLVL ${ENV-none}")
            .await;
        let printed = pane.emulator.command_output(&block).unwrap_or_default();
        assert!(printed.starts_with("login ") && printed.ends_with(" none"), "{printed}");
        pane.send("logout\r");
        pane.wait("the end", |pane| pane.exit.is_some()).await;
        assert!(pane.shows("goodbye"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn readonly_prompt_command_leaves_history_without_prompts() {
    let Some(bash) = path("bash") else { return };
    let mut pane = Pane::begin(&bash, &[(".bash_profile", "readonly PROMPT_COMMAND=:\n")], &[]).await;
    pane.wait("the shell", |pane| pane.tier.is_some()).await;
    assert_eq!(pane.tier, Some(Tier::BeforeCommand));
    pane.send("echo one\r");
    pane.wait("one", |pane| pane.shows("one")).await;
    pane.send("false\r");
    pane.wait("the first command's end", |pane| !pane.ended.is_empty())
        .await;
    let block = &pane.ended[0];
    assert_eq!((text_of(block), status_of(block)), (Some("echo one"), Some(0)));
}
