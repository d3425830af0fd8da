//! The screen that frames are drawn on: the user's terminal, entered on creation and restored on every way out.
//! Knows no frame's content.

use std::io::{self, IsTerminal, Stdout, Write};

use ratatui::backend::{Backend, ClearType};
use ratatui::{Frame, Terminal};

use crate::domain::{ColorDepth, GridSize};

use super::colors::color_depth;
use super::frame_backend::FrameBackend;
use super::modes::{self, ModeChoice};
use super::{clipboard_sequence, panic_hook};

/// How the cursor looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CursorShape {
    /// As the user set it in the terminal.
    #[default]
    Usual,
    /// A filled cell.
    Block,
    /// A line below.
    Underline,
    /// A line on the left.
    Bar,
}

/// A cursor's shape and whether it blinks. Its place belongs to the frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HostCursor {
    /// The shape.
    pub shape: CursorShape,
    /// Whether it blinks; of no account for the usual shape.
    pub blinks: bool,
}

impl HostCursor {
    /// The sequence (DECSCUSR) that makes the cursor look so.
    fn sequence(self) -> String {
        let number = match (self.shape, self.blinks) {
            (CursorShape::Usual, _) => 0,
            (CursorShape::Block, true) => 1,
            (CursorShape::Block, false) => 2,
            (CursorShape::Underline, true) => 3,
            (CursorShape::Underline, false) => 4,
            (CursorShape::Bar, true) => 5,
            (CursorShape::Bar, false) => 6,
        };
        format!("\x1b[{number} q")
    }
}

/// What painting a frame tells: how the cursor looks, or that the frame has none.
pub type Painted = Option<HostCursor>;

