//! The Processes panel: every process of the sandbox as a tree or a list, one of them on a page of its own, and what can be
//! done with them. May import what panels may. Reading order is the order below.

mod actions;

mod order;
mod rows;

mod page;
mod page_lines;

mod doing;
mod panel;
mod programs;

pub use actions::{PROCESSES_ACTIONS, ProcessesAction};
pub use panel::Processes;
