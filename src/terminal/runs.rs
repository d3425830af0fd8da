//! How far plain text goes. Keeps no state between chunks.

use super::lexer::Sink;

/// How many bytes at the front are text: neither control characters nor, as UTF-8, those of the upper half.
pub(super) fn text_length(bytes: &[u8]) -> usize {
    let mut from = 0;
    loop {
        let Some(found) = bytes[from..]
            .iter()
            .position(|byte| *byte < 0x20 || *byte == 0x7f || *byte == 0xc2)
        else {
            return bytes.len();
        };
        let at = from + found;
        let is_c1 = bytes.get(at + 1).is_some_and(|next| (0x80..0xa0).contains(next));
        if bytes[at] != 0xc2 || is_c1 {
            return at;
        }
        from = at + 1;
    }
}

/// Hands over text; what is no UTF-8 becomes a replacement character. Returns the beginning of a character at the very
/// end, if more may come.
pub(super) fn text<'a>(bytes: &'a [u8], is_cut: bool, sink: &mut impl Sink) -> &'a [u8] {
    let mut rest = bytes;
    loop {
        let error = match std::str::from_utf8(rest) {
            Ok(text) => {
                if !text.is_empty() {
                    sink.text(text);
                }
                return &[];
            }
            Err(error) => error,
        };
        let (valid, after) = rest.split_at(error.valid_up_to());
        if let Ok(text) = std::str::from_utf8(valid)
            && !text.is_empty()
        {
            sink.text(text);
        }
        match error.error_len() {
            None if is_cut => return after,
            bad => {
                sink.text("\u{fffd}");
                rest = &after[bad.unwrap_or(after.len())..];
            }
        }
    }
}
