//! References that lead nowhere, and names that cannot be.

use crate::{said, said_of_instance};

#[test]
fn a_section_that_nobody_knows() {
    insta::assert_snapshot!(said("[instances.web-01]\nid = \"ins-00000001\"\n"), @"
    error: unknown key `instances` in a declaration
     --> fleet.toml:1:2
      |
    1 | [instances.web-01]
      |  ^^^^^^^^^
      |
      = help: did you mean `instance`?
    ");
}

#[test]
fn an_instance_without_a_name() {
    insta::assert_snapshot!(said("[instance]\nid = \"ins-00000001\"\n"), @"
    error: `instance` needs a name
     --> fleet.toml:1:2
      |
    1 | [instance]
      |  ^^^^^^^^
      |
      = help: write `[instance.NAME]`
    ");
}

#[test]
fn a_name_that_would_read_as_instance_and_facet() {
    insta::assert_snapshot!(said("[profile.\"web/power\"]\npower = \"running\"\n"), @r#"
    error: `web/power` cannot be the name of a profile
     --> fleet.toml:1:10
      |
    1 | [profile."web/power"]
      |          ^^^^^^^^^^^
      |
      = help: a name has letters, digits, `-`, `_` and `.`, at most 128 of them
    "#);
}

#[test]
fn a_profile_of_nearly_that_name() {
    insta::assert_snapshot!(said_of_instance("id = \"ins-00000001\"\nprofile = \"standart\"\n"), @r#"
    error: no profile is named `standart`
     --> fleet.toml:5:11
      |
    5 | profile = "standart"
      |           ^^^^^^^^^^
      |
      = help: did you mean `standard`?
    "#);
}

#[test]
fn a_built_in_profile_is_extended_not_redefined() {
    insta::assert_snapshot!(said("[profile.standard]\npower = \"running\"\n"), @r#"
    error: profile `standard` is built in
     --> fleet.toml:1:10
      |
    1 | [profile.standard]
      |          ^^^^^^^^
      |
      = help: choose another name, and write `extends = "standard"`
    "#);
}

#[test]
fn profiles_in_a_circle() {
    insta::assert_snapshot!(
        said("[profile.a]\nextends = \"b\"\n[profile.b]\nextends = \"c\"\n[profile.c]\nextends = \"a\"\n"),
        @r#"
    error: profiles extend each other in a circle: a -> b -> c -> a
     --> fleet.toml:6:11
      |
    6 | extends = "a"
      |           ^^^
      |
      = help: one of them must not extend another
    "#
    );
}

#[test]
fn an_id_of_another_thing() {
    insta::assert_snapshot!(said_of_instance("id = \"eip-0abc1234\"\nprofile = \"standard\"\n"), @r#"
    error: `eip-0abc1234` cannot be the id of a Tencent Cloud instance
     --> fleet.toml:4:6
      |
    4 | id = "eip-0abc1234"
      |      ^^^^^^^^^^^^^^
      |
      = help: that is the id of an elastic address
    "#);
}

#[test]
fn an_id_of_another_vendor() {
    insta::assert_snapshot!(
        said_of_instance(
            "id = \"/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v\"\nprofile = \"standard\"\n"
        ),
        @r#"
    error: `/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v` cannot be the id of a Tencent Cloud instance
     --> fleet.toml:4:6
      |
    4 | id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v"
      |      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: that is an Azure id, and this provider's kind is "tencent"
    "#
    );
}

#[test]
fn an_address_where_an_id_belongs() {
    insta::assert_snapshot!(said_of_instance("address = \"10.0.0.5\"\nprofile = \"standard\"\n"), @r#"
    error: an instance of a cloud is named by its `id`
     --> fleet.toml:4:11
      |
    4 | address = "10.0.0.5"
      |           ^^^^^^^^^^
      |
      = help: its address is asked of the cloud; `address` is for hosts of a provider of the kind "static"
    "#);
}

#[test]
fn one_vm_under_two_names() {
    insta::assert_snapshot!(
        said_of_instance(
            "id = \"ins-00000001\"\nprofile = \"standard\"\n[instance.web-02]\nprovider = \"gz\"\nid = \"ins-00000001\"\nprofile = \"standard\"\n"
        ),
        @r#"
    error: two instances have the id `ins-00000001`
     --> fleet.toml:8:6
      |
    4 | id = "ins-00000001"
      |      -------------- first here
    ...
    8 | id = "ins-00000001"
      |      ^^^^^^^^^^^^^^ again here
      |
      = help: one VM has one desired state: remove one of the two
    "#
    );
}

#[test]
fn a_fleet_of_everything_is_not_made_by_forgetting() {
    insta::assert_snapshot!(
        said("provider.gz = { kind = \"tencent\", region = \"ap-seoul\" }\nfleet.all = { provider = \"gz\", profile = \"standard\", select = {} }\n"),
        @r#"
    error: an empty `select` would take every instance of the account
     --> fleet.toml:2:63
      |
    2 | fleet.all = { provider = "gz", profile = "standard", select = {} }
      |                                                               ^^
      |
      = help: name tags or names; `names = ["*"]` if everything is meant
    "#
    );
}

#[test]
fn an_acceptance_of_what_does_not_exist() {
    insta::assert_snapshot!(
        said_of_instance(
            "id = \"ins-00000001\"\nprofile = \"standard\"\n[[accept]]\ninstance = \"web-1\"\nfacet = \"nle\"\nuntil = \"soon\"\n"
        ),
        @r#"
    error: `[[accept]]` has no `reason`
     --> fleet.toml:6:1
      |
    6 | [[accept]]
      | ^^^^^^^^^^
      |
      = help: add `reason = "why this is accepted"`

    error: no instance or fleet is named `web-1`
     --> fleet.toml:7:12
      |
    7 | instance = "web-1"
      |            ^^^^^^^
      |
      = help: did you mean `web-01`?

    error: no facet is named `nle`
     --> fleet.toml:8:9
      |
    8 | facet = "nle"
      |         ^^^^^
      |
      = help: did you mean `nla`?

    error: `until` is a day
     --> fleet.toml:9:9
      |
    9 | until = "soon"
      |         ^^^^^^
      |
      = help: for example `until = 2026-12-31`
    "#
    );
}
