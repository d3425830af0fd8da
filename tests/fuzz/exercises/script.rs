//! From the fuzzer's bytes to what happens to a terminal: output of the kinds that programs and attackers print, changes of
//! size, and everything that a user does with what is on the screen.

use e2b_tui::domain::GridSize;

use super::taken::Taken;

/// One thing that happens.
#[derive(Clone, Debug)]
pub enum Step {
    Output(Vec<u8>),
    Resize(GridSize),
    /// As while a border is dragged.
    Follow(GridSize),
    Wait(u64),
    Scroll(i32),
    Mark,
    Keep(usize),
    Typed(Vec<u8>),
    Look(u8),
}

/// A terminal's whole life.
#[derive(Clone, Debug)]
pub struct Script {
    pub size: GridSize,
    pub string_bytes: usize,
    pub steps: Vec<Step>,
}

/// Text and control functions that have given terminals trouble, ours or others.
pub const PIECES: &[&str] = &[
    "a",
    "hello world ",
    "日",
    "한글",
    "é",
    "e\u{301}",
    "❤\u{fe0f}",
    "⚠\u{fe0f}",
    "\u{fe0f}",
    "👩\u{200d}👩",
    "🇩🇪",
    "1\u{fe0f}\u{20e3}",
    "\u{1f3fd}",
    "👍\u{1f3fd}",
    "\u{e0200}",
    "\u{e0fff}",
    "\u{202e}",
    "\u{fffd}",
    "\u{fffe}",
    "\u{301}",
    "\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}\u{308}\u{309}\u{30a}\u{30b}\u{30c}",
    "ก็",
    "\u{17d8}",
    "ｆｕｌｌ",
    "─│┌",
    "\u{200b}",
    "\u{ad}",
    "\u{feff}",
    "\u{1160}",
    "ﷺ",
    "𒐫",
    "\u{0}",
    "\r",
    "\n",
    "\r\n",
    "\t",
    "\x08",
    "\x07",
    "\x0b",
    "\x0c",
    "\x0e",
    "\x0f",
    "\x05",
    "\x18",
    "\x1a",
    "\x7f",
    "\u{84}",
    "\u{85}",
    "\u{88}",
    "\u{8d}",
    "\u{8e}",
    "\u{8f}",
    "\u{90}",
    "\u{9b}",
    "\u{9c}",
    "\u{9d}",
    "\x1b",
    "\x1b[",
    "\x1b]",
    "\x1bP",
    "\x1b_",
    "\x1b^",
    "\x1bX",
    "\x1bk",
    "\x1b\\",
    "\x1b7",
    "\x1b8",
    "\x1bD",
    "\x1bE",
    "\x1bM",
    "\x1bH",
    "\x1bc",
    "\x1bN",
    "\x1bO",
    "\x1bn",
    "\x1bo",
    "\x1b}",
    "\x1b~",
    "\x1b6",
    "\x1b9",
    "\x1b(0",
    "\x1b(B",
    "\x1b)0",
    "\x1b(A",
    "\x1b*0",
    "\x1b#8",
    "\x1b#6",
    "\x1b=",
    "\x1b>",
    "\x1bZ",
    "\x1b F",
    "\x1b G",
    "\x1b%G",
    "\x1b%@",
    "\x1b]8;;http://x\x07",
    "\x1b]8;id=1;https://example.com/long\x1b\\",
    "\x1b]8;;\x07",
    "\x1b]2;title\x07",
    "\x1b]0;a;b\x1b\\",
    "\x1b]1;icon\x07",
    "\x1b]4;1;#123456\x07",
    "\x1b]4;1;?\x07",
    "\x1b]10;?\x07",
    "\x1b]11;rgb:1/2/3\x07",
    "\x1b]104\x07",
    "\x1b]110\x07",
    "\x1b]7;file:///tmp/%41\x07",
    "\x1b]9;note\x07",
    "\x1b]9;4;1;50\x07",
    "\x1b]99;i=1;hi\x1b\\",
    "\x1b]777;notify;a;b\x07",
    "\x1b]133;A\x07",
    "\x1b]133;B\x07",
    "\x1b]133;C\x07",
    "\x1b]133;D;1\x07",
    "\x1b]633;P;Cwd=/x\x07",
    "\x1b]1337;CurrentDir=/x\x07",
    "\x1b]52;c;aGk=\x07",
    "\x1b]52;c;?\x07",
    "\x1bP$qm\x1b\\",
    "\x1bP$qr\x1b\\",
    "\x1bP$q q\x1b\\",
    "\x1bP+q544e;436f\x1b\\",
    "\x1bPq#0\x1b\\",
    "\x1b_Gf=24\x1b\\",
    "\x1b[m",
    "\x1b[1;4;7;9;44m",
    "\x1b[53;5;8m",
    "\x1b[4:3m",
    "\x1b[58:2::1:2:3m",
    "\x1b[38;5;200m",
    "\x1b[48;2;1;2;3m",
    "\x1b[38:2::9:8:7m",
    "\x1b[0;41m",
    "\x1b[7m",
    "\x1b[H",
    "\x1b[2J",
    "\x1b[K",
    "\x1b[1K",
    "\x1b[J",
    "\x1b[3J",
    "\x1b[2;3r",
    "\x1b[r",
    "\x1b[?6h",
    "\x1b[?6l",
    "\x1b[?7l",
    "\x1b[?7h",
    "\x1b[4h",
    "\x1b[4l",
    "\x1b[20h",
    "\x1b[?5h",
    "\x1b[?25l",
    "\x1b[?45h",
    "\x1b[?69h",
    "\x1b[?47h",
    "\x1b[?47l",
    "\x1b[?1047h",
    "\x1b[?1047l",
    "\x1b[?1049h",
    "\x1b[?1049l",
    "\x1b[?1048h",
    "\x1b[?1048l",
    "\x1b[?2026h",
    "\x1b[?2026l",
    "\x1b[?2004h",
    "\x1b[?1004h",
    "\x1b[?1000h",
    "\x1b[?1002h",
    "\x1b[?1003h",
    "\x1b[?1005h",
    "\x1b[?1006h",
    "\x1b[?1015h",
    "\x1b[?1016h",
    "\x1b[?9h",
    "\x1b[?3h",
    "\x1b[?1s",
    "\x1b[?1r",
    "\x1b[!p",
    "\x1b[c",
    "\x1b[>c",
    "\x1b[=c",
    "\x1b[5n",
    "\x1b[6n",
    "\x1b[?6n",
    "\x1b[18t",
    "\x1b[22t",
    "\x1b[23t",
    "\x1b[8;500;500t",
    "\x1b[14t",
    "\x1b[?1$p",
    "\x1b[4$p",
    "\x1b[>q",
    "\x1b[>1u",
    "\x1b[>31u",
    "\x1b[<u",
    "\x1b[=5;2u",
    "\x1b[?u",
    "\x1b[>4;2m",
    "\x1b[?4m",
    "\x1b[3 q",
    "\x1b[1\"q",
    "\x1b[3g",
    "\x1b[0g",
    "\x1b[Z",
    "\x1b[I",
    "\x1b[65535b",
    "\x1b[9999S",
    "\x1b[9999T",
    "\x1b[9999@",
    "\x1b[9999P",
    "\x1b[9999L",
    "\x1b[9999M",
    "\x1b[9999X",
    "\x1b[9999;9999H",
    "\x1b[s",
    "\x1b[u",
    "0123456789012345678901234567890123456789012345678901234567890123456789",
    "one\r\ntwo\r\nthree\r\n",
    "https://example.com/a?b=c ",
    "src/main.rs:12:3 ",
];

