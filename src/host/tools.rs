//! Programs of the user's own machine that we hand something to: the browser, and what sets the clipboard.
//! Always a program and its arguments, never a shell; nothing of ours in its environment.

use std::ffi::OsString;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::domain::WebAddress;

/// A tool that does not end by then is left alone.
const TOOL_LIMIT: Duration = Duration::from_secs(10);

/// A program with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tool {
    program: PathBuf,
    arguments: Vec<String>,
}

impl Tool {
    /// The first of these that is there to be run, looked for along `path`.
    fn find(wanted: &[(&str, &[&str])], path: &str) -> Option<Self> {
        wanted.iter().find_map(|(name, arguments)| {
            Some(Self {
                program: locate(name, path)?,
                arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
            })
        })
    }

    /// The program's name.
    pub fn name(&self) -> String {
        let name = self.program.file_name().unwrap_or(self.program.as_os_str());
        name.to_string_lossy().into_owned()
    }

    /// Runs it with this on its standard input, and waits for its end. Its own output goes nowhere.
    pub async fn run(&self, input: &[u8]) -> io::Result<()> {
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .env_clear()
            .envs(std::env::vars_os().filter(|(name, _)| is_for_tools(name)))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // What we get from the keyboard, it does not get.
            .process_group(0)
            .spawn()?;
        let working = async {
            if let Some(mut stdin) = child.stdin.take() {
                stdin.write_all(input).await?;
                stdin.shutdown().await?;
            }
            child.wait().await
        };
        match tokio::time::timeout(TOOL_LIMIT, working).await {
            // A browser that was started by it may go on for hours.
            Err(_) => Ok(()),
            Ok(status) if status.as_ref().is_ok_and(std::process::ExitStatus::success) => Ok(()),
            Ok(status) => Err(io::Error::other(format!("{} ended with {}", self.name(), status?))),
        }
    }
}

/// Our own secrets are not for other programs.
pub(super) fn is_for_tools(name: &OsString) -> bool {
    !name.to_string_lossy().starts_with("E2B_")
}

fn locate(name: &str, path: &str) -> Option<PathBuf> {
    if name.contains('/') {
        return is_program(Path::new(name)).then(|| PathBuf::from(name));
    }
    // A relative entry would run what lies in whatever folder one happens to be.
    let folders = path.split(':').filter(|folder| folder.starts_with('/'));
    folders
        .map(|folder| Path::new(folder).join(name))
        .find(|file| is_program(file))
}

fn is_program(file: &Path) -> bool {
    file.metadata()
        .is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}

/// What opens this page: the programs that `$BROWSER` names, one after the other, then the system's own. `variable` reads
/// the environment.
pub fn browser(address: &WebAddress, variable: impl Fn(&str) -> Option<String>) -> Option<Tool> {
    let path = variable("PATH").unwrap_or_default();
    let address = address.as_str();
    let chosen = variable("BROWSER").unwrap_or_default();
    let named = chosen.split(':').find_map(|command| {
        let mut words = command.split_whitespace();
        let program = locate(words.next()?, &path)?;
        let mut arguments: Vec<String> = words.map(|word| word.replace("%s", address)).collect();
        if !command.contains("%s") {
            arguments.push(address.to_owned());
        }
        Some(Tool { program, arguments })
    });
    named.or_else(|| {
        let usual: [(&str, &[&str]); 3] = [("xdg-open", &[address]), ("open", &[address]), ("wslview", &[address])];
        // On other systems than macOS `open` is something else.
        let is_mac = cfg!(target_os = "macos");
        let fitting: Vec<(&str, &[&str])> = usual
            .into_iter()
            .filter(|(name, _)| *name != "open" || is_mac)
            .collect();
        Tool::find(&fitting, &path)
    })
}

