//! Which platform and which key: environment, config and the login of the official tools, read when a command needs them.

use std::collections::BTreeMap;
use std::path::Path;

use futures_util::{StreamExt, stream};

use crate::config::PlatformTable;
use crate::domain::{Endpoint, Failure, FailureKind, RemoteText, Sandbox, SandboxState, Secret};
use crate::platform::{
    Configured, Login, MetadataQuery, PlatformClient, PlatformErrorKind, PlatformSettings, SandboxFilter, StartOrder,
};

use super::context::variable;
use super::{Context, read_token};

/// Sandboxes that the platform is asked about at the same time.
const LOOKS_AT_ONCE: usize = 8;

impl Context {
    /// Everything needed to speak to the platform, with or without a key.
    pub fn platform_settings(&self) -> Result<PlatformSettings, Failure> {
        let PlatformTable {
            domain,
            api_url,
            api_key_file,
            ..
        } = self.settings.tables.platform.clone();
        let api_key = match api_key_file.map(|path| self.path_in_config(&path)) {
            // The environment outranks the file, which then need not even exist.
            Some(path) if variable("E2B_API_KEY").is_none_or(|key| key.is_empty()) => Some((read_key(&path)?, path)),
            _ => None,
        };
        let login = directories::BaseDirs::new().map(|folders| Login::read(folders.home_dir()));
        let configured = Configured {
            domain,
            api_url,
            api_key,
            ca_file: self.flags.ca_file.clone(),
        };
        Ok(PlatformSettings::resolve(
            variable,
            configured,
            login.unwrap_or_default(),
        )?)
    }

    /// A client of the platform. Fails without a key.
    pub fn platform_client(&self) -> Result<PlatformClient, Failure> {
        Ok(PlatformClient::new(self.platform_settings()?)?)
    }
}

/// The API key in a file of the user's. Who wrote the key itself where the file's name belongs does not get it shown.
fn read_key(path: &Path) -> Result<Secret, Failure> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if name.strip_prefix("e2b_").is_some_and(|rest| rest.len() > 8) && !path.exists() {
        return Err(Failure::new(
            FailureKind::Usage,
            "`api_key_file` in the config holds a key, where the name of a file belongs",
        )
        .hint("write the key into a file that only you can read, and name that file"));
    }
    read_token(path).map_err(|failure| Failure {
        summary: format!(
            "cannot take the API key from {}",
            RemoteText::new(path.to_string_lossy())
        ),
        ..failure
    })
}

/// The running sandboxes with this metadata, by ID. `query` is what the user wrote.
pub(super) async fn locate_all(
    client: &PlatformClient,
    query: &str,
    metadata: &BTreeMap<String, String>,
) -> Result<Vec<(Sandbox, Endpoint)>, Failure> {
    let mut filter = SandboxFilter {
        metadata: MetadataQuery(metadata.clone()),
        ..SandboxFilter::default()
    };
    filter.order = StartOrder::OldestFirst;
    let matching = client.list(&filter).await?;
    let (running, others): (Vec<_>, Vec<_>) = matching
        .into_iter()
        .partition(|sandbox| sandbox.state == SandboxState::Running);
    let located = stream::iter(running)
        .map(|sandbox| async move {
            let located = client.locate(&sandbox.id).await;
            (sandbox, located)
        })
        .buffered(LOOKS_AT_ONCE)
        .collect::<Vec<_>>()
        .await;
    let mut found = Vec::new();
    for (sandbox, located) in located {
        match located {
            Ok((endpoint, _)) => found.push((sandbox, endpoint)),
            // It ended or went to sleep since it was listed.
            Err(error) if matches!(error.kind(), PlatformErrorKind::NotFound | PlatformErrorKind::Paused) => {
                tracing::info!(%error, "left out");
            }
            Err(error) => return Err(error.into()),
        }
    }
    if found.is_empty() {
        return Err(nobody(query, &others));
    }
    Ok(found)
}

fn nobody(query: &str, others: &[Sandbox]) -> Failure {
    let shown = query.escape_debug();
    let failure = Failure::new(FailureKind::NotFound, format!("no running sandbox has {shown}"));
    match others {
        [] => failure.hint("`e2b-tui list` shows what runs"),
        [one] => failure
            .because(format!("{} has it and is {}", one.id, one.state))
            .hint(format!("`e2b-tui resume {}` wakes it", one.id)),
        many => failure
            .because(format!("{} that are not running have it", many.len()))
            .hint(format!(
                "`e2b-tui list -s paused -m {shown}` shows them, `e2b-tui resume` wakes them"
            )),
    }
}
