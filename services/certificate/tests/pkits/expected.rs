//! What the suite says of each leaf under its default settings (any policy will do, none is required, nothing is
//! inhibited), and where this crate says otherwise on purpose.

use madoguchi_certificate::Fault;

use Why::{Dsa, NotCritical, Revocation, RevocationAndSerial};

/// Why this crate does not say what the suite says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// The path holds; what spoils it is revocation alone, which is not checked here.
    Revocation,
    /// The same, and the serial number is negative: refused to the letter of section 4.
    RevocationAndSerial,
    /// DSA is not supported.
    Dsa,
    /// An authority's basicConstraints or policyConstraints is not critical: refused to the letter of section 4, as the
    /// public suites for RFC 5280 ask. The suite is one for X.509, where that is allowed.
    NotCritical,
}

impl Why {
    /// Whether the verdict to the letter of RFC 5280 is another one.
    pub(crate) fn differs_to_the_letter(self) -> bool {
        self != RevocationAndSerial
    }

    /// Whether the verdict in the JPKI profile is another one.
    pub(crate) fn differs_in_the_profile(self) -> bool {
        self != NotCritical
    }
}

/// The leaves whose name does not say whether they are valid, each as section 6.1 has it.
const UNNAMED: &[(&str, bool)] = &[
    // No certificate lists a policy, and none is required.
    ("AllCertificatesNoPoliciesTest2EE", true),
    // A policy is required, and everybody lists 1 and 2.
    ("AllCertificatesSamePoliciesTest10EE", true),
    // The same with three.
    ("AllCertificatesSamePoliciesTest13EE", true),
    // A policy is required, and everybody lists anyPolicy.
    ("AllCertificatesanyPolicyTest11EE", true),
    // The authority lists anyPolicy, the leaf policy 1.
    ("AnyPolicyTest14EE", true),
    // A qualifier is for people.
    ("CPSPointerQualifierTest20EE", true),
    // Policy 1 above, policy 2 below, and none is required.
    ("DifferentPoliciesTest3EE", true),
    // No policy is listed by all, and an authority requires one.
    ("DifferentPoliciesTest4EE", false),
    ("DifferentPoliciesTest5EE", false),
    ("DifferentPoliciesTest7EE", false),
    ("DifferentPoliciesTest8EE", false),
    ("DifferentPoliciesTest9EE", false),
    ("DifferentPoliciesTest12EE", false),
    // What all list gets less on the way down, and policy 1 is left of it.
    ("OverlappingPoliciesTest6EE", true),
    // Qualifiers are for people.
    ("UserNoticeQualifierTest15EE", true),
    ("UserNoticeQualifierTest16EE", true),
    ("UserNoticeQualifierTest17EE", true),
    ("UserNoticeQualifierTest18EE", true),
    ("UserNoticeQualifierTest19EE", true),
    // anyPolicy means something for one more certificate, which is the authority that lists it.
    ("inhibitAnyPolicyTest3EE", true),
];

