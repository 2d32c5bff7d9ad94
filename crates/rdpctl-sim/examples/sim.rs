//! Serves a world on loopback until SIGTERM, as `rdpctl sim WORLD --format json` does.
//!
//! `sim WORLD.toml [--port N] [--persist DIRECTORY] [--format json]`: one line of JSON with every endpoint
//! when ready.

use std::{io::Write, path::PathBuf, process::ExitCode};

use rdpctl_sim::{Sim, SimOptions, World};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            // Nobody is left to tell when standard error is closed.
            let _told = writeln!(std::io::stderr(), "{message}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), String> {
    let mut world = None;
    let mut options = SimOptions::default();
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "sim");
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} wants a value"));
        match argument.as_str() {
            "--port" => {
                options.port =
                    Some(value()?.parse().map_err(|_| "--port wants a number".to_owned())?);
            }
            "--persist" => options.persist = Some(PathBuf::from(value()?)),
            "--format" => {
                value()?;
            }
            _ => world = Some(argument),
        }
    }
    let world = World::load(world.ok_or("which world?")?).map_err(|error| error.to_string())?;
    let running = Sim::start(world, options).await.map_err(|error| error.to_string())?;
    let line = serde_json::to_string(running.endpoints()).map_err(|error| error.to_string())?;
    writeln!(std::io::stdout(), "{line}").map_err(|error| error.to_string())?;
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        .map_err(|error| error.to_string())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    running.stop().await.map_err(|error| error.to_string())
}
