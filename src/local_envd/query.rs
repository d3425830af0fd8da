//! The query of `/files`: which file, as whom, signed how. Decoded, never resolved.

use percent_encoding::percent_decode_str;

/// The parameters of `/files` (`envd-wire.md` 6.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FileQuery {
    /// As sent: absolute, relative to the home, or with `~`.
    pub path: Option<String>,
    /// The user who owns what is created and whose home counts.
    pub username: Option<String>,
    /// Stands in for the token.
    pub signature: Option<String>,
    /// Unix seconds.
    pub signature_expiration: Option<i64>,
}

impl FileQuery {
    /// Reads a query string. Unknown parameters are ignored, the first of several with one name counts. The error
    /// is one sentence.
    pub(super) fn read(query: Option<&str>) -> Result<Self, String> {
        let mut found = Self::default();
        for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let slot = match name {
                "path" => &mut found.path,
                "username" => &mut found.username,
                "signature" => &mut found.signature,
                "signature_expiration" => {
                    let end = decode(name, value)?;
                    let end = end
                        .parse()
                        .map_err(|_| format!("Invalid format for parameter {name}: `{end}` is no number"))?;
                    found.signature_expiration.get_or_insert(end);
                    continue;
                }
                _ => continue,
            };
            let value = decode(name, value)?;
            slot.get_or_insert(value);
        }
        Ok(found)
    }
}

fn decode(name: &str, value: &str) -> Result<String, String> {
    let spaced = value.replace('+', " ");
    percent_decode_str(&spaced)
        .decode_utf8()
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| format!("Invalid format for parameter {name}: not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_and_the_rest_is_ignored() {
        let query = FileQuery::read(Some(
            "path=%2Ftmp%2Fa+b%2B&x=1&username=&path=/other&signature_expiration=7",
        ));
        assert_eq!(
            query,
            Ok(FileQuery {
                path: Some("/tmp/a b+".into()),
                username: Some(String::new()),
                signature: None,
                signature_expiration: Some(7),
            })
        );
        assert!(FileQuery::read(Some("signature_expiration=soon")).is_err());
        assert!(FileQuery::read(Some("path=%ff")).is_err());
    }
}
