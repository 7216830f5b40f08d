// npm's oidc-provider with one client and any user: node provider.mjs INSTALLED PORT REDIRECT_URI
import { createRequire } from "node:module";

const [installed, port, callback] = process.argv.slice(2);
const found = createRequire(`${installed}/`).resolve("oidc-provider");
const { default: Provider } = await import(found);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id: "com1", client_secret: "not so secret", redirect_uris: [callback] }],
  claims: { openid: ["sub"], profile: ["preferred_username", "name", "groups"] },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, preferred_username: id, name: `${id} of the test`, groups: ["ops"] }),
  }),
  pkce: { required: () => true },
  cookies: { keys: ["of the test"] },
});
provider.listen(Number(port), "127.0.0.1");
