//! Secrets in commands, by their looks. What looks like one is replaced; the rest of the command stays.

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// What stands in the place of a secret.
pub const REDACTED: &str = "[redacted]";

/// What secrets look like. A group named `s` is the secret; without one all of the match is.
const PATTERNS: [&str; 30] = [
    // Keys of clouds and services, by their prefixes.
    r"\b(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}\b",
    r#"(?i)aws_?(?:secret_?(?:access_?)?key|session_?token)["']?\s*[=:]\s*["']?(?P<s>[A-Za-z0-9/+=]{20,})"#,
    r"\bAIza[0-9A-Za-z_-]{35}",
    r"\bya29\.[0-9A-Za-z_-]{20,}",
    r"\bgh[pousr]_[0-9A-Za-z]{30,}",
    r"\bgithub_pat_[0-9A-Za-z_]{40,}",
    r"\bglpat-[0-9A-Za-z_-]{18,}",
    r"\bxox[abeoprs]-[0-9A-Za-z-]{10,}",
    r"https://hooks\.slack\.com/services/(?P<s>[A-Za-z0-9/]+)",
    r"\b[sr]k_(?:live|test)_[0-9A-Za-z]{16,}",
    r"\bsk-(?:[a-z]+-)*[0-9A-Za-z_-]{20,}",
    r"\be2b_[0-9a-zA-Z]{20,}",
    r"\bnpm_[0-9A-Za-z]{30,}",
    r"\bpypi-[0-9A-Za-z_-]{40,}",
    r"\bhf_[0-9A-Za-z]{30,}",
    r"\bdop_v1_[0-9a-f]{60,}",
    r"\bSG\.[0-9A-Za-z_-]{16,}\.[0-9A-Za-z_-]{16,}",
    r"\bkey-[0-9a-f]{32}\b",
    r"\bhvs\.[0-9A-Za-z_-]{20,}",
    r"\b[0-9]{8,10}:AA[0-9A-Za-z_-]{32,}",
    // Three parts of base64, of which the first begins like a JSON object.
    r"\beyJ[0-9A-Za-z_-]{8,}\.[0-9A-Za-z_-]{8,}\.[0-9A-Za-z_-]*",
    // Whole private keys, also in one line.
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z ]*PRIVATE KEY-----|$)",
    // Passwords in addresses, headers, options and variables.
    r#"\b[a-zA-Z][a-zA-Z0-9+.-]*://[^\s:/@"']*:(?P<s>[^\s/"']+)@"#,
    r#"(?i)\b(?:authorization|proxy-authorization)["']?\s*[:=]\s*["']?(?:(?:bearer|basic|token)\s+)?(?P<s>[^\s"']+)"#,
    r#"(?i)\b(?:x-api-key|x-access-token|x-auth-token|private-token)["']?\s*[:=]\s*["']?(?P<s>[^\s"']+)"#,
    r"(?i)\bbearer\s+(?P<s>[0-9A-Za-z._~+/-]{8,}=*)",
    r#"(?i)(?:^|\s)--?(?:[a-z0-9]+-)*(?:password|passwd|passphrase|pass|pwd|secret|token|api-?key|access-?key|secret-?key|auth-?token)(?:=|\s+)(?P<s>"[^"]*"|'[^']*'|[^\s"'-][^\s]*)"#,
    r#"(?i)(?:^|[\s;&|'"{,?])(?:[A-Z0-9_]*_)?(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|SECRET_?KEY|PRIVATE_?KEY|CREDENTIALS|PGPASSWORD|MYSQL_PWD|SSHPASS)["']?\s*[=:]\s*(?P<s>"[^"]*"|'[^']*'|[^\s"'&;|,}]+)"#,
    // Programs with options of their own.
    r#"\b(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump|mysqlimport)\b[^|;&\n]*?\s-p(?P<s>"[^"]*"|'[^']*'|[^\s"'-][^\s]*)"#,
    r#"\b(?:curl|wget|http|https|sshpass|redis-cli|smbclient|ldapsearch|docker\s+login)\b[^|;&\n]*?\s(?:-u\s*"?'?[^\s:"']+:|-p\s*|-a\s+|-w\s+|--user[= ]"?'?[^\s:"']+:)(?P<s>"[^"]*"|'[^']*'|[^\s"'-][^\s"']*)"#,
];

static COMPILED: LazyLock<Vec<Regex>> =
    LazyLock::new(|| PATTERNS.iter().filter_map(|pattern| Regex::new(pattern).ok()).collect());

