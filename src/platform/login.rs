//! The file that the official `e2b auth login` leaves: read for its API key, never written.

use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::domain::Secret;

/// Nobody's login is larger than this.
const SIZE_LIMIT: u64 = 1 << 20;

/// What the official tools know about the user.
#[derive(Clone, Debug, Default)]
pub struct Login {
    /// The file that was looked at.
    pub path: PathBuf,
    /// The key of the project (`projectApiKey`, in older files `teamApiKey`).
    pub api_key: Option<Secret>,
    /// Why there is no key although there is a file.
    pub problem: Option<String>,
}

impl Login {
    /// Reads `.e2b/config.json` below a home folder. A missing file means that nobody logged in; one that cannot be used
    /// says why, and is left as it is.
    pub fn read(home: &Path) -> Self {
        let path = home.join(".e2b").join("config.json");
        let text = fs::File::open(&path).and_then(|file| {
            let mut text = String::new();
            file.take(SIZE_LIMIT).read_to_string(&mut text).map(|_| text)
        });
        let (api_key, problem) = match text {
            Ok(text) => match key_in(&text) {
                Ok(key) => (Some(key), None),
                Err(problem) => (None, Some(problem)),
            },
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => (None, None),
            Err(error) => (None, Some(error.to_string())),
        };
        Self { path, api_key, problem }
    }
}

/// The official tools demand every field of the file; the key is all that we need.
fn key_in(text: &str) -> Result<Secret, String> {
    let login: Value = serde_json::from_str(text).map_err(|_| "it is not JSON".to_owned())?;
    ["projectApiKey", "teamApiKey"]
        .into_iter()
        .filter_map(|field| login.get(field)?.as_str())
        .find(|key| !key.is_empty())
        .map(Secret::new)
        .ok_or_else(|| "it holds no API key".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Login {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join(".e2b")).unwrap();
        fs::write(home.path().join(".e2b/config.json"), text).unwrap();
        Login::read(home.path())
    }

    #[test]
    fn both_versions_give_their_key() {
        for text in [
            r#"{"version":2,"projectApiKey":"e2b_1","projectId":"p"}"#,
            r#"{"version":1,"teamApiKey":"e2b_1","teamName":null,"more":{}}"#,
            r#"{"projectApiKey":"","teamApiKey":"e2b_1"}"#,
        ] {
            let login = read(text);
            assert_eq!(login.api_key.unwrap().expose(), "e2b_1", "{text}");
            assert_eq!(login.problem, None);
        }
    }

    #[test]
    fn what_cannot_be_used_says_why_and_no_file_is_no_problem() {
        for (text, problem) in [
            ("{", "it is not JSON"),
            ("[]", "it holds no API key"),
            (r#"{"projectApiKey":7}"#, "it holds no API key"),
        ] {
            let login = read(text);
            assert!(login.api_key.is_none());
            assert_eq!(login.problem.as_deref(), Some(problem));
        }
        let nobody = Login::read(Path::new("/nonexistent"));
        assert!(nobody.api_key.is_none() && nobody.problem.is_none());
    }
}
