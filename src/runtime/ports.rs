//! Ports of sandboxes: where they are for everybody, and ports of this machine that lead there, as long as somebody wants.

use crate::app::{Answer, ForwardNews, Message, PortAnswer, PortQuestion};
use crate::domain::{Failure, FailureKind, RemoteText};
use crate::envd::{EnvdClient, PortForward};

use super::effect_runner::Arrival;
use super::file_questions::Asker;

/// Answers one question, as often as it asks for. Dropped, a forward ends with all its connections.
pub(super) async fn answer(client: Option<EnvdClient>, question: PortQuestion, asker: Asker) {
    let Some(client) = client else {
        let failure = Failure::new(FailureKind::Internal, "a question went to a sandbox that is not open");
        tell(&asker, Err(failure)).await;
        return;
    };
    match question {
        PortQuestion::Address(port) => {
            let address = client.port_address(port).ok_or_else(|| {
                Failure::new(
                    FailureKind::Refused,
                    format!("port {port} has no address for everybody"),
                )
                .because("this sandbox is reached through an edge that tells ports apart by headers")
                .hint("a forward (f) leads there")
            });
            tell(&asker, address.map(PortAnswer::Address)).await;
        }
        PortQuestion::Forward(port) => {
            let mut forward = match PortForward::open(&client, port).await {
                Ok(forward) => forward,
                Err(error) => {
                    tell(&asker, Err(error.into())).await;
                    return;
                }
            };
            let news = ForwardNews::Open {
                at: forward.at(),
                to: RemoteText::from(forward.leads_to()),
            };
            let mut is_heard = tell(&asker, Ok(PortAnswer::Forward(news))).await;
            while is_heard {
                let news = ForwardNews::Traffic(forward.next().await);
                is_heard = tell(&asker, Ok(PortAnswer::Forward(news))).await;
            }
        }
    }
}

/// False if nobody listens any more.
async fn tell(asker: &Asker, answer: Result<PortAnswer, Failure>) -> bool {
    let message = Message::Answer(asker.ticket, answer.map(Answer::Port));
    asker.answers.send(Arrival::Message(message)).await.is_ok()
}
