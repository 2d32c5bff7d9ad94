//! The gateway: who calls, what for, and whether they may; then the answer with the headers that clients read.

use std::sync::Arc;

use serde_json::Value;

use super::{
    blob,
    call::{Call, Served},
    graph, log,
    memory::Arm,
    place::{Kind, Place},
    refusal::Refusal,
    request::{Reply, Request},
    retail,
    throttle::Budget,
    token,
};
use crate::{
    counters::Counters,
    estate::{Estate, Mishap},
    world::AccountIndex,
};

impl Arm {
    /// Answers a request.
    pub(crate) fn answer(
        &mut self,
        estate: &mut Estate,
        counters: &mut Counters,
        request: &Request<'_>,
    ) -> Reply {
        estate.advance();
        if let Some(reply) = token::answer(self, estate, request) {
            counters.called("azure", "token", request.header("host").unwrap_or_default());
            if request.method == "POST" {
                counters.beside(request.method, "token", reply.status == 200);
            }
            return reply;
        }
        if let Some(reply) = blob::answer(self, estate, counters, request) {
            return reply;
        }
        if let Some(reply) = retail::answer(estate, counters, request) {
            return reply;
        }
        let mut reply = Reply::json(200, &Value::Null);
        let outcome = self.serve(estate, counters, request, &mut reply);
        match outcome {
            Ok(served) => {
                reply.status = served.status;
                reply.body = served.body.map_or_else(Vec::new, String::into_bytes);
                reply.headers.extend(served.headers);
            }
            Err(refusal) => {
                counters.refused(&refusal.code);
                reply.status = refusal.status;
                reply.body = refusal.body().to_string().into_bytes();
                let after = refusal.retry_after.map(|after| ("retry-after", after.to_string()));
                reply.headers.extend(after);
            }
        }
        let correlation = uuid::Uuid::new_v4().to_string();
        reply.headers.push(("x-ms-request-id", estate.request_id().to_string()));
        reply.headers.push(("x-ms-correlation-request-id", correlation));
        reply
    }

    fn serve(
        &mut self,
        estate: &mut Estate,
        counters: &mut Counters,
        request: &Request<'_>,
        reply: &mut Reply,
    ) -> Result<Served, Refusal> {
        let host = request.header("host").unwrap_or_default();
        let account = token::bearer(self, request)?;
        let is_graph = request
            .path
            .trim_end_matches('/')
            .eq_ignore_ascii_case("/providers/Microsoft.ResourceGraph/resources");
        let place = Place::parse(request.path);
        let is_log = log::is_log(request.path);
        let permission = match &place {
            _ if is_log => log::PERMISSION.to_owned(),
            Some(place) => place.permission(request.method),
            None if is_graph => "Microsoft.ResourceGraph/resources/read".to_owned(),
            None => {
                return Err(Refusal::new(
                    404,
                    "InvalidResourceType",
                    "The path names nothing that is served.",
                ));
            }
        };
        counters.requested(request.method, &permission, host);
        reply.held = estate.world.faults.latency.of(&permission);
        let version = version(request.query)?;
        let subscription = Arc::clone(&estate.world.account(account).subscription);
        if let Some(place) = &place
            && !place.subscription.is_empty()
            && !place.subscription.eq_ignore_ascii_case(&subscription)
        {
            return Err(Refusal::new(
                404,
                "SubscriptionNotFound",
                format!("The subscription '{}' could not be found.", place.subscription),
            ));
        }
        authorize(estate, account, &permission, request.path)?;
        let budget = match request.method {
            _ if is_graph => Budget::Graph,
            "GET" => Budget::Reads,
            "DELETE" => Budget::Deletes,
            _ => Budget::Writes,
        };
        match self.throttle.take(&estate.world.policy.rate_limits, account, budget) {
            Ok(left) => reply.headers.push((budget.header(), left.to_string())),
            Err(wait) => {
                reply.headers.push((budget.header(), "0".to_owned()));
                return Err(Refusal {
                    retry_after: Some(wait),
                    ..Refusal::new(429, "TooManyRequests", "The request was throttled.")
                });
            }
        }
        let mishap = estate.mishap(&permission);
        let effective = mishap.as_ref().is_none_or(Mishap::is_after_effect);
        let served = if effective {
            let mut call = Call {
                estate,
                arm: self,
                account,
                base: &request.base,
                version,
                path: request.path,
                query: request.query,
                if_match: request.header("if-match"),
                body: request.body,
            };
            match &place {
                _ if is_log => log::answer(&call),
                Some(place) => call.serve(request.method, place),
                None => graph::answer(&mut call),
            }
        } else {
            Ok(Served::empty(200))
        };
        if mishap.is_none() && served.is_ok() {
            counters.served(request.method, &permission);
        }
        if effective && served.is_ok() && request.method != "GET" && !is_graph {
            log::enter(estate, account, &permission, request.path);
        }
        struck(mishap, served, reply)
    }
}

