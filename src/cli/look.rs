//! `ps`, `ports`, `top`: what the panels about processes, sockets and load show, once, as text or JSON.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::domain::{
    Failure, Observation, Process, ProcessKey, ProcessKind, Sight, Socket, SocketEnds, SystemLoad, TICKS_PER_SECOND,
    short_bytes, short_span,
};
use crate::envd::{EnvdClient, Inspector};
use crate::runtime::EndSignals;
use crate::startup::{Context, Sandboxes};

use super::arguments::{GeneralFlags, TargetFlags};
use super::output;
use super::sandboxes::{json_text, table};

/// What one may look at.
#[derive(Debug, Subcommand)]
pub enum LookCommand {
    /// Print the processes of a sandbox.
    Ps(LookArguments),
    /// Print the ports on which a sandbox listens, with --all every connection as well.
    Ports(LookArguments),
    /// Print load, and the processes by how much they used of a processor during one second.
    Top(LookArguments),
}

/// Arguments of `ps`, `ports` and `top`.
#[derive(Debug, Args)]
pub struct LookArguments {
    /// The sandbox.
    pub target: String,
    /// Show also kernel threads and what looks for us; of sockets, also connections and unix sockets.
    #[arg(short, long)]
    pub all: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// How sandboxes are reached.
    #[command(flatten)]
    pub target_flags: TargetFlags,
    /// What every command knows.
    #[command(flatten)]
    pub general: GeneralFlags,
}

/// Between the two looks of `top`, and of the share of a processor in `ps`.
const INTERVAL: Duration = Duration::from_secs(1);

impl LookCommand {
    /// Its arguments.
    pub(super) fn flags_mut(&mut self) -> &mut LookArguments {
        match self {
            Self::Ps(of) | Self::Ports(of) | Self::Top(of) => of,
        }
    }
}

/// Looks and prints.
pub(super) async fn run(context: &Context, mut of: LookCommand) -> Result<u8, Failure> {
    let mut signals = EndSignals::listen()?;
    let target = of.flags_mut().target.clone();
    let mut sandboxes = Sandboxes::new(context);
    let looking = async {
        let sandbox = sandboxes.open(&target).await?;
        if let Some(warning) = &sandbox.warning {
            output::complain(&format!("warning: {warning}"));
        }
        let mut inspector = Inspector::new(&EnvdClient::new(&sandbox.endpoint)?)?;
        let text = look(&mut inspector, &of).await;
        inspector.rest().await;
        text
    };
    let text = tokio::select! {
        text = looking => text,
        signal = signals.next() => return Ok(signal.exit_code()),
    };
    sandboxes.stop().await;
    Ok(output::print(&text?))
}

async fn look(inspector: &mut Inspector, of: &LookCommand) -> Result<String, Failure> {
    match of {
        LookCommand::Ps(of) => {
            let seen = inspector.look(Sight::Processes).await?;
            Ok(processes_text(&chosen(&seen, of.all), &seen, None, of.json))
        }
        LookCommand::Ports(of) => {
            let seen = inspector.look(Sight::Sockets).await?;
            let all = seen.sockets.as_deref().unwrap_or_default();
            let mut sockets: Vec<&Socket> = all
                .iter()
                .filter(|socket| of.all || (socket.is_listener() && socket.local().is_some()))
                .collect();
            sockets.sort_by_key(|socket| (socket.local().map(|local| (local.port(), local.ip())), socket.protocol));
            Ok(sockets_text(&sockets, &seen, of.json))
        }
        LookCommand::Top(of) => {
            let before = inspector.look(Sight::Processes).await?;
            tokio::time::sleep(INTERVAL).await;
            let after = inspector.look(Sight::Processes).await?;
            let cpu = after.cpu_since(&before);
            let mut processes = chosen(&after, of.all);
            let share = |process: &Process| cpu.get(&process.key).copied().unwrap_or(0.0);
            processes.sort_by(|one, other| share(other).total_cmp(&share(one)).then(one.key.cmp(&other.key)));
            if of.json {
                let processes: Vec<Value> = processes
                    .iter()
                    .map(|one| process_json(one, &after, Some(&cpu)))
                    .collect();
                return Ok(json_text(
                    &json!({ "load": load_json(&after.load, &before.load), "processes": processes }),
                ));
            }
            let head = load_text(&after.load, &before.load);
            Ok(head + "\n" + &processes_text(&processes, &after, Some(&cpu), false))
        }
    }
}

