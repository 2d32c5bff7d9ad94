//! From declared providers to the parts that talk to them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rdpctl_config::Declaration;
use rdpctl_contract::{Channel, Clock, CloudChanger, CloudReader, LeaseName, Store, StoreError};
use rdpctl_engine::{Hands, SecondWays};
use rdpctl_model::ProviderName;
use rdpctl_model::account::{
    Account, Azure, AzureCredentials, ProviderKind, Tencent, TencentCredentials,
};
use rdpctl_model::declaration::{Instance, Provider, SerialLine};
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::secret::Secret;
use rdpctl_model::tariff::Tariffs;
use rdpctl_providers::azure::{self, AzureCloud};
use rdpctl_providers::channel::dialect::Dialect;
use rdpctl_providers::channel::reported::Reported;
use rdpctl_providers::channel::serial::{self, Serial};
use rdpctl_providers::channel::winrm::{self, Limits, Winrm};
use rdpctl_providers::secret::Vault;
use rdpctl_providers::tencent::{self, Registered, RunCommand, Surroundings, TencentCloud};
use rdpctl_sim::{
    Endpoints, PersistError, RunningSim, Sim, SimError, SimOptions, World, WorldError,
};
use tokio_util::sync::CancellationToken;

use crate::disk::{self, DiskChannel};
use crate::error::CliError;
use crate::log_on::ByNla;
use crate::on_record::Keeps;
use crate::out::safe;
use crate::repair::program::Second;
use crate::trust::ClosedCloud;
use crate::vantage::Vantage;

/// An in-process simulator: its address and keys stand in for the vendor's, and nothing else knows of it.
pub(crate) struct Simulated {
    endpoints: Endpoints,
    /// Serves for as long as this lives.
    running: RunningSim,
}

/// Starts a simulated world, which remembers beside the state of these declarations what is done to it.
pub(crate) async fn simulate(
    world: &Path,
    paths: &[PathBuf],
    store: Option<&dyn Store>,
) -> Result<Simulated, CliError> {
    let home = crate::home::made(paths)?;
    let world = World::load(crate::links::own(world)?).map_err(|error| of_world(world, &error))?;
    let options = SimOptions { persist: Some(home), port: None, ..SimOptions::default() };
    let running = match Sim::start(world, options).await {
        Ok(running) => running,
        Err(error) => return Err(not_started(&error, store).await),
    };
    Ok(Simulated::serving(running))
}

/// Whoever works on the same world is named by the state's lock, where he holds it.
async fn not_started(error: &SimError, store: Option<&dyn Store>) -> CliError {
    if let (SimError::Persist(PersistError::InUse { .. }), Some(store)) = (error, store)
        && let Ok(Some(holding)) = store.holder(&LeaseName::run()).await
    {
        return StoreError::Held { holding: Box::new(holding) }.into();
    }
    CliError::new("the simulator does not start").because(error)
}

/// What is wrong with a world: each of its mistakes a line with its place.
pub(crate) fn of_world(path: &Path, error: &WorldError) -> CliError {
    match error {
        WorldError::Invalid { findings } if findings.len() > 1 => {
            let mistakes = crate::report::words::count(findings.len(), "mistake");
            let error = CliError::new(format!("{mistakes} in the world {}", path.display()));
            findings.iter().fold(error, CliError::at)
        }
        WorldError::Invalid { .. } | WorldError::Read { .. } => CliError::from_error(error),
    }
}

impl Simulated {
    /// What serves already.
    pub(crate) fn serving(running: RunningSim) -> Self {
        Self { endpoints: running.endpoints().clone(), running }
    }
}

