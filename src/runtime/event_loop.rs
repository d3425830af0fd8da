//! The loop: wait, message, update, effects, maybe draw. Nothing waits in it but the wait itself.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::task::yield_now;
use tokio::time::sleep_until;

use crate::app::{self, Effects, Message, Model, Options};
use crate::domain::{SessionId, Target, TargetId};
use crate::envd::EnvdClient;
use crate::history::HistoryOptions;
use crate::host::{ClipboardWay, CursorShape, HostCursor, HostEvent, Surface};
use crate::platform::PlatformClient;
use crate::terminal;
use crate::theme::Theme;
use crate::ui::{self, CursorView};

use super::effect_runner::{Arrival, EffectRunner, suspend};
use super::frame_pacer::FramePacer;
use super::openings;
use super::session_inbox::{Hold, SessionInbox};
use super::{Clock, EditorPlan, EndSignal, KeepPlaces, Looks, OpenRequest, OutsideEvent, Reload};

/// Output is worked off, and news are taken in, for no longer than this before keys are looked at again.
const TURN_TIME: Duration = Duration::from_millis(4);

/// What a workbench is made of.
pub struct Workbench<S> {
    /// What it is drawn on.
    pub surface: S,
    /// What reaches it from outside.
    pub outside: mpsc::Receiver<OutsideEvent>,
    /// The sandboxes, one tab each.
    pub targets: Vec<Target>,
    /// A client for each of them.
    pub clients: BTreeMap<TargetId, EnvdClient>,
    /// What else it can ask.
    pub services: Services,
    /// How it behaves.
    pub options: Options,
    /// How it looks.
    pub theme: Theme,
    /// How text gets on the clipboard.
    pub clipboard: ClipboardWay,
}

/// Whom a workbench can ask besides the sandboxes that are open. Without any of them it still works.
#[derive(Clone, Debug, Default)]
pub struct Services {
    /// Who opens more sandboxes.
    pub opener: Option<mpsc::Sender<OpenRequest>>,
    /// The platform.
    pub platform: Option<PlatformClient>,
    /// Where things are kept.
    pub places: KeepPlaces,
    /// Who reads the settings again when they change.
    pub reload: Option<Reload>,
    /// All themes; without them the one of the workbench alone.
    pub looks: Option<Looks>,
    /// Where commands are remembered.
    pub history: Option<HistoryPlan>,
    /// Sentences that the user is to read as soon as the workbench stands.
    pub troubles: Vec<String>,
    /// The user's own editor.
    pub editor: Option<EditorPlan>,
}

/// Where commands are remembered, and which.
#[derive(Clone, Debug)]
pub struct HistoryPlan {
    /// The store's file.
    pub path: PathBuf,
    /// What is kept, and for how long.
    pub options: HistoryOptions,
}

/// How a workbench ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit code of the program.
    pub code: u8,
    /// What runs on in the sandboxes, a line each.
    pub left_running: Vec<String>,
}

/// Runs a workbench to its end. Drops the surface, and with it the terminal's modes, before
/// it takes leave of the sessions.
pub async fn run<S: Surface>(workbench: Workbench<S>) -> Ended {
    let Workbench {
        mut surface,
        outside,
        targets,
        clients,
        services,
        options,
        theme,
        clipboard,
    } = workbench;
    let clock = Clock::start();
    let time_zone = tokio::spawn(clock.clone().follow_time_zone());
    // A terminal that has gone already is found out when the first frame is drawn.
    let size = surface.size().unwrap_or_default();
    let clients = clients.into_iter().map(|(id, client)| {
        let target = targets.iter().find(|target| target.id == id);
        let guarded = |target| openings::guarded(client.clone(), target, &services);
        (id, target.map_or_else(|| client.clone(), guarded))
    });
    let clients = clients.collect();
    let looks = services.looks.clone().unwrap_or_else(|| Looks::from(theme));
    let troubles = services.troubles.clone();
    let (mut runner, answers) = EffectRunner::new(clients, (services, looks), clipboard);
    runner.follow_settings();
    let mut turning = Turning {
        model: Box::new(Model::new(targets, options, size)),
        effects: Effects::default(),
        surface,
        clock,
        runner,
        inbox: SessionInbox::default(),
        answers,
        outside,
        pacer: FramePacer::default(),
        wake_at: None,
        caught_up: SessionId(0),
    };
    let code = match turning.run(troubles).await {
        Ok(code) => code,
        Err(error) => {
            // Nobody sees anything any more: the same as a closed window.
            tracing::warn!(%error, "the terminal has gone");
            turning.end(EndSignal::Hangup)
        }
    };
    time_zone.abort();
    let mut left_running = turning.model.left_running();
    let Turning {
        surface,
        runner,
        inbox,
        outside,
        ..
    } = turning;
    // In this order: what is typed from now on belongs to whoever has the terminal next.
    drop(outside);
    drop(surface);
    left_running.extend(runner.finish(inbox).await);
    Ended { code, left_running }
}

