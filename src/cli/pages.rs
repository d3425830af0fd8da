//! What is printed without looking at anything: completions, the manual page, a terminal brought back to order.

use std::io;

use clap::CommandFactory;
use clap_complete::{Shell, generate};
use clap_mangen::Man;

use crate::host;

use super::arguments::Arguments;
use super::output;

/// Prints a completion script.
pub(super) fn print_completions(shell: Shell) -> u8 {
    let mut script = Vec::new();
    generate(shell, &mut Arguments::command(), "e2b-tui", &mut script);
    output::print(&String::from_utf8_lossy(&script))
}

/// Prints the manual page: the program, then each command, on one page.
pub(super) fn print_manual() -> u8 {
    match manual() {
        Ok(page) => output::print(&page),
        Err(error) => output::cannot_write(&error),
    }
}

fn manual() -> io::Result<String> {
    let mut command = Arguments::command();
    command.build();
    let program = Man::new(command.clone());
    let mut page = Vec::new();
    program.render_title(&mut page)?;
    program.render_name_section(&mut page)?;
    program.render_synopsis_section(&mut page)?;
    program.render_description_section(&mut page)?;
    program.render_options_section(&mut page)?;
    for subcommand in command.get_subcommands() {
        let name = subcommand.get_name().to_owned();
        let subcommand = Man::new(subcommand.clone());
        let mut sections = Vec::new();
        subcommand.render_synopsis_section(&mut sections)?;
        subcommand.render_description_section(&mut sections)?;
        subcommand.render_options_section(&mut sections)?;
        let sections = String::from_utf8_lossy(&sections).replace(".SH ", ".SS ");
        page.extend_from_slice(format!(".SH COMMAND {}\n{sections}", name.to_uppercase()).as_bytes());
    }
    program.render_extra_section(&mut page)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}

/// Brings the terminal back to order.
pub(super) fn reset_terminal() -> u8 {
    match host::reset_terminal() {
        Ok(()) => 0,
        Err(error) => output::cannot_write(&error),
    }
}
