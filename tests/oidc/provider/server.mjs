// A certified OpenID provider for the tests: one issuer for each line of orders, until standard input ends.
//
// Orders, one JSON object on the first line: {issuers: [{host, account, algorithm, client, api, tls}]}. Of those,
// api ({audience, scope, format, clients}: whose access tokens it gives) and tls ({key, cert}: PEM) may be absent.
// Answer, one JSON object on the first line of standard output: {issuers: ["http://…"]}.
// Nobody sees a page: a login ends at once with the issuer's one account, strong if that was asked for.
import { generateKeyPairSync } from 'node:crypto';
import { createInterface } from 'node:readline';
import http from 'node:http';
import https from 'node:https';

import { Provider, errors } from 'oidc-provider';

const GENERATED = {
  RS256: ['rsa', { modulusLength: 2048 }],
  ES256: ['ec', { namedCurve: 'P-256' }],
};

function signingKey(alg) {
  const { privateKey } = generateKeyPairSync(...GENERATED[alg]);
  return { ...privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid: `independent-${alg}` };
}

function known(api, resource) {
  if (resource !== api.audience) throw new errors.InvalidTarget();
  return { audience: api.audience, scope: api.scope, accessTokenFormat: api.format };
}

function machines(api) {
  if (api === undefined) return {};
  return {
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_ctx, resource) => known(api, resource),
    },
    mTLS: {
      enabled: true,
      certificateBoundAccessTokens: true,
      selfSignedTlsClientAuth: true,
      getCertificate: (ctx) => ctx.socket.getPeerX509Certificate?.()?.toString(),
    },
  };
}

function configuration({ account, algorithm, client, api }) {
  return {
    clients: [client, ...(api?.clients ?? [])],
    jwks: { keys: [signingKey(algorithm), ...(algorithm === 'RS256' ? [] : [signingKey('RS256')])] },
    cookies: { keys: ['a key of the tests alone'] },
    acrValues: ['strong'],
    claims: { openid: ['sub'], profile: ['name'], acr: null, auth_time: null, sid: null },
    pkce: { required: () => true },
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id, name: account.name }) }),
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true },
      pushedAuthorizationRequests: { enabled: true },
      jwtUserinfo: { enabled: true },
      userinfo: { enabled: true },
      ...machines(api),
    },
    // its guard against requests to inner addresses would refuse this machine
    fetch: (url, { dispatcher: _, ...options }) => globalThis.fetch(url, options),
  };
}

async function interact(provider, account, req, res) {
  const { prompt, params, session, grantId } = await provider.interactionDetails(req, res);
  if (prompt.name === 'login') {
    const asked = params.acr_values?.split(' ').includes('strong');
    const login = { accountId: account.id, ...(asked ? { acr: 'strong' } : {}) };
    return provider.interactionFinished(req, res, { login });
  }
  const grant = grantId
    ? await provider.Grant.find(grantId)
    : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  return provider.interactionFinished(req, res, { consent: { grantId: await grant.save() } });
}

async function started(order) {
  const { tls } = order;
  const shown = { requestCert: true, rejectUnauthorized: false };
  const server = tls ? https.createServer({ ...tls, ...shown }) : http.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `${tls ? 'https' : 'http'}://${order.host}:${server.address().port}`;
  const provider = new Provider(issuer, configuration(order));
  provider.on('server_error', (_ctx, error) => console.error(error));
  provider.on('backchannel.error', (_ctx, error) => console.error(error));
  const answer = provider.callback();
  server.on('request', (req, res) => {
    if (!req.url.startsWith('/interaction/')) return answer(req, res);
    return interact(provider, order.account, req, res).catch((error) => {
      console.error(error);
      res.writeHead(500).end();
    });
  });
  return { issuer, server };
}

const lines = createInterface({ input: process.stdin });
lines.once('line', async (line) => {
  const running = await Promise.all(JSON.parse(line).issuers.map(started));
  process.stdout.write(`${JSON.stringify({ issuers: running.map(({ issuer }) => issuer) })}\n`);
});
lines.once('close', () => process.exit(0));
