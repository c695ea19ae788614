"""Verifies a token of the gateway with PyJWT alone: nothing of madoguchi is in here.

Arguments: the JWK set's file, the token, the wanted typ, the issuer. Prints the claims as JSON, or exits 1 with why not.
"""

import json
import sys

import jwt

jwks, token, typ, issuer = sys.argv[1:]
with open(jwks, encoding="utf-8") as file:
    keys = jwt.PyJWKSet.from_json(file.read())
try:
    header = jwt.get_unverified_header(token)
    if header.get("typ") != typ:
        raise jwt.InvalidTokenError(f"typ is {header.get('typ')}")
    claims = jwt.decode(
        token,
        keys[header["kid"]],
        algorithms=["ES256"],
        issuer=issuer,
        options={"require": ["iss", "iat"]},
    )
except (jwt.InvalidTokenError, KeyError) as problem:
    print(problem, file=sys.stderr)
    sys.exit(1)
print(json.dumps(claims))
