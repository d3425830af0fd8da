//! What is printed without looking at anything: completions, the manual page, a terminal brought back to order.

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use crate::host;

use super::arguments::Arguments;
use super::output;

/// Prints a completion script.
pub(super) fn print_completions(shell: Shell) -> u8 {
    let mut script = Vec::new();
    generate(shell, &mut Arguments::command(), "e2b-tui", &mut script);
    output::print(&String::from_utf8_lossy(&script))
}

/// Prints the manual page: the program, then each command.
pub(super) fn print_manual() -> u8 {
    let mut command = Arguments::command();
    command.build();
    let mut page = Vec::new();
    let mut rendered = clap_mangen::Man::new(command.clone()).render(&mut page);
    for subcommand in command.get_subcommands() {
        let name = format!("e2b-tui {}", subcommand.get_name());
        let subcommand = subcommand.clone().display_name(name);
        rendered = rendered.and_then(|()| clap_mangen::Man::new(subcommand).render_description_section(&mut page));
    }
    match rendered {
        Ok(()) => output::print(&String::from_utf8_lossy(&page)),
        Err(error) => output::cannot_write(&error),
    }
}

/// Brings the terminal back to order.
pub(super) fn reset_terminal() -> u8 {
    match host::reset_terminal() {
        Ok(()) => 0,
        Err(error) => output::cannot_write(&error),
    }
}
