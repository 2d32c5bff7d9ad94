//! The simulated cloud from the street: over HTTP, signed, with its faults.

#![expect(clippy::unwrap_used, reason = "a helper of a test may fail as loudly as the test")]

use std::path::PathBuf;

use hmac::{Hmac, KeyInit, Mac};
use rdpctl_sim::{Counters, RunningSim, Sim, SimOptions, World};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const ACCOUNT: &str = r#"
[account.main]
kind = "tencent"
region = "ap-seoul"
secret-id = "AKIDtest"
secret-key = "a key for tests"
[vm.web-01]
id = "ins-web00001"
state = "stopped"
"#;

fn world(rest: &str) -> World {
    let text = format!("{ACCOUNT}{rest}");
    World::parse(&PathBuf::from("test.toml"), &text).unwrap_or_else(|error| panic!("{error}"))
}

async fn start(rest: &str) -> RunningSim {
    Sim::start(world(rest), SimOptions::default()).await.unwrap()
}

/// How a test's request differs from a proper one.
#[derive(Clone, Copy)]
struct Caller<'a> {
    key: &'a str,
    /// Added to the real time.
    late: i64,
}

const PROPER: Caller<'_> = Caller { key: "a key for tests", late: 0 };

/// What came back.
#[derive(Debug, PartialEq)]
enum Reply {
    Answer(Value),
    Refused(String),
    Broken,
}

impl Reply {
    fn code(&self) -> &str {
        match self {
            Self::Answer(_) => "answered",
            Self::Refused(code) => code,
            Self::Broken => "broken",
        }
    }
}

impl Caller<'_> {
    async fn call(
        self,
        sim: &RunningSim,
        service: &str,
        action: &str,
        parameters: &Value,
    ) -> Reply {
        let host = sim.endpoints().tencent.strip_prefix("http://").unwrap();
        let body = parameters.to_string();
        let now = jiff::Timestamp::now().as_second() + self.late;
        let version = match service {
            "tat" => "2020-10-28",
            "sts" => "2018-08-13",
            _ => "2017-03-12",
        };
        let authorization = sign(self.key, service, host, &body, now);
        let request = format!(
            "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             X-TC-Action: {action}\r\nX-TC-Version: {version}\r\nX-TC-Region: ap-seoul\r\n\
             X-TC-Timestamp: {now}\r\nAuthorization: {authorization}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(host).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        if stream.read_to_string(&mut answer).await.is_err() || answer.is_empty() {
            return Reply::Broken;
        }
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
        assert!(head.lines().any(|line| line == "content-type: application/json"), "{head}");
        let answer: Value = serde_json::from_str(body).unwrap();
        let response = &answer["Response"];
        assert!(response["RequestId"].is_string(), "{body}");
        match response["Error"]["Code"].as_str() {
            Some(code) => Reply::Refused(code.to_owned()),
            None => Reply::Answer(response.clone()),
        }
    }
}

fn sign(key: &str, service: &str, host: &str, body: &str, now: i64) -> String {
    let date = jiff::Timestamp::from_second(now).unwrap().strftime("%Y-%m-%d").to_string();
    let digest = hex(&Sha256::digest(body));
    let canonical = format!(
        "POST\n/\n\ncontent-type:application/json\nhost:{host}\n\ncontent-type;host\n{digest}"
    );
    let scope = format!("{date}/{service}/tc3_request");
    let to_sign = format!("TC3-HMAC-SHA256\n{now}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
    let mut signing = format!("TC3{key}").into_bytes();
    for part in [date.as_str(), service, "tc3_request", to_sign.as_str()] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&signing).unwrap();
        mac.update(part.as_bytes());
        signing = mac.finalize().into_bytes().to_vec();
    }
    format!(
        "TC3-HMAC-SHA256 Credential=AKIDtest/{scope}, SignedHeaders=content-type;host, Signature={}",
        hex(&signing)
    )
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn web() -> Value {
    json!({ "InstanceIds": ["ins-web00001"] })
}

