//! `history`: what was run in all panes, from the command line: found, counted, brought in, handed on, forgotten.
//!
//! The filters have the words of the History panel. Works beside a workbench that is writing.

mod arguments;
mod dispatch;

mod forgetting;
mod handing_on;
mod showing;

pub use arguments::HistoryArguments;
pub(super) use dispatch::run;
