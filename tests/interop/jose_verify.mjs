// Verifies a token of the gateway with jose (npm) alone: nothing of madoguchi is in here.
//
// Arguments: the folder with node_modules, the JWK set's file, the token, the wanted typ, the issuer. Prints the claims as
// JSON, or exits 1 with why not.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [folder, jwks, token, typ, issuer] = process.argv.slice(2);
const require = createRequire(pathToFileURL(`${folder}/`));
const jose = await import(pathToFileURL(require.resolve("jose")));
const keys = jose.createLocalJWKSet(JSON.parse(readFileSync(jwks, "utf-8")));
try {
  const { payload } = await jose.jwtVerify(token, keys, {
    algorithms: ["ES256"],
    typ,
    issuer,
    requiredClaims: ["iat"],
  });
  console.log(JSON.stringify(payload));
} catch (problem) {
  console.error(String(problem));
  process.exit(1);
}
