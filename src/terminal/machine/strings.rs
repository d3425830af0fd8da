//! Operating system commands: titles, colours, links, directories, clipboard, notifications, prompt marks.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

use super::palette::{Special, parse_color, written};
use super::state::Machine;
use crate::domain::RemoteText;
use crate::terminal::answers::PromptMark;

impl Machine {
    /// Does what a command says, if it is one that we know.
    pub(super) fn obey(&mut self, command: &[u8]) {
        let command = String::from_utf8_lossy(command);
        let (number, rest) = command.split_once(';').unwrap_or((&command, ""));
        match number {
            "0" | "2" => self.outbox.set_title(rest),
            "4" => self.numbered_colors(rest),
            "7" => self.directory_url(rest),
            "8" => self.set_link(rest),
            "9" => self.console_command(rest),
            "10" => self.special_colors(rest, 0),
            "11" => self.special_colors(rest, 1),
            "12" => self.special_colors(rest, 2),
            "52" => self.clipboard(rest),
            "99" => self.kitty_notification(rest),
            "104" => self.reset_numbered_colors(rest),
            "110" => self.palette.set_special(Special::Foreground, None),
            "111" => self.palette.set_special(Special::Background, None),
            "112" => self.palette.set_special(Special::Cursor, None),
            "133" => self.prompt_mark(rest),
            "633" => self.editor_mark(rest),
            "777" => {
                if let Some((title, body)) = rest.strip_prefix("notify;").and_then(|rest| rest.split_once(';')) {
                    self.outbox.notify(title, body);
                }
            }
            "1337" => {
                if let Some(path) = rest.strip_prefix("CurrentDir=") {
                    self.outbox.directory(RemoteText::new(path));
                }
            }
            _ => {}
        }
    }

    /// Pairs of a number and a colour or a question mark.
    fn numbered_colors(&mut self, pairs: &str) {
        let mut parts = pairs.split(';');
        while let (Some(number), Some(color)) = (parts.next(), parts.next()) {
            let Ok(index) = number.parse::<u8>() else {
                continue;
            };
            if color == "?" {
                let color = written(self.palette.numbered(index));
                self.outbox.reply(format!("\x1b]4;{index};{color}\x1b\\"));
            } else if let Some(color) = parse_color(color) {
                self.palette.set(index, Some(color));
            }
        }
    }

    fn reset_numbered_colors(&mut self, numbers: &str) {
        if numbers.is_empty() {
            self.palette.reset_numbered();
        }
        for index in numbers.split(';').filter_map(|number| number.parse::<u8>().ok()) {
            self.palette.set(index, None);
        }
    }

    /// Colours or question marks for text, background and cursor, beginning with one of them.
    fn special_colors(&mut self, colors: &str, first: usize) {
        let specials = [Special::Foreground, Special::Background, Special::Cursor];
        for (number, (special, color)) in specials
            .into_iter()
            .enumerate()
            .skip(first)
            .zip(colors.split(';'))
            .map(|((number, special), color)| (number + 10, (special, color)))
        {
            if color == "?" {
                let color = written(self.palette.special(special));
                self.outbox.reply(format!("\x1b]{number};{color}\x1b\\"));
            } else if let Some(color) = parse_color(color) {
                self.palette.set_special(special, Some(color));
            }
        }
    }

    fn directory_url(&mut self, url: &str) {
        let Some(rest) = url
            .strip_prefix("file://")
            .or_else(|| url.strip_prefix("kitty-shell-cwd://"))
        else {
            return;
        };
        if let Some(at) = rest.find('/') {
            let path = percent_decode_str(&rest[at..]).decode_utf8_lossy().into_owned();
            self.outbox.directory(RemoteText::new(path));
        }
    }

    /// `parameters;target`; an empty target ends the link.
    fn set_link(&mut self, rest: &str) {
        let Some((parameters, target)) = rest.split_once(';') else {
            return;
        };
        let name = parameters
            .split(':')
            .find_map(|parameter| parameter.strip_prefix("id="));
        let name: String = name.unwrap_or("").chars().take(256).collect();
        self.pen.link = if target.is_empty() || target.len() > self.limits.link_bytes {
            None
        } else {
            self.extras.link(target, &name, self.limits.links)
        };
        self.mark_pen();
    }

    /// A notification, or one of the commands that another console has put under the same number.
    fn console_command(&mut self, rest: &str) {
        if let Some(path) = rest.strip_prefix("9;") {
            self.outbox.directory(RemoteText::new(path.trim_matches('"')));
            return;
        }
        let is_console_command = rest.split(';').next().is_some_and(|first| {
            rest.contains(';') && !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_digit())
        });
        if !is_console_command && !rest.is_empty() {
            self.outbox.notify("", rest);
        }
    }

    /// `which;data`. Reading is refused without a word; what is written waits for the user's consent.
    fn clipboard(&mut self, rest: &str) {
        let Some((_, data)) = rest.split_once(';') else {
            return;
        };
        if data == "?" {
            return;
        }
        if let Ok(bytes) = STANDARD.decode(data)
            && let Ok(text) = String::from_utf8(bytes)
            && !text.is_empty()
        {
            self.outbox.clipboard(RemoteText::new(text));
        }
    }

    /// `metadata;payload`; only plain one-piece notes, of which the payload is the title.
    fn kitty_notification(&mut self, rest: &str) {
        let Some((metadata, payload)) = rest.split_once(';') else {
            return;
        };
        let value = |wanted: &str| {
            metadata.split(':').find_map(|pair| {
                pair.split_once('=')
                    .filter(|(key, _)| *key == wanted)
                    .map(|(_, value)| value)
            })
        };
        let text = if value("e") == Some("1") {
            STANDARD
                .decode(payload)
                .ok()
                .and_then(|bytes| String::from_utf8(bytes).ok())
        } else {
            Some(payload.to_owned())
        };
        match (value("p").unwrap_or("title"), text) {
            ("title", Some(text)) if !text.is_empty() => self.outbox.notify(&text, ""),
            ("body", Some(text)) if !text.is_empty() => self.outbox.notify("", &text),
            _ => {}
        }
    }

    /// The marks that shells put around their prompts.
    fn prompt_mark(&mut self, rest: &str) {
        let mut parts = rest.split(';');
        let mark = match parts.next() {
            Some("A" | "N") => PromptMark::PromptStart,
            Some("B" | "I") => PromptMark::InputStart,
            Some("C") => PromptMark::OutputStart,
            Some("D") => PromptMark::CommandEnd(parts.next().and_then(|code| code.parse().ok())),
            _ => return,
        };
        let line = self.grid.cursor_line();
        self.outbox.prompt(mark, line);
    }

    /// The same marks as one editor spells them, with properties between.
    fn editor_mark(&mut self, rest: &str) {
        if let Some(path) = rest.strip_prefix("P;Cwd=") {
            self.outbox.directory(RemoteText::new(path));
        } else {
            self.prompt_mark(rest);
        }
    }
}
