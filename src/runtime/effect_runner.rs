//! Does what the workbench asks for. Nothing here waits: calls run in tasks, what comes of them arrives as messages.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};

use crate::app::panels::FilesQuestion;
use crate::app::{Answer, Effect, HostRequest, KeepRequest, Kept, Message, PlatformQuestion, Question};
use crate::domain::{Failure, FailureKind, SessionId, SessionNews, SessionOrder, TargetId, Ticket};
use crate::envd::{EnvdClient, SessionLink, Transfer};
use crate::host::{self, ClipboardWay, Surface};

use super::Services;
use super::editing::Editing;
use super::file_copies::{Errand, FileCopies};
use super::file_questions::{self, Asker};
use super::inspections::Inspections;
use super::joint_runs::JointRuns;
use super::keeping::Keeper;
use super::looks::Looks;
use super::on_this_machine;
use super::openings::{self, Opened};
use super::reload::LiveSettings;
use super::remembering::Remembering;
use super::session_inbox::SessionInbox;
use super::{platform_desk, ports, questions};

/// Answers that may wait to be taken in.
const ANSWERS: usize = 256;
/// Leaving takes no longer than this, whatever the network does.
const LEAVE_LIMIT: Duration = Duration::from_millis(400);

/// What became of the effects.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// The exit code, once the workbench wants to end.
    pub(super) quit: Option<u8>,
    /// The shortest time after which the workbench wants to be woken.
    pub(super) wake_in: Option<Duration>,
    /// Whether everything is to be drawn again.
    pub(super) needs_repaint: bool,
}

/// What comes back to the loop from the tasks that effects have started.
pub(super) enum Arrival {
    /// To be told to the workbench as it is.
    Message(Message),
    /// Sandboxes, to be made known first.
    Opened(Ticket, Opened),
    /// Settings that were read again.
    Settings(Box<Result<LiveSettings, Failure>>),
    /// The user's own editor is not in front any more.
    EditorLeft,
}

/// Holds the links to all sessions and the clients of all sandboxes.
pub(super) struct EffectRunner {
    clients: BTreeMap<TargetId, EnvdClient>,
    links: BTreeMap<SessionId, SessionLink>,
    /// Links that were told to end and have not yet.
    leaving: JoinSet<()>,
    services: Services,
    /// How everything looks.
    pub(super) looks: Looks,
    /// What is kept in files.
    pub(super) keeper: Keeper,
    asking: Asking,
    remembering: Remembering,
    in_sandboxes: InSandboxes,
    pub(super) editing: Editing,
    answers: mpsc::Sender<Arrival>,
    clipboard: ClipboardWay,
}

/// What of ours is at work in sandboxes, to be ended before we leave.
#[derive(Default)]
struct InSandboxes {
    inspections: Inspections,
    joint_runs: JointRuns,
}

/// What is under way; what nobody waits for any more ends with the runner.
#[derive(Default)]
struct Asking {
    tasks: JoinSet<()>,
    /// Those of them that can be forgotten before they end.
    standing: BTreeMap<Ticket, AbortHandle>,
    /// Those of them that copy files.
    copies: FileCopies,
    /// The sandboxes that were cleared of what earlier runs left.
    cleared: BTreeSet<TargetId>,
}

impl EffectRunner {
    /// One that knows these sandboxes, and the channel on which answers come.
    pub(super) fn new(
        clients: BTreeMap<TargetId, EnvdClient>,
        (services, looks): (Services, Looks),
        clipboard: ClipboardWay,
    ) -> (Self, mpsc::Receiver<Arrival>) {
        let (answers, receiver) = mpsc::channel(ANSWERS);
        let keeper = Keeper::new(services.places.clone(), answers.clone());
        let remembering = Remembering::begin(services.history.as_ref(), &answers);
        let editing = Editing::new(services.editor.clone(), answers.clone());
        let runner = Self {
            clients,
            links: BTreeMap::new(),
            leaving: JoinSet::new(),
            services,
            looks,
            keeper,
            asking: Asking::default(),
            remembering,
            in_sandboxes: InSandboxes::default(),
            editing,
            answers,
            clipboard,
        };
        (runner, receiver)
    }

