//! One observation of a guest, in every form and every language.

use rdpctl_guest::script::Form;
use rdpctl_model::Gap;
use rdpctl_model::guest::{GuestSurvey, KeyAnswer, Left, RegData, RunState};
use rdpctl_words::english;

use crate::inside::{KEY, guest, observe};

const FORMS: [Form; 4] =
    [Form::Lines, Form::File, Form::Packed { reply: 24_576 }, Form::Packed { reply: 4_096 }];

/// Everything that was not learned.
fn gaps(survey: &GuestSurvey) -> Vec<String> {
    let mut gaps: Vec<String> = Vec::new();
    for (key, answer) in &survey.registry.keys {
        if let KeyAnswer::Gap(gap) = answer {
            gaps.push(format!("{key}: {}", english(&gap.said())));
        }
    }
    for (name, answer) in &survey.services {
        gaps.extend(answer.as_ref().err().map(|gap| format!("{name}: {}", english(&gap.said()))));
    }
    let rest: [(&str, Option<&Gap>); 8] = [
        ("listeners", survey.listeners.as_ref().err()),
        ("processes", survey.processes.as_ref().err()),
        ("rules", survey.firewall_rules.as_ref().err()),
        ("folder", survey.acl_folder.as_ref().err()),
        ("keys", survey.acl_keys.as_ref().err()),
        ("booted", survey.booted.as_ref().err()),
        ("nonce", survey.boot_nonce.as_ref().err()),
        ("events", survey.events.as_ref().err()),
    ];
    gaps.extend(
        rest.into_iter()
            .filter_map(|(name, gap)| Some(format!("{name}: {}", english(&gap?.said())))),
    );
    gaps
}

#[tokio::test]
async fn a_healthy_guest_answers_every_question_in_every_form() {
    for form in FORMS {
        let survey = observe(&guest("", form)).await.expect("a survey");
        assert_eq!(gaps(&survey), [""; 0], "{form:?}");
        assert_eq!(
            survey.booted.as_ref().map(|(time, _)| time.as_str()),
            Ok("2026-05-02T02:11:13.0000000Z")
        );
        assert_eq!(
            survey.services["termservice"].as_ref().map(|state| state.run),
            Ok(RunState::Running)
        );
        let listens = survey.listeners.iter().flatten().any(|row| row.port == 3389);
        assert!(listens, "{form:?}");
        let keys = survey.acl_keys.unwrap_or_default();
        assert_eq!(keys.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), [KEY]);
    }
}

#[tokio::test]
async fn the_facts_are_the_same_in_every_language() {
    let english = observe(&guest("", Form::Lines)).await.expect("a survey");
    for language in ["ko", "zh", "de"] {
        for form in [Form::Lines, Form::File] {
            let world = format!("language = \"{language}\"");
            let survey = observe(&guest(&world, form)).await.expect("a survey");
            assert_eq!(survey.services, english.services, "{language}");
            assert_eq!(survey.listeners, english.listeners, "{language}");
            assert_eq!(survey.processes, english.processes, "{language}");
            assert_eq!(survey.firewall_rules, english.firewall_rules, "{language}");
            assert_eq!(survey.acl_folder, english.acl_folder, "{language}");
            assert_eq!(survey.acl_keys, english.acl_keys, "{language}");
            assert_eq!(survey.booted, english.booted, "{language}");
            assert_eq!(survey.events, english.events, "{language}");
            assert_eq!(gaps(&survey), [""; 0], "{language}");
        }
    }
}

#[tokio::test]
async fn a_guest_that_prints_in_its_own_code_page_is_understood() {
    let port =
        |number| format!("[ports]\n{number} = {{ image = \"웹서버.exe\", service = \"web\" }}\n");
    let world = format!("language = \"ko\"\nfaults = {{ code-page = 949 }}\n{}", port(8080));
    let survey = observe(&guest(&world, Form::Lines)).await.expect("a survey");
    let images: Vec<String> =
        survey.processes.into_iter().flatten().map(|process| process.image).collect();
    assert!(images.contains(&"웹서버.exe".to_owned()), "{images:?}");
}

