//! What a valid declaration means.

use rdpctl_model::declaration::{
    Credentials, GuardAnswer, MaintenanceWindow, ProviderKind, Rates, Share, WinrmAuth,
};
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::secret::SecretRef;
use rdpctl_model::step::Guarded;
use rdpctl_model::{FacetId, InstanceName};

use crate::declared;

pub(crate) const OFFICE: &str = r#"
[provider.gz]
kind        = "tencent"            # tencent | azure | static (hosts without a cloud API)
region      = "ap-guangzhou"
credentials = "env"                # env | profile:NAME | role ...; a secret itself never stands in a file

[profile.office]
extends        = "standard"
ingress        = { from = ["203.0.113.0/24"] }
bandwidth      = { at-least = "2Mbps", raise-to = "5Mbps" }
port           = 3389
service        = "auto"
tls            = ["1.0", "1.1", "1.2"]
nla            = true
certificate    = { min-days-left = 14 }

[guard]                            # allow | ask | deny
reboot         = "allow"
spend          = "ask"
stop-service   = "deny"
offline-repair = "ask"
firewall-off   = "deny"
snapshot-first = true              # before the first risky guest step
max-disrupted  = "10%"             # instances of a fleet rebooting or restarting RDP at once
windows        = ["Sat 02:00-05:00 Asia/Seoul"]

[instance.web-01]
provider = "gz"
id       = "ins-0abc1234"
profile  = "office"
guest    = { via = ["run-command", "winrm", "serial"], user = "Administrator", password = "env:WEB01_PASSWORD" }

[fleet.kiosks]
provider = "gz"
select   = { tags = { role = "kiosk" } }
profile  = "hardened"

[[accept]]
instance = "web-01"
facet    = "bandwidth"
reason   = "moves next month"
expires  = 2026-12-31
"#;

#[test]
fn the_handbooks_example_means_what_it_says() {
    let declaration = declared(OFFICE);
    let gz = &declaration.providers["gz"];
    assert_eq!(gz.kind, ProviderKind::Tencent);
    assert_eq!(gz.region, "ap-guangzhou");
    assert_eq!(gz.credentials, Credentials::Env);
    assert_eq!(gz.rates, Rates::Documented);

    let web = &declaration.instances["web-01"];
    assert_eq!(web.id.as_str(), "ins-0abc1234");
    assert_eq!(web.guest.via, [ChannelKind::RunCommand, ChannelKind::Winrm, ChannelKind::Serial]);
    assert_eq!(web.guest.password, Some(SecretRef::Env("WEB01_PASSWORD".to_owned())));

    let kiosks = &declaration.fleets["kiosks"];
    assert_eq!(kiosks.select.tags["role"], "kiosk");
    assert_eq!(kiosks.guest.via, [ChannelKind::RunCommand]);

    let guards = &declaration.guards;
    assert_eq!(guards.answer(Guarded::Reboot), GuardAnswer::Allow);
    assert_eq!(guards.answer(Guarded::Spend), GuardAnswer::Ask);
    assert_eq!(guards.answer(Guarded::StopService), GuardAnswer::Deny);
    assert!(guards.snapshot_first);
    assert_eq!(guards.max_disrupted, Share::Percent(10.0));
    assert_eq!(
        guards.windows,
        [MaintenanceWindow { days: vec![5], start: 120, end: 300, zone: "Asia/Seoul".to_owned() }]
    );

    let accept = &declaration.accepts[0];
    assert_eq!(accept.facet, Some(FacetId::Bandwidth));
    assert_eq!(accept.expires, Some(jiff::civil::date(2026, 12, 31)));
}

