//! Which modes of the user's terminal we change, as one table, and how each way out of the program undoes them.
//! Knows nothing of what is drawn.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::terminal::{disable_raw_mode, enable_raw_mode};

/// One mode: how it is entered and how it is left.
struct TerminalMode {
    enter: &'static str,
    leave: &'static str,
    /// Whether a terminal gets it.
    applies: fn(&ModeChoice) -> bool,
}

/// What of the table the user and the terminal want.
#[derive(Clone, Copy, Debug)]
pub struct ModeChoice {
    /// Whether the mouse is ours. Without it the terminal selects text as usual.
    pub mouse: bool,
    /// Whether the terminal knows the kitty keyboard protocol.
    pub keyboard: bool,
}

const ALWAYS: fn(&ModeChoice) -> bool = |_| true;

/// Entered from the top, left from the bottom.
const MODES: [TerminalMode; 7] = [
    // The window's title is put aside, so that ours can be forgotten.
    TerminalMode {
        enter: "\x1b[22;0t",
        leave: "\x1b[23;0t",
        applies: ALWAYS,
    },
    // The alternate screen keeps what the user's shell had printed.
    TerminalMode {
        enter: "\x1b[?1049h\x1b[2J\x1b[H",
        leave: "\x1b[?1049l",
        applies: ALWAYS,
    },
    // Colours, the cursor's shape and the cursor itself: nothing to enter, but drawing changes them.
    TerminalMode {
        enter: "",
        leave: "\x1b[0m\x1b[0 q\x1b[?25h",
        applies: ALWAYS,
    },
    // Bracketed paste: a paste arrives in one piece and is never mistaken for keys.
    TerminalMode {
        enter: "\x1b[?2004h",
        leave: "\x1b[?2004l",
        applies: ALWAYS,
    },
    // Buttons, wheel and drags, as decimal numbers that do not end at column 223.
    TerminalMode {
        enter: "\x1b[?1000h\x1b[?1002h\x1b[?1006h",
        leave: "\x1b[?1006l\x1b[?1002l\x1b[?1000l",
        applies: |choice| choice.mouse,
    },
    // Whether the window has the keyboard.
    TerminalMode {
        enter: "\x1b[?1004h",
        leave: "\x1b[?1004l",
        applies: ALWAYS,
    },
    // Keys that look alike otherwise (ctrl-i and Tab, Esc and the start of a sequence) become distinct.
    TerminalMode {
        enter: "\x1b[>1u",
        leave: "\x1b[<1u",
        applies: |choice| choice.keyboard,
    },
];

/// Brings a terminal back whatever a program left behind: every mode of the table and the ones that other programs
/// forget. For `e2b-tui reset`, after a kill that nobody can catch.
pub const RESET_SEQUENCE: &str = concat!(
    // A frame that was never finished, then the table from the bottom. Popping several keyboard levels is harmless.
    "\x1b[?2026l\x1b[<9u\x1b[?1004l\x1b[?1006l\x1b[?1015l\x1b[?1003l\x1b[?1002l\x1b[?1000l\x1b[?2004l",
    "\x1b[0m\x1b[0 q\x1b[?25h\x1b[?1049l\x1b[23;0t",
    // Cursor keys, key pad, line drawing, margins, origin, wrapping, insertion.
    "\x1b[?1l\x1b>\x0f\x1b(B\x1b[r\x1b[?6l\x1b[?7h\x1b[4l",
);

/// What must be undone; `None` while the terminal is as we found it.
static ENTERED: Mutex<Option<ModeChoice>> = Mutex::new(None);
static IS_ENTERED: AtomicBool = AtomicBool::new(false);

/// Whether the terminal has our modes now.
pub(super) fn are_entered() -> bool {
    IS_ENTERED.load(Ordering::Acquire)
}

/// Sets raw mode and every mode that applies.
pub(super) fn enter(choice: ModeChoice) -> io::Result<()> {
    let mut entered = ENTERED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    enable_raw_mode()?;
    *entered = Some(choice);
    IS_ENTERED.store(true, Ordering::Release);
    let bytes: String = applying(choice).map(|mode| mode.enter).collect();
    write_now(bytes.as_bytes())
}

