//! A port of this machine that leads to a port of the sandbox: bytes as they come where the sandbox has an address of its own,
//! HTTP by way of the platform's edge where it has not. Only this machine can connect, and everything ends with the forward.
//!
//! May import what `envd` may. Reading order is the order below.

mod forward;

mod counted;
mod web_relay;

pub use forward::PortForward;
