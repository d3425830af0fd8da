//! The whole state of the workbench. Only `update` changes it; `ui` reads it.

use crate::domain::{GridSize, Moment, Target};

use super::Options;

/// Everything the workbench knows.
#[derive(Debug)]
pub struct Model {
    pub(crate) targets: Vec<Target>,
    pub(crate) options: Options,
    pub(crate) size: GridSize,
    pub(crate) now: Moment,
}

impl Model {
    /// A workbench for these sandboxes, on a screen of this size. Nothing runs before `start`.
    pub fn new(targets: Vec<Target>, options: Options, size: GridSize) -> Self {
        Self {
            targets,
            options,
            size,
            now: Moment::ZERO,
        }
    }
}
