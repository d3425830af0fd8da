//! What kind of file something is, by its name or its first bytes, and how its name goes into a header.

use std::fmt::Write;
use std::path::Path;

use http::HeaderValue;

/// Bytes that are looked at.
pub(super) const SNIFFED: usize = 512;
const BINARY: &str = "application/octet-stream";

const BY_EXTENSION: [(&str, &str); 27] = [
    ("avif", "image/avif"),
    ("css", "text/css; charset=utf-8"),
    ("csv", "text/csv; charset=utf-8"),
    ("gif", "image/gif"),
    ("gz", "application/gzip"),
    ("htm", "text/html; charset=utf-8"),
    ("html", "text/html; charset=utf-8"),
    ("ico", "image/x-icon"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("js", "text/javascript; charset=utf-8"),
    ("json", "application/json"),
    ("md", "text/markdown; charset=utf-8"),
    ("mjs", "text/javascript; charset=utf-8"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("tar", "application/x-tar"),
    ("txt", "text/plain; charset=utf-8"),
    ("wasm", "application/wasm"),
    ("wav", "audio/x-wav"),
    ("webm", "video/webm"),
    ("webp", "image/webp"),
    ("xml", "text/xml; charset=utf-8"),
    ("zip", "application/zip"),
];

const BY_FIRST_BYTES: [(&[u8], &str); 7] = [
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"\x1f\x8b\x08", "application/x-gzip"),
    (b"PK\x03\x04", "application/zip"),
    (b"\0asm", "application/wasm"),
];

/// Tags that begin a page, in any case, before a space or a `>`.
const PAGE_STARTS: [&str; 16] = [
    "<!doctype html",
    "<html",
    "<head",
    "<script",
    "<iframe",
    "<h1",
    "<div",
    "<font",
    "<table",
    "<a",
    "<style",
    "<title",
    "<b",
    "<body",
    "<br",
    "<p",
];

/// By the name alone; anything unknown is bytes.
pub(super) fn by_name(path: &Path) -> &'static str {
    known_extension(path).unwrap_or(BINARY)
}

/// By the name, else by the first bytes.
pub(super) fn by_name_or_content(path: &Path, start: &[u8]) -> &'static str {
    known_extension(path).unwrap_or_else(|| by_content(start))
}

fn known_extension(path: &Path) -> Option<&'static str> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    BY_EXTENSION
        .iter()
        .find_map(|(known, content_type)| (*known == extension).then_some(*content_type))
}

fn by_content(start: &[u8]) -> &'static str {
    if let Some((_, content_type)) = BY_FIRST_BYTES.iter().find(|(magic, _)| start.starts_with(magic)) {
        return content_type;
    }
    let text = start.trim_ascii_start();
    let is_page = |tag: &&str| {
        let begins = text
            .get(..tag.len())
            .is_some_and(|found| found.eq_ignore_ascii_case(tag.as_bytes()));
        begins && matches!(text.get(tag.len()), Some(b' ' | b'>'))
    };
    if text.starts_with(b"<!--") || PAGE_STARTS.iter().any(is_page) {
        return "text/html; charset=utf-8";
    }
    if text.starts_with(b"<?xml") {
        return "text/xml; charset=utf-8";
    }
    let is_binary = |byte: &u8| matches!(byte, 0..=8 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f);
    if start.iter().any(is_binary) {
        BINARY
    } else {
        "text/plain; charset=utf-8"
    }
}

/// `Content-Disposition` for showing a file under its name.
pub(super) fn disposition(name: &str) -> HeaderValue {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let mut text = String::from("inline; filename");
    let printable = name.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    // Writing into a string cannot fail.
    let _ = if !name.is_empty() && name.bytes().all(is_token) {
        write!(text, "={name}")
    } else if printable {
        write!(text, "=\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        let escaped = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
        write!(text, "*=utf-8''{escaped}")
    };
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("inline"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_count_more_than_content() {
        assert_eq!(by_name_or_content(Path::new("a.PNG"), b"text"), "image/png");
        assert_eq!(by_name_or_content(Path::new("a"), b"\x89PNG\r\n\x1a\n..."), "image/png");
        assert_eq!(
            by_name_or_content(Path::new("a"), b"text\n"),
            "text/plain; charset=utf-8"
        );
        assert_eq!(by_name_or_content(Path::new("a"), b"a\0b"), BINARY);
        assert_eq!(by_name(Path::new("a.unknown")), BINARY);
    }

    #[test]
    fn names_in_headers_cannot_break_out() {
        for (name, expected) in [
            ("a.txt", "inline; filename=a.txt"),
            ("a b\".txt", "inline; filename=\"a b\\\".txt\""),
            ("ü\r\nX: y", "inline; filename*=utf-8''%C3%BC%0D%0AX%3A%20y"),
        ] {
            assert_eq!(disposition(name).to_str().unwrap(), expected);
        }
    }
}
