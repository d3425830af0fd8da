//! Keys, mouse, pastes and focus from the user's terminal, as our own values. Does not know what they mean.

use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyEventKind, KeyEventState, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::input_switch::InputSwitch;
use crate::keys::{Chord, Key, Modifiers, Pointer, PointerButton, PointerKind};

/// One thing that the user's terminal reported. Its size is not among them: the program asks for that itself.
#[derive(Clone, Debug, PartialEq)]
pub enum HostEvent {
    /// A key went down.
    Key(Chord),
    /// The mouse did something.
    Pointer(Pointer),
    /// Text came in one piece.
    Paste(String),
    /// The window got or lost the keyboard.
    Focus(bool),
}

/// Why reading ended.
#[derive(Debug)]
pub enum InputEnd {
    /// The terminal went away: its window was closed, or the connection to it broke.
    Closed,
    /// Whoever takes the events wants no more.
    Unwanted,
    /// Reading failed.
    Failed(io::Error),
}

/// How long crossterm looks for events that have arrived. Without any time it would not look at all.
const LOOK: Duration = Duration::from_millis(5);
/// How often it has to find nothing before that is believed.
const LOOKS: u32 = 4;

/// Reads the terminal at standard input until it goes away or `deliver` answers false. For a thread of its own. What is
/// typed when `is_wanted` answers no, or while the switch is off, is left for whoever reads the terminal next.
///
/// crossterm's own waiting spins for ever on a terminal that has gone, so we wait ourselves and ask it only when there
/// is something to read.
pub fn read_input(
    switch: &InputSwitch,
    is_wanted: impl Fn() -> bool,
    mut deliver: impl FnMut(HostEvent) -> bool,
) -> InputEnd {
    loop {
        switch.stand_still_while_off();
        match wait_for_input(switch) {
            Ok(Waited::Switched) => {
                switch.hear_bell();
                continue;
            }
            Ok(Waited::Gone) => return InputEnd::Closed,
            Ok(Waited::Input) => {}
            Err(error) => return InputEnd::Failed(error),
        }
        if !is_wanted() {
            return InputEnd::Unwanted;
        }
        // One read may hold many events; they wait in crossterm, where `poll` on the terminal does not see them.
        loop {
            match has_event() {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => return InputEnd::Failed(error),
            }
            match crossterm::event::read() {
                Ok(event) => {
                    if let Some(event) = translate(event)
                        && !deliver(event)
                    {
                        return InputEnd::Unwanted;
                    }
                }
                Err(error) => return InputEnd::Failed(error),
            }
        }
    }
}

