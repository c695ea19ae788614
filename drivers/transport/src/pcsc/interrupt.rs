//! Ends a wait from another thread.

use std::sync::Arc;
#[expect(
    clippy::disallowed_types,
    reason = "the waiting thread swaps the context that another thread cancels"
)]
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use pcsc::Context;

/// Makes a waiting [`Watch`](super::Watch) return soon. Cheap to clone; may be used from any thread.
#[derive(Clone, Default)]
pub struct Interrupt(Arc<Inner>);

#[derive(Default)]
#[expect(
    clippy::disallowed_types,
    reason = "as above; held for a clone only, never while waiting"
)]
struct Inner {
    raised: AtomicBool,
    context: Mutex<Option<Context>>,
}

impl Interrupt {
    /// Ends the wait that is under way, or the next one.
    pub fn raise(&self) {
        self.0.raised.store(true, Ordering::Release);
        let context = self.0.context.lock().ok().and_then(|context| context.clone());
        if let Some(context) = context {
            // It fails where nobody waits or the service is gone: the flag is seen at the next turn.
            let _ = context.cancel();
        }
    }

    /// Whether it was raised; asking lowers it.
    pub(super) fn take(&self) -> bool {
        self.0.raised.swap(false, Ordering::AcqRel)
    }

    /// Says on which context the waits are.
    pub(super) fn target(&self, context: Option<Context>) {
        if let Ok(mut target) = self.0.context.lock() {
            *target = context;
        }
    }
}

impl std::fmt::Debug for Interrupt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Interrupt")
    }
}
