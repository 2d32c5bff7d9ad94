//! What a valid declaration means.

use std::time::Duration;

use rdpctl_model::account::{
    Account, Azure, AzureCloud, AzureCredentials, Calls, Rates, Route, TencentCredentials,
};
use rdpctl_model::declaration::{
    GuardAnswer, MaintenanceWindow, ProviderKind, Share, SnapshotFirst, SnapshotWish, WinrmAuth,
};
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::host::Host;
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
max-disrupted  = "10%"             # instances of a fleet rebooting or restarting RDP at once
windows        = ["Sat 02:00-05:00 Asia/Seoul"]

[instance.web-01]
provider = "gz"
id       = "ins-0abc1234"
profile  = "office"
guest    = { via = ["run-command", "winrm", "serial"], user = "Administrator", password = "env:WEB01_PASSWORD" }
snapshot = { first = false, keep = "2d" }   # a copy of the system disk before the first risky step

[fleet.kiosks]
provider = "gz"
select   = { tags = { role = "kiosk" } }
profile  = "hardened"

[[accept]]
instance = "web-01"
facet    = "bandwidth"
reason   = "moves next month"
until    = 2026-12-31
"#;

#[test]
fn the_handbooks_example_means_what_it_says() {
    let declaration = declared(OFFICE);
    let gz = &declaration.providers["gz"];
    assert_eq!(gz.kind(), ProviderKind::Tencent);
    let Account::Tencent(gz) = &gz.account else { panic!("{gz:?}") };
    assert_eq!(gz.region, "ap-guangzhou");
    assert_eq!(gz.credentials, TencentCredentials::Chain);
    assert_eq!(gz.calls, Calls { endpoint: None, route: Route::Usual, rates: Rates::Documented });

    let web = &declaration.instances["web-01"];
    assert_eq!(web.id.as_str(), "ins-0abc1234");
    assert_eq!(web.guest.via, [ChannelKind::RunCommand, ChannelKind::Winrm, ChannelKind::Serial]);
    assert_eq!(web.guest.password, Some(SecretRef::Env("WEB01_PASSWORD".to_owned())));

    let copied = |first, days: u64| SnapshotWish { first, keep: Duration::from_hours(days * 24) };
    assert_eq!(web.snapshot, copied(SnapshotFirst::No, 2));

    let kiosks = &declaration.fleets["kiosks"];
    assert_eq!(kiosks.snapshot, copied(SnapshotFirst::Yes, 7));
    assert_eq!(kiosks.select.tags["role"], "kiosk");
    assert_eq!(kiosks.guest.via, [ChannelKind::RunCommand]);

    let guards = &declaration.guards;
    assert_eq!(guards.answer(Guarded::Reboot), GuardAnswer::Allow);
    assert_eq!(guards.answer(Guarded::Spend), GuardAnswer::Ask);
    assert_eq!(guards.answer(Guarded::StopService), GuardAnswer::Deny);
    assert_eq!(guards.max_disrupted, Share::Percent(10.0));
    assert_eq!(
        guards.windows,
        [MaintenanceWindow { days: vec![5], start: 120, end: 300, zone: "Asia/Seoul".to_owned() }]
    );

    let accept = &declaration.accepts[0];
    assert_eq!(accept.facet, Some(FacetId::Bandwidth));
    assert_eq!(accept.until, Some(jiff::civil::date(2026, 12, 31)));
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
        let text = format!("[provider.p]\nkind = \"tencent\"\nregion = \"ap-seoul\"\n{line}");
        let declared = declared(&text);
        let Account::Tencent(tencent) = &declared.providers["p"].account else {
            panic!("{:?}", declared.providers);
        };
        tencent.clone()
    };
    let credentials = |text: &str| provider(&format!("credentials = {text}")).credentials;
    assert_eq!(credentials("\"profile:work\""), TencentCredentials::Profile("work".to_owned()));
    assert_eq!(credentials("\"role\""), TencentCredentials::Role);
    assert_eq!(
        credentials("\"role:qcs::cam::uin/1:roleName/ops\""),
        TencentCredentials::AssumeRole("qcs::cam::uin/1:roleName/ops".to_owned())
    );
    assert_eq!(
        credentials("{ id = \"env:A\", key = \"file:/run/secrets/key\" }"),
        TencentCredentials::Keys {
            id: SecretRef::Env("A".to_owned()),
            key: SecretRef::File("/run/secrets/key".into())
        }
    );
    assert_eq!(provider("rates = \"unlimited\"").calls.rates, Rates::Unlimited);
    assert_eq!(provider("rates = 2").calls.rates, Rates::Factor(2.0));
    assert_eq!(provider("rates = 0.5").calls.rates, Rates::Factor(0.5));
    assert_eq!(
        provider("endpoint = \"http://127.0.0.1:8080/\"").calls.endpoint.as_deref(),
        Some("http://127.0.0.1:8080")
    );
}

