//! A workbench whose sandbox runs a few programs, played by the test.

use std::sync::Arc;

use e2b_tui::app::{Answer, Effect, LookAnswer, Message, Question};
use e2b_tui::domain::{
    Observation, Pid, Process, ProcessKey, ProcessKind, ProcessState, Protocol, Socket, SocketEnds, SocketState,
};

use super::stage::{Stage, targets};

/// A shell with a build below it, and a thread of the kernel.
fn observation() -> Observation {
    let rows = [
        (1, 0, "init"),
        (2, 0, "kthreadd"),
        (412, 1, "bash"),
        (977, 412, "cargo"),
    ];
    let process = |(pid, parent, name): (u32, u32, &str)| Process {
        key: ProcessKey {
            pid: Pid(pid),
            started: u64::from(pid),
        },
        parent: Pid(parent),
        name: name.into(),
        command: None,
        owner: None,
        state: ProcessState::Sleeping,
        cpu_ticks: 0,
        resident: u64::from(pid) << 12,
        threads: 1,
        nice: 0,
        kind: if name == "kthreadd" {
            ProcessKind::Kernel
        } else {
            ProcessKind::Program
        },
    };
    Observation {
        processes: rows.map(process).to_vec(),
        ..Observation::default()
    }
}

/// The processes of the first sandbox in the sidebar, once seen.
pub fn few_processes() -> Stage {
    looked("prefix P", observation())
}

/// The sockets of the first sandbox in the sidebar, once seen: a listener and a connection.
pub fn few_sockets() -> Stage {
    let address = |port| std::net::SocketAddr::from(([127, 0, 0, 1], port));
    let ends = |local, peer: Option<u16>| SocketEnds::Internet {
        local: address(local),
        peer: peer.map(address),
    };
    let socket = |state, ends| Socket {
        protocol: Protocol::Tcp,
        ends,
        state,
        receive_queue: 0,
        send_queue: 0,
        uid: Some(0),
        inode: 7,
        holders: vec![Pid(977)],
    };
    let sockets = vec![
        socket(SocketState::Listening, ends(8080, None)),
        socket(SocketState::Established, ends(50412, Some(9000))),
    ];
    let seen = Observation {
        sockets: Some(sockets),
        ..observation()
    };
    looked("prefix N", seen)
}

/// The panel that these keys open, once the sandbox has told this.
fn looked(keys: &str, seen: Observation) -> Stage {
    let stage = Stage::new(targets(), 120, 40).live().keys(keys);
    let ticket = stage.effects.iter().rev().find_map(|effect| match effect {
        Effect::Ask(ticket, _, Question::Look(_)) => Some(*ticket),
        _ => None,
    });
    let seen = LookAnswer::Seen(Arc::new(seen), Vec::new());
    stage.send(Message::Answer(ticket.unwrap(), Ok(Answer::Look(seen))))
}
