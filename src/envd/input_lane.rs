//! What was typed and is not in the sandbox yet: one ordered queue, one call in flight, nothing sent twice, nothing dropped
//! without being counted. Knows no network.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::{Bytes, BytesMut};
use tokio::sync::Notify;

/// The most bytes that wait. More than anybody types or sensibly pastes; a send that does not fit is refused whole.
pub const CAPACITY: usize = 1 << 20;

/// The queue of one session.
#[derive(Debug, Default)]
pub struct InputLane {
    state: Mutex<State>,
    arrived: Notify,
    turned_away: Notify,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Bytes>,
    waiting_bytes: usize,
    /// Bytes in the call that is under way.
    in_flight: usize,
    /// Bytes that were refused and not reported yet.
    refused: usize,
    is_closed: bool,
}

impl State {
    fn refuse_waiting(&mut self) {
        self.waiting.clear();
        self.refused += std::mem::take(&mut self.waiting_bytes);
    }
}

impl InputLane {
    /// Queues bytes, or refuses all of them when the lane is full or closed. Never waits.
    pub fn push(&self, bytes: Bytes) {
        if bytes.is_empty() {
            return;
        }
        let mut state = self.lock();
        if state.is_closed || state.waiting_bytes + bytes.len() > CAPACITY {
            state.refused += bytes.len();
            self.turned_away.notify_one();
        } else {
            state.waiting_bytes += bytes.len();
            state.waiting.push_back(bytes);
            self.arrived.notify_one();
        }
    }

    /// Everything that waits, up to `most` bytes, as the next call to make. Waits for the first byte. The bytes count as in
    /// flight until `confirm`, `refuse` or `give_up` says what became of them.
    pub async fn next_call(&self, most: usize) -> Bytes {
        loop {
            if let Some(bytes) = self.lock().take(most) {
                return bytes;
            }
            self.arrived.notified().await;
        }
    }

    /// The call in flight was answered: its bytes are written.
    pub fn confirm(&self) {
        self.lock().in_flight = 0;
    }

    /// The call in flight was turned down: its bytes were not written. What waits behind them must not go through without
    /// them, so it is refused as well.
    pub fn refuse(&self) {
        let mut state = self.lock();
        state.refused += std::mem::take(&mut state.in_flight);
        state.refuse_waiting();
        self.report_refused(state);
    }

    /// Nobody knows what became of the call in flight. Returns its bytes, if there was one; what waits is refused.
    pub fn give_up(&self) -> Option<usize> {
        let mut state = self.lock();
        let unconfirmed = std::mem::take(&mut state.in_flight);
        state.refuse_waiting();
        self.report_refused(state);
        (unconfirmed > 0).then_some(unconfirmed)
    }

    /// From now on everything is refused, until `open`: keys typed into a dead link must not run minutes later.
    pub fn close(&self) {
        self.lock().is_closed = true;
    }

    /// Takes input again.
    pub fn open(&self) {
        self.lock().is_closed = false;
    }

    /// Waits until something was refused; returns how many bytes since the last time.
    pub async fn refusals(&self) -> usize {
        loop {
            let refused = std::mem::take(&mut self.lock().refused);
            if refused > 0 {
                return refused;
            }
            self.turned_away.notified().await;
        }
    }

    fn report_refused(&self, state: MutexGuard<'_, State>) {
        if state.refused > 0 {
            self.turned_away.notify_one();
        }
        drop(state);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics under this lock; should it ever happen, the counts are still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take(&mut self, most: usize) -> Option<Bytes> {
        let mut first = self.waiting.pop_front()?;
        if first.len() > most {
            self.waiting.push_front(first.split_off(most));
        }
        let mut call = BytesMut::from(first);
        while self.waiting.front().is_some_and(|next| call.len() + next.len() <= most) {
            call.extend_from_slice(&self.waiting.pop_front()?);
        }
        let call = call.freeze();
        self.waiting_bytes -= call.len();
        self.in_flight = call.len();
        Some(call)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane_with(pieces: &[&'static str]) -> InputLane {
        let lane = InputLane::default();
        for piece in pieces {
            lane.push(Bytes::from_static(piece.as_bytes()));
        }
        lane
    }

    #[tokio::test]
    async fn what_is_typed_meanwhile_goes_into_the_next_call_in_order() {
        let lane = lane_with(&["l"]);
        assert_eq!(lane.next_call(100).await, "l");
        lane.push(Bytes::from_static(b"s -"));
        lane.push(Bytes::from_static(b"la\n"));
        lane.confirm();
        assert_eq!(lane.next_call(100).await, "s -la\n");
    }

    #[tokio::test]
    async fn calls_are_bounded_and_lose_nothing() {
        let lane = lane_with(&["abcdefgh", "ij", "k", "lmnop"]);
        let mut calls = Vec::new();
        for _ in 0..5 {
            calls.push(lane.next_call(4).await);
            lane.confirm();
        }
        assert!(calls.iter().all(|call| call.len() <= 4));
        assert_eq!(calls.concat(), b"abcdefghijklmnop");
    }

    #[tokio::test]
    async fn a_send_that_does_not_fit_is_refused_whole_and_counted() {
        let lane = InputLane::default();
        lane.push(Bytes::from(vec![b'x'; CAPACITY - 1]));
        lane.push(Bytes::from_static(b"yy"));
        assert_eq!(lane.refusals().await, 2);
        lane.push(Bytes::from_static(b"z"));
        assert_eq!(lane.next_call(CAPACITY).await.last(), Some(&b'z'));
    }

    #[tokio::test]
    async fn nothing_passes_a_call_that_failed() {
        let lane = lane_with(&["rm -rf /tmp/"]);
        lane.next_call(100).await;
        lane.push(Bytes::from_static(b"x\n"));
        assert_eq!(lane.give_up(), Some(12));
        assert_eq!(lane.refusals().await, 2);
        assert_eq!(lane.give_up(), None);
        lane.push(Bytes::from_static(b"again"));
        assert_eq!(lane.next_call(100).await, "again");
        lane.push(Bytes::from_static(b"!"));
        lane.refuse();
        assert_eq!(lane.refusals().await, 6);
    }

    #[tokio::test]
    async fn a_closed_lane_refuses() {
        let lane = lane_with(&["before"]);
        lane.close();
        lane.push(Bytes::from_static(b"dead"));
        assert_eq!(lane.refusals().await, 4);
        lane.open();
        lane.push(Bytes::from_static(b" after"));
        assert_eq!(lane.next_call(100).await, "before after");
    }
}
