//! What one command answered on many sandboxes: equal answers are one group, and odd ones are told by what differs from
//! the most common one. Runs nothing.

use std::collections::BTreeMap;

use super::RemoteText;

/// More output of one sandbox than this is not kept: it is read on, and said to be cut.
pub const RUN_OUTPUT_LIMIT: usize = 4 << 20;
/// Answers with more lines are not compared line by line: it would take longer than anybody waits.
const COMPARED_LINES: usize = 5_000;

/// How the command ended in one sandbox. The order puts what went well first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RunVerdict {
    /// The command ended with this code.
    Ended(u8),
    /// It could not be run, or was not seen to end.
    Failed(String),
}

/// What one sandbox answered. Equal for all sandboxes of a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunAnswer {
    /// How it ended.
    pub verdict: RunVerdict,
    /// Its standard output, as far as it is kept.
    pub stdout: Vec<u8>,
    /// Its standard error, as far as it is kept.
    pub stderr: Vec<u8>,
    /// Whether more was printed than is kept.
    pub is_cut: bool,
}

/// The answers of all sandboxes, each with the labels of those that gave it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunGroups(BTreeMap<RunAnswer, Vec<String>>);

/// A line of an answer that is compared with another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// Both have it.
    Same,
    /// Only the usual answer has it.
    Missing,
    /// Only this answer has it.
    Extra,
    /// No line of either: where in them what follows stands.
    Place,
}

impl RunAnswer {
    /// A failure before anything was printed.
    pub fn failed(why: impl Into<String>) -> Self {
        Self {
            verdict: RunVerdict::Failed(why.into()),
            stdout: Vec::new(),
            stderr: Vec::new(),
            is_cut: false,
        }
    }

    /// Whether the command ended with code 0.
    pub fn is_success(&self) -> bool {
        self.verdict == RunVerdict::Ended(0)
    }

    /// The verdict in words.
    pub fn verdict_words(&self) -> String {
        let cut = if self.is_cut { " (output cut)" } else { "" };
        match &self.verdict {
            RunVerdict::Ended(code) => format!("exit {code}{cut}"),
            RunVerdict::Failed(failure) => format!("{failure}{cut}"),
        }
    }

    /// Both streams, line by line. Escaped, nothing in them can act on a terminal, and tabs are what they are.
    pub fn lines(&self, is_escaped: bool) -> Vec<String> {
        let mut lines = Vec::new();
        for part in [&self.stdout, &self.stderr] {
            let part = String::from_utf8_lossy(part);
            for line in part.lines() {
                lines.push(if is_escaped {
                    let cells = line.split('\t').map(|cell| RemoteText::from(cell).escaped());
                    cells.collect::<Vec<_>>().join("\t")
                } else {
                    line.to_owned()
                });
            }
        }
        lines
    }
}

impl RunGroups {
    /// Puts equal answers together.
    pub fn of(answers: impl IntoIterator<Item = (String, RunAnswer)>) -> Self {
        let mut groups: BTreeMap<RunAnswer, Vec<String>> = BTreeMap::new();
        for (label, answer) in answers {
            groups.entry(answer).or_default().push(label);
        }
        for labels in groups.values_mut() {
            labels.sort();
        }
        Self(groups)
    }

    /// Each answer with the labels of those that gave it, what went well first.
    pub fn iter(&self) -> impl Iterator<Item = (&RunAnswer, &[String])> {
        self.0.iter().map(|(answer, labels)| (answer, labels.as_slice()))
    }

    /// How many different answers there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nobody answered.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the command went well everywhere.
    pub fn is_success(&self) -> bool {
        self.0.keys().all(RunAnswer::is_success)
    }

    /// The answer that most sandboxes gave; of several with the same number the best.
    pub fn usual(&self) -> Option<&RunAnswer> {
        let sizes = self.0.iter().map(|(answer, labels)| (labels.len(), answer));
        sizes.rev().max_by_key(|(size, _)| *size).map(|(_, answer)| answer)
    }
}

