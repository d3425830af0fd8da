//! Tab stops.

/// Columns where a tab stops.
#[derive(Clone, Debug)]
pub(super) struct Tabs {
    stops: Vec<bool>,
    is_standard: bool,
}

/// Where stops are set of themselves.
const EVERY: u16 = 8;

impl Tabs {
    pub(super) fn new(cols: u16) -> Self {
        Self {
            stops: (0..cols).map(|col| col % EVERY == 0).collect(),
            is_standard: true,
        }
    }

    /// Whether all stops are where they are of themselves.
    pub(super) fn is_standard(&self) -> bool {
        self.is_standard
    }

    /// Follows a change of width; new columns get standard stops.
    pub(super) fn resize(&mut self, cols: u16) {
        let known = self.stops.len() as u16;
        self.stops.truncate(usize::from(cols));
        self.stops.extend((known..cols).map(|col| col % EVERY == 0));
    }

    /// Sets or clears one stop.
    pub(super) fn set(&mut self, col: u16, is_stop: bool) {
        if let Some(stop) = self.stops.get_mut(usize::from(col)) {
            *stop = is_stop;
            self.is_standard = false;
        }
    }

    /// Clears every stop.
    pub(super) fn clear(&mut self) {
        self.stops.fill(false);
        self.is_standard = false;
    }

    /// The `count`th stop to the right, or the last column.
    pub(super) fn after(&self, col: u16, count: u16) -> u16 {
        let last = self.stops.len().saturating_sub(1);
        let mut stops = (usize::from(col) + 1..=last).filter(|col| self.stops[*col]);
        stops.nth(usize::from(count.max(1)) - 1).unwrap_or(last) as u16
    }

    /// The `count`th stop to the left, or the first column.
    pub(super) fn before(&self, col: u16, count: u16) -> u16 {
        let mut stops = (0..usize::from(col).min(self.stops.len()))
            .rev()
            .filter(|col| self.stops[*col]);
        stops.nth(usize::from(count.max(1)) - 1).unwrap_or(0) as u16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_on_either_side() {
        let mut tabs = Tabs::new(20);
        assert_eq!(
            (tabs.after(0, 1), tabs.after(8, 1), tabs.after(16, 1), tabs.after(3, 2)),
            (8, 16, 19, 16)
        );
        assert_eq!(
            (
                tabs.before(9, 1),
                tabs.before(8, 1),
                tabs.before(0, 1),
                tabs.before(19, 9)
            ),
            (8, 0, 0, 0)
        );
        tabs.clear();
        tabs.set(5, true);
        assert_eq!((tabs.after(0, 1), tabs.before(19, 1)), (5, 5));
        tabs.resize(40);
        assert_eq!(tabs.after(20, 1), 24);
    }
}
