//! Being a job of the user's shell: stopped and continued like any other. Also the terminal's size.

use crossterm::terminal;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getpid, getppid, getsid};

use crate::domain::{Failure, FailureKind, GridSize};

/// The size of the terminal at standard output, or the usual one if it has none.
pub fn terminal_size() -> GridSize {
    match terminal::size() {
        Ok((cols, rows)) if cols > 0 && rows > 0 => GridSize::new(cols, rows),
        _ => GridSize::default(),
    }
}

/// Stops this program and whatever was started together with it, as ctrl-z does, and returns when it is continued.
/// `leave` gives the terminal back before that. Fails where no shell is there to continue it.
pub fn stop_like_a_job(leave: impl FnOnce()) -> Result<(), Failure> {
    let is_alone = getppid() == Pid::from_raw(1) || getsid(None) == Ok(getpid());
    if is_alone {
        return Err(Failure::new(
            FailureKind::Refused,
            "there is no shell to come back from, so this program was not suspended",
        ));
    }
    leave();
    // The whole group: a program that waits for us, such as `cargo run`, must stop as well, or the shell waits too.
    kill(Pid::from_raw(0), Signal::SIGSTOP)
        .map_err(|error| Failure::new(FailureKind::Internal, "cannot stop").because(error.to_string()))
}
