//! One case of the suite: its name, what it needs of the server, and what it does. Knows no server and no dialect.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::bench::Bench;

/// What a server or its surroundings must have for a case to mean something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Ours: rules on purpose stricter or kinder than envd's.
    Embedded,
    /// Not ours: envd's own laxness that we do not copy.
    Foreign,
    /// A token is set, and we know it.
    Token,
    /// The server may act as other users, and `nobody` is one.
    OtherUsers,
    /// The server's processes do not ignore SIGINT and SIGQUIT, as those of a server started in the background do.
    Interrupts,
    /// A file system that keeps extended attributes.
    Attributes,
    /// `/dev/shm` is another file system than `/tmp`.
    OtherDevice,
    /// A mount of NFS, CIFS or FUSE in the sandbox.
    NetworkMount,
}

type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A case. It ends well, or panics with what it saw.
#[derive(Clone)]
pub struct Case {
    /// As it is printed and filtered by.
    pub name: String,
    /// Whether it runs once in each dialect, or once.
    pub in_each_dialect: bool,
    /// What must be there.
    pub needs: Vec<Need>,
    run: Arc<dyn Fn(Bench) -> Running + Send + Sync>,
}

impl Case {
    /// A case that runs in each dialect.
    pub fn in_each_dialect<F>(name: String, run: impl Fn(Bench) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self {
            name,
            in_each_dialect: true,
            needs: Vec::new(),
            run: Arc::new(move |bench| Box::pin(run(bench))),
        }
    }

    /// A case that speaks raw HTTP and so chooses its dialect itself.
    pub fn once<F>(name: String, run: impl Fn(Bench) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self {
            in_each_dialect: false,
            ..Self::in_each_dialect(name, run)
        }
    }

    /// What it does.
    pub fn run(&self, bench: Bench) -> Running {
        (self.run)(bench)
    }
}

/// Adds what all cases of a list need.
pub fn needing(need: Need, mut cases: Vec<Case>) -> Vec<Case> {
    for case in &mut cases {
        case.needs.push(need);
    }
    cases
}

/// A list of cases from functions, each named `group::function`, each run in every dialect.
macro_rules! in_each_dialect {
    ($group:literal; $($name:ident),* $(,)?) => {
        vec![$($crate::case::Case::in_each_dialect(format!("{}::{}", $group, stringify!($name)), $name)),*]
    };
}

/// The same, each run once.
macro_rules! once {
    ($group:literal; $($name:ident),* $(,)?) => {
        vec![$($crate::case::Case::once(format!("{}::{}", $group, stringify!($name)), $name)),*]
    };
}

pub(crate) use {in_each_dialect, once};
