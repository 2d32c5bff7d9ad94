//! Arguments that several commands share.

use std::path::PathBuf;

use clap::Args;
use clap_complete::ArgValueCompleter;

use crate::complete;

/// Where declarations, state and the world are found.
#[derive(Args, Clone)]
pub(crate) struct Place {
    /// Declaration files or folders
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
    /// Where the state is kept [default: .rdpctl/state.db beside the declaration]
    #[arg(long, value_name = "URL")]
    pub(crate) state: Option<String>,
    /// Work on a simulated world instead of a cloud
    #[arg(long, value_name = "WORLD.toml")]
    pub(crate) sim: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) trusted: Trusted,
}

/// What a declaration may have.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Trusted {
    /// What somebody granted to declarations [default: rdpctl/grants.toml in the user's configuration folder]
    #[arg(long, value_name = "FILE", env = "RDPCTL_GRANTS", hide_env_values = true)]
    pub(crate) grants: Option<PathBuf>,
    /// The declaration is a stranger's: read the cloud by the default credentials, and nothing else
    #[arg(long)]
    pub(crate) untrusted: bool,
}

/// Which part of the declaration is meant, and how it is looked at.
#[derive(Args, Clone)]
pub(crate) struct Scope {
    /// Only this `INSTANCE`, or `INSTANCE/FACET`; may be repeated; * stands for any run of characters
    #[arg(long, value_name = "INSTANCE[/FACET]", add = ArgValueCompleter::new(complete::targets))]
    pub(crate) target: Vec<rdpctl_engine::assess::Pattern>,
    /// Not this `INSTANCE`, or `INSTANCE/FACET`; may be repeated
    #[arg(long, value_name = "INSTANCE[/FACET]", add = ArgValueCompleter::new(complete::targets))]
    pub(crate) exclude: Vec<rdpctl_engine::assess::Pattern>,
    /// Look at the world first; with --refresh=false plan from what was last seen, without the network
    #[arg(long, value_name = "BOOL", default_value_t = true, num_args = 0..=1, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub(crate) refresh: bool,
    /// Allow what a guard asks about: reboot, spend, stop-service, move-port, open-to-world, weaken, …
    #[arg(long, value_name = "GUARD", value_delimiter = ',', value_parser = guard, add = ArgValueCompleter::new(complete::guards))]
    pub(crate) allow: Vec<rdpctl_model::step::Guarded>,
}

/// A guard by its name.
pub(crate) fn guard(text: &str) -> Result<rdpctl_model::step::Guarded, String> {
    rdpctl_model::step::Guarded::from_name(text).ok_or_else(|| {
        let names: Vec<&str> =
            rdpctl_model::step::Guarded::ALL.iter().map(|guard| guard.name()).collect();
        format!("there is no such guard; guards are {}", names.join(", "))
    })
}
