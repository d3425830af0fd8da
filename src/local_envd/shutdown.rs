//! The end of a sandbox: nothing that ran in it stays behind. Knows no caller.

use std::time::Duration;

use nix::sys::signal::Signal;

use super::processes::Processes;

/// How long processes have to end by themselves after they were told to.
const GRACE: Duration = Duration::from_millis(300);
/// How long the exits of killed processes may take to be noticed.
const AFTERMATH: Duration = Duration::from_millis(500);
/// How often the machine is searched for what is left; programs that start others faster than this win.
#[cfg(target_os = "linux")]
const ROUNDS: usize = 10;

/// Hangs terminals up, asks the others to end, waits a little, kills the rest.
pub(super) async fn end_all(processes: &Processes, sandbox_id: &str) {
    if !processes.close() {
        return;
    }
    let running = processes.running();
    let sessions: Vec<_> = running.iter().map(|process| process.pid).collect();
    for process in &running {
        if process.has_terminal() {
            process.signal_group(Signal::SIGHUP).await;
        } else {
            process.signal_group(Signal::SIGTERM).await;
        }
        // What is stopped would not hear it otherwise.
        process.signal_group(Signal::SIGCONT).await;
    }
    drop(running);
    let ended_alone = tokio::time::timeout(GRACE, processes.all_ended()).await.is_ok();
    kill_leftovers(sandbox_id, &sessions);
    if !ended_alone && tokio::time::timeout(AFTERMATH, processes.all_ended()).await.is_err() {
        tracing::warn!("some processes of the sandbox would not end");
    }
}

/// Kills everything at once, for when nobody can wait.
pub(super) fn kill_all(processes: &Processes, sandbox_id: &str) {
    if !processes.close() {
        return;
    }
    let sessions: Vec<_> = processes.running().iter().map(|process| process.pid).collect();
    kill_leftovers(sandbox_id, &sessions);
}

/// Kills what belongs to the sandbox, until a search finds nothing more.
#[cfg(target_os = "linux")]
fn kill_leftovers(sandbox_id: &str, sessions: &[u32]) {
    for _ in 0..ROUNDS {
        let found = linux::members(sandbox_id, sessions);
        if found.is_empty() {
            return;
        }
        for pid in found {
            // It may have ended since.
            let _ = nix::sys::signal::kill(pid, Signal::SIGKILL);
        }
    }
}

/// Kills the process groups of what still runs; there is no way to find more.
#[cfg(not(target_os = "linux"))]
fn kill_leftovers(_sandbox_id: &str, sessions: &[u32]) {
    for session in sessions {
        if let Ok(group) = i32::try_from(*session) {
            // It may have ended since.
            let _ = nix::sys::signal::killpg(nix::unistd::Pid::from_raw(group), Signal::SIGKILL);
        }
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;

    use nix::unistd::Pid;

    /// Everything alive that is in one of the sessions, or was started with this sandbox's id in its environment:
    /// the latter also finds what made a session of its own.
    pub(super) fn members(sandbox_id: &str, sessions: &[u32]) -> Vec<Pid> {
        let mark = format!("E2B_SANDBOX_ID={sandbox_id}");
        let Ok(entries) = fs::read_dir("/proc") else {
            return Vec::new();
        };
        entries
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
            .filter(|pid| *pid != std::process::id())
            .filter(|pid| is_member(*pid, &mark, sessions))
            .filter_map(|pid| i32::try_from(pid).ok().map(Pid::from_raw))
            .collect()
    }

    fn is_member(pid: u32, mark: &str, sessions: &[u32]) -> bool {
        let Some((state, session)) = fs::read_to_string(format!("/proc/{pid}/stat"))
            .ok()
            .and_then(|stat| state_and_session(&stat))
        else {
            return false;
        };
        if matches!(state, 'Z' | 'X') {
            return false;
        }
        sessions.contains(&session)
            || fs::read(format!("/proc/{pid}/environ")).is_ok_and(|environment| {
                environment
                    .split(|byte| *byte == 0)
                    .any(|entry| entry == mark.as_bytes())
            })
    }

    /// The fields behind the command name, which may itself hold spaces and parentheses.
    pub(super) fn state_and_session(stat: &str) -> Option<(char, u32)> {
        let mut fields = stat[stat.rfind(')')? + 1..].split_ascii_whitespace();
        let state = fields.next()?.chars().next()?;
        let session = fields.nth(2)?.parse().ok()?;
        Some((state, session))
    }
}

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use super::linux::state_and_session;

    #[test]
    fn a_command_name_cannot_confuse_the_reader() {
        let stat = "42 (a) S 1 (b)) R 7 42 41 34816 42 4194304";
        assert_eq!(state_and_session(stat), Some(('R', 41)));
        assert_eq!(state_and_session("garbage"), None);
    }
}
