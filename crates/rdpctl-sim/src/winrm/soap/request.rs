//! What a client asks, taken out of its envelope.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::fault::Fault;
use super::names::{ADDRESSING, COMMAND_SHELL, IDENTITY, SHELL, SOAP, TRANSFER, WSMAN, WSMV};
use super::tree::Element;

/// The smallest answer that a client may ask for.
const SMALLEST_ENVELOPE: usize = 8192;

/// A request to the command shell's service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::winrm) struct Request {
    /// The client's message id, to be repeated in the answer.
    pub(in crate::winrm) message_id: String,
    /// The shell that it is about; none in Create.
    pub(in crate::winrm) shell: Option<String>,
    /// The largest answer that the client takes.
    pub(in crate::winrm) max_envelope: usize,
    /// How long the service may hold the request.
    pub(in crate::winrm) timeout: Duration,
    /// What is to be done.
    pub(in crate::winrm) body: Body,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::winrm) enum Body {
    /// Say who you are.
    Identify,
    /// Open a shell.
    Create {
        /// The console's code page, when asked for where it counts.
        code_page: Option<u32>,
        /// How long the shell may lie idle.
        idle: Option<Duration>,
    },
    /// Describe a shell.
    Get,
    /// Start a command.
    Command {
        /// Command and arguments, joined as the service joins them.
        line: String,
        /// Whether the line is run as it is, without a command processor around it.
        skip_cmd: bool,
        /// The id that the client wants for it.
        id: Option<String>,
    },
    /// Hand out output.
    Receive {
        /// Of this command.
        command: String,
    },
    /// Take input.
    Send {
        /// For this command.
        command: String,
        /// The bytes.
        data: Vec<u8>,
        /// Whether they are the last.
        end: bool,
    },
    /// Tell a command something.
    Signal {
        /// The command.
        command: String,
        /// What.
        signal: Signal,
    },
    /// Close a shell.
    Delete,
}

/// What a command is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::winrm) enum Signal {
    /// End; also: all output has been read.
    Terminate,
    /// Ctrl-C or Ctrl-Break.
    Interrupt,
}

impl Request {
    /// Reads an envelope. The second part of an error is the message id, as far as it was found.
    pub(in crate::winrm) fn parse(xml: &str) -> Result<Self, (Fault, String)> {
        let envelope = Element::parse(xml).ok_or((Fault::Schema, String::new()))?;
        let message_id = envelope
            .child(SOAP, "Header")
            .and_then(|header| header.text_of(ADDRESSING, "MessageID"))
            .unwrap_or_default()
            .to_owned();
        Self::read(&envelope, &message_id).map_err(|fault| (fault, message_id))
    }

    fn read(envelope: &Element, message_id: &str) -> Result<Self, Fault> {
        let body = envelope.child(SOAP, "Body").ok_or(Fault::Schema)?;
        if body.child(IDENTITY, "Identify").is_some() {
            return Ok(Self {
                message_id: message_id.to_owned(),
                shell: None,
                max_envelope: 153_600,
                timeout: Duration::from_secs(20),
                body: Body::Identify,
            });
        }
        let header = envelope.child(SOAP, "Header").ok_or(Fault::HeaderMissing)?;
        understand(header)?;
        let action = header.text_of(ADDRESSING, "Action").ok_or(Fault::HeaderMissing)?;
        if message_id.is_empty() {
            return Err(Fault::HeaderMissing);
        }
        let resource = header.text_of(WSMAN, "ResourceURI").ok_or(Fault::HeaderMissing)?;
        let shell = selector(header, "ShellId");
        if resource != COMMAND_SHELL {
            // A shell is only found under the URI that it was created with.
            return Err(if shell.is_some() { Fault::NoSuchShell } else { Fault::NoSuchResource });
        }
        let max_envelope = match header.text_of(WSMAN, "MaxEnvelopeSize") {
            Some(text) => text.parse().map_err(|_| Fault::HeaderInvalid)?,
            None => 153_600,
        };
        if max_envelope < SMALLEST_ENVELOPE {
            return Err(Fault::EnvelopeTooSmall);
        }
        let timeout = match header.text_of(WSMAN, "OperationTimeout") {
            Some(text) => duration(text).ok_or(Fault::HeaderInvalid)?,
            None => Duration::from_mins(1),
        };
        let body = Body::read(action, header, body)?;
        if shell.is_none() && !matches!(body, Body::Create { .. }) {
            return Err(Fault::NoSuchShell);
        }
        Ok(Self { message_id: message_id.to_owned(), shell, max_envelope, timeout, body })
    }
}