#[test]
fn a_subscription_of_azure_has_credentials_of_its_own() {
    const ID: &str = "0a1b2c3d-0000-4000-8000-0123456789ab";
    let provider = |lines: &str| -> Azure {
        let text = format!(
            "[provider.p]\nkind = \"azure\"\nsubscription = \"{}\"\n{lines}",
            ID.to_uppercase()
        );
        let declared = declared(&text);
        let Account::Azure(azure) = &declared.providers["p"].account else {
            panic!("{:?}", declared.providers);
        };
        azure.clone()
    };
    let plain = provider("");
    assert_eq!((plain.subscription.as_str(), plain.cloud), (ID, AzureCloud::Public));
    assert_eq!((plain.tenant, plain.credentials), (None, AzureCredentials::Chain));
    assert_eq!(provider("cloud = \"us-government\"").cloud, AzureCloud::UsGovernment);
    let credentials = |text: &str| {
        let tenant = "tenant = \"contoso.onmicrosoft.com\"";
        provider(&format!("{tenant}\ncredentials = {text}")).credentials
    };
    let client = ID.to_owned();
    assert_eq!(credentials("\"cli\""), AzureCredentials::Cli);
    assert_eq!(
        credentials("\"managed-identity\""),
        AzureCredentials::ManagedIdentity { client: None }
    );
    assert_eq!(
        credentials(&format!("\"managed-identity:{ID}\"")),
        AzureCredentials::ManagedIdentity { client: Some(client.clone()) }
    );
    assert_eq!(
        credentials(&format!("{{ client-id = \"{ID}\", client-secret = \"env:APP\" }}")),
        AzureCredentials::ClientSecret {
            client: client.clone(),
            secret: SecretRef::Env("APP".to_owned())
        }
    );
    assert_eq!(
        credentials(&format!("{{ client-id = \"{ID}\", client-certificate = \"/etc/app.pem\" }}")),
        AzureCredentials::ClientCertificate {
            client: client.clone(),
            certificate: SecretRef::File("/etc/app.pem".into())
        }
    );
    assert_eq!(
        credentials(&format!("{{ client-id = \"{ID}\", client-certificate = \"env:APP_PEM\" }}")),
        AzureCredentials::ClientCertificate {
            client: client.clone(),
            certificate: SecretRef::Env("APP_PEM".to_owned())
        }
    );
    assert_eq!(
        credentials(&format!("{{ client-id = \"{ID}\", token-file = \"/run/token\" }}")),
        AzureCredentials::WorkloadIdentity {
            client: Some(client),
            token_file: Some("/run/token".into())
        }
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
id       = "[2001:db8::1]"
profile  = "standard"
"#,
    );
    let old = &declaration.instances["old"];
    assert_eq!(old.id.as_str(), "10.0.0.5");
    assert_eq!(old.guest.via, [ChannelKind::Winrm]);
    assert_eq!(old.guest.winrm.auth, WinrmAuth::Basic);
    assert_eq!(old.guest.winrm.port, Some(15986));
    let dark = &declaration.instances[&InstanceName::new("dark")];
    assert!(dark.guest.via.is_empty());
    assert_eq!(dark.guest.host, Some(Host::of("2001:db8::1")));
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