/// Undoes what `enter` did; does nothing if that is done already. Never waits for a lock: it runs in a panic too.
pub(super) fn leave() {
    let choice = match ENTERED.try_lock() {
        Ok(mut entered) => entered.take(),
        Err(std::sync::TryLockError::Poisoned(poisoned)) => poisoned.into_inner().take(),
        Err(std::sync::TryLockError::WouldBlock) => None,
    };
    let Some(choice) = choice else { return };
    IS_ENTERED.store(false, Ordering::Release);
    // A frame may have been cut short by whatever brought us here.
    let mut bytes = String::from("\x1b[?2026l");
    bytes.extend(applying(choice).rev().map(|mode| mode.leave));
    // Nobody is left to tell if the terminal is gone.
    let _ = write_now(bytes.as_bytes());
    let _ = disable_raw_mode();
}

/// Takes the mouse or gives it back, while we have the terminal.
pub(super) fn set_mouse(is_ours: bool) -> io::Result<()> {
    let mut entered = ENTERED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let Some(before) = *entered else { return Ok(()) };
    if before.mouse == is_ours {
        return Ok(());
    }
    let after = ModeChoice {
        mouse: is_ours,
        ..before
    };
    *entered = Some(after);
    // Only the mode of the mouse applies in one of the two cases.
    let changed = MODES
        .iter()
        .filter(|mode| (mode.applies)(&before) != (mode.applies)(&after));
    let bytes: String = changed
        .map(|mode| if is_ours { mode.enter } else { mode.leave })
        .collect();
    write_now(bytes.as_bytes())
}

/// Gives the terminal back, if we have it, from wherever in the program. For ends that run no destructors.
pub fn restore_terminal() {
    leave();
}

fn applying(choice: ModeChoice) -> impl DoubleEndedIterator<Item = &'static TerminalMode> {
    MODES.iter().filter(move |mode| (mode.applies)(&choice))
}

pub(super) fn write_now(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

/// Whether the terminal is one that understands the kitty keyboard protocol. Told by name: asking would delay the
/// first key on a terminal that does not answer.
pub(super) fn has_keyboard_protocol(variable: impl Fn(&str) -> Option<String>) -> bool {
    let term = variable("TERM").unwrap_or_default();
    let program = variable("TERM_PROGRAM").unwrap_or_default();
    let inside_multiplexer = term.starts_with("screen") || term.starts_with("tmux");
    !inside_multiplexer
        && (["kitty", "ghostty", "foot", "alacritty", "rio", "wezterm"]
            .iter()
            .any(|name| term.contains(name))
            || ["ghostty", "rio", "WezTerm"].contains(&program.as_str()))
}

/// Why raw mode could not be set.
#[derive(Debug)]
pub struct RawModeError(io::Error);

impl fmt::Display for RawModeError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the terminal does not let its modes be changed: {}", self.0)
    }
}

impl std::error::Error for RawModeError {}

/// Raw mode alone, for the shell without a frame: every key arrives as it is typed. Undone when dropped.
#[derive(Debug)]
pub struct RawMode(());

impl RawMode {
    /// Sets it on the terminal at standard input.
    pub fn enter() -> Result<Self, RawModeError> {
        enable_raw_mode().map_err(RawModeError)?;
        Ok(Self(()))
    }

    /// Gives the terminal back for a while.
    pub fn leave(&self) {
        let _ = disable_raw_mode();
    }

    /// Sets it again after the program was stopped and continued.
    pub fn enter_again(&self) -> Result<(), RawModeError> {
        let _ = disable_raw_mode();
        enable_raw_mode().map_err(RawModeError)
    }
}

impl Drop for RawMode {
    fn drop(&mut self) {
        let _ = disable_raw_mode();
    }
}

/// Brings the terminal at standard output back to what shells expect, whatever was left behind.
pub fn reset_terminal() -> io::Result<()> {
    if io::stdin().is_terminal() {
        make_terminal_sane()?;
    }
    write_now(RESET_SEQUENCE.as_bytes())
}

