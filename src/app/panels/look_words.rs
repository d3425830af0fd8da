//! What panels say of the looks that they show: why there is nothing to be seen, and how old it is.

use super::panel::Around;
use super::view::{Body, PanelView, Span, Tone};

/// A panel that has nothing to show, and why.
pub fn nothing(around: &Around) -> PanelView {
    let look = around.look();
    let text = match look.and_then(|look| look.failure()) {
        Some(failure) => failure.to_string(),
        None if around.target.is_none() => "No sandbox is open.".to_owned(),
        None if look.is_some_and(|look| !look.is_reachable()) => {
            "Only a sandbox with a living pane is looked into.".to_owned()
        }
        None => "Looking…".to_owned(),
    };
    PanelView {
        subject: around.subject(),
        body: Body::Nothing(text),
        info: Vec::new(),
    }
}

/// For the last line: how old what is shown is, and why there is nothing newer.
pub fn trouble(around: &Around) -> Option<Span> {
    let look = around.look().filter(|look| !look.is_fresh())?;
    let why = match look.failure() {
        Some(failure) => failure.to_string(),
        None => "no pane of it is connected".to_owned(),
    };
    let text = match look.age(around.now) {
        Some(age) => format!("{}s old: {why} ", age.as_secs()),
        None => format!("{why} "),
    };
    Some(Span::new(text, Tone::Warning))
}
