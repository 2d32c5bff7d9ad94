//! Where declared machines stand: provider, profile, port and the way in that answered, whatever the facets make of them.

use rdpctl_facets::Judge;
use rdpctl_model::facts::{Chunk, Facts};
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::plan::Member;
use rdpctl_model::{InstanceName, ProfileName, ProviderName, ResourceId};

use crate::answered::last_answers;
use crate::estate::Estate;

/// A declared machine that was seen, with the way into it that answered.
pub(crate) struct Standing {
    pub(crate) member: Member,
    pub(crate) provider: ProviderName,
    pub(crate) profile: ProfileName,
    /// On which port RDP is to be.
    pub(crate) port: u16,
    pub(crate) way: Option<ChannelKind>,
}

/// Where these stand, whatever the facets make of them.
pub(crate) fn standing(
    estate: &Estate,
    facts: &Facts,
    meant: impl Fn(&InstanceName) -> bool,
) -> Vec<Standing> {
    let mut judge = Judge::new(facts);
    let mut standing = Vec::new();
    for source in estate.sources() {
        let chunks = facts.chunks.iter().filter(|chunk| chunk.source == source.key);
        for row in chunks.flat_map(Chunk::rows) {
            let name = source.member(row.id);
            if meant(&name) {
                standing.push(Standing {
                    member: Member {
                        name,
                        id: ResourceId::new(row.id),
                        display: String::new(),
                        handles: None,
                        binds: None,
                        sessions: None,
                        answered: last_answers(&row.known),
                    },
                    provider: source.provider.clone(),
                    profile: source.profile.clone(),
                    port: estate.profile(source.profile).rdp_port(),
                    way: judge.way_in(&source.guest.via, &row.known),
                });
            }
        }
    }
    standing
}
