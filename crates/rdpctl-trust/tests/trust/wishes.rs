//! What is asked for, and what is free.

use rdpctl_model::declaration::Mode;

use crate::{asked, opened, sentences};

#[test]
fn the_default_chain_towards_the_vendors_own_endpoints_is_free() {
    let text = r#"
[provider.gz]
kind = "tencent"
region = "ap-guangzhou"

[instance.web-01]
provider = "gz"
id = "ins-0abc1234"
profile = "standard"

[fleet.kiosks]
provider = "gz"
select = { tags = { role = "kiosk" } }
profile = "standard"
"#;
    assert_eq!(sentences(text), "");
    assert_eq!(
        sentences(
            &text.replace("region", "endpoint = \"https://cvm.intl.tencentcloudapi.com\"\nregion")
        ),
        ""
    );
    for near in ["https://cvm.tencentcloudapi.com.evil.example", "https://eviltencentcloudapi.com"]
    {
        let foreign = text.replace("region", &format!("endpoint = \"{near}\"\nregion"));
        assert!(sentences(&foreign).contains("send requests for tencent"), "{near}");
    }
    assert_eq!(sentences(&text.replace("region", "credentials = \"role\"\nregion")), "");
}

#[test]
fn each_thing_beyond_it_is_one_sentence_with_its_place() {
    insta::assert_snapshot!(sentences(r#"
[provider.gz]
kind = "tencent"
region = "ap-guangzhou"
credentials = { id = "env:CI_ID", key = "cmd:/usr/bin/pass show ci" }

[provider.sh]
kind = "tencent"
region = "ap-shanghai"
credentials = "role:qcs::cam::uin/1:roleName/plan"
endpoint = "https://cvm.example.com/"

[provider.hq]
kind = "static"

[instance.web-01]
provider = "gz"
id = "ins-0abc1234"
profile = "standard"
guest = { via = ["run-command", "winrm"], user = "Administrator", password = "env:WEB01_PASSWORD", winrm = { tls = true, ca-file = "/etc/hq-ca.pem" } }

[fleet.kiosks]
provider = "sh"
select = { tags = { role = "kiosk" }, names = ["till-*"] }
profile = "standard"
guest = { via = ["winrm"], user = "Administrator", password = "file:/etc/kiosks" }

[instance.db-02]
provider = "hq"
id = "10.0.0.5"
profile = "standard"
guest = { via = ["winrm"], user = "ops", password = "env:DB02_PASSWORD" }

[state]
url = "postgres://db.example.com/rdpctl"
"#), @"
    web.toml:2: read CI_ID from the environment and offer it to the API of tencent
    web.toml:2: run `/usr/bin/pass show ci` and offer it to the API of tencent
    web.toml:7: send requests for tencent, signed with your identity, to https://cvm.example.com
    web.toml:7: act in tencent as the role qcs::cam::uin/1:roleName/plan
    web.toml:28: dial 10.0.0.5, a host that only the declaration names
    web.toml:28: read DB02_PASSWORD from the environment and offer it by WinRM to 10.0.0.5, sealed but without TLS
    web.toml:16: believe and show what is in /etc/hq-ca.pem
    web.toml:16: read WEB01_PASSWORD from the environment and offer it by WinRM to ins-0abc1234 in account 100012345678 of tencent over TLS
    web.toml:22: read /etc/kiosks and offer it by WinRM to every VM that carries role=kiosk and is called till-* in account 100012345678 of tencent at https://cvm.example.com, sealed but without TLS: whoever can bring that about there can receive it
    keep the state at postgres://db.example.com/rdpctl
    ");
}

#[test]
fn an_application_of_azure_is_asked_for_by_what_it_proves_itself_by() {
    const ID: &str = "0a1b2c3d-0000-4000-8000-0123456789ab";
    let asked = |credentials: &str| {
        sentences(&format!(
            "[provider.az]\nkind = \"azure\"\nsubscription = \"{ID}\"\ntenant = \"contoso.com\"\ncredentials = {credentials}\n"
        ))
    };
    for free in ["\"env\"", "\"cli\"", "\"managed-identity\""] {
        assert_eq!(asked(free), "", "{free}");
    }
    for (credentials, what) in [
        (format!("\"managed-identity:{ID}\""), ID),
        (format!("{{ client-id = \"{ID}\", client-secret = \"env:APP\" }}"), "APP"),
        (
            format!("{{ client-id = \"{ID}\", client-certificate = \"/etc/app.pem\" }}"),
            "/etc/app.pem",
        ),
        (format!("{{ client-id = \"{ID}\", token-file = \"/run/token\" }}"), "/run/token"),
    ] {
        assert!(asked(&credentials).contains(what), "{credentials}: {}", asked(&credentials));
    }
}

#[test]
fn that_a_loop_changes_things_by_itself_is_asked_for_by_its_work_tree() {
    let text = "[run]\nmode = \"enforce\"\n";
    let said = "let the loop change by itself, as far as the guards allow, what is declared in /work/tree\n";
    assert_eq!(sentences(text), said);
    assert_eq!(sentences("[run]\nmode = \"detect\"\n"), "");
    let opened = |grants: &str| crate::opened(text, grants).run;
    assert_eq!(opened("[[enforce]]\ntree = \"/work/tree\"\n").mode, Mode::Enforce);
    let shut = opened("[[enforce]]\ntree = \"/work/tree/beside\"\n");
    assert_eq!(shut.mode, Mode::Detect);
    assert!(
        shut.closed
            .is_some_and(|gap| rdpctl_words::english(&gap.said()).contains("change by itself"))
    );
}

const LOST: &str = r#"
[provider.corp]
kind = "azure"
subscription = "11111111-2222-3333-4444-555555555555"

[instance.web]
provider = "corp"
id = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/prod/providers/Microsoft.Compute/virtualMachines/web"
profile = "standard"
offline = { keep = "7d" }
"#;

#[test]
fn that_a_vms_disk_is_read_and_swapped_is_a_line_of_its_own_and_shut_without_it() {
    let said = sentences(LOST);
    assert!(said.contains("virtualMachines/web of azure, read its system disk, and put a repaired copy into its place"), "{said}");
    assert_eq!(sentences(&LOST.replace("offline", "# offline")), "");
    let offline = |text: &str, grants: &str| {
        let opened = opened(text, grants);
        opened.instances.values().next().unwrap().guest.offline
    };
    assert_eq!(offline(LOST, ""), None, "nobody granted it");
    let granted = rdpctl_trust::grant(&asked(LOST)[0].ask);
    assert!(granted.starts_with("[[vm-disk]]"), "{granted}");
    assert!(offline(LOST, &granted).is_some());
    // Of this VM, and of no other.
    assert_eq!(offline(&LOST.replace("/web\"", "/web-02\""), &granted), None);
}

#[test]
fn that_the_disks_of_a_fleet_are_swapped_is_granted_for_its_account_and_selector_and_nothing_wider()
{
    let fleet = LOST.replace("[instance.web]", "[fleet.desks]");
    let (before, id) = fleet.split_once("id = ").unwrap();
    let behind = id.split_once('\n').unwrap().1;
    let fleet = format!("{before}select = {{ tags = {{ role = \"desk\" }} }}\n{behind}");
    let said = sentences(&fleet);
    assert!(said.contains("stop every VM that carries role=desk in account"), "{said}");
    let offline = |text: &str, grants: &str| {
        opened(text, grants).fleets.values().next().unwrap().guest.offline
    };
    assert_eq!(offline(&fleet, ""), None, "nobody granted it");
    let granted = rdpctl_trust::grant(&asked(&fleet)[0].ask);
    assert!(granted.contains("[vm-disk.select.tags]"), "{granted}");
    assert!(offline(&fleet, &granted).is_some());
    assert_eq!(offline(&fleet.replace("\"desk\"", "\"server\""), &granted), None);
    // A grant for one VM is none for a fleet, and the other way round.
    assert_eq!(offline(&fleet, &rdpctl_trust::grant(&asked(LOST)[0].ask)), None);
    let one = |text: &str, grants: &str| {
        opened(text, grants).instances.values().next().unwrap().guest.offline
    };
    assert_eq!(one(LOST, &granted), None);
}
