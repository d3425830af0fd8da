//! `ListDir` (`envd-wire.md` 5.3).

use e2b_tui::wire::generated::filesystem::FileType;
use tonic::Code;

use crate::bench::{Bench, refused};
use crate::case::{Case, in_each_dialect};

pub fn cases() -> Vec<Case> {
    in_each_dialect!["filesystem::list_dir";
        depth_0_and_1_are_the_children, names_are_sorted_by_bytes, deeper_levels_follow_their_folder,
        depth_beyond_the_tree_is_all, symlinks_are_not_followed, the_folder_itself_may_be_a_symlink,
        paths_are_cleaned, an_empty_folder_has_no_entries, many_entries_come_at_once, entries_are_whole,
        missing_is_not_found, a_file_is_refused, a_symlink_loop_is_refused, a_broken_symlink_is_not_found,
    ]
}

const TREE: &str = "mkdir -p b/inner/deep a && touch b/inner/deep/x b/inner/y b/z a/w c";

async fn depth_0_and_1_are_the_children(bench: Bench) {
    let folder = bench.folder_with(TREE).await;
    for depth in [0, 1] {
        assert_eq!(bench.paths_below(&folder, depth).await, ["a", "b", "c"]);
    }
}

async fn names_are_sorted_by_bytes(bench: Bench) {
    let folder = bench.folder_with("touch b B a 10 9 .hidden ä _ 'a b' a.txt").await;
    let sorted = [".hidden", "10", "9", "B", "_", "a", "a b", "a.txt", "b", "ä"];
    assert_eq!(bench.paths_below(&folder, 1).await, sorted);
}

async fn deeper_levels_follow_their_folder(bench: Bench) {
    let folder = bench.folder_with(TREE).await;
    assert_eq!(
        bench.paths_below(&folder, 2).await,
        ["a", "a/w", "b", "b/inner", "b/z", "c"]
    );
    let third = ["a", "a/w", "b", "b/inner", "b/inner/deep", "b/inner/y", "b/z", "c"];
    assert_eq!(bench.paths_below(&folder, 3).await, third);
}

async fn depth_beyond_the_tree_is_all(bench: Bench) {
    let folder = bench.folder_with(TREE).await;
    let all = [
        "a",
        "a/w",
        "b",
        "b/inner",
        "b/inner/deep",
        "b/inner/deep/x",
        "b/inner/y",
        "b/z",
        "c",
    ];
    assert_eq!(bench.paths_below(&folder, 1000).await, all);
}

async fn symlinks_are_not_followed(bench: Bench) {
    let folder = bench
        .folder_with("mkdir -p real && touch real/x && ln -s real link && ln -s .. up")
        .await;
    assert_eq!(bench.paths_below(&folder, 5).await, ["link", "real", "real/x", "up"]);
    let entries = bench.try_list_dir(&folder, 1).await.unwrap();
    assert_eq!(entries[0].r#type(), FileType::Directory);
    assert_eq!(entries[0].symlink_target, Some(format!("{folder}/real")));
}

async fn the_folder_itself_may_be_a_symlink(bench: Bench) {
    let folder = bench
        .folder_with("mkdir -p real/inner && touch real/inner/x && ln -s real link")
        .await;
    let asked = format!("{folder}/link");
    assert_eq!(
        bench.paths_below(&asked, 2).await,
        ["inner", "inner/x"],
        "not below the name that was asked for"
    );
}

async fn paths_are_cleaned(bench: Bench) {
    let folder = bench.folder_with("mkdir inner && touch inner/x").await;
    for way in ["inner/", "inner/.", "./inner", "inner/../inner", "/inner"] {
        let entries = bench.try_list_dir(&format!("{folder}/{way}"), 1).await.unwrap();
        assert_eq!(entries[0].path, format!("{folder}/inner/x"), "{way}");
    }
}

async fn an_empty_folder_has_no_entries(bench: Bench) {
    let folder = bench.folder().await;
    assert!(bench.try_list_dir(&folder, 9).await.unwrap().is_empty());
}

async fn many_entries_come_at_once(bench: Bench) {
    let name = "a-rather-long-name-so-that-the-reply-grows-large";
    let folder = bench
        .folder_with(&format!("seq -f '{name}-%05g' 1 4000 | xargs touch"))
        .await;
    let paths = bench.paths_below(&folder, 1).await;
    assert_eq!(paths.len(), 4000);
    assert_eq!(paths.last().unwrap(), &format!("{name}-04000"));
}

async fn entries_are_whole(bench: Bench) {
    let folder = bench
        .folder_with("printf 123 > file && ln -s file link && mkfifo pipe && mkdir inner")
        .await;
    for entry in bench.try_list_dir(&folder, 1).await.unwrap() {
        assert_eq!(entry, bench.stat(&entry.path).await);
    }
}

async fn missing_is_not_found(bench: Bench) {
    refused(bench.try_list_dir("/no/such/folder", 1).await, Code::NotFound);
}

async fn a_file_is_refused(bench: Bench) {
    let why = refused(bench.try_list_dir("/etc/passwd", 1).await, Code::InvalidArgument);
    assert_eq!(why, "path is not a directory: /etc/passwd");
}

async fn a_symlink_loop_is_refused(bench: Bench) {
    let folder = bench.folder_with("ln -s two one && ln -s one two").await;
    refused(
        bench.try_list_dir(&format!("{folder}/one"), 1).await,
        Code::FailedPrecondition,
    );
}

async fn a_broken_symlink_is_not_found(bench: Bench) {
    let folder = bench.folder_with("ln -s nowhere link").await;
    refused(bench.try_list_dir(&format!("{folder}/link"), 1).await, Code::NotFound);
}
