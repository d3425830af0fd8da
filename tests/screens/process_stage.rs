//! A workbench whose sandbox runs a few programs, played by the test: what its panels about processes, sockets and load ask
//! is answered from a scene.

use std::sync::Arc;
use std::time::Duration;

use e2b_tui::app::{
    Answer, Effect, ForwardNews, LookAnswer, LookQuestion, Message, PortAnswer, PortQuestion, Question,
};
use e2b_tui::domain::{
    CommandLine, CpuTicks, Fact, Failure, FailureKind, ForwardTraffic, Interface, Limit, ManagedProcess, Memory,
    Observation, OpenFile, Owner, Pid, Places, Pressure, Process, ProcessDetails, ProcessKey, ProcessKind,
    ProcessState, ProgramSpec, Protocol, RemoteText, Secret, Socket, SocketEnds, SocketState, Stall, SystemLoad,
    SystemMetrics, Variable,
};

use super::stage::{Stage, targets};

/// What a sandbox answers.
#[derive(Clone)]
pub struct Scene {
    pub seen: Observation,
    pub failure: Option<Failure>,
}

fn process(pid: u32, parent: u32, words: &[&str]) -> Process {
    let name = words.first().copied().unwrap_or_default();
    let is_kernel = name == "kthreadd";
    let command = (words.len() > 1).then(|| CommandLine {
        words: words.iter().map(|word| RemoteText::new(*word)).collect(),
        is_cut: false,
    });
    Process {
        key: ProcessKey {
            pid: Pid(pid),
            started: u64::from(pid),
        },
        parent: Pid(parent),
        name: name.into(),
        command,
        owner: Some(Owner {
            uid: 1000,
            name: Some(if pid < 10 { "root" } else { "user" }.into()),
        }),
        state: ProcessState::Sleeping,
        cpu_ticks: 0,
        resident: u64::from(pid) << 12,
        threads: 1,
        nice: 0,
        kind: if is_kernel {
            ProcessKind::Kernel
        } else {
            ProcessKind::Program
        },
    }
}

/// A load at this second since boot, with counters that have gone on since.
fn load(second: u64) -> SystemLoad {
    let interface = |name: &str, received| Interface {
        name: name.into(),
        received,
        sent: received / 2,
        packets_in: 1,
        packets_out: 1,
        faults: 0,
    };
    let stall = |some10| {
        Some(Stall {
            some10,
            ..Stall::default()
        })
    };
    SystemLoad {
        uptime: Duration::from_secs(second),
        booted: 1_700_000_000,
        averages: [0.71, 0.44, 0.3],
        cpu: CpuTicks {
            count: 2,
            busy: second * 50,
            total: second * 200,
        },
        memory: Memory {
            total: 512 << 20,
            available: 172 << 20,
            cached: 96 << 20,
            swap_total: 0,
            swap_free: 0,
        },
        pressure: Pressure {
            cpu: stall(12.0),
            memory: None,
            io: stall(1.5),
        },
        disks: Vec::new(),
        interfaces: vec![interface("lo", second * 10), interface("eth0", second * 5_000)],
    }
}

fn sockets() -> Vec<Socket> {
    let socket = |state, local: &str, peer: Option<&str>, inode, holders: &[u32]| Socket {
        protocol: if local.starts_with('[') {
            Protocol::Tcp6
        } else {
            Protocol::Tcp
        },
        ends: SocketEnds::Internet {
            local: local.parse().unwrap(),
            peer: peer.map(|peer| peer.parse().unwrap()),
        },
        state,
        receive_queue: 0,
        send_queue: if peer.is_some() { 52 } else { 0 },
        uid: Some(0),
        inode,
        holders: holders.iter().map(|pid| Pid(*pid)).collect(),
    };
    vec![
        socket(SocketState::Listening, "127.0.0.1:8080", None, 7, &[977]),
        socket(SocketState::Listening, "[::]:3000", None, 8, &[501]),
        socket(
            SocketState::Established,
            "127.0.0.1:50412",
            Some("127.0.0.1:9000"),
            9,
            &[977],
        ),
        Socket {
            protocol: Protocol::Unix,
            ends: SocketEnds::Unix(Some("/run/app.sock".into())),
            ..socket(SocketState::Listening, "127.0.0.1:1", None, 10, &[501])
        },
    ]
}

