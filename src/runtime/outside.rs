//! What reaches the workbench from the user's terminal and from the system: one channel of events.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use crate::domain::{Failure, FailureKind};
use crate::host::{self, HostEvent, InputEnd, InputSwitch};

use super::{EndSignal, EndSignals};

/// Events that may wait: a long paste of keys fits.
pub const OUTSIDE_EVENTS: usize = 1024;
/// A program that was asked to end has this long before it is ended without being asked.
const END_LIMIT: Duration = Duration::from_secs(3);

/// One thing from outside.
#[derive(Clone, Debug, PartialEq)]
pub enum OutsideEvent {
    /// From the terminal.
    Host(HostEvent),
    /// The terminal has another size.
    Resized,
    /// We were stopped and go on; the terminal may be in any mode.
    Continued,
    /// We are asked to stop, as by ctrl-z.
    StopAsked,
    /// We are asked to end.
    End(EndSignal),
}

/// Listens to the terminal at standard input, while the switch is on, and to signals. What was typed before comes first.
pub fn listen_outside(typed: Vec<HostEvent>) -> Result<(mpsc::Receiver<OutsideEvent>, InputSwitch), Failure> {
    let (sender, receiver) = mpsc::channel(OUTSIDE_EVENTS);
    let switch = InputSwitch::new()
        .map_err(|error| Failure::new(FailureKind::Internal, "cannot make a pipe").because(error.to_string()))?;
    for event in typed {
        // More than fits was not typed in so short a time.
        let _ = sender.try_send(OutsideEvent::Host(event));
    }
    watch_signal(&sender, SignalKind::window_change(), OutsideEvent::Resized)?;
    watch_signal(
        &sender,
        SignalKind::from_raw(nix::libc::SIGCONT),
        OutsideEvent::Continued,
    )?;
    watch_signal(
        &sender,
        SignalKind::from_raw(nix::libc::SIGTSTP),
        OutsideEvent::StopAsked,
    )?;
    tokio::spawn(watch_end(sender.clone(), EndSignals::listen()?));
    let reading = std::thread::Builder::new().name("input".to_owned());
    let thrown = switch.clone();
    let reading = reading.spawn(move || {
        let is_wanted = || !sender.is_closed();
        let end = host::read_input(&thrown, is_wanted, |event| {
            sender.blocking_send(OutsideEvent::Host(event)).is_ok()
        });
        if let InputEnd::Failed(error) = &end {
            tracing::warn!(%error, "the terminal cannot be read");
        }
        if !matches!(end, InputEnd::Unwanted) {
            // Nobody can type any more: the same as a closed window.
            let _ = sender.blocking_send(OutsideEvent::End(EndSignal::Hangup));
        }
    });
    match reading {
        Ok(_) => Ok((receiver, switch)),
        Err(error) => {
            Err(Failure::new(FailureKind::Internal, "cannot start a thread for input").because(error.to_string()))
        }
    }
}

fn watch_signal(sender: &mpsc::Sender<OutsideEvent>, kind: SignalKind, event: OutsideEvent) -> Result<(), Failure> {
    let mut signals = signal(kind)
        .map_err(|error| Failure::new(FailureKind::Internal, "cannot listen for signals").because(error.to_string()))?;
    let sender = sender.clone();
    tokio::spawn(async move {
        while signals.recv().await.is_some() {
            if sender.send(event.clone()).await.is_err() {
                return;
            }
        }
    });
    Ok(())
}

/// Passes the request to end on. Should the loop hang, or the user ask twice, the terminal is restored and the program
/// ended here.
async fn watch_end(sender: mpsc::Sender<OutsideEvent>, mut signals: EndSignals) {
    let first = signals.next().await;
    let again = async {
        // A full channel belongs to a loop that hangs.
        let _ = sender.try_send(OutsideEvent::End(first));
        signals.next().await
    };
    let last = tokio::time::timeout(END_LIMIT, again).await.unwrap_or(first);
    tracing::error!("the workbench did not end when it was asked to");
    host::restore_terminal();
    std::process::exit(i32::from(last.exit_code()));
}
