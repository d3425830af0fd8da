//! One recording: a file that is written by a thread of its own, fed through a bounded queue. What does not fit is left
//! out, and the recording says so at that place.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::private_files::{create_private_file, create_private_folder};
use crate::domain::{CastData, CastEvent, CastHeader, GridSize};

/// Events that may wait to be written.
const WAITING: usize = 1024;
/// Bytes that may wait to be written.
const WAITING_BYTES: usize = 8 << 20;
/// After so long without an event the file holds all that came.
const CALM: Duration = Duration::from_millis(500);

/// What is to be recorded and where.
#[derive(Clone, Debug)]
pub struct RecordingPlan {
    /// The file. It must not exist.
    pub path: PathBuf,
    /// A folder that is made if it does not exist; only we can look into it.
    pub folder: Option<PathBuf>,
    /// The first line.
    pub header: CastHeader,
    /// What the screen shows at the beginning, as output that brings it about.
    pub screen: String,
    /// Whether typing is recorded.
    pub with_input: bool,
}

/// What a recording says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecorderNews {
    /// It is being written.
    Began(PathBuf),
    /// It is complete.
    Ended {
        /// The file.
        path: PathBuf,
        /// How long it is.
        length: Duration,
        /// Bytes of output that are not in it.
        lost: usize,
    },
    /// It could not be begun or not be gone on with.
    Failed {
        /// The file.
        path: PathBuf,
        /// Why.
        error: String,
    },
}

/// One thing to be written, with its time.
enum Piece {
    Output(Bytes),
    Input(Bytes),
    Resize(GridSize),
    Lost(usize),
}

/// A recording that goes on until it is dropped.
#[derive(Debug)]
pub struct Recorder {
    queue: SyncSender<(Duration, Piece)>,
    waiting: Arc<AtomicUsize>,
    begun: Instant,
    with_input: bool,
    /// What did not fit since the last piece that did.
    lost: usize,
}

impl Recorder {
    /// Begins. `report` is called by the thread that writes: when the file is there, and when it is complete or failed.
    pub fn begin(plan: RecordingPlan, report: impl Fn(RecorderNews) + Send + 'static) -> io::Result<Self> {
        let (queue, pieces) = sync_channel(WAITING);
        let waiting = Arc::new(AtomicUsize::new(0));
        let with_input = plan.with_input;
        let counter = Arc::clone(&waiting);
        let thread = std::thread::Builder::new().name("recording".to_owned());
        thread.spawn(move || {
            let path = plan.path.clone();
            let news = match write(&plan, &pieces, &counter, &report) {
                Ok((length, lost)) => RecorderNews::Ended { path, length, lost },
                Err(error) => RecorderNews::Failed {
                    path,
                    error: error.to_string(),
                },
            };
            report(news);
        })?;
        Ok(Self {
            queue,
            waiting,
            begun: Instant::now(),
            with_input,
            lost: 0,
        })
    }

    /// Records what the program printed.
    pub fn output(&mut self, bytes: &Bytes) {
        self.add(Piece::Output(bytes.clone()), bytes.len());
    }

    /// Records what was typed, if that is wanted.
    pub fn input(&mut self, bytes: &Bytes) {
        if self.with_input {
            self.add(Piece::Input(bytes.clone()), bytes.len());
        }
    }

    /// Records a change of size.
    pub fn resize(&mut self, size: GridSize) {
        self.add(Piece::Resize(size), 0);
    }

    /// Whether nothing can be written any more.
    pub fn is_over(&mut self) -> bool {
        matches!(self.send(Piece::Lost(0)), Err(TrySendError::Disconnected(_)))
    }

    fn add(&mut self, piece: Piece, bytes: usize) {
        let is_full = self.waiting.load(Ordering::Relaxed) + bytes > WAITING_BYTES;
        if self.lost > 0 && !is_full && self.send(Piece::Lost(self.lost)).is_ok() {
            self.lost = 0;
        }
        if is_full || self.lost > 0 || self.send(piece).is_err() {
            self.lost += bytes;
        } else {
            self.waiting.fetch_add(bytes, Ordering::Relaxed);
        }
    }

    fn send(&self, piece: Piece) -> Result<(), TrySendError<(Duration, Piece)>> {
        self.queue.try_send((self.begun.elapsed(), piece))
    }
}

