//! Programs that are opened at a process: a shell where it is, and what reads on in a file that it has open.

use crate::domain::{Pid, ProgramSpec};

const SHELL: &str = include_str!("../../../../assets/process_shell.sh");

/// Reading from a terminal or a pipe would take what is meant for somebody else.
const FOLLOW: &str = "pid=$1; shift
for fd; do
    if [ -f \"/proc/$pid/fd/$fd\" ]; then
        echo \"following file $fd of process $pid\"
        exec tail -n 200 -f \"/proc/$pid/fd/$fd\"
    fi
done
echo \"process $pid has no plain file open there that may be read: $*\"
exit 1";

/// This shell in the directory of a process, with its variables.
pub(super) fn shell_at(pid: Pid, shell: &ProgramSpec) -> ProgramSpec {
    let own = ["-c", SHELL, "sh"].map(str::to_owned).into_iter();
    let words = [pid.to_string(), shell.command.clone()];
    ProgramSpec {
        command: "/bin/sh".to_owned(),
        args: own.chain(words).chain(shell.args.iter().cloned()).collect(),
        cwd: None,
        ..shell.clone()
    }
    .for_terminal()
}

/// What shows the first of these files of a process that is one, and what is written to it from now on.
pub(super) fn follow(pid: Pid, descriptors: &[u32]) -> ProgramSpec {
    let own = ["-c", FOLLOW, "sh"].map(str::to_owned).into_iter();
    let numbers = descriptors.iter().map(ToString::to_string);
    ProgramSpec::new("/bin/sh", own.chain([pid.to_string()]).chain(numbers)).for_terminal()
}
