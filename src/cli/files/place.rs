//! `TARGET:PATH` taken apart. Pure.

/// Where a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// On this machine.
    Here(String),
    /// In a sandbox.
    There {
        /// As the user names the sandbox.
        target: String,
        /// As envd takes paths; empty for the home.
        path: String,
    },
}

impl Place {
    /// What is copied from or to. As with scp, a colon behind a slash is a part of a file's name.
    pub(super) fn parse(text: &str) -> Self {
        match split(text) {
            Some((target, path)) => Self::There {
                target: target.to_owned(),
                path: path.to_owned(),
            },
            None => Self::Here(text.to_owned()),
        }
    }

    /// What is listed: a target alone is one as well.
    pub(super) fn parse_target(text: &str) -> (String, String) {
        let (target, path) = split(text).unwrap_or((text, ""));
        (target.to_owned(), path.to_owned())
    }
}

/// The target and the path, if there is a colon between them.
fn split(text: &str) -> Option<(&str, &str)> {
    let scheme = ["http://", "https://"]
        .into_iter()
        .find(|scheme| text.starts_with(scheme));
    let start = scheme.map_or(0, str::len);
    // The colons inside of an IPv6 address part nothing.
    let start = match text[start..].strip_prefix('[').and_then(|rest| rest.find(']')) {
        Some(length) => start + length + 2,
        None => start,
    };
    let end = text[start..].find('/').map_or(text.len(), |length| start + length);
    let first = start + text[start..end].find(':')?;
    let second = text[first + 1..end].find(':').map(|length| first + 1 + length);
    let between = &text[first + 1..second.unwrap_or(text.len())];
    let is_port = !between.is_empty() && between.bytes().all(|byte| byte.is_ascii_digit());
    let is_name = &text[..first] == "local" && !between.is_empty();
    match second {
        Some(at) if is_port || is_name => Some((&text[..at], &text[at + 1..])),
        // An address with a port and no path, as every other command takes it.
        None if is_port => (start == 0 || scheme.is_some() || text.starts_with('[')).then_some((text, "")),
        _ => Some((&text[..first], &text[first + 1..])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colons_are_read_as_scp_reads_them_and_ports_as_ports() {
        for (text, target, path) in [
            ("local:/tmp", "local", "/tmp"),
            ("local:", "local", ""),
            ("local:a/b", "local", "a/b"),
            ("local:web:/tmp", "local:web", "/tmp"),
            ("local:web:", "local:web", ""),
            ("api:~/x:y", "api", "~/x:y"),
            ("h:49983:/a:b", "h:49983", "/a:b"),
            ("h:49983", "h:49983", ""),
            ("10.0.0.5:/x", "10.0.0.5", "/x"),
            ("http://h:1:/x", "http://h:1", "/x"),
            ("https://h:/x", "https://h", "/x"),
            ("https://h:~/x", "https://h", "~/x"),
            ("[::1]:49983:/x", "[::1]:49983", "/x"),
            ("http://[::1]:/x", "http://[::1]", "/x"),
            ("role=api,env=dev:/x", "role=api,env=dev", "/x"),
        ] {
            let expected = Place::There {
                target: target.into(),
                path: path.into(),
            };
            assert_eq!(Place::parse(text), expected, "{text}");
        }
        for here in ["a", "./a:b", "/a:b", "a/b:c", "", "~/x", "https://h", "[::1]"] {
            assert_eq!(Place::parse(here), Place::Here(here.to_owned()), "{here}");
        }
        assert_eq!(Place::parse_target("api"), ("api".into(), String::new()));
        assert_eq!(Place::parse_target("http://h:1"), ("http://h:1".into(), String::new()));
    }
}
