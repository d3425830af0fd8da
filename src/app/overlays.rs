//! What lies over the panes and takes all keys: one stack, the top one has the keyboard.

use crate::domain::{NewSandbox, PaneId, SandboxId, TabId, TargetId, WebAddress};
use crate::keys::{Chord, Key};
use crate::panes::Axis;
use crate::terminal::FoundLink;
use crate::text_entry::TextEntry;

use super::Action;
use super::caution::Guarded;
use super::chooser::Chooser;
use super::create_dialog::CreateDialog;
use super::fleet::FleetAction;
use super::joint_run::{RunDecision, RunPage};
use super::keeping::{KeepDecision, Trial};
use super::link_hints::LinkHints;
use super::palette::Palette;
use super::panels::PanelDecision;
pub use super::scroll::Scroll;

/// One thing over the panes.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// The keys that are valid here.
    Help(Scroll),
    /// The notices of this run.
    Messages(Scroll),
    /// Choosing an action by name.
    Palette(Palette),
    /// A new name for a tab.
    Rename(TabId, TextEntry),
    /// Text to look for; whether towards older lines.
    Search(bool, TextEntry),
    /// Letters beside the links of a pane.
    Links(LinkHints),
    /// A line of text that is asked for.
    Prompt(Prompt),
    /// What a new sandbox is to be.
    Create(Box<CreateDialog>),
    /// Choosing one of a few things.
    Trial(Trial),
    /// A question with yes and no.
    Confirm(Confirm),
    /// A question whose yes is a name, typed.
    Guarded(Guarded),
    /// A list to choose from.
    Chooser(Chooser),
    /// Text to look for in all panes.
    SearchAll(TextEntry),
    /// The panes say their numbers; a digit goes there.
    Numbers,
    /// What many sandboxes answered to one command.
    Run(Box<RunPage>),
}

/// A question before something that cannot be undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirm {
    /// What would happen, to what.
    pub question: String,
    /// More about it, a line each.
    pub details: Vec<String>,
    /// What `y` does, in a word.
    pub verb: &'static str,
    /// What `y` does.
    pub decision: Decision,
    /// The sandboxes that can be saved before; none where nothing can be.
    pub saves: Vec<SandboxId>,
}

/// A line of text that is asked for.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// What is asked for.
    pub title: String,
    /// The line.
    pub entry: TextEntry,
    /// What is decided, with the text in it.
    pub decision: Decision,
}

/// What an overlay asks for when it is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// This action.
    Act(Action),
    /// This name for the tab; none: the sandbox's.
    Rename(TabId, Option<String>),
    /// Look for this; whether towards older lines.
    Search(bool, String),
    /// Follow this link, or only copy where it leads.
    Follow {
        /// The link.
        link: FoundLink,
        /// Whether it is not to be opened.
        only_copies: bool,
    },
    /// Open this in the user's browser.
    OpenWeb(WebAddress),
    /// Close the pane and end its program.
    ClosePane(PaneId),
    /// Close the tab and end its programs.
    CloseTab(TabId),
    /// Leave.
    Detach,
    /// Open a pane in this sandbox: beside the focused one along this axis, or in a tab.
    OpenIn(TargetId, Option<Axis>),
    /// Open what a TARGET names, in a tab.
    OpenAddress(String),
    /// Show this tab.
    ShowTab(TabId),
    /// Show this pane and give it the keyboard.
    ShowPane(PaneId),
    /// Show the pane of the present tab with this number, from 0 in reading order.
    ShowNumber(usize),
    /// Move the pane to the tab.
    Join(PaneId, TabId),
    /// Type into all of these at once.
    Broadcast(Vec<PaneId>),
    /// Look for this in all panes.
    SearchAll(String),
    /// Show where this text is in the pane: line and column.
    ShowMatch(PaneId, String, u64, u16),
    /// Ask before the pane is closed.
    AskClosePane(PaneId),
    /// Ask before the tab is closed.
    AskCloseTab(TabId),
    /// Ask for a name of the tab.
    AskRename(TabId),
    /// Paste this into the pane.
    Paste(PaneId, String),
    /// Ask the platform to do this with these sandboxes.
    Fleet(FleetAction, Vec<SandboxId>),
    /// Save these sandboxes, and decide the other when that is done.
    SaveFirst(Vec<SandboxId>, Box<Decision>),
    /// Ask the platform for a sandbox in the place of this one.
    Succeed(SandboxId, Box<NewSandbox>),
    /// Ask the platform for a new sandbox.
    Create(Box<NewSandbox>),
    /// What a panel asked about, with the text that it asked for.
    Panel(PanelDecision, Option<String>),
    /// Something about what is kept, with the text that was asked for.
    Keep(KeepDecision, Option<String>),
    /// Something about a command on many sandboxes, with the text that was asked for.
    Run(RunDecision, Option<String>),
}

