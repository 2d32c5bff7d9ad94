//! Ways into a guest that lead nowhere.

use crate::{said, said_of_instance};

fn said_of_guest(guest: &str) -> String {
    said_of_instance(&format!("id = \"ins-00000001\"\nprofile = \"standard\"\nguest = {guest}\n"))
}

#[test]
fn a_password_in_the_clear_is_not_shown() {
    let said =
        said_of_guest("{ via = [\"winrm\"], user = \"Administrator\", password = \"hunter2\" }");
    assert!(!said.contains("hunter2"));
    insta::assert_snapshot!(said, @r#"
    error: `password` seems to hold the secret itself
     --> fleet.toml:6:63
      |
    6 | guest = { via = ["winrm"], user = "Administrator", password = "*******" }
      |                                                               ^^^^^^^^^
      |
      = help: write where it is found: `password = "env:NAME"`, "file:PATH" or "cmd:/PROGRAM ARGS"; and change the secret, now that it stood in a file
    "#);
}

#[test]
fn a_password_without_a_user() {
    insta::assert_snapshot!(said_of_guest("{ via = [\"run-command\"], password = \"env:P\" }"), @r#"
    error: there is a password, but no user
     --> fleet.toml:6:45
      |
    6 | guest = { via = ["run-command"], password = "env:P" }
      |                                             ^^^^^^^
      |
      = help: add `user = "Administrator"`, or whichever account the password is of
    "#);
}

#[test]
fn a_channel_that_logs_on_without_an_account() {
    insta::assert_snapshot!(said_of_guest("{ via = [\"run-command\", \"winrm\"] }"), @r#"
    error: `winrm` logs on to the guest, and there is no user
     --> fleet.toml:6:17
      |
    6 | guest = { via = ["run-command", "winrm"] }
      |                 ^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: add `user = "Administrator", password = "env:NAME"`
    "#);
}

#[test]
fn a_channel_that_nobody_knows() {
    insta::assert_snapshot!(said_of_guest("{ via = [\"win-rm\", \"ssh\"] }"), @r#"
    error: `via` does not know `win-rm`
     --> fleet.toml:6:18
      |
    6 | guest = { via = ["win-rm", "ssh"] }
      |                  ^^^^^^^^
      |
      = help: did you mean `winrm`?

    error: `via` does not know `ssh`
     --> fleet.toml:6:28
      |
    6 | guest = { via = ["win-rm", "ssh"] }
      |                            ^^^^^
      |
      = help: known here: `run-command`, `winrm`, `serial`, `offline`
    "#);
}

#[test]
fn a_disk_is_no_way_into_a_running_windows() {
    insta::assert_snapshot!(said_of_guest("{ via = [\"run-command\", \"offline\"] }"), @r#"
    error: `via` lists ways into a running Windows, and `offline` is none
     --> fleet.toml:6:33
      |
    6 | guest = { via = ["run-command", "offline"] }
      |                                 ^^^^^^^^^
      |
      = help: leave it out: a disk is repaired where nothing in `via` answered, after a yes to the guard `offline-repair`
    "#);
}

#[test]
fn a_secret_reference_that_is_cut_short() {
    insta::assert_snapshot!(said_of_guest("{ user = \"a\", password = \"env:\" }"), @r#"
    error: `env:` needs a variable's name
     --> fleet.toml:6:34
      |
    6 | guest = { user = "a", password = "env:" }
      |                                  ^^^^^^
      |
      = help: write where it is found: `password = "env:NAME"`, "file:PATH" or "cmd:/PROGRAM ARGS"
    "#);
}

#[test]
fn basic_without_tls() {
    insta::assert_snapshot!(
        said_of_guest("{ via = [\"winrm\"], user = \"a\", password = \"env:P\", winrm = { auth = \"basic\" } }"),
        @r#"
    error: this way to log on needs TLS: without it the secret would cross the network in the clear
     --> fleet.toml:6:77
      |
    6 | guest = { via = ["winrm"], user = "a", password = "env:P", winrm = { auth = "basic" } }
      |                                                                             ^^^^^^^
      |
      = help: add `tls = true`
    "#
    );
}

#[test]
fn a_thumbprint_is_not_a_fingerprint() {
    let thumbprint = "A9".repeat(20);
    insta::assert_snapshot!(
        said_of_guest(&format!(
            "{{ via = [\"winrm\"], user = \"a\", password = \"env:P\", winrm = {{ pin-sha256 = \"{thumbprint}\" }} }}"
        )),
        @r#"
    error: this is not a SHA-256 fingerprint
     --> fleet.toml:6:83
      |
    6 | guest = { via = ["winrm"], user = "a", password = "env:P", winrm = { pin-sha256 = "A9A9A9A9A9A9A9A9A9A9A9A9A9A9A9A9A9A9A9A9" } }
      |                                                                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: that is as long as a SHA-1 thumbprint, which Windows shows by default; the SHA-256 has 64 digits
    "#
    );
}

#[test]
fn a_host_without_a_cloud_has_no_agent() {
    insta::assert_snapshot!(
        said("provider.lab = { kind = \"static\" }\n[instance.a]\nprovider = \"lab\"\naddress = \"10.0.0.5\"\nprofile = \"standard\"\nguest = { via = [\"run-command\"] }\n"),
        @r#"
    error: `run-command` goes through a cloud, and this provider has none
     --> fleet.toml:6:18
      |
    6 | guest = { via = ["run-command"] }
      |                  ^^^^^^^^^^^^^
      |
      = help: hosts without a cloud API are reached through `winrm` or `serial`
    "#
    );
}

#[test]
fn a_guest_that_is_no_table() {
    insta::assert_snapshot!(said_of_guest("\"winrm\""), @r#"
    error: `guest` of instance `web-01` takes a table, not a string
     --> fleet.toml:6:9
      |
    6 | guest = "winrm"
      |         ^^^^^^^
    "#);
}

#[test]
fn a_reference_that_would_break_the_line_in_which_it_is_told_is_refused() {
    for reference in ["env:A\\nweb-01 is well", "file:/run/x\\u001b[2J", "cmd:/bin/get\\tme"] {
        let hook = said(&format!("[[run.webhook]]\nurl = \"{reference}\"\n"));
        assert!(hook.contains("a reference to a secret holds control characters"), "{hook}");
        let signed = said(&format!(
            "[[run.webhook]]\nurl = \"https://hooks.example.com\"\nsecret = \"{reference}\"\n"
        ));
        assert!(signed.contains("a reference to a secret holds control characters"), "{signed}");
    }
}

/// Who misspelt a key is told so, and not that it is missing as well.
#[test]
fn a_misspelt_key_is_told_once() {
    let host = |instance: &str| {
        said(&format!(
            "[provider.shop]\nkind = \"static\"\n[instance.db]\nprovider = \"shop\"\nprofile = \"standard\"\n{instance}\n"
        ))
    };
    for told in [
        host(
            "address = \"10.0.0.5\"\nguest = { via = [\"serial\"], user = \"a\", password = \"env:P\", seriall = { unix = \"/run/db.sock\" } }",
        ),
        host(
            "address = \"10.0.0.5\"\nguest = { via = [\"serial\"], user = \"a\", password = \"env:P\", serial = { unixx = \"/run/db.sock\" } }",
        ),
        host(
            "address = \"10.0.0.5\"\nguest = { via = [\"winrm\"], user = \"a\", pasword = \"env:P\" }",
        ),
        host(
            "address = \"10.0.0.5\"\nguest = { via = [\"winrm\"], usre = \"a\", password = \"env:P\" }",
        ),
        host("addres = \"10.0.0.5\""),
        said_of_guest(
            "{ via = [\"winrm\"], user = \"a\", password = \"env:P\", winrm = { auth = \"certificate\", tls = true, client-certificat = \"c.pem\", client-key = \"k.pem\" } }",
        ),
    ] {
        assert_eq!(told.matches("error: ").count(), 1, "{told}");
        assert!(told.contains("unknown key") && told.contains("did you mean"), "{told}");
    }
}
