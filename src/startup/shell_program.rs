//! Which program a new terminal runs when nobody names one.

use crate::domain::ProgramSpec;

/// A program for a terminal and what it is called in titles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShellProgram {
    /// What to start.
    pub program: ProgramSpec,
    /// Its name, when its command line does not say it well.
    pub name: Option<String>,
    /// Which shell it is, if it can be started so that it reports its prompts and commands: a path, a name, or `auto`.
    pub reporting: Option<String>,
}

/// Becomes bash as a login shell where there is one, else sh. `exec` keeps the process that was started the shell
/// itself, so that signals, exit codes and its directory are the shell's.
const PICK_A_SHELL: &str = "if command -v bash >/dev/null 2>&1; then exec bash -i -l; else exec sh -i -l; fi";

/// Shells that are known to take `-i -l` together.
const LOGIN_SHELLS: [&str; 9] = ["bash", "zsh", "fish", "sh", "dash", "ash", "ksh", "mksh", "nu"];

/// Shells that can report.
const REPORTING_SHELLS: [&str; 9] = ["bash", "zsh", "fish", "sh", "dash", "ash", "ksh", "ksh93", "mksh"];

/// What a shell may be given and still be started in our way, as an interactive login shell.
const PLAIN_ARGS: [&str; 6] = ["-i", "-l", "-il", "-li", "--login", "--interactive"];

/// Those among them that make a login shell.
const LOGIN_ARGS: [&str; 4] = ["-l", "-il", "-li", "--login"];

fn reporting(program: &ProgramSpec) -> Option<String> {
    REPORTING_SHELLS
        .contains(&program.short_name())
        .then(|| program.command.clone())
}

/// The shell of a sandbox: the one that is set, or the user's own in the embedded sandbox, or whichever is there.
pub fn usual_shell(set: Option<&[String]>, own: Option<&str>) -> ShellProgram {
    if let Some([command, args @ ..]) = set {
        let program = ProgramSpec::new(command.clone(), args.iter().cloned()).for_terminal();
        // One that reports is a login shell: who asks for another kind gets exactly that.
        let is_plain = args.iter().all(|arg| PLAIN_ARGS.contains(&arg.as_str()));
        let is_login = args.iter().any(|arg| LOGIN_ARGS.contains(&arg.as_str()));
        return ShellProgram {
            reporting: reporting(&program).filter(|_| is_plain && is_login),
            program,
            name: None,
        };
    }
    if let Some(own) = own.filter(|path| path.starts_with('/')) {
        let program = ProgramSpec::new(own, [] as [&str; 0]).for_terminal();
        let args: &[&str] = if LOGIN_SHELLS.contains(&program.short_name()) {
            &["-i", "-l"]
        } else {
            &[]
        };
        return ShellProgram {
            reporting: reporting(&program),
            program: ProgramSpec {
                args: args.iter().map(|arg| (*arg).to_owned()).collect(),
                ..program
            },
            name: None,
        };
    }
    ShellProgram {
        program: ProgramSpec::new("/bin/sh", ["-c", PICK_A_SHELL]).for_terminal(),
        name: Some("shell".to_owned()),
        reporting: Some("auto".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_comes_before_what_is_there() {
        let set = ["zsh".to_owned(), "-l".to_owned()];
        assert_eq!(usual_shell(Some(&set), Some("/bin/fish")).program.command, "zsh");
        let no_login = ["/bin/sh".to_owned(), "-i".to_owned()];
        assert_eq!(
            usual_shell(Some(&no_login), None).reporting,
            None,
            "as it was asked for"
        );
        assert_eq!(usual_shell(Some(&set), None).reporting.as_deref(), Some("zsh"));
        let own = usual_shell(None, Some("/bin/fish")).program;
        assert_eq!((own.command.as_str(), own.args.len()), ("/bin/fish", 2));
        assert!(usual_shell(None, Some("/bin/tcsh")).program.args.is_empty());
        let picked = usual_shell(None, None);
        assert_eq!(picked.program.command, "/bin/sh");
        assert_eq!(picked.name.as_deref(), Some("shell"));
        assert_eq!(picked.program.envs["TERM"], "xterm-256color");
    }
}
