//! Lets another program read the terminal for a while: the thread that reads keys is made to stand still, and says so.
//! Knows no key.

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A reader that does not stand still by then has ended, or waits for us.
const PATIENCE: Duration = Duration::from_secs(1);

/// Switches the reading of keys off and on. All clones are the same switch.
#[derive(Clone, Debug)]
pub struct InputSwitch {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    /// Wakes the reader from its wait for keys.
    bell: (PipeReader, PipeWriter),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nobody reads keys yet.
    Unread,
    On,
    /// To be switched off; the reader may still be reading.
    Ending,
    /// The reader stands still.
    Off,
}

impl InputSwitch {
    /// One that is on.
    pub fn new() -> io::Result<Self> {
        let shared = Shared {
            state: Mutex::new(State::Unread),
            changed: Condvar::new(),
            bell: io::pipe()?,
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until nobody reads keys any more. False if the reader did not answer in time.
    pub fn turn_off(&self) -> bool {
        let mut state = self.state();
        if *state == State::Unread {
            *state = State::Off;
        }
        if *state == State::On {
            *state = State::Ending;
            if (&self.shared.bell.1).write_all(&[0]).is_err() {
                return false;
            }
        }
        let waited = self
            .shared
            .changed
            .wait_timeout_while(state, PATIENCE, |state| *state == State::Ending);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        *state == State::Off
    }

    /// Lets keys be read again.
    pub fn turn_on(&self) {
        *self.state() = State::On;
        self.shared.changed.notify_all();
    }

    /// For the reader: stands still for as long as the switch is off.
    pub(super) fn stand_still_while_off(&self) {
        let mut state = self.state();
        if *state == State::Unread {
            *state = State::On;
        }
        while *state != State::On {
            if *state == State::Ending {
                *state = State::Off;
                self.shared.changed.notify_all();
            }
            state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// For the reader: takes note of the bell.
    pub(super) fn hear_bell(&self) {
        let _ = (&self.shared.bell.0).read(&mut [0]);
    }

    /// For the reader: can be read from when it is to look at the switch.
    pub(super) fn bell(&self) -> BorrowedFd<'_> {
        self.shared.bell.0.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reader_stands_still_until_it_may_go_on() {
        let switch = InputSwitch::new().unwrap();
        let (reader, (sender, seen)) = (switch.clone(), std::sync::mpsc::channel());
        let started = std::sync::Barrier::new(2);
        let started = std::sync::Arc::new(started);
        let starting = std::sync::Arc::clone(&started);
        let reading = std::thread::spawn(move || {
            reader.stand_still_while_off();
            starting.wait();
            for _ in 0..3 {
                let mut watched = [nix::poll::PollFd::new(reader.bell(), nix::poll::PollFlags::POLLIN)];
                nix::poll::poll(&mut watched, nix::poll::PollTimeout::NONE).unwrap();
                reader.hear_bell();
                reader.stand_still_while_off();
                sender.send(()).unwrap();
            }
        });
        started.wait();
        for _ in 0..3 {
            assert!(switch.turn_off());
            assert!(switch.turn_off(), "twice is once");
            assert!(seen.try_recv().is_err(), "it reads although it must not");
            switch.turn_on();
            seen.recv().unwrap();
        }
        reading.join().unwrap();
    }
}
