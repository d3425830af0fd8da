//! `MakeDir`, Move and Remove (`envd-wire.md` 5.3).

use e2b_tui::wire::generated::filesystem::FileType;
use tonic::Code;

use crate::bench::{Bench, refused};
use crate::case::{Case, Need, in_each_dialect, needing};

pub fn cases() -> Vec<Case> {
    [
        in_each_dialect!["filesystem::make_dir";
            makes_parents, tells_the_new_folder, existing_folder_is_already_there, existing_file_is_refused,
            symlink_to_a_folder_is_already_there, below_a_file_is_internal,
        ],
        needing(
            Need::OtherUsers,
            in_each_dialect!["filesystem::make_dir"; belongs_to_the_user],
        ),
        in_each_dialect!["filesystem::move";
            renames_a_file, renames_a_folder, makes_the_parents_of_the_destination, replaces_a_file,
            missing_source_is_not_found, onto_a_full_folder_is_internal, below_a_file_as_destination_is_internal,
            moves_symlinks_themselves,
        ],
        needing(
            Need::OtherDevice,
            in_each_dialect!["filesystem::move"; to_another_device_is_internal],
        ),
        in_each_dialect!["filesystem::remove";
            removes_a_file, removes_a_tree, unlinks_symlinks, missing_is_fine, a_dot_is_internal,
        ],
    ]
    .concat()
}

async fn makes_parents(bench: Bench) {
    let folder = bench.folder().await;
    bench.make_dir(&format!("{folder}/one/two/three")).await.unwrap();
    assert_eq!(bench.paths_below(&folder, 9).await, ["one", "one/two", "one/two/three"]);
}

