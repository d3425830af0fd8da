//! Processes, sockets and load of a sandbox, read from its `/proc` by one helper command on a lease.
//!
//! The helper (`assets/inspector.sh`) reads files when it is asked and understands nothing; everything it sends is taken
//! apart here. May import what `envd` may. Reading order is the order below.

mod acting;
mod eye;
mod helper;
mod reply;
mod script;

mod constant_facts;
mod details;
mod link_list;
mod proc_net;
mod proc_stat;
mod proc_system;
mod socket_holders;
mod users;

pub use eye::{Inspector, LEASE};
