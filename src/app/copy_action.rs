//! Everything that a user can ask for in copy mode.

/// One thing to do in copy mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CopyAction {
    /// One cell to the left.
    Left,
    /// One line forward.
    LineDown,
    /// One line back.
    LineUp,
    /// One cell to the right.
    Right,
    /// To the beginning of the next word.
    WordForward,
    /// To the beginning of this word, or of the one before.
    WordBack,
    /// To the blank line before.
    ParagraphUp,
    /// To the next blank line.
    ParagraphDown,
    /// To the first cell of the line.
    LineStart,
    /// To the last character of the line.
    LineEnd,
    /// Half a page back.
    HalfPageUp,
    /// Half a page forward.
    HalfPageDown,
    /// One page back.
    PageUp,
    /// One page forward.
    PageDown,
    /// To the oldest line.
    Top,
    /// To the newest line.
    Bottom,
    /// Choose characters from here on, or nothing more.
    SelectCharacters,
    /// Choose whole lines.
    SelectLines,
    /// Choose a rectangle.
    SelectBlock,
    /// Go to the other end of what is chosen.
    OtherEnd,
    /// Copy what is chosen and go back to the program.
    Copy,
    /// Look for text, towards newer lines.
    SearchForward,
    /// Look for text, towards older lines.
    SearchBack,
    /// To the next place where it is.
    NextMatch,
    /// To the place before.
    PreviousMatch,
    /// To the prompt before.
    PromptUp,
    /// To the prompt after.
    PromptDown,
    /// Choose the command with its output.
    SelectCommand,
    /// Choose what the command printed.
    SelectOutput,
    /// Fold away what the command printed, or show it again.
    Fold,
    /// Fold away all that is longer than the screen, or show all again.
    FoldLong,
    /// Run the command again here.
    RunAgain,
    /// Run the command in other sandboxes.
    RunIn,
    /// Choose nothing; if nothing is chosen, back to the program.
    Back,
    /// Back to the program.
    Leave,
}
