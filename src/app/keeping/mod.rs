//! What the workbench keeps on this machine, and what it takes up from there: recordings, saved text, workspaces, and
//! settings that change while it runs. Only values: files are the runtime's.
//!
//! May import: what `app` may. Reading order is the order below.

mod requests;

mod saving;
mod state;
mod taking_up;
mod trial;

pub use requests::{KeepAction, KeepDecision, KeepRequest, Kept, RecordOrder, SavedThing};
pub use saving::SaveOptions;
pub use state::{KeepOptions, Keeping};
pub use taking_up::{TakeUp, TakeUpTarget};
pub use trial::Trial;
