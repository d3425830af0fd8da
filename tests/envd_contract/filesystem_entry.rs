//! Stat and what it says of an entry; how paths are understood (`envd-wire.md` 5.2).

use e2b_tui::wire::generated::filesystem::FileType;
use tonic::Code;

use crate::bench::{Bench, refused};
use crate::case::{Case, Need, in_each_dialect, needing};

pub fn cases() -> Vec<Case> {
    [
        in_each_dialect!["filesystem::stat";
            of_a_file, of_a_folder, of_a_symlink_to_a_file, of_a_symlink_to_a_folder, of_a_broken_symlink,
            of_a_symlink_loop, of_a_pipe, of_a_device, permission_texts, owner_and_group, modification_time_to_the_nanosecond,
            missing_is_not_found, below_a_file_is_internal, names_of_any_letters,
        ],
        in_each_dialect!["filesystem::path";
            empty_is_the_default_folder, tilde_is_home, relative_starts_at_home, absolute_is_taken_as_it_is,
            home_of_others_is_refused, unknown_user_is_refused,
        ],
        needing(Need::Attributes, in_each_dialect!["filesystem::stat"; labels_are_told]),
        needing(Need::OtherUsers, in_each_dialect!["filesystem::stat"; owner_without_a_name_is_a_number]),
        needing(Need::OtherUsers, in_each_dialect!["filesystem::path"; the_user_is_not_asked_for_permission]),
    ]
    .concat()
}

