//! Facts about the vendor's behaviour, called behind the gate so that time can be told to pass.

mod addresses;
mod commands;
mod instances;
mod rules;

use std::{path::Path, sync::Arc, time::Duration};

use serde_json::{Value, json};

use super::{Gate, call::Call, service::Service, table};
use crate::{
    clock::Clock,
    estate::Estate,
    world::{AccountIndex, World},
};

/// A world on which time stands still until it is told to pass.
struct Stage {
    estate: Estate,
    gate: Gate,
}

/// An account with which every test world begins.
const ACCOUNT: &str = r#"
[world]
seed = 5
start = "2026-01-05T00:00:00Z"
time-scale = 0.000001
[account.main]
kind = "tencent"
region = "ap-seoul"
"#;

impl Stage {
    fn of(rest: &str) -> Self {
        Self::whole(&format!("{ACCOUNT}{rest}"))
    }

    fn whole(text: &str) -> Self {
        let world =
            World::parse(Path::new("test.toml"), text).unwrap_or_else(|error| panic!("{error}"));
        let clock = Clock::start(world.start.unwrap(), world.pace);
        let estate = Estate::new(Arc::new(world), clock);
        let gate = Gate::new(&estate);
        Self { estate, gate }
    }

    /// Calls an action; the answer, or the code of the refusal.
    fn call(
        &mut self,
        service: Service,
        action: &str,
        parameters: &Value,
    ) -> Result<Value, String> {
        self.estate.advance();
        let entry = table::find(service, action).unwrap();
        let request = self.estate.request_id();
        let mut call = Call {
            estate: &mut self.estate,
            account: AccountIndex(0),
            region: "ap-seoul".into(),
            request: request.clone(),
            action: entry.name,
            caller: [127, 0, 0, 1].into(),
            gate: &mut self.gate,
        };
        let body = (entry.serve)(&mut call, parameters.to_string().as_bytes())
            .map_err(|refusal| refusal.code.into_owned())?;
        let mut answer: Value = serde_json::from_slice(&body).unwrap();
        answer["RequestId"] = json!(request);
        Ok(answer)
    }

    fn cvm(&mut self, action: &str, parameters: Value) -> Result<Value, String> {
        self.call(Service::Cvm, action, &parameters)
    }

    fn vpc(&mut self, action: &str, parameters: Value) -> Result<Value, String> {
        self.call(Service::Vpc, action, &parameters)
    }

    fn tat(&mut self, action: &str, parameters: Value) -> Result<Value, String> {
        self.call(Service::Tat, action, &parameters)
    }

    /// Lets simulated time pass.
    fn skip(&mut self, seconds: u64) {
        self.estate.clock.skip(Duration::from_secs(seconds));
        self.estate.advance();
    }

    /// State, latest operation's state and its request, of an instance.
    fn state(&mut self, id: &str) -> (String, String, String) {
        let answer = self.cvm("DescribeInstances", json!({ "InstanceIds": [id] })).unwrap();
        let text =
            |key: &str| answer["InstanceSet"][0][key].as_str().unwrap_or_default().to_owned();
        (text("InstanceState"), text("LatestOperationState"), text("LatestOperationRequestId"))
    }

    /// One member of an instance.
    fn instance(&mut self, id: &str) -> Value {
        let answer = self.cvm("DescribeInstances", json!({ "InstanceIds": [id] })).unwrap();
        answer["InstanceSet"][0].clone()
    }

    fn address(&mut self, id: &str) -> Value {
        let answer = self.vpc("DescribeAddresses", json!({ "AddressIds": [id] })).unwrap();
        answer["AddressSet"][0].clone()
    }
}

#[test]
fn no_action_is_listed_twice_and_each_has_a_rate() {
    let mut names: Vec<_> =
        table::ACTIONS.iter().map(|entry| (entry.service, entry.name)).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), table::ACTIONS.len());
    assert!(table::ACTIONS.iter().all(|entry| entry.rate > 0));
}
