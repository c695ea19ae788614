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

/// Raises the token also when standard input ends. Whoever starts this program and holds the other end takes it along
/// however it ends itself, also where it is killed.
///
/// # Errors
/// Where no thread can be started.
pub fn stop_at_end_of_input(token: &CancellationToken) -> std::io::Result<()> {
    let raised = token.clone();
    std::thread::Builder::new()
        .name("input-watch".to_owned())
        .spawn(move || {
            // Input that cannot be read has ended too.
            let _read = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
            raised.cancel();
        })?;
    Ok(())
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