/// Reports of a shell, with the secrets that `terminal::shell` gives it and with others.
const REPORTS: &[&str] = &[
    "\x1b]7274;R;n1;1;full;bash 5.2;1\x07",
    "\x1b]7274;R;n1;1;sh;dash;1\x07",
    "\x1b]7274;R;n1;1;ps0;bash 3;1\x07",
    "\x1b]7274;R;n1;1;full;zsh 5.9;1\x07",
    "\x1b]7274;A;n1;1;/tmp\x07",
    "\x1b]7274;A;n1;2;/tmp%0A\x07",
    "\x1b]7274;B;t1\x07",
    "\x1b]7274;P;t1\x07",
    "\x1b]7274;B;n1\x07",
    "\x1b]7274;C;n1;1;0;;12;s;2;/tmp;ls\x07",
    "\x1b]7274;C;n1;1;1;0;12;t;200;/tmp;ls -l%0Aecho\x07",
    "\x1b]7274;C;n1;2;0;0;12;m;9;;  1  ls\x07",
    "\x1b]7274;C;n1;2;0;0;12;x;9;;\x07",
    "\x1b]7274;C;n1;3;0;0;12;q;2;;ls\x07",
    "\x1b]7274;D;n1;1;0;13;5\x07",
    "\x1b]7274;D;n1;2;130;;\x07",
    "\x1b]7274;Q;n1;1;3;/tmp\x07",
    "\x1b]7274;Q;n1;0;4;/\x07",
    "\x1b]7274;A;n2;1;/tmp\x07",
    "\x1b]7274;",
    "\x1b]7274;C;n1;",
    "$ ",
    "ls -l",
    "> ",
    "%",
];

