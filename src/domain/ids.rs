//! Names for things, one type each, so that a pane can never be mistaken for a session.

use std::fmt;

macro_rules! id {
    ($(#[$meta:meta])* $name:ident($inner:ty)) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, "{}", self.0)
            }
        }
    };
}

id! {
    /// One sandbox that the workbench talks to, numbered in the order they were named.
    TargetId(u32)
}
id! {
    /// One program in one sandbox as we follow it. Survives reconnects; never used twice in a run.
    SessionId(u64)
}
id! {
    /// One rectangle of a tab. Never used twice in a run.
    PaneId(u32)
}
id! {
    /// One tab. Never used twice in a run.
    TabId(u32)
}
id! {
    /// One question that was asked, so that a late answer can be told from a wanted one.
    Ticket(u64)
}
id! {
    /// A process number inside a sandbox. Numbers are reused there: match more than this before acting.
    Pid(u32)
}
