//! The only place where workbench and world meet: one loop, one runner of effects, bounded inboxes, paced frames.
//!
//! May import: everything below. Reading order is the order below.

mod event_loop;

mod archives;
mod clock;
mod commands;
mod editing;
mod effect_runner;
mod file_copies;
mod file_looks;
mod file_questions;
mod file_texts;
mod frame_pacer;
mod gate;
mod inspections;
mod joint_runs;
mod keeping;
mod looks;
mod on_this_machine;
mod openings;
mod platform_desk;
mod ports;
mod questions;
mod reload;
mod remembering;
mod session_inbox;

mod end_signals;
mod outside;

pub use clock::Clock;
pub use commands::{CommandStart, kill, run_command};
pub use editing::EditorPlan;
pub use end_signals::{EndSignal, EndSignals};
pub use event_loop::{Ended, HistoryPlan, Services, Workbench, host_cursor, run};
pub use keeping::{KeepPlaces, workspace_path};
pub use looks::Looks;
pub use openings::{OPEN_REQUESTS, OpenRequest, Opened, Opening};
pub use outside::{OUTSIDE_EVENTS, OutsideEvent, listen_outside};
pub use reload::{LiveSettings, Reload};
