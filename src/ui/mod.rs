//! Drawing: the model in, cells of the screen out. Changes nothing.
//!
//! May import: `app`, `terminal`, `text_entry`, `config`, `keys`, `panes`, `theme`, `domain`.

mod draw;

pub use draw::{CursorView, draw};
