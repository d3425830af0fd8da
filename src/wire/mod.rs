//! Protobuf messages as envd speaks them, and what they mean in our own nouns.
//!
//! May import: `domain`. Nobody but `envd` and `local_envd` may import this.

pub mod convert;
pub mod frames;
pub mod generated;
