//! Drawing: the model in, cells of the screen out. Changes nothing.
//!
//! May import: `app`, `terminal`, `text_entry`, `config`, `keys`, `panes`, `theme`, `domain`.

mod chooser;
mod command_lines;
mod create_dialog;
mod draw;

mod frame_lines;
mod pane;
mod pane_state;
mod panel;
mod player;
mod run_page;
mod status_line;
mod tab_bar;
mod terminal_cells;

mod key_hints;
mod link_hints;
mod notice;
mod overlays;
mod text;

pub use draw::{CursorView, draw};
pub use player::draw_player;
pub use terminal_cells::draw_cells;
