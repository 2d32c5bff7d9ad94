//! The graph itself; petgraph stays in here.

use petgraph::algo::toposort;
use petgraph::graph::{DiGraph, NodeIndex};
use rdpctl_model::plan::{Plan, StepId};

fn graph(plan: &Plan) -> DiGraph<StepId, ()> {
    let mut graph = DiGraph::with_capacity(plan.steps.len(), plan.steps.len());
    for (id, _) in plan.numbered() {
        graph.add_node(id);
    }
    for (id, step) in plan.numbered() {
        for need in &step.needs {
            if (need.0 as usize) < plan.steps.len() {
                graph.add_edge(NodeIndex::new(need.0 as usize), NodeIndex::new(id.0 as usize), ());
            }
        }
    }
    graph
}

/// All steps in an order that respects their needs; a step on a cycle when there is one.
pub fn order(plan: &Plan) -> Result<Vec<StepId>, StepId> {
    let graph = graph(plan);
    match toposort(&graph, None) {
        Ok(order) => Ok(order.into_iter().map(|node| graph[node]).collect()),
        Err(cycle) => Err(graph[cycle.node_id()]),
    }
}

/// Brings each group's list of steps into an order that respects their needs and otherwise keeps the facets' order.
pub(crate) fn sort_groups(plan: &mut Plan) {
    for group in &mut plan.groups {
        let mut left = std::mem::take(&mut group.steps);
        while !left.is_empty() {
            let ready = left
                .iter()
                .position(|id| {
                    plan.steps[id.0 as usize].needs.iter().all(|need| !left.contains(need))
                })
                .unwrap_or(0);
            group.steps.push(left.remove(ready));
        }
    }
}
