//! A company's proxy: what goes through it, what never does, and what can be seen from behind it.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use crate::tool::Tool;

/// A proxy that keeps the first line of each request, and refuses all.
struct Proxy {
    url: String,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hears = Arc::clone(&heard);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten().take(256) {
                let mut bytes = [0; 4096];
                let length = stream.read(&mut bytes).unwrap_or(0);
                let line =
                    String::from_utf8_lossy(&bytes[..length]).lines().next().map(str::to_owned);
                hears.lock().unwrap().extend(line);
                let _ = stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
            }
        });
        Self { url, heard }
    }

    fn heard(&self) -> Vec<String> {
        std::mem::take(&mut *self.heard.lock().unwrap())
    }
}

fn runner() -> Tool {
    Tool::new()
        .with("TENCENTCLOUD_SECRET_ID", "AKIDofTheRunner")
        .with("TENCENTCLOUD_SECRET_KEY", "canary")
}

/// One VM in an account, with these lines of the provider.
fn account(lines: &str) -> String {
    format!(
        "[provider.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\n{lines}\n\
         [instance.web-01]\nprovider = \"gz\"\nid = \"ins-0abc1234\"\nprofile = \"standard\"\n"
    )
}

#[test]
fn a_declared_proxy_is_used_once_somebody_granted_it_and_sees_no_more_than_a_name() {
    let proxy = Proxy::listen();
    let tool = runner();
    tool.write("rdp.toml", &account(&format!("proxy = \"{}\"", proxy.url)));
    let plan = tool.run(&["plan"]);
    assert!(
        format!("{}{}", plan.out, plan.err).contains("not granted"),
        "{}{}",
        plan.out,
        plan.err
    );
    assert_eq!(proxy.heard(), Vec::<String>::new());
    let tool = tool.trusting();
    tool.run(&["plan"]);
    let heard = proxy.heard();
    assert!(!heard.is_empty());
    for line in heard {
        assert!(line.starts_with("CONNECT ") && line.contains("tencentcloudapi.com:443"), "{line}");
    }
}

#[test]
fn a_declaration_may_go_past_the_environment_s_proxy_and_no_proxy_is_heeded() {
    let proxy = Proxy::listen();
    let tool = runner().with("HTTPS_PROXY", &proxy.url);
    tool.write(
        "rdp.toml",
        &account("proxy = \"none\"\nendpoint = \"https://cvm.tencentcloudapi.com:1\""),
    );
    tool.run(&["plan"]);
    assert_eq!(proxy.heard(), Vec::<String>::new());
    let tool = tool.with("NO_PROXY", ".tencentcloudapi.com");
    tool.write("rdp.toml", &account("endpoint = \"https://cvm.tencentcloudapi.com:1\""));
    tool.run(&["plan"]);
    assert_eq!(proxy.heard(), Vec::<String>::new());
}

#[test]
fn a_machine_s_own_identity_is_never_asked_for_through_a_proxy() {
    let proxy = Proxy::listen();
    let tool = Tool::new()
        .with("HTTP_PROXY", &proxy.url)
        .with("http_proxy", &proxy.url)
        .with("HTTPS_PROXY", &proxy.url)
        .with("ALL_PROXY", &proxy.url);
    tool.write(
        "rdp.toml",
        "[provider.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\ncredentials = \"role\"\n\
         [provider.az]\nkind = \"azure\"\nsubscription = \"00000000-0000-0000-0000-000000000001\"\ncredentials = \"managed-identity\"\n\
         [instance.a]\nprovider = \"gz\"\nid = \"ins-0abc1234\"\nprofile = \"standard\"\n\
         [instance.b]\nprovider = \"az\"\nprofile = \"standard\"\n\
         id = \"/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/b\"\n",
    );
    tool.run(&["plan"]);
    let heard = proxy.heard();
    let told = |line: &String| line.contains("169.254") || line.contains("metadata");
    assert!(!heard.iter().any(told), "{heard:?}");
}

#[test]
fn hosts_have_no_proxy() {
    let tool = runner();
    tool.write(
        "rdp.toml",
        "[provider.hq]\nkind = \"static\"\nproxy = \"http://proxy.corp:3128\"\n",
    );
    tool.run(&["validate"]).exits(1).complains("never through a proxy");
    tool.write("rdp.toml", "[provider.hq]\nkind = \"static\"\nproxy = \"none\"\n");
    tool.run(&["validate"]).exits(0);
    tool.write("rdp.toml", &account("proxy = \"http://me:pw-canary@proxy.corp:3128\""));
    let refused = tool.run(&["validate"]).exits(1);
    assert!(
        !refused.err.contains("pw-canary") && refused.err.contains("a user or a password"),
        "{}",
        refused.err
    );
}

#[test]
fn from_behind_a_proxy_a_fleet_is_not_down_but_unseen_for_one_reason() {
    let proxy = Proxy::listen();
    let tool = runner().with("HTTPS_PROXY", &proxy.url);
    // An API where nobody can be, as it is for whoever has no way out.
    let hosts: String = (1..=3)
        .map(|n| format!("[instance.till-{n}]\nprovider = \"shop\"\nid = \"203.0.113.{n}\"\nprofile = \"door\"\n"))
        .collect();
    tool.write(
        "rdp.toml",
        &format!(
            "[provider.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\nendpoint = \"https://192.0.2.1\"\n\
             [provider.shop]\nkind = \"static\"\n[profile.door]\nreachable = true\n{hosts}"
        ),
    );
    let plan = tool.trusting().run(&["plan"]).exits(1);
    insta::assert_snapshot!(plan.out, @r"
    Nothing could be looked at: 3 facets unknown on 3 instances.

    Unknown                                                                      3 instances in 1 group
    A      3  ? reachable     unknown: unreachable: there is no way out from here but a proxy, which carries no handshake: 192.0.2.1 was not reached without it; look from a machine that has one
                  till-1, till-2, till-3

    Plan       nothing can be done now
    Unknown    3 facets
    ");
}