async fn state(sim: &RunningSim) -> String {
    let Reply::Answer(answer) = PROPER.call(sim, "cvm", "DescribeInstances", &web()).await else {
        panic!("no answer")
    };
    answer["InstanceSet"][0]["InstanceState"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn who_signs_wrongly_or_too_late_is_refused() {
    let sim = start("").await;
    let cases = [
        (PROPER, "answered"),
        (Caller { key: "another key", ..PROPER }, "AuthFailure.SignatureFailure"),
        (Caller { late: -400, ..PROPER }, "AuthFailure.SignatureExpire"),
        (Caller { late: 400, ..PROPER }, "AuthFailure.SignatureExpire"),
    ];
    for (caller, expected) in cases {
        assert_eq!(caller.call(&sim, "cvm", "DescribeInstances", &web()).await.code(), expected);
    }
    sim.stop().await.unwrap();
}

#[tokio::test]
async fn a_gateway_whose_clock_is_off_expects_its_own_time() {
    let sim = start("[fault]\nclock-skew = 1000\n").await;
    assert_eq!(
        PROPER.call(&sim, "cvm", "DescribeInstances", &web()).await.code(),
        "AuthFailure.SignatureExpire"
    );
    let shifted = Caller { late: 1000, ..PROPER };
    assert_eq!(shifted.call(&sim, "cvm", "DescribeInstances", &web()).await.code(), "answered");
    sim.stop().await.unwrap();
}

#[tokio::test]
async fn an_error_comes_before_or_after_the_effect_as_the_world_says() {
    for (after_effect, expected) in [(false, "STOPPED"), (true, "STARTING")] {
        let sim = start(&format!(
            "[[fault.error]]\naction = \"StartInstances\"\ncode = \"InternalError\"\ntimes = 1\nafter-effect = {after_effect}\n"
        ))
        .await;
        assert_eq!(
            PROPER.call(&sim, "cvm", "StartInstances", &web()).await.code(),
            "InternalError"
        );
        assert_eq!(state(&sim).await, expected);
        sim.stop().await.unwrap();
    }
}

#[tokio::test]
async fn a_connection_breaks_every_nth_time() {
    let sim = start("[[fault.reset]]\naction = \"DescribeInstances\"\nevery = 3\n").await;
    let mut seen = Vec::new();
    for _ in 0..6 {
        seen.push(PROPER.call(&sim, "cvm", "DescribeInstances", &web()).await.code().to_owned());
    }
    assert_eq!(seen, ["answered", "answered", "broken", "answered", "answered", "broken"]);
    sim.stop().await.unwrap();
}

#[tokio::test]
async fn what_the_policy_denies_is_unauthorized() {
    let account =
        ACCOUNT.replace("[vm.web-01]", "deny = [\"StartInstances\", \"tat:*\"]\n[vm.web-01]");
    let world = World::parse(&PathBuf::from("test.toml"), &account).unwrap();
    let sim = Sim::start(world, SimOptions::default()).await.unwrap();
    for (service, action, expected) in [
        ("cvm", "StartInstances", "UnauthorizedOperation"),
        ("tat", "DescribeAutomationAgentStatus", "UnauthorizedOperation"),
        ("cvm", "DescribeInstances", "answered"),
    ] {
        assert_eq!(PROPER.call(&sim, service, action, &web()).await.code(), expected, "{action}");
    }
    sim.stop().await.unwrap();
}

#[tokio::test]
async fn calls_are_counted_by_service_and_action_and_refusals_by_code() {
    let sim = start("").await;
    PROPER.call(&sim, "cvm", "DescribeInstances", &web()).await;
    PROPER.call(&sim, "cvm", "DescribeInstances", &json!({ "Limit": 0 })).await;
    PROPER.call(&sim, "sts", "GetCallerIdentity", &json!({})).await;
    let Counters { total, actions, errors, .. } = sim.counters();
    assert_eq!(total, 3);
    assert_eq!((actions["cvm"]["DescribeInstances"], actions["sts"]["GetCallerIdentity"]), (2, 1));
    assert_eq!(errors["InvalidParameterValue.LimitExceeded"], 1);
    sim.stop().await.unwrap();
}

#[tokio::test]
async fn what_was_done_is_there_again_after_a_kill() {
    let directory = std::env::temp_dir().join(format!("rdpctl-sim-{}", uuid::Uuid::new_v4()));
    let (running, killed) = (directory.join("running"), directory.join("killed"));
    let token = json!({ "ClientToken": "once" });
    let sim = Sim::start(
        world(""),
        SimOptions { persist: Some(running.clone()), port: None, ..SimOptions::default() },
    )
    .await
    .unwrap();
    PROPER.call(&sim, "cvm", "StartInstances", &web()).await;
    let Reply::Answer(bought) = PROPER.call(&sim, "vpc", "AllocateAddresses", &token).await else {
        panic!("not bought")
    };
    // What lies on the disk now is what a kill would leave behind.
    std::fs::create_dir_all(&killed).unwrap();
    for entry in std::fs::read_dir(&running).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, killed.join(path.file_name().unwrap())).unwrap();
    }
    sim.stop().await.unwrap();

    let sim = Sim::start(
        world(""),
        SimOptions { persist: Some(killed), port: None, ..SimOptions::default() },
    )
    .await
    .unwrap();
    assert_eq!(state(&sim).await, "STARTING");
    let Reply::Answer(again) = PROPER.call(&sim, "vpc", "AllocateAddresses", &token).await else {
        panic!("not answered")
    };
    assert_eq!(again["AddressSet"], bought["AddressSet"]);
    assert_ne!(again["RequestId"], bought["RequestId"]);
    sim.stop().await.unwrap();
    std::fs::remove_dir_all(&directory).unwrap();
}

#[tokio::test]
async fn a_body_beyond_ten_megabytes_is_not_read() {
    let sim = start("").await;
    let host = sim.endpoints().tencent.strip_prefix("http://").unwrap().to_owned();
    let mut stream = TcpStream::connect(&host).await.unwrap();
    let head = format!("POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 20000000\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let chunk = vec![b' '; 1 << 20];
    for _ in 0..11 {
        // The server may close before it was sent everything.
        if stream.write_all(&chunk).await.is_err() {
            break;
        }
    }
    let mut first = [0; 12];
    stream.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 413");
    drop(stream);
    sim.stop().await.unwrap();
}
