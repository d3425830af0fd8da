//! From a sandbox to the address of its envd (`platform-api.md` 6). The domain may come from a reply, so only a few fixed
//! shapes are ever built from it, and nothing that could lead a token astray.

use crate::domain::{Endpoint, Routing, SandboxAccess, SandboxId};

use super::settings::{PlatformSettings, is_loopback};
use super::{PlatformError, PlatformErrorKind};

/// The port that envd listens on in every sandbox.
const ENVD_PORT: u16 = 49983;

/// The platform's own domains: one host name for all sandboxes, told apart by headers.
const SHARED_DOMAINS: [&str; 4] = ["e2b.app", "e2b.dev", "e2b.pro", "e2b-staging.dev"];

/// Names that never lead to a platform on the internet. A reply may not send us there; the user may.
const PRIVATE_ENDINGS: [&str; 10] = [
    "local",
    "localhost",
    "localdomain",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "arpa",
    "test",
];

impl PlatformSettings {
    /// How to reach a sandbox's envd.
    pub fn endpoint(&self, id: &SandboxId, access: &SandboxAccess) -> Result<Endpoint, PlatformError> {
        let mut endpoint = Endpoint::new(self.base_url(id, access)?);
        endpoint.routing = Some(Routing {
            sandbox_id: id.bare().to_owned(),
            port: ENVD_PORT,
        });
        endpoint.ca_file.clone_from(&self.ca_file);
        endpoint.traffic_token.clone_from(&access.traffic_token);
        // A debug envd knows no token.
        if !self.is_debug || self.sandbox_url.is_some() {
            endpoint.access_token.clone_from(&access.envd_token);
        }
        Ok(endpoint)
    }

    fn base_url(&self, id: &SandboxId, access: &SandboxAccess) -> Result<String, PlatformError> {
        if let Some(url) = &self.sandbox_url {
            return Ok(url.trim_end_matches('/').to_owned());
        }
        if self.is_debug {
            return Ok(format!("http://localhost:{ENVD_PORT}"));
        }
        let named = access.domain.as_ref().filter(|domain| !domain.is_empty());
        let domain = match named {
            None => self.domain.clone(),
            Some(domain) => domain.unescaped().to_ascii_lowercase(),
        };
        if self.is_on_this_machine() && is_loopback_authority(&domain) {
            return Ok(format!("http://{domain}"));
        }
        let is_configured = domain == self.domain.to_ascii_lowercase();
        let is_usable = is_configured || (is_domain(&domain) && is_public(&domain));
        if !is_usable {
            let shown = access.domain.clone().unwrap_or_default();
            let text = format!("the platform says its domain is `{shown}`, which cannot be one");
            return Err(PlatformError::new(PlatformErrorKind::NotPlatform, text)
                .during(&format!("reach {id}"))
                .hint("nothing was sent there; E2B_SANDBOX_URL names an address outright"));
        }
        Ok(if SHARED_DOMAINS.contains(&domain.as_str()) {
            format!("https://sandbox.{domain}")
        } else {
            format!("https://{ENVD_PORT}-{}.{domain}", id.bare())
        })
    }
}

/// Whether a text is a domain name of at least two labels, without port, and no address.
pub(super) fn is_domain(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(is_plain)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // The last label of a name begins with a letter; that of an address, in whatever notation, with a digit.
    let is_name = |last: &str| last.len() > 1 && last.starts_with(|first: char| first.is_ascii_alphabetic());
    // The port and the ID still come in front.
    text.len() <= 180 && text.split('.').all(is_label) && text.rsplit_once('.').is_some_and(|(_, last)| is_name(last))
}

fn is_public(domain: &str) -> bool {
    let last = domain.rsplit('.').next().unwrap_or(domain);
    !PRIVATE_ENDINGS.contains(&last)
}

