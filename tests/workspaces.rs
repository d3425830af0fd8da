//! Leaving and coming back: a workbench that is left saves its workspace, and the next one takes up the same programs.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop loudly")]

use std::collections::BTreeMap;
use std::future::Future;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use e2b_tui::app::{KeepOptions, Options, TakeUp, TakeUpTarget};
use e2b_tui::config::WorkspaceFile;
use e2b_tui::domain::{Endpoint, GridSize, ProgramSpec, Target, TargetId};
use e2b_tui::envd::EnvdClient;
use e2b_tui::host::{HeadlessScreen, HostEvent, ScreenText};
use e2b_tui::keys::{Chord, Key};
use e2b_tui::local_envd::{LocalEnvd, LocalEnvdOptions};
use e2b_tui::runtime::{KeepPlaces, OUTSIDE_EVENTS, OutsideEvent, Services, Workbench, run};
use e2b_tui::theme::Theme;
use tokio::sync::mpsc;

/// Long, because the machine may be busy; nothing waits for it unless something is wrong.
const PATIENCE: Duration = Duration::from_secs(30);

struct User {
    keys: mpsc::Sender<OutsideEvent>,
    screen: ScreenText,
}

impl User {
    async fn press(&self, chord: Chord) {
        self.keys.send(OutsideEvent::Host(HostEvent::Key(chord))).await.unwrap();
    }

    async fn type_text(&self, text: &str) {
        for letter in text.chars() {
            match letter {
                '\n' => self.press(Chord::plain(Key::Enter)).await,
                _ => self.press(Chord::char(letter)).await,
            }
        }
    }

    async fn command(&self, letter: char) {
        self.press(Chord::ctrl('b')).await;
        self.press(Chord::char(letter)).await;
    }

    /// By its name, through the palette.
    async fn act(&mut self, name: &str) {
        self.command(':').await;
        self.see("the palette", |text| text.contains("Commands")).await;
        self.type_text(name).await;
        self.press(Chord::plain(Key::Enter)).await;
    }

    async fn see(&mut self, what: &str, is_so: impl Fn(&str) -> bool) {
        let seen = self.screen.wait_for(|lines| is_so(&lines.join("\n")));
        let is_seen = matches!(tokio::time::timeout(PATIENCE, seen).await, Ok(Ok(_)));
        assert!(
            is_seen,
            "waited in vain for {what}:\n{}",
            self.screen.borrow().join("\n")
        );
    }
}

fn target() -> Target {
    let mut shell = ProgramSpec::new("/bin/sh", ["-i"]).for_terminal();
    shell.envs.insert("PS1".to_owned(), "ready>".to_owned());
    Target::new(TargetId(0), "box", shell)
}

/// One run of the workbench on the server, keeping things in the folder.
async fn a_run<Script>(
    server: &LocalEnvd,
    folder: &Path,
    (run_name, take_up): (&str, Option<TakeUp>),
    script: impl FnOnce(User) -> Script,
) where
    Script: Future<Output = ()>,
{
    let mut endpoint = Endpoint::new(server.base_url());
    endpoint.access_token = server.token().cloned();
    let (surface, screen) = HeadlessScreen::new(Arc::new(Mutex::new(GridSize::new(100, 30)))).unwrap();
    let (keys, outside) = mpsc::channel(OUTSIDE_EVENTS);
    let workbench = run(Workbench {
        surface,
        outside,
        targets: if take_up.is_some() { Vec::new() } else { vec![target()] },
        clients: BTreeMap::from([(TargetId(0), EnvdClient::new(&endpoint).unwrap())]),
        services: Services {
            places: KeepPlaces {
                hint_seen: None,
                recordings: Some(folder.join("recordings")),
                saved: Some(folder.join("saved")),
                workspaces: Some(folder.join("workspaces")),
                unfinished: Some(folder.join("unfinished")),
                record_input: false,
                runs: vec![run_name.to_owned()],
            },
            ..Services::default()
        },
        options: Options {
            keeping: KeepOptions {
                run: Some(run_name.to_owned()),
                save_screens: true,
                take_up: take_up.map(Box::new),
                ..KeepOptions::default()
            },
            ..Options::default()
        },
        theme: Theme::dark(),
        clipboard: e2b_tui::host::ClipboardWay::Off,
    });
    let user = User { keys, screen };
    let (ended, ()) = tokio::join!(tokio::time::timeout(PATIENCE * 2, workbench), script(user));
    ended.unwrap();
}

fn last(folder: &Path) -> WorkspaceFile {
    let path = folder.join("workspaces/last.toml");
    assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    assert_eq!(
        std::fs::metadata(folder.join("workspaces")).unwrap().mode() & 0o777,
        0o700
    );
    WorkspaceFile::parse(&std::fs::read_to_string(path).unwrap(), "last").unwrap()
}

