//! Where and with what a program starts: folder, variables, input, user, session (`envd-wire.md` 4.3).

use e2b_tui::wire::generated::process::StartRequest;
use tonic::Code;

use crate::bench::{Bench, command, in_terminal, refused, shell_command};
use crate::case::{Case, Need, in_each_dialect, needing};

pub fn cases() -> Vec<Case> {
    [
        in_each_dialect!["process::start";
            cwd_is_taken, home_is_the_default_cwd, tilde_in_cwd_is_home, relative_cwd_starts_at_home,
            cwd_of_another_home_is_refused, missing_cwd_is_refused, file_as_cwd_is_refused,
            usual_variables_are_set, no_terminal_variables_are_set, requested_variables_are_set,
            requested_variables_win, stdin_is_an_open_pipe, stdin_true_is_an_open_pipe, stdin_false_is_empty,
            default_user_is_taken, unknown_user_is_refused,
        ],
        needing(
            Need::Embedded,
            in_each_dialect!["process::start";
                our_own_variables_are_hidden, only_three_descriptors_are_inherited, pipes_have_no_terminal_of_ours,
            ],
        ),
        needing(
            Need::Foreign,
            in_each_dialect!["process::start"; pipes_stay_in_the_servers_session],
        ),
        needing(
            Need::OtherUsers,
            in_each_dialect!["process::start";
                another_user_is_taken, groups_of_the_user_are_taken, another_users_home_is_the_default,
                folder_that_the_user_may_not_enter_is_refused,
            ],
        ),
    ]
    .concat()
}

fn at(cwd: Option<&str>, mut request: StartRequest) -> StartRequest {
    request.process.as_mut().unwrap().cwd = cwd.map(str::to_owned);
    request
}

fn with_variable(name: &str, value: &str, mut request: StartRequest) -> StartRequest {
    let envs = &mut request.process.as_mut().unwrap().envs;
    envs.insert(name.to_owned(), value.to_owned());
    request
}

async fn output(bench: &Bench, request: StartRequest) -> String {
    bench.start(request).await.finish().await.succeeded().stdout()
}

async fn home(bench: &Bench) -> String {
    output(bench, shell_command("cd ~ && pwd -P"))
        .await
        .trim_end()
        .to_owned()
}

/// The way from the home folder to an absolute path.
async fn from_home(bench: &Bench, path: &str) -> String {
    let home = output(bench, shell_command("printf %s \"$HOME\"")).await;
    let ups = home.split('/').filter(|part| !part.is_empty()).count();
    format!("{}{}", "../".repeat(ups), path.trim_start_matches('/'))
}

async fn cwd_is_taken(bench: Bench) {
    let folder = bench.folder().await;
    assert_eq!(
        output(&bench, at(Some(&folder), shell_command("pwd -P"))).await,
        format!("{folder}\n")
    );
}

async fn home_is_the_default_cwd(bench: Bench) {
    // A template may set another default, so the rule is: the same folder that an empty path means elsewhere.
    let default = bench.stat("").await.path;
    for none in [None, Some("")] {
        let cwd = output(&bench, at(none, shell_command("pwd -P"))).await;
        let expected = output(&bench, at(Some(&default), shell_command("pwd -P"))).await;
        assert_eq!(cwd, expected, "{none:?}");
    }
}

async fn tilde_in_cwd_is_home(bench: Bench) {
    let home = home(&bench).await;
    assert_eq!(
        output(&bench, at(Some("~"), shell_command("pwd -P"))).await,
        format!("{home}\n")
    );
    let folder = bench.folder().await;
    let way = format!("~/{}", from_home(&bench, &folder).await);
    assert_eq!(
        output(&bench, at(Some(&way), shell_command("pwd -P"))).await,
        format!("{folder}\n")
    );
}

async fn relative_cwd_starts_at_home(bench: Bench) {
    let folder = bench.folder().await;
    let way = from_home(&bench, &folder).await;
    assert_eq!(
        output(&bench, at(Some(&way), shell_command("pwd -P"))).await,
        format!("{folder}\n")
    );
}

async fn cwd_of_another_home_is_refused(bench: Bench) {
    let start = bench
        .try_start(at(Some("~nobody"), command("true", &[])))
        .await
        .map(drop);
    let why = refused(start, Code::InvalidArgument);
    assert!(why.contains("cannot expand user-specific home dir"), "{why}");
}

