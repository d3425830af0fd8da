//! Envelopes: one flag byte, four bytes of length (big endian), the payload (`envd-wire.md` 1.4). All three dialects share
//! this shape and differ in what the flags mean. Knows no HTTP and no message type.

use std::fmt;

use bytes::{Buf, BufMut, Bytes, BytesMut};

/// Bytes in front of each payload.
pub const HEADER_LEN: usize = 5;
/// Flag of an ordinary message.
pub const MESSAGE: u8 = 0;
/// Bit of a compressed payload. We never ask for one.
pub const COMPRESSED: u8 = 1;
/// Bit of the frame that ends a Connect stream; its payload is JSON.
pub const CONNECT_END: u8 = 2;
/// Bit of the frame that ends a gRPC-Web stream; its payload is a block of header lines.
pub const WEB_TRAILERS: u8 = 0x80;

/// One envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What the payload is.
    pub flags: u8,
    /// The payload, without the header.
    pub payload: Bytes,
}

impl Frame {
    /// An ordinary message.
    pub fn message(payload: Bytes) -> Self {
        Self {
            flags: MESSAGE,
            payload,
        }
    }

    /// Header and payload in one piece.
    pub fn encode(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(HEADER_LEN + self.payload.len());
        out.put_u8(self.flags);
        out.put_u32(self.payload.len() as u32);
        out.put_slice(&self.payload);
        out.freeze()
    }
}

/// A frame announced more bytes than the reader accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameTooLong {
    /// The announced length.
    pub announced: usize,
    /// The most that is accepted.
    pub limit: usize,
}

impl fmt::Display for FrameTooLong {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "a message of {} bytes was announced, {} is the limit",
            self.announced, self.limit
        )
    }
}

impl std::error::Error for FrameTooLong {}

/// Puts frames together from pieces of any size.
#[derive(Debug)]
pub struct FrameReader {
    buffer: BytesMut,
    limit: usize,
}

impl FrameReader {
    /// A reader that accepts payloads of up to `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self {
            buffer: BytesMut::new(),
            limit,
        }
    }

    /// Adds what came from the network.
    pub fn push(&mut self, piece: &[u8]) {
        self.buffer.extend_from_slice(piece);
    }

    /// The next whole frame, or `None` until more bytes come.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, FrameTooLong> {
        let Some((header, rest)) = self.buffer.split_at_checked(HEADER_LEN) else {
            return Ok(None);
        };
        let flags = header[0];
        let announced = u32::from_be_bytes([header[1], header[2], header[3], header[4]]) as usize;
        if announced > self.limit {
            return Err(FrameTooLong {
                announced,
                limit: self.limit,
            });
        }
        if rest.len() < announced {
            return Ok(None);
        }
        self.buffer.advance(HEADER_LEN);
        let payload = self.buffer.split_to(announced).freeze();
        Ok(Some(Frame { flags, payload }))
    }

    /// Whether bytes of an unfinished frame are waiting.
    pub fn has_rest(&self) -> bool {
        !self.buffer.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(pieces: &[&[u8]]) -> (Vec<Frame>, bool) {
        let mut reader = FrameReader::new(100);
        let mut frames = Vec::new();
        for piece in pieces {
            reader.push(piece);
            while let Ok(Some(frame)) = reader.next_frame() {
                frames.push(frame);
            }
        }
        (frames, reader.has_rest())
    }

    #[test]
    fn frames_survive_any_cut() {
        let frames = [
            Frame::message(Bytes::from_static(b"hello")),
            Frame::message(Bytes::new()),
            Frame {
                flags: CONNECT_END,
                payload: Bytes::from_static(b"{}"),
            },
        ];
        let whole: Vec<u8> = frames.iter().flat_map(Frame::encode).collect();
        for cut in 0..=whole.len() {
            let (left, right) = whole.split_at(cut);
            assert_eq!(read_all(&[left, right]), (frames.to_vec(), false), "cut at {cut}");
            assert_eq!(
                read_all(&[left]).1,
                ![0, 10, 15, whole.len()].contains(&cut),
                "rest at {cut}"
            );
        }
        let bytes: Vec<&[u8]> = whole.chunks(1).collect();
        assert_eq!(read_all(&bytes), (frames.to_vec(), false));
    }

    #[test]
    fn a_length_that_cannot_be_is_refused_before_the_bytes_come() {
        let mut reader = FrameReader::new(100);
        reader.push(&[0, 0xff, 0xff, 0xff, 0xff]);
        assert_eq!(
            reader.next_frame(),
            Err(FrameTooLong {
                announced: 0xffff_ffff,
                limit: 100
            })
        );
    }
}
