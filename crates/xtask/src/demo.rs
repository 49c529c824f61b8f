//! `make demo`: the three main rules on a real release, with the command that each picture comes from.

use crate::checkout;
use crate::output;
use crate::program::Program;
use anyhow::Context as _;
use std::path::Path;

const PLATFORM: &str = "examples/platform";

/// One command of the demo.
struct Scene {
    title: &'static str,
    world: &'static str,
    input: &'static str,
}

const SCENES: &[Scene] = &[
    Scene {
        title: "A release for the namespace new-feature. Its author knew nothing of previews:\n\
                the order gets its namespace, my-service leads to the base namespace, the hosts become the preview's.",
        world: "namespaced",
        input: "release.yaml",
    },
    Scene {
        title: "The same rules in a cluster where ManagedNamespace is cluster-scoped: an old order loses its namespace.",
        world: "cluster",
        input: "orders/team-search.yaml",
    },
];

/// Shows every scene.
pub(crate) fn run(_arguments: &[String]) -> anyhow::Result<()> {
    let root = checkout::root()?;
    let boltrope = root.join("target/release/boltrope");
    for scene in SCENES {
        scene.show(&root, &boltrope)?;
    }
    output::line(
        "\nWithout --diff the stream itself comes out; what no rule changes leaves byte for byte as it came.",
    );
    Ok(())
}

impl Scene {
    fn show(&self, root: &Path, boltrope: &Path) -> anyhow::Result<()> {
        let rules = format!("{PLATFORM}/rules.yaml");
        let world = format!("{PLATFORM}/world/{}", self.world);
        let input = format!("{PLATFORM}/{}", self.input);
        let arguments = [
            "post-render",
            "--rules",
            &rules,
            "--namespace",
            "new-feature",
            "--world",
            &world,
            "--diff",
        ];
        output::line(&format!(
            "\n{}\n\n$ boltrope {} < {input}\n",
            self.title,
            arguments.join(" ")
        ));
        Program::new(boltrope)
            .args(arguments)
            .stdin_from(&root.join(&input))?
            .in_folder(root)
            .run()
            .context("the demo's release was refused")
    }
}