async fn missing_cwd_is_refused(bench: Bench) {
    let start = bench
        .try_start(at(Some("/no/such/folder"), command("true", &[])))
        .await
        .map(drop);
    assert_eq!(
        refused(start, Code::InvalidArgument),
        "cwd '/no/such/folder' does not exist"
    );
}

async fn file_as_cwd_is_refused(bench: Bench) {
    let start = bench
        .try_start(at(Some("/etc/passwd"), command("true", &[])))
        .await
        .map(drop);
    let why = refused(start, Code::InvalidArgument);
    assert!(why.contains("fork/exec /bin/sh: not a directory"), "{why}");
}

async fn usual_variables_are_set(bench: Bench) {
    let script = r#"printf '%s\n' "$HOME" "$USER" "$LOGNAME" "${PATH:+path}" "${E2B_SANDBOX:+sandbox}"; id -un"#;
    let shown = output(&bench, shell_command(script)).await;
    let lines: Vec<&str> = shown.lines().collect();
    let [home, user, login, path, sandbox, id] = lines[..] else {
        panic!("{shown:?}");
    };
    assert!(home.starts_with('/'), "{home:?}");
    assert_eq!((user, login, path, sandbox), (id, id, "path", "sandbox"));
}

async fn no_terminal_variables_are_set(bench: Bench) {
    for request in [shell_command("env"), in_terminal("env")] {
        let finished = bench.start(request).await.finish().await;
        let shown = finished.stdout() + &finished.screen();
        for name in ["TERM=", "LANG=", "LC_ALL=", "COLUMNS=", "SHELL="] {
            assert!(!shown.lines().any(|line| line.starts_with(name)), "{name} in {shown:?}");
        }
    }
}

async fn requested_variables_are_set(bench: Bench) {
    let value = "a=b \"c\" $d\nsecond line";
    let request = with_variable("OWN", value, command("printenv", &["OWN"]));
    assert_eq!(output(&bench, request).await, format!("{value}\n"));
}

async fn requested_variables_win(bench: Bench) {
    for name in ["HOME", "USER", "LOGNAME", "E2B_SANDBOX"] {
        let request = with_variable(name, "/mine", command("/usr/bin/env", &[]));
        let shown = output(&bench, request).await;
        let values: Vec<&str> = shown
            .lines()
            .filter(|line| line.starts_with(&format!("{name}=")))
            .collect();
        assert_eq!(values, [format!("{name}=/mine")]);
    }
    // The command itself is looked up in the requested PATH.
    let folder = bench
        .folder_with("printf '#!/bin/sh\\necho mine\\n' > tool-of-mine && chmod +x tool-of-mine")
        .await;
    let request = with_variable("PATH", &format!("{folder}:/usr/bin:/bin"), command("tool-of-mine", &[]));
    assert_eq!(output(&bench, request).await, "mine\n");
}

async fn stdin_is_an_open_pipe(bench: Bench) {
    open_pipe(&bench, None).await;
}

async fn stdin_true_is_an_open_pipe(bench: Bench) {
    open_pipe(&bench, Some(true)).await;
}

async fn open_pipe(bench: &Bench, stdin: Option<bool>) {
    let request = StartRequest {
        stdin,
        ..shell_command("test -p /dev/stdin && echo pipe; cat")
    };
    let mut running = bench.start(request).await;
    running.until("pipe\n").await;
    bench.send_stdin(running.pid, "text").await;
    running.until("text").await;
    bench.close_stdin(running.pid).await.unwrap();
    running.finish().await.succeeded();
}

async fn stdin_false_is_empty(bench: Bench) {
    let request = StartRequest {
        stdin: Some(false),
        ..shell_command("readlink /proc/self/fd/0; cat")
    };
    assert_eq!(output(&bench, request).await, "/dev/null\n");
}

async fn pipes_stay_in_the_servers_session(bench: Bench) {
    // Fields 5 to 7 of stat: process group, session, terminal.
    let script = "cut -d ' ' -f 5,6,7 /proc/$$/stat; cut -d ' ' -f 5,6 /proc/$PPID/stat";
    let finished = bench.shell(script).await.succeeded();
    let shown = finished.stdout();
    let numbers: Vec<u32> = shown
        .split_whitespace()
        .map(|number| number.parse().unwrap_or(0))
        .collect();
    assert_ne!(numbers[1], finished.pid, "a session of its own");
    assert_eq!(numbers[..2], numbers[3..], "not the server's group and session");
}

