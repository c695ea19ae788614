//! A virtual reader with a card on it, for measurements that need one: a private PC/SC service, which this program is
//! started again under, because libpcsclite looks for its service once a process.

use std::process::Stdio;

use madoguchi_core::{Clock as _, clock::SystemClock};
use madoguchi_twin::pcscd::PrivatePcscd;
use madoguchi_twin::vpcd::VpcdCard;
use madoguchi_twin::{Faults, Persona, TestCa, VirtualCard};
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

use crate::bench::Error;
use crate::demo::gateway::look_for_plugin;

/// Whose card lies on the reader.
const PERSONA: &str = "adult";

/// Runs this program with these arguments and the packed PC/SC plugin, on a virtual reader with a card on it. Says
/// whether it succeeded; what it has to say it says itself.
///
/// # Errors
/// Where the stage cannot be set.
pub async fn again(arguments: &[String], stop: &CancellationToken) -> Result<bool, Error> {
    let plugin = look_for_plugin()?;
    let folder = tempfile::tempdir()?;
    let pcscd = PrivatePcscd::start(folder.path(), 1).map_err(crate::demo::Error::from)?;
    let persona = Persona::by_name(PERSONA)?.ok_or(Error::Ended("the persona"))?;
    let chip = VirtualCard::new(&persona, &TestCa::new()?, SystemClock.now())?;
    let vpcd = pcscd.vpcd_addr(0).ok_or(Error::Ended("the virtual reader"))?;
    let card = VpcdCard::connect(vpcd, chip, Faults::default())?;
    let mut process = Command::new(std::env::current_exe()?)
        .args(arguments)
        .arg("--plugin")
        .arg(&plugin)
        .env("PCSCLITE_CSOCK_NAME", pcscd.socket_path())
        .stdin(Stdio::null())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    let succeeded = tokio::select! {
        () = stop.cancelled() => false,
        ended = process.wait() => ended?.success(),
    };
    process.kill().await?;
    // The card is taken off before its reader goes.
    drop(card);
    drop(pcscd);
    Ok(succeeded)
}
