//! The command language of `cmd.exe`, as far as scripts for repairing machines use it.

mod access;
mod arithmetic;
mod ast;
mod batch;
mod builtins;
mod condition;
mod environment;
mod execute;
mod expand;
mod external;
mod file_commands;
mod for_loop;
pub(super) mod interactive;
mod io;
mod lines;
mod parse;
mod path;
mod search;
mod set;
mod shell;
#[cfg(test)]
mod tests;

pub(super) use external::run;
pub(super) use io::Sink;
pub(super) use path::full_path;
