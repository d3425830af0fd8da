//! Code made from `proto/` by `tests/generated_code.rs`, committed so that a build needs no protobuf compiler.

#![expect(
    missing_docs,
    clippy::all,
    clippy::pedantic,
    reason = "made by a generator; the meaning stands in proto/"
)]

#[rustfmt::skip]
pub mod filesystem;
#[rustfmt::skip]
pub mod process;

/// The same definitions as a `FileDescriptorSet`, for translating protobuf to JSON and back.
pub const DESCRIPTORS: &[u8] = include_bytes!("descriptor.bin");
