//! The panels beside the panes. A panel is a list or a page that follows the focused pane's sandbox; it asks the sandbox
//! through effects, takes in answers, and says what is to be shown as plain rows. It never sees another panel.
//!
//! To add one: a kind in `kind`, a state that is a `Panel` in a file of its own, its actions beside it, a field in `all`.

mod kind;
mod outcome;
mod panel;
mod view;

mod sidebar;

mod files;
mod history;
mod history_actions;
mod history_forgetting;
mod history_narrowing;
mod history_preview;
mod history_rows;
mod history_running;

mod look_words;

mod processes;

mod metrics;
mod network;

mod sandbox_order;
mod sandbox_page;
mod sandbox_rows;
mod sandboxes;

mod actions;
mod all;

pub use actions::{PANEL_ACTIONS, PanelAction};
pub use all::{PanelKey, Panels};
pub use files::{
    ArchiveEntry, ArchiveList, DiffSide, Difference, FILES_ACTIONS, FilesAction, FilesAnswer, FilesDecision,
    FilesQuestion, Ink, Look, MOST_ENTRIES, Piece, SaveWay,
};
pub use history::WHERE_TO_RUN;
pub use history_actions::{HISTORY_ACTIONS, HistoryAction};
pub use history_forgetting::Doomed;
pub use history_rows::short_time;
pub use kind::PanelKind;
pub use metrics::{METRICS_ACTIONS, MetricsAction};
pub use network::{NETWORK_ACTIONS, NetworkAction};
pub use outcome::{FleetRequest, Outcome, PanelDecision, Request, is_ticket_of_panels};
pub use panel::{Around, Panel, Pointed};
pub use processes::{PROCESSES_ACTIONS, ProcessesAction};
pub use sandboxes::{SANDBOXES_ACTIONS, SandboxesAction};
pub use sidebar::{Extent, PanelParts, Sidebar, SidebarMap, switches};
pub use view::{Align, Body, Column, PanelView, Row, Span, Table, Tone, Width};
