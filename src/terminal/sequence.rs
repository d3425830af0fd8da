//! A control sequence taken apart: its prefix, its numbers, its last letters. Knows nothing of what they mean.

/// More numbers than this are ignored, as other terminals do.
const MOST_NUMBERS: usize = 32;

/// Longer sequences go the long way.
const MOST_WHOLE: usize = 128;

/// One control sequence (`CSI … letter`), or the head of a device control string.
#[derive(Clone, Debug, Default)]
pub(super) struct Sequence {
    /// The whole sequence as it came, from Escape to the last letter.
    pub raw: Vec<u8>,
    /// `<`, `=`, `>` or `?` in front of the numbers, or 0.
    pub prefix: u8,
    /// The characters between the numbers and the last letter, or zeros.
    pub intermediates: [u8; 2],
    /// The last letter.
    pub last: u8,
    numbers: Vec<u16>,
    /// Which numbers hang on the one before them by a colon, one bit each.
    joined: u32,
}

impl Sequence {
    /// Takes apart `raw`, which ends with the last letter and begins with two bytes of introducer. `false` when the
    /// order of its parts makes it no sequence.
    pub(super) fn parse(&mut self) -> bool {
        self.prefix = 0;
        self.intermediates = [0; 2];
        self.numbers.clear();
        self.joined = 0;
        let Some((last, body)) = self.raw.get(2..).and_then(<[u8]>::split_last) else {
            return false;
        };
        self.last = *last;
        let mut body = body;
        if let [prefix @ b'<'..=b'?', rest @ ..] = body {
            self.prefix = *prefix;
            body = rest;
        }
        let middle = body.iter().position(|byte| *byte < b'0').unwrap_or(body.len());
        let (numbers, intermediates) = body.split_at(middle);
        if intermediates.len() > 2 || intermediates.iter().any(|byte| *byte >= b'0') {
            return false;
        }
        for (place, byte) in self.intermediates.iter_mut().zip(intermediates) {
            *place = *byte;
        }
        Self::parse_numbers(numbers, &mut self.numbers, &mut self.joined)
    }

    /// Takes the control sequence at the front of `bytes`, if it is here as a whole and of nothing but numbers and a letter,
    /// and answers its length. The long way round through `parse` comes to the same; this is for speed.
    pub(super) fn take_whole(&mut self, bytes: &[u8]) -> Option<usize> {
        let body = bytes.strip_prefix(b"\x1b[")?;
        self.prefix = 0;
        self.intermediates = [0; 2];
        self.numbers.clear();
        self.joined = 0;
        let mut begin = 0;
        if let Some(prefix @ b'<'..=b'?') = body.first() {
            self.prefix = *prefix;
            begin = 1;
        }
        let mut number = 0_u16;
        for (at, byte) in body.iter().enumerate().take(MOST_WHOLE).skip(begin) {
            match byte {
                b'0'..=b'9' => number = number.saturating_mul(10).saturating_add(u16::from(byte - b'0')),
                b';' | b':' if self.numbers.len() + 1 < MOST_NUMBERS => {
                    self.numbers.push(number);
                    number = 0;
                    self.joined |= u32::from(*byte == b':') << self.numbers.len();
                }
                0x40..=0x7e => {
                    if at > begin {
                        self.numbers.push(number);
                    }
                    self.last = *byte;
                    self.raw.clear();
                    self.raw.extend_from_slice(&bytes[..at + 3]);
                    return Some(at + 3);
                }
                _ => return None,
            }
        }
        None
    }

    fn parse_numbers(bytes: &[u8], numbers: &mut Vec<u16>, joined: &mut u32) -> bool {
        if bytes.is_empty() {
            return true;
        }
        let mut number = 0_u16;
        for byte in bytes {
            match byte {
                b'0'..=b'9' => number = number.saturating_mul(10).saturating_add(u16::from(byte - b'0')),
                b';' | b':' => {
                    if numbers.len() + 1 >= MOST_NUMBERS {
                        return true;
                    }
                    numbers.push(number);
                    number = 0;
                    if *byte == b':' {
                        *joined |= 1 << numbers.len();
                    }
                }
                _ => return false,
            }
        }
        numbers.push(number);
        true
    }

    /// How many numbers there are.
    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Whether numbers are joined by colons.
    pub(super) fn has_colons(&self) -> bool {
        self.joined != 0
    }

    /// A number, 0 when it is missing.
    pub(super) fn number(&self, index: usize) -> u16 {
        self.numbers.get(index).copied().unwrap_or(0)
    }

    /// A number for which 0 and nothing mean 1.
    pub(super) fn count(&self, index: usize) -> u16 {
        self.number(index).max(1)
    }

    /// The numbers, those joined by colons together.
    pub(super) fn groups(&self) -> impl Iterator<Item = &[u16]> {
        let mut start = 0;
        std::iter::from_fn(move || {
            if start >= self.numbers.len() {
                return None;
            }
            let mut end = start + 1;
            while end < self.numbers.len() && self.joined & (1 << end) != 0 {
                end += 1;
            }
            let group = &self.numbers[start..end];
            start = end;
            Some(group)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(raw: &str) -> Option<Sequence> {
        let mut sequence = Sequence {
            raw: raw.into(),
            ..Sequence::default()
        };
        sequence.parse().then_some(sequence)
    }

    #[test]
    fn parts_are_told_apart() {
        let sequence = parsed("\x1b[?1;;23$p").expect("a sequence");
        assert_eq!(
            (sequence.prefix, sequence.intermediates, sequence.last),
            (b'?', [b'$', 0], b'p')
        );
        assert_eq!(sequence.groups().collect::<Vec<_>>(), [[1], [0], [23]]);
        assert_eq!(sequence.count(1), 1);
    }

    #[test]
    fn the_short_way_comes_to_the_same() {
        for raw in [
            "\x1b[m",
            "\x1b[0m",
            "\x1b[;m",
            "\x1b[1;2H",
            "\x1b[?25l",
            "\x1b[>c",
            "\x1b[38:2::1:2:3;4:3m",
            "\x1b[99999b",
        ] {
            let mut short = Sequence::default();
            assert_eq!(
                short.take_whole(format!("{raw}rest").as_bytes()),
                Some(raw.len()),
                "{raw:?}"
            );
            assert_eq!(format!("{short:?}"), format!("{:?}", parsed(raw).expect("a sequence")));
        }
        let many = format!("\x1b[{}m", "1;".repeat(40));
        for raw in [
            "\x1b[",
            "\x1b[1;2",
            "\x1b[!p",
            "\x1b[1?2h",
            "\x1b[5\r6m",
            &many,
            "\x1bc",
        ] {
            assert_eq!(Sequence::default().take_whole(raw.as_bytes()), None, "{raw:?}");
        }
    }

    #[test]
    fn colons_join() {
        let sequence = parsed("\x1b[38:2::1:2:3;4:3m").expect("a sequence");
        let groups: Vec<_> = sequence.groups().collect();
        assert_eq!(groups, [&[38, 2, 0, 1, 2, 3][..], &[4, 3]]);
    }

    #[test]
    fn disorder_and_excess_do_no_harm() {
        assert!(parsed("\x1b[1?2h").is_none());
        assert!(parsed("\x1b[$1p").is_none());
        assert!(parsed("\x1b[    p").is_none());
        assert_eq!(parsed("\x1b[99999999999b").expect("a sequence").number(0), u16::MAX);
        assert_eq!(
            parsed(&format!("\x1b[{}m", "1;".repeat(500)))
                .expect("a sequence")
                .len(),
            31
        );
    }
}
