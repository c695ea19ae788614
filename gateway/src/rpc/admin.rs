//! Drivers, for administrators.

use std::sync::Arc;

use async_trait::async_trait;
use madoguchi_core::audit::{Action, Audit, Event};
use madoguchi_core::{CallerId, DriverId, Reason, Refusal};
use madoguchi_driver_host::{DriverStatus, Drivers};
use madoguchi_proto::admin::v1 as pb;
use madoguchi_proto::admin::v1::driver_admin_service_server::DriverAdminService;
use tonic::{Request, Response, Status};

use super::fields::Fields;
use super::status;
use super::wire::admin as wire;
use crate::server::caller;

/// Port: the drivers of this gateway, as an administrator sees them.
#[async_trait]
pub(crate) trait DriverControl: Send + Sync + 'static {
    /// Every driver, by id; the refused ones too.
    fn list(&self) -> Vec<DriverStatus>;

    /// Starts a driver's process again; does not wait for it.
    ///
    /// # Errors
    /// [`Reason::DriverNotFound`].
    fn restart(&self, id: &DriverId) -> Result<DriverStatus, Reason>;

    /// Has another process take over when no visit holds a reader; does not wait for it.
    ///
    /// # Errors
    /// [`Reason::DriverNotFound`].
    async fn upgrade(&self, id: &DriverId) -> Result<DriverStatus, Reason>;
}

#[async_trait]
impl DriverControl for Drivers {
    fn list(&self) -> Vec<DriverStatus> {
        self.drivers()
    }

    fn restart(&self, id: &DriverId) -> Result<DriverStatus, Reason> {
        Self::restart(self, id)
    }

    async fn upgrade(&self, id: &DriverId) -> Result<DriverStatus, Reason> {
        Self::upgrade(self, id).await
    }
}

/// No drivers: the readers come from elsewhere.
pub(crate) struct NoDrivers;

#[async_trait]
impl DriverControl for NoDrivers {
    fn list(&self) -> Vec<DriverStatus> {
        Vec::new()
    }

    fn restart(&self, _: &DriverId) -> Result<DriverStatus, Reason> {
        Err(Reason::DriverNotFound)
    }

    async fn upgrade(&self, _: &DriverId) -> Result<DriverStatus, Reason> {
        Err(Reason::DriverNotFound)
    }
}

/// Serves the drivers.
pub(crate) struct Service {
    pub(crate) drivers: Arc<dyn DriverControl>,
    pub(crate) audit: Arc<dyn Audit>,
}

fn driver_id(text: String) -> Result<DriverId, Refusal> {
    let mut fields = Fields::default();
    let id = fields.id("driver_id", text);
    fields.finish(id)
}

impl Service {
    fn find(&self, text: String) -> Result<pb::Driver, Refusal> {
        let id = driver_id(text)?;
        let found = self
            .drivers
            .list()
            .into_iter()
            .find(|driver| driver.driver_id == id.as_str());
        Ok(wire::driver(found.ok_or(Reason::DriverNotFound)?))
    }

    async fn restart(&self, caller: CallerId, text: String) -> Result<pb::Driver, Refusal> {
        let id = driver_id(text)?;
        let restarted = self.drivers.restart(&id);
        self.record(caller, Action::DriverRestarted, id, restarted).await
    }

    async fn upgrade(&self, caller: CallerId, text: String) -> Result<pb::Driver, Refusal> {
        let id = driver_id(text)?;
        let upgraded = self.drivers.upgrade(&id).await;
        self.record(caller, Action::DriverUpgraded, id, upgraded).await
    }

    async fn record(
        &self,
        caller: CallerId,
        action: Action,
        driver_id: DriverId,
        done: Result<DriverStatus, Reason>,
    ) -> Result<pb::Driver, Refusal> {
        let reason = done.as_ref().err().copied();
        let event = Event {
            caller: Some(caller),
            // What names no driver may be anything that somebody typed: it does not get into the log.
            driver_id: (reason != Some(Reason::DriverNotFound)).then_some(driver_id),
            reason,
            ..Event::new(action)
        };
        self.audit.append(event).await?;
        Ok(wire::driver(done?))
    }
}

#[tonic::async_trait]
impl DriverAdminService for Service {
    async fn list_drivers(
        &self,
        _: Request<pb::ListDriversRequest>,
    ) -> Result<Response<pb::ListDriversResponse>, Status> {
        let drivers = self.drivers.list().into_iter().map(wire::driver).collect();
        Ok(Response::new(pb::ListDriversResponse { drivers }))
    }

    async fn get_driver(
        &self,
        request: Request<pb::GetDriverRequest>,
    ) -> Result<Response<pb::GetDriverResponse>, Status> {
        let driver = self.find(request.into_inner().driver_id).map_err(status::of)?;
        Ok(Response::new(pb::GetDriverResponse { driver: Some(driver) }))
    }

    async fn restart_driver(
        &self,
        request: Request<pb::RestartDriverRequest>,
    ) -> Result<Response<pb::RestartDriverResponse>, Status> {
        let caller = caller(&request).map_err(status::of)?.caller;
        let driver = self
            .restart(caller, request.into_inner().driver_id)
            .await
            .map_err(status::of)?;
        Ok(Response::new(pb::RestartDriverResponse { driver: Some(driver) }))
    }

    async fn upgrade_driver(
        &self,
        request: Request<pb::UpgradeDriverRequest>,
    ) -> Result<Response<pb::UpgradeDriverResponse>, Status> {
        let caller = caller(&request).map_err(status::of)?.caller;
        let driver = self
            .upgrade(caller, request.into_inner().driver_id)
            .await
            .map_err(status::of)?;
        Ok(Response::new(pb::UpgradeDriverResponse { driver: Some(driver) }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rpc::fields::wrong_fields;
    use madoguchi_core::audit::Event;

    struct Kept(tokio::sync::mpsc::Sender<Event>);

    #[async_trait::async_trait]
    impl Audit for Kept {
        async fn append(&self, event: Event) -> Result<(), Reason> {
            self.0.try_send(event).map_err(|_| Reason::StoreUnavailable)
        }
    }

    #[tokio::test]
    async fn a_wrong_id_is_a_violation_and_an_unknown_one_is_not_found() {
        let (audit, mut events) = tokio::sync::mpsc::channel(4);
        let service = Service {
            drivers: Arc::new(NoDrivers),
            audit: Arc::new(Kept(audit)),
        };
        let caller = || CallerId::new("loopback").unwrap();
        assert_eq!(wrong_fields(service.find(String::new())), ["driver_id"]);
        assert_eq!(
            wrong_fields(service.restart(caller(), "a b".to_owned()).await),
            ["driver_id"]
        );
        assert!(
            events.try_recv().is_err(),
            "what was not understood is not recorded"
        );
        let refused = |refusal: Refusal| refusal.reason;
        assert_eq!(
            service.find("pcsc".to_owned()).map_err(refused),
            Err(Reason::DriverNotFound)
        );
        let restarted = service.restart(caller(), "pcsc".to_owned()).await;
        assert_eq!(restarted.map_err(refused), Err(Reason::DriverNotFound));
        let event = events.try_recv().unwrap();
        assert_eq!(
            (event.action, event.driver_id, event.reason),
            (Action::DriverRestarted, None, Some(Reason::DriverNotFound)),
            "what names no driver may be anything"
        );
    }
}
