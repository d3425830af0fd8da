//! The body of a reply: what came over the wire in, gRPC frames out. Insists on the end mark of its dialect, because without
//! one a cut connection looks like success.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use http_body::{Body, Frame as BodyFrame};

use super::super::connection::{BoxError, transport_failure};
use super::super::error::{EnvdError, EnvdErrorKind};
use super::super::refusal;
use crate::wire::frames::{COMPRESSED, CONNECT_END, Frame, FrameReader, MESSAGE, WEB_TRAILERS};

/// No message of either service comes near this; a directory listing is the largest.
pub const MESSAGE_LIMIT: usize = 256 << 20;

/// How a complete reply ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With a frame of JSON.
    ConnectFrame,
    /// With a frame of header lines.
    WebFrame,
    /// With HTTP trailers.
    Trailers,
}

/// The body of one reply. Yields whole gRPC frames and then trailers; or an [`EnvdError`], once.
pub struct ReplyBody {
    source: Source,
}

enum Source {
    /// A unary reply that is here already.
    Whole(Option<Bytes>),
    /// A stream of frames.
    Frames(Box<Incoming>),
    /// Nothing more comes.
    Finished,
}

struct Incoming {
    body: BoxedBody,
    frames: FrameReader,
    ending: Ending,
}

type BoxedBody = Pin<Box<dyn Body<Data = Bytes, Error = BoxError> + Send>>;
type Piece = Poll<Option<Result<BodyFrame<Bytes>, EnvdError>>>;

impl ReplyBody {
    /// A unary reply: one message, complete.
    pub fn whole(message: Bytes) -> Self {
        Self {
            source: Source::Whole(Some(Frame::message(message).encode())),
        }
    }

    /// A reply without any message.
    pub fn empty() -> Self {
        Self {
            source: Source::Finished,
        }
    }

    /// A reply that arrives piece by piece.
    pub fn stream<B>(body: B, ending: Ending) -> Self
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let body: BoxedBody = Box::pin(http_body_util::BodyExt::map_err(body, Into::into));
        Self {
            source: Source::Frames(Box::new(Incoming {
                body,
                frames: FrameReader::new(MESSAGE_LIMIT),
                ending,
            })),
        }
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = EnvdError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Piece {
        let piece = match &mut self.source {
            Source::Finished => return Poll::Ready(None),
            Source::Whole(message) => Ok(message.take().map_or_else(good_end, BodyFrame::data)),
            Source::Frames(incoming) => ready!(incoming.poll_piece(context)),
        };
        // Trailers and errors are the last word. Dropping the source here also closes what is left of the connection.
        if !matches!(&piece, Ok(frame) if frame.is_data()) {
            self.source = Source::Finished;
        }
        Poll::Ready(Some(piece))
    }
}

impl Incoming {
    /// The next message as a gRPC frame, or the end.
    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Result<BodyFrame<Bytes>, EnvdError>> {
        loop {
            let too_long = |error| EnvdError::new(EnvdErrorKind::NotEnvd, format!("{error}"));
            if let Some(frame) = self.frames.next_frame().map_err(too_long)? {
                return Poll::Ready(self.translate(&frame));
            }
            match ready!(self.body.as_mut().poll_frame(context)) {
                Some(Ok(piece)) => match piece.into_data() {
                    Ok(data) => self.frames.push(&data),
                    Err(trailers) if self.ending == Ending::Trailers => return Poll::Ready(self.judge(&trailers)),
                    // Trailers below a dialect that does not use them say nothing.
                    Err(_) => {}
                },
                Some(Err(error)) => return Poll::Ready(Err(broken(&*error))),
                None => return Poll::Ready(Err(cut_short())),
            }
        }
    }

    fn judge(&self, trailers: &BodyFrame<Bytes>) -> Result<BodyFrame<Bytes>, EnvdError> {
        if self.frames.has_rest() {
            return Err(cut_short());
        }
        let nothing = HeaderMap::new();
        refusal::grpc_status(trailers.trailers_ref().unwrap_or(&nothing))?;
        Ok(good_end())
    }

    fn translate(&self, frame: &Frame) -> Result<BodyFrame<Bytes>, EnvdError> {
        match (self.ending, frame.flags) {
            (_, MESSAGE) => Ok(BodyFrame::data(frame.encode())),
            (Ending::ConnectFrame, CONNECT_END) => refusal::end_of_connect_stream(&frame.payload).map(|()| good_end()),
            (Ending::WebFrame, WEB_TRAILERS) => refusal::end_of_web_stream(&frame.payload).map(|()| good_end()),
            (_, flags) => {
                let what = if flags & COMPRESSED == 0 {
                    "an unknown kind of frame"
                } else {
                    "a compressed frame, which was not offered"
                };
                Err(EnvdError::new(
                    EnvdErrorKind::NotEnvd,
                    format!("{what} (flags {flags:#x})"),
                ))
            }
        }
    }
}

fn good_end() -> BodyFrame<Bytes> {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    BodyFrame::trailers(trailers)
}

fn cut_short() -> EnvdError {
    EnvdError::new(EnvdErrorKind::Lost, "the answer stopped before its end")
}

fn broken(error: &(dyn Error + 'static)) -> EnvdError {
    error
        .downcast_ref()
        .cloned()
        .unwrap_or_else(|| transport_failure(error))
}
