//! Attacks that a security audit tried, each as it would be tried again: through the binary.

use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::tool::{Simulator, Tool};

/// Somebody who counts who comes, and does with each what it was told.
fn peer(answer: fn(&mut std::net::TcpStream)) -> (std::net::SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    let came = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&came);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten().take(64) {
            count.fetch_add(1, Ordering::SeqCst);
            std::thread::spawn(move || answer(&mut stream));
        }
    });
    (at, came)
}

fn silent(stream: &mut std::net::TcpStream) {
    let _ = stream.read(&mut [0; 4096]);
}

/// A host that only the declaration names.
fn host(id: &str, password: &str, winrm: &str) -> String {
    format!(
        "[provider.shop]\nkind = \"static\"\n\n[profile.host]\nservice = \"auto\"\n\n\
         [instance.till-01]\nprovider = \"shop\"\nid = \"{id}\"\nprofile = \"host\"\n\
         guest = {{ via = [\"winrm\"], user = \"Administrator\", password = \"{password}\", winrm = {{ {winrm} }} }}\n"
    )
}

#[test]
fn a_stranger_who_carries_a_fleets_tag_gets_two_log_ons_at_most_and_the_yes_says_who_may() {
    let mut world = "[world]\nseed = 3\ntime-scale = \"instant\"\n\n\
         [account.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\n\n\
         [security-group.sg-open0001]\ningress = [\"ACCEPT all all 0.0.0.0/0\"]\n\n"
        .to_owned();
    for (name, password) in [
        ("stranger-1", "his-own"),
        ("stranger-2", "his-own"),
        ("stranger-3", "his-own"),
        ("zz-ours", "Pa55-word!"),
    ] {
        let _ = writeln!(
            world,
            "[vm.{name}]\naddress = \"eip\"\nsecurity-groups = [\"sg-open0001\"]\ntags = {{ role = \"kiosk\" }}\n\n[vm.{name}.guest]\n\
             users = {{ Administrator = \"{password}\" }}\n\
             firewall.rules = [\"v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=5985|LPort=5986|Name=WinRM|\"]\n"
        );
    }
    let tool = Tool::new().with("KIOSK_PASSWORD", "Pa55-word!");
    tool.write("world.toml", &world);
    let simulator = Simulator::start(&tool);
    let (id, key) = simulator.keys("gz");
    tool.write(
        "rdp.toml",
        &format!(
            "[provider.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\nendpoint = \"{}\"\n\
             credentials = {{ id = \"env:GZ_ID\", key = \"env:GZ_KEY\" }}\n\n[profile.host]\nservice = \"auto\"\n\n\
             [fleet.kiosks]\nprovider = \"gz\"\nselect = {{ tags = {{ role = \"kiosk\" }} }}\nprofile = \"host\"\n\
             guest = {{ via = [\"winrm\"], user = \"Administrator\", password = \"env:KIOSK_PASSWORD\" }}\n",
            simulator.endpoint()
        ),
    );
    let tool = tool.with("GZ_ID", id).with("GZ_KEY", key);
    let shut = tool.run(&["plan"]);
    assert!(
        format!("{}{}", shut.out, shut.err).contains("not granted"),
        "{}{}",
        shut.out,
        shut.err
    );
    let tool = tool.trusting();
    let asked = tool.run(&["plan", "--log", "warn"]);
    // Whoever has his turn first decides whether the account is known to be good: until then two refusals end it for all.
    let refused = ["stranger-1", "stranger-2", "stranger-3"]
        .map(|name| simulator.winrm(name)["refused-log-ons"].as_u64().unwrap_or(0));
    let is_known_first = simulator.winrm("zz-ours")["log-ons"].as_u64() > Some(0);
    let most = if is_known_first { 6 } else { 2 };
    assert!(
        refused.iter().all(|one| *one <= 2) && (1..=most).contains(&refused.iter().sum::<u64>()),
        "{refused:?} log-ons were offered to strangers\n{}\n{}",
        asked.out,
        asked.err
    );
    // What stands in an account is asked once the account may be asked.
    let tool = tool.granting("");
    let first = tool.run(&["trust", "--print"]).out;
    let said = tool.granting(&first).run(&["trust", "--print"]);
    assert!(said.out.contains("[secret.to.select.tags]"), "{}", said.out);
}

