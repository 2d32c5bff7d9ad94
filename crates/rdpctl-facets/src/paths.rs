//! Registry paths that more than one facet reads, spelled once.

pub(crate) const TERMINAL_SERVER: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server";
pub(crate) const TS_POLICY: &str = r"HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services";
pub(crate) const WINDOWS_VERSION: &str = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion";
pub(crate) const MSCONFIG: &str = r"HKLM\SOFTWARE\Microsoft\Shared Tools\MSConfig";
pub(crate) const SAFEBOOT_OPTION: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\SafeBoot\Option";
pub(crate) const FIREWALL_POLICY: &str =
    r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy";
pub(crate) const FIREWALL_GROUP_POLICY: &str = r"HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall";
