//! Registry paths that more than one facet reads, spelled once.

pub(crate) const TERMINAL_SERVER: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server";
pub(crate) const TS_POLICY: &str = r"HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services";
pub(crate) const WINDOWS_VERSION: &str = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion";
pub(crate) const MSCONFIG: &str = r"HKLM\SOFTWARE\Microsoft\Shared Tools\MSConfig";
pub(crate) const SAFEBOOT_OPTION: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\SafeBoot\Option";
pub(crate) const FIREWALL_POLICY: &str =
    r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy";
pub(crate) const FIREWALL_GROUP_POLICY: &str = r"HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall";
pub(crate) const WINSTATIONS: &str =
    r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations";
pub(crate) const RDP_TCP: &str =
    r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp";
pub(crate) const SCHANNEL: &str =
    r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL";
pub(crate) const CIPHER_POLICY: &str =
    r"HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002";
pub(crate) const RDP_CERTIFICATES: &str =
    r"HKLM\SOFTWARE\Microsoft\SystemCertificates\Remote Desktop\Certificates";
pub(crate) const MY_CERTIFICATES: &str =
    r"HKLM\SOFTWARE\Microsoft\SystemCertificates\MY\Certificates";
pub(crate) const CRYPTOGRAPHY: &str = r"HKLM\SOFTWARE\Microsoft\Cryptography";
pub(crate) const NTLM: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\Lsa\MSV1_0";
pub(crate) const CREDSSP: &str =
    r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System\CredSSP\Parameters";
pub(crate) const LICENSING: &str =
    r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing Core";
pub(crate) const LICENCE_SERVERS: &str =
    r"HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers";
pub(crate) const CRASH_CONTROL: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\CrashControl";
pub(crate) const GROUP_POLICY_STATE: &str =
    r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Group Policy\State\Machine";
/// The firewall's settings and rules by device management.
pub(crate) const FIREWALL_MANAGEMENT: &str =
    r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\Mdm";
/// What the shared process of `TermService` reads.
pub(crate) const TERM_SERVICE_PARAMETERS: &str =
    r"HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters";
/// What log-ons at this computer obey.
pub(crate) const WINLOGON: &str = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon";
/// The order of cipher suites that somebody set on the machine.
pub(crate) const CIPHER_LIST: &str =
    r"HKLM\SYSTEM\CurrentControlSet\Control\Cryptography\Configuration\Local\SSL\00010002";
/// Whether cryptography after FIPS is demanded.
pub(crate) const FIPS: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\Lsa\FIPSAlgorithmPolicy";
/// Whether it is a server, a workstation or a domain controller.
pub(crate) const PRODUCT_OPTIONS: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\ProductOptions";