#[test]
fn a_grant_of_an_account_is_none_for_a_provider_of_the_same_name_elsewhere() {
    let (at, came) = peer(silent);
    let tool = Tool::new()
        .with("TENCENTCLOUD_SECRET_ID", "AKIDofTheRunner")
        .with("TENCENTCLOUD_SECRET_KEY", "canary")
        .granting("[[secret]]\nfrom = \"env:WEB01\"\nto = { provider = \"tencent\", account = \"100012345678\", region = \"ap-guangzhou\", id = \"ins-0abc1234\", channel = \"winrm\" }\n");
    let provider = |line: &str| {
        format!("[provider.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\n{line}\n")
    };
    let vm = "[instance.web-01]\nprovider = \"gz\"\nid = \"ins-0abc1234\"\nprofile = \"standard\"\n\
              guest = { via = [\"winrm\"], user = \"x\", password = \"env:WEB01\" }\n";
    // In the same declaration it is an error that shows both.
    tool.write("a.toml", &provider(""));
    tool.write("b.toml", &format!("{}{vm}", provider(&format!("endpoint = \"http://{at}\""))));
    tool.run(&["plan"]).exits(1).complains("gz");
    // And in its place it is somebody else.
    std::fs::remove_file(tool.path("a.toml")).unwrap();
    let plan = tool.run(&["plan"]);
    assert!(
        format!("{}{}", plan.out, plan.err).contains("not granted"),
        "{}{}",
        plan.out,
        plan.err
    );
    assert_eq!(came.load(Ordering::SeqCst), 0);
}

#[test]
fn a_name_that_looks_like_an_address_of_a_granted_network_is_not_in_it() {
    for name in [
        "10.0.0.5.evil.example",
        "10.0.0.x.evil.example",
        "10-0-0-5.evil.example",
        "evil.corp.example.evil.example",
    ] {
        let tool = Tool::new()
            .with("P", "canary")
            .granting("[[host]]\naddress = \"10.0.0.0/8\"\n[[host]]\naddress = \"*.corp.example\"\n\
                       [[secret]]\nfrom = \"env:P\"\nto = { host = \"10.0.0.0/8\", channel = \"winrm\", tls = \"none\" }\n");
        tool.write("rdp.toml", &host(name, "env:P", ""));
        let plan = tool.run(&["plan"]);
        assert!(plan.out.contains("not granted"), "{name}: {}{}", plan.out, plan.err);
    }
}

