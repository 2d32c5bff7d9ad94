//! Access-control lists in SDDL, as far as reading a key file goes: both who judges and who reads back ask here.

/// Well-known trustees that matter here, by alias or SID.
pub const SYSTEM: &[&str] = &["SY", "S-1-5-18"];
/// NETWORK SERVICE.
pub const NETWORK_SERVICE: &[&str] = &["NS", "S-1-5-20"];
/// Groups to which every service belongs.
const EVERYBODY: &[&str] = &["WD", "S-1-1-0", "AU", "S-1-5-11", "SU", "S-1-5-6"];

/// Read data, attributes and control: what opening a key file needs.
pub const READ: u32 = 0x0012_0089;
/// Full access.
pub const FULL: u32 = 0x001f_01ff;

/// One entry of a list.
struct Entry<'a> {
    allows: bool,
    mask: u32,
    trustee: &'a str,
}

/// Whether a trustee has all these rights, by its own entries or those of everybody; a denial of any of them wins.
/// `None` when the text is not SDDL.
#[must_use]
pub fn grants(sddl: &str, trustee: &[&str], rights: u32) -> Option<bool> {
    let entries = entries(sddl)?;
    let concerns = |entry: &Entry<'_>| {
        trustee.iter().chain(EVERYBODY).any(|name| entry.trustee.eq_ignore_ascii_case(name))
    };
    let mut allowed = 0;
    for entry in entries.iter().filter(|entry| concerns(entry)) {
        if entry.allows {
            allowed |= entry.mask;
        } else if entry.mask & rights != 0 {
            return Some(false);
        }
    }
    Some(allowed & rights == rights)
}

/// The entries of the DACL; `None` when the text is not SDDL.
fn entries(sddl: &str) -> Option<Vec<Entry<'_>>> {
    let dacl = sddl.trim().strip_prefix("D:")?;
    let mut list = Vec::new();
    let mut rest = dacl;
    while let Some(start) = rest.find('(') {
        let end = start + rest[start..].find(')')?;
        let fields: Vec<&str> = rest[start + 1..end].split(';').collect();
        rest = &rest[end + 1..];
        let [kind, flags, rights, _, _, trustee] = fields.get(..6)? else { return None };
        // An entry that is only inherited says nothing about the object itself.
        if flags.contains("IO") {
            continue;
        }
        let allows = match *kind {
            "A" => true,
            "D" => false,
            _ => continue,
        };
        list.push(Entry { allows, mask: mask(rights)?, trustee });
    }
    Some(list)
}

fn mask(rights: &str) -> Option<u32> {
    if let Some(hex) = rights.strip_prefix("0x") {
        return u32::from_str_radix(hex, 16).ok();
    }
    let mut mask = 0;
    let mut rest = rights;
    while !rest.is_empty() {
        let (word, tail) = rest.split_at_checked(2)?;
        rest = tail;
        mask |= match word {
            "FA" | "GA" => FULL,
            "FR" | "GR" => READ,
            "FW" | "GW" => 0x0012_0116,
            "FX" | "GX" => 0x0012_00a0,
            "SD" => 0x0001_0000,
            "RC" => 0x0002_0000,
            "WD" => 0x0004_0000,
            "WO" => 0x0008_0000,
            "CC" => 0x1,
            "DC" => 0x2,
            "LC" => 0x4,
            "SW" => 0x8,
            "RP" => 0x10,
            "WP" => 0x20,
            "DT" => 0x40,
            "LO" => 0x80,
            "CR" => 0x100,
            _ => return None,
        };
    }
    Some(mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_read_a_key() {
        let healthy = "D:PAI(A;;FA;;;SY)(A;;0x120089;;;NS)(A;;FR;;;BA)";
        assert_eq!(grants(healthy, NETWORK_SERVICE, READ), Some(true));
        assert_eq!(grants(healthy, SYSTEM, FULL), Some(true));
        let bare = "D:PAI(A;;FA;;;SY)(A;;FA;;;S-1-5-80-4022436659-1090538466-1613889075-870485073-3428993833)";
        assert_eq!(grants(bare, NETWORK_SERVICE, READ), Some(false));
        assert_eq!(grants("D:(D;;FR;;;NS)(A;;FA;;;WD)", NETWORK_SERVICE, READ), Some(false));
        assert_eq!(grants("D:(A;;FR;;;AU)", NETWORK_SERVICE, READ), Some(true));
        assert_eq!(grants("D:(A;OICIIO;FA;;;NS)", NETWORK_SERVICE, READ), Some(false));
        assert_eq!(grants("no list", NETWORK_SERVICE, READ), None);
        assert_eq!(grants("D:(A;;FA;;;SY", SYSTEM, FULL), None);
    }
}
