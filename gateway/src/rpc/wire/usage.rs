//! The usage report on the wire.

use madoguchi_proto::usage::v1 as pb;
use madoguchi_usage::{Rate, Report, Row};

/// A report.
pub(crate) fn report(report: Report) -> pb::GetUsageReportResponse {
    pb::GetUsageReportResponse {
        rows: report.rows.into_iter().map(row).collect(),
        total: Some(row(report.total)),
    }
}

fn row(row: Row) -> pb::UsageRow {
    let percent = |rate: Option<Rate>| rate.map(|rate| rate.to_string()).unwrap_or_default();
    pb::UsageRow {
        rate_percent: percent(row.rate()),
        card_share_percent: percent(row.share()),
        day: row.cell.day.map(|day| day.to_string()).unwrap_or_default(),
        counter_id: row.cell.counter.unwrap_or_default(),
        medium: row.cell.medium.unwrap_or_default().to_owned(),
        method: row.cell.method.unwrap_or_default().to_owned(),
        card_check_count: row.card_checks,
        check_count: row.checks,
        all_check_count: row.all_checks,
    }
}
