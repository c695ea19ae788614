//! `cargo xtask soak hidraw`: the tests over hidapi again, with the kernel's own hidraw under them.
//!
//! In a test run umockdev plays the kernel. Here it is a real one in QEMU, without hardware acceleration so that it runs
//! anywhere: a device plugged in through /dev/uhid is for hid, hidraw, sysfs and hidapi a device like any other.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;

use crate::{command, setup};

/// Packages besides those of the tests.
const PACKAGES: &[&str] = &["qemu-system-x86", "busybox-static", "cpio", "xz-utils"];
/// What depends on Debian's kernel of the day.
const KERNEL: &str = "linux-image-amd64";
/// The modules, in the order in which they need each other.
const MODULES: &[&str] = &[
    "drivers/hid/hid.ko",
    "drivers/hid/hid-generic.ko",
    "drivers/hid/uhid.ko",
];
/// Whose tests run: package and test program.
const TESTS: &[(&str, &str)] = &[
    ("madoguchi-driver-fujitsu", "hidraw"),
    ("madoguchi-transport", "umockdev"),
];
/// What plugs the devices in.
const MIRROR: &str = "madoguchi-uhid";
/// An emulated processor is slow, and the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(600);

pub(super) fn run(root: &Path) -> Result<()> {
    ensure!(
        cfg!(target_arch = "x86_64"),
        "the virtual machine is an x86-64 one"
    );
    setup::packages(PACKAGES)?;
    let work = root.join("target/hidraw");
    fs::create_dir_all(&work)?;
    let kernel = kernel(&work)?;
    let programs = programs(root)?;
    let image = image(root, &work, &kernel, &programs)?;
    boot(&kernel.image, &image)
}

struct Kernel {
    image: PathBuf,
    modules: PathBuf,
}

/// Debian's kernel, taken out of its package and not installed.
fn kernel(work: &Path) -> Result<Kernel> {
    let depends = command::output(Command::new("apt-cache").args(["depends", KERNEL]))?;
    let package = depends
        .lines()
        .find_map(|line| line.trim().strip_prefix("Depends: linux-image-"))
        .with_context(|| format!("{KERNEL} depends on no kernel"))?;
    let package = format!("linux-image-{package}");
    let release = package.trim_start_matches("linux-image-");
    let folder = work.join(&package);
    let image = folder.join("boot").join(format!("vmlinuz-{release}"));
    let modules = folder.join("lib/modules").join(release).join("kernel");
    if !image.is_file() {
        let mut download = Command::new("apt-get");
        command::run(download.args(["-q", "download", &package]).current_dir(work))?;
        let found = fs::read_dir(work)?
            .flatten()
            .map(|entry| entry.path())
            .find(|path| {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                name.starts_with(&package) && name.ends_with(".deb")
            });
        let deb = found.context("apt-get has downloaded no package")?;
        command::run(Command::new("dpkg-deb").arg("-x").arg(&deb).arg(&folder))?;
        fs::remove_file(deb)?;
    }
    Ok(Kernel { image, modules })
}

#[derive(Deserialize)]
struct Artifact {
    target: Target,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

/// Builds the test programs and what plugs the devices in; the latter last.
fn programs(root: &Path) -> Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    let mut build = |name: &str, words: &[&str]| -> Result<()> {
        let mut cargo = command::cargo(root);
        cargo
            .args(words)
            .args(["--message-format", "json-render-diagnostics"]);
        let told = command::output(&mut cargo)?;
        let executable = told
            .lines()
            .filter_map(|line| serde_json::from_str::<Artifact>(line).ok())
            .filter(|artifact| artifact.target.name == name)
            .filter(|artifact| {
                artifact
                    .target
                    .kind
                    .iter()
                    .any(|kind| kind == "test" || kind == "bin")
            })
            .find_map(|artifact| artifact.executable);
        let executable = executable.with_context(|| format!("{name} was not built"))?;
        found.push((name.to_owned(), executable));
        Ok(())
    };
    for (package, test) in TESTS {
        build(test, &["test", "--no-run", "--package", package, "--test", test])?;
    }
    build(MIRROR, &["build", "--package", MIRROR])?;
    Ok(found)
}

