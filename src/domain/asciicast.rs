//! The asciicast v2 format: a header line, then one line for each event. What is read is not trusted.

use std::time::Duration;

use serde_json::{Value, json};

use super::GridSize;

/// A recording that says it is longer than this between two events is not believed.
const LONGEST_GAP: Duration = Duration::from_secs(366 * 24 * 3600);
/// The largest screen that a recording may ask for, each way.
const LARGEST: u64 = 1000;

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CastHeader {
    /// The screen at the beginning.
    pub size: GridSize,
    /// When it began, in seconds since 1970.
    pub begun: Option<u64>,
    /// What it is called.
    pub title: Option<String>,
}

/// What one event is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CastData {
    /// The program printed this.
    Output(String),
    /// This was typed.
    Input(String),
    /// The screen has this size from now on.
    Resize(GridSize),
    /// A remark.
    Marker(String),
    /// A kind that we do not know.
    Other,
}

/// One of the other lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CastEvent {
    /// Since the beginning.
    pub at: Duration,
    /// What happened.
    pub data: CastData,
}

impl CastHeader {
    /// The line, without its end.
    pub fn line(&self) -> String {
        let (cols, rows) = (self.size.cols(), self.size.rows());
        let mut header = json!({ "version": 2, "width": cols, "height": rows, "env": { "TERM": "xterm-256color" } });
        if let Some(begun) = self.begun {
            header["timestamp"] = begun.into();
        }
        if let Some(title) = &self.title {
            header["title"] = title.as_str().into();
        }
        header.to_string()
    }

    /// Reads the line. The error says what is wrong with it.
    pub fn parse(line: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(line).map_err(|_| "its first line is no JSON".to_owned())?;
        match value["version"].as_u64() {
            Some(2) => {}
            Some(other) => return Err(format!("it is of version {other}, and only 2 can be played")),
            None => return Err("its first line names no version".to_owned()),
        }
        let length = |name: &str| {
            let length = value[name].as_u64().filter(|length| (1..=LARGEST).contains(length));
            length.ok_or_else(|| format!("its `{name}` is no number from 1 to {LARGEST}"))
        };
        Ok(Self {
            size: GridSize::new(length("width")? as u16, length("height")? as u16),
            begun: value["timestamp"].as_u64(),
            title: value["title"].as_str().map(str::to_owned),
        })
    }
}

impl CastEvent {
    /// The line, without its end.
    pub fn line(&self) -> String {
        let (code, data) = match &self.data {
            CastData::Output(text) => ("o", text.clone()),
            CastData::Input(text) => ("i", text.clone()),
            CastData::Resize(size) => ("r", format!("{}x{}", size.cols(), size.rows())),
            CastData::Marker(text) => ("m", text.clone()),
            CastData::Other => ("x", String::new()),
        };
        // Microseconds are what others write, too.
        let seconds = (self.at.as_secs_f64() * 1e6).round() / 1e6;
        json!([seconds, code, data]).to_string()
    }

    /// Reads a line. `None` if it is no event.
    pub fn parse(line: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(line).ok()?;
        let seconds = value[0].as_f64().filter(|seconds| *seconds >= 0.0)?;
        let at = Duration::try_from_secs_f64(seconds).ok()?.min(LONGEST_GAP);
        let text = || value[2].as_str().map(str::to_owned);
        let data = match value[1].as_str()? {
            "o" => CastData::Output(text()?),
            "i" => CastData::Input(text()?),
            "m" => CastData::Marker(text()?),
            "r" => {
                let text = text()?;
                let (cols, rows) = text.split_once('x')?;
                let length = |text: &str| text.parse().ok().filter(|length| (1..=LARGEST).contains(length));
                CastData::Resize(GridSize::new(length(cols)? as u16, length(rows)? as u16))
            }
            _ => CastData::Other,
        };
        Some(Self { at, data })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let header = CastHeader {
            size: GridSize::new(80, 24),
            begun: Some(1_700_000_000),
            title: Some("a \"b\" \u{1b}".to_owned()),
        };
        assert_eq!(CastHeader::parse(&header.line()), Ok(header.clone()));
        assert!(!header.line().contains('\u{1b}'));
        for data in [
            CastData::Output("\u{1b}[31mred\r\n日本\u{0}".to_owned()),
            CastData::Input("x".to_owned()),
            CastData::Resize(GridSize::new(3, 2)),
            CastData::Marker("here".to_owned()),
        ] {
            let event = CastEvent {
                at: Duration::from_micros(1_234_567),
                data,
            };
            assert!(!event.line().contains(['\n', '\u{1b}']), "one line, nothing that acts");
            assert_eq!(CastEvent::parse(&event.line()), Some(event));
        }
    }

    #[test]
    fn what_is_wrong_is_refused() {
        for (line, part) in [
            ("", "no JSON"),
            ("[]", "no version"),
            ("{\"version\":1}", "version 1"),
            ("{\"version\":2,\"width\":0,\"height\":1}", "`width`"),
            ("{\"version\":2,\"width\":80,\"height\":99999999}", "`height`"),
        ] {
            assert!(CastHeader::parse(line).unwrap_err().contains(part), "{line}");
        }
        for line in [
            "",
            "1",
            "[]",
            "[-1,\"o\",\"x\"]",
            "[\"1\",\"o\",\"x\"]",
            "[1,\"o\",7]",
            "[1,\"r\",\"0x5\"]",
            "[1,\"r\",\"9999999x5\"]",
            "[1,2,3]",
            "[null,\"o\",\"x\"]",
        ] {
            assert_eq!(CastEvent::parse(line), None, "{line}");
        }
        let far = CastEvent::parse("[1e300,\"o\",\"x\"]");
        assert!(far.is_none_or(|event| event.at == LONGEST_GAP));
        let unknown = CastEvent::parse("[1,\"zz\",\"x\"]").map(|event| event.data);
        assert_eq!(unknown, Some(CastData::Other));
    }
}
