//! Cuts the shell's reports out of the bytes in front of the emulator, wherever the chunks end. Knows nothing of what
//! a report says.

/// How every report begins. The number is used by nobody else.
const OPENING: &[u8] = b"\x1b]7274;";
/// A longer report is dropped: the longest honest one is a command of 128 KiB with every byte escaped.
const MOST_BYTES: usize = 1 << 20;

/// What comes next in the bytes.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::terminal) enum Piece {
    /// So many bytes are the emulator's.
    Pass(usize),
    /// So many bytes may belong to a report and are kept back.
    Kept(usize),
    /// What was kept back is no report: these bytes are the emulator's, and none of the new ones was used.
    Release(&'static [u8]),
    /// So many bytes end a report. `take_report` has it.
    Report(usize),
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Outside,
    /// So many bytes of the opening have come.
    Opening(usize),
    /// Inside a report.
    Inside,
}

/// The cutter.
#[derive(Debug, Default)]
pub(in crate::terminal) struct Scanner {
    state: State,
    report: Vec<u8>,
    is_too_long: bool,
}

impl Scanner {
    /// Looks at the beginning of `bytes`, which is not empty.
    pub(in crate::terminal) fn next(&mut self, bytes: &[u8]) -> Piece {
        match self.state {
            State::Outside => self.outside(bytes),
            State::Opening(count) => self.opening(count, bytes),
            State::Inside => self.inside(bytes),
        }
    }

    /// Whether nothing is kept back.
    pub(in crate::terminal) fn is_outside(&self) -> bool {
        matches!(self.state, State::Outside)
    }

    /// The report that has just ended, without its opening.
    pub(super) fn take_report(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.report)
    }

    fn outside(&mut self, bytes: &[u8]) -> Piece {
        let mut from = 0;
        while let Some(at) = bytes[from..].iter().position(|byte| *byte == 0x1b) {
            let at = from + at;
            let known = bytes.len().min(at + OPENING.len());
            if OPENING.starts_with(&bytes[at..known]) {
                if at > 0 {
                    return Piece::Pass(at);
                }
                self.state = State::Opening(0);
                return self.opening(0, bytes);
            }
            from = at + 1;
        }
        Piece::Pass(bytes.len())
    }

    fn opening(&mut self, count: usize, bytes: &[u8]) -> Piece {
        let rest = &OPENING[count..];
        let known = rest.len().min(bytes.len());
        if rest[..known] != bytes[..known] {
            self.state = State::Outside;
            return Piece::Release(&OPENING[..count]);
        }
        if known == rest.len() {
            self.report.clear();
            self.is_too_long = false;
            self.state = State::Inside;
        } else {
            self.state = State::Opening(count + known);
        }
        Piece::Kept(known)
    }

    /// No report holds a control character: the first one ends it, and unless that is the bell it is none.
    fn inside(&mut self, bytes: &[u8]) -> Piece {
        let end = bytes.iter().position(|byte| *byte < 0x20 || *byte == 0x7f);
        let inner = &bytes[..end.unwrap_or(bytes.len())];
        if self.report.len() + inner.len() > MOST_BYTES {
            self.is_too_long = true;
            self.report = Vec::new();
        }
        if !self.is_too_long {
            self.report.extend_from_slice(inner);
        }
        let Some(end) = end else {
            return Piece::Kept(inner.len());
        };
        self.state = State::Outside;
        if bytes[end] == 0x07 && !self.is_too_long {
            return Piece::Report(end + 1);
        }
        self.report = Vec::new();
        // The bell belongs to the string that was dropped, any other control character does not.
        Piece::Kept(end + usize::from(bytes[end] == 0x07))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What reaches the emulator, and the reports, when the bytes come in pieces of this size.
    fn scanned(bytes: &[u8], chunk: usize) -> (Vec<u8>, Vec<Vec<u8>>) {
        let mut scanner = Scanner::default();
        let (mut passed, mut reports) = (Vec::new(), Vec::new());
        for part in bytes.chunks(chunk) {
            let mut rest = part;
            while !rest.is_empty() {
                let used = match scanner.next(rest) {
                    Piece::Pass(count) => {
                        passed.extend_from_slice(&rest[..count]);
                        count
                    }
                    Piece::Kept(count) => count,
                    Piece::Release(kept) => {
                        passed.extend_from_slice(kept);
                        0
                    }
                    Piece::Report(count) => {
                        reports.push(scanner.take_report());
                        count
                    }
                };
                rest = &rest[used..];
            }
        }
        (passed, reports)
    }

    #[test]
    fn reports_are_cut_out_wherever_the_chunks_end() {
        let text =
            b"a\x1b]7274;A;1\x07b\x1b[31m\x1b\x1b]7274;B\x07\x1b]727;x\x07c\x1b]7274;no\nd\x1b]7274;\x1b]7274;E\x07";
        let passed = b"ab\x1b[31m\x1b\x1b]727;x\x07c\nd";
        for chunk in 1..=text.len() {
            let (seen, reports) = scanned(text, chunk);
            assert_eq!(seen, passed, "{chunk}");
            assert_eq!(reports, [b"A;1".to_vec(), b"B".to_vec(), b"E".to_vec()], "{chunk}");
        }
    }

    #[test]
    fn an_endless_report_is_dropped() {
        let mut text = b"\x1b]7274;".to_vec();
        text.extend(vec![b'x'; MOST_BYTES + 10]);
        text.extend(b"\x07after\x1b]7274;A\x07");
        let (seen, reports) = scanned(&text, 4096);
        assert_eq!((seen.as_slice(), reports.len()), (&b"after"[..], 1));
    }
}
