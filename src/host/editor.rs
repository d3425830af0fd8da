//! The user's own editor on a private copy of a text: in front of us like a job of a shell, so that it may crash, be
//! stopped with ctrl-z and be gone on with. Knows no sandbox.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, IsTerminal, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use nix::sys::signal::{SigSet, Signal, killpg};
use nix::sys::termios::{SetArg, Termios, tcgetattr, tcsetattr};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, getpgrp, tcsetpgrp};

use super::modes;
use super::tools::is_for_tools;

/// More is not taken back from an editor.
const LARGEST: u64 = 64 << 20;
/// An editor that is told to end has this long.
const END_LIMIT: Duration = Duration::from_millis(300);
/// What editors that do not end in order leave switched on, but for the table of our own modes.
const AFTER_A_CRASH: &str =
    "\x1b[<9u\x1b[?1003l\x1b[?1002l\x1b[?1000l\x1b[?2004l\x1b[0m\x1b[?1049l\x1b[?1l\x1b>\x1b[r\x1b[?7h\x1b[4l";

/// Which editor: the words of `$VISUAL` or `$EDITOR`, as a shell reads them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Editor {
    command: String,
}

/// A text that is being edited: a file of its own in a folder of its own, both for nobody else's eyes.
#[derive(Debug)]
pub struct PrivateCopy {
    folder: PathBuf,
    file: PathBuf,
    is_kept: bool,
}

/// An editor at work, or stopped.
#[derive(Debug)]
pub struct RunningEditor {
    group: Pid,
    name: String,
    is_stopped: bool,
    has_ended: bool,
}

/// Why an editor is not in front any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EditorEnd {
    /// It ended as it should.
    Done,
    /// It ended otherwise; in words.
    Failed(String),
    /// It was stopped, as by ctrl-z.
    Stopped,
}

impl Editor {
    /// The user's choice, or `vi`. `variable` reads the environment.
    pub fn chosen(variable: impl Fn(&str) -> Option<String>) -> Self {
        let named = ["VISUAL", "EDITOR"].into_iter().filter_map(variable);
        let command = named
            .map(|words| words.trim().to_owned())
            .find(|words| !words.is_empty());
        Self {
            command: command.unwrap_or_else(|| "vi".to_owned()),
        }
    }

    /// Its name, for people.
    pub fn name(&self) -> String {
        let program = self.command.split_whitespace().next().unwrap_or_default();
        program.rsplit('/').next().unwrap_or(program).to_owned()
    }

    /// Starts it on a file. The words are the user's own and a shell reads them, as it does for git; the file's path is
    /// ours, and an argument that no shell reads.
    pub fn start(&self, copy: &PrivateCopy) -> io::Result<RunningEditor> {
        let child = Command::new("/bin/sh")
            .arg("-c")
            .arg(format!("exec {} \"$@\"", self.command))
            .arg("edit")
            .arg(&copy.file)
            .env_clear()
            .envs(std::env::vars_os().filter(|(name, _)| is_for_tools(name)))
            // A job of its own: what is typed to stop it does not stop us.
            .process_group(0)
            .spawn()?;
        Ok(RunningEditor {
            group: Pid::from_raw(child.id().cast_signed()),
            name: self.name(),
            is_stopped: false,
            has_ended: false,
        })
    }
}

impl PrivateCopy {
    /// Writes the text under a name that editors recognise by its ending.
    pub fn make(name: &str, text: &[u8]) -> io::Result<Self> {
        let salt = getrandom::u64().map_err(io::Error::other)?;
        let folder = std::env::temp_dir().join(format!("e2b-tui-edit-{salt:016x}"));
        DirBuilder::new().mode(0o700).create(&folder)?;
        let copy = Self {
            file: folder.join(harmless(name)),
            folder,
            is_kept: false,
        };
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&copy.file)?;
        file.write_all(text)?;
        Ok(copy)
    }

    /// What stands in it now.
    pub fn text(&self) -> io::Result<Vec<u8>> {
        let flags = nix::libc::O_NOFOLLOW | nix::libc::O_NONBLOCK;
        let file: File = OpenOptions::new().read(true).custom_flags(flags).open(&self.file)?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::other("the editor left something that is no file"));
        }
        let mut text = Vec::new();
        file.take(LARGEST + 1).read_to_end(&mut text)?;
        if text.len() as u64 > LARGEST {
            return Err(io::Error::other("the editor left more than 64 MiB"));
        }
        Ok(text)
    }

    /// Whether it holds this text still, and nothing lies beside it that an editor put there to save more.
    pub fn is_untouched(&self, text: &[u8]) -> bool {
        let beside = std::fs::read_dir(&self.folder).map_or(0, Iterator::count);
        beside <= 1 && self.text().is_ok_and(|now| now == text)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.file
    }

    /// Leaves it where it is when it is dropped: what stands in it is nowhere else.
    pub fn keep(&mut self) {
        self.is_kept = true;
    }
}

