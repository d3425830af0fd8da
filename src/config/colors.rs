//! The setting that says how many colours go to the user's terminal. Knows no terminal.

use std::str::FromStr;

use crate::domain::ColorDepth;

/// How many colours the user wants to see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Colors {
    /// So many; without it as many as the terminal has.
    pub depth: Option<ColorDepth>,
}

impl Colors {
    /// So many.
    pub fn of(depth: ColorDepth) -> Self {
        Self { depth: Some(depth) }
    }

    /// The name in the config file.
    pub fn name(self) -> &'static str {
        self.depth.map_or("auto", ColorDepth::name)
    }
}

impl FromStr for Colors {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "auto" {
            return Ok(Self::default());
        }
        let found = ColorDepth::ALL.into_iter().find(|depth| depth.name() == text);
        found.map(Self::of).ok_or_else(|| {
            format!(
                "`{}` is no number of colours: use auto, truecolor, 256, 16 or none",
                text.escape_debug()
            )
        })
    }
}
