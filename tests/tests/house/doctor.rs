//! `rdpctl doctor`: the first cause named, with evidence, in several forms and languages, without changing anything.

use serde_json::Value;

use crate::tool::Tool;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn of_everything_that_is_wrong_at_once_the_first_cause_is_named() {
    let tool = Tool::quickstart();
    let ran = tool.sim(&["doctor", "web-01", "--format", "json"]).exits(2);
    let diagnosis = json(&ran.out);
    assert_eq!(diagnosis["first-cause"]["facet"], "power");
    assert_eq!(diagnosis["first-cause"]["reference"]["step"], "Tencent 1");
    assert_eq!(diagnosis["first-cause"]["repairs"][0]["step"], "start the instance");
    let others: Vec<&str> = diagnosis["other-causes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["facet"].as_str().unwrap())
        .collect();
    assert_eq!(others, ["public-ip", "ingress"]);
    assert_eq!(diagnosis["facets"].as_array().unwrap().len(), 16);
}

#[test]
fn the_doctor_leaves_no_trace() {
    let tool = Tool::quickstart();
    tool.sim(&["doctor", "web-01"]).exits(2);
    assert!(!tool.path(".rdpctl/state.db").exists());
    tool.sim(&["drift"]).exits(2);
}

#[test]
fn an_instance_that_nobody_declared_is_looked_at_by_its_id() {
    let tool = Tool::quickstart();
    std::fs::remove_file(tool.path("rdp.toml")).unwrap();
    let ran =
        tool.sim(&["doctor", "tencent:ap-guangzhou/ins-0abc1234", "--format", "json"]).exits(2);
    let diagnosis = json(&ran.out);
    assert_eq!(diagnosis["first-cause"]["facet"], "power");
    assert_eq!(diagnosis["profile"], "standard");
}

#[test]
fn whoever_is_not_declared_is_an_error_that_names_those_who_are() {
    let tool = Tool::quickstart();
    tool.sim(&["doctor", "web-99"]).exits(1).complains("legacy-01, web-01");
    tool.run(&["doctor", "tencent:ap-guangzhou"]).exits(1).complains("tencent:REGION/ID");
    tool.run(&["doctor", "host:"]).exits(1).complains("no host");
}
