//! A panel that has nothing to show yet.

use crate::app::Action;

use super::outcome::Outcome;
use super::panel::{Around, Panel};
use super::view::{Body, PanelView};

/// Says that there is nothing.
#[derive(Debug, Default)]
pub struct Empty;

impl Panel for Empty {
    fn view(&self, _around: &Around) -> PanelView {
        PanelView {
            body: Body::Nothing("There is nothing to show here yet.".to_owned()),
            ..PanelView::default()
        }
    }

    fn act(&mut self, _action: Action, _around: &Around, _outcome: &mut Outcome) -> bool {
        false
    }

    fn tick(&mut self, _around: &Around, _outcome: &mut Outcome) {}

    fn click(&mut self, _row: usize, _clicks: u8, _around: &Around, _outcome: &mut Outcome) {}
}
