//! Why something did not go as wished: one code, one kind, one sentence for the receptionist, one page each.
//!
//! The page is `gateway/core/reasons/<CODE>.md`: what happened, what the receptionist does now, who can help. A
//! test proves that code, sentence and page exist together.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What kind of trouble a reason is, in gRPC's canonical terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The request itself is wrong.
    InvalidArgument,
    /// The caller is fine, the world is not in the state needed.
    FailedPrecondition,
    /// No such thing.
    NotFound,
    /// Somebody else was faster.
    Aborted,
    /// It is not there now.
    Unavailable,
    /// Too much at once.
    ResourceExhausted,
    /// Took too long.
    DeadlineExceeded,
    /// Somebody called it off.
    Cancelled,
    /// The caller may not.
    PermissionDenied,
    /// Nobody knows who the caller is.
    Unauthenticated,
    /// A fault of madoguchi.
    Internal,
}

macro_rules! reasons {
    ($($variant:ident $code:literal $kind:ident $retry_ms:tt $en:literal $ja:literal;)+) => {
        /// Why something did not go as wished.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum Reason {
            $(#[doc = $en] #[serde(rename = $code)] $variant,)+
        }

        impl Reason {
            /// Every reason there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable code: `ErrorInfo.reason` on the wire.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// What kind of trouble it is.
            #[must_use]
            pub const fn kind(self) -> Kind {
                match self { $(Self::$variant => Kind::$kind,)+ }
            }

            /// When the same request may be sent again without a person doing anything, where it may at all.
            #[must_use]
            pub const fn retry_after(self) -> Option<Duration> {
                match self { $(Self::$variant => reasons!(@retry $retry_ms),)+ }
            }

            /// One English sentence for developers.
            #[must_use]
            pub const fn message(self) -> &'static str {
                match self { $(Self::$variant => $en,)+ }
            }

            /// One Japanese sentence for the receptionist.
            #[must_use]
            pub const fn message_ja(self) -> &'static str {
                match self { $(Self::$variant => $ja,)+ }
            }

            /// The page: what happened, what to do, who can help.
            #[must_use]
            pub const fn page(self) -> &'static str {
                match self {
                    $(Self::$variant => include_str!(concat!("../reasons/", $code, ".md")),)+
                }
            }
        }
    };
    (@retry never) => { None };
    (@retry $ms:literal) => { Some(Duration::from_millis($ms)) };
}

