//! The user's wish to stop.

use tokio_util::sync::CancellationToken;

/// A token that Ctrl-C (or SIGTERM) raises. From then on the program does not die of them, so whoever takes the token
/// ends by it.
///
/// # Errors
/// Where the signals cannot be had.
pub fn stop_token() -> std::io::Result<CancellationToken> {
    let token = CancellationToken::new();
    let raised = token.clone();
    let wait = wish()?;
    tokio::spawn(async move {
        wait.await;
        raised.cancel();
    });
    Ok(token)
}

#[cfg(unix)]
fn wish() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(windows)]
fn wish() -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
    })
}
