//! Traces for OpenTelemetry, as somebody sees them who collects them: by the standard variables, over HTTP, and nothing that is
//! a secret.

use std::net::TcpListener;

use serde_json::Value;

use crate::receiver::Receiver;
use crate::tool::{Simulator, Tool, against};
use crate::watching::Loop;

/// Somebody who collects traces, and answers that.
struct Collector {
    at: String,
    receiver: Receiver,
}

impl Collector {
    fn answering(status: &'static str) -> Self {
        let receiver = Receiver::answering(&[], status);
        Self { at: format!("http://{}", receiver.at), receiver }
    }

    /// All spans that came so far and that come until something holds of one.
    #[track_caller]
    fn spans_until(&self, holds: impl Fn(&Value) -> bool) -> Vec<Value> {
        let mut spans: Vec<Value> = Vec::new();
        while !spans.iter().any(&holds) {
            let came = self.receiver.next();
            let body: Value = serde_json::from_slice(&came.body).unwrap();
            let all = body["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap();
            spans.extend(all.iter().cloned());
        }
        spans
    }
}

/// What a span was opened with.
fn field(span: &Value, name: &str) -> String {
    let all = span["attributes"].as_array().unwrap();
    let found = all.iter().find(|one| one["key"] == name);
    found.map_or_else(String::new, |one| one["value"]["stringValue"].as_str().unwrap().to_owned())
}

#[test]
fn a_run_its_instances_and_its_steps_are_one_trace_with_the_ids_of_history_and_no_secret() {
    let collector = Collector::answering("200 OK");
    let tool = Tool::quickstart();
    let simulator = Simulator::start(&tool);
    let tool = against(tool, &simulator)
        .with("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.at)
        .with("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")
        .with("OTEL_EXPORTER_OTLP_HEADERS", "api-key=very%20secret")
        .with("OTEL_SERVICE_NAME", "desks");
    tool.run(&["apply", "--auto-approve", "--allow", "spend,reboot"]).exits(0);
    let mut spans: Vec<Value> = Vec::new();
    while !spans.iter().any(|span| span["name"] == "run") {
        let one = collector.receiver.next();
        assert_eq!(
            (one.path.as_str(), one.headers["api-key"].as_str()),
            ("/v1/traces", "very secret")
        );
        let body: Value = serde_json::from_slice(&one.body).unwrap();
        let from = body["resourceSpans"][0]["resource"]["attributes"].to_string();
        assert!(from.contains("\"service.name\"") && from.contains("\"desks\""), "{from}");
        let all = body["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap();
        spans.extend(all.iter().cloned());
        let text = String::from_utf8_lossy(&one.body);
        for (_, key) in [simulator.keys("gz"), simulator.keys("gz-legacy")] {
            assert!(!text.contains(key), "a key is in {text}");
        }
    }
    let run = spans.iter().find(|span| span["name"] == "run").expect("a run");
    let history = tool.run(&["state", "history", "--format", "json"]).exits(0).out;
    assert!(history.contains(&field(run, "id")), "{run} is none of {history}");
    let step = spans
        .iter()
        .find(|span| span["name"] == "step" && field(span, "outcome") == "done")
        .expect("a step");
    let by_id = |id: &Value| spans.iter().find(|span| span["spanId"] == *id).expect("it came, too");
    let instance = by_id(&step["parentSpanId"]);
    assert_eq!(
        (&instance["name"], &instance["parentSpanId"]),
        (&"instance".into(), &run["spanId"])
    );
    assert!(["web-01", "legacy-01"].contains(&field(instance, "id").as_str()), "{instance}");
    assert_eq!(step["traceId"], run["traceId"]);
    assert!(step["startTimeUnixNano"].as_str() <= step["endTimeUnixNano"].as_str(), "{step}");
}

#[test]
fn a_loop_sends_its_looks_as_it_goes_on_in_protocol_buffers_unless_json_is_asked_for() {
    let collector = Collector::answering("200 OK");
    let tool = Tool::quickstart();
    let simulator = Simulator::start(&tool);
    let tool = against(tool, &simulator)
        .with("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.at)
        .with("OTEL_BSP_SCHEDULE_DELAY", "200");
    let run = Loop::start(&tool, &[]);
    let first = collector.receiver.next();
    assert_eq!(first.headers["content-type"], "application/x-protobuf");
    let holds = |word: &[u8]| first.body.windows(word.len()).any(|part| part == word);
    assert!(holds(b"look") && holds(b"provider") && holds(b"service.name"));
    assert_eq!(run.ends().0, Some(0));

    let tool = tool.with("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json");
    let run = Loop::start(&tool, &[]);
    collector.receiver.came.try_iter().for_each(drop);
    let spans =
        collector.spans_until(|span| span["name"] == "look" && field(span, "what") == "machines");
    assert!(spans.iter().any(|span| field(span, "provider") == "gz"), "{spans:?}");
    assert_eq!(run.ends().0, Some(0));
}

#[test]
fn whoever_does_not_take_traces_holds_nothing_up_and_what_is_not_spoken_is_said() {
    // It takes the call, and never says anything.
    let hangs = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = format!("http://{}", hangs.local_addr().unwrap());
    let tool = Tool::quickstart().with("OTEL_EXPORTER_OTLP_ENDPOINT", &at);
    tool.sim(&["apply", "--auto-approve", "--allow", "spend,reboot"]).exits(0);

    let refuses = Collector::answering("401 Unauthorized");
    let tool = Tool::quickstart().with("OTEL_EXPORTER_OTLP_ENDPOINT", &refuses.at);
    let applied = tool.sim(&["apply", "--auto-approve", "--allow", "spend,reboot"]).exits(0);
    applied.complains("127.0.0.1 does not take traces: HTTP 401");

    for (name, value, why) in [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.example:4318", "is neither https:// nor"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "spoken are http/protobuf and http/json"),
    ] {
        let tool = Tool::quickstart().with(name, value).with(
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            if name.ends_with("ENDPOINT") { "" } else { &at },
        );
        tool.sim(&["drift"]).exits(2).complains(why);
    }
}
