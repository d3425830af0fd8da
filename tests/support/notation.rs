//! Bytes as people can read and write them: `\e[31m`.

/// What a text in readable notation stands for: `\e \a \b \t \n \r \\`, `\xNN`, `\u{NNNN}`, and `\*5{…}` for a repetition,
/// which cannot hold another one.
pub fn bytes_of(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        let (kind, after) = rest[at + 1..].split_at(1);
        rest = after;
        match kind {
            "x" => {
                bytes.push(u8::from_str_radix(&rest[..2], 16).unwrap());
                rest = &rest[2..];
            }
            "u" => {
                let (code, after) = rest[1..].split_once('}').unwrap();
                let letter = char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap();
                bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                rest = after;
            }
            "*" => {
                let (count, after) = rest.split_once('{').unwrap();
                let end = end_of_repetition(after);
                bytes.extend(bytes_of(&after[..end]).repeat(count.parse().unwrap()));
                rest = &after[end + 1..];
            }
            letter => bytes.push(control_named(letter)),
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

/// Where the brace that closes a repetition is; the braces of `\u{…}` are not it.
fn end_of_repetition(text: &str) -> usize {
    let mut at = 0;
    loop {
        let close = at + text[at..].find('}').unwrap();
        match text[at..close].find("\\u{") {
            Some(_) => at = close + 1,
            None => return close,
        }
    }
}

fn control_named(letter: &str) -> u8 {
    match letter {
        "e" => 0x1b,
        "a" => 0x07,
        "b" => 0x08,
        "t" => b'\t',
        "n" => b'\n',
        "r" => b'\r',
        "\\" => b'\\',
        other => panic!("\\{other} means nothing"),
    }
}
