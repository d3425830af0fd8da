//! The colours that make a theme, as plain values: those of the built-in themes, and the roles that a theme file may set.

use crate::domain::Paint;

/// Colours that make a theme; pairs are text and background.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shades {
    /// Text that is there for completeness.
    pub faint: Paint,
    /// Headings, keys, the frame of the pane that has the keyboard.
    pub accent: Paint,
    /// The frames of the other panes.
    pub frame: Paint,
    /// The tab bar and the status line.
    pub bar: (Paint, Paint),
    /// The tab that is shown, and the mode.
    pub current: (Paint, Paint),
    /// What lies over the panes.
    pub overlay: (Paint, Paint),
    /// The chosen row of a list.
    pub chosen: (Paint, Paint),
    /// What is good, doubtful, bad.
    pub signals: [Paint; 3],
}

/// One thing that a theme file may give a colour to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// See `Shades::faint`.
    Faint,
    /// See `Shades::accent`.
    Accent,
    /// See `Shades::frame`.
    Frame,
    /// The text of `Shades::bar`.
    Bar,
    /// Its background.
    BarBack,
    /// The text of `Shades::current`.
    Current,
    /// Its background.
    CurrentBack,
    /// The text of `Shades::overlay`.
    Overlay,
    /// Its background.
    OverlayBack,
    /// The text of `Shades::chosen`.
    Chosen,
    /// Its background.
    ChosenBack,
    /// As it should be.
    Good,
    /// To be watched.
    Warning,
    /// Broken or lost.
    Bad,
}

impl Role {
    /// All of them with their names in a theme file.
    pub const ALL: [(Self, &'static str); 14] = [
        (Self::Faint, "faint"),
        (Self::Accent, "accent"),
        (Self::Frame, "frame"),
        (Self::Bar, "bar"),
        (Self::BarBack, "bar-background"),
        (Self::Current, "current"),
        (Self::CurrentBack, "current-background"),
        (Self::Overlay, "overlay"),
        (Self::OverlayBack, "overlay-background"),
        (Self::Chosen, "chosen"),
        (Self::ChosenBack, "chosen-background"),
        (Self::Good, "good"),
        (Self::Warning, "warning"),
        (Self::Bad, "bad"),
    ];

    /// The role with this name in a theme file.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|(_, known)| *known == name)
            .map(|(role, _)| role)
    }
}

impl Shades {
    /// The colours of a built-in theme that has any.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "dark" => Some(DARK),
            "light" => Some(LIGHT),
            "high-contrast" => Some(HIGH_CONTRAST),
            "solarized-dark" => Some(SOLARIZED_DARK),
            "solarized-light" => Some(SOLARIZED_LIGHT),
            "terminal" => Some(TERMINAL),
            _ => None,
        }
    }

    /// The colours of the dark theme.
    pub fn dark() -> Self {
        DARK
    }

    /// Gives a role its colour.
    pub fn set(&mut self, role: Role, paint: Paint) {
        *self.place(role) = paint;
    }

    /// The colour of a role.
    pub fn get(&self, role: Role) -> Paint {
        *self.clone().place(role)
    }

    fn place(&mut self, role: Role) -> &mut Paint {
        match role {
            Role::Faint => &mut self.faint,
            Role::Accent => &mut self.accent,
            Role::Frame => &mut self.frame,
            Role::Bar => &mut self.bar.0,
            Role::BarBack => &mut self.bar.1,
            Role::Current => &mut self.current.0,
            Role::CurrentBack => &mut self.current.1,
            Role::Overlay => &mut self.overlay.0,
            Role::OverlayBack => &mut self.overlay.1,
            Role::Chosen => &mut self.chosen.0,
            Role::ChosenBack => &mut self.chosen.1,
            Role::Good => &mut self.signals[0],
            Role::Warning => &mut self.signals[1],
            Role::Bad => &mut self.signals[2],
        }
    }
}

const fn of_256(number: u8) -> Paint {
    Paint::Indexed(number)
}

const fn rgb(value: u32) -> Paint {
    Paint::Rgb((value >> 16) as u8, (value >> 8) as u8, value as u8)
}

pub(super) const DARK: Shades = Shades {
    faint: of_256(247),
    accent: of_256(80),
    frame: of_256(240),
    bar: (of_256(252), of_256(236)),
    current: (of_256(16), of_256(80)),
    overlay: (of_256(254), of_256(235)),
    chosen: (of_256(231), of_256(24)),
    signals: [of_256(114), of_256(221), of_256(210)],
};

pub(super) const LIGHT: Shades = Shades {
    faint: of_256(241),
    accent: of_256(25),
    frame: of_256(248),
    bar: (of_256(236), of_256(254)),
    current: (of_256(231), of_256(25)),
    overlay: (of_256(234), of_256(255)),
    chosen: (of_256(16), of_256(153)),
    signals: [of_256(22), of_256(94), of_256(124)],
};

