//! Where a mirror leads and what its ports are, from the source Service if the rule looks it up (rules.md 4.4, 4.5).

use serde_json::{Map, Value};

use super::Problem;
use super::settings::ExternalNameSettings;
use crate::engine::Context;
use crate::engine::world::{Answer, World};
use crate::object::compact;
use crate::rules::is_dns_subdomain;

/// The keys of a port that a mirror keeps besides `targetPort`.
pub(super) const PORT_KEYS: [&str; 4] = ["name", "port", "protocol", "appProtocol"];

/// What the spec of a mirror says.
#[derive(Debug, PartialEq)]
pub(super) struct Destination {
    /// `spec.externalName`.
    pub(super) external_name: String,
    /// `targetPort` for each of the object's ports; `None` where the port has no number.
    pub(super) target_ports: Vec<Option<Value>>,
    /// All ports, when the object has none and the source has.
    pub(super) ports: Option<Vec<Value>>,
}

/// Why there is no destination.
#[derive(Debug, PartialEq)]
pub(super) enum Obstacle {
    /// The source cannot be looked up, and why.
    Unavailable(String),
    /// What is wrong with the object or its source.
    Problems(Vec<Problem>),
}

impl From<Problem> for Obstacle {
    fn from(problem: Problem) -> Self {
        Self::Problems(vec![problem])
    }
}

/// The destination without a look at the source, which is taken to have a ClusterIP.
pub(super) fn assumed(external_name: String, object_ports: &[Value]) -> Destination {
    Destination {
        external_name,
        target_ports: object_ports.iter().map(|port| number(port).cloned()).collect(),
        ports: None,
    }
}

/// The destination as the source Service `service` says it.
///
/// # Errors
/// [`Obstacle`]: the World has no answer, the source is missing, or its ports do not fit.
pub(super) fn look_up(
    settings: &ExternalNameSettings,
    context: &Context<'_>,
    service: &str,
    external_name: String,
    object_ports: &[Value],
) -> Result<Destination, Obstacle> {
    let namespace = settings.source.as_str();
    let found = match context.world.service(namespace, service) {
        Answer::Known(found) => found,
        Answer::Absent => return Err(not_found(namespace, service).into()),
        Answer::Unavailable(reason) => return Err(Obstacle::Unavailable(reason)),
    };
    let source = Source {
        world: (!context.is_admission()).then_some(context.world),
        namespace,
        service,
        class: Class::of(&found),
        ports: ports_of(&found),
    };
    let own = (
        context.object.name(),
        context.target.name(),
        context.cluster_domain,
    );
    source.follow(external_name, own, object_ports)
}

/// The ports of a Service, none when they are not a list.
pub(super) fn ports_of(service: &Value) -> &[Value] {
    let ports = service.pointer("/spec/ports").and_then(Value::as_array);
    ports.map_or(&[], Vec::as_slice)
}

/// `targetPort` as the API server would default it: `port`, unless another is given.
pub(super) fn effective_target(port: &Value) -> Option<&Value> {
    match port.get("targetPort") {
        None | Some(Value::Null) => number(port),
        Some(Value::Number(zero)) if zero.as_u64() == Some(0) => number(port),
        Some(Value::String(text)) if text.is_empty() => number(port),
        given => given,
    }
}

/// What a source Service is, as far as its mirror must know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class<'a> {
    /// It listens on `port` at an address of its own.
    ClusterIp,
    /// Its name leads to the pods, which listen on the container's port.
    Headless,
    /// It is an ExternalName Service of this target.
    Alias(&'a str),
}

impl<'a> Class<'a> {
    pub(super) fn of(service: &'a Value) -> Self {
        let spec = |key: &str| service.pointer("/spec").and_then(|spec| spec.get(key)?.as_str());
        if spec("type") == Some("ExternalName") {
            return Self::Alias(spec("externalName").unwrap_or_default());
        }
        match spec("clusterIP") {
            Some("None") => Self::Headless,
            _ => Self::ClusterIp,
        }
    }
}

/// A source Service that exists.
pub(super) struct Source<'a> {
    /// Who knows container ports: nobody at admission.
    pub(super) world: Option<&'a dyn World>,
    pub(super) namespace: &'a str,
    pub(super) service: &'a str,
    pub(super) class: Class<'a>,
    pub(super) ports: &'a [Value],
}

/// The mirror's own name and namespace, as far as they are known, and the cluster's domain.
pub(super) type Own<'a> = (Option<&'a str>, Option<&'a str>, &'a str);

