//! The user's own editor in front of the workbench: the terminal is left and taken again, and the loop goes on meanwhile
//! without drawing and without keys. Knows no sandbox.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::mpsc as std_mpsc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use crate::app::{Answer, EditRequest, Edited, Message};
use crate::domain::{Failure, FailureKind, RemoteText, Ticket, innermost_words};
use crate::host::{Editor, EditorEnd, InputSwitch, PrivateCopy, RunningEditor, Surface, hang_up_group};

use super::effect_runner::Arrival;

/// An editor that is told to end has this long.
const END_LIMIT: Duration = Duration::from_millis(500);

/// Which editor, and what keeps us from reading its keys.
#[derive(Clone, Debug)]
pub struct EditorPlan {
    /// The editor.
    pub editor: Editor,
    /// Switches our own reading of keys off.
    pub switch: InputSwitch,
}

impl EditorPlan {
    /// The editor that the environment names.
    pub fn usual(switch: InputSwitch) -> Self {
        Self {
            editor: Editor::chosen(|name| std::env::var(name).ok()),
            switch,
        }
    }
}

/// The editors of this run: at most one in front, and those that were stopped.
pub(super) struct Editing {
    plan: Option<EditorPlan>,
    front: Option<Front>,
    stopped: BTreeMap<Ticket, Job>,
    answers: mpsc::Sender<Arrival>,
}

/// The one that has the terminal.
struct Front {
    ticket: Ticket,
    /// Its process group, once it runs; 0 before.
    group: Arc<AtomicI32>,
    back: std_mpsc::Receiver<Back>,
}

/// An editor with what it works on.
struct Job {
    copy: PrivateCopy,
    before: Arc<[u8]>,
    running: RunningEditor,
}

/// What comes back from the thread that waited for it.
type Back = Result<(Job, EditorEnd), Failure>;

impl Editing {
    pub(super) fn new(plan: Option<EditorPlan>, answers: mpsc::Sender<Arrival>) -> Self {
        Self {
            plan,
            front: None,
            stopped: BTreeMap::new(),
            answers,
        }
    }

    /// Whether the terminal is an editor's.
    pub(super) fn is_in_front(&self) -> bool {
        self.front.is_some()
    }

    /// Gives the terminal away. What comes of it arrives later.
    pub(super) fn begin(&mut self, ticket: Ticket, request: EditRequest, surface: &mut impl Surface) {
        let refused = |why: &str| Failure::new(FailureKind::Refused, "no editor was started").because(why);
        let Some(plan) = self.plan.clone().filter(|_| self.front.is_none()) else {
            return self.refuse(ticket, refused("another one has the terminal, or there is none"));
        };
        let stopped = match &request {
            EditRequest::Begin(..) => None,
            EditRequest::GoOn(old) => match self.stopped.remove(old) {
                Some(job) => Some(job),
                None => return self.refuse(ticket, refused("it has ended")),
            },
        };
        surface.leave();
        let group = Arc::new(AtomicI32::new(0));
        let (sender, back) = std_mpsc::channel();
        let (its_group, answers) = (Arc::clone(&group), self.answers.clone());
        spawn_blocking(move || {
            if !plan.switch.turn_off() {
                tracing::warn!("somebody else may read keys that are the editor's");
            }
            let job = match (stopped, request) {
                (None, EditRequest::Begin(name, text)) => start(&plan.editor, &name, text),
                (Some(job), _) => Ok(job),
                (None, EditRequest::GoOn(_)) => Err(refused("it has ended")),
            };
            let back = job.map(|mut job| {
                its_group.store(job.running.group(), Ordering::Release);
                let end = job.running.wait_in_front();
                (job, end)
            });
            its_group.store(0, Ordering::Release);
            let _ = sender.send(back);
            let _ = answers.blocking_send(Arrival::EditorLeft);
        });
        self.front = Some(Front { ticket, group, back });
    }

