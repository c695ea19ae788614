//! A driver as the host calls it.

use abi_stable::sabi_trait::TD_Opaque;
use abi_stable::std_types::{ROption, RResult, RStr, RVec};
use madoguchi_driver_api::Driver;

use super::guard::{Guarded, entry, quiet};
use super::reader;
use crate::v2::{Bounds, Failure, ForeignDriver, ReaderBox};
use crate::{bounds, message};

pub(super) struct Exported(Guarded<dyn Driver>);

impl Exported {
    pub(super) fn new(driver: Box<dyn Driver>) -> Self {
        Self(Guarded::new(driver))
    }
}

impl ForeignDriver for Exported {
    fn info(&self) -> RResult<RVec<u8>, Failure> {
        entry(|| message::encode("driver info", &self.0.info()).map(RVec::from))
    }

    fn readers(&self) -> RResult<RVec<u8>, Failure> {
        entry(|| message::encode("readers", &self.0.readers()?).map(RVec::from))
    }

    fn next_event(&self, timeout_us: u64) -> RResult<ROption<RVec<u8>>, Failure> {
        entry(|| {
            let event = self.0.next_event(bounds::duration(timeout_us))?;
            event
                .map(|event| message::encode("event", &event).map(RVec::from))
                .transpose()
                .map(ROption::from)
        })
    }

    fn interrupt(&self) {
        quiet(|| self.0.interrupt());
    }

    fn open(&self, selector: RStr<'_>, bounds: Bounds) -> RResult<ReaderBox, Failure> {
        entry(|| {
            let reader = self.0.open(selector.as_str(), &bounds::incoming(bounds))?;
            Ok(ReaderBox::from_value(reader::Exported::new(reader), TD_Opaque))
        })
    }
}
