//! Links that want more than to be looked at: none is opened without a question, and none but http and https ever is.

#![expect(clippy::expect_used, reason = "a test that cannot go on should stop loudly")]

use std::time::Duration;

use bytes::Bytes;
use e2b_tui::app::{Effect, Effects, HostRequest, Message, Model, Options, start, update};
use e2b_tui::domain::{GridSize, Moment, Pid, ProgramSpec, SessionId, SessionNews, Target, TargetId};
use e2b_tui::keys::{Chord, Modifiers, Pointer, PointerButton, PointerKind};

/// The first ones could be opened, after a question; the others never.
const HONEST: [&str; 4] = [
    "http://example.com/",
    "HTTPS://example.com:8443/a?b=c#d",
    "http://a.b/';touch+x;'$(id)`id`",
    "https://localhost:3000/%0d%0a",
];

const HOSTILE: [&str; 40] = [
    "javascript:alert(1)",
    "data:text/html,<script>",
    "file:///etc/passwd",
    "vbscript:x",
    "ssh://-oProxyCommand=id",
    "ssh://user@host",
    "sftp://host/x",
    "telnet://host",
    "man:ls",
    "x-man-page://ls",
    "smb://host/share",
    "ftp://host/x",
    "mailto:a@b.c",
    "tel:123",
    "vscode://file/x",
    "zoommtg://join",
    "steam://run/1",
    "ms-msdt:/id",
    "search-ms:query=x",
    "itms-services://x",
    "intent://x#Intent",
    "about:config",
    "chrome://settings",
    "view-source:http://a.b",
    "blob:http://a.b",
    "http:/a.b",
    "http:a.b",
    "http://",
    "http:///x",
    "http://user:pass@evil.example",
    "http://good.example@evil.example/",
    "http://good.example\\@evil.example",
    "http://\u{430}pple.com",
    "http://a.b:99999/",
    "http://-flag",
    "--help",
    "http ://a.b",
    "http://a.b/ --new-window",
    "xhttp://a.b",
    "http://a..\u{202e}moc",
];

struct Workbench {
    model: Model,
    effects: Effects,
    id: SessionId,
}

impl Workbench {
    fn with(output: &str) -> Self {
        let target = Target::new(TargetId(0), "api", ProgramSpec::new("sh", [] as [&str; 0]));
        let mut workbench = Self {
            model: Model::new(vec![target], Options::default(), GridSize::new(100, 30)),
            effects: Effects::default(),
            id: SessionId(0),
        };
        start(&mut workbench.model, Moment::ZERO, &mut workbench.effects);
        let id = workbench
            .effects
            .take()
            .into_iter()
            .find_map(|effect| match effect {
                Effect::Session(id, _) => Some(id),
                _ => None,
            })
            .expect("a session opens");
        workbench.id = id;
        workbench.send(Message::Session(id, SessionNews::Opened(Pid(7))));
        workbench.print(id, output);
        workbench
    }

    fn print(&mut self, id: SessionId, output: &str) {
        self.send(Message::Session(
            id,
            SessionNews::Output(Bytes::from(output.to_owned())),
        ));
    }

    fn send(&mut self, message: Message) {
        let now = Moment::ZERO.after(Duration::from_secs(1));
        update(&mut self.model, message, now, &mut self.effects);
    }

    fn keys(&mut self, keys: &[Chord]) {
        for key in keys {
            self.send(Message::Key(*key));
        }
    }

    fn opened(&mut self) -> Vec<String> {
        let opened = self.effects.take().into_iter().filter_map(|effect| match effect {
            Effect::Host(HostRequest::OpenWeb(address)) => Some(address.to_string()),
            _ => None,
        });
        opened.collect()
    }
}

fn named(target: &str) -> String {
    format!("\x1b]8;;{target}\x1b\\https://bank.example\x1b]8;;\x1b\\")
}

/// By letter, and by control-click.
fn choose(workbench: &mut Workbench, by_mouse: bool) {
    if by_mouse {
        let press = Pointer {
            kind: PointerKind::Press(PointerButton::Left),
            x: 3,
            y: 2,
            modifiers: Modifiers {
                ctrl: true,
                ..Modifiers::default()
            },
        };
        workbench.send(Message::Pointer(press));
    } else {
        workbench.keys(&[Chord::ctrl('b'), Chord::char('u'), Chord::char('a')]);
    }
}

#[test]
fn an_honest_link_is_opened_after_a_yes_and_not_before() {
    for target in HONEST {
        for by_mouse in [false, true] {
            let mut workbench = Workbench::with(&named(target));
            choose(&mut workbench, by_mouse);
            assert_eq!(workbench.opened(), Vec::<String>::new(), "{target} without a question");
            workbench.keys(&[Chord::char('x'), Chord::char('o')]);
            assert_eq!(workbench.opened(), Vec::<String>::new(), "{target} by other keys");
            workbench.keys(&[Chord::char('y')]);
            let opened = workbench.opened();
            assert_eq!(opened.len(), 1, "{target}");
            assert!(opened[0].starts_with("http://") || opened[0].starts_with("https://"));
            assert!(!opened[0].contains(['\'', '"', '`', ' ', '\\', '<', '>']), "{opened:?}");
        }
    }
}

#[test]
fn no_other_scheme_and_no_disguise_is_opened_whatever_is_pressed() {
    for target in HOSTILE {
        // Named by the program, and merely printed.
        for output in [named(target), format!("{target} x")] {
            for by_mouse in [false, true] {
                let mut workbench = Workbench::with(&output);
                choose(&mut workbench, by_mouse);
                assert_eq!(workbench.opened(), Vec::<String>::new(), "{target:?}");
                workbench.keys(&[Chord::char('y')]);
                for opened in workbench.opened() {
                    // Of what was merely printed, an honest part may be a link of its own.
                    assert!(
                        output.starts_with(target)
                            && (opened.starts_with("http://a.") || opened == "http://good.example"),
                        "{target:?}: {opened}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_program_reaches_the_clipboard_only_when_allowed_and_focused() {
    let write = "\x1b]52;c;aGVsbG8=\x1b\\";
    let copied = |workbench: &mut Workbench| {
        let effects = workbench.effects.take().into_iter();
        effects
            .filter(|effect| matches!(effect, Effect::Host(HostRequest::Copy(_))))
            .count()
    };
    let mut workbench = Workbench::with(write);
    assert_eq!(copied(&mut workbench), 0, "not unless allowed");
    let allow = "clipboard for".chars().map(Chord::char);
    let keys: Vec<Chord> = [Chord::ctrl('b'), Chord::char(':')].into_iter().chain(allow).collect();
    workbench.keys(&keys);
    workbench.keys(&[Chord::plain(e2b_tui::keys::Key::Enter)]);
    let id = workbench.id;
    for (output, has_focus, expected) in [
        (write.to_owned(), true, 1),
        ("\x1b]52;c;?\x1b\\".to_owned(), true, 0),
        (write.to_owned(), false, 0),
        (write.to_owned(), true, 1),
    ] {
        workbench.send(Message::HostFocus(has_focus));
        workbench.effects.take();
        workbench.print(id, &output);
        let effects: Vec<Effect> = workbench.effects.take();
        let writes = effects
            .iter()
            .filter(|effect| matches!(effect, Effect::Host(HostRequest::Copy(_))))
            .count();
        let sent = effects
            .iter()
            .filter(|effect| matches!(effect, Effect::Session(..)))
            .count();
        assert_eq!((writes, sent), (expected, 0), "{output:?} {has_focus}");
    }
}
