//! `madoguchi certificate anchors`: which authorities a file holds, and when each of them expires.

use std::path::PathBuf;

use clap::Args;
use madoguchi_certificate::Anchors;
use madoguchi_core::Clock as _;
use madoguchi_core::certificate::TrustAnchor;
use madoguchi_core::clock::{SystemClock, day_in_japan};
use serde::Serialize;
use time::OffsetDateTime;

use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::moment;
use crate::cli::output::Output;

/// Which authorities.
#[derive(Debug, Args)]
pub struct AnchorsArgs {
    /// The authorities
    #[arg(long, value_name = "PEM", required = true, num_args = 1..)]
    anchors: Vec<PathBuf>,
    /// Days before its end at which an authority counts as one that expires soon
    #[arg(long, value_name = "DAYS", default_value_t = 400)]
    warning_days: u32,
    /// The moment to judge; now where it is not given
    #[arg(long, value_name = "RFC3339", value_parser = moment::parse)]
    at: Option<OffsetDateTime>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Listed {
    anchors: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    fingerprint: String,
    subject: String,
    key_id: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    not_before: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    not_after: OffsetDateTime,
    days_left: i64,
    expires_soon: bool,
}

impl From<TrustAnchor> for Line {
    fn from(anchor: TrustAnchor) -> Self {
        Self {
            fingerprint: anchor.fingerprint,
            subject: anchor.subject,
            key_id: anchor.key_id,
            not_before: anchor.not_before,
            not_after: anchor.not_after,
            days_left: anchor.days_left,
            expires_soon: anchor.expires_soon,
        }
    }
}

impl AnchorsArgs {
    pub(super) const fn is_json(&self) -> bool {
        self.json
    }

    pub(super) fn run(self) -> Result<Exit, Error> {
        let at = self.at.unwrap_or_else(|| SystemClock.now());
        let anchors = Anchors::load(&self.anchors)?.list(at, self.warning_days);
        let listed = Listed {
            anchors: anchors.into_iter().map(Line::from).collect(),
        };
        Output::new(self.json).answer(&listed, text)?;
        Ok(Exit::Completed)
    }
}

fn text(listed: &Listed) -> String {
    let lines = listed.anchors.iter().map(|anchor| {
        let remark = match (anchor.days_left, anchor.expires_soon) {
            (..0, _) => "  EXPIRED",
            (_, true) => "  EXPIRES SOON",
            (_, false) => "",
        };
        format!(
            "{}  until {}  {} days left{remark}\n    {}",
            anchor.fingerprint,
            day_in_japan(anchor.not_after),
            anchor.days_left,
            anchor.subject
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn the_day_for_people_is_japans_as_the_count_is() {
        let anchor = Line {
            fingerprint: "ab".to_owned(),
            subject: "CN=root".to_owned(),
            key_id: None,
            not_before: datetime!(2020-01-01 00:00 UTC),
            not_after: datetime!(2030-01-31 15:00 UTC),
            days_left: 1,
            expires_soon: true,
        };
        let text = text(&Listed {
            anchors: vec![anchor],
        });
        assert!(
            text.contains("until 2030-02-01  1 days left  EXPIRES SOON"),
            "{text}"
        );
    }
}
