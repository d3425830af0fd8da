//! One command run on many sandboxes at once: who is asked, what each answered, and the page that shows it. Runs nothing.

mod actions;
mod page;
mod run;
mod whom;

pub use actions::{RUN_ACTIONS, RunAction};
pub use page::{RunPage, RunParts};
pub use run::{Group, JointRun, PartState};
pub use whom::{RunDecision, Whom, open_sandboxes, question_title};
