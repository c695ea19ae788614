//! The stage: folder, PC/SC service, gateway and the patient's card. Its fields are dropped in the order in which they
//! depend on each other, so that it leaves nothing behind however it ends.

use madoguchi_core::{Clock as _, RequestId, clock::SystemClock};
use madoguchi_proto::checkin::v1::StartCheckInRequest;
use madoguchi_twin::pcscd::PrivatePcscd;
use madoguchi_twin::vpcd::VpcdCard;
use madoguchi_twin::{Faults, TestCa, VirtualCard};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;

use crate::cli::output::{Output, complain};
use crate::cli::remote::Remote;
use crate::cli::visit::{self, End, VisitLine};
use crate::cli::{Error as CliError, wire};
use crate::demo::Error;
use crate::demo::gateway::{COUNTER, Gateway, look_for_plugin, write_config};
use crate::demo::patient::Patient;
use crate::demo::readers;
use crate::demo::scene::Scene;

pub(super) struct Stage {
    channel: Channel,
    gateway: Gateway,
    pcscd: PrivatePcscd,
    ca: TestCa,
    folder: TempDir,
}

impl Stage {
    /// Sets it up: when this returns, the gateway serves and an empty reader stands on the counter.
    pub(super) async fn set(keep: bool, output: Output, stop: &CancellationToken) -> Result<Self, CliError> {
        let io = |what| move |source| Error::Io { what, source };
        look_for_plugin()?;
        let mut folder = tempfile::Builder::new()
            .prefix("madoguchi-demo-")
            .tempdir()
            .map_err(io("no folder can be made for the demo"))?;
        if keep {
            folder.disable_cleanup(true);
            complain(format_args!(
                "The demo's folder is kept: {}",
                folder.path().display()
            ));
        }
        let ca = TestCa::new()?;
        let pcscd = PrivatePcscd::start(&folder.path().join("pcscd"), 1).map_err(Error::from)?;
        let config =
            write_config(folder.path(), &ca).map_err(io("the gateway's configuration cannot be written"))?;
        let socket = pcscd.socket_path();
        let starting = Gateway::start(folder.path(), &config, &socket);
        let gateway = tokio::select! {
            () = stop.cancelled() => return Err(CliError::Interrupted),
            gateway = starting => gateway?,
        };
        let channel = Remote::plaintext(gateway.endpoint().to_owned()).connect().await?;
        tokio::select! {
            () = stop.cancelled() => return Err(CliError::Interrupted),
            empty = readers::until_empty(channel.clone()) => empty?,
        }
        output.say(format_args!(
            "A gateway serves at {} with one virtual reader.",
            gateway.endpoint()
        ))?;
        Ok(Self {
            channel,
            gateway,
            pcscd,
            ca,
            folder,
        })
    }

    /// Plays one visit, with the card beside the reader at its beginning and its end.
    pub(super) async fn play(
        &mut self,
        scene: &Scene,
        output: Output,
        stop: &CancellationToken,
    ) -> Result<(End, VisitLine), CliError> {
        let persona = &scene.persona;
        output.say(format_args!("{} {}", persona.sentence(), persona.sentence_ja()))?;
        let vpcd = self
            .pcscd
            .vpcd_addr(0)
            .ok_or(Error::Readers { wanted: "there" })?;
        let chip = VirtualCard::new(persona, &self.ca, SystemClock.now())?;
        let card = VpcdCard::beside(vpcd, chip, Faults::default())?;
        let request = StartCheckInRequest {
            request_id: RequestId::generate().to_string(),
            counter_id: COUNTER.to_owned(),
            medium: wire::medium_to_wire(persona.medium()).into(),
            ..StartCheckInRequest::default()
        };
        output.say(format_args!(
            "  Patient: chooses \"{}\".",
            persona.medium().as_str()
        ))?;
        let mut patient = Patient::new(scene, &card, output);
        let end = visit::play(self.channel.clone(), request, &mut patient, stop).await?;
        card.remove().map_err(Error::from)?;
        tokio::select! {
            () = stop.cancelled() => {}
            empty = readers::until_empty(self.channel.clone()) => empty?,
        }
        let line = VisitLine::of(&end, Some(persona.name()));
        Ok((end, line))
    }

    /// Takes everything down in order.
    pub(super) async fn strike(self) {
        let Self {
            channel,
            gateway,
            pcscd,
            folder,
            ..
        } = self;
        drop(channel);
        gateway.stop().await;
        drop(pcscd);
        drop(folder);
    }
}
