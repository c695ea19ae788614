#!/usr/bin/env python3
"""Makes cases.json: chains that RFC 5280 accepts or refuses, each with the reason for it in its name.

The questions are those that the public suites ask (C2SP/x509-limbo: rfc5280, cve, pathological, pathlen); the
certificates are made here. Needs PyPI's cryptography. Run it only to add a case: keys are new each time.
"""

import base64
import datetime as dt
import ipaddress
import json
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

FROM, TO = dt.datetime(1970, 1, 1, 0, 0, 1), dt.datetime(2969, 5, 3)
NOW = "2026-11-26T00:00:00Z"
UNKNOWN = x509.ObjectIdentifier("1.3.6.1.4.1.55738.666.1")
CASES = []


def name(text):
    return x509.Name.from_rfc4514_string(text) if text else x509.Name([])


def new_key():
    return ec.generate_private_key(ec.SECP256R1())


def usage(*bits):
    every = ["digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
             "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"]
    return x509.KeyUsage(**{bit: bit in bits for bit in every})


class Certificate:
    """A certificate with its key. What is not said is as a careful authority makes it; None leaves it out."""

    def __init__(self, parent=None, *, subject, issuer=None, key=None, signer=None, ca=True, pathlen=None,
                 serial=None, start=FROM, end=TO, bc="as ca", bc_critical=True, ku="as ca", aki="parent",
                 aki_critical=False, ski=True, ski_critical=False, san=None, san_critical=False, nc=None,
                 nc_critical=True, extra=(), patch=None, digest=hashes.SHA256()):
        self.key = key or new_key()
        self.subject = name(subject) if isinstance(subject, str) else subject
        signer = signer or (parent.key if parent else self.key)
        if issuer is None:
            issuer = parent.subject if parent else self.subject
        elif isinstance(issuer, str):
            issuer = name(issuer)
        extensions = []

        def add(extension, critical):
            extensions.append(x509.Extension(extension.oid, critical, extension))

        if bc == "as ca":
            bc = x509.BasicConstraints(ca, pathlen) if ca else None
        if bc:
            add(bc, bc_critical)
        if ku == "as ca":
            ku = usage("key_cert_sign" if ca else "digital_signature")
        if ku:
            add(ku, True)
        if aki == "parent":
            aki = signer.public_key() if parent else None
        if aki:
            add(x509.AuthorityKeyIdentifier.from_issuer_public_key(aki), aki_critical)
        if ski:
            add(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), ski_critical)
        if san:
            add(x509.SubjectAlternativeName(san), san_critical)
        if nc:
            add(nc, nc_critical)
        for extension, critical in extra:
            add(extension, critical)
        builder = x509.CertificateBuilder(
            issuer_name=issuer, subject_name=self.subject, public_key=self.key.public_key(),
            serial_number=x509.random_serial_number() if serial is None else serial,
            not_valid_before=start, not_valid_after=end, extensions=extensions)
        digest = None if isinstance(signer, ed25519.Ed25519PrivateKey) else digest
        made = builder.sign(signer, digest)
        self.der = made.public_bytes(serialization.Encoding.DER)
        if patch:
            self.der = patch(made, signer)