/// Lines, echo and signals, as `stty sane` sets them.
fn make_terminal_sane() -> io::Result<()> {
    use nix::sys::termios::{
        ControlFlags, InputFlags, LocalFlags, OutputFlags, SetArg, SpecialCharacterIndices, tcgetattr, tcsetattr,
    };

    let terminal = io::stdin();
    let mut termios = tcgetattr(&terminal)?;
    termios.input_flags |= InputFlags::ICRNL | InputFlags::IXON;
    termios.input_flags &= !(InputFlags::IGNBRK | InputFlags::INLCR | InputFlags::IGNCR | InputFlags::ISTRIP);
    termios.output_flags |= OutputFlags::OPOST | OutputFlags::ONLCR;
    termios.control_flags &= !ControlFlags::CSIZE;
    termios.control_flags |= ControlFlags::CS8 | ControlFlags::CREAD;
    termios.local_flags |= LocalFlags::ISIG
        | LocalFlags::ICANON
        | LocalFlags::IEXTEN
        | LocalFlags::ECHO
        | LocalFlags::ECHOE
        | LocalFlags::ECHOK
        | LocalFlags::ECHOCTL
        | LocalFlags::ECHOKE;
    termios.local_flags &= !(LocalFlags::ECHONL | LocalFlags::NOFLSH | LocalFlags::TOSTOP);
    for (index, value) in [
        (SpecialCharacterIndices::VINTR, 0x03),
        (SpecialCharacterIndices::VQUIT, 0x1c),
        (SpecialCharacterIndices::VERASE, 0x7f),
        (SpecialCharacterIndices::VKILL, 0x15),
        (SpecialCharacterIndices::VEOF, 0x04),
        (SpecialCharacterIndices::VSUSP, 0x1a),
        (SpecialCharacterIndices::VSTART, 0x11),
        (SpecialCharacterIndices::VSTOP, 0x13),
    ] {
        termios.control_chars[index as usize] = value;
    }
    tcsetattr(&terminal, SetArg::TCSADRAIN, &termios)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_entered_is_left_in_the_opposite_order() {
        let choice = ModeChoice {
            mouse: true,
            keyboard: true,
        };
        let entered: Vec<&str> = applying(choice).flat_map(|mode| private_modes(mode.enter)).collect();
        let mut left: Vec<&str> = applying(choice)
            .rev()
            .flat_map(|mode| private_modes(mode.leave))
            .collect();
        left.retain(|number| *number != "25");
        left.reverse();
        assert_eq!(entered, left);
        assert_eq!(entered, ["1049", "2004", "1000", "1002", "1006", "1004"]);
    }

    /// The numbers of `CSI ? n h` and `CSI ? n l`.
    fn private_modes(sequence: &str) -> Vec<&str> {
        sequence
            .split("\x1b[?")
            .skip(1)
            .map(|part| part.split(['h', 'l']).next().unwrap())
            .collect()
    }

    #[test]
    fn a_reset_undoes_every_mode_of_the_table() {
        for mode in &MODES {
            for number in private_modes(mode.leave) {
                assert!(
                    RESET_SEQUENCE.contains(&format!("\x1b[?{number}")),
                    "{number} stays as it is"
                );
            }
        }
    }

    #[test]
    fn modes_that_do_not_apply_are_not_touched() {
        let choice = ModeChoice {
            mouse: false,
            keyboard: false,
        };
        let entered: String = applying(choice).map(|mode| mode.enter).collect();
        assert!(!entered.contains("1000") && !entered.contains(">1u"));
    }

    #[test]
    fn the_keyboard_protocol_is_known_by_the_terminals_name() {
        for (term, program, expected) in [
            ("xterm-kitty", "", true),
            ("foot", "", true),
            ("xterm-256color", "ghostty", true),
            ("xterm-256color", "", false),
            ("tmux-256color", "WezTerm", false),
            ("screen", "ghostty", false),
        ] {
            let variable = |name: &str| match name {
                "TERM" => Some(term.to_owned()),
                "TERM_PROGRAM" => Some(program.to_owned()),
                _ => None,
            };
            assert_eq!(has_keyboard_protocol(variable), expected, "{term} {program}");
        }
    }
}
