//! Values that a provider, a facet or a guard does not take.

use crate::said;

#[test]
fn a_facet_that_nobody_knows() {
    insta::assert_snapshot!(said("[profile.p]\nbandwith = { at-least = \"1Mbps\" }\n"), @r#"
    error: unknown key `bandwith` in profile `p`
     --> fleet.toml:2:1
      |
    2 | bandwith = { at-least = "1Mbps" }
      | ^^^^^^^^
      |
      = help: did you mean `bandwidth`?
    "#);
}

#[test]
fn a_rate_in_the_wrong_unit() {
    insta::assert_snapshot!(said("[profile.p]\nbandwidth = { at-least = \"5kbps\", raise-to = \"5Mbps\" }\n"), @r#"
    error: `bandwidth`: `kbps` is not a unit of bandwidth here; write Mbps or Gbps
     --> fleet.toml:2:26
      |
    2 | bandwidth = { at-least = "5kbps", raise-to = "5Mbps" }
      |                          ^^^^^^^
      |
      = help: for example `bandwidth = { at-least = "1Mbps", raise-to = "5Mbps" }`
    "#);
}

#[test]
fn a_key_that_the_facet_does_not_know() {
    insta::assert_snapshot!(said("[profile.p]\nbandwidth = { atleast = \"5Mbps\" }\n"), @r#"
    error: unknown key `atleast` in `bandwidth`
     --> fleet.toml:2:15
      |
    2 | bandwidth = { atleast = "5Mbps" }
      |               ^^^^^^^
      |
      = help: did you mean `at-least`?
    "#);
}

#[test]
fn a_value_that_the_facet_does_not_know() {
    insta::assert_snapshot!(said("[profile.p]\npublic-ip = \"epi\"\npower = \"on\"\n"), @r#"
    error: `public-ip` does not know `epi`
     --> fleet.toml:2:13
      |
    2 | public-ip = "epi"
      |             ^^^^^
      |
      = help: did you mean `eip`?

    error: `power` does not know `on`
     --> fleet.toml:3:9
      |
    3 | power = "on"
      |         ^^^^
      |
      = help: known here: `running`
    "#);
}

#[test]
fn one_network_of_several_that_is_none() {
    insta::assert_snapshot!(
        said("[profile.p]\ningress = { from = [\n  \"10.0.0.0/8\",\n  \"203.0.113.7\",\n] }\n"),
        @r#"
    error: `ingress`: 203.0.113.7 is an address, not a network
     --> fleet.toml:4:3
      |
    4 |   "203.0.113.7",
      |   ^^^^^^^^^^^^^
      |
      = help: a single address is written `203.0.113.7/32`
    "#
    );
}

#[test]
fn wishes_that_say_nothing_or_contradict_themselves() {
    insta::assert_snapshot!(
        said(
            "[profile.p]\ningress = { from = [] }\ntls = []\nbandwidth = { at-least = \"10Mbps\", raise-to = \"5Mbps\" }\n[profile.q]\ningress = { from = [\"10.1.2.3/8\", \"203.0.113.0/33\"] }\n"
        ),
        @r#"
        error: `ingress`: `from` names nobody; leave `ingress` out where it is none of rdpctl's business
         --> fleet.toml:2:20
          |
        2 | ingress = { from = [] }
          |                    ^^
          |
          = help: for example `ingress = { from = ["203.0.113.0/24"] }`

        error: `tls`: no version is named, so that nothing is declared
         --> fleet.toml:3:7
          |
        3 | tls = []
          |       ^^
          |
          = help: for example `tls = ["1.2"]`

        error: `bandwidth`: `raise-to` is 5 Mbps, which is less than `at-least`, 10 Mbps
         --> fleet.toml:4:36
          |
        4 | bandwidth = { at-least = "10Mbps", raise-to = "5Mbps" }
          |                                    ^^^^^^^^
          |
          = help: for example `bandwidth = { at-least = "1Mbps", raise-to = "5Mbps" }`

        error: `ingress`: 10.1.2.3/8 is an address within 10.0.0.0/8; say which of the two is meant: 10.0.0.0/8, or 10.1.2.3/32
         --> fleet.toml:6:21
          |
        6 | ingress = { from = ["10.1.2.3/8", "203.0.113.0/33"] }
          |                     ^^^^^^^^^^^^
          |
          = help: for example `ingress = { from = ["203.0.113.0/24"] }`

        error: `ingress`: /33 is no length of an IPv4 network; lengths are 0 to 32
         --> fleet.toml:6:35
          |
        6 | ingress = { from = ["10.1.2.3/8", "203.0.113.0/33"] }
          |                                   ^^^^^^^^^^^^^^^^
          |
          = help: for example `ingress = { from = ["203.0.113.0/24"] }`
        "#
    );
}

#[test]
fn a_facet_without_what_it_needs() {
    insta::assert_snapshot!(said("[profile.p]\ningress = {}\n"), @r#"
    error: `ingress` needs `from`
     --> fleet.toml:2:11
      |
    2 | ingress = {}
      |           ^^
      |
      = help: for example `ingress = { from = ["203.0.113.0/24"] }`
    "#);
}

#[test]
fn versions_and_ports_that_do_not_exist() {
    insta::assert_snapshot!(
        said("[profile.p]\nport = 70000\ntls = [\"1.2\", \"1.4\"]\nnla = \"yes\"\n"),
        @r#"
    error: `port`: 70000 is not a port; ports are 1 to 65535
     --> fleet.toml:2:8
      |
    2 | port = 70000
      |        ^^^^^
      |
      = help: for example `port = 3389`

    error: `tls`: `1.4` is not a version of TLS; versions are 1.0, 1.1, 1.2, 1.3
     --> fleet.toml:3:15
      |
    3 | tls = ["1.2", "1.4"]
      |               ^^^^^
      |
      = help: for example `tls = ["1.2"]`

    error: `nla`: `yes` is not true, false, "required" or "off"
     --> fleet.toml:4:7
      |
    4 | nla = "yes"
      |       ^^^^^
      |
      = help: for example `nla = true`
    "#
    );
}

#[test]
fn a_length_of_time_in_the_wrong_unit() {
    insta::assert_snapshot!(said("[profile.p]\ncertificate = { min-days-left = \"2 fortnights\" }\n"), @r#"
    error: `certificate` takes a whole number here
     --> fleet.toml:2:33
      |
    2 | certificate = { min-days-left = "2 fortnights" }
      |                                 ^^^^^^^^^^^^^^
      |
      = help: for example `certificate = { min-days-left = 14 }`
    "#);
}

#[test]
fn a_list_of_versions_in_a_table_that_nobody_knows() {
    insta::assert_snapshot!(said("[profile.p]\ntls = { enabled = [\"1.2\"], disable = [\"SSL3\"] }\n"), @r#"
    error: unknown key `enabled` in `tls`
     --> fleet.toml:2:9
      |
    2 | tls = { enabled = ["1.2"], disable = ["SSL3"] }
      |         ^^^^^^^
      |
      = help: did you mean `enable`?

    error: `tls`: `SSL3` is not a version of TLS; versions are 1.0, 1.1, 1.2, 1.3
     --> fleet.toml:2:39
      |
    2 | tls = { enabled = ["1.2"], disable = ["SSL3"] }
      |                                       ^^^^^^
      |
      = help: for example `tls = ["1.2"]`
    "#);
}

#[test]
fn hardened_does_not_open_to_everybody_however_it_is_cut() {
    insta::assert_snapshot!(
        said("[profile.p]\nextends = \"hardened\"\ningress = { from = [\"0.0.0.0/1\", \"128.0.0.0/1\"] }\n"),
        @r#"
    error: profile `p` extends `hardened` and opens RDP to everybody
     --> fleet.toml:3:11
      |
    3 | ingress = { from = ["0.0.0.0/1", "128.0.0.0/1"] }
      |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: name the networks that connect, for example `ingress = { from = ["203.0.113.0/24"] }`
    "#
    );
}

#[test]
fn a_guard_answers_in_three_words() {
    insta::assert_snapshot!(said("[guard]\nreboot = true\nspend = \"yes\"\nrebot = \"ask\"\n"), @r#"
    error: `reboot` takes "allow", "ask" or "deny"
     --> fleet.toml:2:10
      |
    2 | reboot = true
      |          ^^^^
      |
      = help: did you mean `reboot = "allow"`?

    error: `spend` takes "allow", "ask" or "deny", not `yes`
     --> fleet.toml:3:9
      |
    3 | spend = "yes"
      |         ^^^^^
      |
      = help: known here: `allow`, `ask`, `deny`

    error: unknown key `rebot` in `[guard]`
     --> fleet.toml:4:1
      |
    4 | rebot = "ask"
      | ^^^^^
      |
      = help: did you mean `reboot`?
    "#);
}

#[test]
fn a_share_is_a_number_or_a_percentage() {
    insta::assert_snapshot!(said("[guard]\nmax-disrupted = \"10 percent\"\n"), @r#"
    error: `max-disrupted` is a number of instances or a share of the fleet
     --> fleet.toml:2:17
      |
    2 | max-disrupted = "10 percent"
      |                 ^^^^^^^^^^^^
      |
      = help: for example `max-disrupted = 5` or `max-disrupted = "10%"`; at least one, at most 100%
    "#);
}

#[test]
fn windows_that_cannot_be() {
    insta::assert_snapshot!(
        said(
            "[guard]\nwindows = [\n  \"Sut 02:00-05:00 Asia/Seoul\",\n  \"Sat 02:00-05:00 Asia/Soul\",\n  \"Sat 02:00-05:00 Seoul\",\n  \"Sat 2am-5am UTC\",\n  \"Sat 02:00-05:00\",\n  \"whenever\",\n]\n"
        ),
        @r#"
    error: `Sut` is not a day of the week
     --> fleet.toml:3:4
      |
    3 |   "Sut 02:00-05:00 Asia/Seoul",
      |    ^^^
      |
      = help: did you mean `Sat`?

    error: no time zone is named `Asia/Soul`
     --> fleet.toml:4:20
      |
    4 |   "Sat 02:00-05:00 Asia/Soul",
      |                    ^^^^^^^^^
      |
      = help: did you mean `Asia/Seoul`?

    error: no time zone is named `Seoul`
     --> fleet.toml:5:20
      |
    5 |   "Sat 02:00-05:00 Seoul",
      |                    ^^^^^
      |
      = help: did you mean `Asia/Seoul`?

    error: `2am-5am` is not a span of hours
     --> fleet.toml:6:8
      |
    6 |   "Sat 2am-5am UTC",
      |        ^^^^^^^
      |
      = help: write days, hours and time zone: "Sat 02:00-05:00 Asia/Seoul"

    error: `Sat 02:00-05:00` names no time zone
     --> fleet.toml:7:3
      |
    7 |   "Sat 02:00-05:00",
      |   ^^^^^^^^^^^^^^^^^
      |
      = help: add the IANA name of one, for example `Asia/Seoul` or `UTC`

    error: `whenever` is not a maintenance window
     --> fleet.toml:8:3
      |
    8 |   "whenever",
      |   ^^^^^^^^^^
      |
      = help: write days, hours and time zone: "Sat 02:00-05:00 Asia/Seoul"
    "#
    );
}

#[test]
fn a_state_with_a_password() {
    insta::assert_snapshot!(said("[state]\nurl = \"postgres://me:hunter2@db/rdpctl\"\n"), @r#"
    error: the URL of the state holds a password
     --> fleet.toml:2:7
      |
    2 | url = "*******************************"
      |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: leave it out here and set PGPASSWORD, or give the whole URL with `--state`
    "#);
}

#[test]
fn a_state_of_an_unknown_kind() {
    insta::assert_snapshot!(said("[state]\nurl = \"mysql://db/rdpctl\"\n"), @r#"
    error: the state is kept in SQLite or in Postgres
     --> fleet.toml:2:7
      |
    2 | url = "mysql://db/rdpctl"
      |       ^^^^^^^^^^^^^^^^^^^
      |
      = help: write "sqlite:PATH" or "postgres://HOST/DATABASE"
    "#);
}
