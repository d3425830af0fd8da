//! What a session runs, and how a shell is started so that it reports its prompts and commands.
//!
//! The scripts are in `assets/shell`. They travel as arguments of the one program that is started, so nothing is written
//! to the sandbox's disk.

use sha2::{Digest, Sha256};

use crate::domain::{CommandPlace, ProgramSpec, RemoteText, Seed, SessionId, Target};
use crate::terminal::MarkKeys;

/// What starts a shell so that it reports.
pub(super) const NEEDED_SHELL: &str = "/bin/sh";

/// In the order in which `boot.sh` takes them, itself first.
const SCRIPTS: [&str; 6] = [
    include_str!("../../assets/shell/boot.sh"),
    include_str!("../../assets/shell/bash_hooks.sh"),
    include_str!("../../assets/shell/bash_start.sh"),
    include_str!("../../assets/shell/zshenv.zsh"),
    include_str!("../../assets/shell/init.fish"),
    include_str!("../../assets/shell/init.sh"),
];

/// What a session runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// The program as it was asked for.
    pub program: ProgramSpec,
    /// What it is called while it gives itself no title.
    pub name: String,
    /// Which shell it is, if it is to be started so that it reports, and where its secrets come from.
    pub reporting: Option<(String, Seed)>,
    /// What is remembered with its commands.
    pub place: CommandPlace,
    /// The number of this run of e2b-tui, which its commands are remembered under.
    pub run: Option<u64>,
    /// The session as which it began; a session that joins it again has another number.
    pub origin: SessionId,
    /// The run and the session as which another run of e2b-tui began it.
    pub began_as: Option<(u64, SessionId)>,
}

impl Launch {
    /// A program in a sandbox. Only the sandbox's own shell reports, and only if there is a seed for secrets.
    pub fn new(target: &Target, program: ProgramSpec, seed: Option<&Seed>) -> Self {
        let is_own = program == target.program;
        let own_name = target.program_name.as_ref().filter(|_| is_own);
        let shell = target.reporting_shell.clone().filter(|_| is_own);
        Self {
            name: own_name.map_or_else(|| program.short_name().to_owned(), Clone::clone),
            program,
            reporting: shell.zip(seed.cloned()),
            place: place(target),
            run: seed.map(run_number),
            origin: SessionId(0),
            began_as: None,
        }
    }

    /// The run and the session that its commands are remembered under; `None` if they are not.
    pub fn remembered_as(&self) -> Option<(u64, SessionId)> {
        let own = self.run.map(|run| (run, self.origin));
        own.map(|own| self.began_as.unwrap_or(own))
    }

    /// What to start for this session, and the secrets that its reports will carry.
    pub fn start(&self, session: SessionId) -> (ProgramSpec, Option<MarkKeys>) {
        match &self.reporting {
            Some((shell, seed)) => {
                let keys = mark_keys(seed, session);
                (reporting_program(&self.program, shell, &keys), Some(keys))
            }
            None => (self.program.clone(), None),
        }
    }
}

fn place(target: &Target) -> CommandPlace {
    let id = target.sandbox.as_ref().map(|id| RemoteText::from(id.as_str()));
    CommandPlace {
        sandbox: id.unwrap_or_else(|| target.label.clone()),
        alias: target.label.clone(),
        template: None,
        user: target.user.clone(),
        host: target.address.as_str().into(),
    }
}

/// A number that tells nothing about the seed.
fn run_number(seed: &Seed) -> u64 {
    let digest = Sha256::new().chain_update(seed.expose()).chain_update("run").finalize();
    digest[..8]
        .iter()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// The secrets of one session: nobody who lacks the seed can guess them, and no two sessions share them.
fn mark_keys(seed: &Seed, session: SessionId) -> MarkKeys {
    let secret = |purpose: &str| {
        let digest = Sha256::new()
            .chain_update(seed.expose())
            .chain_update(purpose)
            .chain_update(session.0.to_be_bytes())
            .finalize();
        let number = digest[..16]
            .iter()
            .fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
        format!("{number:032x}")
    };
    MarkKeys {
        nonce: secret("nonce"),
        token: secret("token"),
    }
}

/// The program that becomes a shell which reports with these secrets. `shell` is a path or a name, or `auto`.
pub fn reporting_program(program: &ProgramSpec, shell: &str, keys: &MarkKeys) -> ProgramSpec {
    let [boot, rest @ ..] = SCRIPTS.map(packed);
    let own = ["e2b", &keys.nonce, &keys.token, shell].map(str::to_owned);
    let args = ["-c".to_owned(), boot].into_iter().chain(own).chain(rest);
    ProgramSpec {
        command: NEEDED_SHELL.to_owned(),
        args: args.collect(),
        ..program.clone()
    }
}

/// A script without its comments, blank lines and indentation. None of the scripts has a text of several lines.
fn packed(script: &str) -> String {
    let lines = script.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::TargetId;

    #[test]
    fn only_the_own_shell_of_a_sandbox_reports() {
        let shell = ProgramSpec::new("/bin/zsh", ["-i", "-l"]);
        let mut target = Target::new(TargetId(0), "api", shell.clone());
        target.reporting_shell = Some("/bin/zsh".to_owned());
        let seed = Seed::new([7; 32]);
        let (program, keys) = Launch::new(&target, shell.clone(), Some(&seed)).start(SessionId(1));
        let keys = keys.expect("secrets");
        assert_eq!(
            (program.command.as_str(), program.args[5].as_str()),
            ("/bin/sh", "/bin/zsh")
        );
        assert_eq!((keys.nonce.len(), keys.token.len()), (32, 32));
        assert_ne!(keys.nonce, keys.token);
        let other = Launch::new(&target, shell.clone(), Some(&seed)).start(SessionId(2)).1;
        assert_ne!(other, Some(keys));
        let plain = Launch::new(&target, shell.clone(), None).start(SessionId(1));
        assert_eq!(plain, (shell, None));
        let command = ProgramSpec::new("top", [] as [&str; 0]);
        assert_eq!(
            Launch::new(&target, command.clone(), Some(&seed)).start(SessionId(1)),
            (command, None)
        );
    }

    #[test]
    fn scripts_travel_small_and_hold_no_comment() {
        let packed: Vec<String> = SCRIPTS.into_iter().map(packed).collect();
        let bytes: usize = packed.iter().map(String::len).sum();
        assert!(bytes < 16 * 1024, "{bytes}");
        assert!(packed.iter().all(|script| !script.contains("\n#")));
    }
}
