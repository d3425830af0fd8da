//! Names of users, from the sandbox's `/etc/passwd`.

use std::collections::HashMap;

use crate::domain::{Owner, RemoteText};

/// Numbers of users with their names.
#[derive(Debug, Default)]
pub(super) struct Users {
    names: HashMap<u32, RemoteText>,
}

impl Users {
    /// `name:password:number:…`, one a line. The first name of a number counts.
    pub(super) fn read(text: &[u8]) -> Self {
        let mut names = HashMap::new();
        for line in text.split(|byte| *byte == b'\n') {
            let mut fields = line.split(|byte| *byte == b':');
            let (Some(name), Some(uid)) = (fields.next(), fields.nth(1).and_then(super::proc_stat::number)) else {
                continue;
            };
            names.entry(uid).or_insert_with(|| RemoteText::from_bytes(name));
        }
        Self { names }
    }

    /// The owner with this number.
    pub(super) fn owner(&self, uid: u32) -> Owner {
        Owner {
            uid,
            name: self.names.get(&uid).cloned(),
        }
    }
}
