//! Evidence and keys.

use madoguchi_core::evidence::Evidence;
use madoguchi_keys::PublicKey;
use madoguchi_proto::evidence::v1 as pb;

use super::moment;

pub(crate) fn evidence(evidence: Evidence) -> pb::Evidence {
    pb::Evidence {
        evidence_id: evidence.id.into(),
        check_in_id: evidence.check_in_id.into(),
        token: evidence.token,
        issue_time: Some(moment(evidence.issued_at)),
        expire_time: Some(moment(evidence.expires_at)),
    }
}

pub(crate) fn key(key: &PublicKey) -> pb::VerificationKey {
    pb::VerificationKey {
        key_id: key.kid().to_owned(),
        create_time: key.created().map(moment),
        sign_time: key.signs_from().map(moment),
        retire_time: key.retired().map(moment),
    }
}
