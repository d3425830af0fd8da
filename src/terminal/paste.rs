//! Text that the user pastes, as bytes for the program: cleaned, and marked once where the program asks for marks.

/// What a paste becomes. Control characters but tab and line ends are dropped, so that pasted text can neither end the
/// paste early nor press keys; line ends become what the Enter key sends.
pub(super) fn paste_bytes(text: &str, bracketed: bool) -> Vec<u8> {
    let mut clean = String::with_capacity(text.len() + 12);
    if bracketed {
        clean.push_str("\x1b[200~");
    }
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\r' => {
                letters.next_if_eq(&'\n');
                clean.push('\r');
            }
            '\n' => clean.push('\r'),
            '\t' => clean.push('\t'),
            _ if letter.is_control() => {}
            _ => clean.push(letter),
        }
    }
    if bracketed {
        clean.push_str("\x1b[201~");
    }
    clean.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn line_ends_become_enter() {
        assert_eq!(paste_bytes("a\r\nb\nc\rd\te", false), b"a\rb\rc\rd\te");
    }

    #[test]
    fn an_end_marker_inside_is_only_text() {
        assert_eq!(
            paste_bytes("x\x1b[201~\u{9b}201~\x03rm", true),
            b"\x1b[200~x[201~201~rm\x1b[201~"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]
        #[test]
        fn whatever_is_pasted_there_is_one_start_and_one_end(
            pieces in proptest::collection::vec(
                prop_oneof![
                    any::<char>().prop_map(String::from),
                    proptest::sample::select(vec!["\x1b", "\x1b[201~", "[200~", "\u{9b}201~", "\x03", "\r\n", "\n", "ü"])
                        .prop_map(String::from),
                ],
                0..12,
            )
        ) {
            let bytes = paste_bytes(&pieces.concat(), true);
            let inside = bytes.strip_prefix(b"\x1b[200~").and_then(|rest| rest.strip_suffix(b"\x1b[201~"));
            let inside = std::str::from_utf8(inside.expect("markers")).expect("text");
            prop_assert!(inside.chars().all(|letter| letter == '\t' || letter == '\r' || !letter.is_control()));
        }
    }
}