reasons! {
    // The reader and what stands behind it.
    ReaderNotFound "READER_NOT_FOUND" NotFound never
        "No reader of that id, or none at this counter, is connected."
        "この窓口にリーダーが見つかりません。接続を確認してください。";
    ReaderUnavailable "READER_UNAVAILABLE" Unavailable 1000
        "The reader is connected but cannot be opened."
        "リーダーを使用できません。他のソフトが使用していないか確認してください。";
    ReaderServiceUnavailable "READER_SERVICE_UNAVAILABLE" Unavailable 1000
        "The smart card service of the operating system does not answer."
        "パソコンのスマートカードサービスが応答しません。しばらく待ってからやり直してください。";
    ReaderRemoved "READER_REMOVED" Unavailable 1000
        "The reader was unplugged during the visit."
        "リーダーが取り外されました。接続を確認してやり直してください。";
    ReaderOutOfService "READER_OUT_OF_SERVICE" Unavailable never
        "Staff took the reader out of service."
        "このリーダーは職員の操作で使用停止になっています。";
    ReaderBusy "READER_BUSY" Unavailable 1000
        "Another visit or program holds the reader."
        "リーダーは別の受付で使用中です。終わるまでお待ちください。";
    DriverNotFound "DRIVER_NOT_FOUND" NotFound never
        "No driver of that id is loaded."
        "指定されたドライバーはありません。";
    DriverFailed "DRIVER_FAILED" Unavailable 200
        "The reader's driver process ended; it is being started again."
        "リーダーのドライバーが停止したため再起動しています。もう一度お試しください。";
    DriverTimeout "DRIVER_TIMEOUT" Unavailable 500
        "The reader's driver did not answer in time and was stopped; it is being started again."
        "リーダーのドライバーが応答しないため再起動しています。もう一度お試しください。";
    DriverProtocolError "DRIVER_PROTOCOL_ERROR" Unavailable 1000
        "The reader's driver answered something that makes no sense."
        "リーダーのドライバーから正しくない応答がありました。もう一度お試しください。";

    // The card or phone.
    CardWaitTimeout "CARD_WAIT_TIMEOUT" DeadlineExceeded never
        "No card was put on the reader and no phone was held to it in time."
        "時間内にカードまたはスマートフォンが読み取られませんでした。";
    CardRemoved "CARD_REMOVED" FailedPrecondition never
        "The card was taken off the reader, or the phone moved away, before it was read."
        "読み取りが終わる前にカードまたはスマートフォンが離れました。";
    CardNotRecognized "CARD_NOT_RECOGNIZED" FailedPrecondition never
        "What lies on the reader is not a My Number card and not a phone that carries one."
        "マイナンバーカード以外が置かれています。";
    CardObsolete "CARD_OBSOLETE" FailedPrecondition never
        "It is an old Basic Resident Registration card, which cannot be used any more."
        "住民基本台帳カードは使用できません。";
    CardUnresponsive "CARD_UNRESPONSIVE" FailedPrecondition never
        "The card does not answer."
        "カードが応答しません。置き直してもう一度お試しください。";
    CardProtocolError "CARD_PROTOCOL_ERROR" FailedPrecondition never
        "The card answered something that the JPKI application does not answer."
        "カードから正しくない応答がありました。もう一度お試しください。";
    MediumMismatch "MEDIUM_MISMATCH" FailedPrecondition never
        "Another medium than the chosen one was held up until the visit's time was up."
        "選択したものと異なるカードまたはスマートフォンがかざされました。";
    CertificateUnreadable "CERTIFICATE_UNREADABLE" FailedPrecondition never
        "The user-authentication certificate could not be read from the card."
        "利用者証明用電子証明書を読み取れませんでした。";

    // The PIN.
    PinWrong "PIN_WRONG" FailedPrecondition never
        "The PIN was wrong."
        "暗証番号が違います。";
    PinLocked "PIN_LOCKED" FailedPrecondition never
        "The PIN is locked after three wrong tries; only the municipality can unlock it."
        "暗証番号がロックされています。市区町村の窓口で再設定が必要です。";
    PinNotSet "PIN_NOT_SET" FailedPrecondition never
        "The card has no usable PIN: face or staff must verify the person, which this counter's reader cannot."
        "このカードでは暗証番号を使用できません。顔認証または目視での確認が必要です。";
    PinLastTryNotConfirmed "PIN_LAST_TRY_NOT_CONFIRMED" FailedPrecondition never
        "One try is left; the PIN was not sent because nobody confirmed that it may be spent."
        "暗証番号の入力はあと1回です。間違えるとロックされるため、確認が必要です。";
    PinOutcomeUnknown "PIN_OUTCOME_UNKNOWN" FailedPrecondition never
        "The card was lost after the PIN was sent; whether it was right is not known."
        "暗証番号の確認中にカードが離れました。結果を確認できませんでした。";

    // The person.
    FaceNotVerified "FACE_NOT_VERIFIED" FailedPrecondition never
        "The face could not be verified, and no other way to verify the person was left at this counter."
        "顔認証で本人を確認できませんでした。";
    VisualCheckRefused "VISUAL_CHECK_REFUSED" FailedPrecondition never
        "Staff looked and did not confirm that it is the person on the card."
        "目視では本人と確認できませんでした。";
    PhoneNotArmed "PHONE_NOT_ARMED" FailedPrecondition never
        "The iPhone was not ready any more: Wallet has to confirm its owner again."
        "iPhoneの準備ができていません。ウォレットでもう一度本人確認をしてからかざしてください。";
    PatientQuit "PATIENT_QUIT" Cancelled never
        "The patient stopped the visit on the reader."
        "患者さんがリーダーの画面で受付を中止しました。";
    PatientTimeout "PATIENT_TIMEOUT" DeadlineExceeded never
        "Nobody answered on the reader's screen in time."
        "リーダーの画面が時間内に操作されませんでした。";

    // The certificate and the signature.
    CertificateExpired "CERTIFICATE_EXPIRED" FailedPrecondition never
        "The certificate has expired, and its grace for eligibility with it."
        "電子証明書の有効期限が切れています。市区町村の窓口で更新が必要です。";
    CertificateInGrace "CERTIFICATE_IN_GRACE" FailedPrecondition never
        "The certificate has expired; until the end of the third month after it serves for eligibility only."
        "電子証明書の有効期限が切れています。資格情報のみ確認できます。お早めに更新してください。";
    CertificateNotYetValid "CERTIFICATE_NOT_YET_VALID" FailedPrecondition never
        "The certificate is not valid yet."
        "電子証明書の有効期間がまだ始まっていません。";
    CertificateNotTrusted "CERTIFICATE_NOT_TRUSTED" FailedPrecondition never
        "The certificate was not issued by a trusted authority."
        "信頼できる認証局が発行した電子証明書ではありません。";
    CertificateMalformed "CERTIFICATE_MALFORMED" FailedPrecondition never
        "The certificate cannot be understood."
        "電子証明書の形式が正しくありません。";
    CertificateWrongUsage "CERTIFICATE_WRONG_USAGE" FailedPrecondition never
        "The certificate is not one for user authentication."
        "利用者証明用の電子証明書ではありません。";
    CertificateTestHierarchy "CERTIFICATE_TEST_HIERARCHY" FailedPrecondition never
        "The certificate is of the test hierarchy, and this gateway serves real patients."
        "テスト用の電子証明書です。実際の受付では使用できません。";
    CertificateRealHierarchy "CERTIFICATE_REAL_HIERARCHY" FailedPrecondition never
        "The certificate is a real patient's, and this gateway is in test mode."
        "この受付システムはテスト用の設定です。実際の患者さんのカードは使用できません。";
    CertificatePolicyMismatch "CERTIFICATE_POLICY_MISMATCH" FailedPrecondition never
        "The certificate was issued under none of the policies that this gateway asks for."
        "電子証明書の発行ポリシーが設定と一致しません。";
    CertificateWeak "CERTIFICATE_WEAK" FailedPrecondition never
        "The certificate rests on an algorithm that is not safe any more (SHA-1, or RSA below 2048 bits)."
        "電子証明書の暗号方式が古いため使用できません。";
    CertificateRevoked "CERTIFICATE_REVOKED" FailedPrecondition never
        "The certificate was revoked, as the national service said."
        "電子証明書は失効しています。市区町村の窓口で手続きが必要です。";
    SignatureInvalid "SIGNATURE_INVALID" FailedPrecondition never
        "The signature does not belong to the certificate and the challenge."
        "電子署名を確認できませんでした。もう一度お試しください。";
    ChallengeUnknown "CHALLENGE_UNKNOWN" FailedPrecondition never
        "The challenge is not one of the eligibility service, was used already or has expired."
        "確認用データの有効期限が切れました。もう一度お試しください。";

    // Consent and eligibility.
    ReceiptNotFound "RECEIPT_NOT_FOUND" NotFound never
        "No consent receipt of that id is kept here."
        "指定された同意記録は見つかりません。";
    ConsentReceiptInvalid "CONSENT_RECEIPT_INVALID" FailedPrecondition never
        "The consent receipt belongs to another patient's certificate."
        "同意記録が電子証明書と一致しません。";
    EvidenceNotFound "EVIDENCE_NOT_FOUND" NotFound never
        "No evidence of that visit is kept here."
        "指定された受付の証明は見つかりません。";
    SigningKeysReadOnly "SIGNING_KEYS_READ_ONLY" FailedPrecondition never
        "The folder of signing keys is read-only: whoever fills it rotates them."
        "署名鍵は別の仕組みで管理されているため、ここでは切り替えられません。";
    RegistrationDeclined "REGISTRATION_DECLINED" FailedPrecondition never
        "The card is not registered as insurance card, and the patient did not want to register it now."
        "健康保険証としての利用登録がされていません。";
    DeferralNotFound "DEFERRAL_NOT_FOUND" NotFound never
        "No check that was put off is known by that id, or for that visit."
        "指定された後日確認は見つかりません。";
    EligibilityUnavailable "ELIGIBILITY_UNAVAILABLE" Unavailable 2000
        "The eligibility service does not answer."
        "オンライン資格確認等システムに接続できません。しばらく待ってからやり直してください。";
    EligibilityRefused "ELIGIBILITY_REFUSED" FailedPrecondition never
        "The eligibility service answered with an error of its own."
        "オンライン資格確認等システムがエラーを返しました。入力内容を確認してください。";
    EligibilityAmbiguous "ELIGIBILITY_AMBIGUOUS" FailedPrecondition never
        "An eligibility result is there, and whose it is cannot be told without a person."
        "どの患者さんの資格確認結果かを判断できません。職員が結果を選んでください。";
    EligibilityResultPending "ELIGIBILITY_RESULT_PENDING" Aborted never
        "The eligibility service is there, and no result was given to this visit yet."
        "この受付の資格確認結果はまだ届いていないか、割り当てられていません。";
    ResultNotFound "RESULT_NOT_FOUND" NotFound never
        "No eligibility result of that id waits to be given to a visit."
        "指定された資格確認結果は見つかりません。";
    BatchCheckNotFound "BATCH_CHECK_NOT_FOUND" NotFound never
        "No batch of eligibility checks of that id is known."
        "指定された一括資格確認は見つかりません。";

    // The fallback.
    CaseNotFound "CASE_NOT_FOUND" NotFound never
        "No case of that id is kept here."
        "指定された後日確認の記録は見つかりません。";
    CaseSettled "CASE_SETTLED" FailedPrecondition never
        "The case was settled before, by another request."
        "この記録の後日確認はすでに終わっています。";

    // The visit.
    CounterNotFound "COUNTER_NOT_FOUND" NotFound never
        "No counter of that id is configured."
        "指定された窓口は設定されていません。";
    CounterBusy "COUNTER_BUSY" Aborted never
        "Another visit is under way at this counter."
        "この窓口では別の受付が進行中です。";
    CheckInNotFound "CHECK_IN_NOT_FOUND" NotFound never
        "No check-in of that id is known."
        "指定された受付は見つかりません。";
    AuthenticationNotFound "AUTHENTICATION_NOT_FOUND" NotFound never
        "No authentication of that id is known."
        "指定された本人確認は見つかりません。";
    ActionNotPending "ACTION_NOT_PENDING" FailedPrecondition never
        "The visit does not wait for this now."
        "この操作は現在受け付けていません。";
    RequestIdReused "REQUEST_ID_REUSED" InvalidArgument never
        "The same request_id was sent before with other content."
        "同じリクエストIDが別の内容で使用されました。";
    SequenceUnknown "SEQUENCE_UNKNOWN" InvalidArgument never
        "after_sequence is ahead of what has happened."
        "再開位置が正しくありません。";
    VisitExpired "VISIT_EXPIRED" DeadlineExceeded never
        "The visit's time was up before it ended."
        "受付の制限時間を過ぎました。最初からやり直してください。";
    VisitCancelled "VISIT_CANCELLED" Cancelled never
        "The visit was cancelled."
        "受付は取り消されました。";
    GatewayRestarted "GATEWAY_RESTARTED" Unavailable 100
        "The gateway was restarted during the visit; start it again."
        "受付システムが再起動しました。最初からやり直してください。";
    GatewayShuttingDown "GATEWAY_SHUTTING_DOWN" Unavailable 5000
        "The gateway is shutting down."
        "受付システムを終了しています。";

    // The call.
    InvalidArgument "INVALID_ARGUMENT" InvalidArgument never
        "The request has fields that cannot be accepted; the field violations say which and why."
        "リクエストの内容に誤りがあります。";
    Unauthenticated "UNAUTHENTICATED" Unauthenticated never
        "The client did not show a certificate that this gateway knows."
        "接続元を確認できません。";
    PermissionDenied "PERMISSION_DENIED" PermissionDenied never
        "The client's role may not call this."
        "この操作を行う権限がありません。";
    Overloaded "OVERLOADED" ResourceExhausted 1000
        "Too much at once; try again in a moment."
        "混み合っています。しばらく待ってからやり直してください。";
    StoreUnavailable "STORE_UNAVAILABLE" Unavailable 1000
        "The gateway's database cannot be written or read."
        "データベースに記録できません。管理者に連絡してください。";
    Internal "INTERNAL" Internal never
        "A fault of the gateway itself."
        "受付システムの内部で問題が発生しました。管理者に連絡してください。";
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl std::error::Error for Reason {}

impl std::str::FromStr for Reason {
    type Err = UnknownReason;

    fn from_str(code: &str) -> Result<Self, UnknownReason> {
        Self::ALL
            .iter()
            .copied()
            .find(|reason| reason.code() == code)
            .ok_or(UnknownReason)
    }
}

/// A code that no reason has: it came from a newer madoguchi.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no reason has this code")]
pub struct UnknownReason;

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_unique_and_readable_back() {
        let codes: BTreeSet<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
        assert_eq!(codes.len(), Reason::ALL.len());
        for reason in Reason::ALL {
            assert_eq!(reason.code().parse(), Ok(*reason));
        }
        assert_eq!("NO_SUCH_CODE".parse::<Reason>(), Err(UnknownReason));
    }

    #[test]
    fn every_reason_has_a_sentence_and_a_page_of_its_own() {
        for reason in Reason::ALL {
            assert!(reason.message_ja().ends_with('。'), "{}", reason.code());
            assert!(reason.message().ends_with('.'), "{}", reason.code());
            let page = reason.page();
            assert!(
                page.starts_with(&format!("# {}\n", reason.code())),
                "{}",
                reason.code()
            );
            assert!(
                page.contains(reason.message_ja()),
                "{}: the page quotes the sentence",
                reason.code()
            );
            for heading in [
                "## 何が起きたか",
                "## 受付でできること",
                "## 連絡先",
                "## For developers",
            ] {
                assert!(page.contains(heading), "{} lacks {heading}", reason.code());
            }
        }
    }

    #[test]
    fn there_is_no_page_without_a_reason() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/reasons");
        for entry in std::fs::read_dir(folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let code = name.strip_suffix(".md").unwrap();
            assert!(code.parse::<Reason>().is_ok(), "{name} has no reason");
        }
    }
}
