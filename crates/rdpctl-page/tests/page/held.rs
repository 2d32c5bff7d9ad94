//! What is held, and why: which clients it keeps out, and where the guard is declared.

use std::collections::BTreeMap;

use rdpctl_model::plan::{Direction, SecurityDelta};
use rdpctl_model::step::Guarded;
use rdpctl_model::{FacetId, Said, Verdict};
use rdpctl_page::{Difference, Language, More, Request, respond};

use crate::world::{World, body, get, said};

#[test]
fn what_is_held_names_the_clients_that_it_keeps_out_and_nobody_where_none_is_known() {
    let mut view = World::usual().view();
    let path = format!("/held/{}", view.held[0].id);
    assert!(!said(body(&get(&view, &path))).contains("Clients"));
    let off = Said::keyed("tls.version-off", [("version", "1.0".into())]);
    view.held[0].security =
        vec![SecurityDelta { direction: Direction::Stronger, what: off, instances: 41 }];
    view.held[0].differences.push(Difference {
        facet: FacetId::Nla,
        verdict: Verdict::drifted(Said::keyed("nla.off", []), Said::keyed("nla.required", [])),
    });
    let heard = said(body(&get(&view, &path)));
    assert!(heard.contains("Those that speak no TLS but 1.0 do not get in any more."), "{heard}");
    assert!(heard.contains("know no Network Level Authentication"), "{heard}");
    let request = Request { language: Language::Korean, ..Request::plain(&path, "") };
    let korean = respond(&view, &request, &More::Nothing);
    assert!(said(body(&korean)).contains("TLS 1.0만 쓰는 클라이언트"), "{}", body(&korean));
    // What becomes weaker keeps nobody out.
    view.held[0].security[0].direction = Direction::Weaker;
    assert!(!said(body(&get(&view, &path))).contains("speak no TLS"));
}

#[test]
fn where_the_guard_is_declared_stands_where_it_asks() {
    let mut view = World::usual().view();
    let path = format!("/held/{}", view.held[0].id);
    assert!(!said(body(&get(&view, &path))).contains("declared at"), "nobody said so");
    view.guards_at = Some(BTreeMap::from([(Guarded::Reboot, "site/rdp.toml:17".to_owned())]));
    let heard = said(body(&get(&view, &path)));
    assert!(heard.contains("reboot: declared at site/rdp.toml:17"), "{heard}");
    view.guards_at = Some(BTreeMap::new());
    let heard = said(body(&get(&view, &path)));
    assert!(heard.contains("reboot: no file declares it"), "{heard}");
}
