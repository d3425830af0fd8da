//! The embedded sandbox: an envd-compatible server on this machine, in this process. Real processes, real terminals,
//! real files; loopback only, and not isolated from the machine.
//!
//! May import: `domain`, `wire`. Knows no client of its own.
//!
//! Reading order: `options`, `server`, `router`, `auth`; then `dialect` and `rpc` for the calls; `process_service`,
//! `processes`, `process`, `pumps`, `fanout`, `spawn` and `shutdown` for what runs; `filesystem`, `directory`, `entry`
//! and `watch` for files; `http_routes` for the rest.

mod auth;
mod dialect;
mod directory;
mod entry;
mod exit;
mod fanout;
mod filesystem;
mod http_routes;
mod keepalive;
mod metrics;
mod options;
mod paths;
mod process;
mod process_service;
mod processes;
mod pseudo_terminal;
mod pumps;
mod query;
mod replies;
mod router;
mod rpc;
mod sandbox;
mod server;
mod services;
mod shutdown;
mod spawn;
mod users;
mod watch;

pub use options::{Access, LocalEnvdError, LocalEnvdOptions, random_token};
pub use server::{LocalEnvd, hide_memory};
