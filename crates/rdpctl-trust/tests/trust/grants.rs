//! What a grant covers: exactly what it says.

use proptest::prelude::*;
use rdpctl_model::Gap;
use rdpctl_model::guest::ChannelKind;
use rdpctl_trust::Grants;

use crate::{asked, opened};

const HOSTS: &str = r#"
[provider.hq]
kind = "static"

[instance.db-02]
provider = "hq"
id = "10.0.0.5"
profile = "standard"
guest = { via = ["winrm"], user = "ops", password = "env:DB02_PASSWORD" }
"#;

const FLEET: &str = r#"
[provider.gz]
kind = "tencent"
region = "ap-guangzhou"

[fleet.kiosks]
provider = "gz"
select = { tags = { role = "kiosk" } }
profile = "standard"
guest = { via = ["run-command", "winrm"], user = "ops", password = "env:KIOSKS" }
"#;

/// Whether everything that a declaration asks for is covered.
fn covers(grants: &str, declaration: &str) -> bool {
    let grants = Grants::parse(grants).unwrap();
    asked(declaration).iter().all(|wish| wish.never.is_none() && grants.allows(&wish.ask))
}

#[test]
fn what_was_written_after_a_yes_covers_what_was_asked_and_is_read_back_as_it_was() {
    for declaration in [HOSTS, FLEET] {
        let mut grants = Grants::default();
        for wish in asked(declaration) {
            grants.add(&wish.ask);
        }
        let text = grants.render().unwrap();
        assert_eq!(Grants::parse(&text).unwrap(), grants);
        assert!(covers(&text, declaration), "{text}");
        for wish in asked(declaration) {
            assert_eq!(grants.revoke(&wish.ask), 1);
        }
        assert!(grants.is_empty());
    }
}

#[test]
fn a_network_covers_the_addresses_in_it_and_no_name_that_looks_like_one() {
    let grants = r#"
        [[host]]
        address = "10.0.0.0/28"
        [[secret]]
        from = "env:DB02_*"
        to = { host = "10.0.0.0/28", channel = "winrm", tls = "none" }
    "#;
    assert!(covers(grants, HOSTS));
    for other in ["10.0.0.16", "10.0.0.5.evil.com", "10.0.0.x.evil.com", "010.0.0.5.nip.io"] {
        assert!(!covers(grants, &HOSTS.replace("10.0.0.5", other)), "{other}");
    }
}

#[test]
fn labels_are_covered_whole_or_not_at_all() {
    let grants = r#"
        [[host]]
        address = "*.corp.example"
        [[secret]]
        from = "env:DB02_PASSWORD"
        to = { host = "*.corp.example", channel = "winrm", tls = "none" }
    "#;
    assert!(covers(grants, &HOSTS.replace("10.0.0.5", "db.corp.example")));
    assert!(covers(grants, &HOSTS.replace("10.0.0.5", "a.b.Corp.Example")));
    for other in ["evilcorp.example", "corp.example", "db.corp.example.evil.com", "10.0.0.5"] {
        assert!(!covers(grants, &HOSTS.replace("10.0.0.5", other)), "{other}");
    }
}

#[test]
fn a_grant_that_asks_for_tls_covers_no_log_on_without_it() {
    let grants = |tls: &str| {
        format!(
            "[[host]]\naddress = \"10.0.0.5\"\n[[secret]]\nfrom = \"env:DB02_PASSWORD\"\nto = {{ host = \"10.0.0.5\", channel = \"winrm\"{tls} }}\n"
        )
    };
    let secure =
        HOSTS.replace("\"env:DB02_PASSWORD\" }", "\"env:DB02_PASSWORD\", winrm = { tls = true } }");
    assert!(covers(&grants(""), &secure));
    assert!(covers(&grants(", tls = \"none\""), &secure));
    assert!(!covers(&grants(""), HOSTS));
    assert!(!covers(&grants(", tls = \"perhaps\""), HOSTS));
}

