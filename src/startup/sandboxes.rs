//! The sandboxes of this run: embedded ones are started when they are first named, others get their credentials.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::config::{Lookup, RemotePlan, TargetAddress, TargetPlan};
use crate::domain::{Care, Endpoint, Failure, FailureKind, GuardRule, RemoteText, Sandbox, SandboxId, Secret, Tint};
use crate::local_envd::{LocalEnvd, LocalEnvdOptions};
use crate::platform::PlatformClient;

use super::context::variable;
use super::platform::locate_all;
use super::{Context, ShellProgram, create_private_folder, usual_shell};

/// Ending embedded sandboxes takes no longer than this; what remains then is killed.
const STOP_LIMIT: Duration = Duration::from_secs(2);
/// No more than this is read of a token file.
const TOKEN_LIMIT: u64 = 16 * 1024;

/// One sandbox, ready to be spoken to.
#[derive(Debug)]
pub struct OpenSandbox {
    /// What the user calls it.
    pub label: String,
    /// What the user wrote to name it. Sandboxes that one query found have the same.
    pub address: String,
    /// Its ID, where the platform was asked about it.
    pub sandbox: Option<SandboxId>,
    /// The `name` that is written on it in its metadata.
    pub name: Option<RemoteText>,
    /// Where it is and with which credentials.
    pub endpoint: Endpoint,
    /// Whether it is part of this process.
    pub is_embedded: bool,
    /// What a new terminal runs.
    pub shell: ShellProgram,
    /// The folder that programs start in, if one is set.
    pub cwd: Option<String>,
    /// The colour of its label.
    pub tint: Option<Tint>,
    /// What has to be minded with it.
    pub care: Care,
    /// What the user ought to know before trusting it with something.
    pub warning: Option<String>,
}

/// The sandboxes of this run. Dropping it kills what still runs in the embedded ones.
#[derive(Debug)]
pub struct Sandboxes {
    context: Context,
    embedded: HashMap<Option<String>, LocalEnvd>,
    /// Once it has been asked something.
    platform: Option<PlatformClient>,
}

impl Sandboxes {
    /// None yet.
    pub fn new(context: &Context) -> Self {
        Self {
            context: context.clone(),
            embedded: HashMap::new(),
            platform: None,
        }
    }

    /// Goes by these settings from now on. What is open stays as it is.
    pub fn renew(&mut self, context: Context) {
        self.context = context;
    }

    /// Opens what the TARGETs name; without any, what is set for that case, and without that the embedded sandbox.
    pub async fn open_all(&mut self, texts: &[String]) -> Result<Vec<OpenSandbox>, Failure> {
        let plans = self.plan(texts)?;
        let takers = plans.iter().filter(|(_, plan)| takes_token(plan)).count();
        if takers > 1 {
            return Err(Failure::new(
                FailureKind::Usage,
                "one access token file was given for several sandboxes",
            )
            .hint("name each one's file in the config, so that no sandbox gets the token of another"));
        }
        self.carry_out(plans).await
    }

    /// Opens what one TARGET names, after the start. The access token file of the command line was meant for what was
    /// opened then, so nothing that is opened now gets that token.
    pub async fn open_later(&mut self, text: &str) -> Result<Vec<OpenSandbox>, Failure> {
        let mut plans = self.plan(&[text.to_owned()])?;
        for (_, plan) in &mut plans {
            if let TargetPlan::Remote(plan) = plan {
                plan.access_token_file = None;
            }
        }
        self.carry_out(plans).await
    }

    fn plan(&self, texts: &[String]) -> Result<Vec<(Naming, TargetPlan)>, Failure> {
        let settings = &self.context.settings;
        let texts = if texts.is_empty() { &settings.open } else { texts };
        let mut named = Vec::new();
        for text in texts {
            named.push((Naming::as_written(text), TargetAddress::parse(text, settings)?));
        }
        if named.is_empty() {
            let address = TargetAddress::usual(variable).unwrap_or(Ok(TargetAddress::Local(None)))?;
            named.push((Naming::of(&address), address));
        }
        let plan = |(naming, address): (Naming, TargetAddress)| {
            Ok((naming, address.plan(settings, &self.context.flags, variable)?))
        };
        named.into_iter().map(plan).collect()
    }

