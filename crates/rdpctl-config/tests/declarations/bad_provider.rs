//! Providers that cannot be used as they are written.

use crate::said;

#[test]
fn a_zone_is_not_a_region() {
    insta::assert_snapshot!(said("[provider.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou-3\"\n"), @r#"
    error: `ap-guangzhou-3` is an availability zone
     --> fleet.toml:3:10
      |
    3 | region = "ap-guangzhou-3"
      |          ^^^^^^^^^^^^^^^^
      |
      = help: its region is `ap-guangzhou`
    "#);
}

#[test]
fn credentials_in_the_clear() {
    insta::assert_snapshot!(
        said("[provider.gz]\nkind = \"tencent\"\nregion = \"ap-seoul\"\ncredentials = { id = \"env:ID\", key = \"Gu5t9xGARNpq86cd98joQYCN3EXAMPLE\" }\n"),
        @r#"
    error: `key` seems to hold the secret itself
     --> fleet.toml:4:38
      |
    4 | credentials = { id = "env:ID", key = "********************************" }
      |                                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write where it is found: `key = "env:NAME"`, "file:PATH" or "cmd:/PROGRAM ARGS"; and change the secret, now that it stood in a file
    "#
    );
}

#[test]
fn credentials_of_an_unknown_kind() {
    insta::assert_snapshot!(said("[provider.gz]\nkind = \"tencent\"\nregion = \"ap-seoul\"\ncredentials = \"profil:work\"\n"), @r#"
    error: these are no credentials that rdpctl knows
     --> fleet.toml:4:15
      |
    4 | credentials = "profil:work"
      |               ^^^^^^^^^^^^^
      |
      = help: write "env", "profile:NAME", "role", "role:ARN", or { id = "env:…", key = "env:…" }; did you mean `profile`?
    "#);
}

#[test]
fn an_endpoint_that_is_no_url() {
    insta::assert_snapshot!(
        said("[provider.a]\nkind = \"tencent\"\nregion = \"ap-seoul\"\nendpoint = \"127.0.0.1:8080\"\n[provider.b]\nkind = \"tencent\"\nregion = \"ap-seoul\"\nendpoint = \"http://user:pass@127.0.0.1\"\n"),
        @r#"
        error: `127.0.0.1:8080` is not an http or https URL
         --> fleet.toml:4:12
          |
        4 | endpoint = "127.0.0.1:8080"
          |            ^^^^^^^^^^^^^^^^
          |
          = help: for example `endpoint = "https://127.0.0.1:8443"`

        error: the URL of `endpoint` holds a user or a password
         --> fleet.toml:8:12
          |
        8 | endpoint = "**************************"
          |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: remove it from the URL; credentials have keys of their own
        "#
    );
}

#[test]
fn rates_below_nothing() {
    insta::assert_snapshot!(said("[provider.a]\nkind = \"tencent\"\nregion = \"ap-seoul\"\nrates = -1\n"), @"
    error: `rates` as a number multiplies the documented limits: above 0
     --> fleet.toml:4:9
      |
    4 | rates = -1
      |         ^^
      |
      = help: for example 2 for an account whose quota was doubled, 0.5 to leave room for others
    ");
}
