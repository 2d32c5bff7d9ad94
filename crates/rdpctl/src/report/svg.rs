//! A plan as a picture: steps in columns by how deep they stand, edges for needs.

use std::collections::BTreeMap;
use std::fmt::Write;

use rdpctl_model::plan::{Plan, StepId};
use rdpctl_model::repair::PlannedRepair;

use super::markup::escape;
use super::{repairs, words};

const BOX_WIDTH: usize = 260;
const BOX_HEIGHT: usize = 44;
const COLUMN: usize = 320;
const ROW: usize = 60;
const MARGIN: usize = 24;
/// Groups beyond so many are left out: a picture of thousands of boxes tells nobody anything.
const GROUPS_DRAWN: usize = 20;

/// Renders a plan.
pub(crate) fn render(plan: &Plan) -> String {
    let mut places: BTreeMap<StepId, (usize, usize)> = BTreeMap::new();
    let mut titles = Vec::new();
    let mut top = MARGIN;
    let mut widest = 0;
    let depths = depths(plan);
    for group in plan.groups.iter().take(GROUPS_DRAWN) {
        titles.push((top, words::members(group)));
        top += 30;
        let mut rows: BTreeMap<usize, usize> = BTreeMap::new();
        for id in &group.steps {
            if places.contains_key(id) {
                continue;
            }
            let depth = depths.get(id.0 as usize).copied().unwrap_or(0);
            let row = rows.entry(depth).or_default();
            places.insert(*id, (MARGIN + depth * COLUMN, top + *row * ROW));
            *row += 1;
            widest = widest.max(depth);
        }
        top += rows.values().copied().max().unwrap_or(0) * ROW + MARGIN;
    }
    let mut mended = Vec::new();
    for repair in plan.repairs.iter().take(GROUPS_DRAWN) {
        titles.push((top, format!("{}: repair of its disk", repair.instance)));
        mended.push((top + 30, repair));
        top += 30 + ROW + MARGIN;
        widest = widest.max(repair.steps.len().saturating_sub(1));
    }
    let width = MARGIN * 2 + widest * COLUMN + BOX_WIDTH;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {top}\" width=\"{width}\" height=\"{top}\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
    );
    for (y, title) in titles {
        let _ = writeln!(
            text,
            "<text x=\"{MARGIN}\" y=\"{}\" font-weight=\"bold\" font-size=\"14\">{}</text>",
            y + 14,
            escape(&title)
        );
    }
    for (id, (x, y)) in &places {
        let Some(step) = plan.step(*id) else { continue };
        for need in &step.needs {
            if let Some((from_x, from_y)) = places.get(need) {
                let (x1, y1, x2, y2) =
                    (from_x + BOX_WIDTH, from_y + BOX_HEIGHT / 2, *x, y + BOX_HEIGHT / 2);
                let middle = usize::midpoint(x1, x2);
                let _ = writeln!(
                    text,
                    "<path d=\"M{x1} {y1} C{middle} {y1} {middle} {y2} {x2} {y2}\" fill=\"none\" stroke=\"#8a94a6\"/>"
                );
            }
        }
    }
    for (id, (x, y)) in &places {
        let Some(step) = plan.step(*id) else { continue };
        let (fill, dash) = if step.held.is_some() {
            ("#fff4e0", " stroke-dasharray=\"5 4\"")
        } else {
            ("#eef4ff", "")
        };
        let held = step
            .held
            .as_ref()
            .map_or_else(String::new, |held| format!(" ({})", words::held(plan, held)));
        let action = words::action(&step.step.action);
        let _ = writeln!(
            text,
            "<g><title>{}{}</title><rect x=\"{x}\" y=\"{y}\" width=\"{BOX_WIDTH}\" height=\"{BOX_HEIGHT}\" rx=\"6\" fill=\"{fill}\" stroke=\"#3b5b92\"{dash}/><text x=\"{}\" y=\"{}\" font-weight=\"bold\">{}. {}</text><text x=\"{}\" y=\"{}\">{}</text></g>",
            escape(&action),
            escape(&held),
            x + 8,
            y + 17,
            step.number,
            step.step.facet,
            x + 8,
            y + 35,
            escape(&shorten(&action, 42)),
        );
    }
    for (y, repair) in mended {
        draw_repair(&mut text, y, repair);
    }
    text.push_str("</svg>\n");
    text
}

/// The stages of a repair, each after the one before; all of them wait for a yes.
fn draw_repair(text: &mut String, y: usize, repair: &PlannedRepair) {
    for (place, step) in repair.steps.iter().enumerate() {
        let x = MARGIN + place * COLUMN;
        let middle = y + BOX_HEIGHT / 2;
        if place > 0 {
            let from = x - COLUMN + BOX_WIDTH;
            let _ = writeln!(
                text,
                "<path d=\"M{from} {middle} L{x} {middle}\" fill=\"none\" stroke=\"#8a94a6\"/>"
            );
        }
        let (head, what) = repairs::node(step);
        let _ = writeln!(
            text,
            "<g><title>{}</title><rect x=\"{x}\" y=\"{y}\" width=\"{BOX_WIDTH}\" height=\"{BOX_HEIGHT}\" rx=\"6\" fill=\"#fff4e0\" stroke=\"#3b5b92\" stroke-dasharray=\"5 4\"/><text x=\"{}\" y=\"{}\" font-weight=\"bold\">{}</text><text x=\"{}\" y=\"{}\">{}</text></g>",
            escape(&what),
            x + 8,
            y + 17,
            escape(&head),
            x + 8,
            y + 35,
            escape(&shorten(&what, 42)),
        );
    }
}

/// How many steps stand before each, along the longest way. Needs point backwards, so one pass knows them all.
fn depths(plan: &Plan) -> Vec<usize> {
    let mut depths: Vec<usize> = Vec::with_capacity(plan.steps.len());
    for step in &plan.steps {
        let before = step.needs.iter().filter_map(|need| depths.get(need.0 as usize));
        let depth = before.max().map_or(0, |deepest| deepest + 1);
        depths.push(depth);
    }
    depths
}

fn shorten(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}
