//! Who asks Azure: an application that proves itself by a certificate, declared as a file or by a reference.

use crate::tool::{Ran, Simulator, Tool, root};

const SUBSCRIPTION: &str = "11111111-2222-3333-4444-555555555555";

fn keys(name: &str) -> String {
    std::fs::read_to_string(root().join("tests/house/keys").join(name)).unwrap()
}

/// What `plan` says where `client-certificate` is that, in a world that knows the application's certificate.
fn planned(certificate: &str) -> (Simulator, Ran) {
    let tool = Tool::new();
    let pem = keys("application.pem");
    let known = pem.split_inclusive("-----END CERTIFICATE-----").next().unwrap();
    tool.write(
        "world.toml",
        &format!(
            "[world]\nseed = 5\ntime-scale = \"instant\"\n\n\
             [account.corp]\nkind = \"azure\"\nregion = \"koreacentral\"\nsubscription = \"{SUBSCRIPTION}\"\n\
             certificates = ['''\n{known}\n''']\n\n\
             [nsg.web]\naccount = \"corp\"\ngroup = \"prod\"\nrules = [\"300 allow tcp 3389 198.51.100.0/24 office\"]\n\n\
             [vm.web]\naccount = \"corp\"\ngroup = \"prod\"\naddress = \"eip\"\nsecurity-groups = [\"web\"]\n"
        ),
    );
    for name in ["application.pem", "expired.pem", "mismatched.pem"] {
        tool.write(name, &keys(name));
    }
    let simulator = Simulator::start(&tool);
    let account = &simulator.endpoints["credentials"]["corp"];
    let text = |name: &str| account[name].as_str().unwrap();
    let (tenant, client) = (text("tenant"), text("secret-id"));
    let endpoint = simulator.endpoints["azure"].as_str().unwrap();
    tool.write(
        "rdp.toml",
        &format!(
            "[provider.corp]\nkind = \"azure\"\nsubscription = \"{SUBSCRIPTION}\"\ntenant = \"{tenant}\"\nendpoint = \"{endpoint}\"\n\
             credentials = {{ client-id = \"{client}\", client-certificate = \"{certificate}\" }}\n\n\
             [instance.web]\nprovider = \"corp\"\nprofile = \"standard\"\n\
             id = \"/subscriptions/{SUBSCRIPTION}/resourceGroups/prod/providers/Microsoft.Compute/virtualMachines/web\"\n"
        ),
    );
    let ran = tool.with("APP_PEM", &pem).trusting().run(&["plan"]);
    (simulator, ran)
}

#[test]
fn a_certificate_is_a_file_or_what_a_reference_leads_to() {
    for place in
        ["application.pem", "file:application.pem", "env:APP_PEM", "cmd:/bin/cat application.pem"]
    {
        let (simulator, ran) = planned(place);
        assert_eq!(ran.code, Some(0), "{place}: {}\n{}", ran.out, ran.err);
        assert!(simulator.counters()["actions"]["azure"]["token"].as_u64() > Some(0), "{place}");
    }
}

#[test]
fn a_certificate_that_proves_nobody_is_told_with_its_reason_and_nothing_is_sent() {
    for (place, why) in [
        ("expired.pem", "the certificate ended on 2021-01-01 00:00 UTC"),
        ("mismatched.pem", "its private key is not that of any certificate in it"),
    ] {
        let (simulator, ran) = planned(place);
        assert_ne!(ran.code, Some(0), "{place}: {}", ran.out);
        let all = format!("{}{}", ran.out, ran.err);
        let all = all.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(all.contains(why), "{place}: {all}");
        assert!(all.contains("give a file with the application's certificate"), "{place}: {all}");
        assert_eq!(simulator.counters()["actions"]["azure"]["token"].as_u64(), None, "{place}");
    }
}
