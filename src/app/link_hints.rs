//! Links by keyboard: each link in view gets letters, and typing them follows it. What following means is decided here,
//! too: only web addresses are opened, and only after a question; all else is copied.

use crate::domain::{GridSize, PaneId, WebAddress, wrap};
use crate::keys::{Chord, Key};
use crate::terminal::{FoundLink, LinkKind};

use super::notices::{Notice, Severity};
use super::overlay_area::confirm_cells;
use super::overlays::{AfterKey, Confirm, Decision};

/// The letters, those under the fingers first.
const LETTERS: &[u8] = b"asdfghjklqwertyuiopzxcvbnm";
/// So many links have letters; more are not told apart by two of them.
const MOST_LINKS: usize = LETTERS.len() * LETTERS.len();

/// The links of one pane with their letters, and what has been typed of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkHints {
    /// The pane that they are in.
    pub pane: PaneId,
    links: Vec<(String, FoundLink)>,
    typed: String,
}

impl LinkHints {
    /// Letters for these links; none if there are no links.
    pub fn new(pane: PaneId, links: Vec<FoundLink>) -> Option<Self> {
        let count = links.len().min(MOST_LINKS);
        let labels = (0..count).map(|index| label(index, count));
        // The newest, at the bottom, get the letters under the fingers.
        let mut links: Vec<(String, FoundLink)> = labels.zip(links.into_iter().rev()).collect();
        links.reverse();
        (count > 0).then_some(Self {
            pane,
            links,
            typed: String::new(),
        })
    }

    /// The links that can still be meant, with the letters that are left to type.
    pub fn left(&self) -> impl Iterator<Item = (&str, &FoundLink)> {
        let lower = self.typed.to_ascii_lowercase();
        self.links.iter().filter_map(move |(letters, link)| {
            let rest = letters.strip_prefix(lower.as_str())?;
            Some((rest, link))
        })
    }

    /// Takes in a key. A capital letter at the end asks for a copy of the target.
    pub fn press(&mut self, chord: &Chord) -> AfterKey {
        match chord.key {
            Key::Backspace => {
                self.typed.pop();
            }
            Key::Char(letter) if letter.is_ascii_alphabetic() && !chord.modifiers.ctrl && !chord.modifiers.alt => {
                self.typed.push(letter);
            }
            _ => return AfterKey::Stay,
        }
        let only_copies = self.typed.ends_with(|letter: char| letter.is_ascii_uppercase());
        let meant = self
            .left()
            .find(|(rest, _)| rest.is_empty())
            .map(|(_, link)| link.clone());
        match meant {
            Some(link) => AfterKey::Decide(Decision::Follow { link, only_copies }),
            None if self.left().next().is_none() => AfterKey::Close,
            None => AfterKey::Stay,
        }
    }
}

/// One letter each while they last, else two each: no label is the beginning of another.
fn label(index: usize, count: usize) -> String {
    let letter = |index: usize| char::from(LETTERS[index % LETTERS.len()]);
    if count <= LETTERS.len() {
        letter(index).to_string()
    } else {
        [letter(index / LETTERS.len()), letter(index)].iter().collect()
    }
}

/// What becomes of a link that was chosen.
#[derive(Debug, PartialEq)]
pub enum Followed {
    /// This is to be asked first.
    Ask(Confirm),
    /// Its target goes on the clipboard, and this is told.
    Copy(String, Notice),
}

/// Decides what to do with a link.
pub fn follow(link: &FoundLink, only_copies: bool, size: GridSize) -> Followed {
    let address = match link.kind {
        LinkKind::Address if !only_copies => WebAddress::parse(link.target.unescaped()),
        LinkKind::Address | LinkKind::Place => Err(""),
    };
    match address {
        Ok(address) => Followed::Ask(before_opening(link, address, size)),
        Err(reason) => {
            let target = link.target.escaped();
            let (severity, text) = if reason.is_empty() {
                (Severity::Info, format!("copied {target}"))
            } else {
                (
                    Severity::Warning,
                    format!("copied, not opened, because {reason}: {target}"),
                )
            };
            Followed::Copy(target, Notice::new(severity, text))
        }
    }
}

/// The question before the browser is started: where the link really leads, whatever it says on the screen.
fn before_opening(link: &FoundLink, address: WebAddress, size: GridSize) -> Confirm {
    let cells = confirm_cells(size);
    let mut details = wrap(address.as_str(), cells);
    if link.shown != link.target {
        details.push(String::new());
        details.extend(
            wrap(&format!("On the screen it says: {}", link.shown), cells)
                .into_iter()
                .take(2),
        );
    }
    Confirm {
        question: format!("Open a page of {} in your browser?", address.host()),
        details,
        verb: "open",
        decision: Decision::OpenWeb(address),
        saves: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::Spot;

    fn links(count: usize) -> Vec<FoundLink> {
        (0..count)
            .map(|number| FoundLink {
                start: Spot {
                    line: number as u64,
                    col: 0,
                },
                end: Spot {
                    line: number as u64,
                    col: 3,
                },
                shown: "http".into(),
                target: format!("http://{number}.example").as_str().into(),
                kind: LinkKind::Address,
            })
            .collect()
    }

    fn type_letters(hints: &mut LinkHints, letters: &str) -> AfterKey {
        let keys = letters.chars().map(|letter| hints.press(&Chord::char(letter)));
        keys.last().expect("a letter")
    }

    #[test]
    fn letters_choose_and_capitals_copy() {
        let mut hints = LinkHints::new(PaneId(1), links(3)).expect("links");
        let lowest = links(3)[2].clone();
        let follow = |only_copies| {
            AfterKey::Decide(Decision::Follow {
                link: lowest.clone(),
                only_copies,
            })
        };
        assert_eq!(type_letters(&mut hints.clone(), "a"), follow(false));
        assert_eq!(type_letters(&mut hints.clone(), "A"), follow(true));
        assert_eq!(type_letters(&mut hints, "m"), AfterKey::Close);
    }

    #[test]
    fn many_links_have_two_letters_and_each_its_own() {
        let mut hints = LinkHints::new(PaneId(1), links(1000)).expect("links");
        assert_eq!(hints.left().count(), 676);
        let mut labels: Vec<&str> = hints.left().map(|(label, _)| label).collect();
        labels.sort_unstable();
        labels.dedup();
        assert_eq!(labels.len(), 676);
        assert_eq!(hints.press(&Chord::char('a')), AfterKey::Stay);
        assert_eq!(hints.left().count(), 26);
        hints.press(&Chord::plain(Key::Backspace));
        assert_eq!(hints.left().count(), 676);
        assert!(LinkHints::new(PaneId(1), Vec::new()).is_none());
    }

    #[test]
    fn the_question_shows_where_a_link_really_leads() {
        let link = FoundLink {
            shown: "https://bank.example".into(),
            target: "https://evil.example/x".into(),
            ..links(1)[0].clone()
        };
        let Followed::Ask(confirm) = follow(&link, false, GridSize::new(100, 30)) else {
            panic!("asked first");
        };
        assert_eq!(confirm.question, "Open a page of evil.example in your browser?");
        assert_eq!(confirm.details[0], "https://evil.example/x");
        assert!(confirm.details[2].contains("https://bank.example"), "{confirm:?}");
    }
}
