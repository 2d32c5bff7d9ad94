//! Looking at what was touched, once everything is done.

use super::RunError;
use super::board::Status;
use super::conductor::Conductor;
use super::roster::Cell;
use crate::look::Aim;
use crate::refresh::remember_again;

impl Conductor {
    /// Surveys what was touched, so that the state tells what is, not what was hoped for.
    pub(super) async fn look_at_the_result(&self) -> Result<(), RunError> {
        if self.scene.stop.is_cancelled() {
            return Ok(());
        }
        let mut members = Vec::new();
        for stands in self.roster.stands() {
            let Some((group, place)) = stands.first() else { continue };
            let member = &self.plan.groups[*group].members[*place];
            if stands.iter().any(|(group, place)| self.was_touched(*group, *place))
                && let Some(found) = self.scene.sources.of_member(&member.name)
            {
                members.push((found.key.clone(), member.id.clone()));
            }
        }
        if members.is_empty() {
            return Ok(());
        }
        remember_again(
            &self.scene.estate,
            &self.scene.hands.eyes(),
            self.scene.store.as_ref(),
            &self.scene.permit.author(),
            &members,
            Aim::whole_since(self.scene.began),
            &self.scene.stop,
        )
        .await?;
        Ok(())
    }

    /// Whether anything was begun on a member of a group, or on an object that it shares.
    fn was_touched(&self, group: usize, place: usize) -> bool {
        self.plan.groups[group].steps.iter().any(|id| {
            match self.board.status(Cell { step: *id, place }) {
                Status::Running | Status::Done | Status::Failed => true,
                Status::Open | Status::Held | Status::Skipped => false,
            }
        })
    }
}