#[test]
fn hardened_without_a_source_range_is_used_with_a_warning() {
    insta::assert_snapshot!(declared(OFFICE).warnings, @r#"
    warning: profile `hardened` has no source range for RDP, so `ingress` is not managed
      --> fleet.toml:36:12
       |
    36 | profile  = "hardened"
       |            ^^^^^^^^^^
       |
       = help: `hardened` never opens the port to everybody: say who connects in a profile that extends it, `ingress = { from = ["203.0.113.0/24"] }`, or `ingress = "unmanaged"` to leave it at that
    "#);
}

#[test]
fn a_profile_takes_over_what_it_extends_and_releases_what_it_says() {
    let declaration = declared(
        r#"
[profile.base]
extends = "standard"
bandwidth = 10

[profile.leaf]
extends = "base"
ingress = "unmanaged"
"#
        .replace("bandwidth = 10", "bandwidth = { at-least = 10 }")
        .as_str(),
    );
    let leaf = &declaration.profiles["leaf"];
    assert_eq!(leaf.bandwidth.map(|bandwidth| bandwidth.at_least.0), Some(10));
    assert!(leaf.power.is_some());
    assert_eq!(leaf.ingress, None);
    assert!(declaration.profiles.contains_key("standard"));
    assert!(declaration.profiles.contains_key("hardened"));
}

#[test]
fn files_are_one_declaration_whatever_the_order() {
    let parts = [
        ("a.toml", "[instance.web]\nprovider = \"gz\"\nid = \"ins-00000001\"\nprofile = \"p\""),
        ("b.toml", "[profile.p]\npower = \"running\"\n[guard]\nreboot = \"allow\""),
        (
            "c.toml",
            "[provider.gz]\nkind = \"tencent\"\nregion = \"ap-seoul\"\n[guard]\nspend = \"allow\"",
        ),
    ];
    let read = |order: [usize; 3]| {
        let sources =
            order.map(|part| rdpctl_config::Source::new(parts[part].0, parts[part].1)).to_vec();
        rdpctl_config::parse(sources).expect("it is valid")
    };
    let forth = read([0, 1, 2]);
    assert_eq!(forth.digest(), read([2, 0, 1]).digest());
    assert_eq!(forth.guards.answer(Guarded::Reboot), GuardAnswer::Allow);
    assert_eq!(forth.guards.answer(Guarded::Spend), GuardAnswer::Allow);
    let origin = forth.origin("web").expect("it stands in a file");
    assert_eq!((origin.file.to_str(), origin.line), (Some("a.toml"), 1));
}

#[test]
fn the_digest_follows_the_meaning_and_not_the_writing() {
    let written = declared(OFFICE).digest();
    let rewritten = OFFICE
        .replace("        = ", "=")
        .replace("[guard]", "# what needs permission\n[guard]")
        .replace('\'', "\"");
    assert_eq!(declared(&rewritten).digest(), written);
    assert_ne!(declared(&OFFICE.replace("2Mbps", "3Mbps")).digest(), written);
    assert_ne!(declared(&OFFICE.replace("reboot         = \"allow\"", "")).digest(), written);
    assert_eq!(written.len(), 64);
}

#[test]
fn credentials_and_rates_have_several_forms() {
    let provider = |line: &str| {
        declared(&format!("[provider.p]\nkind = \"azure\"\n{line}")).providers["p"].clone()
    };
    let credentials = |text: &str| provider(&format!("credentials = {text}")).credentials;
    assert_eq!(credentials("\"profile:work\""), Credentials::Profile("work".to_owned()));
    assert_eq!(credentials("\"role\""), Credentials::Role);
    assert_eq!(
        credentials("\"role:qcs::cam::uin/1:roleName/ops\""),
        Credentials::AssumeRole("qcs::cam::uin/1:roleName/ops".to_owned())
    );
    assert_eq!(
        credentials("{ id = \"env:A\", key = \"file:/run/secrets/key\" }"),
        Credentials::Keys {
            id: SecretRef::Env("A".to_owned()),
            key: SecretRef::File("/run/secrets/key".into())
        }
    );
    assert_eq!(provider("rates = \"unlimited\"").rates, Rates::Unlimited);
    assert_eq!(provider("rates = 2").rates, Rates::Factor(2.0));
    assert_eq!(provider("rates = 0.5").rates, Rates::Factor(0.5));
    assert_eq!(
        provider("endpoint = \"http://127.0.0.1:8080/\"").endpoint.as_deref(),
        Some("http://127.0.0.1:8080")
    );
}

#[test]
fn hosts_without_a_cloud_are_reached_by_address_and_winrm() {
    let declaration = declared(
        r#"
provider.lab = { kind = "static" }
[instance.old]
provider = "lab"
address  = "10.0.0.5"
profile  = "standard"
guest    = { user = "Administrator", password = "cmd:pass show old", winrm = { tls = true, auth = "basic", port = 15986 } }
[instance.dark]
provider = "lab"
id       = "[2001:db8::1]:3390"
profile  = "standard"
"#,
    );
    let old = &declaration.instances["old"];
    assert_eq!(old.id.as_str(), "10.0.0.5");
    assert_eq!(old.guest.via, [ChannelKind::Winrm]);
    assert_eq!(old.guest.winrm.auth, WinrmAuth::Basic);
    assert_eq!(old.guest.winrm.port, Some(15986));
    assert!(declaration.instances[&InstanceName::new("dark")].guest.via.is_empty());
}

#[test]
fn a_fingerprint_is_taken_as_windows_and_openssl_print_it() {
    let pin = "AB:".repeat(31) + "AB";
    let declaration = declared(&format!(
        r#"
provider.lab = {{ kind = "static" }}
[instance.one]
provider = "lab"
address  = "one.example.com"
profile  = "standard"
guest    = {{ user = "a", password = "env:P", winrm = {{ tls = true, pin-sha256 = "{pin}" }} }}
"#
    ));
    let pin = declaration.instances["one"].guest.winrm.pin_sha256.clone();
    assert_eq!(pin, Some("ab".repeat(32)));
}

#[test]
fn the_state_may_be_named() {
    let state = |url: &str| declared(&format!("[state]\nurl = \"{url}\"")).state;
    assert_eq!(state("sqlite:/var/lib/rdpctl.db").as_deref(), Some("sqlite:/var/lib/rdpctl.db"));
    assert_eq!(state("postgres://db/rdpctl").as_deref(), Some("postgres://db/rdpctl"));
}
