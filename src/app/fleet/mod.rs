//! What the platform says of the user's sandboxes: which there are, how long they live, how loaded they are. Asking about
//! them changes no life; only a `Change` does, and only the user's own keys make one.
//!
//! May import what `app` may. Reading order is the order below.

mod question;

mod known;
mod reading;

mod death;
mod deaths;
mod life;
mod saving;

mod hearing;
mod state;

mod actions;

pub use actions::{FLEET_ACTIONS, FleetAction};
pub use death::{Cause, Evidence, Health, LastWords, Verdict, Whereabouts, diagnose};
pub use known::{Known, Presence};
pub use life::{KEPT_FOR, life_words, span_words};
pub use question::{Change, Changed, LogLine, PlatformAnswer, PlatformQuestion};
pub use reading::Gaze;
pub use state::{Fleet, FleetNews};
