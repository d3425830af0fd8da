//! `WatchDir` and its polling twin (`envd-wire.md` 5.3).

use std::collections::BTreeSet;

use e2b_tui::wire::generated::filesystem::watch_dir_response::Event;
use e2b_tui::wire::generated::filesystem::{
    CreateWatcherRequest, EventType, FilesystemEvent, GetWatcherEventsRequest, RemoveWatcherRequest, WatchDirRequest,
    WatchDirResponse,
};
use tonic::{Code, IntoRequest, Status, Streaming};

use crate::bench::{Bench, message, refused, with_header};
use crate::case::{Case, Need, in_each_dialect, needing};

pub fn cases() -> Vec<Case> {
    [
        in_each_dialect!["filesystem::watch_dir";
            new_file_is_created_and_written, removed_file_is_removed, renamed_file_is_renamed_then_created,
            changed_mode_is_chmod, made_folder_is_created, names_are_relative, inner_folders_are_not_watched,
            inner_folders_are_watched_if_asked, new_inner_folders_are_watched_too, entries_come_if_asked,
            entries_do_not_come_unasked, the_folder_itself_is_a_dot, removal_of_the_folder_is_told_once,
            keepalive_comes_when_idle, missing_is_not_found, a_file_is_refused, home_of_others_is_refused,
            unknown_user_is_refused,
        ],
        in_each_dialect!["filesystem::watcher";
            id_has_its_form, events_are_handed_out_once, inner_folders_are_polled_if_asked, entries_are_polled_if_asked,
            unknown_is_not_found, removed_is_not_found, of_a_missing_folder_is_not_found, of_a_file_is_refused,
        ],
        needing(
            Need::NetworkMount,
            in_each_dialect!["filesystem::watch_dir"; network_mounts_are_refused_unless_allowed],
        ),
    ]
    .concat()
}

/// A watch whose start event has come.
struct Watch(Streaming<WatchDirResponse>);

impl Watch {
    async fn open(bench: &Bench, request: impl IntoRequest<WatchDirRequest>) -> Result<Self, Status> {
        let mut stream = bench.files().watch_dir(request).await?.into_inner();
        let first = stream.message().await?.unwrap().event;
        assert!(matches!(first, Some(Event::Start(_))), "the first event is {first:?}");
        Ok(Self(stream))
    }

    async fn event(&mut self) -> Event {
        self.0.message().await.unwrap().unwrap().event.unwrap()
    }

    /// The next change; signs of life are left out.
    async fn change(&mut self) -> FilesystemEvent {
        loop {
            match self.event().await {
                Event::Filesystem(change) => return change,
                Event::Keepalive(_) => {}
                Event::Start(_) => panic!("a second start event"),
            }
        }
    }

