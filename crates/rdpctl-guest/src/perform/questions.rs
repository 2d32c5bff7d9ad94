//! Questions for single facts, each as one command whose output is kept.

use crate::refusal::Unrenderable;

use super::quote;

/// One value.
pub(crate) fn query_value(key: &str, name: &str) -> Result<String, Unrenderable> {
    let (key, name) = (quote::key(key)?, quote::name("the value's name", name)?);
    Ok(format!("%SystemRoot%\\System32\\reg.exe query {key} /v {name} /reg:64 2>nul"))
}

/// A key.
pub(crate) fn query_key(key: &str) -> Result<String, Unrenderable> {
    Ok(format!("%SystemRoot%\\System32\\reg.exe query {} /reg:64 2>nul", quote::key(key)?))
}

/// A key with all below it.
pub(crate) fn query_tree(key: &str) -> Result<String, Unrenderable> {
    Ok(format!("%SystemRoot%\\System32\\reg.exe query {} /s /reg:64 2>nul", quote::key(key)?))
}

/// A service's running state.
pub(crate) fn query_service(service: &str) -> Result<String, Unrenderable> {
    Ok(format!("%SystemRoot%\\System32\\sc.exe queryex {} 2>nul", quote::service(service)?))
}
