#!/usr/bin/env python3
"""The far side of an uplink, by somebody else: Python's ssl and the h2 library, and gRPC's framing by hand.

Takes one line, says who dialled, calls, and prints one JSON object. Nothing of madoguchi is in it: what it knows stands
in gateway/UPLINK.md.
"""

import argparse
import json
import socket
import ssl
import struct
import sys

import h2.config
import h2.connection
import h2.events

PROTOCOL = "madoguchi-uplink/1"


def uris(certificate):
    return [value for kind, value in certificate.get("subjectAltName", ()) if kind == "URI"]


def varint(number):
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def field_bytes(number, value):
    return varint(number << 3 | 2) + varint(len(value)) + value


def field_int(number, value):
    return varint(number << 3) + varint(value)


class Line:
    """HTTP/2 as the client on a connection that was accepted."""

    def __init__(self, connection):
        self.connection = connection
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding="utf-8"))
        self.h2.initiate_connection()
        self.flush()

    def flush(self):
        self.connection.sendall(self.h2.data_to_send())

    def call(self, path, message):
        stream = self.h2.get_next_available_stream_id()
        self.h2.send_headers(
            stream,
            [
                (":method", "POST"),
                (":scheme", "https"),
                (":path", path),
                (":authority", "gateway"),
                ("content-type", "application/grpc"),
                ("te", "trailers"),
                ("grpc-timeout", "20S"),
            ],
        )
        self.h2.send_data(stream, struct.pack(">BI", 0, len(message)) + message, end_stream=True)
        self.flush()
        headers, body, over = {}, b"", False
        while not over:
            data = self.connection.recv(65536)
            if not data:
                raise SystemExit("the gateway hung up")
            for event in self.h2.receive_data(data):
                if isinstance(event, (h2.events.ResponseReceived, h2.events.TrailersReceived)):
                    headers.update(event.headers)
                elif isinstance(event, h2.events.DataReceived):
                    body += event.data
                    self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, h2.events.StreamEnded) and event.stream_id == stream:
                    over = True
                elif isinstance(event, (h2.events.StreamReset, h2.events.ConnectionTerminated)):
                    raise SystemExit(f"the call was cut: {event}")
            self.flush()
        answer = body[5:] if body else b""
        return {"grpc_status": int(headers.get("grpc-status", -1)), "answer": answer.hex()}


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--cert", required=True)
    arguments.add_argument("--key", required=True)
    arguments.add_argument("--client-ca", required=True)
    arguments.add_argument("--check", required=True, help="a certificate, DER, that the gateway is to check")
    arguments = arguments.parse_args()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(arguments.cert, arguments.key)
    context.load_verify_locations(arguments.client_ca)
    context.verify_mode = ssl.CERT_REQUIRED
    context.set_alpn_protocols([PROTOCOL])

    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    listener.settimeout(60)
    raw, _ = listener.accept()
    raw.settimeout(30)
    with context.wrap_socket(raw, server_side=True) as connection:
        if connection.selected_alpn_protocol() != PROTOCOL:
            raise SystemExit("another protocol")
        line = Line(connection)
        with open(arguments.check, "rb") as file:
            certificate = file.read()
        # CheckCertificateRequest: certificate = 1, medium = 3 (MEDIUM_CARD = 1).
        check = field_bytes(1, certificate) + field_int(3, 1)
        print(
            json.dumps(
                {
                    "gateway": uris(connection.getpeercert()),
                    "health": line.call("/grpc.health.v1.Health/Check", b""),
                    "check": line.call("/madoguchi.certificate.v1.CertificateService/CheckCertificate", check),
                    "denied": line.call("/madoguchi.checkin.v1.CheckInService/StartCheckIn", b""),
                }
            )
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