/// Puts a declaration into a simulated world: a host is the world's VM of that address or name, and one that the world
/// does not hold is an error, so that nothing outside of it is ever dialled.
pub(crate) fn into_world(
    declaration: &mut Declaration,
    simulated: &Simulated,
) -> Result<(), CliError> {
    let stranger = |name: &dyn std::fmt::Display, host: &str| {
        CliError::new(format!("the world holds no host `{}`, which {name} is declared to be", safe(host)))
            .hint("under --sim nothing outside of the world is dialled: declare a VM of the world by its name or its public address")
    };
    let Declaration { providers, instances, fleets, .. } = declaration;
    for instance in instances.values_mut() {
        if let Some(path) = &instance.guest.disk
            && !simulated.running.holds_disk(path)
        {
            let path = path.display().to_string();
            return Err(CliError::new(format!("the world holds no disk `{}`, which {} is declared to have", safe(&path), instance.name))
                .hint("under --sim nothing outside of the world is touched: name the `disk-file` of one of its machines"));
        }
        let kind = providers.get(&instance.provider).map(Provider::kind);
        if kind == Some(ProviderKind::Static) {
            let called = instance.id.as_str();
            let Some((name, address)) = simulated.running.host(called) else {
                return Err(stranger(&instance.name, called));
            };
            if instance.guest.serial.is_some() {
                let Some(line) = simulated.running.serial_line(&name) else {
                    return Err(stranger(&instance.name, called));
                };
                let (host, port) = (line.ip().to_string(), line.port());
                Arc::make_mut(&mut instance.guest).serial = Some(SerialLine::Tcp { host, port });
            }
            instance.is_met_at(&address.to_string());
        }
    }
    let accesses = instances
        .values()
        .map(|instance| (instance.name.to_string(), &instance.guest))
        .chain(fleets.values().map(|fleet| (fleet.name.to_string(), &fleet.guest)));
    for (name, access) in accesses {
        let Some(endpoint) = &access.winrm.endpoint else { continue };
        let host = rdpctl_trust::host_of(endpoint).unwrap_or_default();
        if simulated.running.host(&host).is_none() {
            return Err(stranger(&name, &host));
        }
    }
    Ok(())
}

/// Where references lead: under `--sim` to the world's secrets, and no real one is read.
fn vault(declaration: &Declaration, simulated: Option<&Simulated>) -> Vault {
    let Some(simulated) = simulated else { return Vault::Machine };
    let of_instances = declaration
        .instances
        .values()
        .map(|instance| (Some(instance.id.as_str()), &instance.guest));
    let of_fleets = declaration.fleets.values().map(|fleet| (None, &fleet.guest));
    let mut secrets = BTreeMap::new();
    for (vm, access) in of_instances.chain(of_fleets) {
        let channel = access.password.as_ref().map(|password| (password, access.user.as_deref()));
        let proof = access
            .proof
            .as_ref()
            .and_then(|proof| Some((proof.password.as_ref()?, Some(proof.user.as_str()))));
        for (reference, user) in channel.into_iter().chain(proof) {
            let secret = simulated.running.secret(&reference.to_string(), vm, user);
            if let Some(secret) = secret {
                secrets.insert(reference.clone(), Secret::new(secret));
            }
        }
    }
    Vault::Given(Arc::new(secrets))
}

