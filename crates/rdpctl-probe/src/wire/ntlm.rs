//! The NTLM challenge: a server's names, Windows version and clock, given to anyone who asks.
//!
//! Every offset in it is the server's claim, so each is checked; a field that lies is absent, not an error.

const SIGNATURE: &[u8] = b"NTLMSSP\0\x02\0\0\0";
const HAS_VERSION: u32 = 0x0200_0000;
/// Seconds between the epochs of Windows (1601) and Unix (1970).
const EPOCHS: i64 = 11_644_473_600;

/// What a challenge says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Challenge {
    /// The name that the server gives itself for authentication.
    pub target: Option<String>,
    /// `NetBIOS` name of the domain, or of the machine.
    pub netbios_domain: Option<String>,
    /// `NetBIOS` name of the machine.
    pub netbios_computer: Option<String>,
    /// DNS name of the domain.
    pub dns_domain: Option<String>,
    /// DNS name of the machine.
    pub dns_computer: Option<String>,
    /// DNS name of the forest.
    pub dns_tree: Option<String>,
    /// Major, minor and build of the operating system.
    pub os_version: Option<(u8, u8, u16)>,
    /// The server's clock, in seconds since 1970.
    pub unix_time: Option<i64>,
}

/// Finds and reads a challenge, however it is wrapped. `None` when there is none.
#[must_use]
pub fn challenge(bytes: &[u8]) -> Option<Challenge> {
    let start = bytes.windows(SIGNATURE.len()).position(|window| window == SIGNATURE)?;
    let message = bytes.get(start..)?;
    let mut seen = Challenge { target: field(message, 12).and_then(text), ..Challenge::default() };
    let flags = u32::from_le_bytes(array(message, 20)?);
    if flags & HAS_VERSION != 0
        && let Some([major, minor, low, high]) = array(message, 48)
    {
        seen.os_version = Some((major, minor, u16::from_le_bytes([low, high])));
    }
    for (id, value) in pairs(field(message, 40).unwrap_or_default()) {
        match id {
            1 => seen.netbios_computer = text(value),
            2 => seen.netbios_domain = text(value),
            3 => seen.dns_computer = text(value),
            4 => seen.dns_domain = text(value),
            5 => seen.dns_tree = text(value),
            7 => {
                let ticks = array(value, 0).map(u64::from_le_bytes);
                seen.unix_time = ticks.and_then(unix_time);
            }
            _ => {}
        }
    }
    Some(seen)
}

/// The attribute pairs of a target information block, up to its end mark or its first lie.
pub(crate) fn pairs(mut block: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let &[id_low, id_high, low, high, ref rest @ ..] = block else { return None };
        let id = u16::from_le_bytes([id_low, id_high]);
        let (value, next) = rest.split_at_checked(usize::from(u16::from_le_bytes([low, high])))?;
        block = next;
        (id != 0).then_some((id, value))
    })
}

/// The bytes that the descriptor at `at` points to.
pub(crate) fn field(message: &[u8], at: usize) -> Option<&[u8]> {
    let length = usize::from(u16::from_le_bytes(array(message, at)?));
    let offset = usize::try_from(u32::from_le_bytes(array(message, at + 4)?)).ok()?;
    message.get(offset..offset.checked_add(length)?)
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

/// UTF-16LE; nothing at all for an empty name, a mark for what is no character.
fn text(bytes: &[u8]) -> Option<String> {
    let units: Vec<u16> =
        bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    (!units.is_empty()).then(|| String::from_utf16_lossy(&units))
}

/// Seconds since 1970 of a FILETIME (100 ns since 1601).
fn unix_time(ticks: u64) -> Option<i64> {
    i64::try_from(ticks / 10_000_000).ok().map(|seconds| seconds - EPOCHS)
}