    /// Reads changes until this one comes, and returns all of them in order.
    async fn until(&mut self, kind: EventType, name: &str) -> Vec<(EventType, String)> {
        let mut seen = Vec::new();
        loop {
            let change = self.change().await;
            seen.push((change.r#type(), change.name.clone()));
            if (change.r#type(), change.name.as_str()) == (kind, name) {
                return seen;
            }
        }
    }
}

fn of(path: &str) -> WatchDirRequest {
    WatchDirRequest {
        path: path.to_owned(),
        ..WatchDirRequest::default()
    }
}

fn deep(path: &str) -> WatchDirRequest {
    WatchDirRequest {
        recursive: true,
        ..of(path)
    }
}

async fn watched(bench: &Bench, prepare: &str) -> (String, Watch) {
    let folder = bench.folder_with(prepare).await;
    let watch = Watch::open(bench, of(&folder)).await.unwrap();
    (folder, watch)
}

async fn in_folder(bench: &Bench, folder: &str, script: &str) {
    bench.shell(&format!("cd '{folder}' && {script}")).await.succeeded();
}

fn count(seen: &[(EventType, String)], kind: EventType, name: &str) -> usize {
    seen.iter()
        .filter(|change| (change.0, change.1.as_str()) == (kind, name))
        .count()
}

async fn new_file_is_created_and_written(bench: Bench) {
    let (folder, mut watch) = watched(&bench, "true").await;
    in_folder(&bench, &folder, "echo text > file").await;
    let seen = watch.until(EventType::Write, "file").await;
    assert_eq!(seen[0], (EventType::Create, "file".into()), "{seen:?}");
}

async fn removed_file_is_removed(bench: Bench) {
    let (folder, mut watch) = watched(&bench, "touch file").await;
    in_folder(&bench, &folder, "rm file").await;
    watch.until(EventType::Remove, "file").await;
}

async fn renamed_file_is_renamed_then_created(bench: Bench) {
    let (folder, mut watch) = watched(&bench, "touch old").await;
    in_folder(&bench, &folder, "mv old new").await;
    let seen = watch.until(EventType::Create, "new").await;
    assert_eq!(
        seen,
        [(EventType::Rename, "old".into()), (EventType::Create, "new".into())]
    );
}

async fn changed_mode_is_chmod(bench: Bench) {
    let (folder, mut watch) = watched(&bench, "touch file").await;
    in_folder(&bench, &folder, "chmod 600 file").await;
    let seen = watch.until(EventType::Chmod, "file").await;
    assert_eq!(seen.len(), 1, "{seen:?}");
}

async fn made_folder_is_created(bench: Bench) {
    let (folder, mut watch) = watched(&bench, "true").await;
    in_folder(&bench, &folder, "mkdir inner").await;
    assert_eq!(watch.until(EventType::Create, "inner").await.len(), 1);
}

async fn names_are_relative(bench: Bench) {
    let folder = bench.folder_with("mkdir -p inner/deep").await;
    let mut watch = Watch::open(&bench, deep(&folder)).await.unwrap();
    in_folder(&bench, &folder, "touch inner/deep/file").await;
    watch.until(EventType::Create, "inner/deep/file").await;
}

async fn inner_folders_are_not_watched(bench: Bench) {
    let (folder, mut watch) = watched(&bench, "mkdir inner").await;
    in_folder(&bench, &folder, "touch inner/file; touch last").await;
    let seen = watch.until(EventType::Create, "last").await;
    assert!(seen.iter().all(|(_, name)| !name.contains('/')), "{seen:?}");
}

async fn inner_folders_are_watched_if_asked(bench: Bench) {
    let folder = bench.folder_with("mkdir -p one/two && touch one/two/old").await;
    let mut watch = Watch::open(&bench, deep(&folder)).await.unwrap();
    in_folder(&bench, &folder, "rm one/two/old; touch last").await;
    let seen = watch.until(EventType::Create, "last").await;
    assert_eq!(count(&seen, EventType::Remove, "one/two/old"), 1, "{seen:?}");
}

async fn new_inner_folders_are_watched_too(bench: Bench) {
    let folder = bench.folder().await;
    let mut watch = Watch::open(&bench, deep(&folder)).await.unwrap();
    // What is in it before the watch reaches it comes as created, too.
    in_folder(&bench, &folder, "mkdir new && echo x > new/first").await;
    let seen = watch.until(EventType::Create, "new/first").await;
    assert_eq!(seen[0], (EventType::Create, "new".into()));
    in_folder(&bench, &folder, "mkdir -p new/deep").await;
    watch.until(EventType::Create, "new/deep").await;
    in_folder(&bench, &folder, "echo x > new/second").await;
    watch.until(EventType::Write, "new/second").await;
}

async fn entries_come_if_asked(bench: Bench) {
    let folder = bench.folder_with("touch gone").await;
    let request = WatchDirRequest {
        include_entry: true,
        ..of(&folder)
    };
    let mut watch = Watch::open(&bench, request).await.unwrap();
    in_folder(&bench, &folder, "rm gone; printf 12345 > file; chmod 600 file").await;
    let mut kinds = BTreeSet::new();
    while !kinds.contains("chmod") {
        let change = watch.change().await;
        match change.r#type() {
            EventType::Remove => assert_eq!(change.entry, None),
            kind => {
                kinds.insert(if kind == EventType::Chmod { "chmod" } else { "other" });
                let entry = change.entry.unwrap();
                assert_eq!((entry.name.as_str(), entry.path), ("file", format!("{folder}/file")));
            }
        }
    }
    assert!(kinds.contains("other"));
}

async fn entries_do_not_come_unasked(bench: Bench) {
    let (folder, mut watch) = watched(&bench, "true").await;
    in_folder(&bench, &folder, "touch file").await;
    assert_eq!(watch.change().await.entry, None);
}

async fn the_folder_itself_is_a_dot(bench: Bench) {
    let (folder, mut watch) = watched(&bench, "true").await;
    in_folder(&bench, &folder, "chmod 711 .").await;
    watch.until(EventType::Chmod, ".").await;
}

async fn removal_of_the_folder_is_told_once(bench: Bench) {
    let folder = bench.folder_with("mkdir watched").await;
    let mut watch = Watch::open(
        &bench,
        with_header(of(&format!("{folder}/watched")), "keepalive-ping-interval", "1"),
    )
    .await
    .unwrap();
    in_folder(&bench, &folder, "rmdir watched").await;
    watch.until(EventType::Remove, ".").await;
    // Then silence: the stream stays open and only lives.
    assert!(matches!(watch.event().await, Event::Keepalive(_)));
}

async fn keepalive_comes_when_idle(bench: Bench) {
    let folder = bench.folder().await;
    let request = with_header(of(&folder), "keepalive-ping-interval", "1");
    let mut watch = Watch::open(&bench, request).await.unwrap();
    assert!(matches!(watch.event().await, Event::Keepalive(_)));
}

async fn missing_is_not_found(bench: Bench) {
    let why = refused(
        Watch::open(&bench, of("/no/such/folder")).await.map(drop),
        Code::NotFound,
    );
    assert!(why.starts_with("path /no/such/folder not found"), "{why}");
}

async fn a_file_is_refused(bench: Bench) {
    let why = refused(
        Watch::open(&bench, of("/etc/passwd")).await.map(drop),
        Code::InvalidArgument,
    );
    assert!(why.starts_with("path /etc/passwd not a directory"), "{why}");
}

async fn home_of_others_is_refused(bench: Bench) {
    refused(
        Watch::open(&bench, of("~nobody")).await.map(drop),
        Code::InvalidArgument,
    );
}

async fn unknown_user_is_refused(bench: Bench) {
    let stranger = bench.as_user("no-such-user");
    let why = refused(
        Watch::open(&stranger, of("/tmp")).await.map(drop),
        Code::Unauthenticated,
    );
    assert_eq!(why, "invalid username: 'no-such-user'");
    refused(
        stranger.files().create_watcher(by_polling("/tmp")).await,
        Code::Unauthenticated,
    );
}

async fn network_mounts_are_refused_unless_allowed(bench: Bench) {
    let mount = bench.target.network_mount().unwrap().to_owned();
    let why = refused(Watch::open(&bench, of(&mount)).await.map(drop), Code::InvalidArgument);
    assert_eq!(why, format!("cannot watch path on network filesystem: {mount}"));
    let allowed = WatchDirRequest {
        allow_network_mounts: true,
        ..of(&mount)
    };
    Watch::open(&bench, allowed).await.unwrap();
}

fn by_polling(path: &str) -> CreateWatcherRequest {
    CreateWatcherRequest {
        path: path.to_owned(),
        ..CreateWatcherRequest::default()
    }
}

async fn create(bench: &Bench, request: CreateWatcherRequest) -> String {
    message(bench.files().create_watcher(request).await).watcher_id
}

async fn poll(bench: &Bench, id: &str) -> Result<Vec<FilesystemEvent>, Status> {
    let request = GetWatcherEventsRequest {
        watcher_id: id.to_owned(),
    };
    bench
        .files()
        .get_watcher_events(request)
        .await
        .map(|reply| reply.into_inner().events)
}

async fn poll_until(bench: &Bench, id: &str, kind: EventType, name: &str) -> Vec<FilesystemEvent> {
    let mut seen: Vec<FilesystemEvent> = Vec::new();
    while !seen.iter().any(|change| change.r#type() == kind && change.name == name) {
        seen.extend(poll(bench, id).await.unwrap());
        tokio::task::yield_now().await;
    }
    seen
}

async fn remove(bench: &Bench, id: &str) -> Result<(), Status> {
    let request = RemoveWatcherRequest {
        watcher_id: id.to_owned(),
    };
    bench.files().remove_watcher(request).await.map(drop)
}

async fn id_has_its_form(bench: Bench) {
    let folder = bench.folder().await;
    let id = create(&bench, by_polling(&folder)).await;
    let is_plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    assert!(
        id.len() == 21 && id.starts_with('w') && id.chars().all(is_plain),
        "{id:?}"
    );
    assert_ne!(id, create(&bench, by_polling(&folder)).await);
    remove(&bench, &id).await.unwrap();
}

async fn events_are_handed_out_once(bench: Bench) {
    let folder = bench.folder().await;
    let id = create(&bench, by_polling(&folder)).await;
    assert_eq!(poll(&bench, &id).await.unwrap(), []);
    in_folder(&bench, &folder, "mkdir one").await;
    let seen = poll_until(&bench, &id, EventType::Create, "one").await;
    assert_eq!((seen.len(), seen[0].entry.clone()), (1, None));
    in_folder(&bench, &folder, "mkdir two").await;
    let seen = poll_until(&bench, &id, EventType::Create, "two").await;
    assert_eq!(seen.len(), 1, "handed out twice: {seen:?}");
    remove(&bench, &id).await.unwrap();
}

async fn inner_folders_are_polled_if_asked(bench: Bench) {
    let folder = bench.folder_with("mkdir inner").await;
    let request = CreateWatcherRequest {
        recursive: true,
        ..by_polling(&folder)
    };
    let id = create(&bench, request).await;
    in_folder(&bench, &folder, "touch inner/file").await;
    poll_until(&bench, &id, EventType::Create, "inner/file").await;
    remove(&bench, &id).await.unwrap();
}

async fn entries_are_polled_if_asked(bench: Bench) {
    let folder = bench.folder().await;
    let request = CreateWatcherRequest {
        include_entry: true,
        ..by_polling(&folder)
    };
    let id = create(&bench, request).await;
    in_folder(&bench, &folder, "mkdir inner").await;
    let seen = poll_until(&bench, &id, EventType::Create, "inner").await;
    assert_eq!(seen[0].entry.as_ref().unwrap().path, format!("{folder}/inner"));
    remove(&bench, &id).await.unwrap();
}

async fn unknown_is_not_found(bench: Bench) {
    let why = "watcher with id wnone not found";
    assert_eq!(refused(poll(&bench, "wnone").await, Code::NotFound), why);
    assert_eq!(refused(remove(&bench, "wnone").await, Code::NotFound), why);
}

async fn removed_is_not_found(bench: Bench) {
    let id = create(&bench, by_polling(&bench.folder().await)).await;
    remove(&bench, &id).await.unwrap();
    refused(poll(&bench, &id).await, Code::NotFound);
    refused(remove(&bench, &id).await, Code::NotFound);
}

async fn of_a_missing_folder_is_not_found(bench: Bench) {
    refused(
        bench.files().create_watcher(by_polling("/no/such/folder")).await,
        Code::NotFound,
    );
}

async fn of_a_file_is_refused(bench: Bench) {
    refused(
        bench.files().create_watcher(by_polling("/etc/passwd")).await,
        Code::InvalidArgument,
    );
}
