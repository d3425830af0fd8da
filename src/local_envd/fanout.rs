//! The output of one process on its way to any number of subscribers. Knows no process and no dialect.
//!
//! Without subscribers output is dropped, as in the real envd. With some, each has a queue of its own, and:
//! - the reader waits only while *every* subscriber has [`ENOUGH`] waiting: a lone slow reader slows the process down
//!   and loses nothing, but one stalled viewer does not hold up the others;
//! - a subscriber that falls [`TOO_FAR`] behind the others gets what was queued so far and then an error. A client
//!   sees a broken stream, never one with a hole in it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::wire::generated::process::process_event::EndEvent;
use crate::wire::generated::process::process_event::data_event::Output;

/// Bytes waiting for one subscriber above which it does not need more yet.
const ENOUGH: usize = 512 * 1024;
/// Bytes waiting for one subscriber above which it is given up.
const TOO_FAR: usize = 8 * 1024 * 1024;

/// What one piece costs beside its bytes: without it, single bytes would fill the memory far beyond the limits.
const PIECE_COST: usize = 64;

/// What a subscriber is told.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum News {
    /// One piece of output.
    Output(Output),
    /// The process ended; nothing follows.
    End(EndEvent),
}

/// The subscriber was given up; output after this point is missing for it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FellBehind;

/// Where output goes in.
#[derive(Debug, Default)]
pub(super) struct Fanout {
    state: Mutex<State>,
    /// Told whenever a queue gets shorter or disappears.
    room: Notify,
}

#[derive(Debug, Default)]
struct State {
    queues: BTreeMap<u64, Queue>,
    next_id: u64,
    end: Option<EndEvent>,
}

#[derive(Debug, Default)]
struct Queue {
    output: VecDeque<Output>,
    bytes: usize,
    given_up: bool,
    news: Arc<Notify>,
}

impl Fanout {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Output from now on, then the end; the end at once if it has come already.
    pub(super) fn subscribe(self: &Arc<Self>) -> Subscription {
        let mut state = self.state();
        let id = state.next_id;
        state.next_id += 1;
        let queue = Queue::default();
        let news = Arc::clone(&queue.news);
        state.queues.insert(id, queue);
        drop(state);
        Subscription {
            fanout: Arc::clone(self),
            id,
            news,
        }
    }

    /// Waits until somebody needs more, or nobody is there.
    pub(super) async fn wait_for_room(&self) {
        loop {
            let room = self.room.notified();
            tokio::pin!(room);
            room.as_mut().enable();
            if self.state().wants_output() {
                return;
            }
            room.await;
        }
    }

    /// Hands a piece of output to everybody who is there.
    pub(super) fn publish(&self, output: &Output) {
        let size = cost_of(output);
        for queue in self.state().queues.values_mut().filter(|queue| !queue.given_up) {
            if queue.bytes + size > TOO_FAR {
                queue.given_up = true;
            } else {
                queue.bytes += size;
                queue.output.push_back(output.clone());
            }
            queue.news.notify_one();
        }
    }

    /// Tells everybody, now and later, that the process ended.
    pub(super) fn finish(&self, end: EndEvent) {
        let mut state = self.state();
        state.end = Some(end);
        for queue in state.queues.values() {
            queue.news.notify_one();
        }
    }
}

impl State {
    fn wants_output(&self) -> bool {
        let mut served = self.queues.values().filter(|queue| !queue.given_up).peekable();
        served.peek().is_none() || served.any(|queue| queue.bytes < ENOUGH)
    }
}

/// What a piece counts for in a queue.
fn cost_of(output: &Output) -> usize {
    match output {
        Output::Stdout(bytes) | Output::Stderr(bytes) | Output::Pty(bytes) => bytes.len() + PIECE_COST,
    }
}

/// Where output comes out. Dropping it leaves the others and the process alone.
#[derive(Debug)]
pub(super) struct Subscription {
    fanout: Arc<Fanout>,
    id: u64,
    news: Arc<Notify>,
}

