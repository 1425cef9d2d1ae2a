//! hf_chat_template of hf.h: a model's chat template, rendered as transformers does.

use std::ffi::c_char;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{from_args, Kwargs};
use minijinja::{Environment, Error, ErrorKind, State, Value};

use crate::border::{boxed, free};
use crate::python_json::{dumps, Layout};
use crate::text::utf8_at;

const NAME: &str = "chat_template";

pub struct ChatTemplate {
    environment: Environment<'static>,
    /// Pairs of a name and a value: bos_token and its like.
    variables: Vec<(String, Value)>,
}

/// The marks around what an assistant says, which transformers only uses to count tokens, become
/// a condition that always holds, with their control of white space.
fn without_generation_marks(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(begin) = rest.find("{%") {
        let Some(length) = rest[begin..].find("%}") else { break };
        let inside = &rest[begin + 2..begin + length];
        let word = inside.trim_matches(|c: char| c.is_whitespace() || c == '-' || c == '+');
        let (before, after) = inside.split_once(word).unwrap_or((inside, ""));
        out.push_str(&rest[..begin + 2]);
        match word {
            "generation" => out.extend([before, "if true", after]),
            "endgeneration" => out.extend([before, "endif", after]),
            _ => out.push_str(inside),
        }
        out.push_str("%}");
        rest = &rest[begin + length + 2..];
    }
    out.push_str(rest);
    out
}

fn raise_exception(message: String) -> Result<Value, Error> {
    Err(Error::new(ErrorKind::InvalidOperation, message))
}

/// transformers' own `tojson`: nothing is escaped for HTML.
fn to_json(value: &Value, arguments: Kwargs) -> Result<Value, Error> {
    let mut layout = Layout {
        ensure_ascii: arguments.get::<Option<bool>>("ensure_ascii")?.unwrap_or(false),
        sort_keys: arguments.get::<Option<bool>>("sort_keys")?.unwrap_or(false),
        ..Layout::default()
    };
    let indent = arguments.get::<Option<Value>>("indent")?.filter(|v| !v.is_none());
    if let Some(indent) = indent {
        layout.indent = Some(match indent.as_str() {
            Some(text) => text.to_string(),
            None => " ".repeat(from_args::<(usize,)>(&[indent])?.0),
        });
        layout.item_separator = ",".to_string();
    }
    let separators = arguments.get::<Option<Value>>("separators")?.filter(|v| !v.is_none());
    if let Some(separators) = separators {
        let parts = separators.try_iter()?.collect::<Vec<_>>();
        (layout.item_separator, layout.key_separator) = from_args(&parts)?;
    }
    arguments.assert_all_used()?;
    dumps(value, &layout).map(Value::from)
}

fn unknown_method(
    state: &mut State,
    value: &Value,
    method: &str,
    arguments: &[Value],
) -> Result<Value, Error> {
    minijinja_contrib::pycompat::unknown_method_callback(state, value, method, arguments)
}

/// A message of one line that says where in the template it went wrong.
fn told(error: &Error) -> String {
    let mut text = match error.detail() {
        Some(detail) => detail.to_string(),
        None => error.kind().to_string(),
    };
    if let Some(line) = error.line() {
        text.push_str(&format!(" (line {line} of the chat template)"));
    }
    text.replace('\n', " ")
}

fn load(source: &str, variables: &str) -> Result<ChatTemplate, String> {
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    let mut environment = Environment::new();
    environment.set_syntax(syntax.map_err(|e| told(&e))?);
    environment.set_unknown_method_callback(unknown_method);
    environment.add_function("raise_exception", raise_exception);
    environment.add_filter("tojson", to_json);
    environment.add_template_owned(NAME, without_generation_marks(source)).map_err(|e| told(&e))?;
    let variables: Value = serde_json::from_str(variables).map_err(|e| e.to_string())?;
    let mut pairs = Vec::new();
    for name in variables.try_iter().map_err(|e| told(&e))? {
        let value = variables.get_item(&name).map_err(|e| told(&e))?;
        pairs.push((name.to_string(), value));
    }
    Ok(ChatTemplate { environment, variables: pairs })
}

fn render(template: &ChatTemplate, messages: &str) -> Result<String, String> {
    let messages: Value = serde_json::from_str(messages).map_err(|e| e.to_string())?;
    let own = [
        ("messages", messages),
        ("tools", Value::from(())),
        ("documents", Value::from(())),
        ("add_generation_prompt", Value::from(false)),
    ];
    let named = template.variables.iter().map(|(name, value)| (name.as_str(), value.clone()));
    let context = named.chain(own).collect::<Value>();
    let found = template.environment.get_template(NAME).map_err(|e| told(&e))?;
    found.render(context).map_err(|e| told(&e))
}

/// # Safety
/// As in hf.h: `source` and `variables` hold so many readable bytes.
#[no_mangle]
pub unsafe extern "C" fn hf_chat_template_load(
    source: *const c_char,
    n_source: usize,
    variables: *const c_char,
    n_variables: usize,
    error: *mut *mut c_char,
) -> *mut ChatTemplate {
    boxed(error, || load(utf8_at(source, n_source)?, utf8_at(variables, n_variables)?))
}

/// # Safety
/// As in hf.h: `chat` came from hf_chat_template_load, `messages` holds `n_bytes` readable bytes.
#[no_mangle]
pub unsafe extern "C" fn hf_chat_template_render(
    chat: *const ChatTemplate,
    messages: *const c_char,
    n_bytes: usize,
    error: *mut *mut c_char,
) -> *mut String {
    boxed(error, || render(&*chat, utf8_at(messages, n_bytes)?))
}

/// # Safety
/// As in hf.h: `chat` is null or came from hf_chat_template_load, and is not used again.
#[no_mangle]
pub unsafe extern "C" fn hf_chat_template_free(chat: *mut ChatTemplate) {
    free(chat);
}