impl Drop for PrivateCopy {
    fn drop(&mut self) {
        if !self.is_kept
            && let Err(error) = std::fs::remove_dir_all(&self.folder)
        {
            tracing::warn!(%error, "a private copy stays");
        }
    }
}

impl RunningEditor {
    /// Gives it the terminal and waits until it ends or is stopped; takes the terminal back then, in the state that it
    /// was in. For a thread of its own. Our own modes must have been left.
    pub fn wait_in_front(&mut self) -> EditorEnd {
        let is_terminal = io::stdin().is_terminal();
        let before = is_terminal.then(|| tcgetattr(io::stdin()).ok()).flatten();
        if is_terminal {
            give_terminal(self.group);
        }
        if std::mem::take(&mut self.is_stopped) {
            let _ = killpg(self.group, Signal::SIGCONT);
        }
        let end = self.wait();
        self.is_stopped = end == EditorEnd::Stopped;
        if is_terminal {
            give_terminal(getpgrp());
            restore(before.as_ref(), end != EditorEnd::Done);
        }
        end
    }

    fn wait(&mut self) -> EditorEnd {
        loop {
            match waitpid(self.group, Some(WaitPidFlag::WUNTRACED)) {
                // It asked for the terminal before it had it.
                Ok(WaitStatus::Stopped(_, Signal::SIGTTIN | Signal::SIGTTOU)) => {
                    let _ = killpg(self.group, Signal::SIGCONT);
                }
                Ok(WaitStatus::Stopped(..)) => return EditorEnd::Stopped,
                Ok(WaitStatus::Exited(_, code)) => {
                    self.has_ended = true;
                    return match code {
                        0 => EditorEnd::Done,
                        127 => EditorEnd::Failed(format!("{} was not found", self.name)),
                        _ => EditorEnd::Failed(format!("{} ended with exit code {code}", self.name)),
                    };
                }
                Ok(WaitStatus::Signaled(_, signal, _)) => {
                    self.has_ended = true;
                    return EditorEnd::Failed(format!("{} was ended by {signal}", self.name));
                }
                Ok(_) | Err(nix::errno::Errno::EINTR) => {}
                Err(error) => {
                    self.has_ended = true;
                    return EditorEnd::Failed(format!("{} cannot be waited for: {error}", self.name));
                }
            }
        }
    }