    fn refuse(&self, ticket: Ticket, failure: Failure) {
        let answers = self.answers.clone();
        // In a task: the channel may be full, and nothing waits here.
        tokio::spawn(async move {
            let message = Message::Answer(ticket, Err(failure));
            let _ = answers.send(Arrival::Message(message)).await;
        });
    }

    /// Takes the terminal again, and says what became of the editor.
    pub(super) fn take_back(&mut self, surface: &mut impl Surface) -> Message {
        let Some(front) = self.front.take() else {
            return Message::Timer;
        };
        if let Err(error) = surface.enter_again() {
            tracing::warn!(%error, "the terminal cannot be taken again");
        }
        if let Some(plan) = &self.plan {
            plan.switch.turn_on();
        }
        let back = front.back.try_recv().unwrap_or_else(|_| {
            Err(Failure::new(
                FailureKind::Internal,
                "nothing is known of the editor any more",
            ))
        });
        let edited = back.and_then(|(job, end)| self.judge(front.ticket, job, end));
        Message::Answer(front.ticket, edited.map(Answer::Edited))
    }

    fn judge(&mut self, ticket: Ticket, mut job: Job, end: EditorEnd) -> Result<Edited, Failure> {
        let words = match end {
            EditorEnd::Stopped => {
                let name = job.running.name().to_owned();
                self.stopped.insert(ticket, job);
                return Ok(Edited::Stopped(name));
            }
            EditorEnd::Done => None,
            EditorEnd::Failed(words) => Some(words),
        };
        let text = job.copy.text();
        match (text, words) {
            (Ok(text), None) => Ok(Edited::Left(text)),
            // Nothing was written, and no editor left anything else.
            (Ok(_), Some(words)) if job.copy.is_untouched(&job.before) => {
                let failure = Failure::new(FailureKind::Refused, "nothing was edited").because(words);
                Err(failure.hint("name an editor in $VISUAL or $EDITOR"))
            }
            (Ok(text), Some(words)) if job.copy.is_untouched(&text) => Ok(Edited::Broken(text, words)),
            // An editor that was ended may have saved what it had in a file of its own.
            (Ok(text), Some(words)) => {
                job.copy.keep();
                let place = job.copy.path().display();
                Ok(Edited::Broken(text, format!("{words}; what it left is beside {place}")))
            }
            (Err(error), words) => {
                job.copy.keep();
                let failure = Failure::new(FailureKind::Internal, "what was edited cannot be read");
                let cause = words.unwrap_or_else(|| innermost_words(&error));
                Err(failure
                    .because(cause)
                    .hint(format!("look into {}", job.copy.path().display())))
            }
        }
    }

    /// Ends all editors. Texts that are nowhere else stay, and are told of.
    pub(super) fn leave(&mut self) -> Vec<String> {
        let mut jobs: Vec<Job> = std::mem::take(&mut self.stopped).into_values().collect();
        if let Some(front) = self.front.take() {
            let group = front.group.load(Ordering::Acquire);
            if group != 0 {
                hang_up_group(group);
            }
            if let Ok(Ok((job, _))) = front.back.recv_timeout(END_LIMIT) {
                jobs.push(job);
            }
        }
        let left = jobs.into_iter().filter_map(|mut job| {
            job.running.hang_up();
            if job.copy.is_untouched(&job.before) {
                return None;
            }
            job.copy.keep();
            Some(format!(
                "what was being edited is left in {}",
                job.copy.path().display()
            ))
        });
        left.collect()
    }
}

fn start(editor: &Editor, name: &RemoteText, text: Arc<[u8]>) -> Result<Job, Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(FailureKind::Internal, "no editor was started").because(innermost_words(&error))
    };
    let copy = PrivateCopy::make(name.unescaped(), &text).map_err(failed)?;
    let running = editor.start(&copy).map_err(failed)?;
    Ok(Job {
        copy,
        before: text,
        running,
    })
}
