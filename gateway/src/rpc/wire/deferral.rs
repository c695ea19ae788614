//! Checks that were put off.

use madoguchi_core::deferral::{Deferral, Deferred, Outage, State};
use madoguchi_deferral::Report;
use madoguchi_proto::checkin::v1 as checkin;
use madoguchi_proto::eligibility::v1 as pb;

use super::{auth, certificate, code, eligibility, moment};

pub(crate) fn deferral(one: Deferral) -> pb::Deferral {
    pb::Deferral {
        deferral_id: one.id.into(),
        check_in_id: one.check_in_id.into(),
        counter_id: one.counter_id.into(),
        medium: certificate::medium(Some(one.medium)).into(),
        method: auth::method(Some(one.method)).into(),
        certificate_outcome: certificate::outcome(one.certificate).into(),
        reason: code(Some(one.because)),
        state: state(one.state).into(),
        verify_time: Some(moment(one.verified_at)),
        queue_time: Some(moment(one.queued_at)),
        attempt_count: one.attempt_count,
        last_reason: code(one.last_reason),
        settle_time: one.settled_at.map(moment),
        answer: one.answer.map(eligibility::answer),
    }
}

/// The same for a list, which holds no answers.
pub(crate) fn line(one: Deferral) -> pb::Deferral {
    deferral(Deferral { answer: None, ..one })
}

pub(crate) fn report(report: Report) -> pb::DeferralReport {
    let ids = |ids: Vec<madoguchi_core::DeferralId>| ids.into_iter().map(String::from).collect();
    pb::DeferralReport {
        open_count: report.counts.open,
        answered_count: report.counts.answered,
        refused_count: report.counts.refused,
        abandoned_count: report.counts.abandoned,
        holds: report.holds(),
        lost_deferral_ids: ids(report.lost),
        unwitnessed_deferral_ids: ids(report.unwitnessed),
        untold_deferral_ids: ids(report.untold),
        contradictory_deferral_ids: ids(report.contradictory),
        deferrals: report.deferrals.into_iter().map(line).collect(),
        witnessed_from_time: report.witnessed_from.map(moment),
        unexamined_count: report.unexamined,
    }
}

pub(crate) fn outage(outage: Outage) -> checkin::Outage {
    checkin::Outage {
        reason: code(Some(outage.reason)),
        since_time: Some(moment(outage.since)),
    }
}

pub(crate) fn deferred(deferred: Deferred) -> checkin::Deferred {
    checkin::Deferred {
        deferral_id: deferred.deferral_id.into(),
        certificate_outcome: certificate::outcome(deferred.certificate).into(),
        assurance: pb::Assurance::Local.into(),
        reason: code(Some(deferred.reason)),
        next_steps: auth::next_steps(&deferred.next_steps),
    }
}

const fn state(state: State) -> pb::deferral::State {
    use pb::deferral::State as Wire;
    match state {
        State::Open => Wire::Open,
        State::Answered => Wire::Answered,
        State::Refused => Wire::Refused,
        State::Abandoned => Wire::Abandoned,
    }
}
