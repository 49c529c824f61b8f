//! Backups: found again, taken back, kept and deleted.

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use boltrope::recovery::episode::{Machine as _, undo};

use super::controller::Habit;
use super::{is_healed, one_run, scene};
use crate::recover::journal::{Folder, Journal, KEPT};

fn key() -> (String, String) {
    ("shop".to_owned(), "web".to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_backup_takes_back_what_nobody_has_touched_since() {
    let api = scene::api("uninstalling-stale");
    api.world().habit = Habit::Gone;
    let clock = scene::clock();
    let before = api
        .world()
        .object("secrets", "shop", "sh.helm.release.v1.web.v1")
        .clone();
    one_run(&api, &clock).await;
    let rounds = scene::rounds(&api, &clock).await;
    let entry = rounds.journal.load(&key()).await.unwrap().unwrap();
    let current = |write: &boltrope::recovery::episode::Write| {
        let plural = if write.kind == "Secret" {
            "secrets"
        } else {
            "helmreleases"
        };
        Some(api.world().object(plural, &write.namespace, &write.name).clone())
    };
    for writes in undo(&entry.repair, current) {
        for write in writes.unwrap() {
            rounds.writer.send(&write).await;
        }
    }
    let world = api.world();
    let after = world.object("secrets", "shop", "sh.helm.release.v1.web.v1");
    assert_eq!(
        (&after["data"], &after["metadata"]["labels"]),
        (&before["data"], &before["metadata"]["labels"])
    );
    let annotations = &world.release("web")["metadata"]["annotations"];
    assert!(
        annotations.as_object().is_none_or(serde_json::Map::is_empty),
        "{annotations}"
    );
}

#[tokio::test(start_paused = true)]
async fn backups_in_secrets_are_deleted_after_fourteen_days() {
    let api = scene::api("deployed-unknown");
    let clock = scene::clock();
    assert!(is_healed(one_run(&api, &clock).await.as_ref()));
    let rounds = scene::rounds(&api, &clock).await;
    let backups = || {
        let world = api.world();
        let names = world.objects.keys().map(|(_, _, name)| name.clone());
        names
            .filter(|name| name.starts_with("boltrope-backup-"))
            .collect::<Vec<_>>()
    };
    assert_eq!(backups(), ["boltrope-backup-web"]);
    assert_eq!(rounds.journal.known(&["shop".to_owned()]).await.unwrap(), [key()]);
    let days = |days: i64| Duration::from_secs(u64::try_from(days * 86_400).unwrap());
    tokio::time::sleep(days(KEPT / 86_400 - 1)).await;
    rounds.journal.clean("shop", clock.now()).await.unwrap();
    assert_eq!(backups().len(), 1);
    tokio::time::sleep(days(2)).await;
    rounds.journal.clean("shop", clock.now()).await.unwrap();
    assert!(backups().is_empty());
    assert!(
        api.world()
            .objects
            .keys()
            .any(|(_, _, name)| name.starts_with("sh.helm.release"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_second_repair_keeps_the_backup_of_the_first() {
    let api = scene::api("retries-exhausted");
    api.world().habit = Habit::Gone;
    let clock = scene::clock();
    one_run(&api, &clock).await;
    tokio::time::sleep(Duration::from_secs(7200)).await;
    one_run(&api, &clock).await;
    let world = api.world();
    let backups = world
        .objects
        .keys()
        .filter(|(_, _, name)| name.starts_with("boltrope-backup-web"));
    assert_eq!(backups.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_another_run_writes_is_left_to_it() {
    let api = scene::api("retries-exhausted");
    api.world().habit = Habit::Gone;
    let clock = scene::clock();
    one_run(&api, &clock).await;
    let rounds = scene::rounds(&api, &clock).await;
    let first = rounds.journal.load(&key()).await.unwrap().unwrap();
    let second = rounds.journal.load(&key()).await.unwrap().unwrap();
    let repair = first.repair.clone();
    rounds
        .journal
        .begin(Some(first), repair.clone(), clock.now())
        .await
        .unwrap();
    let error = rounds
        .journal
        .begin(Some(second), repair, clock.now())
        .await
        .unwrap_err();
    assert!(
        error.to_string().starts_with("another run is at shop/web"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn files_are_for_their_owner_and_hold_the_whole_object() {
    let folder = std::env::temp_dir().join(format!("boltrope-operator-{}", std::process::id()));
    let clock = scene::clock();
    let api = scene::api("uninstalling-stale");
    let mut rounds = scene::rounds(&api, &clock).await;
    rounds.journal = Journal::Folder(Folder::open(&folder).unwrap());
    let done = super::run(&mut rounds).await;
    assert!(is_healed(done.endings.values().next()), "{:?}", done.endings);
    let file = folder.join("shop_web.json");
    assert_eq!(
        std::fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(
        std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777,
        0o700
    );
    let entry = rounds.journal.load(&key()).await.unwrap().unwrap();
    let whole =
        entry.repair.saved().iter().any(|saved| {
            saved.before.object().pointer("/spec/values/password") == Some(&scene::CANARY.into())
        });
    assert!(whole, "the release is saved with its values");
    assert_eq!(rounds.journal.known(&[]).await.unwrap(), [key()]);
    let is_backup = |line: &String| line.contains("boltrope-backup");
    assert!(
        !api.world().log.iter().any(is_backup),
        "nothing of it goes into the cluster"
    );
    std::fs::remove_dir_all(&folder).unwrap();
}
