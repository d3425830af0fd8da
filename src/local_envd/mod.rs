//! The embedded sandbox: an envd-compatible server on this machine, in this process. Real processes, real terminals,
//! real files; loopback only, and not isolated from the machine.
//!
//! May import: `domain`, `wire`. Knows no client of its own.
//!
//! Reading order: `options`, `server`, `router`, `auth`; then `dialect` and `rpc` for the calls; `processes` with
//! `process` and `fanout` for what runs; `filesystem` and `watch`; `http_routes`.

mod auth;
mod dialect;
mod http_routes;
mod options;
mod query;
mod replies;
mod router;
mod rpc;
mod sandbox;
mod server;
mod services;
mod users;

pub use options::{Access, LocalEnvdError, LocalEnvdOptions, random_token};
pub use server::LocalEnvd;
