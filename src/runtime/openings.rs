//! Opening sandboxes while the workbench runs. Who opens them (files, credentials, embedded servers) is not known here:
//! requests go out on a channel, what was opened comes back.

use std::collections::BTreeMap;

use tokio::sync::{mpsc, oneshot};

use crate::app::{Answer, Message};
use crate::domain::{Failure, FailureKind, Target, TargetId, Ticket};
use crate::envd::EnvdClient;

use super::Services;
use super::gate::gate;

/// A sandbox that was opened. Its target gets its number from the runtime.
pub struct Opening {
    /// How the workbench names it.
    pub target: Target,
    /// Who speaks to it.
    pub client: EnvdClient,
}

/// What came of a request.
pub type Opened = Result<Vec<Opening>, Failure>;

/// A request to open what an address names. A request whose sender has gone need not be carried out.
pub struct OpenRequest {
    /// A TARGET as on the command line.
    pub address: String,
    /// Where the answer is waited for.
    pub reply: oneshot::Sender<Opened>,
}

/// Requests that may wait for whoever opens.
pub const OPEN_REQUESTS: usize = 64;

/// Asks and waits.
pub(super) async fn open(desk: Option<mpsc::Sender<OpenRequest>>, address: String) -> Opened {
    let nobody = || Failure::new(FailureKind::Internal, "nothing more can be opened in this run");
    let Some(desk) = desk else {
        return Err(nobody());
    };
    let (reply, opened) = oneshot::channel();
    let request = OpenRequest { address, reply };
    desk.send(request).await.map_err(|_| nobody())?;
    opened.await.map_err(|_| nobody())?
}

/// A client whose broken links ask the platform before they knock again, where the platform knows the sandbox, and whose
/// copies note what is unfinished, where there is a place for that.
pub(super) fn guarded(client: EnvdClient, target: &Target, services: &Services) -> EnvdClient {
    let client = match &services.places.unfinished {
        Some(folder) if !target.address.is_empty() => client.noting(folder, &target.address),
        _ => client,
    };
    match (&services.platform, &target.sandbox) {
        (Some(platform), Some(id)) => client.behind(gate(platform, id)),
        _ => client,
    }
}

/// Numbers what was opened and keeps its clients, so that the workbench can use it as soon as it hears of it.
pub(super) fn admit(
    clients: &mut BTreeMap<TargetId, EnvdClient>,
    services: &Services,
    (ticket, opened): (Ticket, Opened),
) -> Message {
    let answer = opened.map(|openings| {
        let targets = openings.into_iter().map(|opening| {
            let last = clients.last_key_value().map_or(0, |(id, _)| id.0);
            let id = TargetId(last + 1);
            clients.insert(id, guarded(opening.client, &opening.target, services));
            Target { id, ..opening.target }
        });
        Answer::Opened(targets.collect())
    });
    Message::Answer(ticket, answer)
}