    /// Ends it from outside, for good. Editors save what they can on a hangup.
    pub fn hang_up(&mut self) {
        if self.has_ended {
            return;
        }
        let _ = killpg(self.group, Signal::SIGHUP);
        let _ = killpg(self.group, Signal::SIGCONT);
        let end = Instant::now() + END_LIMIT;
        while Instant::now() < end {
            if waitpid(self.group, Some(WaitPidFlag::WNOHANG)) != Ok(WaitStatus::StillAlive) {
                self.has_ended = true;
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = killpg(self.group, Signal::SIGKILL);
        let _ = waitpid(self.group, None);
        self.has_ended = true;
    }

    /// Its name, for people.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Who it is, for a signal from elsewhere.
    pub fn group(&self) -> i32 {
        self.group.as_raw()
    }
}

/// Tells an editor that is waited for elsewhere that its terminal has gone.
pub fn hang_up_group(group: i32) {
    let group = Pid::from_raw(group);
    let _ = killpg(group, Signal::SIGHUP);
    let _ = killpg(group, Signal::SIGCONT);
}

/// Makes a group the one that the terminal belongs to. From behind that is allowed only to whom SIGTTOU cannot reach.
fn give_terminal(group: Pid) {
    let mut blocked = SigSet::empty();
    blocked.add(Signal::SIGTTOU);
    let is_blocked = blocked.thread_block().is_ok();
    if let Err(error) = tcsetpgrp(io::stdin(), group) {
        tracing::warn!(%error, "the terminal does not change hands");
    }
    if is_blocked {
        let _ = blocked.thread_unblock();
    }
}

fn restore(before: Option<&Termios>, has_crashed: bool) {
    // What was typed by now was meant for the editor, or answers what it asked the terminal.
    if let Some(before) = before
        && let Err(error) = tcsetattr(io::stdin(), SetArg::TCSAFLUSH, before)
    {
        tracing::warn!(%error, "the terminal's modes stay as the editor left them");
    }
    if has_crashed {
        let _ = modes::write_now(AFTER_A_CRASH.as_bytes());
    }
}

/// A name that no program mistakes for anything else; its ending stays.
fn harmless(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let from = letters.len().saturating_sub(60);
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || ".-_".contains(letter);
    let safe: String = letters[from..]
        .iter()
        .map(|letter| if is_plain(*letter) { *letter } else { '_' })
        .collect();
    match safe.trim_start_matches('-') {
        "" | "." | ".." => "text".to_owned(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn editor(command: &str) -> Editor {
        Editor::chosen(|name| (name == "EDITOR").then(|| command.to_owned()))
    }

    #[test]
    fn the_words_of_the_user_are_taken_and_the_usual_one_otherwise() {
        let both = |name: &str| Some(if name == "VISUAL" { "code -w" } else { "nano" }.to_owned());
        assert_eq!(Editor::chosen(both).command, "code -w");
        assert_eq!(editor(" /usr/bin/nano -l ").name(), "nano");
        assert_eq!(editor("  ").name(), "vi");
    }

    #[test]
    fn a_private_copy_is_private_and_goes() {
        let copy = PrivateCopy::make("-x;\n$(id)é.rs", b"text").unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(copy.path()), mode(&copy.folder)), (0o600, 0o700));
        assert_eq!(copy.path().file_name().unwrap(), "x____id__.rs");
        assert_eq!(copy.text().unwrap(), b"text");
        let folder = copy.folder.clone();
        drop(copy);
        assert!(!folder.exists());
        assert_eq!(harmless(".."), "text");
        assert!(harmless(&"x".repeat(500)).len() <= 60);
    }

    #[test]
    fn editors_with_arguments_edit_and_failures_have_words() {
        let copy = PrivateCopy::make("a b.txt", b"one\n").unwrap();
        let run = |command: &str| {
            let mut running = editor(command).start(&copy).unwrap();
            running.wait_in_front()
        };
        assert_eq!(run("sed -i 's/one/two three/'"), EditorEnd::Done);
        assert_eq!(copy.text().unwrap(), b"two three\n");
        let failed = |command: &str| match run(command) {
            EditorEnd::Failed(words) => words,
            end => panic!("{end:?}"),
        };
        assert_eq!(failed("false"), "false ended with exit code 1");
        assert_eq!(failed("no-such-editor"), "no-such-editor was not found");
        assert!(failed("sh -c 'kill -SEGV $$'").contains("SIGSEGV"));
        assert_eq!(run("sh -c 'test -z \"$(env | grep ^E2B_)\"'"), EditorEnd::Done);
    }

    #[test]
    fn a_stopped_editor_goes_on_or_is_ended() {
        let copy = PrivateCopy::make("x", b"").unwrap();
        let script = "sh -c 'kill -STOP $$; echo went on > \"$0\"'";
        let mut running = editor(script).start(&copy).unwrap();
        assert_eq!(running.wait_in_front(), EditorEnd::Stopped);
        assert_eq!(running.wait_in_front(), EditorEnd::Done);
        assert_eq!(copy.text().unwrap(), b"went on\n");
        let mut stubborn = editor("sh -c 'trap \"\" HUP; kill -STOP $$; while :; do sleep 1; done'")
            .start(&copy)
            .unwrap();
        assert_eq!(stubborn.wait_in_front(), EditorEnd::Stopped);
        stubborn.hang_up();
        assert!(
            nix::sys::signal::kill(stubborn.group, None).is_err(),
            "it is still there"
        );
    }
}