impl Body {
    fn read(action: &str, header: &Element, body: &Element) -> Result<Self, Fault> {
        if let Some(operation) = action.strip_prefix(TRANSFER) {
            return match operation {
                "/Create" => create(header, body),
                "/Delete" => Ok(Self::Delete),
                "/Get" => Ok(Self::Get),
                _ => Err(Fault::NoSuchAction),
            };
        }
        match action.strip_prefix(SHELL).ok_or(Fault::NoSuchAction)? {
            "/Command" => command(header, body),
            "/Receive" => {
                let stream =
                    inner(body, "Receive")?.child(SHELL, "DesiredStream").ok_or(Fault::Schema)?;
                Ok(Self::Receive { command: id_of(stream)? })
            }
            "/Send" => {
                let stream = inner(body, "Send")?.child(SHELL, "Stream").ok_or(Fault::Schema)?;
                let text: String = stream.text.split_whitespace().collect();
                Ok(Self::Send {
                    command: id_of(stream)?,
                    data: STANDARD.decode(text).map_err(|_| Fault::Schema)?,
                    end: stream
                        .attribute("End")
                        .is_some_and(|end| end.eq_ignore_ascii_case("true") || end == "1"),
                })
            }
            "/Signal" => {
                let signal = inner(body, "Signal")?;
                let code = signal.text_of(SHELL, "Code").ok_or(Fault::Schema)?.to_ascii_lowercase();
                let code = code.strip_prefix(SHELL).ok_or(Fault::Schema)?;
                Ok(Self::Signal {
                    command: id_of(signal)?,
                    signal: match code {
                        "/signal/terminate" => Signal::Terminate,
                        "/signal/ctrl_c" | "/signal/ctrl_break" => Signal::Interrupt,
                        _ => return Err(Fault::Schema),
                    },
                })
            }
            _ => Err(Fault::NoSuchAction),
        }
    }
}

fn create(header: &Element, body: &Element) -> Result<Body, Fault> {
    let shell = inner(body, "Shell")?;
    let code_page = match option(header, "WINRS_CODEPAGE") {
        Some(text) => Some(text.parse().map_err(|_| Fault::Schema)?),
        None => None,
    };
    let idle = match shell.text_of(SHELL, "IdleTimeOut") {
        Some(text) => Some(duration(text).ok_or(Fault::Schema)?),
        None => None,
    };
    Ok(Body::Create { code_page, idle })
}

fn command(header: &Element, body: &Element) -> Result<Body, Fault> {
    let line = inner(body, "CommandLine")?;
    let mut words = vec![line.text_of(SHELL, "Command").ok_or(Fault::Schema)?];
    words.extend(line.children_named(SHELL, "Arguments").map(|argument| argument.text.as_str()));
    Ok(Body::Command {
        line: words.join(" "),
        skip_cmd: option(header, "WINRS_SKIP_CMD_SHELL")
            .is_some_and(|value| value.eq_ignore_ascii_case("true")),
        id: line.attribute("CommandId").map(str::to_owned),
    })
}

fn inner<'a>(body: &'a Element, name: &str) -> Result<&'a Element, Fault> {
    body.child(SHELL, name).ok_or(Fault::Schema)
}

fn id_of(element: &Element) -> Result<String, Fault> {
    element.attribute("CommandId").map(str::to_owned).ok_or(Fault::NoSuchCommand)
}

fn selector(header: &Element, name: &str) -> Option<String> {
    header
        .child(WSMAN, "SelectorSet")?
        .children_named(WSMAN, "Selector")
        .find(|selector| selector.attribute("Name") == Some(name))
        .map(|selector| selector.text.trim().to_owned())
}

/// An option, honoured only inside the header: a set that stands after it, as winrm-rs writes it, does not count.
fn option<'a>(header: &'a Element, name: &str) -> Option<&'a str> {
    header
        .child(WSMAN, "OptionSet")?
        .children_named(WSMAN, "Option")
        .find(|option| {
            option.attribute("Name").is_some_and(|found| found.eq_ignore_ascii_case(name))
        })
        .map(|option| option.text.trim())
}

fn understand(header: &Element) -> Result<(), Fault> {
    let known = header.children.iter().all(|entry| {
        [ADDRESSING, WSMAN, WSMV].contains(&entry.namespace.as_str())
            || !entry.attribute("mustUnderstand").is_some_and(|value| matches!(value, "true" | "1"))
    });
    if known { Ok(()) } else { Err(Fault::MustUnderstand) }
}