/// The loop's own state.
struct Turning<S> {
    /// In a place of its own: whoever waits for the loop would have to carry it.
    model: Box<Model>,
    effects: Effects,
    surface: S,
    clock: Clock,
    runner: EffectRunner,
    inbox: SessionInbox,
    answers: mpsc::Receiver<Arrival>,
    outside: mpsc::Receiver<OutsideEvent>,
    pacer: FramePacer,
    /// When the workbench wants to be woken, since the start.
    wake_at: Option<Duration>,
    /// The session that worked off output last.
    caught_up: SessionId,
}

/// What woke the loop.
enum Wake {
    Outside(Option<OutsideEvent>),
    Message(Message),
    Frame,
    /// Nothing came, and there is output to work off.
    Idle,
}

impl<S: Surface> Turning<S> {
    /// Turns until the end. Fails when the terminal does.
    async fn run(&mut self, troubles: Vec<String>) -> io::Result<u8> {
        app::start(&mut self.model, self.clock.now(), &mut self.effects);
        for text in troubles {
            self.update(Message::Trouble(text));
        }
        self.pacer.ask();
        loop {
            if let Some(code) = self.carry_out() {
                return Ok(code);
            }
            if self.pacer.is_due(self.clock.now().since_start) {
                self.draw()?;
            }
            match self.wait().await {
                Wake::Frame => {}
                Wake::Outside(None) => return Ok(0),
                Wake::Outside(Some(event)) => {
                    if let Some(code) = self.take_event(event)? {
                        return Ok(code);
                    }
                }
                Wake::Message(message) => {
                    let is_news = matches!(message, Message::Session(..));
                    self.update(message);
                    if is_news {
                        self.take_turn();
                    }
                }
                Wake::Idle => self.take_turn(),
            }
        }
    }

    /// Waits for whatever comes first. Keys come before news, so that ctrl-c is heard while output floods.
    async fn wait(&mut self) -> Wake {
        let frame_at = self.pacer.due().map(|due| self.clock.instant(due));
        let wake_at = self.wake_at.map(|at| self.clock.instant(at));
        let workspace = &self.model.workspace;
        let is_behind = workspace.next_behind(self.caught_up).is_some();
        tokio::select! {
            biased;
            event = self.outside.recv() => Wake::Outside(event),
            () = at(frame_at) => Wake::Frame,
            () = at(wake_at) => {
                self.wake_at = None;
                Wake::Message(Message::Timer)
            }
            Some(arrival) = self.answers.recv() => Wake::Message(self.runner.take_in(arrival, &mut self.surface)),
            (session, news) = self.inbox.next(|id| hold(workspace, id)) => Wake::Message(Message::Session(session, news)),
            // Not at once: what feeds the others must have its turn, too.
            () = yield_now(), if is_behind => Wake::Idle,
        }
    }

    fn update(&mut self, message: Message) {
        if let Message::Session(session, news) = &message {
            self.runner.overhear(*session, news);
        }
        app::update(&mut self.model, message, self.clock.now(), &mut self.effects);
    }

    /// Works off what has been received and takes in what more sessions have to say, within the time for one turn. A
    /// session that is behind is not listened to, so that what it says is heard in order.
    fn take_turn(&mut self) {
        let begin = Instant::now();
        let mut is_news_next = false;
        let mut idle = 0;
        while idle < 2 && begin.elapsed() < TURN_TIME {
            let message = if is_news_next {
                self.waiting_news()
            } else {
                self.work_left()
            };
            is_news_next = !is_news_next;
            idle = if message.is_some() { 0 } else { idle + 1 };
            if let Some(message) = message {
                self.update(message);
            }
        }
    }