#[test]
fn a_pipe_in_the_place_of_a_secret_makes_nobody_wait() {
    let tool = Tool::new();
    let pipe = tool.path("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let (at, _) = peer(silent);
    tool.write("rdp.toml", &host("127.0.0.1", "file:pipe", &format!("endpoint = \"http://{at}\"")));
    let tool = tool.trusting();
    let began = Instant::now();
    let plan = tool.run(&["plan"]);
    assert!(began.elapsed() < Duration::from_secs(40), "{:?}", began.elapsed());
    assert!(plan.out.contains("that is not a file"), "{}{}", plan.out, plan.err);
}

#[test]
fn a_flood_of_alerts_is_no_proof_of_tls() {
    let (at, _) = peer(|stream| {
        let _ = stream.read(&mut [0; 512]);
        // The server chooses TLS.
        let _ = stream
            .write_all(&[3, 0, 0, 19, 14, 0xd0, 0, 0, 0x12, 0x34, 0, 2, 0x1f, 8, 0, 1, 0, 0, 0]);
        let _ = stream.read(&mut [0; 4096]);
        // A warning that means nothing, without end.
        while stream.write_all(&[21, 3, 3, 0, 2, 1, 100].repeat(512)).is_ok() {}
    });
    let tool = Tool::new();
    let began = Instant::now();
    let ran = tool.run(&["probe", "--format", "json", &at.to_string()]);
    assert!(began.elapsed() < Duration::from_mins(1), "{:?}", began.elapsed());
    let said: Value = serde_json::from_str(ran.out.lines().next().unwrap()).unwrap();
    assert_ne!(said["verdict"], "ok", "{said:#}");
    assert_ne!(ran.code, Some(0), "{}", ran.out);
}

#[test]
fn a_link_to_a_secret_is_granted_by_what_it_leads_to_and_by_nothing_else() {
    let kept = tempfile::tempdir().unwrap();
    let secret = kept.path().join("secret");
    std::fs::write(&secret, "canary").unwrap();
    let (at, came) = peer(silent);
    let tool = Tool::new();
    std::os::unix::fs::symlink(&secret, tool.path("ours")).unwrap();
    tool.write("rdp.toml", &host("127.0.0.1", "file:ours", &format!("endpoint = \"http://{at}\"")));
    // Whoever granted the name in the work tree granted nothing.
    let named = tool.path("ours");
    let to = format!(
        "to = {{ host = \"127.0.0.1\", port = {}, channel = \"winrm\", tls = \"none\" }}",
        at.port()
    );
    let grants = format!(
        "[[host]]\naddress = \"127.0.0.1\"\n[[secret]]\nfrom = \"file:{}\"\n{to}\n",
        named.display()
    );
    let tool = tool.granting(&grants);
    let plan = tool.run(&["plan"]);
    assert!(plan.out.contains("not granted"), "{}{}", plan.out, plan.err);
    assert_eq!(came.load(Ordering::SeqCst), 0);
    let printed = tool.run(&["trust", "--print"]).out;
    assert!(printed.contains(&secret.canonicalize().unwrap().display().to_string()), "{printed}");
}

#[test]
fn a_grants_file_that_says_too_much_or_nothing_is_refused_with_its_form() {
    let tool = Tool::new();
    tool.write("rdp.toml", &host("127.0.0.1", "env:P", ""));
    for (grants, why) in [
        (
            "[[secret]]\nfrom = \"env:*\"\nto = { host = \"a\", channel = \"winrm\" }\n",
            "grants too much",
        ),
        (
            "[[secret]]\nfrom = \"env:TENCENT*\"\nto = { host = \"a\", channel = \"winrm\" }\n",
            "grants too much",
        ),
        ("[[host]]\naddress = \"*\"\n", "grants too much"),
        ("[[hosts]]\naddress = \"a\"\n", "unknown field"),
        ("not toml at all", "does not grant anything"),
    ] {
        let kept = tempfile::tempdir().unwrap();
        let file = kept.path().join("grants.toml");
        std::fs::write(&file, grants).unwrap();
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).unwrap();
        let refused = tool.run(&["plan", "--grants", file.to_str().unwrap()]).exits(1);
        assert!(refused.err.contains(why), "{grants}: {}", refused.err);
        assert!(refused.err.contains("schema --grants"), "{}", refused.err);
    }
}

#[test]
fn a_simulator_writes_the_grants_that_its_clients_need_and_they_keep_to_the_schema() {
    let tool = Tool::quickstart();
    let kept = tempfile::tempdir().unwrap();
    let file = kept.path().join("grants.toml");
    let mut simulator = tool
        .command(&["sim", "world.toml", "--format", "json", "--grants-out", file.to_str().unwrap()])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(
        &mut std::io::BufReader::new(simulator.stdout.take().unwrap()),
        &mut line,
    )
    .unwrap();
    let served: Value = serde_json::from_str(&line).unwrap();
    let keys = &served["credentials"]["gz"];
    let tool = tool
        .with("TENCENTCLOUD_SECRET_ID", keys["secret-id"].as_str().unwrap())
        .with("TENCENTCLOUD_SECRET_KEY", keys["secret-key"].as_str().unwrap());
    tool.write(
        "rdp.toml",
        &format!(
            "[provider.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\nendpoint = \"{}\"\n\n\
             [instance.web-01]\nprovider = \"gz\"\nid = \"ins-0abc1234\"\nprofile = \"standard\"\n",
            served["tencent"].as_str().unwrap()
        ),
    );
    let without = tool.run(&["plan"]);
    let with = tool.run(&["plan", "--grants", file.to_str().unwrap()]);
    let mode = std::fs::metadata(&file).unwrap().permissions().mode() & 0o777;
    let written: toml::Value = toml::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    simulator.kill().unwrap();
    simulator.wait().unwrap();
    assert!(format!("{}{}", without.out, without.err).contains("not granted"));
    assert!(!with.out.contains("not granted") && with.code == Some(0), "{}{}", with.out, with.err);
    assert_eq!(mode, 0o600);
    let schema: Value =
        serde_json::from_str(&tool.run(&["schema", "--grants"]).exits(0).out).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    assert!(schema.is_valid(&serde_json::to_value(&written).unwrap()));
    assert!(!schema.is_valid(&serde_json::json!({ "hosts": [] })));
}

