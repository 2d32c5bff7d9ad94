//! What the number of a refused log-on says, and what a person can do.

use rdpctl_model::Said;

use crate::said::say as run;

/// Name or password wrong, and which of them Windows does not say.
pub(crate) const LOGON_FAILURE: u32 = 0xc000_006d;
/// The account is locked.
const LOCKED_OUT: u32 = 0xc000_0234;

/// Whether a refusal speaks against the secret, and not only against one account or one machine.
pub(crate) fn spoils(status: u32) -> bool {
    [LOGON_FAILURE, LOCKED_OUT].contains(&status)
}

/// Why, and what a person can do, by its NTSTATUS.
pub(crate) fn named(status: u32) -> (Said, Said) {
    match status {
        LOGON_FAILURE => (say::wrong_name_or_password(), say::event_tells_which()),
        0xc000_0064 => (say::no_account_of_that_name(), say::look_at_the_name()),
        0xc000_006a => (say::password_is_wrong(), say::look_at_the_reference()),
        LOCKED_OUT => (say::locked(), say::unlock()),
        0xc000_0072 => (say::disabled(), say::command("net user NAME /active:yes")),
        0xc000_0193 => (say::expired(), say::command("net user NAME /expires:never")),
        0xc000_0224 => (say::password_must_change(), say::set_a_new_one()),
        0xc000_0071 => (say::password_expired(), say::set_a_new_one()),
        0xc000_006e => (say::restricted(), say::give_it_a_password()),
        0xc000_006f => (say::outside_of_its_hours(), say::command("net user NAME /times:all")),
        0xc000_0070 => (say::named_workstations(), say::command("net user NAME /workstations:*")),
        0xc000_015b => (say::no_right(), say::look_at_the_rights()),
        0xc000_005e => (say::no_controller(), say::look_at_dns()),
        0xc000_018d => (say::no_trust(), say::join_again()),
        0xc000_018c => (say::domains_do_not_trust(), say::look_at_the_trust()),
        0xc000_0133 => (say::clock_is_off(), say::set_it()),
        0xc000_0192 => (say::netlogon_is_off(), say::start_netlogon()),
        0xc000_0413 => (say::selective_authentication(), say::allow_to_authenticate()),
        0xc000_00bb => (say::credssp_refused(), say::look_between()),
        0xc000_0418 | 0x8009_0302 => (say::ntlm_blocked(), say::allow_ntlm()),
        _ => (run::unknown_reason(), run::not_by_itself()),
    }
}

rdpctl_model::says! { "log-on":
    wrong_name_or_password();
    event_tells_which();
    locked();
    unlock();
    disabled();
    command(line);
    expired();
    password_must_change();
    set_a_new_one();
    password_expired();
    restricted();
    give_it_a_password();
    outside_of_its_hours();
    named_workstations();
    no_right();
    look_at_the_rights();
    no_controller();
    look_at_dns();
    no_trust();
    join_again();
    clock_is_off();
    set_it();
    ntlm_blocked();
    allow_ntlm();
    no_account_of_that_name();
    look_at_the_name();
    password_is_wrong();
    look_at_the_reference();
    domains_do_not_trust();
    look_at_the_trust();
    netlogon_is_off();
    start_netlogon();
    selective_authentication();
    allow_to_authenticate();
    credssp_refused();
    look_between();
}
