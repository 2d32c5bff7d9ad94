//! A local group's value in the account database, as bytes.

use super::acl::Sid;

/// Where the members of a group begin in its value.
pub(super) const HEAD: usize = 0x34;

/// A group as it is kept: a head that says where what lies and how many members there are, and the members' SIDs.
pub(super) fn members_of(alias: u32, members: &[Sid]) -> Vec<u8> {
    let sids: Vec<u8> = members.iter().flat_map(binary).collect();
    let mut bytes = vec![0; HEAD];
    let mut put = |at: usize, number: u32| {
        bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
    };
    put(0, alias);
    put(0x2c, u32::try_from(sids.len()).unwrap_or(u32::MAX));
    put(0x30, u32::try_from(members.len()).unwrap_or(u32::MAX));
    bytes.extend(sids);
    bytes
}

/// A SID as Windows stores it.
fn binary(sid: &Sid) -> Vec<u8> {
    let numbers: Vec<u32> =
        sid.as_str().split('-').skip(3).filter_map(|part| part.parse().ok()).collect();
    let mut bytes = vec![1, u8::try_from(numbers.len()).unwrap_or(u8::MAX), 0, 0, 0, 0, 0, 5];
    bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    bytes
}
