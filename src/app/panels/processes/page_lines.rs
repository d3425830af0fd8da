//! What stands on the page about one process, line by line.

use crate::app::panels::panel::Around;
use crate::app::panels::view::{Span, Tone};
use crate::domain::{
    Fact, Pid, ProcessDetails, RemoteText, Secret, Socket, SocketEnds, TICKS_PER_SECOND, short_bytes, short_span, wrap,
};

use super::rows;

/// Cells for what a value is called.
const NAMES: u16 = 13;
/// Lines of a command line near the top of the page.
const COMMAND_LINES: usize = 4;

type Lines = Vec<Vec<Span>>;

/// All lines.
pub(super) fn lines(details: &ProcessDetails, wants_values: bool, around: &Around) -> Lines {
    let mut lines = Page {
        lines: Vec::new(),
        room: around.size.cols().saturating_sub(NAMES).max(8),
    };
    lines.process(details, around);
    lines.places(details);
    lines.sockets(details.process.key.pid, around);
    lines.files(details);
    lines.environment(details, wants_values);
    for (title, facts) in [
        ("Memory", &details.memory),
        ("Scheduling", &details.scheduling),
        ("Input and output", &details.input_output),
        ("Identity", &details.identity),
    ] {
        lines.heading(title);
        for Fact { name, value } in facts {
            lines.pair(&name.escaped(), &value.escaped());
        }
    }
    lines.heading("Limits");
    for limit in &details.limits {
        let value = format!("{} of {} {}", limit.soft, limit.hard, limit.unit);
        lines.pair(&limit.name.escaped(), &value);
    }
    lines.heading("Control groups");
    for group in &details.groups {
        lines.pair("", &group.escaped());
    }
    lines.command(details);
    lines.lines
}

struct Page {
    lines: Lines,
    room: u16,
}

impl Page {
    fn process(&mut self, details: &ProcessDetails, around: &Around) {
        self.heading("Process");
        let process = &details.process;
        let key = process.key;
        let owner = process.owner.as_ref().map_or("unknown".to_owned(), ToString::to_string);
        let parent = around.seen().and_then(|seen| seen.process(process.parent));
        let parent = parent.map_or_else(
            || process.parent.to_string(),
            |parent| format!("{} {}", parent.key, parent.name),
        );
        self.pair("pid", &key.to_string());
        self.pair("parent", &parent);
        self.pair("user", &owner);
        self.pair("state", process.state.word());
        if let Some(seen) = around.seen() {
            let age = seen.age(key);
            self.pair(
                "began",
                &format!("{}, {} ago", rows::start(age, around.now), short_span(age)),
            );
        }
        let share = around.look().and_then(|look| look.cpu().get(&key));
        let share = share.map_or(String::new(), |share| format!("{share:.1}% now, "));
        let spent = short_span(process.cpu_ticks / TICKS_PER_SECOND);
        self.pair("processor", &format!("{share}{spent} in all"));
        self.pair("memory", &short_bytes(process.resident));
        self.pair("threads", &process.threads.to_string());
        let of = match (
            rows::pane_of(key, around),
            around.look().and_then(|look| look.managed(key.pid)),
        ) {
            (Some(pane), _) => format!("pane {}", rows::pane_name(pane, around)),
            (None, Some(managed)) => {
                let tag = managed.program.tag.as_deref().map(RemoteText::new);
                let tag = tag.map(|tag| format!(", tag {tag}")).unwrap_or_default();
                format!("envd{tag}")
            }
            (None, None) => "another program".to_owned(),
        };
        self.pair("started by", &of);
        self.shortened("command", &details.command.to_string());
    }

    fn places(&mut self, details: &ProcessDetails) {
        let places = &details.places;
        for (name, place) in [
            ("directory", &places.directory),
            ("program", &places.executable),
            ("root", &places.root),
        ] {
            let place = place.as_ref().map_or("may not be seen".to_owned(), RemoteText::escaped);
            self.pair(name, &place);
        }
    }

    fn sockets(&mut self, pid: Pid, around: &Around) {
        self.heading("Sockets");
        let Some(sockets) = around.seen().and_then(|seen| seen.sockets.as_ref()) else {
            return self.pair("", "looking…");
        };
        let mut has_some = false;
        for socket in sockets.iter().filter(|socket| socket.holders.contains(&pid)) {
            has_some = true;
            self.pair(socket.protocol.name(), &socket_words(socket));
        }
        if !has_some {
            self.pair("", "none");
        }
    }

    fn files(&mut self, details: &ProcessDetails) {
        self.heading("Open files");
        match &details.files {
            Some(files) => {
                for file in files {
                    self.pair(&file.descriptor.to_string(), &file.target.escaped());
                }
            }
            None => self.pair("", "may not be seen"),
        }
    }

    fn environment(&mut self, details: &ProcessDetails, wants_values: bool) {
        self.heading("Environment");
        match &details.environment {
            _ if !wants_values => self.pair("", "not read: it may hold secrets (e reads and shows it)"),
            None => self.pair("", "may not be seen"),
            Some(variables) => {
                for variable in variables {
                    self.pair(&variable.name.escaped(), &shown(&variable.value));
                }
            }
        }
    }

    fn heading(&mut self, title: &str) {
        if !self.lines.is_empty() {
            self.lines.push(Vec::new());
        }
        self.lines.push(vec![Span::new(title, Tone::Accent)]);
    }

    /// The same with the first lines alone: what follows on the page matters more than the rest of them.
    fn shortened(&mut self, name: &str, value: &str) {
        let before = self.lines.len();
        self.pair(name, value);
        let more = self.lines.len().saturating_sub(before + COMMAND_LINES);
        if more > 1 {
            self.lines.truncate(before + COMMAND_LINES);
            let name = " ".repeat(usize::from(NAMES));
            let text = format!("… {more} more lines at the end of the page (y copies all)");
            self.lines.push(vec![Span::faint(name + &text)]);
        }
    }

    /// The words of a long command line, each for itself.
    fn command(&mut self, details: &ProcessDetails) {
        self.heading("Command line");
        for (index, word) in details.command.words.iter().enumerate() {
            self.pair(&index.to_string(), &word.escaped());
        }
        if details.command.is_cut {
            self.pair("", "… the rest was not read");
        }
    }

    /// A name and its value, on as many lines as that needs.
    fn pair(&mut self, name: &str, value: &str) {
        let mut name = format!("{name:<12} ");
        for line in wrap(value, self.room) {
            self.lines
                .push(vec![Span::faint(std::mem::take(&mut name)), Span::plain(line)]);
            name = " ".repeat(usize::from(NAMES));
        }
        if value.is_empty() {
            self.lines.push(vec![Span::faint(name)]);
        }
    }
}

fn shown(value: &Secret) -> String {
    RemoteText::new(value.expose()).escaped()
}

fn socket_words(socket: &Socket) -> String {
    let state = socket.state.word();
    match &socket.ends {
        SocketEnds::Internet {
            local,
            peer: Some(peer),
        } => format!("{local} → {peer} {state}"),
        SocketEnds::Internet { local, peer: None } => format!("{local} {state}"),
        SocketEnds::Unix(Some(path)) => format!("{path} {state}"),
        SocketEnds::Unix(None) => state.to_owned(),
    }
}
