//! A compiled policy in the host that policy servers use: waPC on wasmtime, a fresh instance for every call.

use std::path::Path;

use anyhow::{Context as _, anyhow};
use boltrope::engine::world::snapshot::Snapshot;
use boltrope::transforms::judging;
use serde_json::Value;
use wapc::WapcHost;
use wasmtime_provider::{WasmtimeEngineProviderBuilder, WasmtimeEngineProviderPre};

use crate::host;

/// The policy that runs a whole rules file.
pub(crate) const WHOLE: &str = "boltrope";

/// One module.
pub(crate) struct Policy {
    /// Its folder in `policies/`.
    pub(crate) id: String,
    /// The transform whose settings it takes; `None` for the whole rules file.
    pub(crate) transform: Option<&'static str>,
    module: WasmtimeEngineProviderPre,
}

impl std::fmt::Debug for Policy {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Policy")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Policy {
    /// The named policies, or all of them.
    pub(crate) fn load(root: &Path, names: &[String]) -> anyhow::Result<Vec<Self>> {
        let all = std::iter::once((WHOLE, None)).chain(judging().map(|transform| {
            let meta = transform.meta();
            (meta.slug, Some(meta.id))
        }));
        let wanted = all.filter(|(id, _)| names.is_empty() || names.iter().any(|name| name == id));
        let policies: Vec<Self> = wanted
            .map(|(id, transform)| {
                let path = root.join("policies").join(id).join("policy.wasm");
                Self::compile(&path, id, transform)
            })
            .collect::<anyhow::Result<_>>()?;
        if policies.len() < names.len() {
            return Err(anyhow!("one of {names:?} is no policy"));
        }
        Ok(policies)
    }

    /// The policy of the SDK that accepts everything, built in the same run.
    pub(crate) fn empty(root: &Path) -> anyhow::Result<Self> {
        Self::compile(&root.join("target/empty-policy.wasm"), "empty-policy", None)
    }

    fn compile(path: &Path, id: &str, transform: Option<&'static str>) -> anyhow::Result<Self> {
        let bytes = std::fs::read(path)
            .with_context(|| format!("reading `{}`: run `make policies` first", path.display()))?;
        let module = WasmtimeEngineProviderBuilder::new()
            .module_bytes(&bytes)
            .build_pre()
            .map_err(|error| anyhow!("compiling `{}`: {error}", path.display()))?;
        Ok(Self {
            id: id.to_owned(),
            transform,
            module,
        })
    }

    /// `validate` with host calls answered from `world`.
    pub(crate) fn validate(&self, payload: &Value, world: Snapshot) -> anyhow::Result<Value> {
        self.call("validate", &serde_json::to_vec(payload)?, world)
    }

    /// `validate_settings`, which must ask nobody.
    pub(crate) fn validate_settings(&self, settings: &Value) -> anyhow::Result<Value> {
        self.call(
            "validate_settings",
            &serde_json::to_vec(settings)?,
            Snapshot::new(),
        )
    }

    /// Calls a function in a fresh instance, with host calls answered from `world`.
    pub(crate) fn call(&self, function: &str, payload: &[u8], world: Snapshot) -> anyhow::Result<Value> {
        self.call_with(function, payload, move |call, question| {
            host::answer(&world, call, question)
        })
    }

    /// Calls a function in a fresh instance, with host calls answered by `host`.
    pub(crate) fn call_with(
        &self,
        function: &str,
        payload: &[u8],
        host: impl Fn([&str; 3], &[u8]) -> host::Answered + Send + Sync + 'static,
    ) -> anyhow::Result<Value> {
        let failed = |error: &dyn std::fmt::Display| anyhow!("`{function}` of policy `{}`: {error}", self.id);
        let engine = self.module.rehydrate(None).map_err(|error| failed(&error))?;
        let callback = move |_: u64, binding: &str, namespace: &str, operation: &str, payload: &[u8]| {
            host([binding, namespace, operation], payload)
        };
        let host =
            WapcHost::new(Box::new(engine), Some(Box::new(callback))).map_err(|error| failed(&error))?;
        let answer = host.call(function, payload).map_err(|error| failed(&error))?;
        serde_json::from_slice(&answer).map_err(|error| failed(&error))
    }
}
