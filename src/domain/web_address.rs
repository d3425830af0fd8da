//! An address that may be handed to the user's browser: http or https, and nothing that could make it look like another.
//! Knows no browser.

use std::fmt::{self, Write as _};

/// Longer ones are not opened.
const MOST_BYTES: usize = 1024;

/// A checked web address, written so that no program it is handed to can take a part of it for something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebAddress {
    text: String,
    host: String,
}

impl WebAddress {
    /// Takes an address, or says in a few words why it is not opened.
    pub fn parse(address: &str) -> Result<Self, &'static str> {
        if address.len() > MOST_BYTES {
            return Err("it is longer than 1,024 bytes");
        }
        if address
            .chars()
            .any(|letter| letter.is_control() || letter.is_whitespace())
        {
            return Err("it contains blanks or control characters");
        }
        let (scheme, rest) = address.split_once("://").ok_or("it is no http or https address")?;
        if !["http", "https"].contains(&scheme.to_ascii_lowercase().as_str()) {
            return Err("it is no http or https address");
        }
        // Browsers take a backslash for a slash, programs that check addresses often do not.
        if address.contains('\\') {
            return Err("it contains a backslash");
        }
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err("it hides a user name in front of the host");
        }
        if !is_plain_host(authority) {
            return Err("its host is not written in plain letters, digits, dots and hyphens");
        }
        Ok(Self {
            host: authority.to_ascii_lowercase(),
            text: escaped(&format!("{}://{rest}", scheme.to_ascii_lowercase())),
        })
    }

    /// Where it leads, with the port if one is given.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The address as it is opened: plain ASCII.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for WebAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

/// A name, an IPv4 address or an IPv6 address in brackets, with a port or without.
fn is_plain_host(authority: &str) -> bool {
    let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((inside, rest)) => {
            let is_address = inside.parse::<core::net::Ipv6Addr>().is_ok();
            return is_address && (rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port));
        }
        None => authority
            .split_once(':')
            .map_or((authority, None), |(host, port)| (host, Some(port))),
    };
    let is_host_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    !host.is_empty() && !host.starts_with(['.', '-']) && host.bytes().all(is_host_letter) && port.is_none_or(is_port)
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

/// Percent-encodes what stands in no address as it is, quotes and the like among it.
fn escaped(address: &str) -> String {
    let mut text = String::with_capacity(address.len());
    for byte in address.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&()*+,;=%".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn honest_addresses_are_taken() {
        for (address, host, opened) in [
            ("http://a.b", "a.b", "http://a.b"),
            (
                "HTTPS://Example.COM:8443/x?y=z#w",
                "example.com:8443",
                "https://Example.COM:8443/x?y=z#w",
            ),
            ("http://[::1]:80/", "[::1]:80", "http://[::1]:80/"),
            (
                "http://localhost:3000/größe's",
                "localhost:3000",
                "http://localhost:3000/gr%C3%B6%C3%9Fe%27s",
            ),
            (
                "https://xn--bcher-kva.example/a%20b",
                "xn--bcher-kva.example",
                "https://xn--bcher-kva.example/a%20b",
            ),
        ] {
            let taken = WebAddress::parse(address).expect(address);
            assert_eq!((taken.host(), taken.as_str()), (host, opened));
        }
    }

    #[test]
    fn others_are_refused() {
        let long = format!("https://a.b/{}", "x".repeat(1024));
        for address in [
            "",
            "a.b",
            "http:a.b",
            "http://",
            "http:///etc/passwd",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "ssh://-oProxyCommand=x",
            "http://good.com@evil.com/",
            "http://good.com\\@evil.com",
            "http://b\u{f6}se.com",
            "http://-a.com",
            "http://a.b:99999",
            "http://[::1",
            "http://[x]",
            "http://a.b/\n--flag",
            "http://a.b/\u{2028}",
            "http://a.b/ c",
            &long,
        ] {
            assert!(WebAddress::parse(address).is_err(), "{address:?}");
        }
    }
}
