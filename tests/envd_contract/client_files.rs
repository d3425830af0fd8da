//! The same contract through our own client: files, watches and the small routes.

use bytes::Bytes;
use e2b_tui::domain::{FileChangeKind, FileKind};
use e2b_tui::envd::{ByteRange, EnvdErrorKind, UploadTarget, WatchScope};

use crate::bench::Bench;
use crate::case::{Case, Need, in_each_dialect, needing};
use crate::client_processes::client;

pub fn cases() -> Vec<Case> {
    [
        in_each_dialect!["client::files";
            entries_are_told, folders_are_listed, made_renamed_removed, changes_are_watched, changes_are_polled,
            uploads_and_downloads, parts_of_files, errors_have_their_kinds, the_small_routes,
        ],
        needing(Need::Attributes, in_each_dialect!["client::files"; labels_are_kept]),
    ]
    .concat()
}

fn upload_to(path: &str) -> UploadTarget {
    UploadTarget {
        path: path.to_owned(),
        ..UploadTarget::default()
    }
}

fn pieces(pieces: &[&'static str]) -> impl tokio_stream::Stream<Item = std::io::Result<Bytes>> + Send + use<> {
    tokio_stream::iter(pieces.iter().map(|piece| Ok(Bytes::from(*piece))).collect::<Vec<_>>())
}

async fn entries_are_told(bench: Bench) {
    let folder = bench
        .folder_with("printf 123 > file && chmod 4755 file && ln -s file link && ln -s none broken")
        .await;
    let file = client(&bench).stat(&format!("{folder}/file")).await.unwrap();
    assert_eq!(
        (file.name.unescaped(), file.kind, file.size),
        ("file", FileKind::File, Some(3))
    );
    assert_eq!(
        (file.mode, file.permissions.as_deref()),
        (Some(0o4755), Some("-rwsr-xr-x"))
    );
    assert!(file.owner.is_some() && file.modified.is_some());
    let link = client(&bench).stat(&format!("{folder}/link")).await.unwrap();
    assert_eq!((link.kind, link.is_broken_link()), (FileKind::File, false));
    assert_eq!(link.symlink_target.unwrap().unescaped(), format!("{folder}/file"));
    let broken = client(&bench).stat(&format!("{folder}/broken")).await.unwrap();
    assert_eq!((broken.kind, broken.is_broken_link()), (FileKind::Other, true));
}

async fn folders_are_listed(bench: Bench) {
    let folder = bench.folder_with("mkdir inner && touch inner/b a").await;
    let entries = client(&bench).list_dir(&folder, 2).await.unwrap();
    let names: Vec<_> = entries.iter().map(|entry| entry.path.unescaped().to_owned()).collect();
    assert_eq!(names, ["a", "inner", "inner/b"].map(|name| format!("{folder}/{name}")));
}

async fn made_renamed_removed(bench: Bench) {
    let (client, folder) = (client(&bench), bench.folder().await);
    client.make_dir(&format!("{folder}/one")).await.unwrap();
    let entry = client
        .rename(&format!("{folder}/one"), &format!("{folder}/two"))
        .await
        .unwrap();
    assert_eq!((entry.name.unescaped(), entry.kind), ("two", FileKind::Directory));
    client.remove(&format!("{folder}/two")).await.unwrap();
    assert!(client.list_dir(&folder, 1).await.unwrap().is_empty());
}

async fn changes_are_watched(bench: Bench) {
    let (client, folder) = (client(&bench), bench.folder().await);
    let scope = WatchScope {
        recursive: true,
        with_entries: true,
        ..WatchScope::default()
    };
    let mut watch = client.watch_dir(&folder, scope).await.unwrap();
    client.make_dir(&format!("{folder}/new")).await.unwrap();
    let change = watch.next().await.unwrap();
    assert_eq!((change.name.unescaped(), change.kind), ("new", FileChangeKind::Created));
    assert_eq!(change.entry.unwrap().kind, FileKind::Directory);
}

async fn changes_are_polled(bench: Bench) {
    let (client, folder) = (client(&bench), bench.folder().await);
    let watcher = client.create_watcher(&folder, WatchScope::default()).await.unwrap();
    client.make_dir(&format!("{folder}/new")).await.unwrap();
    let mut changes = Vec::new();
    while changes.is_empty() {
        changes = client.watcher_events(&watcher).await.unwrap();
    }
    assert_eq!(
        (changes[0].name.unescaped(), changes[0].kind),
        ("new", FileChangeKind::Created)
    );
    client.remove_watcher(&watcher).await.unwrap();
    assert_eq!(
        client.watcher_events(&watcher).await.unwrap_err().kind(),
        EnvdErrorKind::NotFound
    );
}

async fn read(bench: &Bench, path: &str, range: Option<ByteRange>) -> Vec<u8> {
    let mut download = client(bench).download(path, range).await.unwrap();
    let mut bytes = Vec::new();
    while let Some(piece) = download.next().await.unwrap() {
        bytes.extend(piece);
    }
    bytes
}

async fn uploads_and_downloads(bench: Bench) {
    let path = format!("{}/inner/a b", bench.folder().await);
    client(&bench)
        .upload(&upload_to(&path), pieces(&["one ", "two ", "three"]))
        .await
        .unwrap();
    assert_eq!(read(&bench, &path, None).await, b"one two three");
    let sized = UploadTarget {
        length: Some(5),
        ..upload_to(&path)
    };
    client(&bench).upload(&sized, pieces(&["short"])).await.unwrap();
    assert_eq!(client(&bench).download(&path, None).await.unwrap().length, Some(5));
    assert_eq!(read(&bench, &path, None).await, b"short");
}

async fn parts_of_files(bench: Bench) {
    let folder = bench.folder_with("printf 0123456789 > file").await;
    let path = format!("{folder}/file");
    let part = |start, end| Some(ByteRange { start, end });
    assert_eq!(read(&bench, &path, part(7, None)).await, b"789");
    assert_eq!(read(&bench, &path, part(2, Some(4))).await, b"23");
    assert_eq!(
        client(&bench).download(&path, part(2, Some(4))).await.unwrap().total,
        Some(10)
    );
}

async fn labels_are_kept(bench: Bench) {
    let path = format!("{}/file", bench.folder().await);
    let target = UploadTarget {
        metadata: vec![("source".into(), "a case".into())],
        ..upload_to(&path)
    };
    client(&bench).upload(&target, pieces(&["x"])).await.unwrap();
    let labels = client(&bench).stat(&path).await.unwrap().metadata;
    assert_eq!(labels, [("source".into(), "a case".into())]);
}

async fn errors_have_their_kinds(bench: Bench) {
    let (client, folder) = (client(&bench), bench.folder().await);
    let missing = format!("{folder}/none");
    assert_eq!(client.stat(&missing).await.unwrap_err().kind(), EnvdErrorKind::NotFound);
    assert_eq!(
        client.list_dir(&missing, 1).await.unwrap_err().kind(),
        EnvdErrorKind::NotFound
    );
    assert_eq!(
        client.make_dir(&folder).await.unwrap_err().kind(),
        EnvdErrorKind::Exists
    );
    assert_eq!(
        client.list_dir("/etc/passwd", 1).await.unwrap_err().kind(),
        EnvdErrorKind::Invalid
    );
    assert_eq!(
        client.download(&missing, None).await.err().unwrap().kind(),
        EnvdErrorKind::NotFound
    );
    assert_eq!(
        client.download(&folder, None).await.err().unwrap().kind(),
        EnvdErrorKind::Invalid
    );
    let into_folder = client.upload(&upload_to(&folder), pieces(&["x"])).await;
    assert_eq!(into_folder.unwrap_err().kind(), EnvdErrorKind::Invalid);
    let watched = client.watch_dir(&missing, WatchScope::default()).await;
    assert_eq!(watched.err().unwrap().kind(), EnvdErrorKind::NotFound);
}

async fn the_small_routes(bench: Bench) {
    let client = client(&bench);
    client.health().await.unwrap();
    let metrics = client.metrics().await.unwrap();
    assert!(metrics.cpu_count > 0 && metrics.memory_total > metrics.memory_used && metrics.disk_total > 0);
    let envs = client.envs().await.unwrap();
    assert!(envs.keys().any(|name| name.unescaped() == "E2B_SANDBOX"));
}