/// Writes until nobody sends any more. Answers the length, and how many bytes are missing.
fn write(
    plan: &RecordingPlan,
    pieces: &Receiver<(Duration, Piece)>,
    waiting: &AtomicUsize,
    report: &impl Fn(RecorderNews),
) -> io::Result<(Duration, usize)> {
    if let Some(folder) = &plan.folder {
        create_private_folder(folder)?;
    }
    let mut file = CastFile::create(&plan.path, &plan.header)?;
    file.text(Duration::ZERO, plan.screen.as_bytes(), Stream::Output)?;
    file.out.flush()?;
    report(RecorderNews::Began(plan.path.clone()));
    let (mut length, mut lost) = (Duration::ZERO, 0);
    loop {
        match pieces.recv_timeout(CALM) {
            Ok((at, piece)) => {
                length = at;
                match piece {
                    Piece::Output(bytes) => {
                        waiting.fetch_sub(bytes.len(), Ordering::Relaxed);
                        file.text(at, &bytes, Stream::Output)?;
                    }
                    Piece::Input(bytes) => {
                        waiting.fetch_sub(bytes.len(), Ordering::Relaxed);
                        file.text(at, &bytes, Stream::Input)?;
                    }
                    Piece::Resize(size) => file.event(at, CastData::Resize(size))?,
                    Piece::Lost(0) => {}
                    Piece::Lost(bytes) => {
                        lost += bytes;
                        file.event(at, CastData::Marker(format!("{bytes} bytes are missing here")))?;
                    }
                }
            }
            Err(RecvTimeoutError::Timeout) => file.out.flush()?,
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    file.finish(length)?;
    Ok((length, lost))
}

#[derive(Clone, Copy)]
enum Stream {
    Output,
    Input,
}

/// The file, and the bytes of characters that are not complete yet.
struct CastFile {
    out: BufWriter<std::fs::File>,
    partial: [Vec<u8>; 2],
}

impl CastFile {
    fn create(path: &Path, header: &CastHeader) -> io::Result<Self> {
        let mut out = BufWriter::new(create_private_file(path)?);
        writeln!(out, "{}", header.line())?;
        Ok(Self {
            out,
            partial: [Vec::new(), Vec::new()],
        })
    }

    fn event(&mut self, at: Duration, data: CastData) -> io::Result<()> {
        writeln!(self.out, "{}", CastEvent { at, data }.line())
    }

    /// Text in pieces that may cut a character in two.
    fn text(&mut self, at: Duration, bytes: &[u8], stream: Stream) -> io::Result<()> {
        let partial = &mut self.partial[stream as usize];
        partial.extend_from_slice(bytes);
        let whole = partial.len() - incomplete(partial);
        let text = String::from_utf8_lossy(&partial[..whole]).into_owned();
        partial.drain(..whole);
        if text.is_empty() {
            return Ok(());
        }
        let data = match stream {
            Stream::Output => CastData::Output(text),
            Stream::Input => CastData::Input(text),
        };
        self.event(at, data)
    }

    fn finish(mut self, at: Duration) -> io::Result<()> {
        for (index, stream) in [Stream::Output, Stream::Input].into_iter().enumerate() {
            let rest = std::mem::take(&mut self.partial[index]);
            if !rest.is_empty() {
                let text = String::from_utf8_lossy(&rest).into_owned();
                self.event(
                    at,
                    match stream {
                        Stream::Output => CastData::Output(text),
                        Stream::Input => CastData::Input(text),
                    },
                )?;
            }
        }
        self.out.flush()?;
        self.out.get_ref().sync_all()
    }
}

/// How many bytes at the end may be the beginning of a character.
fn incomplete(bytes: &[u8]) -> usize {
    for back in 1..=bytes.len().min(3) {
        let byte = bytes[bytes.len() - back];
        let length = match byte {
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            0x80..=0xbf => continue,
            _ => return 0,
        };
        return if back < length { back } else { 0 };
    }
    0
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;
    use std::sync::mpsc::channel;

    use super::*;

    fn plan(path: PathBuf) -> RecordingPlan {
        RecordingPlan {
            folder: path.parent().map(Path::to_owned),
            path,
            header: CastHeader {
                size: GridSize::new(80, 24),
                begun: None,
                title: None,
            },
            screen: "before\r\n".to_owned(),
            with_input: true,
        }
    }

    fn events(path: &Path) -> Vec<CastData> {
        let text = std::fs::read_to_string(path).unwrap();
        let mut lines = text.lines();
        CastHeader::parse(lines.next().unwrap()).unwrap();
        lines.map(|line| CastEvent::parse(line).unwrap().data).collect()
    }

    #[test]
    fn a_character_that_came_in_two_pieces_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/one.cast");
        let (sender, news) = channel();
        let mut recorder = Recorder::begin(plan(path.clone()), move |told| sender.send(told).unwrap()).unwrap();
        assert_eq!(news.recv().unwrap(), RecorderNews::Began(path.clone()));
        for part in [
            "日本".as_bytes().split_at(4).0,
            "日本".as_bytes().split_at(4).1,
            b"\xff!",
            b"\xe6",
        ] {
            recorder.output(&Bytes::copy_from_slice(part));
        }
        recorder.input(&Bytes::from_static(b"ls\r"));
        recorder.resize(GridSize::new(10, 5));
        drop(recorder);
        assert!(matches!(news.recv().unwrap(), RecorderNews::Ended { lost: 0, .. }));
        let output = |text: &str| CastData::Output(text.to_owned());
        let expected = vec![
            output("before\r\n"),
            output("日"),
            output("本"),
            output("\u{fffd}!"),
            CastData::Input("ls\r".to_owned()),
            CastData::Resize(GridSize::new(10, 5)),
            output("\u{fffd}"),
        ];
        assert_eq!(events(&path), expected);
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn what_is_there_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("one.cast");
        std::fs::write(&path, "dear").unwrap();
        let (sender, news) = channel();
        let mut recorder = Recorder::begin(plan(path.clone()), move |told| sender.send(told).unwrap()).unwrap();
        assert!(matches!(news.recv().unwrap(), RecorderNews::Failed { .. }));
        while !recorder.is_over() {}
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "dear");
    }

    #[test]
    fn what_the_queue_cannot_take_is_said_to_be_missing() {
        let (queue, pieces) = sync_channel(2);
        let mut recorder = Recorder {
            queue,
            waiting: Arc::default(),
            begun: Instant::now(),
            with_input: false,
            lost: 0,
        };
        let chunk = Bytes::from_static(b"12345");
        for _ in 0..4 {
            recorder.output(&chunk);
        }
        recorder.input(&chunk);
        assert_eq!(recorder.lost, 10);
        assert!(matches!(pieces.recv(), Ok((_, Piece::Output(_)))));
        assert!(matches!(pieces.recv(), Ok((_, Piece::Output(_)))));
        recorder.output(&chunk);
        assert!(matches!(pieces.recv(), Ok((_, Piece::Lost(10)))));
        assert!(matches!(pieces.recv(), Ok((_, Piece::Output(_)))));
        recorder.waiting.store(WAITING_BYTES, Ordering::Relaxed);
        recorder.output(&chunk);
        assert_eq!(recorder.lost, 5);
    }
}
