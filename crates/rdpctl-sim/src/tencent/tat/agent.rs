//! Whether agents answer. One that was never installed is not listed at all.

use serde::{Deserialize, Serialize};

use super::find::{exclusive, find_instance};
use crate::{
    estate::Estate,
    tencent::{
        call::{Action, Call},
        errors::Refusal,
        service::Service,
        wire::{Filter, Int, Page, count, iso},
    },
    world::{Agent, Network, Text, VmIndex},
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DescribeAutomationAgentStatus {
    instance_ids: Option<Vec<String>>,
    filters: Option<Vec<Filter>>,
    limit: Option<Int>,
    offset: Option<Int>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Agents {
    automation_agent_set: Vec<AgentInfo>,
    total_count: i64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct AgentInfo {
    instance_id: Text,
    version: &'static str,
    last_heartbeat_time: String,
    agent_status: &'static str,
    environment: &'static str,
    support_features: Vec<&'static str>,
}

impl Action for DescribeAutomationAgentStatus {
    const SERVICE: Service = Service::Tat;
    const NAME: &'static str = "DescribeAutomationAgentStatus";
    const RATE: u32 = 60;
    type Answer = Agents;

    fn serve(self, call: &mut Call<'_>) -> Result<Agents, Refusal> {
        let page = Page::new(self.offset, self.limit, "InvalidParameterValue.Range")?;
        let ids = self.instance_ids.unwrap_or_default();
        let filters = self.filters.unwrap_or_default();
        exclusive(&ids, &filters)?;
        for filter in &filters {
            if !matches!(filter.name.as_str(), "agent-status" | "environment" | "instance-id") {
                return Err(Refusal::new(
                    "InvalidParameterValue.InvalidFilter",
                    format!("The filter `{}` is not supported.", filter.name),
                ));
            }
        }
        let numbers = if ids.is_empty() {
            let (account, region) = (call.account, call.region.clone());
            let key = format!("tat {} {region} {filters:?}", account.0);
            call.estate.listing(key, |estate| {
                let vms = estate.vms_in(account, &region).filter(|vm| is_known(estate, *vm));
                vms.filter(|vm| filters.iter().all(|filter| holds(estate, *vm, filter)))
                    .map(|vm| vm.0)
                    .collect()
            })
        } else {
            let found =
                ids.iter().map(|id| find_instance(call, id)).collect::<Result<Vec<_>, _>>()?;
            found.into_iter().filter(|vm| is_known(call.estate, *vm)).map(|vm| vm.0).collect()
        };
        let estate = &*call.estate;
        let shown = page.of(&numbers).iter().map(|number| {
            let vm = VmIndex(*number);
            AgentInfo {
                instance_id: estate.world.vm_id(vm),
                version: "1.1.9",
                last_heartbeat_time: iso(estate.now),
                agent_status: status(estate, vm),
                environment: environment(estate, vm),
                support_features: Vec::new(),
            }
        });
        Ok(Agents { automation_agent_set: shown.collect(), total_count: count(numbers.len()) })
    }
}

/// Whether an agent ever reported from there.
fn is_known(estate: &Estate, vm: VmIndex) -> bool {
    let (cohort, _) = estate.place(vm);
    cohort.network != Network::Classic && estate.vm(vm).agent != Agent::Absent
}

fn status(estate: &Estate, vm: VmIndex) -> &'static str {
    if estate.agent_answers(vm) { "Online" } else { "Offline" }
}

fn environment(estate: &Estate, vm: VmIndex) -> &'static str {
    if estate.place(vm).0.is_windows() { "Windows" } else { "Linux" }
}

fn holds(estate: &Estate, vm: VmIndex, filter: &Filter) -> bool {
    let seen = match filter.name.as_str() {
        "agent-status" => status(estate, vm).into(),
        "environment" => environment(estate, vm).into(),
        _ => estate.world.vm_id(vm),
    };
    filter.values.iter().any(|value| **value == *seen)
}