/// A link in a repository would have shown its author's reader whatever it leads to, in the line that is not TOML.
#[test]
fn what_a_link_in_the_repository_leads_to_is_neither_shown_nor_rewritten() {
    let kept = tempfile::tempdir().unwrap();
    let secret = kept.path().join("credentials.toml");
    for content in
        ["token   canary-4711", "token   =   \"canary-4711\"\n", "{\"token\": \"canary-4711\"}"]
    {
        std::fs::write(&secret, content).unwrap();
        let tool = Tool::quickstart();
        let link = |name: &str, to: &std::path::Path| {
            std::os::unix::fs::symlink(to, tool.path(name)).unwrap();
        };
        link("a.toml", &secret);
        link("infra", kept.path());
        link("plan.json", &secret);
        link("elsewhere.toml", &secret);
        for command in [
            ["validate"].as_slice(),
            &["validate", "a.toml"],
            &["validate", "infra"],
            &["validate", "infra/credentials.toml"],
            &["plan"],
            &["plan", "--untrusted"],
            &["fmt"],
            &["fmt", "a.toml"],
            &["fmt", "infra"],
            &["show", "plan.json"],
            &["apply", "--auto-approve", "plan.json", "rdp.toml"],
            &["plan", "--sim", "elsewhere.toml", "rdp.toml"],
            &["sim", "elsewhere.toml"],
            &["drift", "--since", "plan.json", "rdp.toml"],
        ] {
            let ran = tool.run(command);
            assert_ne!(ran.code, Some(0), "{command:?}: {}{}", ran.out, ran.err);
            let said = format!("{}{}", ran.out, ran.err);
            assert!(!said.contains("canary"), "{command:?}: {said}");
        }
        assert_eq!(std::fs::read_to_string(&secret).unwrap(), content, "it was rewritten");
    }
}

/// As a volume that is mounted has them.
#[test]
fn a_link_within_its_own_folder_is_read() {
    let tool = Tool::quickstart();
    std::fs::create_dir(tool.path("..2026")).unwrap();
    std::fs::rename(tool.path("rdp.toml"), tool.path("..2026/rdp.toml")).unwrap();
    std::os::unix::fs::symlink("..2026", tool.path("..data")).unwrap();
    std::os::unix::fs::symlink("..data/rdp.toml", tool.path("rdp.toml")).unwrap();
    tool.run(&["validate"]).exits(0);
    tool.run(&["validate", "rdp.toml"]).exits(0);
}

/// Whoever tries somebody's world has neither his files read into it nor a disk written over them.
#[test]
fn a_world_touches_nothing_but_what_lies_beside_it() {
    let kept = tempfile::tempdir().unwrap();
    let precious = kept.path().join("precious");
    std::fs::write(&precious, "canary-4711").unwrap();
    let tool = Tool::quickstart();
    let world = tool.read("world.toml");
    std::os::unix::fs::symlink(&precious, tool.path("disk.raw")).unwrap();
    std::os::unix::fs::symlink(kept.path().join("made"), tool.path("made.raw")).unwrap();
    for lines in [
        format!("disk-file = \"{}\"", precious.display()),
        "disk-file = \"disk.raw\"".to_owned(),
        "disk-file = \"made.raw\"".to_owned(),
        format!(
            "disk-file = \"../{}/precious\"",
            kept.path().file_name().unwrap().to_str().unwrap()
        ),
        format!("guest = {{ reg-files = [\"{}\"] }}", precious.display()),
        "guest = { reg-files = [\"disk.raw\"] }".to_owned(),
    ] {
        tool.write(
            "world.toml",
            &format!("{world}\n[vm.evil]\naccount = \"gz\"\nid = \"ins-0evil001\"\nstate = \"stopped\"\n{lines}\n"),
        );
        let ran = tool.sim(&["plan"]).exits(1);
        assert!(ran.err.contains("beside the world") || ran.err.contains("link"), "{}", ran.err);
        assert!(!ran.err.contains("canary"), "{}", ran.err);
        assert_eq!(std::fs::read_to_string(&precious).unwrap(), "canary-4711");
        assert!(!kept.path().join("made").exists());
    }
}
