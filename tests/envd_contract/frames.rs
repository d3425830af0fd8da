//! Envelopes by hand: a flag byte, a length, a payload (`envd-wire.md` 1.4).

use prost::Message;

/// One envelope.
pub fn frame(flags: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![flags];
    bytes.extend((payload.len() as u32).to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// One envelope around a protobuf message.
pub fn message_frame(message: &impl Message) -> Vec<u8> {
    frame(0, &message.encode_to_vec())
}

/// Envelopes one after the other; nothing may be left over.
pub fn frames(mut bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        assert!(bytes.len() >= 5, "a piece of an envelope: {bytes:?}");
        let length = u32::from_be_bytes([bytes[1], bytes[2], bytes[3], bytes[4]]) as usize;
        assert!(bytes.len() >= 5 + length, "an envelope cut short: {bytes:?}");
        found.push((bytes[0], bytes[5..5 + length].to_vec()));
        bytes = &bytes[5 + length..];
    }
    found
}
