//! What all parts of one embedded sandbox share: its name, its users, its defaults. No sockets, no processes.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use tonic::Status;

use super::options::{Access, LocalEnvdError, LocalEnvdOptions, random_id};
use super::users::Account;

/// The search path of processes, should ours be missing.
const FALLBACK_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The unchanging facts of one embedded sandbox.
#[derive(Debug)]
pub(super) struct Sandbox {
    /// What processes find in `E2B_SANDBOX_ID`. Also how we recognise them when the sandbox ends.
    pub id: String,
    /// Who may call.
    pub access: Access,
    /// Where commands and empty paths start; the user's home without one.
    pub working_folder: Option<PathBuf>,
    /// The user of calls that name none.
    pub default_user: Account,
    /// How long the exit of a process can still be asked for.
    pub exit_retention: Duration,
    /// The search path that every process gets.
    search_path: String,
}

impl Sandbox {
    /// Checks the options against this machine.
    pub(super) fn new(options: LocalEnvdOptions) -> Result<Self, LocalEnvdError> {
        if matches!(&options.access, Access::Token(token) if token.expose().is_empty()) {
            return Err(LocalEnvdError::EmptyToken);
        }
        let default_user = match options.default_user {
            Some(name) => Account::named(&name).ok_or(LocalEnvdError::UnknownUser(name))?,
            None => Account::of_this_process()
                .ok_or_else(|| LocalEnvdError::UnknownUser(nix::unistd::Uid::effective().to_string()))?,
        };
        let working_folder = match options.working_folder {
            Some(folder) => match folder.canonicalize() {
                Ok(folder) if folder.is_dir() => Some(folder),
                _ => return Err(LocalEnvdError::NoWorkingFolder(folder)),
            },
            None => None,
        };
        Ok(Self {
            id: format!("local{}", random_id(20)?),
            access: options.access,
            working_folder,
            default_user,
            exit_retention: options.exit_retention,
            search_path: std::env::var("PATH").unwrap_or_else(|_| FALLBACK_PATH.to_owned()),
        })
    }

    /// The user of a call: the one it names, else the default, if we may act as them.
    pub(super) fn acting_user(&self, named: Option<&Account>) -> Result<Account, Status> {
        let user = named.unwrap_or(&self.default_user);
        user.check_permitted()?;
        Ok(user.clone())
    }

    /// The variables that a sandbox sets for every process, whoever runs it.
    pub(super) fn variables(&self) -> BTreeMap<String, String> {
        [
            ("E2B_SANDBOX", "true"),
            ("E2B_SANDBOX_ID", self.id.as_str()),
            ("E2B_TEMPLATE_ID", "local"),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
    }

    /// The whole environment of a process: built, never inherited, so that no secret of ours can be in it. What
    /// the caller asks for wins.
    pub(super) fn environment(&self, user: &Account, asked: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let mut environment = BTreeMap::from([
            ("PATH".to_owned(), self.search_path.clone()),
            ("HOME".to_owned(), user.home.to_string_lossy().into_owned()),
            ("USER".to_owned(), user.name.clone()),
            ("LOGNAME".to_owned(), user.name.clone()),
        ]);
        environment.extend(self.variables());
        environment.extend(asked.iter().map(|(name, value)| (name.clone(), value.clone())));
        environment
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_is_built_and_the_caller_wins() {
        let sandbox = Sandbox::new(LocalEnvdOptions::default()).unwrap();
        let asked = BTreeMap::from([
            ("HOME".to_owned(), "/elsewhere".to_owned()),
            ("TERM".to_owned(), "xterm".to_owned()),
        ]);
        let environment = sandbox.environment(&sandbox.default_user, &asked);
        let names: Vec<_> = environment.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "E2B_SANDBOX",
                "E2B_SANDBOX_ID",
                "E2B_TEMPLATE_ID",
                "HOME",
                "LOGNAME",
                "PATH",
                "TERM",
                "USER"
            ]
        );
        assert_eq!(environment["HOME"], "/elsewhere");
    }

    #[test]
    fn an_empty_token_and_a_missing_folder_are_refused() {
        let empty = LocalEnvdOptions {
            access: Access::Token(crate::domain::Secret::new("")),
            ..LocalEnvdOptions::default()
        };
        assert!(matches!(Sandbox::new(empty), Err(LocalEnvdError::EmptyToken)));
        let nowhere = LocalEnvdOptions {
            working_folder: Some("/nonexistent/folder".into()),
            ..LocalEnvdOptions::default()
        };
        assert!(matches!(Sandbox::new(nowhere), Err(LocalEnvdError::NoWorkingFolder(_))));
    }
}
