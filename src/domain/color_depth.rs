//! How many colours the user's terminal shows. Knows no terminal and no escape sequence.

/// The colours that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ColorDepth {
    /// None: bold, dim, underlined and reversed are all there is.
    None,
    /// The sixteen that every colour terminal has.
    Sixteen,
    /// 256: the sixteen, a cube of 216 and 24 greys.
    Indexed,
    /// Red, green and blue with 256 steps each.
    True,
}

impl ColorDepth {
    /// All of them, fewest colours first.
    pub const ALL: [Self; 4] = [Self::None, Self::Sixteen, Self::Indexed, Self::True];

    /// The name in the config file.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Sixteen => "16",
            Self::Indexed => "256",
            Self::True => "truecolor",
        }
    }
}
