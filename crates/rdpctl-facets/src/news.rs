//! What a look is to the facts: of each world whether it answered, of each facet what it saw.

use rdpctl_model::facet::World;
use rdpctl_model::facts::{Heard, News, Stamp, Told};
use rdpctl_model::{FacetMap, Gap, Survey, WorldMap, Worlds};

use crate::ground;
use crate::reason::encoded;
use crate::table;

/// Tells what surveys brought, one instance after another.
#[derive(Default)]
pub struct Teller(table::Lasts);

impl Teller {
    /// What one instance's survey brought, as far as those worlds were looked at.
    pub fn news(&mut self, survey: &Survey, looked: Worlds) -> News {
        News {
            at: Stamp::of(survey.taken_at),
            worlds: WorldMap::from_fn(|world| match survey.gap(world) {
                None if looked.has(world) => Heard::Answered,
                Some(gap) if looked.has(world) && gap.was_looked_for() => {
                    Heard::Failed(encoded(gap))
                }
                None | Some(_) => Heard::Nothing,
            }),
            ground: ground::read(survey)
                .filter(|_| looked.has(World::Guest))
                .map(|it| ground::encoded(&it)),
            facets: self.0.tell(survey, looked),
        }
    }
}

/// What one instance's survey brought, as far as those worlds were looked at.
#[must_use]
pub fn news(survey: &Survey, looked: Worlds) -> News {
    Teller::default().news(survey, looked)
}

/// What a look brought that never came as far as an instance: nothing that these worlds would have told is known now.
#[must_use]
pub fn failure(gap: &Gap, looked: Worlds, at: Stamp) -> News {
    News {
        at,
        worlds: WorldMap::from_fn(|world| {
            if looked.has(world) { Heard::Failed(encoded(gap)) } else { Heard::Nothing }
        }),
        ground: None,
        facets: FacetMap::from_fn(|facet| {
            let hidden = table::reads(facet).iter().any(|world| looked.has(*world));
            if hidden { Told::Failed } else { Told::Nothing }
        }),
    }
}

#[cfg(test)]
mod tests {
    use rdpctl_model::FacetId;
    use rdpctl_model::cloud::{
        AddressFact, AgentFact, BandwidthFact, CloudSurvey, Handles, PowerFact, PowerState,
    };
    use rdpctl_model::facts::{Facts, Known, UNSEEN};
    use rdpctl_model::rules::{Doors, RuleAction};

    use super::*;
    use crate::reason;

    fn survey(seconds: i64) -> Survey {
        let mut survey = Survey::unseen(jiff::Timestamp::from_second(seconds).unwrap());
        survey.cloud = Ok(CloudSurvey {
            id: "ins-1".into(),
            name: String::new(),
            power: PowerFact { state: PowerState::Running, blocker: None },
            address: AddressFact::Elastic { blocker: None },
            bandwidth: BandwidthFact::Unmetered,
            doors: Doors::without_stages(RuleAction::Accept),
            agent: AgentFact::Online,
            rdp_certificate: None,
            handles: Handles::default(),
        });
        survey
    }

    #[test]
    fn every_facet_reads_the_world_that_it_belongs_to_first() {
        for facet in FacetId::ALL {
            assert_eq!(table::reads(facet)[0], facet.world(), "{facet}");
        }
    }

    #[test]
    fn one_after_another_is_told_what_each_alone_would_be() {
        let mut stopped = survey(100);
        stopped.cloud.as_mut().unwrap().power.state = PowerState::Stopped;
        let mut silent = survey(100);
        silent.cloud = Err(Gap::TimedOut { what: rdpctl_model::Said::quoted("the API") });
        let cloud = Worlds::of(&[World::Cloud]);
        let mut teller = Teller::default();
        for one in [&survey(100), &survey(100), &stopped, &silent, &stopped, &survey(100)] {
            assert_eq!(teller.news(one, cloud).facets, news(one, cloud).facets);
        }
    }

    #[test]
    fn a_look_that_failed_leaves_what_was_known_and_marks_it_as_old() {
        let mut facts = Facts::default();
        let cloud = Worlds::of(&[World::Cloud]);
        let before = facts.take(Known::default(), &news(&survey(100), cloud));
        let gap = Gap::TimedOut { what: rdpctl_model::Said::quoted("the API") };
        let after = facts.take(before, &failure(&gap, cloud, Stamp::new(200, 0)));
        assert_eq!(after.slots, before.slots);
        assert_eq!(after.looks.answered[World::Cloud], Stamp::new(100, 0));
        assert_eq!(reason::of(&facts, after.looks.failed[World::Cloud]), gap);
        assert!(after.looks.is_stale(FacetId::Power) && !after.looks.is_stale(FacetId::Boot));
        let again = facts.take(after, &news(&survey(300), cloud));
        assert_eq!(again.looks.failed[World::Cloud], UNSEEN);
        assert!(!again.looks.is_stale(FacetId::Power));
    }

    #[test]
    fn a_look_at_one_world_says_nothing_of_another() {
        let mut facts = Facts::default();
        let mut stopped = survey(100);
        stopped.guest = Err(Gap::NotRunning);
        let before = facts.take(Known::default(), &news(&stopped, Worlds::ALL));
        let cloud = news(&survey(200), Worlds::of(&[World::Cloud]));
        let after = facts.take(before, &cloud);
        assert_eq!(after.looks.failed[World::Guest], before.looks.failed[World::Guest]);
        assert!(after.looks.is_stale(FacetId::Boot));
        assert_eq!(after.looks.answered[World::Cloud], Stamp::new(200, 0));
        // The door leads through the cloud, but nobody shook hands.
        assert_eq!(cloud.facets[FacetId::Reachable], Told::Nothing);
    }
}