    fn waiting_news(&mut self) -> Option<Message> {
        let workspace = &self.model.workspace;
        let (session, news) = self.inbox.try_next(|id| hold(workspace, id))?;
        Some(Message::Session(session, news))
    }

    fn work_left(&mut self) -> Option<Message> {
        self.caught_up = self.model.workspace.next_behind(self.caught_up)?;
        Some(Message::CatchUp(self.caught_up))
    }

    /// Turns an event into a message; answers the exit code if it ends the program.
    fn take_event(&mut self, event: OutsideEvent) -> io::Result<Option<u8>> {
        match event {
            OutsideEvent::Host(HostEvent::Key(chord)) => self.update(Message::Key(chord)),
            OutsideEvent::Host(HostEvent::Pointer(pointer)) => self.update(Message::Pointer(pointer)),
            OutsideEvent::Host(HostEvent::Paste(text)) => self.update(Message::Paste(text)),
            OutsideEvent::Host(HostEvent::Focus(has_focus)) => self.update(Message::HostFocus(has_focus)),
            OutsideEvent::Resized => self.resize()?,
            // The terminal is another program's for now, which comes back by itself.
            OutsideEvent::Continued | OutsideEvent::StopAsked if self.runner.editing.is_in_front() => {}
            OutsideEvent::Continued => {
                self.surface.enter_again()?;
                self.pacer.ask();
                self.resize()?;
            }
            OutsideEvent::StopAsked => {
                suspend(&mut self.surface)?;
                self.pacer.ask();
            }
            OutsideEvent::End(signal) => return Ok(Some(self.end(signal))),
        }
        Ok(None)
    }

    /// Lets the workbench take leave, and answers the exit code.
    fn end(&mut self, signal: EndSignal) -> u8 {
        self.update(Message::Shutdown);
        self.carry_out();
        signal.exit_code()
    }

    fn resize(&mut self) -> io::Result<()> {
        let size = self.surface.size()?;
        self.update(Message::Resize(size));
        Ok(())
    }

    /// Carries out what was asked for; answers the exit code if that was to end.
    fn carry_out(&mut self) -> Option<u8> {
        if self.effects.take_frame_request() {
            self.pacer.ask();
        }
        let effects = self.effects.take();
        if effects.is_empty() {
            return None;
        }
        let outcome = self.runner.carry_out(effects, &mut self.inbox, &mut self.surface);
        if outcome.needs_repaint {
            self.pacer.ask();
        }
        if let Some(wait) = outcome.wake_in {
            let at = self.clock.now().since_start + wait;
            self.wake_at = Some(self.wake_at.map_or(at, |sooner| sooner.min(at)));
        }
        outcome.quit
    }

    fn draw(&mut self) -> io::Result<()> {
        let (model, theme) = (&self.model, self.runner.looks.theme());
        self.surface
            .draw(|frame| ui::draw(frame, model, theme).map(host_cursor))?;
        self.pacer.drawn(self.clock.now().since_start);
        Ok(())
    }
}

/// A session that is behind is not listened to, so that what it says is heard in order; but the more lines it prints that
/// nobody will see, the less work they are.
fn hold(workspace: &app::Workspace, session: SessionId) -> Hold {
    match workspace.session_by_id(session) {
        Some(session) if session.emulator.wants_more() => Hold::OutputOnly,
        Some(session) if session.emulator.is_behind() => Hold::Held,
        _ => Hold::Free,
    }
}

/// A program that did not choose a shape has the steady block: then the user's own cursor is the right one.
pub fn host_cursor(view: CursorView) -> HostCursor {
    let shape = match (view.shape, view.blinking) {
        (terminal::CursorShape::Block, false) => CursorShape::Usual,
        (terminal::CursorShape::Block, true) => CursorShape::Block,
        (terminal::CursorShape::Underline, _) => CursorShape::Underline,
        (terminal::CursorShape::Bar, _) => CursorShape::Bar,
    };
    HostCursor {
        shape,
        blinks: view.blinking,
    }
}

/// Waits until then; for ever without a time.
async fn at(instant: Option<tokio::time::Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}
