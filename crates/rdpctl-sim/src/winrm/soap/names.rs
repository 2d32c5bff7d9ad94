//! Namespaces, actions and other fixed URIs of WS-Management (specs/winrm.md, section 2).

pub(in crate::winrm) const SOAP: &str = "http://www.w3.org/2003/05/soap-envelope";
pub(in crate::winrm) const ADDRESSING: &str = "http://schemas.xmlsoap.org/ws/2004/08/addressing";
pub(in crate::winrm) const WSMAN: &str = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd";
pub(in crate::winrm) const WSMV: &str = "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd";
pub(in crate::winrm) const TRANSFER: &str = "http://schemas.xmlsoap.org/ws/2004/09/transfer";
pub(in crate::winrm) const SHELL: &str = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell";
pub(in crate::winrm) const FAULT: &str = "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault";
pub(in crate::winrm) const IDENTITY: &str =
    "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd";

pub(in crate::winrm) const COMMAND_SHELL: &str =
    "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/cmd";
pub(in crate::winrm) const ANONYMOUS: &str =
    "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous";
pub(in crate::winrm) const FAULT_ACTION: &str = "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault";
/// Log-on by client certificate names this scheme in place of a token.
pub(in crate::winrm) const MUTUAL: &str =
    "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual";
