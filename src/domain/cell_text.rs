//! Text measured in screen cells. For text that may be shown; a `RemoteText` is escaped first.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// How many cells a text takes.
pub fn cell_width(text: &str) -> u16 {
    text.width().min(usize::from(u16::MAX)) as u16
}

/// The text in at most so many cells; what is cut off at its end is marked by `…`.
pub fn shorten(text: &str, cells: u16) -> String {
    cut(text, cells, "…")
}

/// The text in at most so many cells, without a mark. A wide character that does not fit whole is left out.
pub fn clip(text: &str, cells: u16) -> String {
    cut(text, cells, "")
}

fn cut(text: &str, cells: u16, mark: &str) -> String {
    if cell_width(text) <= cells {
        return text.to_owned();
    }
    let room = cells.saturating_sub(cell_width(mark));
    let mut used = 0;
    let mut kept = String::new();
    for cluster in text.graphemes(true) {
        let width = cell_width(cluster);
        if used + width > room {
            break;
        }
        used += width;
        kept.push_str(cluster);
    }
    if cells > 0 {
        kept.push_str(mark);
    }
    kept
}

/// The text in lines of at most so many cells, broken between words where there are any.
pub fn wrap(text: &str, cells: u16) -> Vec<String> {
    let cells = cells.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let mut word = word.to_owned();
        let joined = cell_width(&line) + 1 + cell_width(&word);
        if !line.is_empty() && joined > cells {
            lines.push(std::mem::take(&mut line));
        }
        while cell_width(&word) > cells {
            let head = clip(&word, cells);
            if head.is_empty() {
                // A wide character in a single column.
                word.clear();
                break;
            }
            word = word.split_off(head.len());
            lines.push(head);
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&word);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortening_counts_cells_not_characters() {
        let cases = [
            ("plain", 5, "plain"),
            ("plain", 4, "pla…"),
            ("日本語", 6, "日本語"),
            ("日本語", 5, "日本…"),
            ("日本語", 4, "日…"),
            ("abc", 1, "…"),
            ("abc", 0, ""),
        ];
        for (text, cells, short) in cases {
            assert_eq!(shorten(text, cells), short, "{text} in {cells}");
        }
        assert_eq!(clip("日本", 3), "日");
    }

    #[test]
    fn wrapping_breaks_between_words_and_long_words_anywhere() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("a abcdefgh b", 4), ["a", "abcd", "efgh", "b"]);
        assert_eq!(wrap("", 4), [""]);
        assert_eq!(wrap("日本", 1), [""]);
    }
}
