//! One terminal for life: opened once, read always, typed into in order, and joined again by its process number whenever the
//! connection breaks.
//!
//! `link` is the handle that others hold; `course` is the life behind it; `attach` begins or joins, having made sure whose
//! process it is; `live` reads, types and resizes while the link stands.

mod attach;
mod course;
mod link;
mod live;

pub use link::SessionLink;
