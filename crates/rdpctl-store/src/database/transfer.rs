//! The whole state out as a document, and in again.

use rdpctl_contract::store::{Made, StoreError};
use rdpctl_model::facet::World;
use rdpctl_model::facts::{Chunk, Known, Looks, Row, Stamp, UNSEEN};
use rdpctl_model::{FacetId, WorldMap};

use super::durability::Durability;
use super::fault::Fault;
use super::place::Doing;
use super::records;
use super::sql::Connection;
use super::value::params;
use super::{Database, chain, chronicle, created, dictionary, evidence, facts, runs};
use crate::document::{
    DOCUMENT_FORMAT, Document, ImportError, Missed, Replace, Run, Seen, Source, Standing, Thing,
};

impl Database {
    /// Which state this is, and how often it was changed.
    pub async fn identity(&self) -> Result<(String, u64), StoreError> {
        self.short(|inner| inner.read(identity)).await
    }

    /// All that is remembered, as of one moment.
    pub async fn export(&self) -> Result<Document, StoreError> {
        self.aside(|inner| inner.read(export)).await
    }

    /// Replaces all that is remembered, or refuses and changes nothing. Afterwards lineage and serial are the
    /// document's. Leases stay as they are.
    pub async fn import(&self, document: Document, replace: Replace) -> Result<(), ImportError> {
        document.check()?;
        self.aside(move |inner| {
            let mut session = inner.session();
            let work = |connection: &Connection<'_>| take(connection, &document, replace);
            match session.transact(Durability::Power, work) {
                Ok(()) => Ok(Ok(())),
                Err(Fault::Refused(refused)) => Ok(Err(*refused)),
                Err(fault) => Err(fault.at(&inner.place, Doing::Writing)),
            }
        })
        .await?
    }
}

fn take(connection: &Connection<'_>, document: &Document, replace: Replace) -> Result<(), Fault> {
    let refuse = |refused| Fault::Refused(Box::new(refused));
    let (lineage, serial) = identity(connection)?;
    let standing = match replace {
        Replace::OnlyByNewer => document.against(&lineage, serial).map_err(refuse)?,
        Replace::ByAny => Standing::Newer,
    };
    match standing {
        Standing::Newer => import(connection, document, replace),
        Standing::Level if export(connection)? == *document => Ok(()),
        Standing::Level => Err(refuse(ImportError::Differs { serial })),
    }
}

fn identity(connection: &Connection<'_>) -> Result<(String, u64), Fault> {
    connection
        .prepare_cached("SELECT lineage, serial FROM state")?
        .query_row(&[], |row| Ok((row.get(0)?, row.get(1)?)))
}

fn export(connection: &Connection<'_>) -> Result<Document, Fault> {
    let (lineage, serial) = identity(connection)?;
    let facts = facts::load(connection)?;
    let mut sources: Vec<Source> = Vec::new();
    for chunk in &facts.chunks {
        let instances = chunk.rows().map(|row| seen_of(&row));
        match sources.last_mut() {
            Some(last) if last.of == chunk.source && last.provider == chunk.provider => {
                last.instances.extend(instances);
            }
            Some(_) | None => {
                let (of, provider) = (chunk.source.clone(), chunk.provider.clone());
                sources.push(Source { of, provider, instances: instances.collect() });
            }
        }
    }
    Ok(Document {
        format: DOCUMENT_FORMAT,
        lineage,
        serial,
        dictionaries: facts
            .dictionaries()
            .filter(|(_, dictionary)| !dictionary.texts().is_empty())
            .map(|(topic, dictionary)| (topic, dictionary.texts().to_vec()))
            .collect(),
        sources,
        evidence: evidence::load_all(connection)?,
        created: created::list_all(connection)?.into_iter().map(thing).collect(),
        turns: chronicle::all(connection)?,
        orders: chronicle::orders(connection, 0)?.into_iter().map(|(_, order)| order).collect(),
        runs: runs(connection)?,
        journal: records::export(connection)?,
        head: chain::hexadecimal(&chain::head(connection)?),
    })
}

