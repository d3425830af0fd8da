//! Config files with one mistake each: one sentence with file and line, exit code 2, and nothing else.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop loudly")]

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The text, the line of the mistake, and a part of the sentence.
type Case = (&'static [u8], usize, &'static str);

const CASES: &[Case] = &[
    // No TOML at all.
    (b"mouse = \n", 1, "not valid TOML"),
    (b"mouse = true\nmouse", 2, "not valid TOML"),
    (b"[keys\nhelp = 1\n", 1, "not valid TOML"),
    (b"theme = \"dark\n", 1, "not valid TOML"),
    (b"theme = 'dark\nmouse = true\n", 1, "not valid TOML"),
    (b"open = [\"a\"\nmouse = true\n", 2, "not valid TOML"),
    (b"\n\nmouse = true\nmouse = false\n", 4, "not valid TOML"),
    (b"mouse = True\n", 1, "not valid TOML"),
    (b"= 3\n", 1, "not valid TOML"),
    (b"scrollback = 1_\n", 1, "not valid TOML"),
    (b"prefix = ctrl-a\n", 1, "not valid TOML"),
    (b"theme = \"\\x\"\n", 1, "not valid TOML"),
    (b"{\"theme\": \"dark\"}\n", 1, "not valid TOML"),
    (b"theme: dark\n", 1, "not valid TOML"),
    (b"a\x00b = 1\n", 1, "not valid TOML"),
    (b"\x1b[31m = 1\n", 1, "not valid TOML"),
    (b"mouse = true\r\ntheme = \r\n", 2, "not valid TOML"),
    (b"mouse = true\n# caf\xe9\n", 2, "no UTF-8"),
    (b"\xff\xfem\x00o\x00", 1, "no UTF-8"),
    // Keys that are not there.
    (b"mous = true\n", 1, "did you mean `mouse`?"),
    (b"mouse = true\n\nscroll_back = 3\n", 3, "did you mean `scrollback`?"),
    (b"\"\x1b[2J\" = 1\n", 1, "not valid TOML"),
    (b"zzzzzzzz = 1\n", 1, "known are open, shell"),
    (b"[target.api]\nurl = \"http://h\"\n", 1, "did you mean `targets`?"),
    (
        b"[targets.api]\nurl = \"http://h\"\nusr = \"x\"\n",
        3,
        "did you mean `user`?",
    ),
    (b"[platform]\ndomian = \"x\"\n", 2, "did you mean `domain`?"),
    (b"[history]\nkeepdays = 3\n", 2, "did you mean `keep_days`?"),
    (
        b"[[guard]]\nmatch = {env = \"prod\"}\nwhen = 1\n",
        3,
        "unknown key `when`",
    ),
    // Values of the wrong kind.
    (b"mouse = 1\n", 1, "must be true or false"),
    (b"theme = true\n", 1, "must be a text in quotes"),
    (b"open = 3\n", 1, "must be a list of texts"),
    (b"open = [\"a\", 3]\n", 1, "must be a list of texts"),
    (b"scrollback = \"many\"\n", 1, "must be a whole number"),
    (b"scrollback = 1.5\n", 1, "must be a whole number"),
    (b"scrollback = -1\n", 1, "from 0 to 1000000"),
    (b"scrollback = 99999999999999999999\n", 1, "must be a whole number"),
    (b"silence = 0\n", 1, "from 1 to 86400"),
    (b"broadcast = 1441\n", 1, "from 1 to 1440"),
    (b"scrollback_memory = 0\n", 1, "from 1 to 65536"),
    (b"targets = 3\n", 1, "must be a table"),
    (b"[targets]\napi = \"http://h\"\n", 2, "must be a table"),
    (b"keys = []\n", 1, "must be a table"),
    (b"[guard]\nmatch = {env = \"prod\"}\n", 1, "list of tables"),
    (b"[[guard]]\nmatch = {env = 1}\n", 2, "must be a text in quotes"),
    (
        b"[targets.api]\nurl = \"http://h\"\nmetadata = {env = 1}\n",
        3,
        "text in quotes",
    ),
    (
        b"[targets.api]\nurl = \"http://h\"\nmetadata = \"env=prod\"\n",
        3,
        "must be a table",
    ),
    (b"[history]\nignore = [\"(\"]\n", 2, "regular expression"),
    // Values that are not among those there are.
    (b"theme = \"pink\"\n", 1, "`theme` cannot be `pink`"),
    (b"borders = \"round\"\n", 1, "no kind of borders"),
    (b"clipboard = \"maybe\"\n", 1, "no way to the clipboard"),
    (b"log = \"loud\"\n", 1, "no log level"),
    (
        b"[targets.api]\nurl = \"http://h\"\ndialect = \"soap\"\n",
        3,
        "no dialect",
    ),
    (
        b"[targets.api]\nurl = \"http://h\"\ncolor = \"mauve\"\n",
        3,
        "cannot be `mauve`",
    ),
    // Keys and sandboxes that cannot be.
    (b"prefix = \"a\"\n", 1, "`prefix` cannot be `a`"),
    ("prefix = \"ctrl-ö\"\n".as_bytes(), 1, "`prefix` cannot be `ctrl-ö`"),
    (b"prefix = \"hyper-a\"\n", 1, "prefix"),
    (b"shell = []\n", 1, "names no program"),
    (b"shell = [\"\", \"-l\"]\n", 1, "names no program"),
    (
        b"[targets.api]\nuser = \"root\"\n",
        1,
        "needs either `url` or `sandbox`",
    ),
    (
        b"[targets.api]\nurl = \"http://h\"\nsandbox = \"i0abc\"\n",
        1,
        "and not both",
    ),
    (b"[targets.local]\nurl = \"http://h\"\n", 1, "cannot name a target"),
    (b"[targets.\"a b\"]\nurl = \"http://h\"\n", 1, "cannot name a target"),
    (b"[keys]\nnew-tabb = \"f2\"\n", 2, "did you mean `new-tab`?"),
    (b"[keys]\nhelp = \"ctrl-pgupp\"\n", 2, "did you mean `ctrl-pgup`?"),
    (b"[keys]\nhelp = \"f1\"\ndetach = \"f1\"\n", 3, "bound to help already"),
    (
        b"[keys]\nhelp = \"f1\"\nzoom-pane = \"f1 z\"\n",
        3,
        "cannot be bound beside",
    ),
    (b"[keys]\nhelp = 3\n", 2, "must be a list of texts"),
];

