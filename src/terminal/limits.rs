//! How much one terminal may take of the machine, whatever the program in it prints.

/// Bounds for one terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Lines kept above the screen. Ten thousand full lines take 26 MB at 80 columns and 65 MB at 200; typical ones half.
    pub scrollback_lines: usize,
    /// Bytes of one control string (title, link, clipboard, …). A longer one is dropped whole.
    pub string_bytes: usize,
    /// Bytes of a link's target.
    pub link_bytes: usize,
    /// Different link targets remembered at once.
    pub links: usize,
    /// Characters of a title.
    pub title_chars: usize,
    /// Whether the program may put text on the clipboard from the start.
    pub program_clipboard: bool,
    /// Answers to a program per second.
    pub replies_per_second: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            scrollback_lines: 10_000,
            string_bytes: 64 * 1024,
            link_bytes: 1024,
            links: 3_000,
            title_chars: 256,
            program_clipboard: false,
            replies_per_second: 64,
        }
    }
}
