//! A frame is drawn many times a second: putting a terminal's cells into the buffer must not ask for memory.
//! One test alone in its process, because it counts what the whole of it asks for.

#![expect(unsafe_code, reason = "an allocator that counts cannot be had without")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use e2b_tui::domain::{CellRect, GridSize};
use e2b_tui::terminal::{Emulator, Limits};
use e2b_tui::ui::draw_cells;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The system's allocator, which counts.
struct Counting;

static ASKED: AtomicUsize = AtomicUsize::new(0);

// SAFETY: everything is left to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ASKED.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the promises that the system's allocator asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn asked_for(work: impl FnOnce()) -> usize {
    let before = ASKED.load(Ordering::Relaxed);
    work();
    ASKED.load(Ordering::Relaxed) - before
}

#[test]
fn drawing_a_frame_allocates_nothing() {
    let text = "\x1b[38;2;1;2;3;44mcolour\x1b[0m \x1b[4:3;9mstyled\x1b[0m 日本語 e\u{301} ❤\u{fe0f} \u{fffd} \x1b]8;;http://x\x07link\x1b]8;;\x07\r\n";
    let mut emulator = Emulator::new(GridSize::new(200, 50), Limits::default());
    emulator.feed(text.repeat(400).as_bytes(), Duration::ZERO);
    let mut buffer = Buffer::empty(Rect::new(0, 0, 200, 50));
    let area = CellRect::new(0, 0, 200, 50);
    assert!(asked_for(|| drop(vec![0_u8; 100])) > 0, "nothing is counted");
    for scrolled in [0, 20, 10_000] {
        emulator.scroll_by(scrolled);
        let asked = asked_for(|| draw_cells(&mut buffer, area, &emulator));
        assert_eq!(asked, 0, "scrolled back {scrolled}");
    }
}
