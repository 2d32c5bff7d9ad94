//! The hatch for tests and benches: what the vendor would never tell, and what no caller may do.
//!
//! `GET /__sim/counters` shows the counters, `POST` clears them; `GET /__sim/winrm` shows what the guests' WinRM
//! services have seen since they were opened; `GET /__sim/serial` shows what went over their serial lines; `GET /__sim/traps` lists the planted programs that were run.
//! `POST /__sim/actions` lists what is served. `POST /__sim/agent` takes `{"vm":"web-01","agent":"offline"}`,
//! `POST /__sim/power` takes `{"vm":"web-01","state":"stopped"}`, and with `"by":"ops"` the vendor's own log
//! tells who it was,
//! `POST /__sim/run` takes `{"vm":"web-01","command":"reg query ..."}` and runs it in the guest behind
//! everybody's back, as SYSTEM or, with `"user":"guest"`, as somebody without rights, `POST /__sim/group` takes `{"group":"sg-...","ingress":["ACCEPT ..."]}`, and `POST /__sim/path`
//! takes `{"vm":"web-01","port":3389,"from":"203.0.113.7"}` and says what stands in the way. `POST /__sim/time` takes
//! `{"seconds":60}` and lets that much simulated time pass at once, so that a test need not outrun a clock. `POST
//! /__sim/faults` takes what a world's `[fault]` has of errors, resets and operations, which go wrong from now on instead; `POST
//! /__sim/deeds` takes `{"from":0}` and tells what was done since, in order.

use std::{collections::BTreeMap, net::Ipv4Addr, time::Duration};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Method, Response, StatusCode,
    header::{CONTENT_TYPE, HeaderValue},
};
use serde::{Deserialize, Serialize};

