//! Commands: delivery, silence, restarts.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::Stage;

const WEB: &str = "[vm.web-01]\nid = \"ins-web00001\"\n";

fn run(stage: &mut Stage, text: &str, timeout: u32) -> Result<String, String> {
    let request = json!({
        "Content": STANDARD.encode(text), "CommandType": "BAT", "InstanceIds": ["ins-web00001"], "Timeout": timeout,
    });
    stage
        .tat("RunCommand", request)
        .map(|answer| answer["InvocationId"].as_str().unwrap().to_owned())
}

fn task(stage: &mut Stage, invocation: &str) -> Value {
    let asked = json!({ "Filters": [{ "Name": "invocation-id", "Values": [invocation] }], "HideOutput": false });
    stage.tat("DescribeInvocationTasks", asked).unwrap()["InvocationTaskSet"][0].clone()
}

fn status(stage: &mut Stage, invocation: &str) -> String {
    task(stage, invocation)["TaskStatus"].as_str().unwrap().to_owned()
}

fn agent(stage: &mut Stage) -> String {
    let answer = stage
        .tat("DescribeAutomationAgentStatus", json!({ "InstanceIds": ["ins-web00001"] }))
        .unwrap();
    answer["AutomationAgentSet"][0]["AgentStatus"].as_str().unwrap_or("not listed").to_owned()
}

#[test]
fn a_command_is_pending_then_done_with_its_output() {
    let mut stage = Stage::of(WEB);
    let sent = run(&mut stage, "@echo off\r\necho hello\r\n", 60).unwrap();
    assert_eq!(status(&mut stage, &sent), "PENDING");
    stage.skip(30);
    let done = task(&mut stage, &sent);
    assert_eq!(done["TaskStatus"], "SUCCESS");
    assert_eq!(done["TaskResult"]["Output"], STANDARD.encode("hello\r\n"));
}

#[test]
fn a_command_that_outlives_its_timeout_is_killed() {
    let mut stage = Stage::of(WEB);
    let sent =
        run(&mut stage, "%SystemRoot%\\System32\\ping.exe -n 600 127.0.0.1 >nul\r\n", 10).unwrap();
    stage.skip(5);
    assert_eq!(status(&mut stage, &sent), "RUNNING");
    stage.skip(6);
    assert_eq!(status(&mut stage, &sent), "TIMEOUT");
}

#[test]
fn power_that_goes_takes_the_command_with_it() {
    let mut stage = Stage::of(WEB);
    let sent = run(&mut stage, "%SystemRoot%\\System32\\ping.exe -n 600 127.0.0.1 >nul\r\n", 3600)
        .unwrap();
    stage.skip(5);
    stage.cvm("RebootInstances", json!({ "InstanceIds": ["ins-web00001"] })).unwrap();
    stage.skip(30);
    assert_eq!(status(&mut stage, &sent), "TASK_TIMEOUT");
}

#[test]
fn a_guest_that_restarts_itself_silences_its_agent_and_the_cloud_does_not_notice() {
    let mut stage = Stage::of(WEB);
    run(&mut stage, "%SystemRoot%\\System32\\shutdown.exe /r /t 5 /f\r\n", 60).unwrap();
    stage.skip(2);
    assert_eq!(agent(&mut stage), "Online");
    stage.skip(6);
    assert_eq!(
        (agent(&mut stage), stage.state("ins-web00001").0),
        ("Offline".into(), "RUNNING".into())
    );
    stage.skip(30);
    assert_eq!(agent(&mut stage), "Online");
}

#[test]
fn a_guest_that_switches_itself_off_is_seen_stopped() {
    let mut stage = Stage::of(WEB);
    run(&mut stage, "%SystemRoot%\\System32\\shutdown.exe /s /t 0\r\n", 60).unwrap();
    stage.skip(10);
    assert_eq!(stage.state("ins-web00001").0, "STOPPED");
}

#[test]
fn an_agent_that_a_fault_silences_comes_back_when_it_is_said_to() {
    let mut stage = Stage::of(&format!(
        "{WEB}[[fault.agent]]\nvm = \"web-01\"\nafter-commands = 2\nfor = \"60s\"\n"
    ));
    for _ in 0..2 {
        run(&mut stage, "ver\r\n", 60).unwrap();
        stage.skip(5);
    }
    assert_eq!(agent(&mut stage), "Offline");
    assert_eq!(
        run(&mut stage, "ver\r\n", 60).unwrap_err(),
        "ResourceUnavailable.AgentStatusNotOnline"
    );
    stage.skip(60);
    assert_eq!(agent(&mut stage), "Online");
}

#[test]
fn an_agent_answers_only_after_the_boot() {
    let mut stage = Stage::of("[vm.web-01]\nid = \"ins-web00001\"\nstate = \"stopped\"\n");
    assert_eq!(agent(&mut stage), "Offline");
    stage.cvm("StartInstances", json!({ "InstanceIds": ["ins-web00001"] })).unwrap();
    stage.skip(26);
    assert_eq!(
        (stage.state("ins-web00001").0, agent(&mut stage)),
        ("RUNNING".into(), "Offline".into())
    );
    stage.skip(20);
    assert_eq!(agent(&mut stage), "Online");
}

#[test]
fn what_a_command_changes_stays_changed_over_a_restart() {
    let mut stage = Stage::of(WEB);
    run(
        &mut stage,
        "%SystemRoot%\\System32\\reg.exe add HKLM\\SOFTWARE\\Mark /v Mark /t REG_DWORD /d 7 /f\r\n",
        60,
    )
    .unwrap();
    stage.skip(5);
    stage.cvm("RebootInstances", json!({ "InstanceIds": ["ins-web00001"] })).unwrap();
    stage.skip(60);
    let sent = run(
        &mut stage,
        "@%SystemRoot%\\System32\\reg.exe query HKLM\\SOFTWARE\\Mark /v Mark\r\n",
        60,
    )
    .unwrap();
    stage.skip(5);
    let output = task(&mut stage, &sent)["TaskResult"]["Output"].as_str().unwrap().to_owned();
    let output = String::from_utf8(STANDARD.decode(output).unwrap()).unwrap();
    assert!(output.contains("0x7"), "{output}");
}