fn chosen(seen: &Observation, all: bool) -> Vec<&Process> {
    let is_chosen = |process: &&Process| all || process.kind == ProcessKind::Program;
    seen.processes.iter().filter(is_chosen).collect()
}

type Shares = HashMap<ProcessKey, f32>;

fn processes_text(processes: &[&Process], seen: &Observation, cpu: Option<&Shares>, is_json: bool) -> String {
    if is_json {
        let values: Vec<Value> = processes
            .iter()
            .map(|process| process_json(process, seen, cpu))
            .collect();
        return json_text(&Value::from(values));
    }
    let mut headings = vec!["pid", "ppid", "user", "s"];
    headings.extend(cpu.map(|_| "cpu%"));
    headings.extend(["cpu", "rss", "threads", "elapsed", "command"]);
    let row = |process: &&Process| {
        let mut cells = vec![
            process.key.pid.to_string(),
            process.parent.to_string(),
            process.owner.as_ref().map_or("?".to_owned(), ToString::to_string),
            process.state.letter().to_string(),
        ];
        cells.extend(cpu.map(|cpu| format!("{:.1}", cpu.get(&process.key).copied().unwrap_or(0.0))));
        cells.extend([
            short_span(process.cpu_ticks / TICKS_PER_SECOND),
            short_bytes(process.resident),
            process.threads.to_string(),
            short_span(seen.age(process.key)),
            process.title(),
        ]);
        cells
    };
    table(&headings, &processes.iter().map(row).collect::<Vec<_>>())
}

fn process_json(process: &Process, seen: &Observation, cpu: Option<&Shares>) -> Value {
    let words = process.command.as_ref().map(|command| {
        let words: Vec<&str> = command.words.iter().map(crate::domain::RemoteText::unescaped).collect();
        words
    });
    let mut value = json!({
        "pid": process.key.pid.0,
        "ppid": process.parent.0,
        "started": process.key.started as f64 / TICKS_PER_SECOND as f64,
        "elapsed": seen.age(process.key),
        "name": process.name.unescaped(),
        "command": words,
        "uid": process.owner.as_ref().map(|owner| owner.uid),
        "user": process.owner.as_ref().map(ToString::to_string),
        "state": process.state.letter().to_string(),
        "cpuSeconds": process.cpu_ticks as f64 / TICKS_PER_SECOND as f64,
        "rss": process.resident,
        "threads": process.threads,
        "nice": process.nice,
    });
    if let (Some(cpu), Some(object)) = (cpu, value.as_object_mut()) {
        object.insert("cpuPercent".to_owned(), json!(cpu.get(&process.key)));
    }
    value
}

fn sockets_text(sockets: &[&Socket], seen: &Observation, is_json: bool) -> String {
    if is_json {
        let values: Vec<Value> = sockets.iter().map(|socket| socket_json(socket, seen)).collect();
        return json_text(&Value::from(values));
    }
    let row = |socket: &&Socket| {
        let (local, peer) = ends_text(socket);
        let queues = format!("{}/{}", socket.receive_queue, socket.send_queue);
        let cells = [
            socket.protocol.name().to_owned(),
            socket.state.word().to_owned(),
            local,
            peer,
            queues,
        ];
        let mut cells: Vec<String> = cells.into();
        cells.push(holders_text(socket, seen));
        cells
    };
    let rows: Vec<Vec<String>> = sockets.iter().map(row).collect();
    table(&["proto", "state", "local", "peer", "queues", "process"], &rows)
}