async fn tells_the_new_folder(bench: Bench) {
    let path = format!("{}/new", bench.folder().await);
    let entry = bench.make_dir(&path).await.unwrap();
    assert_eq!(
        (entry.name.as_str(), &entry.path, entry.r#type()),
        ("new", &path, FileType::Directory)
    );
    assert_eq!(entry.mode, 0o755);
    assert_eq!(entry, bench.stat(&path).await);
}

async fn existing_folder_is_already_there(bench: Bench) {
    let folder = bench.folder().await;
    let why = refused(bench.make_dir(&folder).await, Code::AlreadyExists);
    assert_eq!(why, format!("directory already exists: {folder}"));
}

async fn existing_file_is_refused(bench: Bench) {
    let why = refused(bench.make_dir("/etc/passwd").await, Code::InvalidArgument);
    assert_eq!(why, "path already exists but it is not a directory: /etc/passwd");
}

async fn symlink_to_a_folder_is_already_there(bench: Bench) {
    let folder = bench.folder_with("mkdir real && ln -s real link").await;
    refused(bench.make_dir(&format!("{folder}/link")).await, Code::AlreadyExists);
}

async fn below_a_file_is_internal(bench: Bench) {
    refused(bench.make_dir("/etc/passwd/below").await, Code::Internal);
}

async fn belongs_to_the_user(bench: Bench) {
    let folder = bench.folder().await;
    let nobody = bench.as_user("nobody");
    nobody.make_dir(&format!("{folder}/one/two")).await.unwrap();
    for path in ["one", "one/two"] {
        assert_eq!(bench.stat(&format!("{folder}/{path}")).await.owner, "nobody");
    }
    assert_ne!(bench.stat(&folder).await.owner, "nobody");
}

async fn renames_a_file(bench: Bench) {
    let folder = bench.folder_with("printf 123 > old").await;
    let entry = bench
        .rename(&format!("{folder}/old"), &format!("{folder}/new"))
        .await
        .unwrap();
    assert_eq!(
        (entry.name.as_str(), entry.path.clone(), entry.size),
        ("new", format!("{folder}/new"), 3)
    );
    assert_eq!(bench.paths_below(&folder, 1).await, ["new"]);
}

async fn renames_a_folder(bench: Bench) {
    let folder = bench.folder_with("mkdir -p old/inner && touch old/inner/x").await;
    bench
        .rename(&format!("{folder}/old"), &format!("{folder}/new"))
        .await
        .unwrap();
    assert_eq!(bench.paths_below(&folder, 9).await, ["new", "new/inner", "new/inner/x"]);
}

async fn makes_the_parents_of_the_destination(bench: Bench) {
    let folder = bench.folder_with("touch old").await;
    bench
        .rename(&format!("{folder}/old"), &format!("{folder}/one/two/new"))
        .await
        .unwrap();
    assert_eq!(bench.paths_below(&folder, 9).await, ["one", "one/two", "one/two/new"]);
}

async fn replaces_a_file(bench: Bench) {
    let folder = bench
        .folder_with("printf new > source && printf old-text > destination")
        .await;
    bench
        .rename(&format!("{folder}/source"), &format!("{folder}/destination"))
        .await
        .unwrap();
    assert_eq!(bench.read(&format!("{folder}/destination")).await, "new");
}

async fn missing_source_is_not_found(bench: Bench) {
    let folder = bench.folder().await;
    refused(
        bench
            .rename(&format!("{folder}/none"), &format!("{folder}/one/new"))
            .await,
        Code::NotFound,
    );
    // The parents are made first, and stay.
    assert_eq!(bench.paths_below(&folder, 9).await, ["one"]);
}

async fn onto_a_full_folder_is_internal(bench: Bench) {
    let folder = bench.folder_with("mkdir source full && touch full/x").await;
    refused(
        bench
            .rename(&format!("{folder}/source"), &format!("{folder}/full"))
            .await,
        Code::Internal,
    );
    assert_eq!(bench.paths_below(&folder, 9).await, ["full", "full/x", "source"]);
}

async fn below_a_file_as_destination_is_internal(bench: Bench) {
    let folder = bench.folder_with("touch source file").await;
    refused(
        bench
            .rename(&format!("{folder}/source"), &format!("{folder}/file/new"))
            .await,
        Code::Internal,
    );
    assert!(bench.exists_at(&folder, "source").await);
}

async fn to_another_device_is_internal(bench: Bench) {
    let folder = bench.folder_with("touch source").await;
    let destination = format!("/dev/shm/{}", folder.replace('/', "-"));
    refused(
        bench.rename(&format!("{folder}/source"), &destination).await,
        Code::Internal,
    );
    assert!(bench.exists_at(&folder, "source").await && !bench.exists(&destination).await);
}

async fn moves_symlinks_themselves(bench: Bench) {
    let folder = bench.folder_with("touch file && ln -s file link").await;
    bench
        .rename(&format!("{folder}/link"), &format!("{folder}/other"))
        .await
        .unwrap();
    assert_eq!(
        bench.stat(&format!("{folder}/other")).await.symlink_target,
        Some(format!("{folder}/file"))
    );
}

async fn removes_a_file(bench: Bench) {
    let folder = bench.folder_with("touch gone stays").await;
    bench.remove(&format!("{folder}/gone")).await.unwrap();
    assert_eq!(bench.paths_below(&folder, 1).await, ["stays"]);
}

async fn removes_a_tree(bench: Bench) {
    let folder = bench
        .folder_with("mkdir -p gone/inner/deep && touch gone/x gone/inner/deep/y stays")
        .await;
    bench.remove(&format!("{folder}/gone")).await.unwrap();
    assert_eq!(bench.paths_below(&folder, 1).await, ["stays"]);
}

async fn unlinks_symlinks(bench: Bench) {
    let folder = bench
        .folder_with("mkdir -p real gone && touch real/x && ln -s ../real gone/link && ln -s real link")
        .await;
    bench.remove(&format!("{folder}/link")).await.unwrap();
    bench.remove(&format!("{folder}/gone")).await.unwrap();
    assert_eq!(
        bench.paths_below(&folder, 9).await,
        ["real", "real/x"],
        "followed a symlink"
    );
}

async fn missing_is_fine(bench: Bench) {
    let folder = bench.folder().await;
    bench.remove(&format!("{folder}/none")).await.unwrap();
    bench.remove(&format!("{folder}/none/below")).await.unwrap();
}

async fn a_dot_is_internal(bench: Bench) {
    let folder = bench.folder_with("touch x").await;
    refused(bench.remove(&format!("{folder}/.")).await, Code::Internal);
    assert!(bench.exists_at(&folder, "x").await);
}
