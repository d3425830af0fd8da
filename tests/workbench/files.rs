//! The Files panel as a user has it: keys in, screen text out, and the folder of a real sandbox between them.

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::time::{Duration, Instant};

use e2b_tui::domain::Dialect;
use e2b_tui::host::{Editor, InputSwitch};
use e2b_tui::keys::{Chord, Key};
use e2b_tui::runtime::{EditorPlan, EndSignal, OutsideEvent, Services};
use tempfile::TempDir;

use super::{User, server, with_endpoints, with_services, with_workbench};

#[path = "../support/fault_proxy.rs"]
#[allow(dead_code, reason = "each test takes what it needs")]
mod fault_proxy;

use fault_proxy::{FaultProxy, Faults};

impl User {
    /// Goes to a folder, and shows the Files panel over the panes.
    async fn look_into(&mut self, folder: &Path) {
        self.see("a prompt", |text| text.contains("ready>")).await;
        self.type_text(&format!("cd '{}'\n", folder.display())).await;
        self.command('F').await;
        self.type_text("z").await;
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        self.see("the folder", |text| {
            let frame = text.lines().find(|line| line.contains("Files"));
            frame.is_some_and(|line| line.contains(&name)) && text.contains("rows")
        })
        .await;
    }

    async fn key(&self, key: Key) {
        self.press(Chord::plain(key)).await;
    }

    /// Puts the cursor on the one row whose name fits.
    async fn find(&mut self, name: &str) {
        self.type_text("/").await;
        self.type_text(&format!("={name}")).await;
        self.key(Key::Enter).await;
        self.see(name, |text| {
            text.lines().any(|line| line.contains('>') && line.contains(name))
        })
        .await;
    }

    /// Answers a question for a line of text, in place of what stands there.
    async fn answer(&mut self, question: &str, erase: usize, text: &str) {
        self.see(question, |seen| seen.contains(question)).await;
        for _ in 0..erase {
            self.key(Key::Backspace).await;
        }
        self.type_text(text).await;
        self.key(Key::Enter).await;
    }

    async fn end(&self) {
        self.keys.send(OutsideEvent::End(EndSignal::Terminate)).await.unwrap();
    }
}