impl Scene {
    /// A shell in a pane with a build below it, a server that envd has started, and a thread of the kernel.
    pub fn usual() -> Self {
        Self {
            seen: Observation {
                load: load(5_000),
                processes: vec![
                    process(1, 0, &["init"]),
                    process(2, 0, &["kthreadd"]),
                    process(400, 1, &["bash"]),
                    process(501, 1, &["server", "--port", "3000"]),
                    process(977, 400, &["cargo", "build", "--release"]),
                ],
                sockets: Some(sockets()),
                wire_bytes: 900,
            },
            failure: None,
        }
    }

    /// Nothing runs that may be seen, nobody listens.
    pub fn empty() -> Self {
        let mut scene = Self::usual();
        scene
            .seen
            .processes
            .retain(|process| process.kind == ProcessKind::Kernel);
        scene.seen.sockets = Some(Vec::new());
        scene
    }

    /// Names that want to be more than text.
    pub fn hostile() -> Self {
        let mut scene = Self::usual();
        let names = [
            "a\nb",
            "\u{1b}[2J",
            "exe\u{202e}gpj",
            "tag\u{e0041}",
            "日本語",
            "  ",
            "a) R 1 (b",
        ];
        let odd = names.iter().zip(600..);
        scene.seen.processes.splice(
            4..4,
            odd.map(|(name, pid)| process(pid, 400, &[name, "\u{1b}]0;title\u{7}"])),
        );
        let mut path = sockets().pop().unwrap();
        path.ends = SocketEnds::Unix(Some("/run/\u{1b}[31m\u{202e}x\n".into()));
        path.holders = vec![Pid(601)];
        scene.seen.sockets.as_mut().unwrap().push(path);
        scene
    }

    /// The sandbox cannot be looked into.
    pub fn failing() -> Self {
        let failure = Failure::new(FailureKind::Refused, "cannot look at processes on api")
            .because("its /bin/sh does not run")
            .hint("processes and sockets are read through /bin/sh");
        Self {
            failure: Some(failure),
            ..Self::usual()
        }
    }

    /// The same so many seconds later.
    pub fn after(&self, seconds: u64) -> Self {
        let mut scene = self.clone();
        scene.seen.load = load(self.seen.load.uptime.as_secs() + seconds);
        for process in scene
            .seen
            .processes
            .iter_mut()
            .filter(|process| process.key.pid == Pid(977))
        {
            process.cpu_ticks += 97 * seconds;
            process.state = ProcessState::Running;
        }
        scene
    }

    fn details(&self, key: ProcessKey, environment: bool) -> ProcessDetails {
        let fact = |name: &str, value: &str| Fact {
            name: name.into(),
            value: value.into(),
        };
        let process = self.seen.process(key.pid).unwrap().clone();
        ProcessDetails {
            command: process.command.clone().unwrap_or_default(),
            process,
            places: Places {
                directory: Some("/home/user/app".into()),
                executable: Some("/usr/bin/cargo (deleted)".into()),
                root: None,
            },
            environment: environment.then(|| {
                vec![Variable {
                    name: "TOKEN".into(),
                    value: Secret::new("hunter2".to_owned()),
                }]
            }),
            files: Some(vec![OpenFile {
                descriptor: 1,
                target: "/tmp/build.log".into(),
            }]),
            limits: vec![Limit {
                name: "Max open files".into(),
                soft: "1024".into(),
                hard: "4096".into(),
                unit: "files".into(),
            }],
            groups: vec!["0::/user".into()],
            memory: vec![fact("VmRSS", "3908 kB")],
            scheduling: vec![fact("Nice", "0"), fact("OOM score", "666")],
            identity: vec![fact("Uid", "1000 1000 1000 1000")],
            input_output: vec![fact("read_bytes", "4096")],
        }
    }