use crate::{
    counters::Counters,
    estate::Deed,
    guest::{Command, Ctx},
    plain::plain,
    shared::{Core, Shared},
    tencent,
    world::{Agent, Power, Rule, Vendor, VmIndex},
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SetAgent {
    vm: String,
    agent: Agent,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SetPower {
    vm: String,
    state: Power,
    /// Who does it at the vendor's console, whose log tells it; where nobody is named, no log knows of it.
    by: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Run {
    vm: String,
    command: String,
    /// Somebody without rights; SYSTEM, where nobody is named.
    user: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SetGroup {
    group: String,
    ingress: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PathTo {
    vm: String,
    port: u16,
    from: Option<Ipv4Addr>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Skip {
    seconds: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct From {
    from: usize,
}

#[derive(Debug, Serialize)]
struct Done {
    deeds: Vec<Deed>,
    next: usize,
}

#[derive(Debug, Serialize)]
struct Way {
    open: bool,
    obstacle: Option<String>,
}

#[derive(Debug, Serialize)]
struct Ran {
    exit: i32,
    stdout: String,
    stderr: String,
}

/// Answers a request below `/__sim/`.
pub(crate) fn answer(
    method: &Method,
    path: &str,
    body: &Bytes,
    shared: &Shared,
) -> Response<Full<Bytes>> {
    let mut core = shared.lock();
    core.estate.advance();
    let core = &mut *core;
    let outcome = match (method, path) {
        (&Method::GET, "counters") => return json(&core.counters),
        (&Method::GET, "traps") => return json(&core.estate.sprung),
        (&Method::GET, "winrm") => return json(&winrm_counters(core)),
        (&Method::GET, "serial") => return json(&core.consoles.counters(&core.estate)),
        (&Method::POST, "counters") => {
            core.counters = Counters::default();
            return json(&core.counters);
        }
        (&Method::POST, "actions") => return json(&served()),
        (&Method::POST, "agent") => set_agent(core, body),
        (&Method::POST, "power") => set_power(core, body),
        (&Method::POST, "run") => run(core, body),
        (&Method::POST, "group") => set_group(core, body),
        (&Method::POST, "path") => path_to(core, body),
        (&Method::POST, "time") => skip_time(core, body),
        (&Method::POST, "faults") => set_faults(core, body),
        (&Method::POST, "deeds") => deeds(core, body),
        (_, _) => return plain(StatusCode::NOT_FOUND, "no such hatch"),
    };
    match outcome {
        Ok(_) if core.record().is_err() => {
            plain(StatusCode::INSUFFICIENT_STORAGE, "the simulator cannot write its journal")
        }
        Ok(response) => response,
        Err(reason) => plain(StatusCode::BAD_REQUEST, reason),
    }
}

/// What the WinRM services of a VM have seen.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
struct WinrmCounts {
    requests: u64,
    connections: u64,
    log_ons: u64,
    refused_log_ons: u64,
    clear_text_bodies: u64,
    shells: u64,
    open_shells: usize,
    commands: u64,
}

fn winrm_counters(core: &Core) -> BTreeMap<String, WinrmCounts> {
    let world = &core.estate.world;
    let mut all: BTreeMap<String, WinrmCounts> = BTreeMap::new();
    for (vm, seen) in core.winrm.counters() {
        let counts = all.entry(world.vm_name(vm).to_string()).or_default();
        counts.requests += seen.requests;
        counts.connections += seen.connections;
        counts.log_ons += seen.log_ons;
        counts.refused_log_ons += seen.refused_log_ons;
        counts.clear_text_bodies += seen.clear_text_bodies;
        counts.shells += seen.creates;
        counts.open_shells += seen.open_shells;
        counts.commands += seen.executions.values().sum::<u64>();
    }
    all
}

/// What the simulator serves, by service.
fn served() -> BTreeMap<&'static str, Vec<&'static str>> {
    let mut served: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (service, action) in tencent::actions() {
        served.entry(service).or_default().push(action);
    }
    served
}

type Outcome = Result<Response<Full<Bytes>>, &'static str>;

fn read<'b, T: Deserialize<'b>>(body: &'b [u8]) -> Result<T, &'static str> {
    serde_json::from_slice(body).map_err(|_| "the body is not what this hatch takes")
}

fn find(core: &Core, name: &str) -> Result<VmIndex, &'static str> {
    let world = &core.estate.world;
    world.vm_by_name(name).or_else(|| world.vm_by_id(name)).ok_or("no VM has this name or id")
}

fn set_agent(core: &mut Core, body: &[u8]) -> Outcome {
    let wanted: SetAgent = read(body)?;
    let vm = find(core, &wanted.vm)?;
    let state = core.estate.vm_mut(vm);
    state.agent = wanted.agent;
    state.agent_back = None;
    Ok(done())
}

fn set_power(core: &mut Core, body: &[u8]) -> Outcome {
    let wanted: SetPower = read(body)?;
    let vm = find(core, &wanted.vm)?;
    core.estate.set_power(vm, wanted.state);
    if let Some(by) = &wanted.by {
        at_the_console(core, vm, wanted.state, by);
    }
    Ok(done())
}

/// What the vendor's log says of a machine that somebody switched at the console.
fn at_the_console(core: &mut Core, vm: VmIndex, state: Power, by: &str) {
    let cohort = core.estate.place(vm).0;
    let account = cohort.account;
    let vendor = core.estate.world.account(account).vendor;
    let on = state.is_on();
    match vendor {
        Vendor::Tencent => {
            let what = if on { "StartInstances" } else { "StopInstances" };
            let id = core.estate.world.vm_id(vm).to_string();
            let sent = serde_json::json!({ "InstanceIds": [id.as_str()] }).to_string();
            core.estate.audit(account, by, what, &id, &sent);
        }
        Vendor::Azure => {
            let verb = if on { "start" } else { "deallocate" };
            let what = format!("Microsoft.Compute/virtualMachines/{verb}/action");
            let id = core.estate.world.vm_id(vm);
            core.estate.audit(account, by, &what, &id, "");
        }
    }
}

fn run(core: &mut Core, body: &[u8]) -> Outcome {
    let wanted: Run = read(body)?;
    let vm = find(core, &wanted.vm)?;
    let command = Command::Line(wanted.command);
    let output = match &wanted.user {
        Some(user) => core.estate.run_as(vm, &command, |now| Ctx::ordinary(now, user)),
        None => core.estate.run_behind(vm, &command),
    };
    Ok(json(&Ran {
        exit: output.exit,
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }))
}

fn set_group(core: &mut Core, body: &[u8]) -> Outcome {
    let wanted: SetGroup = read(body)?;
    let rules: Result<Vec<Rule>, _> = wanted.ingress.iter().map(|line| line.parse()).collect();
    let rules = rules.map_err(|_| "a line is not a rule")?;
    let group = core.estate.group_mut(&wanted.group).ok_or("no group has this id")?;
    group.ingress = rules;
    group.version += 1;
    Ok(done())
}

fn path_to(core: &mut Core, body: &[u8]) -> Outcome {
    let wanted: PathTo = read(body)?;
    let vm = find(core, &wanted.vm)?;
    let remote = wanted.from.unwrap_or(Ipv4Addr::new(198, 51, 100, 1));
    let way = core.estate.path_to(vm, wanted.port, remote);
    Ok(json(&Way { open: way.is_ok(), obstacle: way.err().map(|obstacle| obstacle.to_string()) }))
}

fn skip_time(core: &mut Core, body: &[u8]) -> Outcome {
    let wanted: Skip = read(body)?;
    core.estate.clock.skip(Duration::from_secs(wanted.seconds.into()));
    core.estate.advance();
    Ok(done())
}

fn set_faults(core: &mut Core, body: &[u8]) -> Outcome {
    core.estate.set_faults(read(body)?);
    Ok(done())
}

fn deeds(core: &Core, body: &[u8]) -> Outcome {
    let from: From = read(body)?;
    let (deeds, next) = core.estate.deeds.from(from.from);
    Ok(json(&Done { deeds, next }))
}

fn done() -> Response<Full<Bytes>> {
    json(&serde_json::json!({}))
}

fn json<T: Serialize>(value: &T) -> Response<Full<Bytes>> {
    let Ok(body) = serde_json::to_vec(value) else {
        return plain(StatusCode::INTERNAL_SERVER_ERROR, "the answer cannot be written");
    };
    let mut response = Response::new(Full::new(Bytes::from(body)));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