    async fn carry_out(&mut self, plans: Vec<(Naming, TargetPlan)>) -> Result<Vec<OpenSandbox>, Failure> {
        let mut open = Vec::new();
        for (naming, plan) in plans {
            match plan {
                TargetPlan::Local(name) => open.push(self.open_embedded(naming, name).await?),
                TargetPlan::Remote(plan) => open.append(&mut self.open_remote(naming, *plan).await?),
            }
        }
        Ok(open)
    }

    /// Opens the one sandbox that a TARGET names.
    pub async fn open(&mut self, text: &str) -> Result<OpenSandbox, Failure> {
        let mut open = self.open_all(&[text.to_owned()]).await?;
        if open.len() > 1 {
            let labels: Vec<&str> = open.iter().map(|sandbox| sandbox.label.as_str()).collect();
            let summary = format!(
                "`{}` is {} sandboxes, and one is needed",
                text.escape_debug(),
                open.len()
            );
            return Err(Failure::new(FailureKind::Usage, summary)
                .because(labels.join(", "))
                .hint("name one of them, or use `e2b-tui run` for all"));
        }
        open.pop()
            .ok_or_else(|| Failure::new(FailureKind::Internal, "a target came to nothing"))
    }

    /// Ends the embedded sandboxes and what runs in them.
    pub async fn stop(self) {
        let stops = self.embedded.into_values().map(LocalEnvd::stop);
        let all = futures_util::future::join_all(stops);
        if tokio::time::timeout(STOP_LIMIT, all).await.is_err() {
            tracing::warn!("an embedded sandbox did not end in time");
        }
    }

    async fn open_embedded(&mut self, naming: Naming, name: Option<String>) -> Result<OpenSandbox, Failure> {
        if !self.embedded.contains_key(&name) {
            let options = LocalEnvdOptions {
                working_folder: self.working_folder(name.as_deref())?,
                ..LocalEnvdOptions::default()
            };
            let server = LocalEnvd::start(options).await.map_err(|error| {
                Failure::new(
                    FailureKind::Internal,
                    format!("cannot start the sandbox `{}`", naming.label),
                )
                .because(error.to_string())
            })?;
            self.embedded.insert(name.clone(), server);
        }
        let Some(server) = self.embedded.get(&name) else {
            return Err(Failure::new(FailureKind::Internal, "an embedded sandbox vanished"));
        };
        let flags = &self.context.flags;
        let mut endpoint = Endpoint::new(server.base_url());
        endpoint.access_token = server.token().cloned();
        endpoint.dialect = flags.dialect.unwrap_or_default();
        endpoint.user.clone_from(&flags.user);
        let own = variable("SHELL").filter(|_| flags.user.is_none());
        let guard = GuardRule::first_of(&self.context.settings.conduct.guards, &naming.label, &BTreeMap::new());
        Ok(OpenSandbox {
            label: naming.label,
            address: naming.address,
            sandbox: None,
            name: None,
            endpoint,
            is_embedded: true,
            shell: self.reporting(
                usual_shell(self.context.settings.shell.as_deref(), own.as_deref()),
                None,
            ),
            cwd: flags.cwd.clone(),
            tint: None,
            care: Care {
                is_read_only: self.context.flags.read_only,
                guard,
                metadata: BTreeMap::new(),
            },
            warning: None,
        })
    }

    /// The one without a name works where we were started, a named one in a folder of its own.
    fn working_folder(&self, name: Option<&str>) -> Result<Option<PathBuf>, Failure> {
        let Some(name) = name else {
            return Ok(std::env::current_dir().ok());
        };
        let Some(folders) = &self.context.folders else {
            return Err(Failure::new(
                FailureKind::Usage,
                format!("`local:{name}` needs a folder of its own, and this user has no home"),
            )
            .hint("use `local`"));
        };
        let folder = folders.data.join("sandboxes").join(name);
        create_private_folder(&folder).map_err(|error| {
            let summary = format!("cannot make the working folder {}", folder.display());
            Failure::new(FailureKind::Usage, summary).because(error.to_string())
        })?;
        Ok(Some(folder))
    }