fn plan(file: WorkspaceFile, is_asked: bool) -> TakeUp {
    TakeUp {
        targets: vec![TakeUpTarget {
            name: "box".to_owned(),
            found: vec![target()],
        }],
        file,
        offer: is_asked.then(|| vec!["box: sh".to_owned()]),
        left_out: Vec::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_is_taken_up_with_the_same_programs() {
    let server = LocalEnvd::start(LocalEnvdOptions::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    a_run(&server, folder, ("one", None), async |mut user| {
        user.see("a prompt", |text| text.contains("ready>")).await;
        user.type_text("mine=kept; echo before$((1 + 1))\n").await;
        user.see("the answer", |text| text.contains("before2")).await;
        user.command('%').await;
        user.see("two panes", |text| {
            text.contains('┬') && text.matches("ready>").count() > 2
        })
        .await;
        user.command('d').await;
    })
    .await;
    let file = last(folder);
    assert_eq!(file.run.as_deref(), Some("one"));
    assert_eq!((file.tabs.len(), file.tabs[0].layout.as_deref()), (1, Some("{1 2}")));
    assert!(file.panes().all(|pane| pane.pid.is_some() && pane.tag.is_some()));

    a_run(
        &server,
        folder,
        ("two", Some(plan(file.clone(), true))),
        async |mut user| {
            user.see("the question", |text| text.contains("Take it up?")).await;
            user.type_text("y").await;
            user.see("what was shown before", |text| {
                text.contains('┬') && text.contains("before2") && text.contains("taken up")
            })
            .await;
            user.command('o').await;
            user.type_text("echo $mine$((2 + 2))\n").await;
            user.see("the same shell", |text| text.contains("kept4")).await;
            user.command('d').await;
        },
    )
    .await;
    let pids = |file: &WorkspaceFile| file.panes().map(|pane| pane.pid).collect::<Vec<_>>();
    assert_eq!(pids(&last(folder)), pids(&file), "still the same programs");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_is_gone_says_so_and_can_be_started_again_in_its_directory() {
    let server = LocalEnvd::start(LocalEnvdOptions::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let text = "[[tabs]]\n[[tabs.panes]]\ntarget = \"box\"\ncwd = \"/tmp\"\npid = 4194303\ntag = \"e2b-tui-none.1\"\n";
    let file = WorkspaceFile::parse(text, "w").unwrap();
    a_run(
        &server,
        folder.path(),
        ("run", Some(plan(file, false))),
        async |mut user| {
            user.see("that it is gone", |text| {
                text.contains("no longer known") || text.contains("not found")
            })
            .await;
            user.command('R').await;
            user.see("a prompt", |text| text.contains("ready>")).await;
            user.type_text("echo in:$(pwd):\n").await;
            user.see("its directory", |text| text.contains("in:/tmp:")).await;
            user.type_text("exit\n").await;
        },
    )
    .await;
    assert!(
        !folder.path().join("workspaces/last.toml").exists(),
        "nothing is left to be taken up"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_with_the_same_number_is_not_joined() {
    let server = LocalEnvd::start(LocalEnvdOptions::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    a_run(&server, folder, ("one", None), async |mut user| {
        user.see("a prompt", |text| text.contains("ready>")).await;
        user.command('d').await;
    })
    .await;
    let mut file = last(folder);
    file.tabs[0].panes[0].tag = Some("e2b-tui-other.1".to_owned());
    a_run(&server, folder, ("two", Some(plan(file, false))), async |mut user| {
        user.see("a refusal", |text| text.contains("no longer known")).await;
        user.command('d').await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pane_is_recorded_and_its_text_saved() {
    let server = LocalEnvd::start(LocalEnvdOptions::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let token = server.token().cloned().unwrap();
    a_run(&server, folder, ("one", None), async |mut user| {
        user.see("a prompt", |text| text.contains("ready>")).await;
        user.act("record the pane").await;
        user.see("the mark", |text| {
            text.contains("● rec") && text.contains("recording to")
        })
        .await;
        user.type_text("echo shown$((3 * 3))\n").await;
        user.see("the answer", |text| text.contains("shown9")).await;
        user.act("record the pane").await;
        user.see("the end", |text| {
            text.contains("e2b-tui play") && !text.contains("● rec")
        })
        .await;
        user.act("save text").await;
        user.press(Chord::plain(Key::Enter)).await;
        user.see("that it is saved", |text| text.contains("saved to")).await;
        user.command('d').await;
    })
    .await;
    let only = |name: &str| {
        let mut files = std::fs::read_dir(folder.join(name)).unwrap();
        let path = files.next().unwrap().unwrap().path();
        assert!(files.next().is_none());
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        std::fs::read_to_string(path).unwrap()
    };
    let recorded = only("recordings");
    assert!(
        recorded.contains("shown9") && recorded.starts_with("{\"env\""),
        "{recorded}"
    );
    assert!(
        !recorded.contains("\"i\""),
        "what is typed is not recorded unless it is wanted"
    );
    assert!(!recorded.contains(token.expose()));
    assert!(only("saved").contains("shown9"));
}