    /// Carries effects out, in their order.
    pub(super) fn carry_out(
        &mut self,
        effects: Vec<Effect>,
        inbox: &mut SessionInbox,
        surface: &mut impl Surface,
    ) -> Outcome {
        let mut outcome = Outcome::default();
        for effect in effects {
            match effect {
                Effect::Session(session, order) => self.pass_on(session, order, inbox),
                Effect::Ask(ticket, target, question) => self.ask(ticket, target, question),
                Effect::Platform(ticket, question) => self.ask_platform(ticket, question),
                Effect::Forget(ticket) => {
                    if let Some(task) = self.asking.standing.remove(&ticket) {
                        task.abort();
                    }
                    self.in_sandboxes.joint_runs.give_up(ticket);
                }
                Effect::OpenTarget(ticket, address) => self.open_target(ticket, address),
                Effect::History(order) => self.remembering.carry_out(order, &self.answers),
                Effect::Host(request) => match self.ask_host(request, surface) {
                    Ok(needs_repaint) => outcome.needs_repaint |= needs_repaint,
                    Err(error) => tracing::warn!(%error, "the terminal cannot be written to"),
                },
                Effect::Keep(KeepRequest::Theme(name)) => outcome.needs_repaint |= self.looks.choose(&name),
                Effect::Keep(request) => self.keeper.carry_out(request),
                Effect::WakeIn(time) => {
                    outcome.wake_in = Some(outcome.wake_in.map_or(time, |sooner| sooner.min(time)));
                }
                Effect::Quit(code) => outcome.quit = Some(code),
            }
        }
        while self.leaving.try_join_next().is_some() {}
        while self.asking.tasks.try_join_next().is_some() {}
        outcome
    }

    fn pass_on(&mut self, session: SessionId, order: SessionOrder, inbox: &mut SessionInbox) {
        match order {
            SessionOrder::Open(plan) => {
                let news = inbox.add(session);
                if let Some(client) = self.clients.get(&plan.target) {
                    let link = SessionLink::open(client.clone(), plan, news);
                    self.links.insert(session, link);
                } else {
                    let failure = Failure::new(FailureKind::Internal, "this sandbox is not open");
                    // The inbox was made just now: there is room.
                    let _ = news.try_send(SessionNews::Failed(failure));
                }
            }
            SessionOrder::Kill | SessionOrder::Detach => {
                let Some(link) = self.links.remove(&session) else {
                    return;
                };
                link.order(order);
                let news = inbox.remove(session);
                self.leaving.spawn(see_off(link, news));
                self.keeper.end_of(session);
            }
            order => {
                match &order {
                    SessionOrder::Send(bytes) => self.keeper.hear_input(session, bytes),
                    SessionOrder::Resize(size) => self.keeper.hear_size(session, *size),
                    _ => {}
                }
                if let Some(link) = self.links.get(&session) {
                    link.order(order);
                } else {
                    tracing::debug!(%session, "an order for a session that is gone");
                }
            }
        }
    }

    fn ask(&mut self, ticket: Ticket, target: TargetId, question: Question) {
        let client = self.clients.get(&target).cloned();
        if let Question::Look(question) = question {
            self.in_sandboxes
                .inspections
                .ask((ticket, question), target, client, &self.answers);
            return;
        }
        if let Question::Run(program) = question {
            return self
                .in_sandboxes
                .joint_runs
                .begin(ticket, (client, *program), &self.answers);
        }
        let answers = self.answers.clone();
        let question = match question {
            Question::Files(question) => {
                if let Some(client) = client.clone().filter(|_| self.asking.cleared.insert(target)) {
                    self.asking
                        .tasks
                        .spawn(async move { Transfer::clear_traces(&client).await });
                }
                return self.ask_about_files(ticket, client, question);
            }
            Question::Port(question) => {
                return self.stand(ticket, ports::answer(client, question, Asker { ticket, answers }));
            }
            other => other,
        };
        self.asking.tasks.spawn(async move {
            let answer = questions::answer(client, question).await;
            // Nobody listens any more when the program is ending.
            let _ = answers.send(Arrival::Message(Message::Answer(ticket, answer))).await;
        });
    }

    /// Lets a question be answered again and again until it is forgotten.
    fn stand(&mut self, ticket: Ticket, answering: impl Future<Output = ()> + Send + 'static) {
        let task = self.asking.tasks.spawn(answering);
        self.asking.standing.retain(|_, task| !task.is_finished());
        self.asking.standing.insert(ticket, task);
    }

    fn ask_about_files(&mut self, ticket: Ticket, client: Option<EnvdClient>, question: FilesQuestion) {
        let answers = self.answers.clone();
        match question {
            FilesQuestion::Steer(other, steering) => self.asking.copies.steer(other, steering),
            FilesQuestion::Transfer(order, rules) => {
                let errand = Errand::new(client.clone(), client, order, rules);
                let copying = self.asking.copies.carry_out(errand, ticket, answers);
                self.stand(ticket, copying);
            }
            FilesQuestion::Relay { to, order, rules } => {
                let errand = Errand::new(client, self.clients.get(&to).cloned(), order, rules);
                let copying = self.asking.copies.carry_out(errand, ticket, answers);
                self.stand(ticket, copying);
            }
            question => {
                let asker = Asker { ticket, answers };
                self.stand(ticket, file_questions::answer(client, question, asker));
            }
        }
    }

    fn ask_platform(&mut self, ticket: Ticket, question: PlatformQuestion) {
        let client = self.services.platform.clone();
        let answers = self.answers.clone();
        self.asking.tasks.spawn(async move {
            let answer = platform_desk::answer(client, question).await.map(Answer::Platform);
            let _ = answers.send(Arrival::Message(Message::Answer(ticket, answer))).await;
        });
    }

