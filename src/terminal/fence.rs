//! The fence around the emulator library: no panic of it gets out. Knows nothing of what the library does.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static GUARDING: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is inside the emulator library, where a panic is caught and repaired. The program's own panic
/// hook asks this, so that a repaired panic does not tear down the screen.
pub fn is_guarding() -> bool {
    GUARDING.get()
}

/// Runs library code; `false` when it panicked.
pub(super) fn guarded(work: impl FnOnce()) -> bool {
    let before = GUARDING.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(work));
    GUARDING.set(before);
    outcome.is_ok()
}
