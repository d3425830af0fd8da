//! Files that somebody else may have written: recordings, settings, themes, workspaces; and frames from the network.

use std::time::Duration;

use e2b_tui::app::Player;
use e2b_tui::config::{ConfigFile, ThemeFile, WorkspaceFile};
use e2b_tui::domain::{CastEvent, CastHeader, RemoteText};
use e2b_tui::keys::Chord;
use e2b_tui::wire::frames::{Frame, FrameReader};

use super::checks::check;

/// The first byte says what the rest is.
pub fn files(data: &[u8]) {
    let Some((kind, rest)) = data.split_first() else { return };
    if kind % 6 == 5 {
        frames(rest);
        return;
    }
    let text = String::from_utf8_lossy(rest);
    match kind % 6 {
        0 => recording(&text),
        1 => {
            let own = ["mine".to_owned()];
            if let Err(error) = ConfigFile::parse_with(&text, "config.toml", &own) {
                assert!(!error.problems.is_empty());
                shown(&error.to_string());
            }
        }
        2 => {
            let known = (&["dark", "light"][..], &["text", "border"][..]);
            if let Err(error) = ThemeFile::parse(&text, "theme.toml", known) {
                shown(&error.to_string());
            }
        }
        3 => workspace(&text),
        _ => shown(&RemoteText::new(text).escaped()),
    }
}

/// What reaches the user's terminal does not act on it.
fn shown(text: &str) {
    let acts = |letter: char| letter.is_control() && letter != '\n';
    assert!(!text.contains(acts), "{text:?}");
}

fn recording(text: &str) {
    let mut lines = text.lines();
    let header = match CastHeader::parse(lines.next().unwrap_or("")) {
        Ok(header) => header,
        Err(why) => return shown(&why),
    };
    assert_eq!(CastHeader::parse(&header.line()).as_ref(), Ok(&header));
    if u32::from(header.size.cols()) * u32::from(header.size.rows()) > 10_000 {
        return;
    }
    let mut player = Player::new(&header, 16.0, Some(Duration::from_secs(1)));
    for line in lines {
        if let Some(event) = CastEvent::parse(line) {
            player.feed(Some(event));
        }
        let _ = player.wait();
        player.press(&Chord::char(char::from(line.len() as u8 & 0x7f)));
        player.advance(Duration::from_millis(100));
        shown(&player.status());
    }
    player.feed(None);
    player.advance(Duration::from_secs(1));
    check(&player.emulator, 10_000);
}

fn workspace(text: &str) {
    match WorkspaceFile::parse(text, "workspace.toml") {
        Ok(workspace) => {
            let again = WorkspaceFile::parse(&workspace.text(), "again.toml");
            assert_eq!(
                again.map(|again| again.text()).ok(),
                Some(workspace.text()),
                "written and read"
            );
        }
        Err(error) => shown(&error.to_string()),
    }
}

/// All frames of a stream, and whether it broke or was left unfinished.
fn read(bytes: &[u8], piece: usize) -> (Vec<Frame>, bool, bool) {
    let mut reader = FrameReader::new(300);
    let mut frames = Vec::new();
    for piece in bytes.chunks(piece) {
        reader.push(piece);
        loop {
            match reader.next_frame() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(_) => return (frames, true, false),
            }
        }
    }
    (frames, false, reader.has_rest())
}

fn frames(bytes: &[u8]) {
    let whole = read(bytes, usize::MAX);
    for piece in [1, 2, 7] {
        assert!(read(bytes, piece) == whole, "cuts change the frames");
    }
    let written: Vec<u8> = whole.0.iter().flat_map(|frame| frame.encode().to_vec()).collect();
    assert!(bytes.starts_with(&written), "written as read");
}