/// Connects what is declared.
pub(crate) fn hands(
    declaration: &Declaration,
    simulated: Option<&Simulated>,
    clock: &Arc<dyn Clock>,
    keeps: Keeps<'_>,
) -> Result<Hands, CliError> {
    let mut clouds: BTreeMap<ProviderName, Arc<dyn CloudChanger>> = BTreeMap::new();
    let mut channels: BTreeMap<(ProviderName, ChannelKind), Arc<dyn Channel>> = BTreeMap::new();
    let dials = declaration
        .instances
        .values()
        .map(|instance| &instance.guest)
        .chain(declaration.fleets.values().map(|fleet| &fleet.guest))
        .any(|guest| guest.via.contains(&ChannelKind::Winrm));
    let reported = Reported::default();
    let winrm: Option<Arc<dyn Channel>> = if dials {
        let carrier = Winrm::start(Limits::default(), vault(declaration, simulated))
            .map_err(|error| CliError::new("the WinRM channel does not start").why(error))?;
        Some(Arc::new(Dialect::new(carrier.believing(&reported))))
    } else {
        None
    };
    for provider in declaration.providers.values() {
        if let Some(gap) = &provider.closed {
            let closed = ClosedCloud::new(provider.name.clone(), gap);
            clouds.insert(provider.name.clone(), Arc::new(closed));
            continue;
        }
        match &provider.account {
            Account::Tencent(tencent) => {
                let (tencent, around) = tencent_surroundings(&provider.name, tencent, simulated);
                let cloud = TencentCloud::connect(&provider.name, &tencent, around)
                    .map_err(|error| not_connected(&error, "https://cvm.tencentcloudapi.com"))?;
                let run_command = RunCommand::new(cloud.client());
                let run_command = match tencent.commands.as_slice() {
                    [] => run_command,
                    ids => run_command
                        .looking_by(Registered { ids: ids.to_vec(), pins: pins(declaration) }),
                };
                let run_command = Dialect::new(run_command).reporting(&reported);
                channels.insert(
                    (provider.name.clone(), ChannelKind::RunCommand),
                    Arc::new(run_command),
                );
                clouds.insert(provider.name.clone(), Arc::new(cloud));
            }
            Account::Azure(azure) => {
                let (azure, mut around) = azure_surroundings(&provider.name, azure, simulated);
                around.for_a_call = Some(keeps.for_calls_of(&provider.name, clock));
                let cloud = AzureCloud::connect(&provider.name, &azure, &around)
                    .map_err(|error| not_connected(&error, "https://management.azure.com"))?;
                let consoles = azure::SerialConsole::new(cloud.client());
                let consoles = Serial::new(consoles, vault(declaration, simulated));
                let key = (provider.name.clone(), ChannelKind::Serial);
                channels.insert(key, Arc::new(Dialect::new(consoles)));
                let run_command =
                    Dialect::new(azure::RunCommand::new(cloud.client())).reporting(&reported);
                channels.insert(
                    (provider.name.clone(), ChannelKind::RunCommand),
                    Arc::new(run_command),
                );
                clouds.insert(provider.name.clone(), Arc::new(cloud));
            }
            Account::Static => {}
        }
        let of_it = |instance: &&Instance| instance.provider == provider.name;
        if declaration.instances.values().filter(of_it).any(|one| one.guest.disk.is_some()) {
            let disks = DiskChannel { kept: keeps.home.to_owned() };
            channels.insert((provider.name.clone(), ChannelKind::Offline), Arc::new(disks));
        }
        if provider.kind() == ProviderKind::Static {
            let lines = Serial::new(serial::Declared, vault(declaration, simulated));
            let key = (provider.name.clone(), ChannelKind::Serial);
            channels.insert(key, Arc::new(Dialect::new(lines)));
        }
        if let Some(winrm) = &winrm {
            channels.insert((provider.name.clone(), ChannelKind::Winrm), Arc::clone(winrm));
        }
    }
    let vantage = match simulated {
        Some(_) => Vantage::default(),
        None => Vantage::of(declaration),
    };
    let log_on = Arc::new(ByNla { vault: vault(declaration, simulated) });
    let second = Some(Arc::new(Second::beside(keeps.home)) as Arc<dyn SecondWays>);
    let (probe, clock) = (Arc::new(vantage), Arc::clone(clock));
    Ok(Hands { clouds, channels, probe, log_on, clock, second })
}

/// Why an account cannot be called. Without certificates of authorities no endpoint helps, and without a good endpoint
/// no certificate does.
fn not_connected(error: &dyn std::error::Error, such_as: &str) -> CliError {
    let told = rdpctl_contract::told(error);
    let base = CliError::from_error(error);
    if told.contains("CA certificates") {
        base.hint("install the system's certificates (ca-certificates), or name a file with SSL_CERT_FILE")
    } else {
        base.hint(format!("an endpoint is one base URL, such as {such_as}"))
    }
}

/// Certificates of the machines' own stores that are declared, which registered commands look for.
pub(crate) fn pins(declaration: &Declaration) -> BTreeSet<String> {
    let profiles = declaration.profiles.values();
    profiles.filter_map(|profile| rdpctl_facets::declared_pin(profile)).map(str::to_owned).collect()
}

/// The account of Tencent Cloud behind a declared provider, for what only it can do.
pub(crate) fn account_of_tencent(
    declaration: &Declaration,
    name: &ProviderName,
    simulated: Option<&Simulated>,
) -> Result<Option<TencentCloud>, CliError> {
    let Some(provider) = declaration.providers.get(name) else { return Ok(None) };
    let (None, Account::Tencent(tencent)) = (&provider.closed, &provider.account) else {
        return Ok(None);
    };
    let (tencent, around) = tencent_surroundings(name, tencent, simulated);
    let cloud = TencentCloud::connect(name, &tencent, around);
    cloud.map(Some).map_err(|error| CliError::from_error(&error))
}

/// The subscription behind a declared provider, for what only Azure can do.
pub(crate) fn subscription(
    declaration: &Declaration,
    name: &ProviderName,
    simulated: Option<&Simulated>,
) -> Result<Option<AzureCloud>, CliError> {
    let Some(provider) = declaration.providers.get(name) else { return Ok(None) };
    let (None, Account::Azure(azure)) = (&provider.closed, &provider.account) else {
        return Ok(None);
    };
    let (azure, around) = azure_surroundings(name, azure, simulated);
    let cloud = AzureCloud::connect(name, &azure, &around);
    cloud.map(Some).map_err(|error| CliError::from_error(&error))
}

