//! The contract of envd, as one suite: every case in Connect, gRPC-Web and gRPC, against the embedded sandbox or any
//! other envd.
//!
//! By default one embedded sandbox is started for the whole run. With `E2B_TUI_TEST_ENVD=<url>` the same cases run
//! against that server, with the token in the file `E2B_TUI_TEST_ENVD_TOKEN_FILE` and as the user `E2B_TUI_TEST_USER`
//! where these are set. Cases that the server cannot serve (a dialect that it does not speak, rights that it lacks,
//! rules that only ours has) are listed as ignored, with the reason.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop loudly")]
#![expect(clippy::panic, reason = "a case fails by saying what it saw")]

mod auth;
mod bench;
mod bench_files;
mod case;
mod channel;
mod client_files;
mod client_processes;
mod filesystem_change;
mod filesystem_entry;
mod filesystem_list;
mod filesystem_watch;
mod frames;
mod framing_compression;
mod framing_connect;
mod framing_grpc;
mod framing_json;
mod process_end;
mod process_input;
mod process_join;
mod process_start;
mod process_stream;
mod process_stream_input;
mod process_surroundings;
mod process_terminal;
mod process_timeouts;
mod raw_http;
mod routes_download;
mod routes_plain;
mod routes_upload;
mod strictness;
mod target;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use e2b_tui::domain::Dialect;
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use tokio::runtime::Runtime;

use bench::Bench;
use case::Case;
use target::Target;

/// A case that takes longer has hung. The longest that is meant to wait waits for 30 s, against servers whose
/// retention we cannot set.
const LONGEST: Duration = Duration::from_secs(60);

/// Cases mostly wait for processes and for the wire, so many fit on few processors.
const AT_ONCE: usize = 12;

fn all_cases() -> Vec<Case> {
    [
        process_start::cases(),
        process_end::cases(),
        process_surroundings::cases(),
        process_terminal::cases(),
        process_join::cases(),
        process_input::cases(),
        process_stream_input::cases(),
        process_timeouts::cases(),
        filesystem_entry::cases(),
        filesystem_list::cases(),
        filesystem_change::cases(),
        filesystem_watch::cases(),
        routes_plain::cases(),
        routes_download::cases(),
        routes_upload::cases(),
        auth::cases(),
        strictness::cases(),
        framing_connect::cases(),
        framing_compression::cases(),
        framing_json::cases(),
        framing_grpc::cases(),
        client_processes::cases(),
        client_files::cases(),
    ]
    .concat()
}

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(AT_ONCE);
    let runtime = Arc::new(Runtime::new().unwrap());
    let target = runtime.block_on(Target::from_environment());
    let trials = all_cases()
        .into_iter()
        .flat_map(|case| trials(&case, &runtime, &target))
        .collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    runtime.block_on(target::clean_up(&target));
    conclusion.exit_code()
}

/// The trials of one case: one for each dialect, or one.
fn trials(case: &Case, runtime: &Arc<Runtime>, target: &Arc<Target>) -> Vec<Trial> {
    if case.in_each_dialect {
        let named = |dialect: Dialect| (format!("{} [{dialect}]", case.name), dialect);
        Dialect::ALL
            .map(named)
            .map(|(name, dialect)| trial(name, case, dialect, runtime, target))
            .into()
    } else {
        vec![trial(case.name.clone(), case, Dialect::Connect, runtime, target)]
    }
}

fn trial(name: String, case: &Case, dialect: Dialect, runtime: &Arc<Runtime>, target: &Arc<Target>) -> Trial {
    let (case, runtime, target) = (case.clone(), Arc::clone(runtime), Arc::clone(target));
    Trial::ignorable_test(name, move || {
        if let Some(reason) = target.reason_to_skip(&case.needs, dialect) {
            return Ok(Completion::ignored_with(reason));
        }
        let bench = Bench::new(target, dialect);
        let finished = runtime.block_on(async { tokio::time::timeout(LONGEST, case.run(bench)).await });
        match finished {
            Ok(()) => Ok(Completion::Completed),
            Err(_) => Err(Failed::from(format!("still not done after {} s", LONGEST.as_secs()))),
        }
    })
}