    fn open_target(&mut self, ticket: Ticket, address: String) {
        let desk = self.services.opener.clone();
        let answers = self.answers.clone();
        self.stand(ticket, async move {
            let opened = openings::open(desk, address).await;
            let _ = answers.send(Arrival::Opened(ticket, opened)).await;
        });
    }

    /// Makes known what has arrived, and what the workbench is to be told of it.
    pub(super) fn take_in(&mut self, arrival: Arrival, surface: &mut impl Surface) -> Message {
        match arrival {
            Arrival::Message(message) => message,
            Arrival::Opened(ticket, opened) => openings::admit(&mut self.clients, &self.services, (ticket, opened)),
            Arrival::EditorLeft => self.editing.take_back(surface),
            Arrival::Settings(settings) => Message::Kept(match *settings {
                Ok(settings) => self.renew(settings),
                Err(failure) => Kept::SettingsRefused(failure.to_string()),
            }),
        }
    }

    /// Lets settings be in force.
    fn renew(&mut self, settings: LiveSettings) -> Kept {
        self.looks.renew(settings.looks);
        self.clipboard = settings.clipboard;
        self.keeper.set_record_input(settings.record_input);
        Kept::Settings(Box::new(settings.options), settings.at_next_start)
    }

    /// Has the settings read again when they change, for as long as the runner lives.
    pub(super) fn follow_settings(&mut self) {
        if let Some(reload) = self.services.reload.take() {
            self.asking.tasks.spawn(reload.follow(self.answers.clone()));
        }
    }

    /// News of a session, before the workbench hears of them.
    pub(super) fn overhear(&mut self, session: SessionId, news: &SessionNews) {
        match news {
            SessionNews::Output(bytes) => self.keeper.hear_output(session, bytes),
            SessionNews::Ended(_) | SessionNews::Failed(_) => self.keeper.end_of(session),
            _ => {}
        }
    }

    /// Answers whether everything is to be drawn again.
    fn ask_host(&mut self, request: HostRequest, surface: &mut impl Surface) -> std::io::Result<bool> {
        match request {
            HostRequest::Copy(text) => {
                on_this_machine::copy(text, &self.clipboard, surface, &self.answers).map(|()| false)
            }
            HostRequest::OpenWeb(address) => {
                on_this_machine::open_web(&address, &self.answers);
                Ok(false)
            }
            HostRequest::Title(title) => surface.set_title(&title).map(|()| false),
            HostRequest::Notify(text) => surface.notify(&text).map(|()| false),
            HostRequest::Mouse(is_ours) => surface.set_mouse(is_ours).map(|()| false),
            HostRequest::Bell => surface.ring().map(|()| false),
            HostRequest::Redraw => surface.forget().map(|()| true),
            HostRequest::Edit(ticket, request) => {
                self.editing.begin(ticket, request, surface);
                Ok(false)
            }
            HostRequest::Suspend => suspend(surface).map(|()| true),
        }
    }

    /// Lets every session go and waits a short while for that, and for what was told to end before. Answers what the
    /// user should know, a line each.
    pub(super) async fn finish(mut self, mut inbox: SessionInbox) -> Vec<String> {
        let left = self.editing.leave();
        self.asking.copies.leave().await;
        self.asking.tasks.abort_all();
        for (session, link) in std::mem::take(&mut self.links) {
            link.order(SessionOrder::Detach);
            let news = inbox.remove(session);
            self.leaving.spawn(see_off(link, news));
        }
        let sessions = async { while self.leaving.join_next().await.is_some() {} };
        let all = async {
            {
                let InSandboxes {
                    inspections,
                    joint_runs,
                } = &mut self.in_sandboxes;
                tokio::join!(sessions, inspections.leave(), joint_runs.leave())
            }
        };
        if tokio::time::timeout(LEAVE_LIMIT, all).await.is_err() {
            tracing::warn!("some sessions did not end in time");
        }
        self.keeper.finish().await;
        self.remembering.finish().await;
        left
    }
}

/// Gives the terminal back and stops. Being continued is an event of its own, which takes the terminal again: the
/// signal comes also to whom others have stopped.
pub(super) fn suspend(surface: &mut impl Surface) -> std::io::Result<()> {
    let Err(failure) = host::stop_like_a_job(|| surface.leave()) else {
        return Ok(());
    };
    tracing::warn!(%failure, "not suspended");
    surface.enter_again()?;
    surface.ring()
}

/// Reads what a session still says, so that it can go on to its end.
async fn see_off(link: SessionLink, news: Option<mpsc::Receiver<SessionNews>>) {
    let listening = async {
        if let Some(mut news) = news {
            while news.recv().await.is_some() {}
        }
    };
    tokio::join!(listening, link.finished());
}
