//! What the screen of a VM showed last, where its Windows does not answer: a link to the vendor's own picture.

use rdpctl_model::Survey;
use rdpctl_model::cloud::PowerState;
use rdpctl_words::{Language, words};
use tokio_util::sync::CancellationToken;

use super::patient::Patient;

/// The link, or why there is none; nothing where the guest was asked, or nobody keeps pictures.
pub(super) async fn told(patient: &Patient, survey: Option<&Survey>, language: Language) -> String {
    let Some(survey) = survey else { return String::new() };
    let runs = survey.cloud.as_ref().is_ok_and(|cloud| cloud.power.state == PowerState::Running);
    if survey.guest.is_ok() || !runs {
        return String::new();
    }
    let (Some(cloud), Some(instance)) = (patient.subscription(), patient.estate.instances.first())
    else {
        return String::new();
    };
    let said = match cloud.screenshot(&instance.id, &CancellationToken::new()).await {
        Ok(Some(link)) => say::screen_at(link.expose()),
        Ok(None) => say::screen_not_kept(),
        Err(error) => say::screen_not_seen(error.said()),
    };
    format!("\n{}\n", words(language).say(&said))
}

rdpctl_model::says! { "disk":
    screen_at(link);
    screen_not_kept();
    screen_not_seen(cause);
}
