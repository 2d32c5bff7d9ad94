//! SCHANNEL as a boot finds it: versions, the suites that are left for them, and what makes a hello fail. Certificates are
//! RSA, as Windows makes them.

use super::machine::Guest;
use super::registry::KeyPath;

const SCHANNEL: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL";
const POLICY_LIST: &str =
    r"HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002";
const LOCAL_LIST: &str =
    r"HKLM\SYSTEM\CurrentControlSet\Control\Cryptography\Configuration\Local\SSL\00010002";
const FIPS: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\Lsa\FIPSAlgorithmPolicy";

/// The protocols of a bit each, lowest first.
pub(super) const PROTOCOLS: [&str; 5] = ["SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3"];

/// What Windows offers where nobody set a list: enough of it to tell what is left when something is switched off.
const OWN_LIST: &str = "TLS_AES_256_GCM_SHA384,TLS_AES_128_GCM_SHA256,\
    TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,\
    TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,\
    TLS_RSA_WITH_AES_128_GCM_SHA256,TLS_RSA_WITH_AES_256_CBC_SHA,TLS_RSA_WITH_AES_128_CBC_SHA";

impl Guest {
    /// The protocols that SCHANNEL offers to servers after a boot, as the registry says now.
    pub(super) fn configured_protocols(&self) -> u8 {
        let Some(root) = KeyPath::parse(SCHANNEL).map(|key| key.join("Protocols")) else {
            return 0;
        };
        let defaults = default_protocols(self.template.os.build());
        let fips = self.demands_fips();
        let mut bits = 0;
        for (at, name) in PROTOCOLS.iter().enumerate() {
            let key = root.join(name).join("Server");
            let enabled = self.registry().dword(&key, "Enabled");
            let unasked = self.registry().dword(&key, "DisabledByDefault");
            let supported = (at < 4 || self.template.os.build() >= 20348) && !(fips && at == 0);
            let on = match (enabled, unasked) {
                (Some(0), _) => false,
                (_, Some(off)) if off != 0 => false,
                (Some(_), _) | (None, Some(_)) => supported,
                (None, None) => defaults & (1 << at) != 0,
            };
            bits |= u8::from(on) << at;
        }
        bits
    }

    /// The protocols for which a suite is left that an RSA certificate can use, a bit each.
    pub(super) fn configured_suites(&self) -> u8 {
        let list = self.list(POLICY_LIST).or_else(|| self.list(LOCAL_LIST));
        let list = list.unwrap_or_else(|| OWN_LIST.split(',').map(str::to_owned).collect());
        (0..PROTOCOLS.len())
            .filter(|at| list.iter().any(|suite| self.usable(suite.trim(), *at)))
            .fold(0, |bits, at| bits | 1 << at)
    }

    /// A release without TLS 1.3 whose registry switches it on drops whoever offers it.
    pub(super) fn stumbles_over_tls13(&self) -> bool {
        let key = KeyPath::parse(SCHANNEL)
            .map(|key| key.join("Protocols").join("TLS 1.3").join("Server"));
        let enabled = key.and_then(|key| self.registry().dword(&key, "Enabled"));
        self.template.os.build() < 20348 && enabled.is_some_and(|value| value != 0)
    }

    /// Whether cryptography after FIPS is demanded.
    pub(super) fn demands_fips(&self) -> bool {
        self.dword(FIPS, "Enabled").is_some_and(|value| value != 0)
    }

    fn list(&self, key: &str) -> Option<Vec<String>> {
        let key = KeyPath::parse(key)?;
        let value = self.registry().value(&key, "Functions").map(std::borrow::Cow::into_owned)?;
        let many: Vec<String> = value.as_many().into_iter().map(str::to_owned).collect();
        let one = value.as_text().map(str::to_owned);
        let texts = if many.is_empty() { one.into_iter().collect() } else { many };
        let split = |text: &String| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        Some(texts.iter().flat_map(split).filter(|name| !name.trim().is_empty()).collect())
    }

