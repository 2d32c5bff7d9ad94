//! The command line of rdpctl: arguments in, words and an exit code out.

mod approve;
mod arguments;
mod asked;
mod ci;
mod cli;
mod clock;
mod command;
mod complete;
mod console;
mod disk;
#[cfg(test)]
mod endurance;
mod error;
mod exit;
mod give_back;
mod home;
mod interrupt;
mod links;
mod log_on;
mod members;
mod on_record;
mod out;
mod own_run;
mod plan_file;
mod progress;
mod remains;
mod repair;
mod report;
mod runtime;
mod secret_of_page;
mod session;
mod traces;
mod trust;
mod vantage;
mod verbose;
mod whole;
mod wiring;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::verbose::{Teller, Verbose};

fn main() -> ExitCode {
    // A shell that asks what comes next is answered, and nothing else is done.
    clap_complete::CompleteEnv::with_factory(cli::Cli::command).bin("rdpctl").complete();
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help goes out as a result; a wrong word is an error like any other, and 2 means something else here.
            if error.use_stderr() {
                out::complaint(&error.render());
                return ExitCode::FAILURE;
            }
            return match out::help(&error.render()) {
                Ok(()) => ExitCode::SUCCESS,
                Err(_) => ExitCode::FAILURE,
            };
        }
    };
    let verbose = Verbose::of(cli.look.verbose);
    let beside = match (verbose.tells(), cli.log.is_some()) {
        (true, _) => out::Beside::Requests,
        (false, true) => out::Beside::Logs,
        (false, false) => out::Beside::Nothing,
    };
    out::set_up(cli.look.wishes(), cli.look.hush(), beside, cli.look.ci);
    let traces = traces::Traces::of_environment();
    logs(cli.log.as_deref(), cli.log_format, verbose, traces.as_ref());
    // The one process-wide choice of cryptography; a second call would only repeat it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let exit = match cli::run(cli.command) {
        Ok(exit) => exit.into(),
        Err(error) => {
            error.tell();
            error.exit().into()
        }
    };
    if let Some(traces) = traces {
        traces.end();
    }
    exit
}

/// Logs go to standard error and only when asked for: results and progress speak for themselves. What `-v` tells goes
/// beside them, and spans of our own where the environment has traces sent.
fn logs(
    filter: Option<&str>,
    form: cli::LogForm,
    verbose: Verbose,
    traces: Option<&traces::Traces>,
) {
    if filter.is_none() && !verbose.tells() && traces.is_none() {
        return;
    }
    let lines = filter.map(|filter| {
        let lines = tracing_subscriber::fmt::layer()
            .with_ansi(out::told_view().paint == rdpctl_term::Paint::Colour)
            .with_writer(std::io::stderr);
        let filter = EnvFilter::new(filter);
        match form {
            cli::LogForm::Text => lines.with_filter(filter).boxed(),
            cli::LogForm::Json => lines.json().with_filter(filter).boxed(),
        }
    });
    let takes = filter_fn(move |of| verbose.takes(of));
    let ours = filter_fn(|about| {
        about.is_span()
            && *about.level() <= tracing::Level::INFO
            && about.target().starts_with("rdpctl")
    });
    let collected = traces.map(|traces| traces.layer().with_filter(ours));
    let told = tracing_subscriber::registry().with(lines).with(Teller.with_filter(takes));
    told.with(collected).init();
}
