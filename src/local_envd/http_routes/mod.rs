//! The plain HTTP routes (`envd-wire.md` 6): health, metrics, variables, files. Control plane routes are not served.
//!
//! May import: the rest of `local_envd`. Knows no dialect.
//! Reading order: `routes`, `download`, `upload`, `compose`.

mod compose;
mod conditions;
mod content_type;
mod download;
mod encoding;
mod routes;
mod upload;

pub(super) use routes::answer;