impl Call<'_> {
    fn serve(&mut self, method: &str, place: &Place<'_>) -> Result<Served, Refusal> {
        match place.kind {
            Kind::Subscription => Ok(self.subscriptions(place)),
            Kind::Group => Ok(self.groups(place)),
            Kind::Provider => Ok(Self::provider(place)),
            Kind::Location | Kind::NetworkLocation => match place.rest[..] {
                [operations, id, ..] if operations.eq_ignore_ascii_case("operations") => {
                    self.operation(id)
                }
                _ => Err(Refusal::missing("locations")),
            },
            Kind::Vm => self.vm_request(method, place),
            Kind::Console => self.console_service(method, place),
            Kind::Nic | Kind::Address | Kind::Vnet => self.network_request(method, place),
            Kind::Balancer | Kind::Bastion => self.way_request(method, place),
            Kind::Nsg => self.nsg_request(method, place),
            Kind::Disk => self.disk_request(method, place),
            Kind::Snapshot => self.snapshot_request(method, place),
        }
    }

    fn subscriptions(&self, place: &Place<'_>) -> Served {
        let account = self.estate.world.account(self.account);
        let one = serde_json::json!({
            "id": format!("/subscriptions/{}", account.subscription),
            "subscriptionId": account.subscription,
            "tenantId": account.tenant,
            "displayName": account.name,
            "state": "Enabled",
        });
        if place.subscription.is_empty() {
            return Served::ok(serde_json::json!({ "value": [one] }));
        }
        Served::ok(one)
    }

    fn groups(&self, place: &Place<'_>) -> Served {
        let subscription = self.subscription();
        let group = |name: &str| {
            serde_json::json!({
                "id": format!("/subscriptions/{subscription}/resourceGroups/{name}"),
                "name": name,
                "location": self.estate.world.account(self.account).region,
                "properties": { "provisioningState": "Succeeded" },
            })
        };
        if let Some(name) = place.group {
            return Served::ok(group(name));
        }
        let mut names: Vec<&str> = self
            .estate
            .world
            .cohorts
            .iter()
            .filter(|cohort| cohort.account == self.account)
            .map(|cohort| &*cohort.resource_group)
            .collect();
        names.sort_unstable();
        names.dedup();
        let groups: Vec<Value> = names.into_iter().map(group).collect();
        Served::ok(serde_json::json!({ "value": groups }))
    }

    fn provider(place: &Place<'_>) -> Served {
        Served::ok(serde_json::json!({
            "namespace": place.name,
            "registrationState": "Registered",
        }))
    }
}

/// What goes back where something went wrong with a call.
fn struck(
    mishap: Option<Mishap>,
    served: Result<Served, Refusal>,
    reply: &mut Reply,
) -> Result<Served, Refusal> {
    match mishap {
        None => served,
        // It is said to have succeeded, and nothing was done.
        Some(Mishap::Error { code, after_effect: false, .. }) if code == "Succeeded" => {
            Ok(Served::ok(serde_json::json!({})))
        }
        Some(Mishap::Error { code, message, .. }) => Err(Refusal::injected(code, message)),
        Some(Mishap::Reset { .. }) => {
            reply.reset = true;
            served
        }
        Some(Mishap::PowerCut { .. }) => {
            reply.cut = true;
            served
        }
    }
}

/// The version of the interface that is asked for: any that has the form of one.
fn version(query: &str) -> Result<&str, Refusal> {
    let given = query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        key.eq_ignore_ascii_case("api-version").then_some(value)
    });
    let Some(version) = given else {
        return Err(Refusal::new(
            400,
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        ));
    };
    let date: Vec<&str> = version.splitn(4, '-').collect();
    let formed = date.len() >= 3
        && date.iter().take(3).map(|part| part.len()).eq([4, 2, 2])
        && date.iter().take(3).all(|part| part.bytes().all(|digit| digit.is_ascii_digit()));
    if formed {
        return Ok(version);
    }
    let message = format!("The api-version '{version}' is invalid.");
    Err(Refusal::new(400, "InvalidApiVersionParameter", message))
}

fn authorize(
    estate: &Estate,
    account: AccountIndex,
    permission: &str,
    scope: &str,
) -> Result<(), Refusal> {
    let account = estate.world.account(account);
    if account.deny.iter().any(|denied| denied.eq_ignore_ascii_case(permission)) {
        let client = &account.secret_id;
        let message = format!(
            "The client '{client}' with object id '{client}' does not have authorization to perform action '{permission}' over scope '{scope}' or the scope is invalid."
        );
        return Err(Refusal::new(403, "AuthorizationFailed", message));
    }
    Ok(())
}
