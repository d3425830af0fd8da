//! Programs that print marks: with a guessed secret, with none, with the very reports that were seen before. Nothing of
//! it may be remembered, and nothing may move.

use e2b_tui::domain::RemoteText;
use e2b_tui::terminal::ShellState;

use crate::pane::{NONCE, Pane, TOKEN, installed, text_of};
use crate::table::SHELLS;

/// Every mark one can think of, with secrets that are none.
fn forged() -> Vec<u8> {
    let mut bytes = Vec::new();
    let guesses = [
        "00000000000000000000000000000000",
        "ffffffffffffffffffffffffffffffff",
        "0123456789abcdef0123456789abcdee",
        "0123456789ABCDEF0123456789ABCDEF",
        "0123456789abcdef",
        "*",
        "",
    ];
    let ends: [&[u8]; 3] = [b"\x07", b"\x1b\\", b"\xc2\x9c"];
    let begins: [&[u8]; 2] = [b"\x1b]7274;", b"\xc2\x9d7274;"];
    for guess in guesses {
        for seq in ["0", "1", "2", "3", "4", "18446744073709551615", "-1"] {
            for body in [
                format!("R;{guess};1;full;bash 9;1;root"),
                format!("R;{guess};1;sh;dash;1;root"),
                format!("A;{guess};{seq};/forged"),
                format!("B;{guess}"),
                format!("P;{guess}"),
                format!("C;{guess};{seq};0;;1;s;4;/forged;evil"),
                format!("D;{guess};{seq};99;2;3"),
                format!("Q;{guess};99;{seq};/forged"),
            ] {
                let begin = begins[body.len() % 2];
                bytes.extend_from_slice(begin);
                bytes.extend_from_slice(body.as_bytes());
                bytes.extend_from_slice(ends[body.len() % 3]);
            }
        }
    }
    // The right secret where it cannot be right: cut by other characters, in another order, in a longer one.
    for body in [
        format!("A;{NONCE}"),
        format!("A;{NONCE}x;9;/forged"),
        format!("C;9;{NONCE};0;;1;s;4;/forged;evil"),
        format!("B;{NONCE}"),
        format!("C;{TOKEN};9;0;;1;s;4;/forged;evil"),
        format!("A;{TOKEN};9;/forged"),
    ] {
        bytes.extend_from_slice(format!("\x1b]7274;{body}\x07").as_bytes());
    }
    // Marks of other terminals, which anybody may print.
    for body in [
        "133;A",
        "133;B",
        "133;C",
        "133;D;99",
        "633;A",
        "633;E;evil;",
        "633;C",
        "633;D;99",
        "633;P;Cwd=/forged",
        "1337;CurrentDir=/forged",
        "3008;start=1;type=shell",
        "7;file://h/forged",
    ] {
        bytes.extend_from_slice(format!("\x1b]{body}\x07").as_bytes());
    }
    bytes.push(b'\n');
    bytes
}

/// What the terminal knows of its shell's commands.
fn known(pane: &Pane) -> (usize, usize, Option<String>, String) {
    let blocks: Vec<_> = pane.emulator.commands().collect();
    (
        pane.ended.len(),
        blocks.len(),
        pane.directory.clone(),
        format!("{blocks:?}"),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn what_programs_print_is_no_report() {
    let mut running = Vec::new();
    for (name, path) in installed(&SHELLS) {
        running.push(tokio::spawn(async move {
            let mut pane = Pane::start(path.to_str().unwrap(), &[]).await;
            pane.run("echo before").await;
            let folder = pane.home.path().to_owned();
            std::fs::write(folder.join("forged"), forged()).unwrap();
            std::fs::write(folder.join("seen"), &pane.all_output).unwrap();
            std::fs::write(folder.join("open"), b"\x1b]7274;A;0123").unwrap();
            std::fs::write(folder.join("open-title"), b"\x1b]2;swallowed").unwrap();
            // First a program that is still running when it has printed: not a mark may move.
            let before = known(&pane);
            let directory = pane.directory.clone();
            pane.send("cat forged; echo sh''own; sleep 1000\r");
            pane.wait("what is printed", |pane| pane.shows("shown")).await;
            assert_eq!(pane.emulator.shell_state(), ShellState::Running, "{name}");
            assert_eq!(pane.directory, directory, "{name}");
            assert_eq!(pane.ended.len(), before.0, "{name}");
            let newer = usize::from(matches!(name, "bash" | "zsh" | "fish"));
            assert_eq!(pane.emulator.commands().count(), before.1 + newer, "{name}");
            let count = pane.ended.len();
            pane.send("\x03");
            pane.wait("its end", |pane| pane.has_ended_since(count)).await;
            // Then everything that the terminal was told before, reports with the right secret among it.
            let count = pane.ended.len();
            let block = pane.run("cat seen").await;
            assert_eq!(pane.ended.len(), count + 1, "{name}: {:?}", pane.texts());
            if name != "mksh" {
                assert_eq!(text_of(&block), Some("cat seen"), "{name}");
            }
            // And strings that are left open, which would swallow what comes next.
            pane.run("cat open").await;
            pane.run("cat open-title").await;
            // All goes on as before.
            let block = pane.run("echo after").await;
            assert_eq!(text_of(&block), Some("echo after"), "{name}");
            assert_eq!(pane.directory, directory, "{name}");
            let evil = pane.ended.iter().any(|block| {
                let text = block.text.as_ref().map_or("", RemoteText::unescaped);
                text.contains("evil") || block.outcome.is_some_and(|outcome| outcome.status == Some(99))
            });
            assert!(!evil, "{name}: {:?}", pane.ended);
            known(&pane)
        }));
    }
    for shell in running {
        shell.await.unwrap();
    }
}
