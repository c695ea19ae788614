"""Mirrors a folder of link files as HID devices of this computer, for one command and what it starts.

    umockdev-wrapper /usr/bin/python3 mirror.py FOLDER COMMAND...

A file that appears is a device that is plugged in: it has its entries in /sys and a node /dev/hidrawN that hidapi opens
as a real one. What is written there goes to the link's address, and back, each report preceded by its length in two
bytes. A file that goes, or a connection that ends, is the plug that is pulled. The command's exit code is the answer.
"""

import os
import selectors
import socket
import struct
import subprocess
import sys
import tempfile
import time
import tomllib

import gi

gi.require_version("UMockdev", "1.0")
from gi.repository import UMockdev  # noqa: E402

REPORT_LEN = 64
# A vendor's page, 64 bytes in, 64 bytes out, no report numbers.
DESCRIPTOR = bytes.fromhex("0600FF0901A1010902150026FF00750895408102090395409102C0")
# How often the folder is read, and a node looked at again that nobody had open.
TICK = 0.005


class Device:
    """One device: its place in the testbed, its node's other end, and its connection."""

    def __init__(self, testbed, number, link):
        self.testbed = testbed
        self.node = f"/dev/hidraw{number}"
        self.usb = f"/devices/pci0000:00/0000:00:14.0/usb1/1-{number + 1}"
        address, port = link["address"].rsplit(":", 1)
        self.socket = socket.create_connection((address.strip("[]"), int(port)), timeout=5)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Before the node is there, so that nobody finds it half made. Without this record it is no hidraw node for hidapi.
        if link.get("product") != "Not a hidraw node":
            with tempfile.NamedTemporaryFile("w", suffix=".ioctl") as record:
                size = struct.pack("<i", len(DESCRIPTOR)).hex().upper()
                record.write(f"@DEV {self.node}\nHIDIOCGRDESCSIZE 0 {size}\n")
                record.flush()
                testbed.load_ioctl(None, record.name)
        testbed.add_from_string(self.tree(number, link))
        self.fd = testbed.get_dev_fd(self.node)
        os.set_blocking(self.fd, False)
        self.written = b""
        self.received = b""

    def tree(self, number, link):
        vendor, product = link["vendor_id"], link["product_id"]
        name, serial = link.get("product", ""), link.get("serial", "")
        interface = f"{self.usb}/1-{number + 1}:1.0"
        hid = f"{interface}/0003:{vendor:04X}:{product:04X}.{number + 1:04X}"
        hidraw = f"{hid}/hidraw/hidraw{number}"
        return f"""P: {hidraw}
N: hidraw{number}
L: device=../../../0003:{vendor:04X}:{product:04X}.{number + 1:04X}
E: DEVNAME=hidraw{number}
E: SUBSYSTEM=hidraw

P: {hid}
E: SUBSYSTEM=hid
E: HID_ID=0003:{vendor:08X}:{product:08X}
E: HID_NAME={name}
E: HID_UNIQ={serial}
H: report_descriptor={DESCRIPTOR.hex()}

P: {interface}
E: SUBSYSTEM=usb
E: DEVTYPE=usb_interface
A: bInterfaceNumber=00

P: {self.usb}
E: SUBSYSTEM=usb
E: DEVTYPE=usb_device
A: product={name}
A: serial={serial}
"""

    def from_node(self):
        """Takes what was written to the node; false where nobody has it open."""
        try:
            chunk = os.read(self.fd, 4096)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self.written += chunk
        # hidapi puts the report's number in front, which is none.
        while len(self.written) > REPORT_LEN:
            report, self.written = self.written[1 : 1 + REPORT_LEN], self.written[1 + REPORT_LEN :]
            self.socket.sendall(struct.pack(">H", REPORT_LEN) + report)
        return bool(chunk)

    def from_socket(self):
        """Takes what the device says; false where it hung up."""
        try:
            chunk = self.socket.recv(4096)
        except OSError:
            return False
        self.received += chunk
        while len(self.received) >= 2:
            (length,) = struct.unpack(">H", self.received[:2])
            if len(self.received) < 2 + length:
                break
            os.write(self.fd, self.received[2 : 2 + length])
            self.received = self.received[2 + length :]
        return bool(chunk)

    def unplug(self):
        self.testbed.uevent(f"/sys{self.usb}", "remove")
        self.testbed.remove_device(f"/sys{self.usb}")
        os.close(self.fd)
        self.socket.close()


class Mirror:
    def __init__(self, folder):
        self.folder = folder
        self.testbed = UMockdev.Testbed.new()
        # The class is there on every computer, with or without devices.
        os.makedirs(os.path.join(self.testbed.get_sys_dir(), "class/hidraw"), exist_ok=True)
        self.selector = selectors.DefaultSelector()
        self.devices = {}
        self.pulled = set()
        self.idle = set()
        self.number = 0

    def tick(self):
        links = set(self.links())
        for link in set(self.devices) - links:
            self.unplug(link)
        # One that hung up is plugged in again by a new file.
        self.pulled &= links
        for link in sorted(links - set(self.devices) - self.pulled):
            self.plug(link)
        for link in self.idle & set(self.devices):
            self.watch_node(link)
        self.idle.clear()

    def links(self):
        """The files that are there: a new file of an old name is another."""
        for entry in os.scandir(self.folder):
            if entry.name.endswith(".toml"):
                try:
                    status = entry.stat()
                except FileNotFoundError:
                    continue
                yield entry.path, status.st_ino, status.st_mtime_ns

    def plug(self, link):
        try:
            with open(link[0], "rb") as file:
                device = Device(self.testbed, self.number, tomllib.load(file))
        except (OSError, KeyError, ValueError):
            # Not whole yet, gone already, or nobody listens yet.
            return
        self.number += 1
        self.devices[link] = device
        self.selector.register(device.socket, selectors.EVENT_READ, (link, "socket"))
        self.watch_node(link)

    def watch_node(self, link):
        self.selector.register(self.devices[link].fd, selectors.EVENT_READ, (link, "node"))

    def unplug(self, link):
        device = self.devices.pop(link)
        self.selector.unregister(device.socket)
        if link not in self.idle:
            self.selector.unregister(device.fd)
        self.idle.discard(link)
        device.unplug()

    def run(self, command):
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        due = 0.0
        while child.poll() is None:
            now = time.monotonic()
            if now >= due:
                self.tick()
                due = now + TICK
            for key, _ in self.selector.select(max(0.0, due - time.monotonic())):
                self.ready(*key.data)
        for link in list(self.devices):
            self.unplug(link)
        return child.returncode

    def ready(self, link, side):
        device = self.devices.get(link)
        if device is None:
            return
        if side == "socket":
            if not device.from_socket():
                self.pulled.add(link)
                self.unplug(link)
        elif not device.from_node():
            # A node that nobody has open is always ready and has nothing: it is left alone until the next tick.
            self.selector.unregister(device.fd)
            self.idle.add(link)


if __name__ == "__main__":
    sys.exit(Mirror(sys.argv[1]).run(sys.argv[2:]))
