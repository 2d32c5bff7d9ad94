//! Real messages, whole as people report them, and what must not be taken for one.

use std::collections::BTreeSet;

use rdpctl_model::Stage;

use super::table::Messages;
use super::token::Tokens;
use crate::diagnosis::Complaint;
use crate::library::Library;
use crate::texts::Language;

fn recognise(library: &Library, text: &str) -> Complaint {
    library.messages.recognise(text, &library.texts)
}

/// A message, its stage and its meaning.
const KNOWN: &[(&str, Stage, &str)] = &[
    ("An internal error has occurred.", Stage::Tls, "internal-error"),
    ("내부 오류가 발생했습니다.", Stage::Tls, "internal-error"),
    ("  RDP   INTERNAL ERROR ", Stage::Tls, "internal-error"),
    ("Error code: 0x904 Extended error code: 0x7", Stage::Tls, "internal-error"),
    ("エラーコード: 0x904 拡張エラーコード: 0x7", Stage::Tls, "internal-error"),
    (
        "Remote Desktop can’t connect to the remote computer for one of these reasons:\n1) Remote access",
        Stage::Tcp,
        "three-reasons",
    ),
    (
        "This computer can't connect to the remote computer. Try connecting again.",
        Stage::Negotiation,
        "try-again",
    ),
    (
        "An authentication error has occurred. The function requested is not supported",
        Stage::LogOn,
        "credssp-oracle",
    ),
    (
        "An authentication error has occurred. The Local Security Authority cannot be contacted.",
        Stage::LogOn,
        "lsa",
    ),
    (
        "The remote computer that you are trying to connect to requires Network Level Authentication (NLA), but your Windows domain controller cannot be contacted to perform NLA.",
        Stage::LogOn,
        "no-domain-controller",
    ),
    (
        "연결하려는 원격 컴퓨터에 NLA(네트워크 수준 인증)가 필요하지만 NLA를 수행하기 위해 Windows 도메인 컨트롤러에 연결할 수 없습니다.",
        Stage::LogOn,
        "no-domain-controller",
    ),
    (
        "The remote computer requires Network Level Authentication, which your computer does not support.",
        Stage::Negotiation,
        "nla-required",
    ),
    (
        "The remote session was disconnected because there are no Remote Desktop License Servers available to provide a license. Please contact the server administrator.",
        Stage::Session,
        "no-licence-server",
    ),
    (
        "Because of a protocol error detected at the client (code 0x1104), this session will be disconnected.",
        Stage::Session,
        "protocol-client",
    ),
    (
        "You can't connect to the remote PC because your account isn't authorized. Error code: 0x2407",
        Stage::LogOn,
        "not-authorised",
    ),
    (
        "Your session ended because of an error. Error code: 0x807",
        Stage::LogOn,
        "credentials-refused",
    ),
    (
        "Error code: 0x4 Extended error code: 0x0 Activity ID: {9078ef5c-661c-48f0-b401-1c48db150000}",
        Stage::Session,
        "ended",
    ),
    ("Error code: 0x3 Extended error code: 0x7", Stage::Session, "session-limit"),
    (
        "freerdp_set_last_error ERRCONNECT_PASSWORD_MUST_CHANGE [0x00020013]",
        Stage::LogOn,
        "password-must-change",
    ),
    ("ERRCONNECT_CONNECT_TRANSPORT_FAILED [0x0002000D]", Stage::Negotiation, "closed-early"),
    (
        "[ERROR][com.freerdp.core] - [0x00020014] while connecting",
        Stage::LogOn,
        "credentials-refused",
    ),
    (
        "由于安全设置错误，客户端无法连接到远程计算机。确定你已登录到网络后，再重新连接。",
        Stage::Tls,
        "security-error",
    ),
    ("Der Anmeldeversuch ist fehlgeschlagen.", Stage::LogOn, "credentials-refused"),
    (
        "Произошла ошибка проверки подлинности. Указанная функция не поддерживается.",
        Stage::LogOn,
        "credssp-oracle",
    ),
    (
        "Cannot connect to the RDP server \"203.0.113.9\" via TLS. See the DEBUG traces for more information.",
        Stage::Tls,
        "tls-failed",
    ),
    (
        "RDP server closed/refused connection: Server refused connection (wrong security type?)",
        Stage::Negotiation,
        "negotiation-failed",
    ),
    ("Failed to connect, CredSSP required by server.", Stage::Negotiation, "nla-required"),
    (
        "The remote computer that you are trying to connect to requires Network Level Authentication (NLA), but your Windows domain controller cannot be contac",
        Stage::LogOn,
        "no-domain-controller",
    ),
    ("An internal eror has occured", Stage::Tls, "internal-error"),
    (
        "The remote session was disconnected because there are no Remote Desktop Lic",
        Stage::Session,
        "no-licence-server",
    ),
    (
        "Une erreur d’authentification s’est produite. La fonction demandee n’est pas prise en charge",
        Stage::LogOn,
        "credssp-oracle",
    ),
];