/// Which sandboxes gave an answer: how many, and their names.
pub fn run_labels(labels: &[String]) -> String {
    let count = match labels.len() {
        1 => String::new(),
        count => format!("{count} sandboxes: "),
    };
    format!("{count}{}", RemoteText::from(labels.join(", ")))
}

/// Lines that only one of them has, with three lines around them. None if they are the same, or too long to be compared.
pub fn run_difference(usual: &[String], odd: &[String]) -> Option<Vec<(LineKind, String)>> {
    if usual == odd || usual.len().max(odd.len()) > COMPARED_LINES {
        return None;
    }
    let joined = |lines: &[String]| lines.join("\n") + "\n";
    let (usual, odd) = (joined(usual), joined(odd));
    let compared = similar::TextDiff::from_lines(&usual, &odd);
    let mut lines = Vec::new();
    for hunk in compared.unified_diff().context_radius(3).iter_hunks() {
        lines.push((LineKind::Place, hunk.header().to_string()));
        for change in hunk.iter_changes() {
            let kind = match change.tag() {
                similar::ChangeTag::Equal => LineKind::Same,
                similar::ChangeTag::Delete => LineKind::Missing,
                similar::ChangeTag::Insert => LineKind::Extra,
            };
            lines.push((kind, change.value().trim_end_matches('\n').to_owned()));
        }
    }
    Some(lines)
}

impl LineKind {
    /// The sign in front of such a line.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Same => " ",
            Self::Missing => "-",
            Self::Extra => "+",
            Self::Place => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(code: u8, stdout: &str) -> RunAnswer {
        RunAnswer {
            verdict: RunVerdict::Ended(code),
            stdout: stdout.into(),
            stderr: Vec::new(),
            is_cut: false,
        }
    }

    #[test]
    fn odd_answers_are_told_by_what_differs_from_the_most_common_one() {
        let groups = RunGroups::of([
            ("a".to_owned(), ended(0, "1\n2\n3\n")),
            ("b".to_owned(), ended(1, "1\n2\n4\n")),
            ("c".to_owned(), ended(1, "1\n2\n4\n")),
        ]);
        let usual = groups.usual().unwrap();
        assert_eq!(usual.verdict, RunVerdict::Ended(1));
        let (odd, _) = groups.iter().next().unwrap();
        let told = run_difference(&usual.lines(true), &odd.lines(true)).unwrap();
        let line = |kind, text: &str| (kind, text.to_owned());
        assert_eq!(
            told[1..],
            [
                line(LineKind::Same, "1"),
                line(LineKind::Same, "2"),
                line(LineKind::Missing, "4"),
                line(LineKind::Extra, "3")
            ]
        );
        assert_eq!(told[0].0, LineKind::Place);
        assert_eq!(run_difference(&usual.lines(true), &usual.lines(true)), None);
        let long: Vec<String> = (0..=COMPARED_LINES).map(|line| line.to_string()).collect();
        assert_eq!(run_difference(&long, &[]), None);
    }

    #[test]
    fn equal_answers_are_one_group_and_good_ones_come_first() {
        let groups = RunGroups::of([
            ("c".to_owned(), ended(1, "x")),
            ("b".to_owned(), ended(0, "x")),
            ("a".to_owned(), ended(0, "x")),
            ("d".to_owned(), ended(0, "y")),
        ]);
        let told: Vec<(Vec<String>, u8)> = groups
            .iter()
            .map(|(answer, labels)| (labels.to_vec(), answer.stdout[0]))
            .collect();
        let labels = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(told, [(labels("a b"), b'x'), (labels("d"), b'y'), (labels("c"), b'x')]);
        assert!(!groups.is_success());
    }

    #[test]
    fn what_is_printed_cannot_act() {
        let answer = ended(0, "a\tb\u{1b}[2J\n");
        assert_eq!(answer.lines(false), ["a\tb\u{1b}[2J"]);
        assert!(!answer.lines(true)[0].contains('\u{1b}') && answer.lines(true)[0].contains('\t'));
    }
}
