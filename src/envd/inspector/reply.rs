//! Blocks of answers out of the helper's output. The format stands in `assets/inspector.sh`.

use std::io::Read;

use flate2::read::GzDecoder;

/// Packed, an answer is never longer than this; a sandbox that sends more does not send what we asked for.
const PACKED_LIMIT: usize = 16 << 20;
/// The same unpacked: a bomb ends here.
const UNPACKED_LIMIT: u64 = 128 << 20;

/// Why there is no answer in what came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadReply {
    /// More than anything we ask for could need.
    TooLong,
    /// It cannot be unpacked.
    Damaged,
}

/// What came and was not taken yet.
#[derive(Debug, Default)]
pub(super) struct Replies {
    waiting: Vec<u8>,
    /// So much of it was searched for the end of the answer.
    searched: usize,
    /// All that ever came.
    received: usize,
}

impl Replies {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.received += bytes.len();
        self.waiting.extend_from_slice(bytes);
    }

    /// How many bytes ever came.
    pub(super) fn received(&self) -> usize {
        self.received
    }

    /// The answer with this mark, once it is complete. What comes before it belongs to a question that nobody waits for any
    /// more, and is dropped.
    pub(super) fn take(&mut self, mark: &str) -> Option<Result<Vec<u8>, BadReply>> {
        let end = format!("\n{mark}.\n");
        // The end may have come in two pieces.
        let from = self.searched.saturating_sub(end.len());
        let Some(at) = find(self.waiting.get(from..)?, end.as_bytes()).map(|at| at + from) else {
            self.searched = self.waiting.len();
            return (self.waiting.len() > PACKED_LIMIT).then_some(Err(BadReply::TooLong));
        };
        let rest = self.waiting.split_off(at + end.len());
        let block = std::mem::replace(&mut self.waiting, rest);
        self.searched = 0;
        Some(content(block.get(..at).unwrap_or_default(), mark))
    }
}

fn content(block: &[u8], mark: &str) -> Result<Vec<u8>, BadReply> {
    for (how, is_packed) in [("gz", true), ("raw", false)] {
        let head = format!("{mark} {how}\n");
        let Some(at) = find(block, head.as_bytes()) else {
            continue;
        };
        let body = block.get(at + head.len()..).unwrap_or_default();
        return if is_packed { unpacked(body) } else { Ok(body.to_vec()) };
    }
    Err(BadReply::Damaged)
}

fn unpacked(packed: &[u8]) -> Result<Vec<u8>, BadReply> {
    let mut text = Vec::new();
    let read = GzDecoder::new(packed).take(UNPACKED_LIMIT + 1).read_to_end(&mut text);
    match read {
        Ok(length) if length as u64 > UNPACKED_LIMIT => Err(BadReply::TooLong),
        Ok(_) => Ok(text),
        Err(_) => Err(BadReply::Damaged),
    }
}

/// Where `needle` begins in `hay`.
pub(super) fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut from = 0;
    while let Some(at) = hay.get(from..)?.iter().position(|byte| *byte == first) {
        let at = from + at;
        if hay.get(at..)?.starts_with(needle) {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

/// The parts between boundaries. The last part has none behind it.
pub(super) fn parts<'a>(text: &'a [u8], boundary: &[u8]) -> Vec<&'a [u8]> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = find(rest, boundary) {
        let (part, behind) = rest.split_at(at);
        parts.push(part);
        rest = behind.get(boundary.len()..).unwrap_or_default();
    }
    parts.push(rest);
    parts
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(text).unwrap();
        packer.finish().unwrap()
    }

    #[test]
    fn answers_are_found_however_they_are_cut() {
        let mut stream = b"late rest\nold.\n".to_vec();
        stream.extend(b"aa gz\n");
        stream.extend(packed(b"one\ntwo"));
        stream.extend(b"\naa.\nbb raw\nthree\n\nbb.\n");
        for size in 1..stream.len() {
            let mut replies = Replies::default();
            let mut first = None;
            for piece in stream.chunks(size) {
                replies.push(piece);
                if first.is_none() {
                    first = replies.take("aa");
                }
            }
            assert_eq!(first, Some(Ok(b"one\ntwo".to_vec())), "pieces of {size}");
            assert_eq!(replies.take("bb"), Some(Ok(b"three\n".to_vec())));
            assert_eq!(replies.take("cc"), None);
        }
    }

    #[test]
    fn damaged_and_endless_answers_are_refused() {
        let mut replies = Replies::default();
        replies.push(b"aa gz\nnot packed\naa.\nbb what\n\nbb.\n");
        assert_eq!(replies.take("aa"), Some(Err(BadReply::Damaged)));
        assert_eq!(replies.take("bb"), Some(Err(BadReply::Damaged)));
        replies.push(&vec![b'x'; PACKED_LIMIT + 1]);
        assert_eq!(replies.take("cc"), Some(Err(BadReply::TooLong)));
        let bomb = packed(&vec![0; UNPACKED_LIMIT as usize + 1]);
        assert!(bomb.len() < PACKED_LIMIT);
        assert_eq!(unpacked(&bomb), Err(BadReply::TooLong));
    }

    #[test]
    fn parts_stand_between_boundaries() {
        assert_eq!(parts(b"a--b----c", b"--"), [&b"a"[..], b"b", b"", b"c"]);
        assert_eq!(parts(b"", b"--"), [b""]);
    }
}