#[test]
fn a_known_message_has_its_meaning_and_its_stage_in_every_language() {
    let library = Library::read(Language::English).unwrap();
    for (text, stage, id) in KNOWN {
        let complaint = recognise(&library, text);
        assert_eq!(complaint.message.as_deref(), Some(*id), "{text}");
        assert_eq!(complaint.stage, Some(*stage), "{text}");
    }
}

#[test]
fn what_is_not_known_is_said_to_be_unknown_and_resembles_nothing() {
    let library = Library::read(Language::English).unwrap();
    for text in [
        "",
        "Error code: 0x2040",
        "Timestamp 0x10449 activity",
        "Everything works, but copy and paste is slow",
        "The printer does not show up in the session",
        "NLA",
        "error",
        "code",
        "0x",
        "원격",
        "接続",
        "Der Bildschirm flackert",
    ] {
        let complaint = recognise(&library, text);
        assert!(complaint.message.is_none(), "{text}: {:?}", complaint.message);
        assert!(complaint.nearest.is_empty(), "{text}: {:?}", complaint.nearest);
    }
    let endless = recognise(&library, &"x".repeat(100_000));
    assert_eq!(endless.text.len(), 600);
}

#[test]
fn a_message_that_resembles_a_known_one_is_unknown_and_shows_it() {
    let library = Library::read(Language::English).unwrap();
    let complaint = recognise(&library, "an internet error has happened");
    assert!(!complaint.is_known());
    assert_eq!(
        complaint.nearest.first().map(String::as_str),
        Some("An internal error has occurred")
    );
}

/// How people pass a message on.
fn mutated(text: &str) -> [String; 6] {
    let words: Vec<&str> = text.split(' ').collect();
    [
        text.to_uppercase(),
        format!("  {}\r\n", words.join("  \n")),
        format!("\u{201c}{text}\u{201d}!"),
        format!("Since the update of yesterday my client says: {text}. What now?"),
        text.replace('\'', "\u{2019}"),
        format!("<p>{text}</p>"),
    ]
}

#[test]
fn a_message_is_known_however_it_is_passed_on() {
    let library = Library::read(Language::English).unwrap();
    let messages = &library.messages;
    for said in messages.said() {
        for text in mutated(&said.says) {
            let complaint = recognise(&library, &text);
            let stage = messages.meaning(&said.means).map(|meaning| meaning.stage);
            assert_eq!(complaint.stage, stage, "{text}");
        }
    }
    for name in messages.names() {
        let text = format!("[12:00:01] [ERROR] - {} happened", name.is);
        assert_eq!(recognise(&library, &text).message.as_deref(), Some(name.means.as_str()));
        let longer = format!("[12:00:01] [ERROR] - X{}Y happened", name.is);
        let tokens = Tokens::of(&longer, &[]);
        assert!(messages.by_token(&tokens).next().is_none(), "{longer}");
    }
}

#[test]
fn no_number_is_known_by_a_part_of_it() {
    let library = Library::read(Language::English).unwrap();
    let all: BTreeSet<u32> =
        library.messages.codes().flat_map(|row| row.is..=row.up_to.unwrap_or(row.is)).collect();
    for code in &all {
        for other in [code.wrapping_mul(16), code.wrapping_mul(256) + 5] {
            if !all.contains(&other) {
                let text = format!("Error code: {other:#x}");
                assert!(recognise(&library, &text).message.is_none(), "{text}");
            }
        }
    }
}

#[test]
fn every_row_has_a_meaning_and_a_source_and_every_meaning_its_rows() {
    let messages = Messages::read().unwrap();
    let mut used = BTreeSet::new();
    for client in &messages.clients {
        let mut sources: BTreeSet<&str> = BTreeSet::new();
        let texts = client.text.iter().map(|row| (&row.means, &row.source));
        let codes = client.code.iter().chain(&client.extended).map(|row| (&row.means, &row.source));
        let names = client.name.iter().map(|row| (&row.means, &row.source));
        for (means, source) in texts.chain(codes).chain(names) {
            assert!(messages.meaning(means).is_some(), "there is no meaning {means}");
            assert!(client.sources.contains_key(source), "there is no source {source}");
            used.insert(means.as_str());
            sources.insert(source);
        }
        let known: BTreeSet<&str> = client.sources.keys().map(String::as_str).collect();
        assert_eq!(sources, known);
    }
    let meanings: BTreeSet<&str> =
        messages.meanings.iter().map(|meaning| meaning.id.as_str()).collect();
    assert_eq!(used, meanings);
    let languages: BTreeSet<&str> = messages.said().map(|said| said.lang.as_str()).collect();
    assert_eq!(
        languages,
        BTreeSet::from(["de", "en", "es", "fr", "ja", "ko", "ru", "zh-hans", "zh-hant"])
    );
    assert!(messages.said().count() >= 150);
}
