//! The committed protobuf code equals a fresh generation from `proto/`.
//!
//! `E2B_TUI_REGENERATE=1 cargo test --test generated_code` rewrites it. The compiler is pure Rust: no `protoc`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop loudly")]

use std::fs;
use std::path::{Path, PathBuf};

const FILES: [&str; 3] = ["process.rs", "filesystem.rs", "descriptor.bin"];

fn committed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/wire/generated")
}

/// Compiles `proto/` into `folder`.
fn generate(folder: &Path) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("proto");
    let descriptors = protox::compile(["process.proto", "filesystem.proto"], [&root]).unwrap();
    fs::write(folder.join("descriptor.bin"), {
        use prost::Message;
        let mut bare = descriptors.clone();
        for file in &mut bare.file {
            // Comments and positions are of no use at run time.
            file.source_code_info = None;
        }
        bare.encode_to_vec()
    })
    .unwrap();
    tonic_prost_build::configure()
        // An RPC is called `Connect`, as is the constructor that the transport would add.
        .build_transport(false)
        .bytes(".process")
        .btree_map(".")
        .out_dir(folder)
        .compile_fds(descriptors)
        .unwrap();
}

#[test]
fn generated_code_is_fresh() {
    let fresh = tempfile::tempdir().unwrap();
    generate(fresh.path());
    let rewrite = std::env::var_os("E2B_TUI_REGENERATE").is_some();
    for name in FILES {
        let new = fs::read(fresh.path().join(name)).unwrap();
        let path = committed().join(name);
        if rewrite {
            fs::write(&path, &new).unwrap();
        }
        let old = fs::read(&path).unwrap_or_default();
        assert!(
            old == new,
            "{name} differs from proto/: run E2B_TUI_REGENERATE=1 cargo test --test generated_code"
        );
    }
}