/// The machine's memory disk: the kernel's modules, busybox, the programs and the libraries that they name.
fn image(root: &Path, work: &Path, kernel: &Kernel, programs: &[(String, PathBuf)]) -> Result<PathBuf> {
    let disk = work.join("disk");
    if disk.exists() {
        fs::remove_dir_all(&disk)?;
    }
    for folder in ["bin", "tests", "modules"] {
        fs::create_dir_all(disk.join(folder))?;
    }
    let busybox = command::find("busybox").context("busybox is not on the PATH")?;
    fs::copy(busybox, disk.join("bin/busybox"))?;
    for (number, module) in MODULES.iter().enumerate() {
        let name = module.rsplit('/').next().unwrap_or(module);
        unpacked(
            &kernel.modules.join(module),
            &disk.join(format!("modules/{number}-{name}")),
        )?;
    }
    for (name, program) in programs {
        let folder = if name == MIRROR { "bin" } else { "tests" };
        fs::copy(program, disk.join(folder).join(name))?;
        for library in libraries(program)? {
            let into = disk.join(library.strip_prefix("/")?);
            fs::create_dir_all(into.parent().context("a library lies in a folder")?)?;
            fs::copy(&library, into)?;
        }
    }
    fs::copy(root.join("deploy/qemu/init"), disk.join("init"))?;
    fs::set_permissions(disk.join("init"), fs::Permissions::from_mode(0o755))?;
    symlink("bin", disk.join("sbin"))?;
    let image = work.join("disk.cpio.gz");
    let mut pack = Command::new("sh");
    pack.args(["-c", "find . | cpio --quiet -o -H newc | gzip -1 > \"$1\"", "sh"]);
    command::run(pack.arg(&image).current_dir(&disk))?;
    Ok(image)
}

/// Newer kernels' packages have them compressed.
fn unpacked(module: &Path, into: &Path) -> Result<()> {
    if module.is_file() {
        fs::copy(module, into).map(drop)?;
        return Ok(());
    }
    let packed = module.with_extension("ko.xz");
    let mut unpack = Command::new("sh");
    unpack.args(["-c", "xz -dc \"$1\" > \"$2\"", "sh"]);
    command::run(unpack.arg(packed).arg(into))
}

/// The libraries of a program, its loader among them.
fn libraries(program: &Path) -> Result<Vec<PathBuf>> {
    let told = command::output(Command::new("ldd").arg(program))?;
    let paths = told
        .lines()
        .filter_map(|line| line.split_whitespace().find(|word| word.starts_with('/')));
    Ok(paths.map(PathBuf::from).collect())
}

fn boot(kernel: &Path, image: &Path) -> Result<()> {
    let mut qemu = Command::new("qemu-system-x86_64");
    qemu.args([
        "-accel",
        "tcg",
        "-cpu",
        "max",
        "-smp",
        "2",
        "-m",
        "1024",
        "-nographic",
        "-no-reboot",
    ])
    .args(["-nic", "none", "-append", "console=ttyS0 quiet panic=-1"])
    .arg("-kernel")
    .arg(kernel)
    .arg("-initrd")
    .arg(image);
    let since = Instant::now();
    let mut machine = qemu.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let output = machine.stdout.take().context("the output is piped")?;
    let (lines, told) = std::sync::mpsc::sync_channel(256);
    let reader = std::thread::spawn(move || {
        for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
            if lines
                .send(String::from_utf8_lossy(&line).trim_end().to_owned())
                .is_err()
            {
                break;
            }
        }
    });
    let (mut passed, mut failed, mut begun, mut over) = (0, 0, false, false);
    while let Ok(line) = told.recv_timeout(PATIENCE.saturating_sub(since.elapsed())) {
        // What the firmware says before moves the cursor about.
        begun |= line.contains("hidraw: ");
        if begun {
            println!("{line}");
        }
        passed += u32::from(line.contains("hidraw: passed: "));
        failed += u32::from(line.contains("hidraw: failed: "));
        over |= line.contains("hidraw: over");
    }
    let _ended = machine.kill();
    machine.wait()?;
    drop(told);
    let _read = reader.join();
    println!(
        "{passed} passed, {failed} failed, {:.0} s",
        since.elapsed().as_secs_f64()
    );
    if !over || failed > 0 || passed == 0 {
        bail!("the tests over the kernel's own hidraw failed");
    }
    Ok(())
}
