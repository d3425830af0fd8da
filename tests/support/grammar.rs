//! What may leave a pane: the answers that a program gets, and what drawing writes to the user's terminal. Anything else is a
//! way out.

/// Every answer that a terminal of ours may type without the user: fixed forms with numbers.
pub const ANSWERS: &str = r"^(?:\x1b\[(?:\?62;22c|>1;10;0c|0n|[12]t|[23];1;1;128;128;1;0x|0\*\{)|\x1b\[\?\d{1,5}(?:;\d{1,4}){0,3}n|\x1b\[\??\d{1,4};\d{1,4}R|\x1b\[\??\d{1,5};[0-4]\$y|\x1b\[[89];\d{1,4};\d{1,4}t|\x1b\[\?\d{1,2}u|\x1b\[>4;[012]m|\x1bP!\|00000000\x1b\\|\x1bP>\|e2b-tui\([0-9.]+\)\x1b\\|\x1bP0(?:\$|\+)r\x1b\\|\x1bP1\$r[0-9;:]*(?:m|r| q|\x22q|\x22p)\x1b\\|\x1bP1\+r[0-9a-f]+=[0-9a-f]+\x1b\\|\x1b\](?:4;\d{1,3}|1[0-9]);rgb:[0-9a-f]{4}/[0-9a-f]{4}/[0-9a-f]{4}\x1b\\)$";

/// All that drawing may write to the user's terminal: places, looks and printable text.
pub const HOST_OUTPUT: &str = r"^(?:\x1b\[\d{1,3};\d{1,3}H|\x1b\[[0-9;:]*m|[^\x00-\x1f\x7f])*$";

/// Whether a character may stand in a cell: it shows itself and leaves its neighbours alone.
pub fn is_safe(letter: char) -> bool {
    !letter.is_control()
        && !matches!(letter,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}
