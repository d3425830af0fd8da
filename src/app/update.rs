//! The one place where the model changes: a message and the time in, effects out.

use crate::domain::Moment;

use super::{Effects, Message, Model};

/// Opens one tab for each target. Called once, before the first message.
pub fn start(model: &mut Model, now: Moment, effects: &mut Effects) {
    model.now = now;
    effects.ask_for_frame();
}

/// Takes in one message.
pub fn update(model: &mut Model, message: Message, now: Moment, effects: &mut Effects) {
    model.now = now;
    if let Message::Resize(size) = message {
        model.size = size;
        effects.ask_for_frame();
    }
}