/// The text with everything replaced that looks like a secret.
pub fn redact(text: &str) -> String {
    let mut text = text.to_owned();
    for pattern in COMPILED.iter() {
        if !pattern.is_match(&text) {
            continue;
        }
        let replaced = pattern.replace_all(&text, |found: &Captures<'_>| {
            let whole = found.get(0).map_or(0..0, |whole| whole.range());
            let secret = found.name("s").map_or(whole.clone(), |secret| secret.range());
            format!(
                "{}{REDACTED}{}",
                &text[whole.start..secret.start],
                &text[secret.end..whole.end]
            )
        });
        text = replaced.into_owned();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_is_one() {
        assert_eq!(COMPILED.len(), PATTERNS.len());
    }

    /// The command holds `{S}` as a stand-in; what is put there must be gone, and what is around it must stay.
    fn check((command, secret): (&str, String)) {
        let redacted = redact(&command.replace("{S}", &secret));
        assert!(!redacted.contains(&secret), "{redacted}");
        let (before, after) = command.split_once("{S}").unwrap();
        let bare = |text: &str| text.trim_matches(['\'', '"', ' ']).to_owned();
        assert!(redacted.starts_with(&bare(before)), "{command} became {redacted}");
        let is_kept = redacted.ends_with(after.trim_start_matches(['@', '"', '\'']));
        assert!(is_kept, "{command} became {redacted}");
    }

    #[test]
    fn secrets_with_a_look_of_their_own_go() {
        let hex = "0123456789abcdef0123456789abcdef";
        let long = "abcDEF0123456789abcDEF0123456789abcDEF0123456789";
        let cases: Vec<(&str, String)> = vec![
            ("aws configure set x {S}", "AKIAIOSFODNN7EXAMPLE".into()),
            (
                "AWS_SECRET_ACCESS_KEY={S} aws s3 ls",
                "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
            ),
            ("curl 'https://maps/api?key={S}'", format!("AIza{}", &long[..35])),
            ("gcloud x --y {S}", format!("ya29.{}", &long[..30])),
            ("git clone https://x:{S}@github.com/a/b", format!("ghp_{}", &long[..36])),
            ("echo {S} | gh auth login", format!("github_pat_{}", &long[..44])),
            ("glab auth {S}", format!("glpat-{}", &long[..20])),
            ("slack send {S} hello", "xoxb-1234567890-abcdefghij".into()),
            (
                "curl https://hooks.slack.com/services/{S} -d x",
                "T000/B000/XXXXXXXXXXXX".into(),
            ),
            ("stripe get {S}", format!("sk_live_{}", &long[..24])),
            ("llm --k {S} hi", format!("sk-ant-{}", &long[..40])),
            ("e2b auth {S}", format!("e2b_{hex}")),
            ("npm config set x {S}", format!("npm_{}", &long[..36])),
            ("twine upload {S}", format!("pypi-{long}")),
            ("huggingface-cli x {S}", format!("hf_{}", &long[..34])),
            ("doctl x {S}", format!("dop_v1_{hex}{hex}")),
            ("send {S} now", format!("SG.{}.{}", &long[..22], &long[..43])),
            ("mailgun {S}", format!("key-{hex}")),
            ("vault x {S}", format!("hvs.{}", &long[..24])),
            ("bot {S}", format!("123456789:AA{}", &long[..33])),
            (
                "jwt decode {S}",
                "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3".into(),
            ),
            (
                "echo '{S}' > k",
                "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----".into(),
            ),
        ];
        cases.into_iter().for_each(check);
    }

    #[test]
    fn secrets_go_where_secrets_stand() {
        let cases: Vec<(&str, String)> = vec![
            ("psql postgres://me:{S}@db/x", "hunter2!".into()),
            ("curl -H 'Authorization: Bearer {S}' u", "abc.def-123".into()),
            ("curl -H 'X-API-Key: {S}' u", "abc123".into()),
            ("http u 'bearer {S}'", "abcdefgh12".into()),
            ("tool --password {S} --verbose", "hunter2".into()),
            ("tool --api-key={S} run", "hunter2".into()),
            ("tool --db-password '{S}' run", "two words".into()),
            ("PGPASSWORD={S} psql -h db", "hunter2".into()),
            ("export GITHUB_TOKEN=\"{S}\"; make", "hunter2".into()),
            ("echo '{\"password\": \"{S}\"}'", "hunter2".into()),
            ("mysql -u root -p{S} db", "hunter2".into()),
            ("mysqldump -p{S} db > x", "hunter2".into()),
            ("curl -u me:{S} https://x", "hunter2".into()),
            ("sshpass -p {S} ssh x", "hunter2".into()),
            ("redis-cli -a {S} ping", "hunter2".into()),
        ];
        cases.into_iter().for_each(check);
    }

    #[test]
    fn harmless_commands_stay_as_they_are() {
        for command in [
            "cargo test --lib history",
            "git commit -m 'rotate token'",
            "mysql -p db",
            "mysql -u root --port 3306",
            "ls -p /tmp",
            "git push origin main",
            "cat password.txt",
            "grep -r token src",
            "ssh -p 22 host",
            "mkdir -p a/b",
            "export PATH=$PATH:/x",
            "docker run -p 80:80 nginx",
            "echo https://example.org:8080/a@b",
            "curl -u me https://x",
        ] {
            assert_eq!(redact(command), command);
        }
    }
}
