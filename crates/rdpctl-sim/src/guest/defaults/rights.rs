//! Who holds which right on a healthy server.

/// Rights of a healthy server that matter for logging on.
pub(in crate::guest) const RIGHTS: [(&str, &str); 6] = [
    ("SeNetworkLogonRight", "*S-1-1-0,*S-1-5-11,*S-1-5-32-544,*S-1-5-32-545,*S-1-5-32-551"),
    ("SeInteractiveLogonRight", "*S-1-5-32-544,*S-1-5-32-545,*S-1-5-32-551"),
    ("SeRemoteInteractiveLogonRight", "*S-1-5-32-544,*S-1-5-32-555"),
    ("SeShutdownPrivilege", "*S-1-5-32-544,*S-1-5-32-551"),
    ("SeRemoteShutdownPrivilege", "*S-1-5-32-544"),
    ("SeTakeOwnershipPrivilege", "*S-1-5-32-544"),
];

/// Who holds a right where nothing else is said.
pub(in crate::guest) fn holders(right: &str) -> &'static str {
    let found = RIGHTS.iter().find(|(known, _)| known.eq_ignore_ascii_case(right));
    found.map_or("", |(_, holders)| holders)
}
