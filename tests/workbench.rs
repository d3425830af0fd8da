//! The whole program without a terminal: keys in, screen text out, real programs in the embedded sandbox between them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop loudly")]

#[path = "workbench/actions.rs"]
mod actions;
#[path = "workbench/blocks.rs"]
mod blocks;
#[path = "screens/blocks_stage.rs"]
mod blocks_stage;
#[path = "workbench/cases.rs"]
mod cases;
#[path = "workbench/files.rs"]
mod files;
#[path = "screens/files_stage.rs"]
#[expect(dead_code, reason = "the snapshots use the rest of it")]
mod files_stage;
#[path = "workbench/inside.rs"]
mod inside;
#[path = "screens/process_stage.rs"]
#[expect(dead_code, reason = "the snapshots use the rest of it")]
mod process_stage;
#[path = "screens/stage.rs"]
#[expect(dead_code, reason = "the snapshots use the rest of it")]
mod stage;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use e2b_tui::app::Options;
use e2b_tui::domain::{Dialect, Endpoint, GridSize, ProgramSpec, Target, TargetId};
use e2b_tui::envd::EnvdClient;
use e2b_tui::host::{HeadlessScreen, HostEvent, ScreenText};
use e2b_tui::keys::{Chord, Key};
use e2b_tui::local_envd::{LocalEnvd, LocalEnvdOptions};
use e2b_tui::runtime::{Ended, OUTSIDE_EVENTS, OutsideEvent, Services, Workbench, run};
use e2b_tui::theme::Theme;
use tokio::sync::mpsc;

/// Long, because the machine may be busy; nothing waits for it unless something is wrong.
const PATIENCE: Duration = Duration::from_secs(30);

/// The hands and eyes of a user.
struct User {
    keys: mpsc::Sender<OutsideEvent>,
    size: Arc<Mutex<GridSize>>,
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

    /// The prefix, then a key.
    async fn command(&self, letter: char) {
        self.press(Chord::ctrl('b')).await;
        self.press(Chord::char(letter)).await;
    }

    async fn resize(&self, cols: u16, rows: u16) {
        *self.size.lock().unwrap() = GridSize::new(cols, rows);
        self.keys.send(OutsideEvent::Resized).await.unwrap();
    }

    async fn see(&mut self, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        let seen = self.screen.wait_for(|lines| is_so(&lines.join("\n")));
        let seen = tokio::time::timeout(PATIENCE, seen)
            .await
            .map(|lines| lines.unwrap().join("\n"));
        assert!(
            seen.is_ok(),
            "waited in vain for {what}:\n{}",
            self.screen.borrow().join("\n")
        );
        seen.unwrap()
    }
}

/// Opens a workbench on the servers and lets `script` use it. Answers what the workbench ended with.
async fn with_workbench<Script>(servers: &[(&LocalEnvd, Dialect)], script: impl FnOnce(User) -> Script) -> Ended
where
    Script: Future<Output = ()>,
{
    Box::pin(with_services(servers, Services::default(), script)).await
}

/// The same with others to be asked.
async fn with_services<Script>(
    servers: &[(&LocalEnvd, Dialect)],
    services: Services,
    script: impl FnOnce(User) -> Script,
) -> Ended
where
    Script: Future<Output = ()>,
{
    let endpoints = servers.iter().map(|(server, dialect)| {
        let mut endpoint = Endpoint::new(server.base_url());
        endpoint.access_token = server.token().cloned();
        endpoint.dialect = *dialect;
        endpoint
    });
    Box::pin(with_endpoints(endpoints.collect(), services, script)).await
}

/// The same with sandboxes that are reached in other ways.
async fn with_endpoints<Script>(
    endpoints: Vec<Endpoint>,
    services: Services,
    script: impl FnOnce(User) -> Script,
) -> Ended
where
    Script: Future<Output = ()>,
{
    let mut targets = Vec::new();
    let mut clients = BTreeMap::new();
    for (number, endpoint) in (0..).zip(endpoints) {
        let id = TargetId(number);
        clients.insert(id, EnvdClient::new(&endpoint).unwrap());
        let mut shell = ProgramSpec::new("/bin/sh", ["-i"]).for_terminal();
        shell.envs.insert("PS1".to_owned(), "ready>".to_owned());
        targets.push(Target::new(id, format!("box{number}"), shell));
    }
    let size = Arc::new(Mutex::new(GridSize::new(100, 30)));
    let (surface, screen) = HeadlessScreen::new(Arc::clone(&size)).unwrap();
    let (keys, outside) = mpsc::channel(OUTSIDE_EVENTS);
    let workbench = Box::pin(run(Workbench {
        surface,
        outside,
        targets,
        clients,
        services,
        options: Options::default(),
        theme: Theme::dark(),
        clipboard: e2b_tui::host::ClipboardWay::Off,
    }));
    let user = User { keys, size, screen };
    let (ended, ()) = tokio::join!(tokio::time::timeout(PATIENCE * 2, workbench), Box::pin(script(user)));
    ended.unwrap()
}

