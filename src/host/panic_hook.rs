//! What happens to the user's terminal when the program has a fault: it is restored before anything is printed.

use std::panic::{self, PanicHookInfo};
use std::sync::OnceLock;
use std::thread::{self, ThreadId};

use super::modes;

static DRAWING_THREAD: OnceLock<ThreadId> = OnceLock::new();

/// Names the calling thread as the one that draws: only its faults end the program. Others are contained by their
/// task, and the screen must not be taken from under the user for them.
pub(super) fn remember_drawing_thread() {
    DRAWING_THREAD.get_or_init(|| thread::current().id());
}

/// Puts our hook in front of the one that is there. `report` gets every fault, for the log, and answers whether it is
/// contained: caught close by, with the program going on.
pub fn install_panic_hook(report: impl Fn(&str) -> bool + Send + Sync + 'static) {
    let earlier = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let is_contained = report(&in_one_line(info));
        if !modes::are_entered() {
            if !is_contained {
                earlier(info);
            }
            return;
        }
        if !is_contained && DRAWING_THREAD.get() == Some(&thread::current().id()) {
            modes::leave();
            earlier(info);
        }
    }));
}

fn in_one_line(info: &PanicHookInfo<'_>) -> String {
    let payload = info.payload();
    let what = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a fault without a message");
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    let thread = thread::current();
    format!("{what} (at {place}, thread {})", thread.name().unwrap_or("unnamed"))
}
