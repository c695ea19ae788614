"""Fetches one package from npm's registry, which needs no other, and unpacks it where node looks for it.

Debian's npm would bring hundreds of packages along. Arguments: name, version, SHA-512 in base64, folder.
"""

import base64
import hashlib
import io
import pathlib
import sys
import tarfile
import urllib.request

name, version, integrity, folder = sys.argv[1:]
url = f"https://registry.npmjs.org/{name}/-/{name}-{version}.tgz"
with urllib.request.urlopen(url, timeout=60) as answer:
    archive = answer.read()
found = base64.b64encode(hashlib.sha512(archive).digest()).decode()
if found != integrity:
    sys.exit(f"{url}: is not what it was: sha512-{found}")
target = pathlib.Path(folder, "node_modules", name)
with tarfile.open(fileobj=io.BytesIO(archive)) as files:
    for member in files.getmembers():
        path = pathlib.PurePosixPath(member.name)
        if not member.isfile() or path.parts[0] != "package" or ".." in path.parts:
            sys.exit(f"{url}: {member.name} is no file of a package")
        place = target.joinpath(*path.parts[1:])
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(files.extractfile(member).read())
