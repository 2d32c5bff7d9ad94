//! All sections, and what must hold between them.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use rdpctl_model::ProviderName;
use rdpctl_model::declaration::GuestAccess;
use rdpctl_model::step::Guarded;

use crate::declaration::{Declaration, Origin};
use crate::diagnostic::{Diagnostics, Problems};
use crate::parse::Sections;
use crate::resolve;
use crate::source::{Place, Source};

use super::instance::Known;
use super::{accept, guard, instance, page, profile, provider, run, state};

pub(crate) fn declaration(
    sections: &Sections<'_>,
    sources: &[Source],
    problems: &mut Problems,
) -> Declaration {
    let providers: BTreeMap<_, _> = sections
        .providers
        .values()
        .filter_map(|entry| provider::decode(entry, problems))
        .map(|provider| (provider.name.clone(), provider))
        .collect();
    let written =
        sections.profiles.values().filter_map(|entry| profile::decode(entry, problems)).collect();
    let profiles = resolve::profiles(written, sections, problems);

    let known = Known::new(sections, &providers, &profiles);
    let mut instances = Vec::with_capacity(sections.instances.len());
    let mut last: Option<Arc<GuestAccess>> = None;
    let mut places: HashMap<(ProviderName, String), Place> = HashMap::new();
    for entry in sections.instances.values() {
        let Some((mut instance, id_at)) = instance::instance(entry, &known, problems) else {
            continue;
        };
        // Of thousands, nearly all have the same way in.
        match &last {
            Some(last) if *last == instance.guest => instance.guest = Arc::clone(last),
            Some(_) | None => last = Some(Arc::clone(&instance.guest)),
        }
        // Azure and the DNS compare without case; Tencent's ids have none.
        let vm = (instance.provider.clone(), instance.id.as_str().to_ascii_lowercase());
        if let Some(first) = places.get(&vm) {
            problems
                .error(id_at, format!("two instances have the id `{}`", instance.id))
                .first_at(*first, "first here", "again here")
                .help("one VM has one desired state: remove one of the two");
        } else {
            places.insert(vm, id_at);
        }
        instances.push((instance.name.clone(), instance));
    }
    let fleets: BTreeMap<_, _> = sections
        .fleets
        .values()
        .filter_map(|entry| instance::fleet(entry, &known, problems))
        .map(|fleet| (fleet.name.clone(), fleet))
        .collect();
    for (name, fleet) in &sections.fleets {
        if let Some(instance) = sections.instances.get(name) {
            problems
                .error(fleet.key.place, format!("`{name}` is both a fleet and an instance"))
                .first_at(instance.key.place, "an instance here", "a fleet here")
                .help("`--target` and `[[accept]]` could not tell them apart: rename one");
        }
    }
    let mut declaration = Declaration {
        guards: guard::decode(&sections.guard, problems),
        accepts: accept::decode(sections, problems),
        state: state::decode(&sections.state, problems),
        run: run::decode(&sections.run, problems),
        page: page::decode(&sections.page, problems),
        origins: origins(sections.instances.iter().chain(&sections.fleets), sources)
            .map(|(name, origin)| (name.to_owned(), origin))
            .collect(),
        providers_at: origins(sections.providers.iter(), sources)
            .map(|(name, origin)| (ProviderName::new(name), origin))
            .collect(),
        guards_at: origins(sections.guard.iter(), sources)
            .filter_map(|(name, origin)| Some((Guarded::from_name(name)?, origin)))
            .collect(),
        profiles: profiles.into_iter().map(|(name, one)| (name, one.profile)).collect(),
        providers,
        // Made of all at once, a map leaves no room in itself.
        instances: instances.into_iter().collect(),
        fleets,
        warnings: Diagnostics::none(),
    };
    beside(&mut declaration);
    declaration
}

/// Files of certificates are named from where the declaration lies, not from where somebody stands.
fn beside(declaration: &mut Declaration) {
    let Declaration { instances, fleets, origins, .. } = declaration;
    let instances = instances.values_mut().map(|one| (one.name.as_str(), &mut one.guest));
    let fleets = fleets.values_mut().map(|one| (one.name.as_str(), &mut one.guest));
    for (name, access) in instances.chain(fleets).filter(|(_, access)| access.names_files()) {
        let winrm = &mut Arc::make_mut(access).winrm;
        let Some(folder) = origins.get(name).and_then(|origin| origin.file.parent()) else {
            continue;
        };
        let pair = winrm.client_certificate.iter_mut().flat_map(|(one, other)| [one, other]);
        for path in winrm.ca_file.iter_mut().chain(pair) {
            // A whole path stays what it is.
            *path = folder.join(&*path);
        }
    }
}

/// Where entries stand, by line: for reports that annotate files, and for questions about what is declared there.
fn origins<'s>(
    entries: impl Iterator<Item = (&'s &'s str, &'s crate::parse::Entry<'s>)>,
    sources: &[Source],
) -> impl Iterator<Item = (&'s str, Origin)> {
    let files: Vec<(Arc<Path>, Vec<usize>)> =
        sources.iter().map(|source| (Arc::from(source.path()), source.newlines())).collect();
    entries.map(move |(name, entry)| {
        let (file, newlines) = &files[entry.key.place.source];
        let line = newlines.partition_point(|newline| *newline < entry.key.place.start) + 1;
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        (*name, Origin { file: Arc::clone(file), line })
    })
}
