//! A screen without a terminal: whole-program tests read from it what the user would see.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use ratatui::backend::TestBackend;
use ratatui::{Frame, Terminal};
use tokio::sync::watch;

use crate::domain::GridSize;

use super::screen::{Painted, Surface, disarm};

/// What stands on a headless screen, line by line, for whoever watches.
pub type ScreenText = watch::Receiver<Vec<String>>;

/// A screen in memory.
pub struct HeadlessScreen {
    terminal: Terminal<TestBackend>,
    size: Arc<Mutex<GridSize>>,
    text: watch::Sender<Vec<String>>,
    /// What went to the clipboard, last one last.
    copied: Vec<String>,
}

impl HeadlessScreen {
    /// A screen whose size is read from `size` before each frame, and the text on it.
    pub fn new(size: Arc<Mutex<GridSize>>) -> io::Result<(Self, ScreenText)> {
        let now = *size.lock().unwrap_or_else(PoisonError::into_inner);
        let (text, watched) = watch::channel(Vec::new());
        let terminal = match Terminal::new(TestBackend::new(now.cols(), now.rows())) {
            Ok(terminal) => terminal,
            Err(never) => match never {},
        };
        let screen = Self {
            terminal,
            size,
            text,
            copied: Vec::new(),
        };
        Ok((screen, watched))
    }

    /// What was put on the clipboard so far.
    pub fn copied(&self) -> &[String] {
        &self.copied
    }
}

impl Surface for HeadlessScreen {
    fn size(&mut self) -> io::Result<GridSize> {
        Ok(*self.size.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn draw(&mut self, paint: impl FnOnce(&mut Frame<'_>) -> Painted) -> io::Result<()> {
        let size = self.size()?;
        self.terminal.backend_mut().resize(size.cols(), size.rows());
        let drawn = self.terminal.draw(|frame| {
            paint(frame);
            disarm(frame);
        });
        let buffer = match drawn {
            Ok(frame) => frame.buffer,
            Err(never) => match never {},
        };
        let lines = buffer
            .content
            .chunks(usize::from(size.cols()))
            .map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect())
            .collect();
        self.text.send_replace(lines);
        Ok(())
    }

    fn forget(&mut self) -> io::Result<()> {
        match self.terminal.clear() {
            Ok(()) => Ok(()),
            Err(never) => match never {},
        }
    }

    fn copy(&mut self, text: &str) -> io::Result<bool> {
        self.copied.push(text.to_owned());
        Ok(true)
    }

    fn set_title(&mut self, _title: &str) -> io::Result<()> {
        Ok(())
    }

    fn notify(&mut self, _text: &str) -> io::Result<()> {
        Ok(())
    }

    fn set_mouse(&mut self, _is_ours: bool) -> io::Result<()> {
        Ok(())
    }

    fn ring(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn leave(&mut self) {}

    fn enter_again(&mut self) -> io::Result<()> {
        self.forget()
    }
}
