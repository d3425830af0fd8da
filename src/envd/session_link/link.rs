//! The handle of a session: takes orders without ever waiting.

use std::sync::Arc;

use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinHandle;

use super::course::{Course, Wishes};
use crate::domain::{SessionNews, SessionOrder, SessionPlan};
use crate::envd::EnvdClient;
use crate::envd::input_lane::InputLane;

/// How a session is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leave {
    /// The program runs on.
    Detach,
    /// The program ends.
    Kill,
}

/// One session, from its opening to its end. Dropping it detaches.
#[derive(Debug)]
pub struct SessionLink {
    lane: Arc<InputLane>,
    size: watch::Sender<crate::domain::GridSize>,
    leave: watch::Sender<Option<Leave>>,
    retry: Arc<Notify>,
    life: JoinHandle<()>,
}

impl SessionLink {
    /// Begins at once, in a task of its own. News come in the order they happen; a full channel makes the sandbox wait, so
    /// the receiver must be read even when nobody looks. Ends when the program has ended, after `Kill` or `Detach`, or when
    /// the receiver is gone. Must be called inside a tokio runtime.
    pub fn open(client: EnvdClient, plan: SessionPlan, news: mpsc::Sender<SessionNews>) -> Self {
        let lane = Arc::new(InputLane::default());
        let (size, size_wish) = watch::channel(plan.size);
        let (leave, leave_wish) = watch::channel(None);
        let retry = Arc::new(Notify::new());
        let wishes = Wishes {
            lane: Arc::clone(&lane),
            size: size_wish,
            leave: leave_wish,
            retry: Arc::clone(&retry),
        };
        let course = Course::new(client, plan.entry, wishes, news);
        Self {
            lane,
            size,
            leave,
            retry,
            life: tokio::spawn(course.run()),
        }
    }

    /// Passes an order on. Never waits; what becomes of it comes as news. `Open` was carried out by [`Self::open`] already.
    pub fn order(&self, order: SessionOrder) {
        match order {
            SessionOrder::Open(_) => {}
            SessionOrder::Send(bytes) => self.lane.push(bytes),
            SessionOrder::Resize(size) => {
                self.size.send_replace(size);
            }
            // While the link stands this begins it anew: after the machine slept, a dead link looks like a quiet one.
            SessionOrder::RetryNow => self.retry.notify_one(),
            SessionOrder::Kill => {
                self.leave.send_replace(Some(Leave::Kill));
            }
            SessionOrder::Detach => {
                self.leave
                    .send_if_modified(|leave| leave.is_none() && leave.replace(Leave::Detach).is_none());
            }
        }
    }

    /// Waits until everything is over: after `Kill`, until the signal was sent or given up. Bound it in time when leaving.
    pub async fn finished(mut self) {
        if (&mut self.life).await.is_err() {
            tracing::error!("a session's task failed");
        }
    }
}