/// What is to be done after a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AfterKey {
    /// Nothing more; the overlay stays.
    Stay,
    /// The overlay goes.
    Close,
    /// The overlay goes, and the key is for what lies below.
    PassOn,
    /// The overlay goes, and this is done.
    Decide(Decision),
    /// The overlay stays, and this is done.
    Try(Decision),
}

/// What lies over the panes.
#[derive(Debug, Default)]
pub struct Overlays {
    stack: Vec<Overlay>,
}

impl Prompt {
    /// Asks for a line, with this text to begin with.
    pub fn new(title: impl Into<String>, text: &str, decision: Decision) -> Self {
        Self {
            title: title.into(),
            entry: TextEntry::line(text),
            decision,
        }
    }
}

impl Confirm {
    /// Takes in a key.
    fn press(&self, chord: &Chord) -> AfterKey {
        match chord.key {
            Key::Char('y' | 'Y') => AfterKey::Decide(self.decision.clone()),
            Key::Char('n' | 'N' | 'q') => AfterKey::Close,
            Key::Char('s' | 'S') if !self.saves.is_empty() => AfterKey::Decide(self.after_saving()),
            _ => AfterKey::Stay,
        }
    }

    /// What is decided where the sandboxes are to be saved before.
    pub(super) fn after_saving(&self) -> Decision {
        Decision::SaveFirst(self.saves.clone(), Box::new(self.decision.clone()))
    }
}

impl Decision {
    /// The same with the text that was asked for.
    #[must_use]
    pub fn with_text(self, text: String) -> Self {
        match self {
            Self::Panel(decision, _) => Self::Panel(decision, Some(text)),
            Self::Keep(decision, _) => Self::Keep(decision, Some(text)),
            Self::Run(decision, _) => Self::Run(decision, Some(text)),
            other => other,
        }
    }
}

impl Overlays {
    /// From the lowest to the top.
    pub fn stack(&self) -> &[Overlay] {
        &self.stack
    }

    /// All of them, to change them.
    pub fn stack_mut(&mut self) -> &mut [Overlay] {
        &mut self.stack
    }

    /// The one that has the keyboard.
    pub fn top(&self) -> Option<&Overlay> {
        self.stack.last()
    }

    /// The one that has the keyboard, to change it.
    pub fn top_mut(&mut self) -> Option<&mut Overlay> {
        self.stack.last_mut()
    }

    /// Puts one on top.
    pub fn open(&mut self, overlay: Overlay) {
        self.stack.push(overlay);
    }

    /// Takes the top one away.
    pub fn close(&mut self) -> Option<Overlay> {
        self.stack.pop()
    }

    /// Takes questions away whose pane or tab is gone, and letters whose pane is not the focused one.
    pub fn forget(&mut self, focused: Option<PaneId>, is_gone: impl Fn(&Decision) -> bool) {
        self.stack.retain(|overlay| match overlay {
            Overlay::Confirm(confirm) => !is_gone(&confirm.decision),
            Overlay::Guarded(guarded) => !is_gone(&guarded.confirm.decision),
            Overlay::Links(hints) => focused == Some(hints.pane),
            _ => true,
        });
    }
}

