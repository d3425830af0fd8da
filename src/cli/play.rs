//! `play`: a recording on the user's terminal, through our own emulator. Nothing of the file reaches the terminal as it is.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::app::{AfterPlayerKey, Player};
use crate::domain::{CastEvent, CastHeader, Failure, FailureKind, RemoteText};
use crate::host::{HostEvent, Surface, TerminalScreen};
use crate::runtime::{EndSignal, OutsideEvent, host_cursor, listen_outside};
use crate::startup::Context;
use crate::ui;

use super::arguments::PlayArguments;
use super::workbench::refuse_unfit_terminal;

/// No line of a recording is longer.
const LONGEST_LINE: u64 = 32 << 20;
/// Events that are taken in before keys are looked at again.
const AT_ONCE: usize = 64;

/// Plays a file and answers the exit code.
pub(super) async fn run(context: &Context, of: PlayArguments) -> Result<u8, Failure> {
    let mut file = Recording::open(&of.file)?;
    refuse_unfit_terminal(|name| std::env::var(name).ok())?;
    let idle_limit = (of.idle_limit > 0.0).then(|| Duration::from_secs_f64(of.idle_limit));
    let mut player = Player::new(&file.header, of.speed, idle_limit);
    let theme = context
        .themes()
        .remove(context.settings.look.theme_on(false))
        .unwrap_or_else(crate::theme::Theme::dark);
    let (mut outside, _) = listen_outside(Vec::new())?;
    let mut surface = TerminalScreen::enter(false, context.settings.look.colors.depth, |name| {
        std::env::var(name).ok()
    })
    .map_err(|error| Failure::new(FailureKind::Usage, "the terminal cannot be used").because(error.to_string()))?;
    let gone = |error: std::io::Error| {
        Failure::new(FailureKind::Internal, "the terminal cannot be drawn on").because(error.to_string())
    };
    let mut before = Instant::now();
    loop {
        let time = before.elapsed();
        before += time;
        let mut is_behind = player.advance(time);
        for _ in 0..AT_ONCE {
            if player.is_hungry() {
                player.feed(file.next_event()?);
            }
            is_behind = player.advance(Duration::ZERO);
            if !is_behind {
                break;
            }
        }
        surface
            .draw(|frame| ui::draw_player(frame, &player, &theme).map(host_cursor))
            .map_err(gone)?;
        let wait = if is_behind { Some(Duration::ZERO) } else { player.wait() };
        let event = tokio::select! {
            biased;
            event = outside.recv() => event,
            () = sleep(wait) => continue,
        };
        match event {
            Some(OutsideEvent::Host(HostEvent::Key(chord))) => {
                // What went by until the key belongs to the time before it.
                let time = before.elapsed();
                before += time;
                player.advance(time);
                if player.press(&chord) == AfterPlayerKey::Leave {
                    return Ok(0);
                }
            }
            Some(OutsideEvent::Continued) => surface.enter_again().map_err(gone)?,
            Some(OutsideEvent::End(signal)) => return Ok(signal.exit_code()),
            Some(_) => {}
            None => return Ok(EndSignal::Hangup.exit_code()),
        }
    }
}

async fn sleep(wait: Option<Duration>) {
    match wait {
        Some(wait) => tokio::time::sleep(wait).await,
        None => std::future::pending().await,
    }
}

/// A recording that is read line by line.
struct Recording {
    shown: String,
    header: CastHeader,
    lines: BufReader<File>,
}

impl Recording {
    fn open(path: &Path) -> Result<Self, Failure> {
        let shown = RemoteText::new(path.display().to_string()).escaped();
        let file = File::open(path).map_err(|error| {
            let kind = match error.kind() {
                std::io::ErrorKind::NotFound => FailureKind::NotFound,
                _ => FailureKind::Usage,
            };
            Failure::new(kind, format!("cannot read {shown}")).because(error.to_string())
        })?;
        let mut lines = BufReader::new(file);
        let first = read_line(&mut lines, &shown)?.unwrap_or_default();
        let header = CastHeader::parse(&first).map_err(|why| {
            Failure::new(
                FailureKind::Usage,
                format!("{shown} is no recording that can be played"),
            )
            .because(why)
        })?;
        Ok(Self { shown, header, lines })
    }

    /// The next event; lines that are none are passed over.
    fn next_event(&mut self) -> Result<Option<CastEvent>, Failure> {
        while let Some(line) = read_line(&mut self.lines, &self.shown)? {
            if let Some(event) = CastEvent::parse(&line) {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }
}

fn read_line(lines: &mut BufReader<File>, shown: &str) -> Result<Option<String>, Failure> {
    let refuse = |why: &str| Failure::new(FailureKind::Usage, format!("cannot read {shown} any further")).because(why);
    let mut line = Vec::new();
    let count = lines.take(LONGEST_LINE).read_until(b'\n', &mut line);
    let count = count.map_err(|error| refuse(&error.to_string()))?;
    if count as u64 == LONGEST_LINE {
        return Err(refuse("a line of it is too long"));
    }
    Ok((count > 0).then(|| String::from_utf8_lossy(&line).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_are_no_events_are_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.cast");
        let header = "{\"version\":2,\"width\":9,\"height\":3}\n";
        std::fs::write(&path, format!("{header}nonsense\n\n[0,\"o\",\"x\"]\n\u{1b}[2J\n")).unwrap();
        let mut file = Recording::open(&path).unwrap();
        assert!(file.next_event().unwrap().is_some());
        assert!(file.next_event().unwrap().is_none());
        std::fs::write(&path, "{}\n").unwrap();
        assert!(Recording::open(&path).is_err());
        assert!(Recording::open(folder.path()).is_err());
    }
}