async fn server() -> LocalEnvd {
    LocalEnvd::start(LocalEnvdOptions::default()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn typing_splitting_resizing_and_leaving_in_every_dialect() {
    let server = server().await;
    for dialect in Dialect::ALL {
        let ended = with_workbench(&[(&server, dialect)], async |mut user| {
            user.see("a prompt", |text| text.contains("ready>")).await;
            user.type_text("echo $((6 * 7))x\n").await;
            user.see("the answer", |text| text.contains("42x")).await;
            user.command('%').await;
            user.see("two panes", |text| text.contains('┬')).await;
            user.type_text("echo right$((1 + 1)); tty\n").await;
            user.see("the right pane", |text| text.contains("right2")).await;
            user.resize(60, 12).await;
            let script = "until [ \"$(stty size)\" = '8 29' ]; do :; done; echo now$(stty size)\n";
            user.type_text(script).await;
            user.see("the new size", |text| text.contains("now8 29")).await;
            user.type_text("exit\n").await;
            user.see("one pane", |text| !text.contains('┬')).await;
            user.type_text("exit\n").await;
        })
        .await;
        assert_eq!(ended.code, 0, "{dialect}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn vim_opens_takes_text_and_quits() {
    let server = server().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("new.txt");
    let ended = with_workbench(&[(&server, Dialect::Connect)], async |mut user| {
        user.see("a prompt", |text| text.contains("ready>")).await;
        user.type_text(&format!("vim -u NONE -i NONE {}\n", file.display()))
            .await;
        user.see("vim", |text| text.matches("│~").count() > 10).await;
        user.type_text("iwide 日本 text").await;
        user.press(Chord::plain(Key::Escape)).await;
        user.see("the text", |text| text.contains("wide") && text.contains('日'))
            .await;
        user.type_text(":wq\n").await;
        user.see("the prompt", |text| !text.contains("│~")).await;
        user.type_text("exit\n").await;
    })
    .await;
    assert_eq!(ended.code, 0);
    assert_eq!(std::fs::read_to_string(file).unwrap(), "wide 日本 text\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_runs_on_all_sandboxes_and_equal_answers_are_one() {
    let (one, odd, three) = (server().await, server().await, server().await);
    let servers = [&one, &odd, &three].map(|server| (server, Dialect::Connect));
    let ended = with_workbench(&servers, async |mut user| {
        user.see("a prompt, and the load of the sandbox in front", |text| {
            text.contains("ready>") && text.contains(" cpu ") && text.contains("% mem ")
        })
        .await;
        user.command('g').await;
        user.press(Chord::char('r')).await;
        user.see("whom it is for", |text| {
            text.contains("Run in 3 sandboxes: box0, box1, box2")
        })
        .await;
        let command = format!(
            "echo same; case $E2B_SANDBOX_ID in {}) echo odd; exit 3;; *) echo even;; esac\n",
            odd.sandbox_id()
        );
        user.type_text(&command).await;
        user.see("two answers", |text| {
            text.contains("2 sandboxes: box0, box2") && text.contains("exit 3") && text.contains("3 answered in")
        })
        .await;
        user.type_text("j\n").await;
        user.see("what differs", |text| {
            text.contains("what differs from the most common answer") && text.contains("-even") && text.contains("+odd")
        })
        .await;
        user.type_text("d").await;
        user.see("the whole answer", |text| {
            !text.contains("-even") && text.contains("odd")
        })
        .await;
        user.type_text("qq").await;

        // A command that does not end: progress, and ctrl-c ends it everywhere.
        user.command('g').await;
        user.type_text("rexec sleep 600\n").await;
        user.see("who is waited for", |text| {
            text.contains("0 of 3 answered") && text.contains("waiting for box0, box1, box2")
        })
        .await;
        for server in [&one, &odd, &three] {
            until_run(server, 1).await;
        }
        user.press(Chord::ctrl('c')).await;
        user.see("that it was given up", |text| {
            text.contains("3 answered in") && text.contains("the command was given up")
        })
        .await;
        for server in [&one, &odd, &three] {
            until_run(server, 0).await;
        }
        user.press(Chord::plain(Key::Escape)).await;
        user.command('d').await;
    })
    .await;
    assert_eq!(ended.code, 0);
}

/// Waits until so many programs without a terminal's shell run in a sandbox.
async fn until_run(server: &LocalEnvd, count: usize) {
    let mut endpoint = Endpoint::new(server.base_url());
    endpoint.access_token = server.token().cloned();
    let client = EnvdClient::new(&endpoint).unwrap();
    let begin = Instant::now();
    loop {
        let listed = client.list_processes().await.unwrap();
        let commands = listed
            .iter()
            .filter(|one| one.program.args.first().is_some_and(|word| word == "-c"));
        if commands.count() == count {
            return;
        }
        assert!(begin.elapsed() < PATIENCE, "waited in vain for {count} commands");
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn several_sandboxes_have_a_tab_each() {
    let (one, other) = (server().await, server().await);
    let servers = [(&one, Dialect::Connect), (&other, Dialect::Grpc)];
    let ended = with_workbench(&servers, async |mut user| {
        user.see("two tabs", |text| {
            text.contains("box0") && text.contains("box1") && text.contains("ready>")
        })
        .await;
        user.type_text("echo id=$E2B_SANDBOX_ID.\n").await;
        user.see("the first sandbox", |text| {
            text.contains(&format!("id={}.", one.sandbox_id()))
        })
        .await;
        user.command('n').await;
        user.see("the second tab", |text| {
            !text.contains("id=") && text.contains("ready>")
        })
        .await;
        user.type_text("echo id=$E2B_SANDBOX_ID.\n").await;
        user.see("the second sandbox", |text| {
            text.contains(&format!("id={}.", other.sandbox_id()))
        })
        .await;
        user.type_text("exit\n").await;
        user.see("the first tab again", |text| {
            text.contains(&format!("id={}.", one.sandbox_id()))
        })
        .await;
        user.type_text("exit\n").await;
    })
    .await;
    assert_eq!(ended.code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_output_does_not_keep_keys_waiting() {
    let server = server().await;
    let ended = with_workbench(&[(&server, Dialect::Connect)], async |mut user| {
        user.see("a prompt", |text| text.contains("ready>")).await;
        user.type_text("yes flood\n").await;
        user.see("the flood", |text| text.matches("flood").count() > 20).await;
        user.press(Chord::ctrl('c')).await;
        user.see("the prompt", |text| text.contains("ready>")).await;
        user.type_text("exit 0\n").await;
    })
    .await;
    assert_eq!(ended.code, 0);
}

/// Each filling of the screen is three bytes long: worked off chunk by chunk they would hold everything up for seconds.
#[tokio::test(flavor = "multi_thread")]
async fn output_that_is_dear_to_show_holds_up_neither_keys_nor_the_other_pane() {
    let server = server().await;
    let ended = with_workbench(&[(&server, Dialect::Connect)], async |mut user| {
        user.see("a prompt", |text| text.contains("ready>")).await;
        user.type_text("yes \"$(printf '\\033#8%.0s' $(seq 2000))\"\n").await;
        user.see("the fillings", |text| text.matches("EEEE").count() > 100)
            .await;
        user.command('%').await;
        user.see("a prompt beside them", |text| text.contains("ready>")).await;
        let began = Instant::now();
        user.type_text("echo $((6 * 7))x\n").await;
        user.see("the answer", |text| text.contains("42x")).await;
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
        println!("from key to screen and back: {:?}", began.elapsed());
        let signal = e2b_tui::runtime::EndSignal::Terminate;
        user.keys.send(OutsideEvent::End(signal)).await.unwrap();
    })
    .await;
    assert_eq!(ended.code, 143);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_to_end_is_obeyed_with_the_programs_left_alone() {
    let server = server().await;
    let mut endpoint = Endpoint::new(server.base_url());
    endpoint.access_token = server.token().cloned();
    let ended = with_workbench(&[(&server, Dialect::Connect)], async |mut user| {
        user.see("a prompt", |text| text.contains("ready>")).await;
        let signal = e2b_tui::runtime::EndSignal::Terminate;
        user.keys.send(OutsideEvent::End(signal)).await.unwrap();
    })
    .await;
    assert_eq!(ended.code, 143);
    let left = EnvdClient::new(&endpoint).unwrap().list_processes().await.unwrap();
    assert_eq!(left.len(), 1, "closing the window must not end the shell");
    let named = format!("sh runs on in box0 (process {})", left[0].pid);
    assert_eq!(ended.left_running, [named]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_that_cannot_be_reached_is_a_state_of_its_pane() {
    let server = server().await;
    let mut endpoint = Endpoint::new("http://127.0.0.1:9");
    endpoint.access_token = server.token().cloned();
    let client = EnvdClient::new(&endpoint).unwrap();
    let size = Arc::new(Mutex::new(GridSize::new(100, 30)));
    let (surface, screen) = HeadlessScreen::new(Arc::clone(&size)).unwrap();
    let (keys, outside) = mpsc::channel(OUTSIDE_EVENTS);
    let target = Target::new(TargetId(0), "far", ProgramSpec::new("sh", [] as [&str; 0]));
    let workbench = run(Workbench {
        surface,
        outside,
        targets: vec![target],
        clients: BTreeMap::from([(TargetId(0), client)]),
        services: Services::default(),
        options: Options::default(),
        theme: Theme::dark(),
        clipboard: e2b_tui::host::ClipboardWay::Off,
    });
    let mut user = User { keys, size, screen };
    let script = async {
        user.see("the reason", |text| text.contains("refused")).await;
        for (cols, rows) in [(1, 1), (3, 2), (20, 5), (200, 60), (40, 10)] {
            user.resize(cols, rows).await;
        }
        drop(user);
    };
    let (ended, ()) = tokio::join!(workbench, script);
    assert_eq!(ended.code, 0);
}