impl Overlay {
    /// Takes in a key. `rows` is how many rows of a list it shows.
    pub fn press(&mut self, chord: &Chord, rows: usize) -> AfterKey {
        let closes = chord.key == Key::Escape || *chord == Chord::ctrl('c');
        match self {
            Self::Trial(trial) => trial.press(chord),
            Self::Run(page) => page.press(chord, rows),
            _ if closes => AfterKey::Close,
            Self::Create(dialog) => dialog.press(chord),
            Self::Help(scroll) => scroll.press(chord, rows, '?'),
            Self::Messages(scroll) => scroll.press(chord, rows, '~'),
            Self::Palette(palette) => palette.press(chord, rows),
            Self::Links(hints) => hints.press(chord),
            Self::Rename(tab, entry) if chord.key == Key::Enter => {
                let name = entry.text().trim();
                let name = (!name.is_empty()).then(|| name.to_owned());
                AfterKey::Decide(Decision::Rename(*tab, name))
            }
            Self::Search(_, entry) if chord.key == Key::Enter && entry.is_empty() => AfterKey::Close,
            Self::Search(is_backwards, entry) if chord.key == Key::Enter => {
                AfterKey::Decide(Decision::Search(*is_backwards, entry.text().to_owned()))
            }
            Self::Prompt(prompt) if chord.key == Key::Enter => {
                let text = prompt.entry.text().to_owned();
                AfterKey::Decide(prompt.decision.clone().with_text(text))
            }
            Self::SearchAll(entry) if chord.key == Key::Enter => {
                let text = entry.text().to_owned();
                if text.is_empty() {
                    AfterKey::Close
                } else {
                    AfterKey::Decide(Decision::SearchAll(text))
                }
            }
            Self::Guarded(guarded) => guarded.press(chord),
            Self::Rename(_, entry)
            | Self::Search(_, entry)
            | Self::SearchAll(entry)
            | Self::Prompt(Prompt { entry, .. }) => {
                entry.press(chord);
                AfterKey::Stay
            }
            Self::Chooser(chooser) => chooser.press(chord, rows),
            Self::Numbers => match chord.key {
                Key::Char(digit) if digit.is_ascii_digit() => {
                    let number = digit.to_digit(10).unwrap_or_default() as usize;
                    AfterKey::Decide(Decision::ShowNumber(number))
                }
                _ => AfterKey::PassOn,
            },
            Self::Confirm(confirm) => confirm.press(chord),
        }
    }

    /// Whether it can be closed by the way: nothing is lost but what can be opened again.
    pub fn can_be_had_again(&self) -> bool {
        !matches!(self, Self::Confirm(_) | Self::Create(_) | Self::Guarded(_))
    }

    /// Takes in pasted text.
    pub fn paste(&mut self, text: &str) {
        match self {
            Self::Palette(palette) => palette.paste(text),
            Self::Rename(_, entry) | Self::Search(_, entry) | Self::SearchAll(entry) => {
                entry.paste(text);
            }
            Self::Chooser(chooser) => chooser.paste(text),
            Self::Prompt(prompt) => {
                prompt.entry.paste(text);
            }
            Self::Create(dialog) => dialog.paste(text),
            // A name that is pasted is not typed.
            Self::Help(_)
            | Self::Messages(_)
            | Self::Confirm(_)
            | Self::Trial(_)
            | Self::Guarded(_)
            | Self::Numbers
            | Self::Run(_)
            | Self::Links(_) => {}
        }
    }

    /// Moves a list by so many lines.
    pub fn scroll(&mut self, lines: isize, rows: usize) {
        match self {
            Self::Help(scroll) | Self::Messages(scroll) => scroll.by(lines, rows),
            Self::Run(page) => page.scroll(lines, rows),
            Self::Palette(palette) => palette.step(lines.signum()),
            Self::Trial(trial) => trial.step(lines.signum()),
            Self::Chooser(chooser) => chooser.step(lines.signum()),
            _ => {}
        }
    }
}