    /// Asks the platform where that is needed. Asking wakes nothing and changes no life.
    async fn open_remote(&mut self, naming: Naming, plan: RemotePlan) -> Result<Vec<OpenSandbox>, Failure> {
        let has_token = plan.access_token_file.is_some() || plan.table.access_token_file.is_some();
        match &plan.lookup {
            Some(Lookup::Metadata(pairs)) => {
                let client = self.platform()?;
                let found = locate_all(&client, &naming.address, pairs).await?;
                let open = |(sandbox, endpoint): (Sandbox, Endpoint)| {
                    let naming = Naming {
                        label: sandbox.id.to_string(),
                        ..naming.clone()
                    };
                    self.open_at((naming, Some(sandbox)), endpoint, plan.clone())
                };
                found.into_iter().map(open).collect()
            }
            Some(Lookup::Id(id)) if !has_token && self.asks_platform()? => {
                let (endpoint, sandbox) = self.platform()?.locate(id).await?;
                Ok(vec![self.open_at((naming, Some(sandbox)), endpoint, plan)?])
            }
            _ => {
                let mut endpoint = Endpoint::new(plan.base_url.clone());
                endpoint.routing.clone_from(&plan.routing);
                Ok(vec![self.open_at((naming, None), endpoint, plan)?])
            }
        }
    }

    /// Whether there is somebody to ask: a debug envd belongs to no platform, and nobody answers without a key.
    fn asks_platform(&self) -> Result<bool, Failure> {
        let settings = self.context.platform_settings()?;
        Ok(settings.api_key.is_some() && !settings.is_debug)
    }

    fn platform(&mut self) -> Result<PlatformClient, Failure> {
        if let Some(client) = &self.platform {
            return Ok(client.clone());
        }
        let client = self.context.platform_client()?;
        self.platform = Some(client.clone());
        Ok(client)
    }

    /// The shell, without reports where they are switched off.
    fn reporting(&self, shell: ShellProgram, in_target: Option<bool>) -> ShellProgram {
        let is_on = in_target.unwrap_or(true) && self.context.settings.tables.history.has_shell_integration();
        ShellProgram {
            reporting: shell.reporting.filter(|_| is_on),
            ..shell
        }
    }

    /// Adds what the config and the flags say to an address.
    fn open_at(
        &self,
        (naming, sandbox): (Naming, Option<Sandbox>),
        mut endpoint: Endpoint,
        plan: RemotePlan,
    ) -> Result<OpenSandbox, Failure> {
        let context = &self.context;
        let in_config = |path: &String| context.path_in_config(path);
        let token_file = plan
            .access_token_file
            .clone()
            .or(plan.table.access_token_file.as_ref().map(in_config));
        endpoint.dialect = plan.dialect.unwrap_or_default();
        endpoint.user.clone_from(&plan.table.user);
        endpoint.ca_file = plan.ca_file.clone().or(plan.table.ca_file.as_ref().map(in_config));
        if let Some(file) = &token_file {
            endpoint.access_token = Some(read_token(file)?);
        }
        let is_exposed = endpoint.access_token.is_some() && !is_private(&endpoint.base_url);
        let warning = is_exposed.then(|| format!("the access token goes to {} unencrypted", endpoint.base_url));
        let shell = plan.table.shell.as_ref().or(context.settings.shell.as_ref());
        let written = plan.table.metadata.iter();
        let mut metadata: BTreeMap<RemoteText, RemoteText> = written
            .map(|(key, value)| (RemoteText::from(&**key), RemoteText::from(&**value)))
            .collect();
        // The platform knows better than a file.
        metadata.extend(sandbox.iter().flat_map(|sandbox| sandbox.metadata.clone()));
        let name = metadata.get(&"name".into()).filter(|name| !name.is_empty()).cloned();
        let care = Care {
            is_read_only: context.flags.read_only || plan.table.read_only.unwrap_or(false),
            guard: GuardRule::first_of(&context.settings.conduct.guards, &naming.label, &metadata),
            metadata,
        };
        Ok(OpenSandbox {
            label: naming.label,
            address: naming.address,
            name,
            sandbox: sandbox.map(|sandbox| sandbox.id),
            endpoint,
            care,
            is_embedded: false,
            shell: self.reporting(
                usual_shell(shell.map(Vec::as_slice), None),
                plan.table.shell_integration,
            ),
            cwd: plan.table.cwd,
            tint: plan.table.color,
            warning,
        })
    }
}