def sequence(*parts):
    body = b"".join(parts)
    size = len(body)
    head = bytes([size]) if size < 128 else bytes([0x80 | (size.bit_length() + 7) // 8]) + size.to_bytes(
        (size.bit_length() + 7) // 8, "big")
    return b"\x30" + head + body


ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")
ECDSA_SHA384 = bytes.fromhex("300a06082a8648ce3d040303")


def bits(data):
    size = len(data) + 1
    return b"\x03" + (bytes([size]) if size < 128 else bytes([0x81, size])) + b"\x00" + data


def resign(change):
    """Changes the inner part without changing its length, and signs it again."""
    def patch(made, signer):
        inner = change(made.tbs_certificate_bytes)
        return sequence(inner, ECDSA_SHA256, bits(signer.sign(inner, ec.ECDSA(hashes.SHA256()))))
    return patch


def other_outer_algorithm(made, _):
    return sequence(made.tbs_certificate_bytes, ECDSA_SHA384, bits(made.signature))


def root(**options):
    options.setdefault("subject", "CN=root")
    return Certificate(**options)


def middle(parent, **options):
    options.setdefault("subject", f"CN=middle,OU={len(CASES)}-{id(parent)}")
    return Certificate(parent, **options)


def leaf(parent, **options):
    options.setdefault("subject", "CN=leaf")
    options.setdefault("san", [x509.DNSName("example.com")])
    return Certificate(parent, ca=False, **options)


def case(title, holds, anchors, end, between=(), at=NOW, reason=None):
    text = lambda one: base64.b64encode(one.der).decode()
    CASES.append({"name": title, "holds": holds, "reason": reason, "at": at,
                  "anchors": [text(one) for one in anchors], "intermediates": [text(one) for one in between],
                  "leaf": text(end)})


def fails(title, reason, anchors, end, between=(), at=NOW):
    case(title, False, anchors, end, between, at, reason)


def holds(title, anchors, end, between=(), at=NOW):
    case(title, True, anchors, end, between, at)


def dns(*names):
    return [x509.DNSName(one) for one in names]


def net(text):
    return x509.IPAddress(ipaddress.ip_network(text))


def ip(text):
    return x509.IPAddress(ipaddress.ip_address(text))


def dn(text):
    return x509.DirectoryName(name(text))


def limits(permitted=None, excluded=None):
    return x509.NameConstraints(permitted_subtrees=permitted, excluded_subtrees=excluded)


def raw_limits(permitted):
    """A constraint that the library would not make."""
    made = x509.NameConstraints(permitted_subtrees=dns("unrelated.example"), excluded_subtrees=None)
    made._permitted_subtrees = permitted
    return made


def form():
    r = root()
    holds("plain", [r], leaf(r))
    holds("through-an-intermediate", [r], leaf(m := middle(r)), [m])
    fails("issuer-empty", "EMPTY_NAME", [r], leaf(r, issuer=x509.Name([])))
    e = root(subject=x509.Name([]))
    fails("anchor-subject-empty", "EMPTY_NAME", [e], leaf(e))
    fails("anchor-subject-empty-but-issuer-named", "EMPTY_NAME",
          [e := root(subject=x509.Name([]), issuer="CN=root")], leaf(e, issuer="CN=root"))
    unknown = ((x509.UnrecognizedExtension(UNKNOWN, b""), True),)
    fails("unknown-critical-in-leaf", "UNKNOWN_CRITICAL_EXTENSION", [r], leaf(r, extra=unknown))
    fails("unknown-critical-in-anchor", "UNKNOWN_CRITICAL_EXTENSION", [u := root(extra=unknown)], leaf(u))
    fails("unknown-critical-in-intermediate", "UNKNOWN_CRITICAL_EXTENSION", [r],
          leaf(m := middle(r, pathlen=0, extra=unknown)), [m])
    holds("unknown-not-critical", [r], leaf(r, extra=((x509.UnrecognizedExtension(UNKNOWN, b""), False),)))
    policies = x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier("1.2.392.200149.8.5.1.3.30"), None)])
    holds("policies-critical", [r], leaf(r, extra=((policies, True),)))
    fails("anchor-unrelated", "NO_ISSUER", [root(subject="CN=unrelated")], leaf(m := middle(r, pathlen=0)), [r, m])
    fails("anchor-of-the-same-name-and-another-key", "NO_ISSUER", [root()], leaf(r))
    fails("anchor-of-the-same-name-and-key-id-forged", "SIGNATURE", [r], leaf(root(), aki=r.key.public_key()))
    fails("no-authority-by-basic-constraints", "NOT_AN_AUTHORITY", [r],
          leaf(m := middle(r, bc=x509.BasicConstraints(False, None))), [m])
    fails("no-basic-constraints-in-intermediate", "NOT_AN_AUTHORITY", [r], leaf(m := middle(r, bc=None)), [m])
    fails("intermediate-not-sent", "NO_ISSUER", [r], leaf(middle(r)))
    fails("no-basic-constraints-in-anchor", "NOT_AN_AUTHORITY", [b := root(bc=None)], leaf(b))
    fails("basic-constraints-not-critical-in-anchor", "CRITICALITY", [b := root(bc_critical=False)], leaf(b))
    fails("authority-without-cert-sign", "KEY_USAGE", [b := root(ku=usage())], leaf(b))
    fails("authority-with-other-usage", "KEY_USAGE", [b := root(ku=usage("crl_sign"))], leaf(b))
    fails("intermediate-without-cert-sign", "KEY_USAGE", [r], leaf(m := middle(r, pathlen=0, ku=usage("crl_sign"))), [m])
    fails("end-entity-with-cert-sign", "KEY_USAGE", [r],
          leaf(r, bc=x509.BasicConstraints(False, None), ku=usage("digital_signature", "key_cert_sign")))
    holds("end-entity-without-key-usage", [r], leaf(r, ku=None))
    holds("end-entity-with-basic-constraints", [r], leaf(r, bc=x509.BasicConstraints(False, None)))
    access = x509.AuthorityInformationAccess([x509.AccessDescription(
        x509.AuthorityInformationAccessOID.CA_ISSUERS, x509.DNSName("example.com"))])
    holds("information-access", [r], leaf(r, extra=((access, False),)))
    fails("information-access-critical", "UNKNOWN_CRITICAL_EXTENSION", [r], leaf(r, extra=((access, True),)))
    again = x509.SubjectAlternativeName(dns("example.com"))
    fails("extension-twice", "DUPLICATE_EXTENSION", [r], leaf(r, san=None, extra=((again, False), (again, False))))
    fails("algorithm-inside-and-outside-differ", "ALGORITHM_MISMATCH", [a := root(patch=other_outer_algorithm)], leaf(a))
    holds("authority-as-leaf", [r], middle(r, san=dns("ca.example.com")))
    holds("anchor-is-an-intermediate", [m := middle(r)], leaf(m), [r])
    holds("extended-usage-does-not-matter", [r], leaf(r, extra=((x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False),)))
    holds("another-spelling-of-the-issuer", [r], leaf(r, issuer="CN=ROOT"))
    # Key identifiers.
    key = new_key()
    fails("authority-key-id-critical", "CRITICALITY", [a := root(key=key, aki=key.public_key(), aki_critical=True)], leaf(a))
    fails("no-authority-key-id-in-leaf", "KEY_IDENTIFIER", [r], leaf(r, aki=None))
    fails("no-authority-key-id-in-intermediate", "KEY_IDENTIFIER", [r], leaf(m := middle(r, pathlen=0, aki=None)), [m])
    holds("no-authority-key-id-in-self-signed-anchor", [r], leaf(r))
    fails("no-authority-key-id-in-cross-signed-anchor", "KEY_IDENTIFIER", [m := middle(r, pathlen=0, aki=None)], leaf(m))
    fails("authority-key-id-of-another", "NO_ISSUER", [r], leaf(r, aki=key.public_key()))
    fails("subject-key-id-critical", "CRITICALITY", [a := root(ski_critical=True)], leaf(a))
    fails("no-subject-key-id-in-anchor", "KEY_IDENTIFIER", [a := root(ski=False)], leaf(a))
    fails("no-subject-key-id-in-intermediate", "KEY_IDENTIFIER", [r], leaf(m := middle(r, ski=False)), [m])
    holds("no-subject-key-id-in-leaf", [r], leaf(r, ski=False))
    # Serial numbers.
    fails("serial-too-long", "SERIAL_NUMBER", [r], leaf(r, serial=int.from_bytes(b"\x01" + b"\xab" * 21, "big")))
    fails("serial-of-21-octets", "SERIAL_NUMBER", [r], leaf(r, serial=int.from_bytes(b"\x80" + b"\xab" * 19, "big")))
    holds("serial-of-20-octets", [r], leaf(r, serial=int.from_bytes(b"\x7f" + b"\xab" * 19, "big")))
    fails("serial-zero", "SERIAL_NUMBER", [r], leaf(r, serial=0))
    fails("serial-negative", "SERIAL_NUMBER", [r], leaf(r, serial=0x7F5A5A5A, patch=resign(
        lambda inner: inner.replace(b"\x02\x04\x7f\x5a\x5a\x5a", b"\x02\x04\xff\x5a\x5a\x5a", 1))))
    # Other names of the subject.
    fails("alternative-name-unreadable", "MALFORMED", [r], leaf(r, san=None, extra=((
        x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.17"), b"example.com"), False),)))
    fails("alternative-name-empty", "EMPTY_NAME", [r], leaf(r, san=None, extra=((
        x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.17"), b"\x30\x00"), False),)))
    fails("subject-empty-and-alternative-not-critical", "EMPTY_NAME", [r], leaf(r, subject=x509.Name([])))
    holds("subject-empty-and-alternative-critical", [r], leaf(r, subject=x509.Name([]), san_critical=True))
    fails("subject-empty-and-no-alternative", "EMPTY_NAME", [r], leaf(r, subject=x509.Name([]), san=None))
    constraint = x509.PolicyConstraints(require_explicit_policy=3, inhibit_policy_mapping=None)
    fails("policy-constraints-not-critical", "CRITICALITY", [r], leaf(m := middle(r, extra=((constraint, False),))), [m])
    holds("policy-constraints-that-ask-no-more-than-the-path-has", [r], leaf(m := middle(r, extra=((constraint, True),))), [m])


def keys():
    for title, key in [("rsa", rsa.generate_private_key(65537, 2048)), ("p384", ec.generate_private_key(ec.SECP384R1())),
                       ("ed25519", ed25519.Ed25519PrivateKey.generate())]:
        digest = hashes.SHA384() if title == "p384" else hashes.SHA256()
        r = root(key=key, digest=digest)
        holds(f"signed-by-{title}", [r], leaf(r, digest=digest))
    weak = root(key=rsa.generate_private_key(65537, 1024))
    fails("rsa-of-1024-bits", "UNSUPPORTED_KEY", [weak], leaf(weak))
    r = root()
    bad = leaf(r)
    bad.der = bad.der[:-1] + bytes([bad.der[-1] ^ 1])
    fails("signature-damaged", "SIGNATURE", [r], bad)
    # CVE-2020-0601: the curve given by parameters of somebody's choice, here cut down to a key that names no curve.
    forged = root(patch=lambda made, _: made.public_bytes(serialization.Encoding.DER).replace(
        bytes.fromhex("06082a8648ce3d030107"), bytes.fromhex("06082a8648ce3d030101"), 1))
    fails("curve-not-by-a-known-name", "UNSUPPORTED_KEY", [forged], leaf(forged))


def lengths():
    r = root()
    for length in range(3):
        holds(f"length-{length}", [r], leaf(m := middle(r, pathlen=length)), [m])
    a = middle(r, pathlen=0)
    holds("length-does-not-count-the-leaf", [r], middle(a, pathlen=0), [a])
    b = middle(a, pathlen=0)
    fails("length-0-with-another", "PATH_LENGTH", [r], leaf(b), [a, b])
    a = middle(r, pathlen=1)
    holds("length-may-grow", [r], leaf(b := middle(a, pathlen=2)), [a, b])
    b = middle(a, pathlen=0)
    fails("length-too-long", "PATH_LENGTH", [r], leaf(c := middle(b, pathlen=0)), [a, b, c])
    again = middle(a, pathlen=1, subject=a.subject)
    holds("length-does-not-count-a-renewed-key", [r], leaf(c := middle(again, pathlen=0)), [a, again, c])
    tight = root(pathlen=0)
    holds("length-of-the-anchor", [tight], leaf(tight))
    fails("length-of-the-anchor-exceeded", "PATH_LENGTH", [tight], leaf(m := middle(tight)), [m])


def dates():
    d = lambda text: dt.datetime.fromisoformat(text)
    old, mid, new, at = d("2016-01-01"), d("2020-01-01"), d("2026-01-01"), "2022-01-01T00:00:00Z"
    for title, ends, reason in [("anchor", (mid, new, new), "EXPIRED"), ("intermediate", (new, mid, new), "EXPIRED"),
                                ("leaf", (new, new, mid), "EXPIRED"), ("none", (new, new, new), None)]:
        r = root(start=old, end=ends[0])
        m = middle(r, start=old, end=ends[1])
        case(f"expired-{title}", reason is None, [r], leaf(m, start=old, end=ends[2]), [m], at, reason)
    start, end = d("2024-03-01T00:00:00"), d("2024-04-01T00:00:00")
    r = root(start=start, end=end)
    m = middle(r, start=start, end=end)
    one = leaf(m, start=start, end=end)
    holds("first-second", [r], one, [m], "2024-03-01T00:00:00Z")
    holds("last-second", [r], one, [m], "2024-04-01T00:00:00Z")
    holds("fraction-of-the-last-second", [r], one, [m], "2024-04-01T00:00:00.005Z")
    fails("fraction-before-the-first-second", "NOT_YET_VALID", [r], one, [m], "2024-02-29T23:59:59.999Z")
    fails("second-after-the-last", "EXPIRED", [r], one, [m], "2024-04-01T00:00:01Z")


def constraints():
    def under(title, reason, permitted=None, excluded=None, san=None, subject="CN=leaf", **options):
        r = root(nc=limits(permitted, excluded), **options)
        case(title, reason is None, [r], leaf(r, san=san, subject=subject), reason=reason)

    bad = "NAME_CONSTRAINT"
    under("dns-outside", bad, dns("example.com"), san=dns("not-example.com"))
    under("dns-inside", None, dns("example.com"), san=dns("example.com"))
    under("dns-below", None, dns("example.com"), san=dns("foo.bar.example.com"))
    under("dns-excluded", bad, None, dns("example.com"), dns("example.com"))
    under("dns-second-excluded", bad, None, dns("not-allowed.example.com"), dns("example.com", "not-allowed.example.com"))
    under("dns-permitted-and-excluded", bad, dns("example.com"), dns("example.com"), dns("example.com"))
    under("ip-outside", bad, [net("192.0.2.0/24")], san=[ip("192.0.3.1")])
    under("ip-inside", None, [net("192.0.2.0/24")], san=[ip("192.0.2.1")])
    under("ip-excluded", bad, None, [net("192.0.2.0/24")], [ip("192.0.2.1")])
    under("ip6-excluded", bad, None, [net("::1/128")], [ip("::1")])
    under("ip6-inside", None, [net("::1/128")], san=[ip("::1")])
    under("ip-under-dns-limits", None, [net("192.0.2.0/24")], san=dns("example.com"))
    under("dns-under-ip-limits", None, None, [net("192.0.2.0/24")], dns("example.com"))
    under("dn-outside", bad, [dn("CN=foo")], san=[dn("CN=not-foo")], subject="CN=not-foo")
    under("dn-inside", None, [dn("CN=foo")], san=[dn("CN=foo")], subject="CN=foo")
    under("dn-below", None, [dn("O=clinic")], san=None, subject="CN=foo,O=Clinic")
    under("dn-excluded", bad, None, [dn("CN=foo")], [dn("CN=foo")], "CN=foo")
    under("dn-subject-outside", bad, [dn("CN=foo")], san=[dn("CN=foo")], subject="CN=not-foo")
    under("dn-subject-excluded", bad, None, [dn("CN=foo")], [dn("CN=not-foo")], "CN=foo")
    mail = lambda text: x509.RFC822Name(text)
    under("mail-inside", None, [mail("example.com")], san=[mail("a@example.com")])
    under("mail-outside", bad, [mail("example.com")], san=[mail("a@example.org")])
    under("mail-in-subject", bad, [mail("example.com")], subject=x509.Name(
        [x509.NameAttribute(NameOID.EMAIL_ADDRESS, "a@example.org")]))
    uri = lambda text: x509.UniformResourceIdentifier(text)
    under("uri-inside", None, [uri(".example.com")], san=[uri("https://a.example.com/x")])
    under("uri-outside", bad, [uri(".example.com")], san=[uri("https://example.org/")])
    other = x509.RegisteredID(x509.ObjectIdentifier("1.2.3"))
    under("form-not-compared", bad, [other], san=[other])
    under("mail-malformed", bad, [mail("example.com")],
          san=[mail("a@example.com"), x509.RFC822Name._init_without_validation("a@b@example.com")])
    under("mail-of-one-mailbox", None, [mail("a@example.com")], san=[mail("a@example.com")])
    private = x509.OtherName(x509.ObjectIdentifier("1.3.6.1.4.1.55738.666.3"), b"\x05\x00")
    under("other-name-excluded", bad, dns("example.com"), [private], dns("example.com") + [private])
    under("other-name-excluded-and-not-there", None, dns("example.com"), [private], dns("example.com"))
    r = root(nc=limits(dns("example.com")), nc_critical=False)
    fails("limits-not-critical", "CRITICALITY", [r], leaf(r))
    # CVE-2025-61727: a wildcard stands for a name that is excluded.
    r = root()
    m = middle(r, nc=limits(dns("example.com"), dns("bar.example.com")))
    fails("wildcard-reaches-what-is-excluded", bad, [r], leaf(m, san=dns("*.example.com")), [m])
    m = middle(r, nc=limits(dns("foo.example.com")))
    fails("wildcard-reaches-beyond-what-is-permitted", bad, [r], leaf(m, san=dns("*.example.com")), [m])
    for title, permitted, san in [("dns", dns("*.example.com"), dns("foo.example.com")),
                                  ("dns-by-a-leading-dot", dns(".example.com"), dns("foo.example.com")),
                                  ("mail", [x509.RFC822Name._init_without_validation("a@b@example.com")],
                                   [x509.RFC822Name("a@example.com")]),
                                  ("ip", [ip("127.0.0.1")], [ip("127.0.0.1")]), ("ip6", [ip("::1")], [ip("::1")])]:
        m = root(nc=raw_limits(permitted))
        fails(f"limits-on-{title}-malformed", "MALFORMED", [m], leaf(m, san=san))
    for critical in (False, True):
        fails(f"limits-in-end-entity-{'critical' if critical else 'not-critical'}", "MISPLACED" if critical else "CRITICALITY",
              [r], leaf(r, nc=limits(dns("example.com")), nc_critical=critical))
    n = root(subject="CN=not-example.com", san=dns("not-example.com"), nc=limits(dns("example.com")))
    holds("renewed-key-is-not-bound", [n], leaf(m := middle(n, subject=n.subject, san=dns("not-example.com"))), [m])
    n = root(nc=limits(dns("example.com")))
    m = middle(n, subject="CN=not-example.com")
    fails("self-issued-leaf-is-bound", bad, [n], leaf(m, subject=m.subject, san=dns("not-example.com")), [m])
    both = limits(dns("permitted.example.com"), dns("forbidden.example.com"))
    a = middle(r, nc=both)
    b = middle(a, san=dns("forbidden.example.com"))
    fails("intermediate-outside-of-an-intermediates-limits", bad, [r], leaf(b, san=dns("permitted.example.com")), [a, b])
    n = root(nc=both)
    a = middle(n)
    b = middle(a, san=dns("forbidden.example.com"))
    fails("intermediate-outside-of-the-anchors-limits", bad, [n], leaf(b, san=dns("permitted.example.com")), [a, b])
    for title, first, second in [("narrow", dns("foo.example.com", "bar.example.com"), dns("bar.example.com")),
                                 ("widen", dns("bar.example.com"), dns("foo.example.com", "bar.example.com"))]:
        a = middle(r, nc=limits(first))
        b = middle(a, nc=limits(second))
        fails(f"limits-only-{title}", bad, [r], leaf(b, san=dns("foo.example.com")), [a, b])
    m = middle(r, nc=limits(dns("example.com")))
    fails("dns-malformed-under-limits", bad, [r], leaf(m, san=dns(".example.com", "foo.example.com")), [m])
    m = middle(r, nc=limits([net("192.0.2.0/24")]))
    fails("ip-malformed-under-limits", "MALFORMED", [r], leaf(m, san=[net("192.0.2.0/24"), ip("192.0.2.1")]), [m])


def pathological():
    r, two = root(), root(subject="CN=root two")
    stale = middle(two, subject=r.subject, key=r.key, pathlen=1, end=dt.datetime(1988, 11, 25))
    holds("expired-cross-certificate-beside-an-anchor", [r, two], leaf(r), [stale])
    keys = [new_key(), new_key()]
    for title, names in [("two-authorities", ["CN=one", "CN=two"]), ("one-authority", ["CN=one", "CN=one"])]:
        loop = [Certificate(subject=names[i], issuer=names[1 - i], key=keys[i], signer=keys[1 - i],
                            aki=keys[1 - i].public_key()) for i in range(2)]
        fails(f"loop-of-{title}", "NO_ISSUER", [r], leaf(loop[0]), loop)
    # CVE-2024-0567: three authorities that all certify each other, one of them an anchor.
    authorities = {one: root(subject=f"CN=Root {one}") for one in "ABC"}
    crossed = [Certificate(authorities[by], subject=authorities[of].subject, key=authorities[of].key)
               for of in "ABC" for by in "ABC" if of != by]
    lower = {one: middle(authorities[one], subject=f"CN=Intermediate {one}1") for one in "ABC"}
    holds("three-that-certify-each-other", [authorities["A"]],
          leaf(lower["A"], subject=x509.Name([]), san=dns("cve.example.com"), san_critical=True),
          [*lower.values(), *crossed])
    # Many that all look alike: the number of ways explodes, the time must not.
    same = [new_key() for _ in range(24)]
    many = [Certificate(subject="CN=alike", issuer="CN=alike", key=mine, signer=by, aki=None)
            for mine, by in zip(same, same[1:] + same[:1])]
    fails("many-of-one-name", "KEY_IDENTIFIER", [r], leaf(many[0], aki=None), many)
    shared = new_key()
    many = [Certificate(subject="CN=alike", key=shared, aki=shared.public_key()) for _ in range(60)]
    fails("many-of-one-name-and-key", "NO_ISSUER", [r], leaf(many[0]), many)
    # One way up is closed by names or leads nowhere, the other is open.
    lost, here = root(), root()
    strict = middle(here, nc=limits(dns("permitted.example.com"), dns("forbidden.example.com")))
    key = new_key()
    first = middle(lost, key=key, subject="CN=an intermediate", san=dns("forbidden.example.com"))
    second = middle(strict, key=key, subject="CN=an intermediate")
    holds("one-way-leads-to-nobody", [here], leaf(first, san=dns("permitted.example.com")), [strict, first, second])
    strict = middle(lost, nc=limits(None, dns("forbidden.example.com")))
    first = middle(strict, key=key, subject="CN=an intermediate", san=dns("forbidden.example.com"))
    second = middle(here, key=key, subject="CN=an intermediate", san=dns("open.example.com"))
    holds("one-way-is-closed-by-names", [lost, here], leaf(first, san=dns("open.example.com")), [strict, first, second])
    names = dns(*[f"t{i}.test" for i in range(513)], "test")
    costly = root(nc=limits(names, dns(*[f"x{i}.test" for i in range(513)])))
    fails("many-names-under-many-limits", "TOO_COSTLY", [costly],
          leaf(costly, subject=x509.Name([]), san=names, san_critical=True))


for make in (form, keys, lengths, dates, constraints, pathological):
    make()
assert len({one["name"] for one in CASES}) == len(CASES)
target = pathlib.Path(__file__).with_name("cases.json")
target.write_text(json.dumps(CASES, indent=0) + "\n")
print(len(CASES), "cases")