    /// Whether a suite can be used by an RSA certificate in the protocol with this bit, with nothing of it switched off.
    fn usable(&self, suite: &str, at: usize) -> bool {
        let suite = suite.to_ascii_uppercase();
        let suite = ["_P521", "_P384", "_P256"]
            .iter()
            .fold(suite.as_str(), |suite, curve| suite.strip_suffix(curve).unwrap_or(suite));
        let modern = !suite.contains("_WITH_");
        let fits = match at {
            4 => modern,
            3 => !modern,
            _ => !modern && suite.ends_with("_SHA"),
        };
        let rsa = modern || suite.contains("_RSA_WITH_");
        let cipher = [
            ("AES_128", "AES 128/128"),
            ("AES_256", "AES 256/256"),
            ("3DES", "Triple DES 168"),
            ("RC4_128", "RC4 128/128"),
        ]
        .into_iter()
        .find(|(part, _)| suite.contains(part));
        let Some((_, cipher)) = cipher else { return false };
        let unapproved = ["RC4", "CHACHA20", "MD5", "NULL"];
        let fips = !self.demands_fips() || !unapproved.iter().any(|part| suite.contains(part));
        let exchange = match () {
            () if modern || suite.contains("ECDHE") => "ECDH",
            () if suite.contains("DHE") => "Diffie-Hellman",
            () => "PKCS",
        };
        // Only the one value leaves a cipher on; of exchanges 0 alone switches one off.
        let number = |folder: &str, name: &str| {
            let key = KeyPath::parse(SCHANNEL)?.join(folder).join(name);
            self.registry().dword(&key, "Enabled")
        };
        fits && rsa
            && fips
            && number("Ciphers", cipher).is_none_or(|value| value == u32::MAX)
            && number("KeyExchangeAlgorithms", exchange) != Some(0)
    }
}

/// What a release offers when the registry is silent (specs/guest.md, 4.8).
fn default_protocols(build: u32) -> u8 {
    match build {
        9600 => 0b0_1111,
        14393 | 17763 => 0b0_1110,
        20348 => 0b1_1110,
        _ => 0b1_1000,
    }
}

#[cfg(test)]
mod tests {
    use crate::guest::spec::GuestSpec;
    use crate::guest::{Guest, Template};

    /// The bits of suites and whether TLS 1.3 makes it stumble, after a boot of this world.
    fn after_boot(world: &str) -> (u8, bool) {
        let spec: GuestSpec = toml::from_str(world).unwrap();
        let mut guest = Guest::new(Template::build(&spec, 1).unwrap(), "", "");
        guest.on_power_on(1_780_000_000_000);
        (guest.configured_suites(), guest.stumbles_over_tls13())
    }

    #[test]
    fn what_is_switched_off_or_unfit_leaves_no_suite() {
        let ciphers = r"registry.'HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Ciphers\AES";
        let policy =
            r"registry.'HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002'";
        let local = r"registry.'HKLM\SYSTEM\CurrentControlSet\Control\Cryptography\Configuration\Local\SSL\00010002'";
        let both = |value: &str| {
            format!(
                "{ciphers} 128/128' = {{ Enabled = {value} }}\n{ciphers} 256/256' = {{ Enabled = {value} }}"
            )
        };
        let ecdsa = "{ Functions = 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384' }";
        for (world, suites) in [
            (String::new(), 0b1_1111),
            (both("1"), 0),
            (both("4294967295"), 0b1_1111),
            (format!("{policy} = {ecdsa}"), 0),
            (format!("{local} = {ecdsa}"), 0),
            (
                format!("{policy} = {{ Functions = 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384' }}"),
                0b0_1000,
            ),
            (format!("{policy} = {{ Functions = '' }}"), 0),
        ] {
            assert_eq!(after_boot(&world).0, suites, "{world}");
        }
        let thirteen = r"registry.'HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.3\Server' = { Enabled = 1 }";
        assert!(after_boot(&format!("os = '2019'\n{thirteen}")).1);
        assert!(!after_boot(&format!("os = '2022'\n{thirteen}")).1);
    }
}