#[tokio::test]
async fn a_key_that_nobody_may_read_is_denied_and_a_missing_one_is_absent() {
    let locked = observe(&guest("machine-keys = \"locked\"", Form::Lines)).await.expect("a survey");
    assert!(matches!(locked.acl_keys, Err(Gap::Denied { .. })), "{:?}", locked.acl_keys);
    let missing =
        observe(&guest("machine-keys = \"missing\"", Form::Lines)).await.expect("a survey");
    assert_eq!(missing.acl_keys, Ok(Vec::new()));
}

#[tokio::test]
async fn damage_on_the_way_is_gaps_and_never_absence() {
    let healthy = observe(&guest("", Form::Lines)).await.expect("a survey");
    for cut in [500, 3_000, 9_000, 15_000] {
        let world = format!("faults = {{ truncate-output = {cut} }}");
        let survey = observe(&guest(&world, Form::Lines)).await.expect("a survey");
        assert!(!gaps(&survey).is_empty());
        for (key, answer) in &survey.registry.keys {
            let gap = matches!(answer, KeyAnswer::Gap(_));
            assert!(
                gap || healthy.registry.keys.get(key) == Some(answer),
                "{key} after {cut} bytes"
            );
        }
    }
    let noisy =
        observe(&guest("faults = { noise-every = 7 }", Form::Lines)).await.expect("a survey");
    for (key, answer) in &noisy.registry.keys {
        assert_eq!(healthy.registry.keys.get(key), Some(answer), "{key}");
    }
}

#[tokio::test]
async fn tools_that_are_missing_or_denied_are_gaps_of_their_own_facts() {
    let world = "faults = { missing = [\"netstat\"], denied = [\"tasklist\"] }";
    let survey = observe(&guest(world, Form::Lines)).await.expect("a survey");
    let gaps = gaps(&survey);
    assert_eq!(gaps.len(), 2, "{gaps:?}");
    assert!(gaps[0].starts_with("listeners") && gaps[1].starts_with("processes"), "{gaps:?}");
}

#[tokio::test]
async fn values_that_look_like_marks_are_values() {
    let world = "[registry.'HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server']\nFake = \"#00000000 E 0\"";
    let survey = observe(&guest(world, Form::Lines)).await.expect("a survey");
    let fake =
        survey.registry.value(r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server", "Fake");
    assert_eq!(fake, Ok(Some(&RegData::Sz("#00000000 E 0".to_owned()))));
    assert_eq!(gaps(&survey), [""; 0]);
}

#[tokio::test]
async fn a_guest_says_by_which_certificate_its_winrm_is_to_be_known() {
    const THUMBPRINT: &str = "0123456789ABCDEF0123456789ABCDEF01234567";
    const WSMAN: &str = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WSMAN\Listener\*+HTTPS";
    const STORE: &str = r"HKLM\SOFTWARE\Microsoft\SystemCertificates\MY\Certificates";
    let listener = format!("registry.'{WSMAN}' = {{ certThumbprint = \"{THUMBPRINT}\" }}\n");
    // An entry whose only record is the certificate: the three bytes `abc`.
    let entry = format!(
        "registry.'{STORE}\\{THUMBPRINT}' = {{ Blob = {{ type = \"REG_BINARY\", data = \"200000000100000003000000616263\" }} }}\n"
    );
    // Of `abc`, as everybody knows it.
    let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    for form in FORMS {
        let said = |world: String| async move {
            observe(&guest(&world, form)).await.expect("a survey").winrm_certificate
        };
        assert_eq!(said(String::new()).await, Ok(None), "{form:?}");
        assert_eq!(said(listener.clone()).await, Ok(None), "its certificate is gone: {form:?}");
        let both = format!("{listener}{entry}");
        assert_eq!(said(both).await, Ok(Some(digest.to_owned())), "{form:?}");
    }
}

#[tokio::test]
async fn what_earlier_runs_left_is_told_by_name_and_the_script_itself_is_not() {
    for form in FORMS {
        let guest = guest("", form);
        let left = || async { observe(&guest).await.expect("a survey").left.expect("names") };
        assert_eq!(left().await, Left::default(), "{form:?}");
        crate::inside::said(
            &guest,
            r"cmd /c echo x>C:\Windows\rdpctl\a.acl&md C:\Windows\rdpctl\deadbeef",
        );
        let found = left().await;
        assert_eq!(
            (found.files, found.folders),
            (vec!["a.acl".to_owned()], vec!["deadbeef".to_owned()])
        );
    }
}
