//! What the screen of a VM showed last, where its Windows does not answer: a link to the vendor's own picture.

use rdpctl_doctor::Screen;
use rdpctl_model::Survey;
use rdpctl_model::cloud::PowerState;
use rdpctl_words::{Language, words};
use tokio_util::sync::CancellationToken;

use super::patient::Patient;

/// The link, or why there is none; nothing where the guest was asked, or nobody keeps pictures.
pub(super) async fn told(
    patient: &Patient,
    survey: Option<&Survey>,
    language: Language,
) -> Option<Screen> {
    let survey = survey?;
    let runs = survey.cloud.as_ref().is_ok_and(|cloud| cloud.power.state == PowerState::Running);
    if survey.guest.is_ok() || !runs {
        return None;
    }
    let (cloud, instance) = (patient.subscription()?, patient.estate.instances.first()?);
    let seen = cloud.screenshot(&instance.id, &CancellationToken::new()).await;
    // Whoever may ask for it may see it: it is shown to him in every form, with what it gives away.
    let link = seen.as_ref().ok().and_then(Option::as_ref).map(|link| link.expose().to_owned());
    let said = match seen {
        Ok(Some(link)) => say::screen_at(link.expose()),
        Ok(None) => say::screen_not_kept(),
        Err(error) => say::screen_not_seen(error.said()),
    };
    Some(Screen { link, says: words(language).say(&said) })
}

rdpctl_model::says! { "disk":
    screen_at(link);
    screen_not_kept();
    screen_not_seen(cause);
}
