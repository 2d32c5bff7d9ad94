//! What rdpctl shows: one value in, one form out. Untrusted text is escaped here, where it leaves.

pub(crate) mod doctor_disk;
pub(crate) mod doctor_html;
pub(crate) mod doctor_markdown;
pub(crate) mod doctor_text;
pub(crate) mod dot;
pub(crate) mod drift;
pub(crate) mod markdown;
pub(crate) mod markup;
pub(crate) mod mermaid;
pub(crate) mod plan_json;
pub(crate) mod plan_text;
pub(crate) mod run_text;
pub(crate) mod summary;
pub(crate) mod svg;
pub(crate) mod words;
