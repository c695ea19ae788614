//! What is done with the day on which a certificate expires: it goes into the outlook, and a near one is told.

use std::time::Duration;

use madoguchi_core::audit::Action as AuditAction;
use madoguchi_core::certificate::{Check, Outcome};
use madoguchi_core::clock::day_in_japan;
use madoguchi_core::outlook::Sighting;
use madoguchi_core::{Medium, Reason};
use time::OffsetDateTime;
use tokio::time::timeout;

use super::Walk;

/// How long the visit waits for the outlook: the patient gains nothing by it now.
const RECORD_WAIT: Duration = Duration::from_secs(2);

impl Walk<'_> {
    /// Remembers when the certificate expires, and says in the audit that the counter was told where that is soon.
    /// An outlook that cannot be written is said in the log and not to the patient.
    pub(crate) async fn note_expiry(&mut self, medium: Medium, at: OffsetDateTime) -> Result<(), Reason> {
        let Some(check) = self.view.check.clone() else {
            return Ok(());
        };
        let outlook = self.workflow.outlook.as_ref();
        if let Some((outlook, sighting)) = outlook.zip(sighting(&check, medium, at)) {
            let recorded = timeout(RECORD_WAIT, outlook.record(sighting)).await;
            if let Err(reason) = recorded.unwrap_or(Err(Reason::StoreUnavailable)) {
                tracing::error!(
                    reason = reason.code(),
                    "a certificate that was seen is missing in the expiry outlook"
                );
            }
        }
        // Once a visit, however often the card is read anew.
        if check.notice.is_some() && self.told_of_expiry.as_ref() != Some(&check.thumbprint) {
            self.told_of_expiry = Some(check.thumbprint);
            let event = self.event(AuditAction::CertificateExpiresSoon);
            self.workflow.audit.append(event).await?;
        }
        Ok(())
    }
}

/// What goes into the outlook; `None` where the certificate was refused, or where the site has no key to hash with.
fn sighting(check: &Check, medium: Medium, at: OffsetDateTime) -> Option<Sighting> {
    let not_after = check.not_after?;
    if check.outcome == Outcome::Refused {
        return None;
    }
    Some(Sighting {
        card_key: check.card_key.clone()?,
        medium,
        not_after: day_in_japan(not_after),
        good_until: day_in_japan(check.grace_until.unwrap_or(not_after)),
        seen_on: day_in_japan(at),
    })
}
