//! The stage: folder, PC/SC service, gateway and the patient's card. Its fields are dropped in the order in which they
//! depend on each other, so that it leaves nothing behind however it ends.

use std::time::Duration;

use madoguchi_core::{Clock as _, Reason, RequestId, clock::SystemClock};
use madoguchi_proto::checkin::v1::StartCheckInRequest;
use madoguchi_twin::pcscd::PrivatePcscd;
use madoguchi_twin::vpcd::VpcdCard;
use madoguchi_twin::{Faults, Persona, TestCa, VirtualCard};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;

use crate::cli::output::{Output, complain};
use crate::cli::remote::Remote;
use crate::cli::visit::{self, End, VisitLine};
use crate::cli::{Error as CliError, wire};
use crate::demo::gateway::{ANY_PORT, COUNTER, Gateway, look_for_plugin, write_config};
use crate::demo::invitation::Invitation;
use crate::demo::patient::Patient;
use crate::demo::readers;
use crate::demo::scene::Scene;
use crate::demo::{Error, Options};

/// So often a patient looks whether the counter is free.
const QUEUE_PAUSE: Duration = Duration::from_millis(500);
/// So often the guests' card is looked at.
const LOOK: Duration = Duration::from_millis(100);

pub(super) struct Stage {
    channel: Channel,
    gateway: Gateway,
    /// For guests: put on once the script is over.
    card: Option<VpcdCard>,
    pcscd: PrivatePcscd,
    ca: TestCa,
    folder: TempDir,
}

impl Stage {
    /// Sets it up: when this returns, the gateway serves and an empty reader stands on the counter.
    pub(super) async fn set(
        options: Options,
        output: Output,
        stop: &CancellationToken,
    ) -> Result<Self, CliError> {
        let io = |what| move |source| Error::Io { what, source };
        look_for_plugin()?;
        let mut folder = tempfile::Builder::new()
            .prefix("madoguchi-demo-")
            .tempdir()
            .map_err(io("no folder can be made for the demo"))?;
        if options.keep {
            folder.disable_cleanup(true);
            complain(format_args!(
                "The demo's folder is kept: {}",
                folder.path().display()
            ));
        }
        let ca = TestCa::new()?;
        let pcscd = PrivatePcscd::start(&folder.path().join("pcscd"), 1).map_err(Error::from)?;
        let config = write_config(folder.path(), &ca, options.listen.unwrap_or(ANY_PORT))
            .map_err(io("the gateway's configuration cannot be written"))?;
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
            card: None,
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
        let card = self.card_beside(persona)?;
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
        let mut waits = false;
        let end = loop {
            match visit::play(self.channel.clone(), request.clone(), &mut patient, stop).await {
                Err(error) if error.reason() == Some(Reason::CounterBusy) => {
                    if !std::mem::replace(&mut waits, true) {
                        output.say("  Patient: waits, for somebody else is at the counter.")?;
                    }
                    tokio::select! {
                        () = stop.cancelled() => return Err(CliError::Interrupted),
                        () = tokio::time::sleep(QUEUE_PAUSE) => {}
                    }
                }
                ended => break ended?,
            }
        };
        card.remove().map_err(Error::from)?;
        tokio::select! {
            () = stop.cancelled() => {}
            empty = readers::until_empty(self.channel.clone()) => empty?,
        }
        let line = VisitLine::of(&end, Some(persona.name()));
        Ok((end, line))
    }

    /// Leaves a card on the reader for whoever wants to try the gateway, until `stop` is raised. After each visit it is
    /// lifted and laid there again, for one that stays is not the next patient's.
    pub(super) async fn open(
        &mut self,
        guest: &Persona,
        output: Output,
        stop: &CancellationToken,
    ) -> Result<(), CliError> {
        let card = self.card_beside(guest)?;
        card.insert().map_err(Error::from)?;
        let card = self.card.insert(card);
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            there = readers::until_card(self.channel.clone()) => there?,
        }
        let invitation = Invitation::new(self.gateway.endpoint(), guest)?;
        output.answer(&invitation, |invitation| invitation.to_string())?;
        tokio::select! {
            () = stop.cancelled() => Ok(()),
            ended = self.gateway.ended() => Err(ended.into()),
            lifted = lift_after_each_visit(card, self.channel.clone()) => lifted,
        }
    }

    fn card_beside(&self, persona: &Persona) -> Result<VpcdCard, CliError> {
        let vpcd = self
            .pcscd
            .vpcd_addr(0)
            .ok_or(Error::Readers { wanted: "there" })?;
        let chip = VirtualCard::new(persona, &self.ca, SystemClock.now())?;
        Ok(VpcdCard::beside(vpcd, chip, Faults::default())?)
    }

    /// Takes everything down in order: the gateway first, which else would miss its card and its readers.
    pub(super) async fn strike(self) {
        let Self {
            channel,
            gateway,
            card,
            pcscd,
            folder,
            ..
        } = self;
        drop(channel);
        gateway.stop().await;
        drop(card);
        drop(pcscd);
        drop(folder);
    }
}

async fn lift_after_each_visit(card: &VpcdCard, channel: Channel) -> Result<(), CliError> {
    loop {
        until_used(card).await?;
        card.remove().map_err(Error::from)?;
        readers::until_empty(channel.clone()).await?;
        card.insert().map_err(Error::from)?;
    }
}

/// Waits until a visit has read the card and is done with it: it has no power any more, and not for a moment only.
async fn until_used(card: &VpcdCard) -> Result<(), CliError> {
    let report = || card.report().map_err(Error::from);
    let before = report()?.apdu_count;
    let mut unpowered = 0;
    while unpowered < 2 {
        tokio::time::sleep(LOOK).await;
        let done = !card.is_powered() && report()?.apdu_count != before;
        unpowered = if done { unpowered + 1 } else { 0 };
    }
    Ok(())
}
