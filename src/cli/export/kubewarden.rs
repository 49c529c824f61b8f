//! `boltrope export kubewarden`: the ClusterAdmissionPolicy of a rules file.

use boltrope::engine::Program;
use boltrope::export::kubewarden::{Export, Manifest, Mode, manifests};
use boltrope::resource::Resource;
use boltrope::rules::is_dns_label;
use clap::ValueEnum;

use crate::cli::exit::{Exit, Failure};
use crate::cli::files;
use crate::cli::flags::AdmissionFlags;
use crate::cli::output::stdout;

const MODULE: &str = concat!(
    "registry://registry.boltrope.dev/policies/boltrope:v",
    env!("CARGO_PKG_VERSION")
);
const SCHEMES: [&str; 4] = ["registry://", "https://", "http://", "file://"];

const HELP: &str = "\
Prints one policy for Namespaces, if rules are about them, and one for everything else, with the right to look things
up where rules do. The rules file stays the source: print it again when it changes.

Examples:
  boltrope export kubewarden --rules rules.yaml | kubectl apply -f -
  boltrope export kubewarden --rules rules.yaml --action monitor
  boltrope export kubewarden --rules rules.yaml --action deny --name platform-audit
  boltrope export kubewarden --rules rules.yaml --resource example.org/v1/Widget=widgets";

/// Print the ClusterAdmissionPolicy of rules files for Kubewarden
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    flags: AdmissionFlags,
    /// Address of the policy's module
    #[arg(long, value_name = "IMAGE", default_value = MODULE)]
    module: String,
    /// Change nothing and refuse what would be changed, or only tell; by default the rules decide
    #[arg(long, value_name = "ACTION")]
    action: Option<Action>,
    /// Name of the policy [default: that of the rules, with the action behind it]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Plural of a kind that nothing else says: GROUP/VERSION/KIND=PLURAL, `core` for the core group; repeat for several
    #[arg(long, value_name = "KIND=PLURAL", value_parser = resource)]
    resource: Vec<Resource>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Action {
    /// Every rule that would change an object refuses it; for the audit scanner and for objects that Git owns
    Deny,
    /// Nothing is changed or refused; the policy server logs what would be
    Monitor,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    if !SCHEMES.iter().any(|scheme| arguments.module.starts_with(scheme)) {
        let message = format!(
            "--module: `{}` has no scheme; write registry://{}",
            arguments.module, arguments.module
        );
        return Err(Failure::Arguments(message));
    }
    let loaded = arguments.flags.loaded()?;
    let mut catalog = files::catalog(&arguments.flags.world)?;
    for resource in &arguments.resource {
        catalog.tell(resource.clone());
    }
    let (mode, suffix) = match arguments.action {
        None => (Mode::Enforce, ""),
        Some(Action::Deny) => (Mode::Deny, "-deny"),
        Some(Action::Monitor) => (Mode::Monitor, "-monitor"),
    };
    let name = arguments
        .name
        .clone()
        .unwrap_or_else(|| format!("{}{suffix}", loaded.name()));
    if !is_dns_label(&name) {
        let message = format!(
            "`{name}` cannot be the name of a policy: use at most 63 lower-case letters, digits and `-`; pass --name"
        );
        return Err(Failure::Arguments(message));
    }
    let spec = loaded.spec();
    let program = Program::compile(loaded.rules);
    let found = manifests(&Export {
        name: &name,
        module: &arguments.module,
        spec: &spec,
        program: &program,
        catalog: &catalog,
        mode,
    });
    let found = found.map_err(|error| Failure::Arguments(error.to_string()))?;
    let text: Vec<String> = found.iter().map(document).collect();
    stdout::pieces([text.join("---\n").as_bytes()].into_iter())?;
    Ok(Exit::Clean)
}

fn document(manifest: &Manifest) -> String {
    let notes: String = manifest.notes.iter().map(|note| format!("# {note}\n")).collect();
    notes + &boltrope_yaml::write(&manifest.resource)
}

fn resource(text: &str) -> Result<Resource, String> {
    let parts = text.split_once('=').map(|(kind, plural)| {
        let kind: Vec<&str> = kind.split('/').collect();
        (kind, plural)
    });
    let is_plural = |plural: &str| {
        let is_letter = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-';
        !plural.is_empty() && plural.bytes().all(is_letter)
    };
    match parts {
        Some((kind, plural)) if is_plural(plural) => match kind.as_slice() {
            [group, version, kind] if ![group, version, kind].iter().any(|part| part.is_empty()) => {
                Ok(Resource {
                    group: if *group == "core" { "" } else { *group }.to_owned(),
                    versions: vec![(*version).to_owned()],
                    kind: (*kind).to_owned(),
                    plural: plural.to_owned(),
                    scope: None,
                })
            }
            _ => Err("write GROUP/VERSION/KIND=PLURAL, for example example.org/v1/Widget=widgets".to_owned()),
        },
        _ => Err("write GROUP/VERSION/KIND=PLURAL, for example example.org/v1/Widget=widgets".to_owned()),
    }
}
