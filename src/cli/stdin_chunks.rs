//! Standard input, read by a thread of its own: reading cannot be interrupted, and nobody must wait for it.

use std::io::{self, Read};
use std::thread;

use bytes::Bytes;
use tokio::sync::mpsc;

/// What the thread found.
pub(super) type Chunk = io::Result<Bytes>;

/// Reads until the end, in chunks of at most `size` bytes. The end is the end of the channel. A reader that is slower
/// than the input holds it back.
pub(super) fn read_stdin(size: usize) -> mpsc::Receiver<Chunk> {
    let (sender, receiver) = mpsc::channel(2);
    let reading = thread::Builder::new().name("stdin".to_owned());
    let failed = sender.clone();
    let started = reading.spawn(move || {
        let mut buffer = vec![0; size];
        let mut stdin = io::stdin().lock();
        loop {
            let chunk = match stdin.read(&mut buffer) {
                Ok(0) => return,
                Ok(length) => Ok(Bytes::copy_from_slice(&buffer[..length])),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => Err(error),
            };
            let is_last = chunk.is_err();
            if sender.blocking_send(chunk).is_err() || is_last {
                return;
            }
        }
    });
    if let Err(error) = started {
        // The channel is empty: there is room.
        let _ = failed.try_send(Err(error));
    }
    receiver
}