/// An XML duration of hours, minutes and seconds, such as `PT20S` or `PT60.000S`.
fn duration(text: &str) -> Option<Duration> {
    let (days, time) = text.strip_prefix('P')?.split_once('T')?;
    let mut seconds = match days.strip_suffix('D') {
        Some(days) => days.parse::<f64>().ok()? * 86_400.0,
        None if days.is_empty() => 0.0,
        None => return None,
    };
    let mut number = String::new();
    for character in time.chars() {
        let unit = match character {
            'H' => 3600.0,
            'M' => 60.0,
            'S' => 1.0,
            digit if digit.is_ascii_digit() || digit == '.' => {
                number.push(digit);
                continue;
            }
            _ => return None,
        };
        seconds += number.parse::<f64>().ok()? * unit;
        number.clear();
    }
    if !number.is_empty() {
        return None;
    }
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(header: &str, after_header: &str, body: &str) -> String {
        format!(
            r#"<s:Envelope xmlns:s="{SOAP}" xmlns:a="{ADDRESSING}" xmlns:w="{WSMAN}" xmlns:rsp="{SHELL}"><s:Header>{header}</s:Header>{after_header}<s:Body>{body}</s:Body></s:Envelope>"#
        )
    }

    fn header(action: &str, more: &str) -> String {
        format!(
            "<a:Action>{action}</a:Action><a:MessageID>uuid:1</a:MessageID><w:ResourceURI>{COMMAND_SHELL}</w:ResourceURI><w:OperationTimeout>PT20S</w:OperationTimeout>{more}"
        )
    }

    #[test]
    fn a_code_page_counts_inside_the_header_only() {
        let action = format!("{TRANSFER}/Create");
        let options =
            r#"<w:OptionSet><w:Option Name="WINRS_CODEPAGE">65001</w:Option></w:OptionSet>"#;
        let shell = "<rsp:Shell><rsp:IdleTimeOut>PT120.000S</rsp:IdleTimeOut></rsp:Shell>";
        let inside = Request::parse(&envelope(&header(&action, options), "", shell)).unwrap();
        let idle = Some(Duration::from_mins(2));
        assert_eq!(inside.body, Body::Create { code_page: Some(65001), idle });
        let outside = Request::parse(&envelope(&header(&action, ""), options, shell)).unwrap();
        assert_eq!(outside.body, Body::Create { code_page: None, idle });
    }

    #[test]
    fn command_and_arguments_are_joined_with_single_spaces() {
        let action = format!("{SHELL}/Command");
        let selectors =
            r#"<w:SelectorSet><w:Selector Name="ShellId">S1</w:Selector></w:SelectorSet>"#;
        let body = "<rsp:CommandLine><rsp:Command>reg</rsp:Command><rsp:Arguments>query</rsp:Arguments><rsp:Arguments>\"HKLM\\A &amp; B\"</rsp:Arguments></rsp:CommandLine>";
        let request = Request::parse(&envelope(&header(&action, selectors), "", body)).unwrap();
        assert_eq!(request.shell.as_deref(), Some("S1"));
        assert_eq!(
            request.body,
            Body::Command {
                line: "reg query \"HKLM\\A & B\"".to_owned(),
                skip_cmd: false,
                id: None
            }
        );
    }

    #[test]
    fn durations_are_read_as_xml_writes_them() {
        for (text, seconds) in [
            ("PT20S", Some(20)),
            ("PT60.000S", Some(60)),
            ("PT1M30S", Some(90)),
            ("P1DT0S", Some(86_400)),
            ("20", None),
            ("PTS", None),
            ("PT5", None),
            ("PT-1S", None),
        ] {
            assert_eq!(duration(text), seconds.map(Duration::from_secs), "{text}");
        }
    }

    #[test]
    fn each_bad_header_has_its_fault() {
        let create = format!("{TRANSFER}/Create");
        let shell = "<rsp:Shell/>";
        let fault = |xml: String| Request::parse(&xml).unwrap_err().0;
        assert_eq!(fault("<a".to_owned()), Fault::Schema);
        assert_eq!(fault(envelope("", "", shell)), Fault::HeaderMissing);
        assert_eq!(fault(envelope(&header("urn:nothing", ""), "", shell)), Fault::NoSuchAction);
        assert_eq!(
            fault(envelope(
                &header(&format!("{SHELL}/Receive"), ""),
                "",
                "<rsp:Receive><rsp:DesiredStream CommandId=\"1\"/></rsp:Receive>"
            )),
            Fault::NoSuchShell
        );
        assert_eq!(
            fault(envelope(
                &header(&create, "<w:MaxEnvelopeSize>100</w:MaxEnvelopeSize>"),
                "",
                shell
            )),
            Fault::EnvelopeTooSmall
        );
        assert_eq!(
            fault(envelope(
                &header(&create, "<x:New xmlns:x=\"urn:x\" s:mustUnderstand=\"true\"/>"),
                "",
                shell
            )),
            Fault::MustUnderstand
        );
        assert_eq!(
            fault(envelope(&header(&create, "").replace("PT20S", "soon"), "", shell)),
            Fault::HeaderInvalid
        );
    }
}