impl Source<'_> {
    /// The destination of a mirror that leads to `external_name`, unless this source is an alias itself.
    ///
    /// # Errors
    /// [`Obstacle::Problems`]: an alias of nothing or of the mirror, ports that do not fit.
    pub(super) fn follow(
        &self,
        external_name: String,
        own: Own<'_>,
        object_ports: &[Value],
    ) -> Result<Destination, Obstacle> {
        let external_name = match self.class {
            Class::Alias(target) => {
                check_alias(self, target, own)?;
                target.to_owned()
            }
            Class::ClusterIp | Class::Headless => external_name,
        };
        self.destination(external_name, object_ports)
    }

    fn destination(&self, external_name: String, object_ports: &[Value]) -> Result<Destination, Obstacle> {
        let mut problems = Vec::new();
        let mut settled = |result: Result<Option<Value>, Problem>| {
            result.unwrap_or_else(|problem| {
                problems.push(problem);
                None
            })
        };
        let mut destination = Destination {
            external_name,
            target_ports: Vec::new(),
            ports: None,
        };
        if object_ports.is_empty() && !self.ports.is_empty() {
            let copies = self.ports.iter().map(|port| {
                let target = settled(self.target_of(port, None));
                copy(port, target)
            });
            destination.ports = Some(copies.collect());
        } else {
            let targets = object_ports
                .iter()
                .enumerate()
                .map(|(index, port)| settled(self.target_of(port, Some(index))));
            destination.target_ports = targets.collect();
        }
        if problems.is_empty() {
            Ok(destination)
        } else {
            Err(Obstacle::Problems(problems))
        }
    }

    /// `targetPort` for a port of the object, or of the source when the object has none; the first port of the source
    /// with that number and protocol decides, should there be two.
    fn target_of(&self, port: &Value, index: Option<usize>) -> Result<Option<Value>, Problem> {
        let at = |key: &str| {
            let port = index.map(|index| format!("/{index}/{key}"));
            format!("/spec/ports{}", port.unwrap_or_default())
        };
        let Some(wanted) = number(port) else {
            return Ok(None);
        };
        let same = |other: &&Value| number(other) == Some(wanted) && protocol(other) == protocol(port);
        match self.ports.iter().find(same) {
            Some(port) => self.target_port(port, &at("targetPort")),
            // An alias leads wherever its target listens, and a headless Service may name no ports at all.
            None if matches!(self.class, Class::Alias(_)) || self.ports.is_empty() => {
                Ok(Some(wanted.clone()))
            }
            None => Err(self.lacks(wanted, protocol(port), &at("port"))),
        }
    }

    /// Where a client must dial to reach a port of the source.
    fn target_port(&self, port: &Value, at: &str) -> Result<Option<Value>, Problem> {
        let target = effective_target(port);
        match (self.class, target) {
            (Class::ClusterIp, _) => Ok(number(port).cloned()),
            (_, Some(Value::Number(target))) => Ok(Some(Value::Number(target.clone()))),
            (Class::Headless, Some(Value::String(name))) => self
                .container_port(name)
                .map(Some)
                .ok_or_else(|| self.unresolved(name, at)),
            _ => Ok(number(port).cloned()),
        }
    }

    fn container_port(&self, name: &str) -> Option<Value> {
        match self.world?.container_ports(self.namespace, self.service) {
            Answer::Known(ports) => {
                let port = ports.into_iter().find(|port| port.name == name)?;
                Some(port.port.into())
            }
            Answer::Absent | Answer::Unavailable(_) => None,
        }
    }

    fn lacks(&self, wanted: &Value, protocol: &str, at: &str) -> Problem {
        let known: Vec<String> = self
            .ports
            .iter()
            .filter_map(|port| Some(format!("`{}/{}`", compact(number(port)?), self::protocol(port))))
            .collect();
        let (namespace, service, wanted) = (self.namespace, self.service, compact(wanted));
        Problem::new(
            "port-not-in-source",
            at,
            format!("the Service `{namespace}/{service}` has no port `{wanted}/{protocol}`."),
            format!("Write a port that it has: {}.", known.join(", ")),
        )
    }

    fn unresolved(&self, name: &str, at: &str) -> Problem {
        let (namespace, service) = (self.namespace, self.service);
        Problem::new(
            "unresolved-port",
            at,
            format!(
                "the port named `{name}` of the headless Service `{namespace}/{service}` has no known number."
            ),
            format!(
                "Write the number as `targetPort` of `{namespace}/{service}`, or give its workload with --world when rendering."
            ),
        )
    }
}

/// A target taken by value must be a name, and not the mirror's own.
fn check_alias(
    source: &Source<'_>,
    target: &str,
    (name, namespace, cluster_domain): Own<'_>,
) -> Result<(), Problem> {
    let bare = target.strip_suffix('.').unwrap_or(target).to_ascii_lowercase();
    let at = format!("{}/{}", source.namespace, source.service);
    if !is_dns_subdomain(&bare) {
        return Err(Problem::new(
            "bad-name",
            "/spec/externalName",
            format!("the ExternalName Service `{at}` leads to `{target}`, which is not a DNS name."),
            format!("Write a DNS name as `spec.externalName` of `{at}`."),
        ));
    }
    let (Some(name), Some(namespace)) = (name, namespace) else {
        return Ok(());
    };
    if is_service(target, name, namespace, cluster_domain) {
        return Err(Problem::new(
            "self-mirror",
            "/spec/externalName",
            format!("the ExternalName Service `{at}` leads back to this one, `{target}`."),
            format!("Point `spec.externalName` of `{at}` somewhere else."),
        ));
    }
    Ok(())
}

/// Whether a DNS name is that of a Service of the cluster.
pub(super) fn is_service(target: &str, name: &str, namespace: &str, cluster_domain: &str) -> bool {
    let bare = target.strip_suffix('.').unwrap_or(target);
    let own = format!("{name}.{namespace}.svc");
    bare.eq_ignore_ascii_case(&own) || bare.eq_ignore_ascii_case(&format!("{own}.{cluster_domain}"))
}

fn not_found(namespace: &str, service: &str) -> Problem {
    Problem::new(
        "source-not-found",
        "/metadata/name",
        format!("there is no Service `{namespace}/{service}` to fall back to."),
        format!("Create it, or name a Service of `{namespace}` that exists."),
    )
}

/// A port of the source as its mirror has it.
fn copy(port: &Value, target: Option<Value>) -> Value {
    let mut copied = Map::new();
    for key in PORT_KEYS {
        if let Some(value) = port.get(key) {
            copied.insert(key.to_owned(), value.clone());
        }
    }
    if let Some(target) = target {
        copied.insert("targetPort".to_owned(), target);
    }
    Value::Object(copied)
}

/// `port`, if it is a number.
fn number(port: &Value) -> Option<&Value> {
    port.get("port").filter(|port| port.is_u64())
}

fn protocol(port: &Value) -> &str {
    port.get("protocol").and_then(Value::as_str).unwrap_or("TCP")
}