impl Subscription {
    /// The next piece, in order; the end is the last one. May be dropped while it waits without losing anything.
    pub(super) async fn next(&mut self) -> Result<News, FellBehind> {
        loop {
            if let Some(news) = self.take() {
                self.fanout.room.notify_waiters();
                return news;
            }
            self.news.notified().await;
        }
    }

    fn take(&self) -> Option<Result<News, FellBehind>> {
        let mut state = self.fanout.state();
        let end = state.end.clone();
        let queue = state.queues.get_mut(&self.id)?;
        if let Some(output) = queue.output.pop_front() {
            queue.bytes -= cost_of(&output);
            return Some(Ok(News::Output(output)));
        }
        if queue.given_up {
            return Some(Err(FellBehind));
        }
        end.map(|end| Ok(News::End(end)))
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.fanout.state().queues.remove(&self.id);
        self.fanout.room.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures_util::FutureExt;

    use super::*;

    const PIECE: usize = 64 * 1024;

    fn piece(number: u8) -> Output {
        Output::Stdout(Bytes::from(vec![number; PIECE]))
    }

    /// Publishes while there is room, at most `limit` pieces, and says how many.
    fn fill(fanout: &Fanout, limit: usize) -> usize {
        (0..limit)
            .take_while(|number| {
                let room = fanout.wait_for_room().now_or_never().is_some();
                if room {
                    fanout.publish(&piece(*number as u8));
                }
                room
            })
            .count()
    }

    #[test]
    fn nobody_there_means_output_is_dropped() {
        let fanout = Arc::new(Fanout::default());
        assert_eq!(fill(&fanout, 1000), 1000);
        let mut late = fanout.subscribe();
        assert!(late.next().now_or_never().is_none());
        fanout.finish(EndEvent::default());
        assert_eq!(late.next().now_or_never(), Some(Ok(News::End(EndEvent::default()))));
    }

    #[test]
    fn a_lone_slow_reader_holds_the_process_up_and_loses_nothing() {
        let fanout = Arc::new(Fanout::default());
        let mut slow = fanout.subscribe();
        let waiting = fill(&fanout, 1000);
        assert_eq!(waiting, ENOUGH.div_ceil(PIECE + PIECE_COST));
        for number in 0..waiting {
            let news = slow.next().now_or_never().unwrap();
            assert_eq!(news, Ok(News::Output(piece(number as u8))));
        }
        assert!(fanout.wait_for_room().now_or_never().is_some());
    }

    #[test]
    fn a_stalled_viewer_does_not_stall_the_others_and_is_told_in_the_end() {
        let fanout = Arc::new(Fanout::default());
        let mut stalled = fanout.subscribe();
        let mut quick = fanout.subscribe();
        for number in 0..200_u8 {
            assert!(fanout.wait_for_room().now_or_never().is_some());
            fanout.publish(&piece(number));
            assert_eq!(quick.next().now_or_never(), Some(Ok(News::Output(piece(number)))));
        }
        for number in 0..(TOO_FAR / (PIECE + PIECE_COST)) {
            let news = stalled.next().now_or_never().unwrap();
            assert_eq!(news, Ok(News::Output(piece(number as u8))));
        }
        assert_eq!(stalled.next().now_or_never(), Some(Err(FellBehind)));
    }

    #[test]
    fn single_bytes_do_not_pile_up_without_end() {
        let fanout = Arc::new(Fanout::default());
        let mut slow = fanout.subscribe();
        let _quick = fanout.subscribe();
        for _ in 0..=TOO_FAR / (1 + PIECE_COST) {
            fanout.publish(&Output::Stdout(Bytes::from_static(b"x")));
        }
        let mut pieces = 0;
        while let Some(Ok(News::Output(_))) = slow.next().now_or_never() {
            pieces += 1;
        }
        assert_eq!(pieces, TOO_FAR / (1 + PIECE_COST));
    }

    #[test]
    fn who_leaves_makes_room() {
        let fanout = Arc::new(Fanout::default());
        let slow = fanout.subscribe();
        fill(&fanout, 1000);
        let mut wait = Box::pin(fanout.wait_for_room());
        assert!((&mut wait).now_or_never().is_none());
        drop(slow);
        assert!(wait.now_or_never().is_some());
    }
}
