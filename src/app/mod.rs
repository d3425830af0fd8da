//! The workbench itself: state and messages in, state and effects out. No I/O, no clock, no randomness, no waiting.
//!
//! May import: `domain`, `keys`, `panes`, `terminal`, `text_entry`, `config`. Reading order is the order below.

mod message;

mod effect;
mod effects;

mod fleet;
mod looking;

mod action;
mod action_table;
mod copy_action;
mod default_keys;
mod key_reader;
mod options;

mod attention;
mod broadcast;
mod caution;
mod forking;
mod keeping;
mod launch;
mod link;
mod notices;
mod opening;
mod scrollback_budget;
mod session;
mod session_news;
mod sleep;
mod tab_label;
mod tabs;
mod workspace;

mod list;
mod refresh;
mod report_watch;

mod insight;
mod space;
mod status;

mod arranging;
mod blocks;
mod choices;
mod chooser;
mod command_history;
mod commands;
mod copy_mode;
mod create_dialog;
mod help_page;
mod joint_run;
mod link_hints;
mod mouse_selection;
mod overlay_area;
mod overlays;
mod palette;
mod pointing;
mod questions;
mod screen_map;
mod scroll;

pub mod panels;

mod model;
mod player;
mod update;
mod work;

pub use action::{Action, ActionInfo, CopyAction, Home, Needs, ProgramState, Section, Situation};
pub use attention::{Attention, Concern, Matter, SILENCE, Source};
pub use blocks::{outcome_words, sticky_block};
pub use broadcast::{Broadcast, IDLE};
pub use caution::{Access, Guarded, InputGate, confirmation_for, refusal_for};
pub use chooser::{Choice, Chooser};
pub use copy_mode::CopyMode;
pub use create_dialog::{CreateDialog, Field};
pub use default_keys::{BoundKeys, KeyChange, KeyMode, KeyProblem, KeyRow, key_table};
pub use effect::{Answer, EditRequest, Edited, Effect, HistoryOrder, HostRequest, Question};
pub use effects::Effects;
pub use fleet::{
    Cause, Change, Changed, Evidence, Fleet, FleetAction, FleetNews, Gaze, Health, Known, LastWords, LogLine,
    PlatformAnswer, PlatformQuestion, Presence, Verdict, Whereabouts, life_words, span_words,
};
pub use help_page::{HelpLine, help_lines};
pub use insight::{Forward, ForwardState, Insight, Limits, Measure};
pub use joint_run::{Group, JointRun, PartState, RunAction, RunDecision, RunPage, RunParts, Whom};
pub use keeping::{
    KeepAction, KeepDecision, KeepOptions, KeepRequest, Keeping, Kept, RecordOrder, SavedThing, TakeUp, TakeUpTarget,
    Trial,
};
pub use launch::{Launch, reporting_program};
pub use link::{Link, seconds_until};
pub use link_hints::LinkHints;
pub use list::{Filter, List, Motion, Sieve};
pub use looking::{ForwardNews, LookAnswer, LookQuestion, PortAnswer, PortQuestion};
pub use message::Message;
pub use model::Model;
pub use notices::{Notice, Notices, Severity};
pub use opening::{OpenPlace, Openings};
pub use options::{Options, PlatformOptions, Scrollback, Worth};
pub use overlay_area::confirm_cells;
pub use overlays::{Confirm, Overlay, Overlays, Prompt, Scroll};
pub use palette::{Palette, PaletteRow};
pub use player::{AfterPlayerKey, Player};
pub use refresh::Refresh;
pub use screen_map::{Place, ScreenMap};
pub use session::{Directory, Session};
pub use space::{Side, SidebarSpace, Space};
pub use tab_label::{TabLabel, TabMark};
pub use tabs::{Tab, Tabs};
pub use update::{start, update};
pub use work::{WorkWords, work_words};
pub use workspace::Workspace;