/// White, black and pure colours: at least 7 to 1 between text and background.
const HIGH_CONTRAST: Shades = Shades {
    faint: of_256(255),
    accent: of_256(226),
    frame: of_256(231),
    bar: (of_256(231), of_256(16)),
    current: (of_256(16), of_256(226)),
    overlay: (of_256(231), of_256(16)),
    chosen: (of_256(16), of_256(231)),
    signals: [of_256(46), of_256(226), of_256(217)],
};

/// The sixteen colours of Ethan Schoonover's Solarized: base03 to base3 and the accents.
const SOLARIZED_DARK: Shades = Shades {
    faint: rgb(0x0083_9496),
    accent: rgb(0x002a_a198),
    frame: rgb(0x0058_6e75),
    bar: (rgb(0x0093_a1a1), rgb(0x0007_3642)),
    current: (rgb(0x0000_2b36), rgb(0x002a_a198)),
    overlay: (rgb(0x0093_a1a1), rgb(0x0007_3642)),
    chosen: (rgb(0x00fd_f6e3), rgb(0x0026_6d94)),
    signals: [rgb(0x0085_9900), rgb(0x00b5_8900), rgb(0x00f0_6c66)],
};

const SOLARIZED_LIGHT: Shades = Shades {
    faint: rgb(0x005b_7178),
    accent: rgb(0x001f_6fa8),
    frame: rgb(0x0093_a1a1),
    bar: (rgb(0x0049_5e65), rgb(0x00ee_e8d5)),
    current: (rgb(0x00fd_f6e3), rgb(0x001f_6fa8)),
    overlay: (rgb(0x0049_5e65), rgb(0x00ee_e8d5)),
    chosen: (rgb(0x00fd_f6e3), rgb(0x001f_6fa8)),
    signals: [rgb(0x005f_6e00), rgb(0x009a_4a00), rgb(0x00c4_2b28)],
};

/// Nothing but the terminal's own 16 colours, so that it looks as the user set the terminal.
const TERMINAL: Shades = Shades {
    faint: of_256(8),
    accent: of_256(6),
    frame: of_256(8),
    bar: (Paint::Default, Paint::Default),
    current: (of_256(0), of_256(6)),
    overlay: (Paint::Default, Paint::Default),
    chosen: (of_256(15), of_256(4)),
    signals: [of_256(2), of_256(3), of_256(1)],
};

#[cfg(test)]
mod tests {
    use super::*;

    /// Red, green and blue of the upper 240, as every terminal has them.
    fn parts(paint: Paint) -> [u8; 3] {
        match paint {
            Paint::Rgb(red, green, blue) => [red, green, blue],
            Paint::Indexed(number @ 232..) => [8 + (number - 232) * 10; 3],
            Paint::Indexed(number @ 16..) => {
                let level = |step: u8| if step == 0 { 0 } else { 55 + step * 40 };
                let number = number - 16;
                [level(number / 36), level(number / 6 % 6), level(number % 6)]
            }
            other => panic!("{other} is for the user to choose"),
        }
    }

    /// As the accessibility guidelines of the web define it.
    fn luminance(paint: Paint) -> f64 {
        let [red, green, blue] = parts(paint).map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.03928 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    fn contrast(one: Paint, other: Paint) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn text_can_be_read_on_its_background() {
        for (name, least) in [
            ("dark", 4.5),
            ("light", 4.5),
            ("high-contrast", 7.0),
            ("solarized-dark", 4.0),
            ("solarized-light", 4.0),
        ] {
            let shades = Shades::named(name).unwrap();
            let pairs = [shades.bar, shades.current, shades.overlay, shades.chosen];
            for (text, back) in pairs {
                assert!(
                    contrast(text, back) >= least,
                    "{name}: {text} on {back}: {:.1}",
                    contrast(text, back)
                );
            }
            let back = shades.overlay.1;
            for text in shades.signals.into_iter().chain([shades.accent]) {
                let found = contrast(text, back);
                assert!(found >= least * 0.8, "{name}: {text} on {back}: {found:.1}");
            }
        }
    }

    #[test]
    fn every_role_has_a_place_of_its_own() {
        for (at, (role, name)) in Role::ALL.into_iter().enumerate() {
            let mut shades = DARK;
            shades.set(role, Paint::Rgb(1, 2, 3));
            assert_eq!(shades.get(role), Paint::Rgb(1, 2, 3));
            let changed = Role::ALL
                .into_iter()
                .filter(|(other, _)| shades.get(*other) != DARK.get(*other));
            assert_eq!(changed.count(), 1, "{name}");
            assert_eq!(Role::named(name), Some(Role::ALL[at].0));
        }
    }
}