/// What asking and acting costs at whom, without connecting anything.
pub(crate) fn tariffs(declaration: &Declaration) -> Tariffs {
    let mut tariffs = Tariffs::default();
    for provider in declaration.providers.values() {
        match &provider.account {
            Account::Tencent(account) => {
                let key = (provider.name.clone(), ChannelKind::RunCommand);
                let by_commands = !account.commands.is_empty();
                let tariff = if by_commands { tencent::REGISTERED } else { tencent::RUN_COMMAND };
                tariffs.channels.insert(key, tariff);
                tariffs.clouds.insert(provider.name.clone(), tencent::TARIFF);
            }
            Account::Azure(_) => {
                let key = (provider.name.clone(), ChannelKind::RunCommand);
                tariffs.channels.insert(key, azure::RUN_COMMAND);
                tariffs.clouds.insert(provider.name.clone(), azure::TARIFF);
            }
            Account::Static => {}
        }
        tariffs.channels.insert((provider.name.clone(), ChannelKind::Winrm), winrm::TARIFF);
        tariffs.channels.insert((provider.name.clone(), ChannelKind::Serial), serial::TARIFF);
        tariffs.channels.insert((provider.name.clone(), ChannelKind::Offline), disk::TARIFF);
    }
    tariffs
}

/// The account behind a provider, by the vendor's own word; none where it cannot be asked.
pub(crate) async fn account(declaration: &Declaration, name: &ProviderName) -> Option<String> {
    let provider = declaration.providers.get(name)?;
    match &provider.account {
        Account::Tencent(tencent) => {
            let (tencent, around) = tencent_surroundings(name, tencent, None);
            let cloud = TencentCloud::connect(name, &tencent, around).ok()?;
            // What cannot be asked here is told by the look at the provider, with its reason.
            cloud.account(&CancellationToken::new()).await.ok()
        }
        // It stands in the declaration, and the ids of its machines with it.
        Account::Azure(azure) => Some(azure.subscription.clone()),
        Account::Static => None,
    }
}

/// The declared account with what surrounds the process; under `--sim` with the simulator's address and keys.
fn tencent_surroundings(
    provider: &ProviderName,
    declared: &Tencent,
    simulated: Option<&Simulated>,
) -> (Tencent, Surroundings) {
    let mut around = Surroundings::of_process();
    let mut tencent = declared.clone();
    if let Some(simulated) = simulated {
        let keys = &simulated.endpoints.credentials;
        let key = keys
            .get(provider.as_str())
            .or_else(|| keys.values().find(|key| key.region == tencent.region))
            .or_else(|| keys.values().next());
        tencent.calls.endpoint = Some(simulated.endpoints.tencent.clone());
        tencent.credentials = TencentCredentials::Chain;
        around.variables.clear();
        around.vault = Vault::Given(Arc::default());
        if let Some(key) = key {
            around.variables.insert("TENCENTCLOUD_SECRET_ID", Secret::new(key.secret_id.clone()));
            around.variables.insert("TENCENTCLOUD_SECRET_KEY", Secret::new(key.secret_key.clone()));
        }
    }
    (tencent, around)
}

/// The same of Azure.
fn azure_surroundings(
    provider: &ProviderName,
    declared: &Azure,
    simulated: Option<&Simulated>,
) -> (Azure, azure::Surroundings) {
    let mut around = azure::Surroundings::of_process();
    let mut azure = declared.clone();
    if let Some(simulated) = simulated {
        let keys = &simulated.endpoints.credentials;
        let of_declared = |key: &&rdpctl_sim::Credentials| {
            key.subscription.as_deref() == Some(declared.subscription.as_str())
        };
        let key = keys
            .values()
            .find(of_declared)
            .or_else(|| keys.get(provider.as_str()).filter(|key| key.subscription.is_some()));
        azure.calls.endpoint = Some(simulated.endpoints.azure.clone());
        azure.credentials = AzureCredentials::Chain;
        azure.tenant = key.and_then(|key| key.tenant.clone());
        around.variables.clear();
        around.vault = Vault::Given(Arc::default());
        if let Some(key) = key {
            around.variables.insert("AZURE_CLIENT_ID", Secret::new(key.secret_id.clone()));
            around.variables.insert("AZURE_CLIENT_SECRET", Secret::new(key.secret_key.clone()));
        }
    }
    (azure, around)
}