/// Something that frames can be drawn on and that can do the few other things a terminal does.
pub trait Surface {
    /// How large it is now.
    fn size(&mut self) -> io::Result<GridSize>;
    /// Draws one frame; only what changed goes out.
    fn draw(&mut self, paint: impl FnOnce(&mut Frame<'_>) -> Painted) -> io::Result<()>;
    /// Makes the next frame go out as a whole.
    fn forget(&mut self) -> io::Result<()>;
    /// Puts text on the clipboard; false if it is too long.
    fn copy(&mut self, text: &str) -> io::Result<bool>;
    /// Names the window.
    fn set_title(&mut self, title: &str) -> io::Result<()>;
    /// Takes the mouse, or leaves it to the terminal.
    fn set_mouse(&mut self, is_ours: bool) -> io::Result<()>;
    /// Rings.
    fn ring(&mut self) -> io::Result<()>;
    /// Asks the terminal to show a notification (OSC 9).
    fn notify(&mut self, text: &str) -> io::Result<()>;
    /// Gives the terminal back to whoever started us.
    fn leave(&mut self);
    /// Takes it again.
    fn enter_again(&mut self) -> io::Result<()>;
}

/// The user's own terminal.
pub struct TerminalScreen {
    terminal: Terminal<FrameBackend<FrameWriter>>,
    choice: ModeChoice,
    cursor: HostCursor,
}

impl TerminalScreen {
    /// Takes the terminal at standard input and output, and gives it so many colours, or as many as it has. `variable` reads
    /// the environment.
    pub fn enter(
        mouse: bool,
        colors: Option<ColorDepth>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> io::Result<Self> {
        if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
            return Err(io::Error::new(io::ErrorKind::Unsupported, "not a terminal"));
        }
        panic_hook::remember_drawing_thread();
        let choice = ModeChoice {
            mouse,
            keyboard: modes::has_keyboard_protocol(&variable),
        };
        let depth = colors.unwrap_or_else(|| color_depth(&variable));
        let terminal = Terminal::new(FrameBackend::new(FrameWriter::new(), depth))?;
        modes::enter(choice).inspect_err(|_| modes::leave())?;
        Ok(Self {
            terminal,
            choice,
            cursor: HostCursor::default(),
        })
    }
}

/// Writes something that is no part of a frame.
fn say(bytes: &str) -> io::Result<()> {
    // A hook or a signal may have given the terminal back meanwhile: then it is not ours to write to.
    if modes::are_entered() {
        modes::write_now(bytes.as_bytes())?;
    }
    Ok(())
}

impl Surface for TerminalScreen {
    fn size(&mut self) -> io::Result<GridSize> {
        let size = self.terminal.size()?;
        Ok(GridSize::new(size.width, size.height))
    }

    fn draw(&mut self, paint: impl FnOnce(&mut Frame<'_>) -> Painted) -> io::Result<()> {
        if !modes::are_entered() {
            return Ok(());
        }
        let mut painted = None;
        self.terminal.draw(|frame| {
            painted = paint(frame);
            disarm(frame);
        })?;
        if let Some(cursor) = painted
            && cursor != self.cursor
        {
            self.cursor = cursor;
            say(&cursor.sequence())?;
        }
        Ok(())
    }

    fn forget(&mut self) -> io::Result<()> {
        self.cursor = HostCursor::default();
        // Not `Terminal::clear`: that asks the terminal where its cursor is and waits for the answer, which our own
        // reader of keys may have taken.
        self.terminal.backend_mut().clear_region(ClearType::All)?;
        // The buffer of the last frame is blanked and exchanged for the one that is blank already.
        self.terminal.swap_buffers();
        Ok(())
    }

    fn copy(&mut self, text: &str) -> io::Result<bool> {
        match clipboard_sequence(text) {
            Some(sequence) => say(&sequence).map(|()| true),
            None => Ok(false),
        }
    }

    fn set_title(&mut self, title: &str) -> io::Result<()> {
        let title: String = title.chars().filter(|letter| !letter.is_control()).collect();
        say(&format!("\x1b]2;{title}\x1b\\"))
    }

    fn notify(&mut self, text: &str) -> io::Result<()> {
        say(&notification_sequence(text))
    }

    fn set_mouse(&mut self, is_ours: bool) -> io::Result<()> {
        self.choice.mouse = is_ours;
        modes::set_mouse(is_ours)
    }

    fn ring(&mut self) -> io::Result<()> {
        say("\x07")
    }

    fn leave(&mut self) {
        modes::leave();
    }

    fn enter_again(&mut self) -> io::Result<()> {
        // Whoever had the terminal meanwhile may have changed what we believe to be set: begin from nothing.
        modes::leave();
        modes::enter(self.choice)?;
        self.forget()
    }
}

/// The most characters of a notification.
const NOTIFICATION_LETTERS: usize = 250;

/// The sequence (OSC 9) for a notification. Nothing in the text can end it. A text that began with a number and `;`
/// would be another command to some terminals, hence the words in front.
fn notification_sequence(text: &str) -> String {
    let letters = text.chars().filter(|letter| !letter.is_control());
    let text: String = letters.take(NOTIFICATION_LETTERS).collect();
    format!("\x1b]9;e2b-tui: {text}\x1b\\")
}

impl Drop for TerminalScreen {
    fn drop(&mut self) {
        modes::leave();
    }
}

/// Makes sure that no cell holds a character that acts on the terminal, whatever was painted.
pub(super) fn disarm(frame: &mut Frame<'_>) {
    for cell in &mut frame.buffer_mut().content {
        if cell.symbol().chars().any(char::is_control) {
            cell.set_symbol("\u{fffd}");
        }
    }
}

/// Collects a frame and sends it in one piece, marked as one, so that the terminal shows it whole or not at all.
struct FrameWriter {
    frame: Vec<u8>,
    out: Stdout,
}

const FRAME_BEGIN: &[u8] = b"\x1b[?2026h";
const FRAME_END: &[u8] = b"\x1b[?2026l";

impl FrameWriter {
    fn new() -> Self {
        Self {
            frame: Vec::new(),
            out: io::stdout(),
        }
    }
}

impl Write for FrameWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.frame.is_empty() {
            self.frame.extend_from_slice(FRAME_BEGIN);
        }
        self.frame.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.frame.is_empty() {
            return Ok(());
        }
        // ratatui writes once more when it is dropped, and complains on standard error if it cannot. By then the terminal
        // is not ours any more, and may have gone.
        if !modes::are_entered() {
            self.frame.clear();
            return Ok(());
        }
        self.frame.extend_from_slice(FRAME_END);
        let mut out = self.out.lock();
        let sent = out.write_all(&self.frame).and_then(|()| out.flush());
        self.frame.clear();
        sent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notification_is_one_sequence_whatever_it_says() {
        let found = notification_sequence("4;1\x1b]52;c;eA==\x07\u{9c}");
        assert_eq!(found, "\x1b]9;e2b-tui: 4;1]52;c;eA==\x1b\\");
        assert!(notification_sequence(&"x".repeat(10_000)).len() < 300);
    }

    #[test]
    fn a_cursor_has_one_sequence_for_each_look() {
        let bar = HostCursor {
            shape: CursorShape::Bar,
            blinks: false,
        };
        assert_eq!(bar.sequence(), "\x1b[6 q");
        assert_eq!(HostCursor::default().sequence(), "\x1b[0 q");
    }
}
