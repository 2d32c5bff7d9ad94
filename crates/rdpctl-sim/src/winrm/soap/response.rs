//! The service's answers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use uuid::Uuid;

use super::fault::Fault;
use super::names::{
    ADDRESSING, ANONYMOUS, COMMAND_SHELL, FAULT, FAULT_ACTION, IDENTITY, SHELL, SOAP, TRANSFER,
    WSMAN,
};
use super::tree::escape;

/// An answer with its HTTP status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::winrm) struct Response {
    pub(in crate::winrm) status: u16,
    pub(in crate::winrm) xml: String,
}

/// A shell, for those who ask.
pub(in crate::winrm) struct Description<'a> {
    pub(in crate::winrm) id: &'a str,
    pub(in crate::winrm) owner: &'a str,
    pub(in crate::winrm) idle_seconds: u64,
}

/// A piece of output.
pub(in crate::winrm) struct Chunk {
    pub(in crate::winrm) stream: &'static str,
    pub(in crate::winrm) data: Bytes,
}

/// Where a command stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::winrm) enum State {
    Running,
    Done(i32),
}

impl Response {
    pub(in crate::winrm) fn identify() -> Self {
        Self {
            status: 200,
            xml: format!(
                "<s:Envelope xml:lang=\"en-US\" xmlns:s=\"{SOAP}\"><s:Header/><s:Body><wsmid:IdentifyResponse xmlns:wsmid=\"{IDENTITY}\"><wsmid:ProtocolVersion>{WSMAN}</wsmid:ProtocolVersion><wsmid:ProductVendor>Microsoft Corporation</wsmid:ProductVendor><wsmid:ProductVersion>OS: 0.0.0 SP: 0.0 Stack: 3.0</wsmid:ProductVersion></wsmid:IdentifyResponse></s:Body></s:Envelope>"
            ),
        }
    }

    pub(in crate::winrm) fn created(relates_to: &str, shell: &Description<'_>) -> Self {
        let id = escape(shell.id);
        let body = format!(
            "<x:ResourceCreated><a:Address>http://127.0.0.1/wsman</a:Address><a:ReferenceParameters><w:ResourceURI>{COMMAND_SHELL}</w:ResourceURI><w:SelectorSet><w:Selector Name=\"ShellId\">{id}</w:Selector></w:SelectorSet></a:ReferenceParameters></x:ResourceCreated>{}",
            described(shell)
        );
        Self::answer(&format!("{TRANSFER}/CreateResponse"), relates_to, &body)
    }

    pub(in crate::winrm) fn got(relates_to: &str, shell: &Description<'_>) -> Self {
        Self::answer(&format!("{TRANSFER}/GetResponse"), relates_to, &described(shell))
    }

    pub(in crate::winrm) fn deleted(relates_to: &str) -> Self {
        Self::answer(&format!("{TRANSFER}/DeleteResponse"), relates_to, "")
    }

    pub(in crate::winrm) fn started(relates_to: &str, command: &str) -> Self {
        let body = format!(
            "<rsp:CommandResponse><rsp:CommandId>{}</rsp:CommandId></rsp:CommandResponse>",
            escape(command)
        );
        Self::answer(&format!("{SHELL}/CommandResponse"), relates_to, &body)
    }

    pub(in crate::winrm) fn sent(relates_to: &str) -> Self {
        Self::answer(&format!("{SHELL}/SendResponse"), relates_to, "<rsp:SendResponse/>")
    }

    pub(in crate::winrm) fn signalled(relates_to: &str) -> Self {
        Self::answer(&format!("{SHELL}/SignalResponse"), relates_to, "<rsp:SignalResponse/>")
    }

    pub(in crate::winrm) fn received(
        relates_to: &str,
        command: &str,
        chunks: &[Chunk],
        state: State,
    ) -> Self {
        let id = escape(command);
        let mut body = String::from("<rsp:ReceiveResponse>");
        for Chunk { stream, data } in chunks {
            body.push_str(&stream_open(stream, &id, ""));
            STANDARD.encode_string(data, &mut body);
            body.push_str("</rsp:Stream>");
        }
        let (name, exit) = match state {
            State::Running => ("Running", String::new()),
            State::Done(exit) => {
                for stream in ["stdout", "stderr"] {
                    body.push_str(&stream_open(stream, &id, " End=\"true\""));
                    body.push_str("</rsp:Stream>");
                }
                ("Done", format!("<rsp:ExitCode>{exit}</rsp:ExitCode>"))
            }
        };
        let state = format!(
            "<rsp:CommandState CommandId=\"{id}\" State=\"{SHELL}/CommandState/{name}\">{exit}</rsp:CommandState>"
        );
        body.push_str(&state);
        body.push_str("</rsp:ReceiveResponse>");
        Self::answer(&format!("{SHELL}/ReceiveResponse"), relates_to, &body)
    }

    pub(in crate::winrm) fn fault(relates_to: &str, fault: Fault, computer: &str) -> Self {
        let wording = fault.wording();
        let subcode = wording
            .subcode
            .map(|value| format!("<s:Subcode><s:Value>{value}</s:Value></s:Subcode>"))
            .unwrap_or_default();
        let body = format!(
            "<s:Fault><s:Code><s:Value>{}</s:Value>{subcode}</s:Code><s:Reason><s:Text xml:lang=\"en-US\">{text}</s:Text></s:Reason><s:Detail><f:WSManFault xmlns:f=\"{FAULT}\" Code=\"{}\" Machine=\"{}\"><f:Message>{text}</f:Message></f:WSManFault></s:Detail></s:Fault>",
            wording.code,
            wording.number,
            escape(computer),
            text = wording.text,
        );
        Self { status: 500, ..Self::answer(FAULT_ACTION, relates_to, &body) }
    }

    fn answer(action: &str, relates_to: &str, body: &str) -> Self {
        Self {
            status: 200,
            xml: format!(
                "<s:Envelope xml:lang=\"en-US\" xmlns:s=\"{SOAP}\" xmlns:a=\"{ADDRESSING}\" xmlns:x=\"{TRANSFER}\" xmlns:w=\"{WSMAN}\" xmlns:rsp=\"{SHELL}\"><s:Header><a:Action>{action}</a:Action><a:MessageID>uuid:{}</a:MessageID><a:To>{ANONYMOUS}</a:To><a:RelatesTo>{}</a:RelatesTo></s:Header><s:Body>{body}</s:Body></s:Envelope>",
                Uuid::new_v4().hyphenated().to_string().to_uppercase(),
                escape(relates_to),
            ),
        }
    }
}

fn stream_open(stream: &str, command: &str, more: &str) -> String {
    format!("<rsp:Stream Name=\"{stream}\" CommandId=\"{command}\"{more}>")
}

fn described(shell: &Description<'_>) -> String {
    format!(
        "<rsp:Shell><rsp:ShellId>{}</rsp:ShellId><rsp:ResourceUri>{COMMAND_SHELL}</rsp:ResourceUri><rsp:Owner>{}</rsp:Owner><rsp:ClientIP>127.0.0.1</rsp:ClientIP><rsp:IdleTimeOut>PT{}.000S</rsp:IdleTimeOut><rsp:InputStreams>stdin</rsp:InputStreams><rsp:OutputStreams>stdout stderr</rsp:OutputStreams></rsp:Shell>",
        escape(shell.id),
        escape(shell.owner),
        shell.idle_seconds,
    )
}
