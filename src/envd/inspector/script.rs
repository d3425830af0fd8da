//! The helper's program: `assets/inspector.sh` without what only people need.

use crate::domain::ProgramSpec;

const SOURCE: &str = include_str!("../../../assets/inspector.sh");

/// What the sandbox's own tools show as the helper's name.
const NAME: &str = "e2b-tui-inspector";

/// The helper, as envd starts it: with a shell and what that needs in front of `-c`.
pub(super) fn program(shell: &[String]) -> ProgramSpec {
    let (command, options) = shell
        .split_first()
        .map_or(("/bin/sh", shell), |(first, rest)| (first.as_str(), rest));
    let own = ["-c".to_owned(), packed(SOURCE), NAME.to_owned()];
    ProgramSpec::new(command, options.iter().cloned().chain(own))
}

/// Drops comments, indentation and empty lines. The source keeps to this: `#` begins a comment at the beginning of a line, or
/// behind two blanks, and nowhere else; nothing is quoted over several lines.
fn packed(source: &str) -> String {
    let mut text = String::with_capacity(source.len());
    for line in source.lines() {
        let line = line.split("  #").next().unwrap_or(line).trim();
        if !line.is_empty() && !line.starts_with('#') {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packing_leaves_the_program_and_drops_the_words_about_it() {
        assert_eq!(
            packed("# all\n\nif x; then\n    y ${a#*,}      # why\nfi\n"),
            "if x; then\ny ${a#*,}\nfi\n"
        );
        let text = packed(SOURCE);
        assert!(text.len() < 2_000, "{} bytes go with every start", text.len());
        assert!(text.contains("${process%,*}") && !text.contains("envd"));
    }
}