/// What sets the clipboard of the machine that we run on, if there is something. `variable` reads the environment.
pub fn clipboard_tool(variable: impl Fn(&str) -> Option<String>) -> Option<Tool> {
    let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
    let mut wanted: Vec<(&str, &[&str])> = Vec::new();
    if cfg!(target_os = "macos") {
        wanted.push(("pbcopy", &[]));
    }
    if is_set("WAYLAND_DISPLAY") {
        wanted.push(("wl-copy", &["--type", "text/plain;charset=utf-8"]));
    }
    if is_set("DISPLAY") {
        wanted.push(("xclip", &["-selection", "clipboard", "-in"]));
        wanted.push(("xsel", &["--clipboard", "--input"]));
    }
    if is_set("WSL_DISTRO_NAME") {
        wanted.push(("clip.exe", &[]));
    }
    Tool::find(&wanted, &variable("PATH").unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            let file = folder.path().join(name);
            std::fs::write(
                &file,
                "#!/bin/sh\nprintf '%s|' \"$@\" > \"$0.got\"\ncat >> \"$0.got\"\nenv >> \"$0.env\"\n",
            )
            .unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        folder
    }

    fn variables<'a>(known: &'a [(&str, &str)]) -> impl Fn(&str) -> Option<String> + 'a {
        move |name| {
            known
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        }
    }

    #[test]
    fn the_clipboard_tool_fits_the_session_that_is_there() {
        let folder = folder_with(&["wl-copy", "xclip", "xsel", "clip.exe"]);
        let path = folder.path().to_str().unwrap();
        for (variable, expected) in [
            ("WAYLAND_DISPLAY", Some("wl-copy")),
            ("DISPLAY", Some("xclip")),
            ("WSL_DISTRO_NAME", Some("clip.exe")),
            ("TERM", None),
        ] {
            let tool = clipboard_tool(variables(&[("PATH", path), (variable, "1")]));
            assert_eq!(tool.map(|tool| tool.name()).as_deref(), expected, "{variable}");
        }
    }

    #[test]
    fn programs_are_not_looked_for_where_one_stands() {
        assert_eq!(locate("Cargo.toml", ".:"), None);
        assert_eq!(locate("sh", "bin::/nowhere:/bin").unwrap(), Path::new("/bin/sh"));
    }

    #[tokio::test]
    async fn the_browser_gets_the_address_as_one_argument_and_nothing_of_ours() {
        let folder = folder_with(&["surf", "xdg-open"]);
        let path = format!("{}:/usr/bin:/bin", folder.path().to_str().unwrap());
        let address = WebAddress::parse("http://a.b/$(touch${IFS}x);'\"?q=`id`").unwrap();
        for (chosen, program, expected) in [
            ("gone:surf --new %s -x", "surf", format!("--new|{address}|-x|")),
            ("surf", "surf", format!("{address}|")),
            ("", "xdg-open", format!("{address}|")),
        ] {
            let tool = browser(&address, variables(&[("PATH", &path), ("BROWSER", chosen)])).unwrap();
            tool.run(b"").await.unwrap();
            let got = std::fs::read_to_string(folder.path().join(format!("{program}.got"))).unwrap();
            assert_eq!(got, expected);
        }
        let env = std::fs::read_to_string(folder.path().join("surf.env")).unwrap();
        assert!(!env.lines().any(|line| line.starts_with("E2B_")), "{env}");
        assert_eq!(browser(&address, variables(&[("PATH", "/nowhere")])), None);
    }

    #[tokio::test]
    async fn the_input_arrives_whole_and_a_failure_is_told() {
        let folder = folder_with(&["xclip"]);
        let known = [("PATH", folder.path().to_str().unwrap()), ("DISPLAY", ":0")];
        let tool = clipboard_tool(variables(&known)).unwrap();
        let text = "line\n".repeat(100_000);
        let tool = Tool {
            arguments: Vec::new(),
            ..tool
        };
        tool.run(text.as_bytes()).await.unwrap();
        let got = std::fs::read_to_string(folder.path().join("xclip.got")).unwrap();
        assert_eq!(got.len(), text.len() + 1);
        let failing = Tool {
            program: "/bin/false".into(),
            arguments: Vec::new(),
        };
        assert!(failing.run(b"").await.is_err());
    }
}
