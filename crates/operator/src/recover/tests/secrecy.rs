//! What Secrets hold reaches no log, no report and no Event; only backups have it.

use std::process::Command;

use super::scene;

/// Runs every state in a process of its own, whose output the other test reads.
#[tokio::test(start_paused = true)]
#[ignore = "its output is read by `no_output_and_no_event_holds_what_a_secret_holds`, which runs it"]
async fn tells_everything() {
    for state in scene::STUCK.into_iter().chain(scene::LEFT) {
        let api = scene::api(state);
        let clock = scene::clock();
        let mut rounds = scene::rounds(&api, &clock).await;
        let planned = rounds.plan().await.unwrap();
        println!("{}", crate::recover::plan::text(&rounds, &planned));
        println!("{planned:?} {rounds:?}");
        let (_stopper, stop) = crate::stop::channel();
        let done = rounds.act(planned, &stop).await.unwrap();
        println!("{done:?}");
        let report = boltrope::recovery::report::Report {
            diagnoses: done.diagnoses,
            controller: None,
            at: clock.now(),
            failures: Vec::new(),
        };
        println!(
            "{}\n{}\n{}",
            report.table(),
            report.json().unwrap(),
            report.yaml().unwrap()
        );
        for object in api
            .world()
            .objects
            .values()
            .filter(|object| object["kind"] == "Event")
        {
            println!("EVENT {object}");
        }
    }
}

#[test]
fn no_output_and_no_event_holds_what_a_secret_holds() {
    let this = std::env::current_exe().unwrap();
    let arguments = [
        "--exact",
        "recover::tests::secrecy::tells_everything",
        "--ignored",
        "--nocapture",
    ];
    let output = Command::new(this).args(arguments).output().unwrap();
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{text}");
    for told in [
        "EVENT",
        "deployed-unknown",
        "mark-record-failed",
        "healed: healthy",
    ] {
        assert!(text.contains(told), "{told}\n{text}");
    }
    let packed = scene::record("web", 1, "uninstalling");
    let packed: String = packed["data"]["release"]
        .as_str()
        .unwrap()
        .chars()
        .skip(40)
        .take(24)
        .collect();
    for secret in [scene::CANARY, &packed] {
        let line = text.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "{line:?}");
    }
}
