//! A gateway that dies in the middle of a visit says so after its restart.

use std::sync::Arc;

use madoguchi_core::check_in::{Outcome, State};
use madoguchi_core::{Medium, Reason};

use crate::house::{House, until_pending};

#[tokio::test]
async fn a_visit_that_was_under_way_is_failed_after_a_restart_and_watchers_resume() {
    let before = House::new().await;
    before.put("adult");
    let started = before.start(Medium::Card).await;
    let mut updates = before.watch(&started).await;
    let prompt = until_pending(&mut updates).await;

    // The successor opens the same store while the first still holds its visit: the process is gone, its tasks are
    // not, which a test cannot have otherwise.
    let after = House::with(Arc::clone(&before.resources), Default::default()).await;
    let found = after.check_ins.get(&started.id).await.unwrap();
    assert_eq!(found.state, State::Failed);
    let Some(Outcome::Failed(failure)) = &found.outcome else {
        panic!("not failed")
    };
    assert_eq!(failure.reason, Reason::GatewayRestarted);
    assert!(found.sequence > prompt.sequence);
    let mut resumed = after.check_ins.watch(&started.id, prompt.sequence).await.unwrap();
    assert_eq!(until_pending(&mut resumed).await, found);
    let ahead = after.check_ins.watch(&started.id, found.sequence + 1).await;
    assert_eq!(
        ahead.err().map(|refusal| refusal.reason),
        Some(Reason::SequenceUnknown)
    );
}