    fn answer(&self, question: &Question) -> Option<Result<Answer, Failure>> {
        let answer = match question {
            Question::Look(LookQuestion::Look(sight)) => {
                let mut seen = self.seen.clone();
                if !sight.has_processes() {
                    seen.processes.clear();
                }
                if !sight.has_sockets() {
                    seen.sockets = None;
                }
                let managed = [(400, "bash", None), (501, "server", Some("web"))].map(|(pid, name, tag)| {
                    let mut program = ProgramSpec::new(name, [""; 0]);
                    program.tag = tag.map(str::to_owned);
                    ManagedProcess { pid: Pid(pid), program }
                });
                Answer::Look(LookAnswer::Seen(Arc::new(seen), managed.to_vec()))
            }
            Question::Look(LookQuestion::Details { process, environment }) => {
                Answer::Look(LookAnswer::Details(Box::new(self.details(*process, *environment))))
            }
            Question::Metrics => Answer::Metrics(SystemMetrics {
                timestamp: 0,
                cpu_count: 2,
                cpu_used_percent: 25.0,
                memory_total: 512 << 20,
                memory_used: 340 << 20,
                memory_cache: Some(96 << 20),
                disk_total: 10 << 30,
                disk_used: 7 << 30,
            }),
            Question::Port(PortQuestion::Address(port)) => {
                Answer::Port(PortAnswer::Address(format!("https://{port}-i0abc.e2b.app")))
            }
            Question::Port(PortQuestion::Forward(_)) => Answer::Port(PortAnswer::Forward(ForwardNews::Open {
                at: "127.0.0.1:8080".parse().unwrap(),
                to: "https://8080-i0abc.e2b.app".into(),
            })),
            _ => return None,
        };
        Some(match &self.failure {
            Some(failure) => Err(failure.clone()),
            None => Ok(answer),
        })
    }
}

/// Answers what was asked and is not answered yet; what is not about the inside of a sandbox stays.
pub fn answered(mut stage: Stage, scene: &Scene) -> Stage {
    let mut at = 0;
    while let Some(effect) = stage.effects.get(at) {
        let answer = match effect {
            Effect::Ask(ticket, _, question) => scene.answer(question).map(|answer| (*ticket, answer)),
            _ => None,
        };
        if let Some((ticket, answer)) = answer {
            stage.effects.remove(at);
            stage = stage.send(Message::Answer(ticket, answer));
        } else {
            at += 1;
        }
    }
    stage
}

/// What a forward has carried is told.
pub fn carried(stage: Stage) -> Stage {
    let traffic = ForwardTraffic {
        open: 2,
        total: 14,
        inward: 1_500_000,
        outward: 9_000,
        failure: None,
    };
    let forward = e2b_tui::domain::Ticket((1 << 43) + 1);
    let news = PortAnswer::Forward(ForwardNews::Traffic(traffic));
    stage.send(Message::Answer(forward, Ok(Answer::Port(news))))
}

/// A workbench of this size where these keys were pressed, every question answered from the scene, twice looked at.
pub fn looked(size: (u16, u16), keys: &str, scene: &Scene) -> Stage {
    let mut stage = Stage::new(targets(), size.0, size.1).live();
    stage = answered(stage, scene);
    for key in keys.split("  ") {
        stage = answered(stage.keys(key), scene);
    }
    let later = scene.after(1);
    let stage = answered(stage.wait(1_000), &later);
    answered(stage.wait(1_000), &later.after(1))
}

/// The processes of the first sandbox in the sidebar, once seen.
pub fn few_processes() -> Stage {
    looked((120, 40), "prefix P", &Scene::usual())
}

/// The page of the build.
pub fn one_process() -> Stage {
    looked((120, 40), "prefix P  G  enter", &Scene::usual())
}

/// The sockets of the first sandbox in the sidebar, once seen: listeners and a connection.
pub fn few_sockets() -> Stage {
    looked((120, 40), "prefix N", &Scene::usual())
}

/// A forward to the first of them.
pub fn one_forward() -> Stage {
    carried(looked((120, 40), "prefix N  f", &Scene::usual()))
}

/// What the sandboxes are busy with.
pub fn few_metrics() -> Stage {
    looked((120, 40), "prefix M", &Scene::usual())
}
