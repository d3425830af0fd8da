//! How much memory all panes together keep of what scrolled away. Knows no screen.

use crate::domain::PaneId;

use super::workspace::Workspace;

/// No pane is brought below so many lines.
const FEWEST_LINES: usize = 200;

impl Workspace {
    /// Takes from the pane that keeps most, of those that nobody looks at first, one pane at a time. It is shortened bit by bit,
    /// as output is worked off.
    pub fn keep_within_budget(&mut self) {
        let kept: usize = self
            .sessions()
            .map(|(_, session)| session.emulator.scrollback_bytes())
            .sum();
        // What is on its way to fewer lines counts only when it has arrived.
        let is_shortening = self.sessions().any(|(_, session)| session.emulator.is_wrapping());
        if kept <= self.scrollback_bytes || is_shortening {
            return;
        }
        let focused = self.tabs().focused();
        let longest = self
            .sessions()
            .filter(|(_, session)| session.emulator.can_forget_lines() && session.copy.is_none())
            .filter(|(_, session)| session.emulator.scrollback_len() > FEWEST_LINES)
            .max_by_key(|(pane, session)| (Some(*pane) != focused, session.emulator.scrollback_bytes()))
            .map(|(pane, _): (PaneId, _)| pane);
        if let Some(session) = longest.and_then(|pane| self.session_mut(pane)) {
            let lines = (session.emulator.scrollback_len() / 2).max(FEWEST_LINES);
            session.emulator.keep_lines(lines);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::{CellRect, ProgramSpec, Target, TargetId};
    use crate::terminal::Limits;

    #[test]
    fn all_panes_together_stay_within_the_budget_and_the_newest_lines_stay() {
        let targets = (0..3).map(|id| Target::new(TargetId(id), "t", ProgramSpec::new("sh", [] as [&str; 0])));
        let mut workspace = Workspace::new(targets.collect(), Limits::default(), None);
        workspace.open_all(CellRect::new(0, 0, 80, 24));
        let panes: Vec<PaneId> = workspace.sessions().map(|(pane, _)| pane).collect();
        for pane in &panes {
            let lines: Vec<String> = (0..4000)
                .map(|number| format!("\x1b[3{}mline {number}\r\n", number % 8))
                .collect();
            let session = workspace.session_mut(*pane).expect("open");
            session.emulator.feed(lines.concat().as_bytes(), Duration::ZERO);
        }
        let kept = |workspace: &Workspace| -> Vec<usize> {
            workspace
                .sessions()
                .map(|(_, session)| session.emulator.scrollback_bytes())
                .collect()
        };
        let before: usize = kept(&workspace).iter().sum();
        workspace.scrollback_bytes = before / 3;
        for _ in 0..20 {
            workspace.keep_within_budget();
            for pane in &panes {
                let session = workspace.session_mut(*pane).expect("open");
                while session.emulator.is_behind() {
                    session.emulator.catch_up(Duration::ZERO);
                }
            }
        }
        assert!(
            kept(&workspace).iter().sum::<usize>() <= before / 3,
            "{:?}",
            kept(&workspace)
        );
        let focused = workspace.focused_mut().expect("one has the keyboard");
        assert!(focused.emulator.scrollback_len() > 1500, "the others gave first");
        for pane in panes {
            let emulator = &mut workspace.session_mut(pane).expect("open").emulator;
            assert!(emulator.text_rows().iter().any(|row| row == "line 3999"));
            let newest = emulator.newest_line();
            assert_eq!(newest, 4000, "lines keep their numbers");
        }
    }
}
