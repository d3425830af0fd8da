//! Work on many things, divided among threads. Knows nothing of what is done.

use std::ops::Range;
use std::thread;

/// With so many things for each, threads share the work.
const SHARE: usize = 8_192;
/// More threads than this are no help.
const MOST_THREADS: usize = 4;

/// Does something with so many things, divided among as many threads as there are processors. `None` if one of them gave up.
pub(super) fn in_shares<T: Send>(things: usize, work: impl Fn(Range<usize>) -> Option<T> + Sync) -> Option<Vec<T>> {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let threads = processors.min(MOST_THREADS).min(things / SHARE).max(1);
    let share = |nth: usize| things * nth / threads..things * (nth + 1) / threads;
    let work = &work;
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads)
            .map(|nth| {
                let part = share(nth);
                scope.spawn(move || work(part))
            })
            .collect();
        let own = work(share(0));
        let others = others.into_iter().map(|other| other.join().ok().flatten());
        [own].into_iter().chain(others).collect()
    })
}