async fn default_user_is_taken(bench: Bench) {
    // Without an Authorization header the server decides; with one naming the same user nothing changes.
    let user = output(&bench, shell_command("id -un")).await;
    let named = bench.as_user(user.trim_end());
    assert_eq!(output(&named, shell_command("id -un")).await, user);
}

async fn unknown_user_is_refused(bench: Bench) {
    let stranger = bench.as_user("no-such-user");
    let start = stranger.try_start(shell_command("true")).await.map(drop);
    assert_eq!(
        refused(start, Code::Unauthenticated),
        "invalid username: 'no-such-user'"
    );
}

async fn our_own_variables_are_hidden(bench: Bench) {
    // This process has variables of its own; but for those that a login would set, none may leak, and no secret either.
    let usual = ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "PWD", "SHLVL", "_"];
    let own: Vec<_> = std::env::vars()
        .filter(|(name, _)| !usual.contains(&name.as_str()))
        .collect();
    assert!(!own.is_empty(), "nothing to leak");
    let shown = output(&bench, command("/usr/bin/env", &[])).await;
    for (name, _) in own {
        assert!(
            !shown.lines().any(|line| line.starts_with(&format!("{name}="))),
            "{name} leaks"
        );
    }
    let token = bench.target.token.as_ref().unwrap();
    assert!(!shown.contains(token.expose()), "the token leaks");
}

async fn pipes_have_no_terminal_of_ours(bench: Bench) {
    // Field 7 of stat is the controlling terminal: whoever runs the server keeps theirs, and its Ctrl-C.
    let finished = bench.shell("cut -d ' ' -f 6,7 /proc/$$/stat; : < /dev/tty").await;
    assert_eq!(finished.stdout(), format!("{} 0\n", finished.pid));
    assert_ne!(finished.end.exit_code, 0, "/dev/tty can be opened");
}

async fn only_three_descriptors_are_inherited(bench: Bench) {
    for request in [
        shell_command("ls /proc/$$/fd; exit 0"),
        in_terminal("ls /proc/$$/fd; exit 0"),
    ] {
        let finished = bench.start(request).await.finish().await;
        let shown = finished.stdout() + &finished.screen();
        assert_eq!(shown.split_whitespace().collect::<Vec<_>>(), ["0", "1", "2"]);
    }
}

async fn another_user_is_taken(bench: Bench) {
    let finished = bench
        .as_user("nobody")
        .shell("id -un; id -gn; echo $USER $LOGNAME")
        .await
        .succeeded();
    let group = bench.shell("id -gn nobody").await.stdout();
    assert_eq!(finished.stdout(), format!("nobody\n{group}nobody nobody\n"));
}

async fn groups_of_the_user_are_taken(bench: Bench) {
    let expected = bench.shell("id -G nobody").await.stdout();
    assert_eq!(bench.as_user("nobody").shell("id -G").await.stdout(), expected);
    let as_nobody = StartRequest { ..in_terminal("id -G") };
    let finished = bench.as_user("nobody").start(as_nobody).await.finish().await;
    assert_eq!(finished.screen().trim_end(), expected.trim_end());
}

async fn another_users_home_is_the_default(bench: Bench) {
    let home = bench.shell("printf %s ~nobody").await.stdout();
    let start = bench
        .as_user("nobody")
        .try_start(at(Some("~"), command("pwd", &[])))
        .await;
    match start {
        Ok(running) => assert_eq!(running.finish().await.stdout(), format!("{home}\n")),
        Err(why) => assert_eq!(why.message(), format!("cwd '{home}' does not exist")),
    }
}

async fn folder_that_the_user_may_not_enter_is_refused(bench: Bench) {
    let folder = bench.folder_with("chmod 700 .").await;
    let start = bench
        .as_user("nobody")
        .try_start(at(Some(&folder), command("true", &[])))
        .await
        .map(drop);
    let why = refused(start, Code::InvalidArgument);
    assert!(why.contains("fork/exec /bin/sh: permission denied"), "{why}");
}
