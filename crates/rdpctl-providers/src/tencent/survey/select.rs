//! Which instances a selector means: as much as the vendor can filter by, the rest here.

use rdpctl_model::declaration::Selector;

use crate::pattern::matches;
use crate::tencent::api::filter::Filter;
use crate::tencent::api::instances::Instance;

/// The most conditions that a listing takes.
const MOST_FILTERS: usize = 10;

/// The most values of a condition.
const MOST_VALUES: usize = 5;

/// The vendor's filters: they may let more through than is meant, never less.
pub(super) fn filters(selector: &Selector) -> Vec<Filter> {
    let mut filters: Vec<Filter> = selector
        .tags
        .iter()
        .map(|(key, value)| Filter::new(format!("tag:{key}"), [value]))
        .take(MOST_FILTERS - 1)
        .collect();
    // The vendor's comparison of names is a loose one; the longest literal part is what it can look for.
    let parts: Vec<&str> = selector
        .names
        .iter()
        .map(|pattern| pattern.split('*').max_by_key(|part| part.len()).unwrap_or_default())
        .collect();
    if (1..=MOST_VALUES).contains(&parts.len()) && parts.iter().all(|part| !part.is_empty()) {
        filters.push(Filter::new("instance-name", parts));
    }
    filters
}

/// Whether an instance is meant.
pub(super) fn picks(selector: &Selector, instance: &Instance) -> bool {
    let tagged = selector.tags.iter().all(|(key, value)| {
        instance.tags.iter().any(|tag| tag.key.as_str() == key && tag.value.as_str() == value)
    });
    let name = instance.instance_name.as_str();
    tagged
        && (selector.names.is_empty()
            || selector.names.iter().any(|pattern| matches(pattern, name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vendor_filters_what_it_can() {
        let selector = Selector {
            tags: [("role".to_owned(), "kiosk".to_owned())].into(),
            names: vec!["kiosk-*-01".to_owned()],
            resource_group: None,
        };
        assert_eq!(
            serde_json::to_string(&filters(&selector)).unwrap(),
            r#"[{"Name":"tag:role","Values":["kiosk"]},{"Name":"instance-name","Values":["kiosk-"]}]"#
        );
        let anything = Selector { names: vec!["*".to_owned()], ..Selector::default() };
        assert_eq!(filters(&anything), []);
    }

    #[test]
    fn tags_and_names_must_both_agree() {
        let instance: Instance = serde_json::from_str(
            r#"{"InstanceName":"kiosk-1","Tags":[{"Key":"role","Value":"kiosk"}]}"#,
        )
        .unwrap();
        let selector = |tag: &str, name: &str| Selector {
            tags: [("role".to_owned(), tag.to_owned())].into(),
            names: vec![name.to_owned()],
            resource_group: None,
        };
        assert!(picks(&selector("kiosk", "kiosk-*"), &instance));
        assert!(!picks(&selector("kiosk", "web-*"), &instance));
        assert!(!picks(&selector("web", "kiosk-*"), &instance));
    }
}