/// Whether crossterm has an event, read or unread. It gives up without having looked when its thread did not run for as
/// long as its time limit, as happens on a busy machine; keys that it had read already would then wait for the next one.
fn has_event() -> io::Result<bool> {
    for _ in 0..LOOKS {
        if crossterm::event::poll(LOOK)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What ended a wait.
enum Waited {
    /// There is something to read.
    Input,
    /// The switch was thrown.
    Switched,
    /// The terminal has gone.
    Gone,
}

/// Waits until there is something to read, or something else to be done.
fn wait_for_input(switch: &InputSwitch) -> io::Result<Waited> {
    let stdin = io::stdin();
    loop {
        let mut watched = [
            PollFd::new(stdin.as_fd(), PollFlags::POLLIN),
            PollFd::new(switch.bell(), PollFlags::POLLIN),
        ];
        match poll(&mut watched, PollTimeout::NONE) {
            Ok(_) => {
                let seen = |at: usize| watched[at].revents().unwrap_or(PollFlags::empty());
                let gone = PollFlags::POLLHUP | PollFlags::POLLERR | PollFlags::POLLNVAL;
                return Ok(match seen(0) {
                    _ if seen(1).intersects(PollFlags::POLLIN) => Waited::Switched,
                    found if found.intersects(gone) => Waited::Gone,
                    _ => Waited::Input,
                });
            }
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn translate(event: Event) -> Option<HostEvent> {
    match event {
        Event::Key(key) => chord(key).map(HostEvent::Key),
        Event::Mouse(mouse) => Some(HostEvent::Pointer(pointer(mouse))),
        Event::Paste(text) => Some(HostEvent::Paste(text)),
        Event::FocusGained => Some(HostEvent::Focus(true)),
        Event::FocusLost => Some(HostEvent::Focus(false)),
        Event::Resize(..) => None,
    }
}

fn chord(event: KeyEvent) -> Option<Chord> {
    if event.kind == KeyEventKind::Release {
        return None;
    }
    let mut held = modifiers(event.modifiers);
    let on_keypad = event.state.contains(KeyEventState::KEYPAD);
    let key = match event.code {
        KeyCode::Char(letter) if on_keypad => Key::Keypad(letter),
        KeyCode::Enter if on_keypad => Key::Keypad('\r'),
        KeyCode::Char(letter) => {
            let letter = if held.ctrl { control_letter(letter) } else { letter };
            // A capital or a sign says by itself that shift was held.
            held.shift &= letter.is_lowercase() || letter == ' ';
            Key::Char(letter)
        }
        KeyCode::BackTab => {
            held.shift = true;
            Key::Tab
        }
        KeyCode::Tab => Key::Tab,
        KeyCode::Enter => Key::Enter,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Esc => Key::Escape,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Insert => Key::Insert,
        KeyCode::Delete => Key::Delete,
        KeyCode::F(number) => Key::F(number),
        KeyCode::Menu => Key::Menu,
        KeyCode::Null => {
            held.ctrl = true;
            Key::Char(' ')
        }
        _ => return None,
    };
    Some(Chord { key, modifiers: held })
}

/// crossterm names the control bytes 28–31 by the digits that also make them; people know them by these signs.
fn control_letter(letter: char) -> char {
    match letter {
        '4' => '\\',
        '5' => ']',
        '6' => '^',
        '7' => '_',
        other => other,
    }
}

fn modifiers(held: KeyModifiers) -> Modifiers {
    Modifiers {
        ctrl: held.contains(KeyModifiers::CONTROL),
        alt: held.intersects(KeyModifiers::ALT | KeyModifiers::META),
        shift: held.contains(KeyModifiers::SHIFT),
        logo: held.contains(KeyModifiers::SUPER),
    }
}

fn pointer(event: MouseEvent) -> Pointer {
    let kind = match event.kind {
        MouseEventKind::Down(button) => PointerKind::Press(pointer_button(button)),
        MouseEventKind::Up(button) => PointerKind::Release(pointer_button(button)),
        MouseEventKind::Drag(button) => PointerKind::Drag(pointer_button(button)),
        MouseEventKind::Moved => PointerKind::Move,
        MouseEventKind::ScrollUp => PointerKind::WheelUp,
        MouseEventKind::ScrollDown => PointerKind::WheelDown,
        MouseEventKind::ScrollLeft => PointerKind::WheelLeft,
        MouseEventKind::ScrollRight => PointerKind::WheelRight,
    };
    Pointer {
        kind,
        x: event.column,
        y: event.row,
        modifiers: modifiers(event.modifiers),
    }
}

fn pointer_button(button: MouseButton) -> PointerButton {
    match button {
        MouseButton::Left => PointerButton::Left,
        MouseButton::Middle => PointerButton::Middle,
        MouseButton::Right => PointerButton::Right,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pressed(code: KeyCode, held: KeyModifiers) -> Option<String> {
        chord(KeyEvent::new(code, held)).map(|chord| chord.to_string())
    }

    #[test]
    fn keys_get_the_names_that_people_use() {
        use KeyModifiers as Held;
        for (code, held, name) in [
            (KeyCode::Char('a'), Held::NONE, "a"),
            (KeyCode::Char('A'), Held::SHIFT, "A"),
            (KeyCode::Char('%'), Held::SHIFT, "%"),
            (KeyCode::Char('b'), Held::CONTROL, "ctrl-b"),
            (KeyCode::Char('p'), Held::CONTROL | Held::SHIFT, "ctrl-shift-p"),
            (KeyCode::Char('4'), Held::CONTROL, "ctrl-\\"),
            (KeyCode::Char('7'), Held::CONTROL, "ctrl-_"),
            (KeyCode::Char('4'), Held::ALT, "alt-4"),
            (KeyCode::BackTab, Held::SHIFT, "shift-tab"),
            (KeyCode::Esc, Held::NONE, "esc"),
            (KeyCode::F(5), Held::ALT, "alt-f5"),
            (KeyCode::Null, Held::NONE, "ctrl-space"),
        ] {
            assert_eq!(pressed(code, held).as_deref(), Some(name));
        }
    }

    #[test]
    fn a_released_key_is_no_key() {
        let mut event = KeyEvent::new(KeyCode::Char('a'), KeyModifiers::NONE);
        event.kind = KeyEventKind::Release;
        assert_eq!(chord(event), None);
        assert_eq!(pressed(KeyCode::CapsLock, KeyModifiers::NONE), None);
    }
}
