//! What all sessions say, taken in fair turns: a session that prints without end cannot keep the others, or the keys,
//! waiting. A session that is not listened to is held back, never cut.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::{Context, Poll, Waker, ready};

use bytes::{Bytes, BytesMut};
use tokio::sync::mpsc;

use crate::domain::{SessionId, SessionNews};

/// News of one session that may wait. With the largest chunks that is about a megabyte.
const WAITING: usize = 32;
/// How many bytes of output one session may deliver before the next one has its turn, at once or in pieces.
const TURN: usize = 64 * 1024;

/// Whether a session is listened to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hold {
    /// It is.
    Free,
    /// Only its output is taken: there is room for more, but what else it says must wait until all of that is worked off.
    OutputOnly,
    /// It is not.
    Held,
}

/// The receiving end of one session.
#[derive(Debug)]
struct Open {
    session: SessionId,
    receiver: mpsc::Receiver<SessionNews>,
    /// What was received and had to wait.
    waiting: Option<SessionNews>,
}

impl Open {
    fn poll(&mut self, hold: Hold, context: &mut Context<'_>) -> Poll<Option<SessionNews>> {
        if hold == Hold::Held {
            return Poll::Pending;
        }
        let next = match self.waiting.take() {
            Some(news) => Some(news),
            None => ready!(self.receiver.poll_recv(context)),
        };
        match next {
            Some(news) if hold == Hold::OutputOnly && !matches!(news, SessionNews::Output(_)) => {
                self.waiting = Some(news);
                Poll::Pending
            }
            Some(SessionNews::Output(bytes)) => Poll::Ready(Some(SessionNews::Output(self.with_what_follows(bytes)))),
            next => Poll::Ready(next),
        }
    }

    /// Output together with the output behind it that is there already. A terminal sends small pieces even when it floods;
    /// who sees much at once can pass over what nobody will see.
    fn with_what_follows(&mut self, bytes: Bytes) -> Bytes {
        let mut gathered = BytesMut::new();
        while bytes.len().max(gathered.len()) < TURN {
            match self.receiver.try_recv() {
                Ok(SessionNews::Output(more)) => {
                    if gathered.is_empty() {
                        gathered.extend_from_slice(&bytes);
                    }
                    gathered.extend_from_slice(&more);
                }
                Ok(other) => {
                    self.waiting = Some(other);
                    break;
                }
                Err(_) => break,
            }
        }
        if gathered.is_empty() { bytes } else { gathered.freeze() }
    }
}

/// The receiving ends of all sessions.
#[derive(Debug, Default)]
pub(super) struct SessionInbox {
    /// The one whose turn it is stands in front.
    open: VecDeque<Open>,
    /// What the one in front has delivered in this turn.
    delivered: usize,
}

impl SessionInbox {
    /// A place for the news of one more session.
    pub(super) fn add(&mut self, session: SessionId) -> mpsc::Sender<SessionNews> {
        let (sender, receiver) = mpsc::channel(WAITING);
        self.open.push_back(Open {
            session,
            receiver,
            waiting: None,
        });
        sender
    }

    /// Gives up listening to a session. Its news must still be read, or it could not go on to its end.
    pub(super) fn remove(&mut self, session: SessionId) -> Option<mpsc::Receiver<SessionNews>> {
        let at = self.open.iter().position(|open| open.session == session)?;
        if at == 0 {
            self.delivered = 0;
        }
        self.open.remove(at).map(|open| open.receiver)
    }

    /// The next news of a session that is listened to, waiting for it. May be cancelled without losing any.
    pub(super) async fn next(&mut self, hold: impl Fn(SessionId) -> Hold) -> (SessionId, SessionNews) {
        poll_fn(|context| self.poll_next(context, &hold)).await
    }

    /// The next news of a session that is listened to, if one is there already.
    pub(super) fn try_next(&mut self, hold: impl Fn(SessionId) -> Hold) -> Option<(SessionId, SessionNews)> {
        match self.poll_next(&mut Context::from_waker(Waker::noop()), &hold) {
            Poll::Ready(found) => Some(found),
            Poll::Pending => None,
        }
    }

    fn poll_next(
        &mut self,
        context: &mut Context<'_>,
        hold: &impl Fn(SessionId) -> Hold,
    ) -> Poll<(SessionId, SessionNews)> {
        if self.delivered >= TURN {
            self.end_turn();
        }
        let mut left = self.open.len();
        while left > 0 {
            left -= 1;
            let Some(open) = self.open.front_mut() else {
                break;
            };
            let session = open.session;
            match open.poll(hold(session), context) {
                Poll::Ready(Some(news)) => {
                    if let SessionNews::Output(bytes) = &news {
                        self.delivered += bytes.len();
                    }
                    return Poll::Ready((session, news));
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
    use super::*;

    fn output(size: usize) -> SessionNews {
        SessionNews::Output(Bytes::from(vec![b'x'; size]))
    }

    fn none(_: SessionId) -> Hold {
        Hold::Free
    }

    #[test]
    fn where_only_output_is_taken_the_rest_waits_in_its_place() {
        let mut inbox = SessionInbox::default();
        let (loud, other) = (inbox.add(SessionId(1)), inbox.add(SessionId(2)));
        loud.try_send(output(1)).unwrap();
        loud.try_send(SessionNews::Refused { bytes: 7 }).unwrap();
        loud.try_send(output(2)).unwrap();
        other.try_send(output(3)).unwrap();
        let hold = |session| {
            if session == SessionId(1) {
                Hold::OutputOnly
            } else {
                Hold::Free
            }
        };
        let said: Vec<_> = std::iter::from_fn(|| inbox.try_next(hold)).collect();
        assert_eq!(said, [(SessionId(1), output(1)), (SessionId(2), output(3))]);
        let said: Vec<_> = std::iter::from_fn(|| inbox.try_next(none))
            .map(|(_, news)| news)
            .collect();
        assert_eq!(said, [SessionNews::Refused { bytes: 7 }, output(2)]);
    }

    #[test]
    fn a_session_that_is_held_keeps_its_news_and_its_order() {
        let mut inbox = SessionInbox::default();
        let (first, free) = (inbox.add(SessionId(1)), inbox.add(SessionId(2)));
        for bytes in 0..3 {
            first.try_send(SessionNews::Refused { bytes }).unwrap();
        }
        free.try_send(output(1)).unwrap();
        let held = |session| {
            if session == SessionId(1) {
                Hold::Held
            } else {
                Hold::Free
            }
        };
        assert_eq!(inbox.try_next(held), Some((SessionId(2), output(1))));
        assert_eq!(inbox.try_next(held), None);
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
        assert_eq!(order.len(), WAITING / 4 + 1);
        assert_eq!(order.iter().position(|id| *id == 2), Some(1));
    }

    #[test]
    fn small_pieces_of_output_come_together_up_to_whatever_else_is_said() {
        let mut inbox = SessionInbox::default();
        let sender = inbox.add(SessionId(7));
        for text in ["a", "b", "", "c"] {
            sender.try_send(SessionNews::Output(text.into())).unwrap();
        }
        sender.try_send(SessionNews::Refused { bytes: 1 }).unwrap();
        sender.try_send(SessionNews::Output("d".into())).unwrap();
        let said: Vec<SessionNews> = std::iter::from_fn(|| inbox.try_next(none))
            .map(|(_, news)| news)
            .collect();
        let output = |text: &'static str| SessionNews::Output(text.into());
        assert_eq!(said, [output("abc"), SessionNews::Refused { bytes: 1 }, output("d")]);
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
