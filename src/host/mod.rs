//! The terminal that the user sits at: modes, input, clipboard. The only writer to it.
//!
//! May import: `domain`, `keys`. Reading order is the order below.

mod background;
mod clipboard;
mod colors;
mod editor;
mod frame_backend;
mod headless;
mod input;
mod input_switch;
mod job;
mod modes;
mod panic_hook;
mod screen;
mod tools;

pub use background::{Background, ask_background};
pub use clipboard::{CLIPBOARD_LIMIT, ClipboardWay, NATIVE_CLIPBOARD_LIMIT, clipboard_sequence};
pub use colors::color_depth;
pub use editor::{Editor, EditorEnd, PrivateCopy, RunningEditor, hang_up_group};
pub use frame_backend::FrameBackend;
pub use headless::{HeadlessScreen, ScreenText};
pub use input::{HostEvent, InputEnd, read_input};
pub use input_switch::InputSwitch;
pub use job::{stop_like_a_job, terminal_size};
pub use modes::{RESET_SEQUENCE, RawMode, RawModeError, reset_terminal, restore_terminal};
pub use panic_hook::install_panic_hook;
pub use screen::{CursorShape, HostCursor, Painted, Surface, TerminalScreen};
pub use tools::{Tool, browser};