/// Waits for the file to hold this. What the panel does reaches the disk some time after the key.
async fn holds(file: &Path, expected: &[u8]) {
    let is_so = async {
        while fs::read(file).ok().as_deref() != Some(expected) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(super::PATIENCE, is_so).await;
    assert!(
        waited.is_ok(),
        "{}: {:?}",
        file.display(),
        fs::read(file).map(|text| String::from_utf8_lossy(&text).into_owned())
    );
}

/// An editor that runs this script; `$1` is the file.
fn editor(folder: &TempDir, script: &str) -> Services {
    let file = folder.path().join("editor");
    fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    let words = format!("{} --flag", file.display());
    Services {
        editor: Some(EditorPlan {
            editor: Editor::chosen(|name| (name == "EDITOR").then(|| words.clone())),
            switch: InputSwitch::new().unwrap(),
        }),
        ..Services::default()
    }
}

/// Up and down, and down once more where the file is now: only a yes replaces it. The cursor is on `notes.txt`.
async fn copy_both_ways(user: &mut User, there: &Path, here: &Path) {
    user.type_text("U").await;
    user.answer("Upload into", 2, here.join("sent.txt").to_str().unwrap())
        .await;
    holds(&there.join("sent.txt"), b"sent").await;
    user.key(Key::Escape).await;
    user.type_text("D").await;
    user.answer("Download notes.txt", 2, here.to_str().unwrap()).await;
    holds(&here.join("notes.txt"), b"first line\n").await;
    // Once more: it is there now, and only a yes replaces it.
    fs::write(here.join("notes.txt"), "mine").unwrap();
    user.key(Key::Escape).await;
    user.type_text("D").await;
    user.answer("Download notes.txt", 2, here.to_str().unwrap()).await;
    user.see("the question", |text| text.contains("there already. Replace?"))
        .await;
    assert_eq!(fs::read(here.join("notes.txt")).unwrap(), b"mine");
    user.type_text("y").await;
    holds(&here.join("notes.txt"), b"first line\n").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_live_and_everything_in_it_can_be_done() {
    let server = server().await;
    let (there, here) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let at = |name: &str| there.path().join(name);
    fs::write(at("notes.txt"), "first line\n").unwrap();
    fs::create_dir(at("sub")).unwrap();
    symlink("/no/such/place", at("lost")).unwrap();
    fs::write(here.path().join("sent.txt"), "sent").unwrap();
    with_workbench(&[(&server, Dialect::Connect)], async |mut user| {
        user.look_into(there.path()).await;
        let text = user
            .see("the entries", |text| {
                text.contains("notes.txt") && text.contains("sub/")
            })
            .await;
        assert!(text.contains("leads nowhere") && text.contains("-rw-r--r--"), "{text}");
        user.see("the watch", |text| text.contains("live")).await;
        fs::write(at("appeared"), "x").unwrap();
        user.see("a new file", |text| text.contains("appeared")).await;
        user.type_text("A").await;
        user.answer("New folder in", 0, "deep/er").await;
        user.see("the new folder", |text| text.contains("deep/")).await;
        assert!(at("deep/er").is_dir());
        user.type_text("a").await;
        user.answer("New file in", 0, "empty").await;
        holds(&at("empty"), b"").await;
        user.find("appeared").await;
        user.type_text("m").await;
        user.answer("New name or path", "appeared".len(), "renamed").await;
        holds(&at("renamed"), b"x").await;
        user.key(Key::Escape).await;
        user.find("notes.txt").await;
        user.type_text("c").await;
        user.answer("Copy to", "notes.txt".len(), "copy.txt").await;
        holds(&at("copy.txt"), b"first line\n").await;
        // Names that are taken stay.
        user.type_text("c").await;
        user.answer("Copy to", "notes.txt".len(), "renamed").await;
        user.see("a refusal", |text| text.contains("is there already")).await;
        assert_eq!(fs::read(at("renamed")).unwrap(), b"x");
        copy_both_ways(&mut user, there.path(), here.path()).await;
        user.key(Key::Escape).await;
        user.type_text("d").await;
        user.see("a question", |text| text.contains("Delete notes.txt")).await;
        user.type_text("n").await;
        assert!(at("notes.txt").exists());
        user.type_text("dy").await;
        user.key(Key::Escape).await;
        user.see("it go", |text| !text.contains("notes.txt")).await;
        assert!(!at("notes.txt").exists());
        user.end().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_edited_and_what_others_wrote_meanwhile_stays() {
    let server = server().await;
    let (there, tools) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let notes = there.path().join("notes.txt");
    fs::write(&notes, "one\ntwo\n").unwrap();
    fs::set_permissions(&notes, fs::Permissions::from_mode(0o600)).unwrap();
    // The first time it edits, the second time somebody else writes as well, the third time it crashes.
    let script = format!(
        "test \"$1\" = --flag || exit 9; count=$(cat '{count}' 2>/dev/null); echo \"x$count\" > '{count}'\n\
         case $count in\n\
         '') sed -i s/one/edited/ \"$2\";;\n\
         x) echo theirs > '{notes}'; echo mine > \"$2\";;\n\
         xx) echo third > '{notes}'; echo over > \"$2\";;\n\
         *) echo broken > \"$2\"; kill -SEGV $$;;\n\
         esac",
        count = tools.path().join("count").display(),
        notes = notes.display(),
    );
    let services = editor(&tools, &script);
    with_services(&[(&server, Dialect::Connect)], services, async |mut user| {
        user.look_into(there.path()).await;
        user.find("notes.txt").await;
        user.type_text("e").await;
        holds(&notes, b"edited\ntwo\n").await;
        user.see("the word", |text| text.contains("is saved")).await;
        user.type_text("e").await;
        user.see("the question", |text| {
            text.contains("was changed there while you edited it")
        })
        .await;
        user.see("both texts", |text| {
            text.contains("- theirs") && text.contains("+ mine")
        })
        .await;
        assert_eq!(fs::read(&notes).unwrap(), b"theirs\n");
        user.type_text("b").await;
        let beside = there.path().join("notes.txt.mine");
        holds(&beside, b"mine\n").await;
        assert_eq!(fs::metadata(&beside).unwrap().permissions().mode() & 0o777, 0o600);
        user.see("the list", |text| text.contains("rows")).await;
        user.type_text("e").await;
        user.see("the question again", |text| text.contains("was changed there"))
            .await;
        user.type_text("o").await;
        holds(&notes, b"over\n").await;
        assert_eq!(fs::metadata(&notes).unwrap().permissions().mode() & 0o777, 0o600);
        user.see("the list", |text| text.contains("rows")).await;
        user.type_text("e").await;
        user.see("the crash", |text| text.contains("SIGSEGV")).await;
        assert_eq!(
            fs::read(&notes).unwrap(),
            b"over\n",
            "what a crashed editor left is not saved unasked"
        );
        user.type_text("s").await;
        holds(&notes, b"broken\n").await;
        user.end().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_text_is_edited_in_the_panel() {
    let server = server().await;
    let there = tempfile::tempdir().unwrap();
    let notes = there.path().join("notes.txt");
    fs::write(&notes, "one\r\ntwo\r\n").unwrap();
    fs::write(there.path().join("binary"), b"\0\x01\x02").unwrap();
    with_workbench(&[(&server, Dialect::Connect)], async |mut user| {
        user.look_into(there.path()).await;
        user.find("binary").await;
        user.type_text("E").await;
        user.see("a refusal", |text| text.contains("is not edited here")).await;
        user.key(Key::Escape).await;
        user.find("notes.txt").await;
        user.type_text("E").await;
        user.see("the editor", |text| text.contains("ctrl-s saves")).await;
        user.type_text("jk").await;
        user.see("the text", |text| text.contains("jkone") && text.contains("changed"))
            .await;
        user.press(Chord::ctrl('s')).await;
        holds(&notes, b"jkone\r\ntwo\r\n").await;
        user.see("the word", |text| text.contains("is saved")).await;
        user.type_text("x").await;
        user.key(Key::Escape).await;
        user.see("the question", |text| text.contains("x throws away")).await;
        user.type_text("x").await;
        user.see("the list", |text| text.contains("rows")).await;
        assert_eq!(fs::read(&notes).unwrap(), b"jkone\r\ntwo\r\n");
        // Somebody else writes while it is edited.
        user.type_text("E").await;
        user.see("the editor", |text| text.contains("ctrl-s saves")).await;
        fs::write(&notes, "theirs").unwrap();
        user.type_text("m").await;
        user.press(Chord::ctrl('s')).await;
        user.see("the question", |text| text.contains("was changed there"))
            .await;
        user.type_text("xx").await;
        user.see("the list", |text| text.contains("rows")).await;
        assert_eq!(fs::read(&notes).unwrap(), b"theirs");
        user.end().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_are_no_text_are_shown_and_touch_nothing() {
    let server = server().await;
    let there = tempfile::tempdir().unwrap();
    for name in [
        &b"new\nline"[..],
        b"esc\x1b[2J",
        b"bad\xff\xfe",
        "bidi\u{202e}txt".as_bytes(),
        b"-rf",
        b"  ",
    ] {
        fs::write(there.path().join(std::ffi::OsStr::from_bytes(name)), "x").unwrap();
    }
    let pipe = there.path().join("pipe");
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
    fs::File::create(there.path().join("sparse"))
        .unwrap()
        .set_len(3 << 30)
        .unwrap();
    with_workbench(&[(&server, Dialect::Connect)], async |mut user| {
        user.look_into(there.path()).await;
        let text = user
            .see("all of them", |text| text.contains("8 rows") || text.contains("7 rows"))
            .await;
        assert!(text.contains("new\\nline") && text.contains("esc\\u{1b}[2J"), "{text}");
        assert!(!text.contains('\u{202e}') && text.contains("3.0G"), "{text}");
        // Looking at a pipe must not wait for somebody to write to it.
        user.find("pipe").await;
        user.key(Key::Enter).await;
        user.see("why not", |text| {
            text.contains("cannot read") && text.contains("neither a file nor a folder")
        })
        .await;
        user.key(Key::Escape).await;
        user.key(Key::Escape).await;
        user.find("sparse").await;
        user.key(Key::Enter).await;
        user.see("the bytes", |text| text.contains("00000000  00 00")).await;
        user.end().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_stand_still_go_on_and_leave_nothing_behind() {
    let server = server().await;
    let proxy = FaultProxy::start(server.address()).await;
    let mut endpoint = e2b_tui::domain::Endpoint::new(proxy.base_url());
    endpoint.access_token = server.token().cloned();
    let (there, here) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(here.path().join("big"), vec![7; 40_000_000]).unwrap();
    let entries = |folder: &Path| fs::read_dir(folder).unwrap().count();
    let big = here.path().join("big");
    let ended = with_endpoints(vec![endpoint], Services::default(), async |mut user| {
        user.look_into(there.path()).await;
        proxy.set(Faults {
            delay: Duration::from_millis(2),
            ..Faults::default()
        });
        user.type_text("U").await;
        user.answer("Upload into", 2, big.to_str().unwrap()).await;
        user.see("progress", |text| text.contains("of 38M")).await;
        user.type_text("p").await;
        user.see("it stand still", |text| text.contains("paused")).await;
        user.type_text("p").await;
        user.see("it go on", |text| text.contains("of 38M") && !text.contains("paused"))
            .await;
        user.type_text("x").await;
        user.see("its end", |text| text.contains("stopped after 0 files")).await;
        assert_eq!(entries(there.path()), 0, "something is left of what was stopped");
        user.type_text("U").await;
        user.answer("Upload into", 2, big.to_str().unwrap()).await;
        user.see("a beginning", |text| text.contains("of 38M")).await;
        while entries(there.path()) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        user.command('d').await;
        user.see("the question", |text| text.contains("What is unfinished is lost"))
            .await;
        proxy.heal();
        user.type_text("y").await;
    })
    .await;
    assert_eq!(
        (ended.code, entries(there.path())),
        (0, 0),
        "something is left of what was under way"
    );
}

/// A tar archive with an entry of five gibibytes in the middle, which nobody has to read to see what is behind it.
fn large_tar(path: &Path) {
    let mut file = fs::File::create(path).unwrap();
    let header = |name: &str, size: u64| {
        let mut header = tar::Header::new_gnu();
        header.set_path(name).unwrap();
        header.set_size(size);
        header.set_mode(0o644);
        header.set_cksum();
        header
    };
    file.write_all(header("first", 0).as_bytes()).unwrap();
    file.write_all(header("large", 5 << 30).as_bytes()).unwrap();
    file.seek(SeekFrom::Current(5 << 30)).unwrap();
    file.write_all(header("behind", 0).as_bytes()).unwrap();
    file.write_all(&[0; 1024]).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn archives_are_listed_and_files_go_to_another_sandbox() {
    let (one, other) = (server().await, server().await);
    let (there, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    large_tar(&there.path().join("backup.bin"));
    fs::create_dir(there.path().join("sub")).unwrap();
    fs::write(there.path().join("sub/inner"), "inner").unwrap();
    let servers = [(&one, Dialect::Connect), (&other, Dialect::GrpcWeb)];
    with_workbench(&servers, async |mut user| {
        user.look_into(there.path()).await;
        user.find("backup.bin").await;
        user.key(Key::Enter).await;
        let text = user.see("the list", |text| text.contains("behind")).await;
        assert!(text.contains("5.0G") && text.contains("tar, 3 entries"), "{text}");
        user.key(Key::Escape).await;
        user.key(Key::Escape).await;
        user.find("sub").await;
        user.type_text("C").await;
        user.type_text("c").await;
        let erase = there.path().join("sub").to_str().unwrap().len();
        let to = format!("box1:{}/", elsewhere.path().display());
        user.answer("Copy to", erase, &to).await;
        holds(&elsewhere.path().join("sub/inner"), b"inner").await;
        user.see("the end", |text| text.contains("1 files, 5B")).await;
        user.end().await;
    })
    .await;
}

/// As many files as a panel shows, and a few more: the list is there, says what is left out, and is no slower for each
/// file than a short one by more than a few times.
#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_files_in_one_folder_are_listed() {
    let server = server().await;
    let place = tempfile::tempdir().unwrap();
    let folder = |name: &str, count: usize| {
        let folder = place.path().join(name);
        fs::create_dir(&folder).unwrap();
        // Names for the same few files: quicker made than files, and listed alike.
        for number in 0..count {
            let original = place.path().join(format!("original-{}", number / 30_000));
            if !original.exists() {
                fs::write(&original, "x").unwrap();
            }
            fs::hard_link(original, folder.join(format!("file-{number:06}"))).unwrap();
        }
        folder
    };
    let (few, many) = (folder("few", 10_000), folder("many", 100_003));
    with_workbench(&[(&server, Dialect::Connect)], async |mut user| {
        user.see("a prompt", |text| text.contains("ready>")).await;
        user.look_into(&few).await;
        user.see("the short list", |text| text.contains("10000 rows")).await;
        user.type_text("z").await;
        user.key(Key::Escape).await;
        user.look_into(&many).await;
        let text = user.see("the long list", |text| text.contains("100000 rows")).await;
        assert!(text.contains("3 more are not shown"), "{text}");
        user.type_text("G").await;
        user.see("the end", |text| text.contains("/100000")).await;
        user.type_text("/=file-077777").await;
        user.see("the one", |text| {
            text.contains("1 rows") && text.contains("file-077777")
        })
        .await;
        user.end().await;
    })
    .await;
    let mut endpoint = e2b_tui::domain::Endpoint::new(server.base_url());
    endpoint.access_token = server.token().cloned();
    let client = e2b_tui::envd::EnvdClient::new(&endpoint).unwrap();
    let list = async |folder: &Path| {
        let began = Instant::now();
        let count = client.list_dir(folder.to_str().unwrap(), 1).await.unwrap().len();
        (count, began.elapsed())
    };
    let ((few, short), (many, long)) = (list(&few).await, list(&many).await);
    println!("{few} files: {short:?}, {many} files: {long:?}");
    assert_eq!((few, many), (10_000, 100_003));
    assert!(long < short * 60, "{long:?} for {many} files, {short:?} for {few}");
}