async fn of_a_file(bench: Bench) {
    let folder = bench.folder_with("printf 12345 > file && chmod 640 file").await;
    let entry = bench.stat(&format!("{folder}/file")).await;
    assert_eq!(
        (entry.name.as_str(), entry.path.clone()),
        ("file", format!("{folder}/file"))
    );
    assert_eq!((entry.r#type(), entry.size, entry.mode), (FileType::File, 5, 0o640));
    assert_eq!(entry.permissions, "-rw-r-----");
    assert_eq!(entry.symlink_target, None);
    assert!(entry.metadata.is_empty());
}

async fn of_a_folder(bench: Bench) {
    let folder = bench.folder_with("mkdir inner && chmod 751 inner").await;
    let entry = bench.stat(&format!("{folder}/inner")).await;
    assert_eq!((entry.name.as_str(), entry.r#type()), ("inner", FileType::Directory));
    assert_eq!((entry.mode, entry.permissions.as_str()), (0o751, "drwxr-x--x"));
}

async fn of_a_symlink_to_a_file(bench: Bench) {
    let folder = bench
        .folder_with("printf 12345 > file && chmod 600 file && ln -s file a && ln -s ./a link")
        .await;
    let entry = bench.stat(&format!("{folder}/link")).await;
    assert_eq!(
        (entry.name.as_str(), entry.path.clone()),
        ("link", format!("{folder}/link"))
    );
    // Type and mode of the target; size and permission text of the link.
    assert_eq!((entry.r#type(), entry.mode), (FileType::File, 0o600));
    assert_eq!((entry.size, entry.permissions.as_str()), (3, "Lrwxrwxrwx"));
    assert_eq!(
        entry.symlink_target,
        Some(format!("{folder}/file")),
        "not resolved to the end"
    );
}

async fn of_a_symlink_to_a_folder(bench: Bench) {
    let folder = bench
        .folder_with("mkdir inner && chmod 700 inner && ln -s inner link")
        .await;
    let entry = bench.stat(&format!("{folder}/link")).await;
    assert_eq!((entry.r#type(), entry.mode), (FileType::Directory, 0o700));
    assert_eq!(entry.symlink_target, Some(format!("{folder}/inner")));
}

async fn of_a_broken_symlink(bench: Bench) {
    let folder = bench.folder_with("ln -s nowhere link").await;
    let entry = bench.stat(&format!("{folder}/link")).await;
    assert_eq!((entry.r#type(), entry.mode, entry.size), (FileType::Unspecified, 0, 7));
    assert_eq!(
        entry.symlink_target,
        Some(format!("{folder}/link")),
        "the link itself tells that it is broken"
    );
}

async fn of_a_symlink_loop(bench: Bench) {
    let folder = bench.folder_with("ln -s two one && ln -s one two").await;
    let entry = bench.stat(&format!("{folder}/one")).await;
    assert_eq!((entry.r#type(), entry.mode), (FileType::Unspecified, 0));
    assert_eq!(entry.symlink_target, Some(format!("{folder}/one")));
}

async fn of_a_pipe(bench: Bench) {
    let folder = bench.folder_with("mkfifo -m 644 pipe").await;
    let entry = bench.stat(&format!("{folder}/pipe")).await;
    assert_eq!(
        (entry.r#type(), entry.permissions.as_str()),
        (FileType::Unspecified, "prw-r--r--")
    );
}

async fn of_a_device(bench: Bench) {
    let entry = bench.stat("/dev/null").await;
    assert_eq!(
        (entry.r#type(), entry.permissions.as_str()),
        (FileType::Unspecified, "Dcrw-rw-rw-")
    );
}

async fn permission_texts(bench: Bench) {
    let folder = bench.folder_with("touch file && mkdir inner").await;
    let cases = [
        ("file", "4755", "urwxr-xr-x", 0o755),
        ("file", "2711", "grwx--x--x", 0o711),
        ("file", "6700", "ugrwx------", 0o700),
        ("file", "0000", "----------", 0),
        ("inner", "1777", "dtrwxrwxrwx", 0o777),
        ("inner", "3770", "dgtrwxrwx---", 0o770),
    ];
    for (name, mode, permissions, bits) in cases {
        let path = format!("{folder}/{name}");
        bench.shell(&format!("chmod {mode} {path}")).await.succeeded();
        let entry = bench.stat(&path).await;
        assert_eq!((entry.permissions.as_str(), entry.mode), (permissions, bits), "{mode}");
    }
}

async fn owner_and_group(bench: Bench) {
    let folder = bench.folder_with("touch file").await;
    let names = bench
        .shell(&format!("stat -c '%U %G' {folder}/file"))
        .await
        .succeeded()
        .stdout();
    let entry = bench.stat(&format!("{folder}/file")).await;
    assert_eq!(format!("{} {}\n", entry.owner, entry.group), names);
}

async fn owner_without_a_name_is_a_number(bench: Bench) {
    let folder = bench.folder_with("touch file && chown 54321:54322 file").await;
    let entry = bench.stat(&format!("{folder}/file")).await;
    assert_eq!((entry.owner.as_str(), entry.group.as_str()), ("54321", "54322"));
}

async fn modification_time_to_the_nanosecond(bench: Bench) {
    let folder = bench
        .folder_with("touch -d '2001-02-03T04:05:06.123456789Z' file && touch -d @0 zero")
        .await;
    let time = bench.stat(&format!("{folder}/file")).await.modified_time.unwrap();
    assert_eq!((time.seconds, time.nanos), (981_173_106, 123_456_789));
    assert_eq!(bench.stat(&format!("{folder}/zero")).await.modified_time, None);
}

async fn missing_is_not_found(bench: Bench) {
    refused(bench.try_stat("/no/such/path").await, Code::NotFound);
}

async fn below_a_file_is_internal(bench: Bench) {
    refused(bench.try_stat("/etc/passwd/below").await, Code::Internal);
}

async fn names_of_any_letters(bench: Bench) {
    let folder = bench
        .folder_with("touch -- 'a b' 'größe' \"it's\" '-rf' \"$(printf 'two\\nlines')\" '日本'")
        .await;
    for name in ["a b", "größe", "it's", "-rf", "two\nlines", "日本"] {
        assert_eq!(bench.stat(&format!("{folder}/{name}")).await.name, name);
    }
}

async fn labels_are_told(bench: Bench) {
    let path = format!("{}/file", bench.folder().await);
    let upload = bench
        .post_file(&path, "x")
        .header("X-Metadata-Source", "a case")
        .header("X-Metadata-UPPER", "Value");
    bench.ask(upload).await.expect(200);
    let labels = bench.stat(&path).await.metadata;
    assert_eq!(
        labels,
        [("source", "a case"), ("upper", "Value")]
            .map(|(key, value)| (key.into(), value.into()))
            .into()
    );
}

async fn empty_is_the_default_folder(bench: Bench) {
    let request = e2b_tui::wire::generated::process::StartRequest {
        process: Some(e2b_tui::wire::generated::process::ProcessConfig {
            cwd: None,
            ..crate::bench::shell_command("pwd -P").process.unwrap()
        }),
        ..Default::default()
    };
    let started = bench.start(request).await.finish().await.succeeded().stdout();
    let told = bench.stat("").await;
    assert_eq!(told.r#type(), FileType::Directory);
    let resolved = bench
        .shell(&format!("cd '{}' && pwd -P", told.path))
        .await
        .succeeded()
        .stdout();
    assert_eq!(resolved, started);
}

async fn tilde_is_home(bench: Bench) {
    let home = bench.shell("printf %s \"$HOME\"").await.stdout();
    assert_eq!(bench.stat("~").await.path, home);
    assert_eq!(bench.stat("~/").await.path, home);
    assert_eq!(
        bench.stat("~/../").await.path,
        bench.shell("dirname \"$HOME\"").await.stdout().trim_end()
    );
}

async fn relative_starts_at_home(bench: Bench) {
    let home = bench.shell("printf %s \"$HOME\"").await.stdout();
    assert_eq!(bench.stat(".").await.path, home);
    let parent = bench.stat("..").await.path;
    assert_eq!(parent, bench.shell("dirname \"$HOME\"").await.stdout().trim_end());
}

async fn absolute_is_taken_as_it_is(bench: Bench) {
    let folder = bench.folder_with("mkdir inner").await;
    let path = format!("{folder}/inner/../inner");
    assert_eq!(bench.stat(&path).await.path, path);
}

async fn home_of_others_is_refused(bench: Bench) {
    let why = refused(bench.try_stat("~nobody/x").await, Code::InvalidArgument);
    assert!(why.contains("cannot expand user-specific home dir"), "{why}");
}

async fn unknown_user_is_refused(bench: Bench) {
    let stranger = bench.as_user("no-such-user");
    let why = "invalid username: 'no-such-user'";
    assert_eq!(refused(stranger.try_stat("/").await, Code::Unauthenticated), why);
    assert_eq!(refused(stranger.try_list_dir("/", 1).await, Code::Unauthenticated), why);
    assert_eq!(refused(stranger.make_dir("/x/y/z").await, Code::Unauthenticated), why);
    assert_eq!(
        refused(stranger.rename("/x/y/z", "/x").await, Code::Unauthenticated),
        why
    );
    assert_eq!(refused(stranger.remove("/x/y/z").await, Code::Unauthenticated), why);
}

async fn the_user_is_not_asked_for_permission(bench: Bench) {
    // The user only says whose home it is and who shall own what is made.
    let folder = bench.folder_with("chmod 700 . && touch file").await;
    assert!(bench.as_user("nobody").exists_at(&folder, "file").await);
}