const PREFIXES: &[&str] = &["", "", "", "", "?", ">", "=", "<"];
const MIDDLES: &[&str] = &["", "", "", "", "", " ", "!", "$", "\"", "'", "*", "#"];
const NUMBERS: &[&str] = &[
    "",
    "0",
    "1",
    "2",
    "3",
    "4",
    "5",
    "6",
    "7",
    "8",
    "9",
    "10",
    "12",
    "20",
    "24",
    "25",
    "38;5",
    "38;2",
    "4:3",
    "45",
    "47",
    "48;2",
    "58:2::1:2:3",
    "69",
    "80",
    "100",
    "1000",
    "1003",
    "1006",
    "1047",
    "1048",
    "1049",
    "2004",
    "2026",
    "2027",
    "2048",
    "32767",
    "65535",
    "65536",
    "99999999",
];

/// Reads a script. `is_shell` mixes the reports of a shell into the output.
pub fn script(data: &[u8], is_shell: bool) -> Script {
    let mut taken = Taken(data);
    let size = size(&mut taken);
    let string_bytes = if taken.byte() & 1 == 0 { 64 * 1024 } else { 100 };
    let mut steps = Vec::new();
    while !taken.is_over() && steps.len() < 400 {
        let step = match taken.byte() {
            90..130 => Step::Output(sequence(&mut taken)),
            130..150 => Step::Output(repeated(&mut taken)),
            150..175 => {
                let count = taken.below(12) + 1;
                Step::Output(taken.bytes(count).to_vec())
            }
            175..200 if is_shell => Step::Output(taken.one_of(REPORTS).into()),
            200..205 if is_shell => Step::Typed(taken.one_of(&["l", "s", "\r", "\x03", "\x1b[A", "\x7f"]).into()),
            0..90 | 175..205 => Step::Output(taken.one_of(PIECES).into()),
            205..218 => Step::Resize(self::size(&mut taken)),
            218..224 => Step::Follow(self::size(&mut taken)),
            224..230 => Step::Wait(taken.below(400) as u64),
            230..240 => Step::Scroll(i32::from(taken.byte() as i8)),
            240..243 => Step::Mark,
            243..245 => Step::Keep(taken.below(60)),
            _ => Step::Look(taken.byte()),
        };
        match (steps.last_mut(), step) {
            // So that the cuts fall between them, too.
            (Some(Step::Output(before)), Step::Output(bytes)) => before.extend(bytes),
            (_, step) => steps.push(step),
        }
    }
    Script {
        size,
        string_bytes,
        steps,
    }
}

/// Mostly small: there the edges meet.
fn size(taken: &mut Taken<'_>) -> GridSize {
    let cols = match taken.byte() {
        small @ 0..240 => small % 30 + 1,
        large => large - 120,
    };
    GridSize::new(u16::from(cols), taken.below(8) as u16 + 1)
}

fn sequence(taken: &mut Taken<'_>) -> Vec<u8> {
    let introducer = taken.one_of(&["\x1b[", "\x1b[", "\x1b[", "\u{9b}"]);
    let mut text = introducer.to_owned() + taken.one_of(PREFIXES);
    for place in 0..taken.below(4) {
        if place > 0 {
            text.push(taken.one_of(&[';', ';', ';', ':']));
        }
        text += taken.one_of(NUMBERS);
    }
    text += taken.one_of(MIDDLES);
    let mut bytes = text.into_bytes();
    bytes.push(0x40 + taken.below(0x3f) as u8);
    bytes
}

/// The same again and again: what runs full, and what has a fast way of its own.
fn repeated(taken: &mut Taken<'_>) -> Vec<u8> {
    let piece = taken.one_of(PIECES);
    let count = taken.below(60) + 1;
    piece.repeat(count).into_bytes()
}
