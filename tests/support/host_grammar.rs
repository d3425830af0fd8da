//! All that the program may write to the user's terminal, as one closed grammar. What it says in a terminal that it has not
//! taken, or has given back, is not looked at.

use regex::bytes::Regex;

/// Frames, places, looks, the modes of one table, the cursor, the title, the clipboard, notifications, bells, text.
const OUTPUT: &str = r"(?x)^(?:
    \x1b\[\?2026[hl] | \x1b\[\d{1,3};\d{1,3}H | \x1b\[H | \x1b\[2J | \x1b\[\d{1,3}(?:[;:]\d{0,3})*m | \x1b\[[0-6]\x20q
    | \x1b\[\?(?:25|1049|2004|1000|1002|1004|1006)[hl] | \x1b\[[><]1u
    | \x1b\]2;[^\x00-\x1f\x7f]*\x1b\\ | \x1b\]52;c;[A-Za-z0-9+/=]*\x1b\\ | \x1b\]9;e2b-tui:\x20[^\x00-\x1f\x7f]*\x1b\\
    | \x07 | [\x20-\x7e] | [\u{a0}-\u{10ffff}]
)*$";
/// What is written first and last in a terminal that is taken.
const TAKEN: &[u8] = b"\x1b[22;0t";
const GIVEN_BACK: &[u8] = b"\x1b[23;0t";
const FRAME_END: &[u8] = b"\x1b[?2026l";

/// What was written while the terminal was taken: the whole stretches of it.
pub fn stretches(raw: &[u8]) -> Vec<&[u8]> {
    let mut stretches = Vec::new();
    let mut rest = raw;
    while let Some(begin) = find(rest, TAKEN) {
        rest = &rest[begin + TAKEN.len()..];
        // Killed: then the last frame may be in pieces.
        let end = find(rest, GIVEN_BACK).unwrap_or_else(|| last(rest, FRAME_END).unwrap_or(0));
        stretches.push(&rest[..end]);
        rest = &rest[end..];
    }
    stretches
}

/// Fails where anything in the stretches is not of the grammar.
pub fn assert_host_grammar(raw: &[u8]) {
    let grammar = Regex::new(OUTPUT).unwrap();
    for stretch in stretches(raw) {
        assert!(
            grammar.is_match(stretch),
            "writes what is not of the grammar: {:?}",
            fault(stretch)
        );
    }
}

/// The shortest beginning that cannot be gone on from is about where the fault is.
fn fault(stretch: &[u8]) -> String {
    let whole = OUTPUT.replace(")*$", ")*");
    let good = Regex::new(&whole).unwrap().find(stretch).map_or(0, |found| found.end());
    let shown = &stretch[good.saturating_sub(40)..stretch.len().min(good + 40)];
    String::from_utf8_lossy(shown).into_owned()
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

fn last(text: &[u8], part: &[u8]) -> Option<usize> {
    let at = text.windows(part.len()).rposition(|window| window == part)?;
    Some(at + part.len())
}