fn ends_text(socket: &Socket) -> (String, String) {
    match &socket.ends {
        SocketEnds::Internet { local, peer } => {
            (local.to_string(), peer.map_or("*".to_owned(), |peer| peer.to_string()))
        }
        SocketEnds::Unix(path) => (
            path.as_ref().map_or("*".to_owned(), ToString::to_string),
            "*".to_owned(),
        ),
    }
}

fn holders_text(socket: &Socket, seen: &Observation) -> String {
    let holder = |pid: &crate::domain::Pid| {
        let name = seen
            .process(*pid)
            .map(|process| process.name.escaped())
            .unwrap_or_default();
        format!("{pid} {name}")
    };
    socket.holders.iter().map(holder).collect::<Vec<_>>().join(", ")
}

fn socket_json(socket: &Socket, seen: &Observation) -> Value {
    let holder = |pid: &crate::domain::Pid| {
        let name = seen.process(*pid).map(|process| process.name.unescaped());
        json!({ "pid": pid.0, "name": name })
    };
    let path = match &socket.ends {
        SocketEnds::Unix(path) => path.as_ref().map(crate::domain::RemoteText::unescaped),
        SocketEnds::Internet { .. } => None,
    };
    json!({
        "protocol": socket.protocol.name(),
        "state": socket.state.word(),
        "local": socket.local().map(|local| local.to_string()),
        "port": socket.local().map(|local| local.port()),
        "peer": socket.peer().map(|peer| peer.to_string()),
        "path": path,
        "receiveQueue": socket.receive_queue,
        "sendQueue": socket.send_queue,
        "uid": socket.uid,
        "processes": socket.holders.iter().map(holder).collect::<Vec<_>>(),
    })
}

fn load_text(now: &SystemLoad, before: &SystemLoad) -> String {
    let [one, five, fifteen] = now.averages;
    let cpu = now.cpu.percent_since(&before.cpu).unwrap_or(0.0);
    let mut text = format!(
        "up {}  load {one:.2} {five:.2} {fifteen:.2}  cpu {cpu:.0}% of {}  mem {}/{}",
        short_span(now.uptime.as_secs()),
        now.cpu.count,
        short_bytes(now.memory.used()),
        short_bytes(now.memory.total),
    );
    if now.memory.swap_total > 0 {
        let used = now.memory.swap_total - now.memory.swap_free.min(now.memory.swap_total);
        let _ = write!(
            text,
            "  swap {}/{}",
            short_bytes(used),
            short_bytes(now.memory.swap_total)
        );
    }
    for (name, rate) in [("disk", now.disk_rate(before)), ("net", now.network_rate(before))] {
        if let Some(rate) = rate {
            let (inward, outward) = (short_bytes(rate.inward as u64), short_bytes(rate.outward as u64));
            let _ = write!(text, "  {name} {inward}/s in {outward}/s out");
        }
    }
    text.push('\n');
    text
}

fn load_json(now: &SystemLoad, before: &SystemLoad) -> Value {
    let stall = |stall: Option<crate::domain::Stall>| {
        stall.map(|stall| json!({ "some10": stall.some10, "full10": stall.full10 }))
    };
    let rate =
        |rate: Option<crate::domain::Throughput>| rate.map(|rate| json!({ "in": rate.inward, "out": rate.outward }));
    json!({
        "uptime": now.uptime.as_secs_f64(),
        "loadAverages": now.averages,
        "cpuCount": now.cpu.count,
        "cpuPercent": now.cpu.percent_since(&before.cpu),
        "memoryTotal": now.memory.total,
        "memoryUsed": now.memory.used(),
        "memoryCached": now.memory.cached,
        "swapTotal": now.memory.swap_total,
        "swapFree": now.memory.swap_free,
        "pressure": { "cpu": stall(now.pressure.cpu), "memory": stall(now.pressure.memory), "io": stall(now.pressure.io) },
        "diskRate": rate(now.disk_rate(before)),
        "networkRate": rate(now.network_rate(before)),
    })
}
