// A certified OpenID Connect provider (npm oidc-provider) for the browser suite: whoever gives a login is let in,
// and the login says the role ("clerk.jo" is the clerk jo). Node finds the package by NODE_PATH's directory.
//
//   node provider.mjs PORT ADDRESS-OF-THE-PAGES SECRET [claims-in-token]
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [port, pages, secret, claims] = process.argv.slice(2);
const modules = createRequire(process.env.OPENID_MODULES + "/");
const { default: Provider } = await import(pathToFileURL(modules.resolve("oidc-provider")));

const account = (login) => {
  const [role, name] = login.split(".");
  return {
    accountId: login,
    claims: () => ({ sub: login, preferred_username: name ?? login, realm: { roles: [`gp-${role}`] } }),
  };
};

const issuer = `http://127.0.0.1:${port}`;
const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "restante practice",
      client_secret: secret,
      redirect_uris: [`${pages}/sign-in/callback`],
      backchannel_logout_uri: `${pages}/sign-in/back-channel-logout`,
      backchannel_logout_session_required: true,
    },
  ],
  claims: { openid: ["sub"], profile: ["preferred_username", "realm"] },
  conformIdTokenClaims: claims !== "claims-in-token",
  cookies: { keys: ["of the suite"] },
  features: { backchannelLogout: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  // Without the guard against addresses of this machine, which here are the right ones.
  fetch: (url, { dispatcher, ...options }) => fetch(url, options),
  findAccount: (_, login) => account(login),
  pkce: { required: () => true },
});
provider.on("backchannel.error", (_, error) => console.error(error));
provider.on("server_error", (_, error) => console.error(error));
provider.listen(Number(port), "127.0.0.1", () => console.log(`provider on ${issuer}`));
