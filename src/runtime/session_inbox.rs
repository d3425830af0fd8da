//! What all sessions say, taken in fair turns: a session that prints without end cannot keep the others, or the keys,
//! waiting. A session that is not listened to is held back, never cut.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::{Context, Poll, Waker};

use tokio::sync::mpsc;

use crate::domain::{SessionId, SessionNews};

/// News of one session that may wait. With the largest chunks that is about a megabyte.
const WAITING: usize = 32;
/// How many bytes of output one session may deliver before the next one has its turn.
const TURN: usize = 64 * 1024;

/// The receiving ends of all sessions.
#[derive(Debug, Default)]
pub(super) struct SessionInbox {
    /// The one whose turn it is stands in front.
    open: VecDeque<(SessionId, mpsc::Receiver<SessionNews>)>,
    /// What the one in front has delivered in this turn.
    delivered: usize,
}

impl SessionInbox {
    /// A place for the news of one more session.
    pub(super) fn add(&mut self, session: SessionId) -> mpsc::Sender<SessionNews> {
        let (sender, receiver) = mpsc::channel(WAITING);
        self.open.push_back((session, receiver));
        sender
    }

    /// Gives up listening to a session. Its news must still be read, or it could not go on to its end.
    pub(super) fn remove(&mut self, session: SessionId) -> Option<mpsc::Receiver<SessionNews>> {
        let at = self.open.iter().position(|(id, _)| *id == session)?;
        if at == 0 {
            self.delivered = 0;
        }
        self.open.remove(at).map(|(_, receiver)| receiver)
    }

    /// The next news of a session that is not held, waiting for it. May be cancelled without losing any.
    pub(super) async fn next(&mut self, is_held: impl Fn(SessionId) -> bool) -> (SessionId, SessionNews) {
        poll_fn(|context| self.poll_next(context, &is_held)).await
    }

    /// The next news of a session that is not held, if one is there already.
    pub(super) fn try_next(&mut self, is_held: impl Fn(SessionId) -> bool) -> Option<(SessionId, SessionNews)> {
        match self.poll_next(&mut Context::from_waker(Waker::noop()), &is_held) {
            Poll::Ready(found) => Some(found),
            Poll::Pending => None,
        }
    }

    fn poll_next(
        &mut self,
        context: &mut Context<'_>,
        is_held: &impl Fn(SessionId) -> bool,
    ) -> Poll<(SessionId, SessionNews)> {
        if self.delivered >= TURN {
            self.end_turn();
        }
        let mut left = self.open.len();
        while left > 0 {
            left -= 1;
            let Some((session, receiver)) = self.open.front_mut() else {
                break;
            };
            if is_held(*session) {
                self.end_turn();
                continue;
            }
            match receiver.poll_recv(context) {
                Poll::Ready(Some(news)) => {
                    if let SessionNews::Output(bytes) = &news {
                        self.delivered += bytes.len();
                    }
                    return Poll::Ready((*session, news));
                }
                // A session that has said everything is forgotten.
                Poll::Ready(None) => {
                    self.open.pop_front();
                    self.delivered = 0;
                }
                Poll::Pending => self.end_turn(),
            }
        }
        Poll::Pending
    }

    fn end_turn(&mut self) {
        self.delivered = 0;
        self.open.rotate_left(usize::from(!self.open.is_empty()));
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn output(size: usize) -> SessionNews {
        SessionNews::Output(Bytes::from(vec![b'x'; size]))
    }

    fn none(_: SessionId) -> bool {
        false
    }

    #[test]
    fn a_session_that_is_held_keeps_its_news_and_its_order() {
        let mut inbox = SessionInbox::default();
        let (held, free) = (inbox.add(SessionId(1)), inbox.add(SessionId(2)));
        for bytes in 0..3 {
            held.try_send(SessionNews::Refused { bytes }).unwrap();
        }
        free.try_send(output(1)).unwrap();
        let is_held = |session| session == SessionId(1);
        assert_eq!(inbox.try_next(is_held), Some((SessionId(2), output(1))));
        assert_eq!(inbox.try_next(is_held), None);
        let said: Vec<SessionNews> = std::iter::from_fn(|| inbox.try_next(none))
            .map(|(_, news)| news)
            .collect();
        assert_eq!(said, [0, 1, 2].map(|bytes| SessionNews::Refused { bytes }));
    }

    #[test]
    fn a_loud_session_leaves_turns_to_a_quiet_one() {
        let mut inbox = SessionInbox::default();
        let loud = inbox.add(SessionId(1));
        let quiet = inbox.add(SessionId(2));
        for _ in 0..WAITING {
            loud.try_send(output(TURN / 4)).unwrap();
        }
        quiet.try_send(output(1)).unwrap();
        let order: Vec<u64> = std::iter::from_fn(|| inbox.try_next(none))
            .map(|(id, _)| id.0)
            .collect();
        assert_eq!(order.len(), WAITING + 1);
        assert_eq!(order.iter().position(|id| *id == 2), Some(4));
    }

    #[test]
    fn the_order_within_a_session_is_kept_and_the_end_forgets_it() {
        let mut inbox = SessionInbox::default();
        let sender = inbox.add(SessionId(7));
        for bytes in 0..3 {
            sender.try_send(SessionNews::Refused { bytes }).unwrap();
        }
        drop(sender);
        let said: Vec<SessionNews> = std::iter::from_fn(|| inbox.try_next(none))
            .map(|(_, news)| news)
            .collect();
        assert_eq!(said, [0, 1, 2].map(|bytes| SessionNews::Refused { bytes }));
        assert!(inbox.open.is_empty());
    }

    #[tokio::test]
    async fn waiting_ends_with_news_of_any_session() {
        let mut inbox = SessionInbox::default();
        let _silent = inbox.add(SessionId(1));
        let speaking = inbox.add(SessionId(2));
        let later = tokio::spawn(async move { speaking.send(output(1)).await });
        assert_eq!(inbox.next(none).await.0, SessionId(2));
        later.await.unwrap().unwrap();
    }
}
