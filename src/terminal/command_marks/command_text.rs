//! Which text was run: what the shell says, checked against and completed by what stood on the screen.

use super::report::{Start, Trust};

/// The text of a command as it may be kept; `None` when it must not be, or nobody can be sure of it.
pub(super) fn kept_text(start: &Start, visible: &[String]) -> Option<String> {
    let text = match start.trust {
        Trust::Withheld => return None,
        Trust::Listed => without_numbers(&start.text),
        Trust::Sure | Trust::Unsure => start.text.clone(),
    };
    let text = text.trim_end_matches('\n');
    // What begins with a blank is meant to be forgotten, whatever the shell thinks.
    if text.is_empty() || text.starts_with(char::is_whitespace) {
        return None;
    }
    if start.trust == Trust::Unsure {
        let shown = visible.join("\n");
        let is_same = !shown.starts_with(char::is_whitespace) && folded(&shown) == folded(text);
        if !is_same {
            return None;
        }
    }
    Some(split_again(text, visible).unwrap_or_else(|| text.to_owned()))
}

/// The lines as they were typed, where the shell has joined them with `;` or blanks. `None` when they do not add up to
/// its text.
fn split_again(text: &str, visible: &[String]) -> Option<String> {
    if visible.len() < 2 {
        return None;
    }
    let mut rest = text;
    for (index, line) in visible.iter().enumerate() {
        let typed = line.trim_end();
        // A backslash at the end is not in the shell's text: it only joins the lines.
        let joined = typed.strip_suffix('\\');
        rest = match (rest.strip_prefix(typed), joined) {
            (Some(after), _) => after,
            (None, Some(joined)) => rest.strip_prefix(joined)?,
            (None, None) => return None,
        };
        if index + 1 < visible.len() {
            let separators = ["\n", "; ", " ", ";"];
            let next = visible[index + 1].trim_end();
            let after = separators
                .into_iter()
                .filter_map(|separator| rest.strip_prefix(separator));
            let fits = |after: &&str| {
                after.starts_with(next) || next.strip_suffix('\\').is_some_and(|next| after.starts_with(next))
            };
            rest = after.chain([rest]).find(fits)?;
        }
    }
    if !rest.trim().is_empty() {
        return None;
    }
    let lines: Vec<&str> = visible.iter().map(|line| line.trim_end()).collect();
    Some(lines.join("\n"))
}

/// The shell's own list, line by line, without the numbers in front.
fn without_numbers(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let behind = line
            .trim_start()
            .trim_start_matches(|letter: char| letter.is_ascii_digit());
        let behind = behind.strip_prefix('*').unwrap_or(behind);
        behind.strip_prefix("  ").unwrap_or(behind)
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Without any white space: a screen wraps and pads.
fn folded(text: &str) -> String {
    text.split_whitespace().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(text: &str, trust: Trust) -> Start {
        Start {
            seq: 1,
            sub: 0,
            previous: None,
            at: None,
            trust,
            is_truncated: false,
            directory: None,
            text: text.to_owned(),
        }
    }

    fn check(trust: Trust, text: &str, visible: &[&str], expected: Option<&str>) {
        let visible: Vec<String> = visible.iter().map(|line| (*line).to_owned()).collect();
        assert_eq!(kept_text(&start(text, trust), &visible).as_deref(), expected, "{text}");
    }

    #[test]
    fn lines_are_split_as_they_were_typed() {
        let typed = ["for i in 1 2", "do echo $i", "done"];
        check(
            Trust::Sure,
            "for i in 1 2; do echo $i; done",
            &typed,
            Some("for i in 1 2\ndo echo $i\ndone"),
        );
        check(Trust::Sure, "echo a b", &["echo a \\", "b"], Some("echo a \\\nb"));
        check(
            Trust::Sure,
            "cat <<X\na\nX\n",
            &["cat <<X", "a", "X"],
            Some("cat <<X\na\nX"),
        );
        check(
            Trust::Sure,
            "f() { echo x; }",
            &["f() {", "echo x", "}"],
            Some("f() {\necho x\n}"),
        );
        // What does not add up leaves the shell's text alone.
        check(
            Trust::Sure,
            "for i in 1; do x; done",
            &["for i in 1", "# why", "do x", "done"],
            Some("for i in 1; do x; done"),
        );
        check(Trust::Sure, "echo 1", &["anything"], Some("echo 1"));
    }

    #[test]
    fn what_is_unsure_must_be_on_the_screen() {
        check(Trust::Unsure, "make test", &["make  test"], Some("make test"));
        check(Trust::Unsure, "make test", &[" make test"], None);
        check(Trust::Unsure, "make test", &["other"], None);
        check(Trust::Unsure, "make test", &[], None);
    }

    #[test]
    fn what_is_to_be_forgotten_is_not_kept() {
        check(Trust::Sure, " secret", &[" secret"], None);
        check(Trust::Sure, "\n", &[], None);
        check(Trust::Withheld, "x", &["x"], None);
        check(
            Trust::Listed,
            "   12  echo 1\n   13  echo 2\n",
            &[],
            Some("echo 1\necho 2"),
        );
        check(Trust::Listed, "   12   echo 1", &[], None);
    }
}
