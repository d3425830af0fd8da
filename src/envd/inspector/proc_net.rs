//! `/proc/net/{tcp,tcp6,udp,udp6,unix}`: one socket a line. Addresses are in hexadecimal, in the byte order of the machine:
//! little-endian on everything that sandboxes run on.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::proc_stat::number;
use crate::domain::{Protocol, RemoteText, Socket, SocketEnds, SocketState};

/// The files in the order in which [`read`] wants their texts. The last holds names that programs choose.
pub(super) const FILES: [&str; 5] = [
    "/proc/net/tcp",
    "/proc/net/tcp6",
    "/proc/net/udp",
    "/proc/net/udp6",
    "/proc/net/unix",
];

const PROTOCOLS: [Protocol; 4] = [Protocol::Tcp, Protocol::Tcp6, Protocol::Udp, Protocol::Udp6];

/// Every socket in them. Lines that are none are skipped.
pub(super) fn read(texts: &[&[u8]]) -> Vec<Socket> {
    let mut sockets = Vec::new();
    for (protocol, text) in PROTOCOLS.into_iter().zip(texts) {
        for line in text.split(|byte| *byte == b'\n').skip(1) {
            sockets.extend(std::str::from_utf8(line).ok().and_then(|line| internet(protocol, line)));
        }
    }
    let mut seen = HashSet::new();
    let unix = texts.get(PROTOCOLS.len()).copied().unwrap_or_default();
    for line in unix.split(|byte| *byte == b'\n').skip(1) {
        // A name with a newline in it can look like a line of its own: the number it would have to give exists already, or
        // belongs to nobody.
        sockets.extend(of_unix(line).filter(|socket| seen.insert(socket.inode)));
    }
    sockets
}

fn internet(protocol: Protocol, line: &str) -> Option<Socket> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let word = |index: usize| words.get(index).copied();
    let local = address(word(1)?)?;
    let peer = address(word(2)?)?;
    let state = SocketState::of_tcp(u8::from_str_radix(word(3)?, 16).ok()?)?;
    let (send, receive) = word(4)?.split_once(':')?;
    let is_udp = matches!(protocol, Protocol::Udp | Protocol::Udp6);
    let has_peer = peer.port() != 0 || !peer.ip().is_unspecified();
    Some(Socket {
        protocol,
        // An unconnected UDP socket is shown as closed; it takes packets from anybody.
        state: if is_udp && !has_peer {
            SocketState::Listening
        } else {
            state
        },
        ends: SocketEnds::Internet {
            local,
            peer: has_peer.then_some(peer),
        },
        receive_queue: u32::from_str_radix(receive, 16).ok()?,
        send_queue: u32::from_str_radix(send, 16).ok()?,
        uid: word(7)?.parse().ok(),
        inode: word(9)?.parse().ok()?,
        holders: Vec::new(),
    })
}

fn address(text: &str) -> Option<SocketAddr> {
    let (host, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let word = |at: usize| u32::from_str_radix(host.get(at..at + 8)?, 16).ok();
    let address: IpAddr = match host.len() {
        8 => Ipv4Addr::from(word(0)?.to_le_bytes()).into(),
        32 => {
            let mut bytes = [0; 16];
            for (index, four) in bytes.chunks_mut(4).enumerate() {
                four.copy_from_slice(&word(index * 8)?.to_le_bytes());
            }
            Ipv6Addr::from(bytes).into()
        }
        _ => return None,
    };
    Some(SocketAddr::new(address, port))
}

/// `Num: RefCount Protocol Flags Type St Inode Path`; the path may be anything, or missing.
fn of_unix(line: &[u8]) -> Option<Socket> {
    /// The flag of one that listens.
    const LISTENS: u32 = 1 << 16;
    let mut rest = line;
    word(&mut rest)?.strip_suffix(b":")?;
    let mut fields = [0; 5];
    for field in &mut fields {
        *field = u32::from_str_radix(std::str::from_utf8(word(&mut rest)?).ok()?, 16).ok()?;
    }
    let [_, _, flags, _, state] = fields;
    let inode = number(word(&mut rest)?)?;
    Some(Socket {
        protocol: Protocol::Unix,
        ends: SocketEnds::Unix((!rest.is_empty()).then(|| RemoteText::from_bytes(rest))),
        state: match state {
            _ if flags & LISTENS != 0 => SocketState::Listening,
            2 => SocketState::SynSent,
            3 => SocketState::Established,
            4 => SocketState::Closing,
            _ => SocketState::Closed,
        },
        receive_queue: 0,
        send_queue: 0,
        uid: None,
        inode,
        holders: Vec::new(),
    })
}

/// Takes the next word and the one blank behind it off the front.
fn word<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let start = rest.iter().position(|byte| *byte != b' ')?;
    let text = rest.get(start..)?;
    let end = text.iter().position(|byte| *byte == b' ').unwrap_or(text.len());
    *rest = text.get((end + 1).min(text.len())..)?;
    text.get(..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(line: &str) -> String {
        format!("head\n{line}\n")
    }

    #[test]
    fn addresses_states_and_queues_are_read() {
        let tcp = line(
            "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000003 00:00000000 00000000  1000        0 12345 1 x 100",
        );
        let tcp6 = line(
            "   1: 00000000000000000000000001000000:0016 0000000000000000FFFF00000100000A:D431 01 0000000A:00000005 00:0 0 0 0 777 1",
        );
        let udp =
            line("  9: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 55 2 x 0");
        let sockets = read(&[tcp.as_bytes(), tcp6.as_bytes(), udp.as_bytes(), b"", b""]);
        assert_eq!(sockets.len(), 3);
        assert_eq!(
            sockets[0].local().map(|at| at.to_string()).as_deref(),
            Some("127.0.0.1:8080")
        );
        assert_eq!(
            (sockets[0].state, sockets[0].receive_queue),
            (SocketState::Listening, 3)
        );
        assert_eq!((sockets[0].uid, sockets[0].inode), (Some(1000), 12345));
        assert!(!sockets[0].is_open_to_others());
        assert_eq!(sockets[1].local().map(|at| at.to_string()).as_deref(), Some("[::1]:22"));
        assert_eq!(
            sockets[1].peer().map(|at| at.to_string()).as_deref(),
            Some("[::ffff:10.0.0.1]:54321")
        );
        assert_eq!((sockets[1].send_queue, sockets[1].receive_queue), (10, 5));
        assert!(
            sockets[2].is_open_to_others(),
            "an unconnected UDP socket takes packets"
        );
    }

    #[test]
    fn names_of_unix_sockets_may_hold_anything() {
        let unix = "head\n\
            00000000b12f8a2b: 00000002 00000000 00010000 0001 01   563 /run/a b\n\
            00000000b12f8a2b: 00000003 00000000 00000000 0001 03 99564\n\
            00000000b12f8a2b: 00000002 00000000 00010000 0001 01 7 @x\nnot a line\n\
            00000000b12f8a2b: 00000002 00000000 00010000 0001 01 563 /forged\n";
        let sockets = read(&[b"", b"", b"", b"", unix.as_bytes()]);
        let names: Vec<(u64, SocketEnds)> = sockets.into_iter().map(|socket| (socket.inode, socket.ends)).collect();
        let expected = [(563, Some("/run/a b")), (99564, None), (7, Some("@x"))];
        assert_eq!(
            names,
            expected.map(|(inode, name)| (inode, SocketEnds::Unix(name.map(RemoteText::from))))
        );
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
            let mut text = b"head\n".to_vec();
            text.extend(bytes);
            let _ = read(&[text.as_slice(); 5]);
        }
    }
}
