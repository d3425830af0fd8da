//! `serve`: the embedded sandbox as a server of its own, for other clients on this machine.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::domain::{Failure, FailureKind, RemoteText, Secret};
use crate::local_envd::{Access, LocalEnvd, LocalEnvdOptions, random_token};
use crate::runtime::{EndSignal, EndSignals};
use crate::startup::{Context, create_private_folder, read_token, write_private_file};

use super::arguments::ServeArguments;
use super::output;

/// Serves until a signal asks to end.
pub(super) async fn run(context: &Context, of: ServeArguments) -> Result<u8, Failure> {
    let mut signals = EndSignals::listen()?;
    let access = if of.no_token {
        Access::Open
    } else {
        Access::Token(token(of.token_file.as_deref())?)
    };
    let options = LocalEnvdOptions {
        port: of.port,
        access,
        working_folder: of.cwd.clone().or_else(|| std::env::current_dir().ok()),
        ..LocalEnvdOptions::default()
    };
    let server = LocalEnvd::start(options)
        .await
        .map_err(|error| Failure::new(FailureKind::Usage, "cannot serve").because(error.to_string()))?;
    let token_file = match (&of.token_file, server.token()) {
        (Some(path), _) => Some(KeptFile::lasting(path.clone())),
        (None, Some(token)) => Some(keep_token(context, server.address().port(), token)?),
        (None, None) => None,
    };
    match &token_file {
        Some(file) => output::complain(&format!(
            "the token that callers send as X-Access-Token is in {}",
            file.path.display()
        )),
        None => output::complain(
            "warning: no token is asked for: every user and every program of this machine can run commands as you",
        ),
    }
    // Alone on standard output, so that scripts can read it.
    let code = output::print(&format!("{}\n", server.base_url()));
    if code != 0 {
        return Ok(code);
    }
    let signal = signals.next().await;
    server.stop().await;
    // To be asked to end is how a server ends.
    Ok(if signal == EndSignal::Terminate {
        0
    } else {
        signal.exit_code()
    })
}

/// The token in a file, or a new one that is put there.
fn token(file: Option<&Path>) -> Result<Secret, Failure> {
    let new = || {
        random_token().map_err(|error| Failure::new(FailureKind::Internal, "cannot serve").because(error.to_string()))
    };
    let Some(path) = file else { return new() };
    if let Ok(found) = fs::metadata(path) {
        if found.mode() & 0o077 != 0 {
            let shown = RemoteText::new(path.display().to_string());
            output::complain(&format!(
                "warning: others can read the token in {shown} — chmod 600 closes it"
            ));
        }
        return read_token(path);
    }
    let token = new()?;
    write_private_file(path, &format!("{}\n", token.expose())).map_err(|error| cannot_write(path, &error))?;
    Ok(token)
}

/// Puts the token where only this user finds it, for as long as the server runs.
fn keep_token(context: &Context, port: u16, token: &Secret) -> Result<KeptFile, Failure> {
    let Some(folders) = &context.folders else {
        return Err(
            Failure::new(FailureKind::Usage, "this user has no home to keep the token in")
                .hint("name a file with --token-file"),
        );
    };
    let path = folders.state.join(format!("serve-{port}.token"));
    let written = create_private_folder(&folders.state).and_then(|()| {
        // The port is ours now: whoever left a file for it has ended.
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => write_private_file(&path, &format!("{}\n", token.expose())),
        }
    });
    match written {
        Ok(()) => Ok(KeptFile { path, is_ours: true }),
        Err(error) => Err(cannot_write(&path, &error)),
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    let summary = format!("cannot write the token to {}", path.display());
    Failure::new(FailureKind::Usage, summary).because(error.to_string())
}

/// A token file; removed with this value if it was made for it.
struct KeptFile {
    path: PathBuf,
    is_ours: bool,
}

impl KeptFile {
    fn lasting(path: PathBuf) -> Self {
        Self { path, is_ours: false }
    }
}

impl Drop for KeptFile {
    fn drop(&mut self) {
        if self.is_ours
            && let Err(error) = fs::remove_file(&self.path)
        {
            tracing::warn!(%error, "the token file is left behind");
        }
    }
}
