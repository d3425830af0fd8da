//! How a process ended, in envd's words (`envd-wire.md` 4.4). Knows no process.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use crate::wire::generated::process::process_event::EndEvent;

/// The words of the Go standard library for the signals it has words for.
const SIGNALS: [&str; 15] = [
    "hangup",
    "interrupt",
    "quit",
    "illegal instruction",
    "trace/breakpoint trap",
    "aborted",
    "bus error",
    "floating point exception",
    "killed",
    "user defined signal 1",
    "segmentation fault",
    "user defined signal 2",
    "broken pipe",
    "alarm clock",
    "terminated",
];

fn signal_name(signal: i32) -> String {
    usize::try_from(signal - 1)
        .ok()
        .and_then(|index| SIGNALS.get(index))
        .map_or_else(|| format!("signal {signal}"), |name| (*name).to_owned())
}

/// The event that ends every stream of a process.
pub(super) fn end_event(result: io::Result<ExitStatus>) -> EndEvent {
    let (exit_code, exited, status) = match result {
        Ok(status) => match (status.code(), status.signal()) {
            (Some(code), _) => (code, true, format!("exit status {code}")),
            (None, signal) => {
                let dumped = if status.core_dumped() { " (core dumped)" } else { "" };
                let name = signal_name(signal.unwrap_or_default());
                (-1, false, format!("signal: {name}{dumped}"))
            }
        },
        Err(error) => (-1, false, format!("wait4 error: {error}")),
    };
    EndEvent {
        exit_code,
        exited,
        error: (exit_code != 0 || !exited).then(|| status.clone()),
        status,
    }
}

/// What the system says about an error, in the lower case that envd's messages have.
pub(super) fn system_text(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(number) => nix::errno::Errno::from_raw(number).desc().to_lowercase(),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exits_and_deaths_have_envds_texts() {
        let cases = [
            (0, 0, true, "exit status 0", None),
            (7 << 8, 7, true, "exit status 7", Some("exit status 7")),
            (9, -1, false, "signal: killed", Some("signal: killed")),
            (15, -1, false, "signal: terminated", Some("signal: terminated")),
            (
                0x8b,
                -1,
                false,
                "signal: segmentation fault (core dumped)",
                Some("signal: segmentation fault (core dumped)"),
            ),
            (31, -1, false, "signal: signal 31", Some("signal: signal 31")),
        ];
        for (raw, code, exited, status, error) in cases {
            let event = end_event(Ok(ExitStatus::from_raw(raw)));
            assert_eq!((event.exit_code, event.exited), (code, exited));
            assert_eq!((event.status.as_str(), event.error.as_deref()), (status, error));
        }
    }

    #[test]
    fn system_errors_read_as_in_go() {
        let missing = io::Error::from_raw_os_error(nix::libc::ENOENT);
        assert_eq!(system_text(&missing), "no such file or directory");
    }
}
