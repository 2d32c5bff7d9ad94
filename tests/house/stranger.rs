//! Whoever answers in a machine's place: the certificate outside is held against the one that the guest reports.

use serde_json::Value;

use crate::tool::Tool;

/// A machine that answers, but for these lines of the VM and of its guest.
fn behind(agent: &str, vm: &str, guest: &str) -> Tool {
    let tool = Tool::new();
    tool.write(
        "rdp.toml",
        "[provider.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\n[instance.web-01]\nprovider = \"gz\"\n\
         id = \"ins-0abc1234\"\nprofile = \"standard\"\nsnapshot = { first = false }\n",
    );
    tool.write(
        "world.toml",
        &format!(
            "[world]\nseed = 11\ntime-scale = \"instant\"\n[account.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\n\
             [vm.web-01]\naccount = \"gz\"\nid = \"ins-0abc1234\"\nsecurity-groups = ['sg-open0001']\nagent = '{agent}'\n\
             address = {{ type = 'eip', bandwidth = 5, charge-type = 'TRAFFIC_POSTPAID_BY_HOUR' }}\n{vm}\n\
             [vm.web-01.guest]\nos = \"2019\"\n{guest}\n\
             [security-group.sg-open0001]\naccount = \"gz\"\ningress = [\"ACCEPT all all 0.0.0.0/0\"]\n"
        ),
    );
    tool
}

const GATEWAY: &str = "gateway = 'rdgw.corp.example'";

#[test]
fn a_gateway_that_answers_in_a_machines_place_is_a_finding_of_its_own() {
    let tool = behind("online", GATEWAY, "");
    let plan = tool.sim(&["plan", "--detailed-exitcode"]);
    insta::assert_snapshot!(plan.out, @r"
    The instance differs from what is declared.

    web-01  differs, but answers  gz  ins-0abc1234  standard
      # certificate  another certificate answers than the guest holds → valid for 14 days
                     blocked by somebody who stands between, or a gateway that answers in its place
                     what you can do: find out what ends TLS on the way before anybody types a password there; where nothing does, restart TermService once, which may still show what it loaded before

    Plan       nothing can be done now
    Blocked    1 facet by what wins over us
    ");
    let said = tool.sim(&["doctor", "web-01", "--format", "json"]).exits(2).out;
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["first-cause"]["found"][0], "certificate-foreign", "{said:#}");
    let text = tool.sim(&["doctor", "web-01"]).exits(2).out;
    assert!(text.contains("somebody stands between, or a gateway answers"), "{text}");
}

#[test]
fn where_the_guest_says_nothing_no_certificate_is_held_against_another() {
    let tool = behind("offline", GATEWAY, "");
    let said = tool.sim(&["doctor", "web-01", "--format", "json"]).out;
    assert!(!said.contains("certificate-foreign"), "{said}");
}

#[test]
fn a_proof_before_which_somebody_else_answers_is_none() {
    // Until the run opens the door nobody could compare.
    let tool = behind("online", GATEWAY, "firewall = { remote-desktop = 'off' }");
    let applied = tool.sim(&["apply", "--auto-approve", "--allow", "reboot"]).exits(3);
    assert!(
        applied.out.contains("another certificate answers than the guest holds"),
        "{}\n{}",
        applied.out,
        applied.err
    );
}

#[test]
fn a_certificate_that_the_run_renewed_is_the_guests_own() {
    let tool = behind("online", "", "certificate = 'expired'");
    tool.sim(&["apply", "--auto-approve", "--allow", "reboot"]).exits(0);
}

/// What `show` says of certificates is what was seen: whose, until when, by which thumbprint, and whether both sides agree.
#[test]
fn show_names_subject_days_and_thumbprint_of_the_certificates_that_were_seen() {
    let row = |text: &str, name: &str| {
        let rows = text.lines().filter_map(|line| line.trim_start().strip_prefix(name));
        rows.map(|row| row.trim().to_owned()).collect::<Vec<_>>()
    };
    let tool = Tool::quickstart();
    tool.sim(&["apply", "--auto-approve", "--allow", "spend,reboot"]).exits(0);
    let shown = tool.run(&["show", "-q", "web-01"]).exits(0).out;
    let known = tool.run(&["show", "web-01", "--format", "json"]).exits(0).out;
    let known: serde_json::Value = serde_json::from_str(&known).unwrap();
    let certificate = &known["outside"]["answer"]["said"]["certificate"];
    let thumbprint = certificate["sha1"].as_str().unwrap().to_uppercase();
    assert_eq!(row(&shown, "thumbprint")[0].replace(' ', ""), thumbprint, "{shown}");
    let subject = row(&shown, "certificate of");
    assert!(subject[0].starts_with("CN=") && subject[0].ends_with(", issued by itself"), "{shown}");
    assert!(row(&shown, "valid ").iter().any(|valid| valid.ends_with(" days left")), "{shown}");
    assert!(shown.contains("certificate     the one that the guest holds"), "{shown}");
}

#[test]
fn show_says_whose_certificate_answers_and_whether_anybody_could_compare() {
    for (agent, vm, guest, said) in [
        ("online", GATEWAY, "", "another one than the guest holds"),
        ("offline", GATEWAY, "", "not compared: the guest did not say which one it holds"),
        ("online", "", "certificate = 'expired'", ", over since "),
    ] {
        let tool = behind(agent, vm, guest);
        tool.sim(&["plan"]);
        let shown = tool.run(&["show", "-q", "web-01"]).exits(0).out;
        assert!(shown.contains(said), "{said}: {shown}");
        assert!(shown.contains("thumbprint  "), "{said}: {shown}");
        assert_eq!(shown.contains("certificate of  CN="), agent == "online", "{said}: {shown}");
    }
}
