//! The patient is asked on the reader's screen beside the caller; the first answer counts.

use madoguchi_auth::Station;
use madoguchi_core::Reason;
use madoguchi_core::consent::{Decision, Question};
use madoguchi_core::screen::{Answer, Page};

/// Asks on the screen; waits for ever where the visit has none.
pub(super) async fn answer(
    station: &mut Option<Station>,
    page: impl Fn(&str) -> Page + Send + Sync,
) -> Result<Answer, Reason> {
    match station {
        Some(station) => station.answer(page).await,
        None => std::future::pending().await,
    }
}

/// Asks item by item on the screen, in the language that the patient reads; whoever changes it in the middle begins
/// anew, so that one receipt has one language. Returns the question as it was asked, and the answers.
pub(super) async fn consents(
    station: &mut Option<Station>,
    question: impl Fn(&str) -> Question + Send + Sync,
) -> Result<(Question, Vec<Decision>), Reason> {
    let Some(station) = station else {
        return std::future::pending().await;
    };
    loop {
        let asked = question(station.language());
        if let Some(decisions) = in_one_language(station, &asked).await? {
            return Ok((asked, decisions));
        }
    }
}

/// The answers; none where the patient changed the language.
async fn in_one_language(
    station: &mut Station,
    question: &Question,
) -> Result<Option<Vec<Decision>>, Reason> {
    let mut decisions = Vec::with_capacity(question.items.len());
    for asked in &question.items {
        let page = |_: &str| Page::Consent {
            item: asked.item,
            text: match &question.requester {
                Some(requester) => format!("{}: {}", requester.name, asked.text),
                None => asked.text.clone(),
            },
        };
        let granted = match station.answer_once(page).await? {
            Answer::Yes => true,
            Answer::No => false,
            Answer::Language(_) => return Ok(None),
            _ => return Err(Reason::DriverProtocolError),
        };
        decisions.push(Decision {
            item: asked.item,
            granted,
        });
    }
    Ok(Some(decisions))
}