fn run(home: &Path, config: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_e2b-tui"))
        .args(["keys", "--config"])
        .arg(config)
        .env_clear()
        .env("HOME", home)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// What is wrong with what the program says of a file.
fn fault(output: &Output, begins: &str, words: &str) -> Option<String> {
    let told = String::from_utf8_lossy(&output.stderr);
    let is_right = output.status.code() == Some(2)
        && output.stdout.is_empty()
        && told.lines().count() == 1
        && told.starts_with(begins)
        && told.contains(words)
        && !told.contains('\u{1b}');
    (!is_right).then(|| format!("{:?} {told}", output.status.code()))
}

#[test]
fn every_mistake_is_one_sentence_with_its_line() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("c.toml");
    let mut wrong = Vec::new();
    for (text, line, words) in CASES {
        std::fs::write(&path, text).unwrap();
        let begins = format!("e2b-tui: {}:{line}: ", path.display());
        let found = fault(&run(home.path(), &path), &begins, words);
        wrong.extend(
            found.map(|found| format!("{:?} (line {line}, {words}):\n  {found}", String::from_utf8_lossy(text))),
        );
    }
    assert!(CASES.len() >= 50);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_no_config_file_is_said_to_be_none() {
    let home = tempfile::tempdir().unwrap();
    let file = |name: &str| home.path().join(name);
    std::fs::write(file("huge"), vec![b'#'; 2 << 20]).unwrap();
    let cases = [
        (file("none"), "cannot read the config file"),
        (file("."), "cannot read the config file"),
        (file("huge"), "is longer than 1048576 bytes"),
        (Path::new("/dev/zero").to_owned(), "is longer than 1048576 bytes"),
    ];
    for (path, words) in cases {
        let found = fault(&run(home.path(), &path), "e2b-tui: ", words);
        assert_eq!(found, None, "{}", path.display());
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("c.toml");
    std::fs::write(&path, "mous = 1\nlog = \"loud\"\n").unwrap();
    let told = run(home.path(), &path).stderr;
    assert_eq!(String::from_utf8_lossy(&told).lines().count(), 2);
}
