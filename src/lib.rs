//! The map of e2b-tui.
//!
//! A pure workbench (state in, message in; state and effects out) stands in the middle. The screen reads it, the
//! services never see it, and one small runtime carries values between them.
//!
//! ```text
//! 6  main  cli  startup                     may see everything; builds the parts once
//! 5  runtime                                the only place where workbench and world meet
//! 4  ui                                  |  services: envd  local_envd  platform  history  host  keep
//! 3  app            (pure)               |    each sees layers 0-1 only;
//! 2  terminal  text_entry  config        |    never app, never ui, never a neighbouring service
//! 1  keys   panes   theme   wire
//! 0  domain
//! ```
//!
//! An import points down, never sideways inside a layer, never up; `tests/architecture.rs` reads the sources and fails
//! on anything else. What must stay true besides:
//!
//! - `app` does no I/O and asks no clock: `update` gets a message and the time, and answers with effects as plain data.
//! - Nothing waits in the loop: no network and no disk call in `app`, `ui` or `runtime/event_loop`.
//! - A string that came from a sandbox is a `RemoteText` until its escaped form is shown. Pane cells have their own path.
//! - Only `host` writes to the user's terminal.
//! - Only a decoded End event makes an exit status. A broken connection is never one.
//!
//! Where to start reading: `app/message.rs`, `app/effect.rs`, `app/action.rs`, then `app/update.rs`, then
//! `runtime/event_loop.rs`. For the wire: `envd/client.rs` and `envd/dialect`. For the fake that is real: `local_envd`.

pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod envd;
pub mod history;
pub mod host;
pub mod keep;
pub mod keys;
pub mod local_envd;
pub mod panes;
pub mod platform;
pub mod runtime;
pub mod startup;
pub mod terminal;
pub mod text_entry;
pub mod theme;
pub mod ui;
pub mod wire;