/// `localhost:PORT`, `127.0.0.1:PORT` or `[::1]:PORT`: what a platform on this machine calls its sandboxes.
fn is_loopback_authority(text: &str) -> bool {
    text.rsplit_once(':').is_some_and(|(host, port)| {
        let is_host = host.starts_with('[') == host.contains(':');
        is_host && is_loopback(host) && port.parse::<u16>().is_ok_and(|port| port > 0)
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Configured, Login};
    use super::*;
    use crate::domain::Secret;

    const ID: &str = "i0abc";

    fn settings(variables: &[(&str, &str)]) -> PlatformSettings {
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        PlatformSettings::resolve(variable, Configured::default(), Login::default()).unwrap()
    }

    fn reached(variables: &[(&str, &str)], domain: Option<&str>) -> Result<Endpoint, PlatformError> {
        let access = SandboxAccess {
            domain: domain.map(Into::into),
            envd_token: Some(Secret::new("t")),
            traffic_token: None,
        };
        settings(variables).endpoint(&ID.parse().unwrap(), &access)
    }

    #[test]
    fn the_address_has_one_of_four_shapes() {
        for (variables, domain, url) in [
            (&[][..], None, "https://sandbox.e2b.app"),
            (&[], Some(""), "https://sandbox.e2b.app"),
            (&[], Some("e2b.dev"), "https://sandbox.e2b.dev"),
            (&[], Some("e2b.my.org"), "https://49983-i0abc.e2b.my.org"),
            (
                &[("E2B_DOMAIN", "My.internal")],
                Some("my.internal"),
                "https://49983-i0abc.my.internal",
            ),
            (&[("E2B_DEBUG", "true")], Some("e2b.dev"), "http://localhost:49983"),
            (
                &[("E2B_SANDBOX_URL", "http://10.0.0.1:8/")],
                Some("e2b.dev"),
                "http://10.0.0.1:8",
            ),
            (
                &[("E2B_API_URL", "http://127.0.0.1:1")],
                Some("127.0.0.1:2"),
                "http://127.0.0.1:2",
            ),
            (
                &[("E2B_API_URL", "http://127.0.0.1:1")],
                Some("e2b.app"),
                "https://sandbox.e2b.app",
            ),
        ] {
            let endpoint = reached(variables, domain).unwrap();
            assert_eq!(endpoint.base_url, url);
            assert_eq!(endpoint.routing.unwrap().sandbox_id, ID);
            let is_debug = url.contains("localhost");
            assert_eq!(endpoint.access_token.is_none(), is_debug, "{url}");
        }
    }

    #[test]
    fn forty_hostile_domains_lead_nowhere() {
        let long = format!("{}.org", "a".repeat(64));
        let longer = format!("{}org", "a.".repeat(100));
        let hostile = [
            "evil.org/",
            "evil.org/x",
            "evil.org:8443",
            "@evil.org",
            "u:p@evil.org",
            "evil.org#",
            "evil.org?x=",
            "evil.org\\x",
            "evil.org\r\nX-A: b",
            "evil.org\0",
            " evil.org",
            "evil.org ",
            "evil..org",
            ".evil.org",
            "evil.org.",
            "-evil.org",
            "evil-.org",
            "evil",
            "localhost",
            "localhost:49983",
            "x.localhost",
            "127.0.0.1",
            "127.0.0.1:80",
            "127.1",
            "0x7f.0x1",
            "10.0.0.5",
            "169.254.169.254",
            "192.168.0.1",
            "2130706433",
            "[::1]",
            "[::1]:80",
            "[fe80::1%25eth0]",
            "::1",
            "metadata.google.internal",
            "router.lan",
            "printer.local",
            "1.0.0.127.in-addr.arpa",
            "evil\u{3002}org",
            "\u{202e}gro.live",
            "ev%69l.org",
            "e2b.app\t",
            long.as_str(),
            longer.as_str(),
        ];
        assert!(hostile.len() >= 40);
        for domain in hostile {
            let error = reached(&[], Some(domain))
                .map(|endpoint| endpoint.base_url)
                .unwrap_err();
            assert_eq!(error.kind(), PlatformErrorKind::NotPlatform, "{domain}");
            // A platform on this machine may name this machine, and nothing else that a remote one may not.
            let near = reached(&[("E2B_API_URL", "http://localhost:1")], Some(domain));
            let is_loopback = near.is_ok_and(|endpoint| endpoint.base_url == format!("http://{domain}"));
            assert_eq!(is_loopback, is_loopback_authority(domain), "{domain}");
        }
    }
}