#[test]
fn a_grant_for_a_tag_covers_that_tag_in_that_account_and_region_alone() {
    let grant = r#"
        [[secret]]
        from = "env:KIOSKS"
        to = { provider = "tencent", account = "100012345678", region = "ap-guangzhou", select = { tags = { role = "kiosk" } }, channel = "winrm", tls = "none" }
    "#;
    assert!(covers(grant, FLEET));
    for (from, to) in [
        ("role = \"kiosk\"", "role = \"kiosk2\""),
        ("role = \"kiosk\" }", "role = \"kiosk\" }, names = [\"*\"]"),
        ("{ tags = { role = \"kiosk\" } }", "{ names = [\"*\"] }"),
        ("ap-guangzhou", "ap-shanghai"),
        ("env:KIOSKS", "env:KIOSKS2"),
        ("region", "endpoint = \"https://evil.example\"\nregion"),
    ] {
        assert!(!covers(grant, &FLEET.replace(from, to)), "{to}");
    }
    assert!(!covers(&grant.replace("100012345678", "666"), FLEET));
}

#[test]
fn patterns_that_nobody_can_see_through_are_refused_where_they_stand() {
    for (from, why) in [
        ("env:*", "at least three letters"),
        ("env:T*", "at least three letters"),
        ("env:TENCENTCLOUD_*", "variables of a provider"),
        ("env:TEN*", "variables of a provider"),
        ("env:AZURE_CLIENT*", "variables of a provider"),
        ("env:W*B", "at the end"),
        ("cmd:pass show", "paths whole"),
        ("file:secret", "paths whole"),
        ("sesame", "a secret is granted as"),
    ] {
        let text =
            format!("[[secret]]\nfrom = \"{from}\"\nto = {{ host = \"a\", channel = \"winrm\" }}");
        let error = Grants::parse(&text).unwrap_err().to_string();
        assert!(error.contains(why), "{from}: {error}");
    }
    for address in ["*", "*.com", "10.0.0.*", "a.*.b", "10.0.0.0/33"] {
        let text = format!("[[host]]\naddress = \"{address}\"");
        assert!(Grants::parse(&text).is_err(), "{address}");
    }
    let unknown = Grants::parse("[[hosts]]\naddress = \"a\"").unwrap_err().to_string();
    assert!(unknown.contains("unknown field `hosts`"), "{unknown}");
}

#[test]
fn what_is_not_granted_is_gone_and_its_reason_stands_in_its_place() {
    let shut = opened(FLEET, "");
    let guest = &shut.fleets.values().next().unwrap().guest;
    assert_eq!(guest.password, None, "no later code can use it");
    let gap = &guest.closed[&ChannelKind::Winrm];
    let Gap::NotGranted { what, grant } = gap else { panic!("{gap:?}") };
    let what = rdpctl_words::english(what);
    assert!(what.starts_with("read KIOSKS from the environment and offer it"), "{what}");
    assert!(covers(grant, FLEET), "the lines that are shown grant it:\n{grant}");
    assert!(!guest.closed.contains_key(&ChannelKind::RunCommand), "the agent needs no secret");

    let host = opened(HOSTS, "");
    let instance = host.instances.values().next().unwrap();
    assert!(instance.closed.is_some() && instance.guest.password.is_none());
    assert_eq!(host.digest(), opened(HOSTS, "[[host]]\naddress = \"10.0.0.5\"").digest());
}

proptest! {
    #[test]
    fn no_text_makes_a_grants_file_panic(text in "\\PC{0,200}") {
        let _ = Grants::parse(&text);
    }

    #[test]
    fn a_variable_of_a_provider_is_never_granted_by_its_beginning(
        prefix in "[A-Z_]{3,12}",
        name in prop::sample::select(vec![
            "TENCENTCLOUD_SECRET_KEY", "TENCENTCLOUD_TOKEN", "AZURE_CLIENT_SECRET",
            "AWS_SECRET_ACCESS_KEY", "TKE_WEB_IDENTITY_TOKEN_FILE", "RDPCTL_GRANTS",
        ]),
    ) {
        let grants = format!(
            "[[host]]\naddress = \"10.0.0.5\"\n[[secret]]\nfrom = \"env:{prefix}*\"\nto = {{ host = \"10.0.0.5\", channel = \"winrm\", tls = \"none\" }}\n"
        );
        if let Ok(grants) = Grants::parse(&grants) {
            let wishes = asked(&HOSTS.replace("DB02_PASSWORD", name));
            prop_assert!(!wishes.iter().all(|wish| grants.allows(&wish.ask)));
        }
    }
}