fn seen_of(row: &Row<'_>) -> Seen {
    let looks = &row.known.looks;
    let slots = FacetId::ALL.into_iter().zip(row.known.slots).filter(|(_, slot)| *slot != UNSEEN);
    Seen {
        id: row.id.to_owned(),
        name: row.name.to_owned(),
        answered: World::ALL
            .into_iter()
            .map(|world| (world, looks.answered[world]))
            .filter(|(_, at)| !at.is_never())
            .map(|(world, at)| (world, at.millis()))
            .collect(),
        failed: World::ALL
            .into_iter()
            .filter(|world| looks.failed[*world] != UNSEEN)
            .map(|world| {
                let at = looks.failed_at[world].millis();
                (world, Missed { at, why: looks.failed[world] })
            })
            .collect(),
        stale: FacetId::ALL.into_iter().filter(|facet| looks.is_stale(*facet)).collect(),
        slots: slots.collect(),
        ground: Some(row.known.ground).filter(|slot| *slot != UNSEEN),
    }
}

fn thing((made, released): (Made, bool)) -> Thing {
    let Made { subject, created, at } = made;
    Thing { subject, created, at, released }
}

fn runs(connection: &Connection<'_>) -> Result<Vec<Run>, Fault> {
    let mut all = Vec::new();
    for record in runs::list(connection, usize::MAX)?.into_iter().rev() {
        if let Some(parts) = runs::parts(connection, &record.id)? {
            all.push(Run { record, plan: parts.plan, growth: parts.growth });
        }
    }
    Ok(all)
}

fn import(connection: &Connection<'_>, document: &Document, replace: Replace) -> Result<(), Fault> {
    connection.execute_batch(
        "DELETE FROM chunk; DELETE FROM dictionary; DELETE FROM evidence; DELETE FROM rule_set;
         DELETE FROM journal; DELETE FROM growth; DELETE FROM run; DELETE FROM created;
         DELETE FROM turn; DELETE FROM told;",
    )?;
    for (topic, texts) in &document.dictionaries {
        dictionary::append(connection, *topic, 0, texts)?;
    }
    dictionary::renumber(connection)?;
    for source in &document.sources {
        facts::insert(connection, &chunk_of(source))?;
    }
    let mut batch = evidence::Batch::default();
    for (instance, evidence) in &document.evidence {
        batch.add_all(instance, evidence)?;
    }
    batch.save(connection)?;
    for Thing { subject, created, at, released } in &document.created {
        let made = Made { subject: subject.clone(), created: created.clone(), at: *at };
        created::add(connection, &made)?;
        if *released {
            created::release(connection, created)?;
        }
    }
    chronicle::add(connection, &document.turns)?;
    for order in &document.orders {
        chronicle::add_order(connection, order)?;
    }
    records::import(connection, document, replace)?;
    connection
        .prepare_cached("UPDATE state SET lineage = ?1, serial = ?2")?
        .execute(params![document.lineage, document.serial])?;
    Ok(())
}

fn chunk_of(source: &Source) -> Chunk {
    let mut chunk = Chunk::new(source.of.clone(), source.provider.clone());
    for seen in &source.instances {
        let mut slots = [UNSEEN; FacetId::COUNT];
        for (facet, slot) in &seen.slots {
            slots[*facet as usize] = *slot;
        }
        let looks = Looks {
            answered: WorldMap::from_fn(|world| {
                seen.answered.get(&world).map_or(Stamp::NEVER, |at| Stamp::from_millis(*at))
            }),
            failed: WorldMap::from_fn(|world| seen.failed.get(&world).map_or(UNSEEN, |it| it.why)),
            failed_at: WorldMap::from_fn(|world| {
                seen.failed.get(&world).map_or(Stamp::NEVER, |it| Stamp::from_millis(it.at))
            }),
            stale: seen.stale.iter().fold(0, |bits, facet| bits | 1 << *facet as u32),
        };
        let known = Known { slots, ground: seen.ground.unwrap_or(UNSEEN), looks };
        chunk.push(Row { id: &seen.id, name: &seen.name, known });
    }
    chunk
}