/// How a sandbox is spoken of.
#[derive(Clone, Debug)]
struct Naming {
    /// What the user calls it.
    label: String,
    /// What would open it again.
    address: String,
}

impl Naming {
    fn as_written(text: &str) -> Self {
        Self {
            label: text.to_owned(),
            address: text.to_owned(),
        }
    }

    fn of(address: &TargetAddress) -> Self {
        let label = label_of(address);
        let address = match address {
            TargetAddress::Url(url) => url.clone(),
            _ => label.clone(),
        };
        Self { label, address }
    }
}

fn takes_token(plan: &TargetPlan) -> bool {
    matches!(plan, TargetPlan::Remote(plan) if plan.access_token_file.is_some())
}

fn label_of(address: &TargetAddress) -> String {
    match address {
        TargetAddress::Url(url) => url.split_once("://").map_or(url.as_str(), |(_, host)| host).to_owned(),
        TargetAddress::Sandbox(name) | TargetAddress::Named(name) | TargetAddress::Local(Some(name)) => name.clone(),
        TargetAddress::Local(None) => "local".to_owned(),
        TargetAddress::Query(pairs) => {
            let pairs = pairs.iter().map(|(key, value)| format!("{key}={value}"));
            pairs.collect::<Vec<_>>().join(",")
        }
    }
}

/// Whether what is sent there stays secret on the way: encrypted, or never leaving this machine.
fn is_private(base_url: &str) -> bool {
    let Some(authority) = base_url.strip_prefix("http://") else {
        return true;
    };
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let is_loopback = host
        .parse::<std::net::IpAddr>()
        .is_ok_and(|address| address.is_loopback());
    host == "localhost" || is_loopback
}

/// The access token in a file: its text without the white space around it.
pub fn read_token(path: &Path) -> Result<Secret, Failure> {
    let shown = RemoteText::new(path.display().to_string());
    let refuse = |why: String| {
        Failure::new(FailureKind::Usage, format!("cannot take the access token from {shown}")).because(why)
    };
    let mut text = zeroize::Zeroizing::new(String::new());
    fs::File::open(path)
        .and_then(|file| file.take(TOKEN_LIMIT).read_to_string(&mut text))
        .map_err(|error| refuse(error.to_string()))?;
    let token = text.trim();
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(refuse("it does not hold one line of printable ASCII".to_owned()));
    }
    Ok(Secret::new(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_encrypted_and_loopback_paths_are_private() {
        for (url, expected) in [
            ("https://h", true),
            ("http://localhost:49983", true),
            ("http://127.0.0.1:1", true),
            ("http://[::1]:1", true),
            ("http://10.0.0.5:49983", false),
            ("http://localhost.evil.org:1", false),
        ] {
            assert_eq!(is_private(url), expected, "{url}");
        }
    }

    #[test]
    fn a_token_file_holds_one_token() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        for (text, expected) in [("abc\n", Some("abc")), ("", None), ("a b", None), ("a\nb", None)] {
            fs::write(&path, text).unwrap();
            assert_eq!(read_token(&path).ok().as_ref().map(Secret::expose), expected);
        }
        assert!(read_token(&folder.path().join("none")).is_err());
        assert!(read_token(folder.path()).is_err());
    }
}
