//! What the user's own machine is asked for besides drawing: a page in the browser, text on the clipboard. In tasks of
//! their own; only failures come back.

use tokio::sync::mpsc;

use crate::app::Message;
use crate::domain::{Failure, FailureKind, WebAddress};
use crate::host::{self, CLIPBOARD_LIMIT, ClipboardWay, NATIVE_CLIPBOARD_LIMIT, Surface, Tool};

use super::effect_runner::Arrival;

/// Puts text on the clipboard.
pub(super) fn copy(
    text: String,
    way: &ClipboardWay,
    surface: &mut impl Surface,
    answers: &mpsc::Sender<Arrival>,
) -> std::io::Result<()> {
    let refused = match way {
        ClipboardWay::Off => None,
        ClipboardWay::Terminal if surface.copy(&text)? => None,
        ClipboardWay::Terminal => Some(too_long(&text, CLIPBOARD_LIMIT)),
        ClipboardWay::Tool(_) if text.len() > NATIVE_CLIPBOARD_LIMIT => Some(too_long(&text, NATIVE_CLIPBOARD_LIMIT)),
        ClipboardWay::Tool(tool) => {
            let failure = Failure::new(FailureKind::Internal, "the clipboard was not set")
                .hint("set `clipboard = \"osc52\"` to go by way of the terminal");
            run(tool.clone(), text.into_bytes(), failure, answers.clone());
            None
        }
        ClipboardWay::NoTool => Some(
            Failure::new(FailureKind::Internal, "the clipboard was not set")
                .because("none of pbcopy, wl-copy, xclip, xsel and clip.exe can be used here")
                .hint("set `clipboard = \"osc52\"` to go by way of the terminal"),
        ),
    };
    if let Some(failure) = refused {
        tell(failure, answers.clone());
    }
    Ok(())
}

/// Opens a page in the user's browser.
pub(super) fn open_web(address: &WebAddress, answers: &mpsc::Sender<Arrival>) {
    let failure = Failure::new(FailureKind::Internal, format!("{address} was not opened"));
    if let Some(tool) = host::browser(address, |name| std::env::var(name).ok()) {
        run(tool, Vec::new(), failure, answers.clone());
    } else {
        let failure = failure
            .because("no browser was found")
            .hint("name one in $BROWSER, or copy the link with its capital letter");
        tell(failure, answers.clone());
    }
}

fn too_long(text: &str, limit: usize) -> Failure {
    Failure::new(FailureKind::Internal, "the clipboard was not set")
        .because(format!("{} bytes are more than the {limit} that it takes", text.len()))
        .hint("what was copied can still be pasted inside e2b-tui")
}

fn run(tool: Tool, input: Vec<u8>, failure: Failure, answers: mpsc::Sender<Arrival>) {
    tokio::spawn(async move {
        if let Err(error) = tool.run(&input).await {
            let failure = failure.because(error.to_string());
            let _ = answers
                .send(Arrival::Message(Message::Trouble(failure.to_string())))
                .await;
        }
    });
}

fn tell(failure: Failure, answers: mpsc::Sender<Arrival>) {
    // In a task: the channel may be full, and nothing waits here.
    tokio::spawn(async move {
        let _ = answers
            .send(Arrival::Message(Message::Trouble(failure.to_string())))
            .await;
    });
}