/// Where this crate does not say what the suite says.
pub(crate) const EXCEPTIONS: &[(&str, Why)] = &[
    ("InvalidBadCRLIssuerNameTest5EE", Revocation),
    ("InvalidBadCRLSignatureTest4EE", Revocation),
    ("InvalidBasicSelfIssuedCRLSigningKeyTest7EE", Revocation),
    ("InvalidBasicSelfIssuedNewWithOldTest5EE", Revocation),
    ("InvalidBasicSelfIssuedOldWithNewTest2EE", Revocation),
    ("InvalidIDPwithindirectCRLTest23EE", Revocation),
    ("InvalidIDPwithindirectCRLTest26EE", Revocation),
    ("InvalidLongSerialNumberTest18EE", Revocation),
    ("InvalidMissingCRLTest1EE", Revocation),
    ("InvalidOldCRLnextUpdateTest11EE", Revocation),
    ("InvalidRevokedCATest2EE", Revocation),
    ("InvalidRevokedEETest3EE", Revocation),
    ("InvalidSeparateCertificateandCRLKeysTest20EE", Revocation),
    ("InvalidSeparateCertificateandCRLKeysTest21EE", Revocation),
    ("InvalidUnknownCRLEntryExtensionTest8EE", Revocation),
    ("InvalidUnknownCRLExtensionTest10EE", Revocation),
    ("InvalidUnknownCRLExtensionTest9EE", Revocation),
    ("InvalidWrongCRLTest6EE", Revocation),
    ("InvalidcRLIssuerTest27EE", Revocation),
    ("InvalidcRLIssuerTest31EE", Revocation),
    ("InvalidcRLIssuerTest32EE", Revocation),
    ("InvalidcRLIssuerTest34EE", Revocation),
    ("InvalidcRLIssuerTest35EE", Revocation),
    ("InvaliddeltaCRLIndicatorNoBaseTest1EE", Revocation),
    ("InvaliddeltaCRLTest10EE", Revocation),
    ("InvaliddeltaCRLTest3EE", Revocation),
    ("InvaliddeltaCRLTest4EE", Revocation),
    ("InvaliddeltaCRLTest6EE", Revocation),
    ("InvaliddeltaCRLTest9EE", Revocation),
    ("InvaliddistributionPointTest2EE", Revocation),
    ("InvaliddistributionPointTest3EE", Revocation),
    ("InvaliddistributionPointTest6EE", Revocation),
    ("InvaliddistributionPointTest8EE", Revocation),
    ("InvaliddistributionPointTest9EE", Revocation),
    ("InvalidkeyUsageCriticalcRLSignFalseTest4EE", Revocation),
    ("InvalidkeyUsageNotCriticalcRLSignFalseTest5EE", Revocation),
    ("InvalidonlyContainsAttributeCertsTest14EE", Revocation),
    ("InvalidonlyContainsCACertsTest12EE", Revocation),
    ("InvalidonlyContainsUserCertsTest11EE", Revocation),
    ("InvalidonlySomeReasonsTest15EE", Revocation),
    ("InvalidonlySomeReasonsTest16EE", Revocation),
    ("InvalidonlySomeReasonsTest17EE", Revocation),
    ("InvalidonlySomeReasonsTest20EE", Revocation),
    ("InvalidonlySomeReasonsTest21EE", Revocation),
    ("Invalidpre2000CRLnextUpdateTest12EE", Revocation),
    ("InvalidNegativeSerialNumberTest15EE", RevocationAndSerial),
    ("ValidDSASignaturesTest4EE", Dsa),
    ("ValidDSAParameterInheritanceTest5EE", Dsa),
    ("AllCertificatesSamePoliciesTest10EE", NotCritical),
    ("AllCertificatesSamePoliciesTest13EE", NotCritical),
    ("AllCertificatesanyPolicyTest11EE", NotCritical),
    ("AnyPolicyTest14EE", NotCritical),
    ("OverlappingPoliciesTest6EE", NotCritical),
    ("UserNoticeQualifierTest18EE", NotCritical),
    ("ValidPolicyMappingTest11EE", NotCritical),
    ("ValidPolicyMappingTest12EE", NotCritical),
    ("ValidPolicyMappingTest13EE", NotCritical),
    ("ValidPolicyMappingTest14EE", NotCritical),
    ("ValidPolicyMappingTest1EE", NotCritical),
    ("ValidPolicyMappingTest3EE", NotCritical),
    ("ValidPolicyMappingTest5EE", NotCritical),
    ("ValidPolicyMappingTest6EE", NotCritical),
    ("ValidPolicyMappingTest9EE", NotCritical),
    ("ValidSelfIssuedinhibitAnyPolicyTest7EE", NotCritical),
    ("ValidSelfIssuedinhibitAnyPolicyTest9EE", NotCritical),
    ("ValidbasicConstraintsNotCriticalTest4EE", NotCritical),
    ("ValidinhibitAnyPolicyTest2EE", NotCritical),
    ("inhibitAnyPolicyTest3EE", NotCritical),
];

/// What is wrong with those that are refused, by a part of their name; the first that fits counts.
const FAULTS: &[(&str, Fault)] = &[
    ("BasicSelfIssuedCRLSigningKey", Fault::NotAnAuthority),
    ("CASignature", Fault::Signature),
    ("EESignature", Fault::Signature),
    ("notAfterDate", Fault::Expired),
    ("notBeforeDate", Fault::NotYetValid),
    ("nameConstraints", Fault::NameConstraint),
    ("DSASignature", Fault::UnsupportedKey),
    ("MappingFromanyPolicy", Fault::Malformed),
    ("MappingToanyPolicy", Fault::Malformed),
    ("MissingbasicConstraints", Fault::NotAnAuthority),
    ("cAFalse", Fault::NotAnAuthority),
    ("NameChaining", Fault::NoIssuer),
    ("NegativeSerialNumber", Fault::SerialNumber),
    ("inhibitPolicyMapping", Fault::Policy),
    ("requireExplicitPolicy", Fault::Policy),
    // The constraint that is not critical is noticed before what it asks for is missed; in the JPKI profile it is missed.
    ("inhibitAnyPolicy", Fault::Criticality),
    ("InvalidPolicyMapping", Fault::Criticality),
    ("DifferentPolicies", Fault::Criticality),
    ("pathLen", Fault::PathLength),
    ("keyCertSignFalse", Fault::KeyUsage),
    (
        "UnknownCriticalCertificateExtension",
        Fault::UnknownCriticalExtension,
    ),
];

/// Whether the leaf is valid, as the suite says.
pub(crate) fn is_valid(name: &str) -> bool {
    match UNNAMED.iter().find(|(unnamed, _)| *unnamed == name) {
        Some((_, is_valid)) => *is_valid,
        None if name.starts_with("Valid") => true,
        None => {
            assert!(name.starts_with("Invalid"), "{name}");
            false
        }
    }
}

pub(crate) fn exception(name: &str) -> Option<Why> {
    let mut exceptions = EXCEPTIONS.iter();
    exceptions.find(|(one, _)| *one == name).map(|(_, why)| *why)
}

pub(crate) fn fault(name: &str) -> Option<Fault> {
    let mut faults = FAULTS.iter();
    faults
        .find(|(part, _)| name.contains(part))
        .map(|(_, fault)| *fault)
}
