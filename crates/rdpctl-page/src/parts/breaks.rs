//! Where it breaks: a cell for each facet, with the instances of which it is the first cause.

use rdpctl_model::{FacetId, FacetMap};

use crate::address::Href;
use crate::html::{Element, Html, el, unseen};
use crate::id::Id;
use crate::marks::Mark;
use crate::view::Breaks;
use crate::words::{Words, grouped};

/// The cells.
pub(crate) fn breaks(words: &Words, breaks: &FacetMap<Breaks>) -> Html {
    let cells = FacetId::ALL.into_iter().map(|facet| cell(words, facet, breaks[facet]));
    el("section")
        .class("gap")
        .a("aria-labelledby", "where")
        .c(el("h2").id(&Id::fixed("where")).c(words.get("fleet.where")))
        .c(el("p").class("soft sub").c(words.get("fleet.where-sub")))
        .c(el("div").class("worlds").a("aria-hidden", "true").each(worlds(words)))
        .c(el("nav").class("facets").a("aria-label", words.get("fleet.where")).each(cells))
        .into()
}

/// The worlds over their facets, one for each run of facets of the same.
fn worlds(words: &Words) -> Vec<Element> {
    let mut runs = Vec::new();
    let mut last = None;
    for facet in FacetId::ALL {
        if last != Some(facet.world()) {
            last = Some(facet.world());
            runs.push(el("span").c(words.world(facet.world())));
        }
    }
    runs
}

fn cell(words: &Words, facet: FacetId, breaks: Breaks) -> Element {
    let differ = breaks.differ + breaks.blocked;
    let mark = match (breaks.differ, breaks.blocked) {
        (0, 0) => None,
        (0, _) => Some(Mark::Stop),
        (_, _) => Some(Mark::Bad),
    };
    let unknown = match breaks.unknown {
        0 => Html::text("\u{a0}"),
        number => Html::from(format!("? {}", grouped(number)))
            .and(unseen(format!(" {}", words.get("fleet.unknown")))),
    };
    el("a")
        .href(&Href::path(&[]).with("view", "matrix").with("facet", facet.name()))
        .class(if differ == 0 { "quiet" } else { "" })
        .c(el("span").class("name").c(words.facet(facet)))
        .c(el("span")
            .c(el("b")
                .c(mark.map(Mark::small))
                .c(grouped(differ))
                .c(unseen(format!(" {}", words.get("fleet.differ")))))
            .c(el("span").class("q dim").c(unknown)))
}
