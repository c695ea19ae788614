//! What callers submit to a visit, read and checked: the same for check-ins and authentications.

use madoguchi_auth::Submission;
use madoguchi_core::check_in::{VisualCause, VisualCheck};
use madoguchi_core::screen::PinHolder;
use madoguchi_core::{ActionId, Method};
use madoguchi_proto::auth::v1 as pb;

use super::fields::Fields;

/// A submission with the visit and the action that it is for.
pub(crate) type Submitted<I> = (I, ActionId, Submission);

/// Puts the three together where all could be read.
pub(crate) fn together<I>(
    id: Option<I>,
    action: Option<ActionId>,
    submission: Option<Submission>,
) -> Option<Submitted<I>> {
    Some((id?, action?, submission?))
}

pub(crate) fn medium(fields: &mut Fields, value: i32) -> Option<Submission> {
    fields.medium("medium", value).map(Submission::Medium)
}

/// Takes the digits out of the request first of all: whatever else is wrong, they are in a buffer that is zeroized.
pub(crate) fn pin(
    fields: &mut Fields,
    digits: &mut String,
    confirm_last_try: bool,
    typed_by_guardian: bool,
    agreed_by: String,
) -> Option<Submission> {
    let pin = fields.pin("pin", std::mem::take(digits));
    let agreed_by = fields.optional_id("last_try_agreed_by", agreed_by);
    let (pin, agreed_by) = (pin?, agreed_by?);
    let holder = if typed_by_guardian {
        PinHolder::Guardian
    } else {
        PinHolder::Patient
    };
    Some(Submission::Pin {
        pin,
        confirm_last_try,
        agreed_by,
        holder,
    })
}

pub(crate) fn method(fields: &mut Fields, value: i32) -> Option<Submission> {
    let method = match pb::Method::try_from(value) {
        Ok(pb::Method::Face) => Method::Face,
        Ok(pb::Method::Pin) => Method::Pin,
        Ok(pb::Method::GuardianPin) => Method::GuardianPin,
        Ok(pb::Method::StaffVisual) => Method::StaffVisual,
        Ok(pb::Method::Unspecified | pb::Method::Device) | Err(_) => {
            fields.wrong("method", "must be one of the options of choose_method");
            return None;
        }
    };
    Some(Submission::Method(method))
}

pub(crate) fn visual_check(
    fields: &mut Fields,
    confirmed: bool,
    staff_id: String,
    cause: i32,
) -> Option<Submission> {
    let staff_id = fields.id("staff_id", staff_id);
    let cause = match pb::VisualCause::try_from(cause) {
        Ok(pb::VisualCause::FaceAndPin) => Some(VisualCause::FaceAndPin),
        Ok(pb::VisualCause::PinLocked) => Some(VisualCause::PinLocked),
        Ok(pb::VisualCause::ReaderTrouble) => Some(VisualCause::ReaderTrouble),
        Ok(pb::VisualCause::CannotUseReader) => Some(VisualCause::CannotUseReader),
        Ok(pb::VisualCause::PatientAsked) => Some(VisualCause::PatientAsked),
        Ok(pb::VisualCause::Unspecified) | Err(_) => {
            fields.wrong(
                "cause",
                "must be given: why staff had to look, a value of VisualCause",
            );
            None
        }
    };
    Some(Submission::VisualCheck(VisualCheck {
        confirmed,
        staff_id: staff_id?,
        cause: Some(cause?),
    }))
}
