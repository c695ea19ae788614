//! What expires, part by part.

use madoguchi_core::clock::parse_day;
use madoguchi_core::outlook::{Outlook, Window};
use madoguchi_core::{CardKey, Refusal};
use madoguchi_proto::certificate::v1 as pb;
use time::Date;

use crate::rpc::fields::Fields;
use crate::rpc::wire::certificate as wire;

/// Days that one question may span beyond the first.
const MAX_DAYS: i32 = 366;
/// Certificates of a part, where the caller does not say.
const DEFAULT_PAGE: u32 = 200;
/// Certificates of a part that a caller may ask for.
const MAX_PAGE: u32 = 1_000;

/// Where a part ends: the day and the key of its last certificate.
fn token(text: &str) -> Option<(Date, CardKey)> {
    let (day, key) = text.split_once('.')?;
    Some((parse_day(day).ok()?, CardKey::new(key).ok()?))
}

fn window(request: pb::ListExpiringRequest, today: Date) -> Result<Window, Refusal> {
    let mut fields = Fields::default();
    let mut day = |field: &str, text: &str| {
        parse_day(text)
            .map_err(|invalid| fields.wrong(field, invalid.to_string()))
            .ok()
    };
    let from = day("from_date", &request.from_date);
    let to = day("to_date", &request.to_date);
    if let (Some(from), Some(to)) = (from, to) {
        let span = to.to_julian_day() - from.to_julian_day();
        if !(0..=MAX_DAYS).contains(&span) {
            fields.wrong("to_date", format!("must be 0 to {MAX_DAYS} days after from_date"));
        }
    }
    let limit = fields.page_size(request.page_size, DEFAULT_PAGE, MAX_PAGE);
    let after = match request.page_token.as_str() {
        "" => None,
        text => {
            let read = token(text);
            if read.is_none() {
                fields.wrong("page_token", "must be the next_page_token of an answer");
            }
            read
        }
    };
    let read = (|| {
        Some(Window {
            today,
            from: from?,
            to: to?,
            after,
            limit: limit?,
        })
    })();
    fields.finish(read)
}

/// Answers a request.
///
/// # Errors
/// [`madoguchi_core::Reason::InvalidArgument`], [`madoguchi_core::Reason::StoreUnavailable`].
pub(super) async fn list(
    outlook: &dyn Outlook,
    request: pb::ListExpiringRequest,
    today: Date,
) -> Result<pb::ListExpiringResponse, Refusal> {
    let window = window(request, today)?;
    let days = outlook.days(&window).await?;
    // One more than told says whether there is more.
    let limit = window.limit;
    let asked = Window {
        limit: limit + 1,
        ..window
    };
    let mut found = outlook.expiring(&asked).await?;
    let told = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_more = found.len() > told;
    found.truncate(told);
    let last = found.last().filter(|_| is_more);
    Ok(pb::ListExpiringResponse {
        days: days.into_iter().map(wire::day).collect(),
        next_page_token: last
            .map(|last| format!("{}.{}", last.ends_on(today), last.card_key.as_str()))
            .unwrap_or_default(),
        certificates: found.into_iter().map(wire::expiring).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rpc::fields::wrong_fields;
    use madoguchi_certificate::{MemoryOutlook, contract};
    use madoguchi_core::Medium;
    use madoguchi_core::outlook::Sighting;
    use time::macros::date;

    const TODAY: Date = date!(2027 - 01 - 10);

    fn request(from: &str, to: &str, page_size: u32, page_token: &str) -> pb::ListExpiringRequest {
        pb::ListExpiringRequest {
            from_date: from.to_owned(),
            to_date: to.to_owned(),
            page_size,
            page_token: page_token.to_owned(),
        }
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let wrong = window(request("2026-02-30", "", 1_001, "x"), TODAY);
        assert_eq!(
            wrong_fields(wrong),
            ["from_date", "to_date", "page_size", "page_token"]
        );
        for (from, to) in [("2026-02-02", "2026-02-01"), ("2026-01-01", "2027-01-03")] {
            assert_eq!(wrong_fields(window(request(from, to, 0, ""), TODAY)), ["to_date"]);
        }
        assert_eq!(
            window(request("2026-01-01", "2027-01-02", 0, ""), TODAY)
                .unwrap()
                .limit,
            DEFAULT_PAGE
        );
    }

    #[tokio::test]
    async fn the_parts_together_are_everything_once() {
        let outlook = MemoryOutlook::default();
        for (digit, not_after) in [
            ('a', date!(2027 - 01 - 31)),
            ('b', date!(2027 - 01 - 31)),
            ('c', date!(2027 - 02 - 01)),
            // In its grace.
            ('d', date!(2027 - 01 - 09)),
        ] {
            let sighting = Sighting {
                card_key: contract::card(digit),
                medium: Medium::Card,
                not_after,
                good_until: not_after + time::Duration::days(90),
                seen_on: date!(2026 - 11 - 22),
            };
            outlook.record(sighting).await.unwrap();
        }
        let (mut token, mut told, mut parts) = (String::new(), Vec::new(), 0);
        loop {
            let asked = request("2027-01-01", "2027-12-31", 2, &token);
            let answer = list(&outlook, asked, TODAY).await.unwrap();
            let days: Vec<_> = answer
                .days
                .iter()
                .map(|day| (day.date.as_str(), day.certificate_count))
                .collect();
            assert_eq!(days, [("2027-01-31", 2), ("2027-02-01", 1), ("2027-04-09", 1)]);
            told.extend(answer.certificates);
            parts += 1;
            token = answer.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(parts, 2);
        let keys: Vec<_> = told.iter().map(|one| one.card_key.as_str()).collect();
        assert_eq!(keys, ["a", "b", "c", "d"].map(|digit| digit.repeat(64)));
        assert_eq!(
            (told[2].expiry_date.as_str(), told[2].last_seen_date.as_str()),
            ("2027-02-01", "2026-11-22")
        );
        assert_eq!(
            (told[3].expiry_date.as_str(), told[3].good_until_date.as_str()),
            ("2027-01-09", "2027-04-09")
        );
    }
}
