// A real provider of OpenID Connect for the tests: the certified `oidc-provider` on a free port of 127.0.0.1, with
// accounts of its own and plain forms, so that a client without a browser can sign in.
//
//     node provider.mjs NODE_MODULES
//
// It prints its issuer on a line when it is ready, and ends at SIGTERM or when its standard input closes.
//
// It is one provider for each address that it is asked at: behind a proxy of a test, the issuer is the proxy's address.

import * as crypto from 'node:crypto';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { ACCOUNTS } from './accounts.mjs';

const [modules] = process.argv.slice(2);
if (!modules) fail('usage: node provider.mjs NODE_MODULES');
if (!crypto.hash) fail(`Node.js ${process.version} is too old: it must be 20.12 or later`);
// The one thing that the package takes of Node.js 22 and 20 lacks.
URL.parse ??= (url, base) => (URL.canParse(url, base) ? new URL(url, base) : null);
const { Provider } = await import(pathToFileURL(createRequire(join(resolve(modules), '_')).resolve('oidc-provider')));

// Both begin with the mark of the tests' secrets, so that they are recognised wherever they are shown.
const PASSWORD = 'never-to-be-shown-password';
const CLIENT_SECRET = 'never-to-be-shown-client-secret';

const CALLBACK = '/v2/sign-in/oidc/callback';
const MINUTE = 60;

const jwks = {
  keys: [
    { ...signingKey('rsa', { modulusLength: 2048 }), kid: 'rsa', alg: 'RS256' },
    { ...signingKey('ec', { namedCurve: 'P-256' }), kid: 'ec', alg: 'ES256' },
  ],
};

const configuration = {
  clients: [
    client('deskledger', 'RS256'),
    client('deskledger-ec', 'ES256'),
  ],
  jwks,
  cookies: { keys: [crypto.randomBytes(32).toString('hex')] },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  pkce: { required: () => true },
  scopes: ['openid', 'profile', 'email', 'roles'],
  claims: {
    openid: ['sub', 'oid', '_claim_names', '_claim_sources'],
    profile: ['preferred_username', 'name', 'groups'],
    email: ['email'],
    // What Keycloak hands out by this scope.
    roles: ['realm_access', 'resource_access'],
  },
  // The claims are in the token itself, as Keycloak and Entra ID have it.
  conformIdTokenClaims: false,
  findAccount,
  ttl: {
    AuthorizationCode: MINUTE,
    AccessToken: 5 * MINUTE,
    // Longer than a sign-in may take here: a test moves the clock of the service, and not this one's.
    IdToken: 30 * MINUTE,
    Interaction: 30 * MINUTE,
    Session: 30 * MINUTE,
    Grant: 30 * MINUTE,
  },
  renderError(ctx, out) {
    ctx.type = 'text/plain';
    ctx.body = `${out.error}: ${out.error_description ?? ''}\n`;
  },
};

function fail(reason) {
  console.error(`oidc: ${reason}`);
  process.exit(1);
}

function signingKey(type, options) {
  const { privateKey } = crypto.generateKeyPairSync(type, options);
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig' };
}

// A client with a secret. Its address on a loopback host may have any port (RFC 8252 §7.3), which is for native clients.
function client(id, algorithm) {
  return {
    client_id: id,
    client_secret: CLIENT_SECRET,
    application_type: 'native',
    redirect_uris: [`http://127.0.0.1${CALLBACK}`, `https://ledger.example.com${CALLBACK}`],
    response_types: ['code'],
    grant_types: ['authorization_code'],
    token_endpoint_auth_method: 'client_secret_basic',
    id_token_signed_response_alg: algorithm,
  };
}

// The subject is no name: a service that takes it for one is found out.
function subjectOf(login) {
  return `subject-of-${login}`;
}

function findAccount(_, subject) {
  const login = Object.keys(ACCOUNTS).find((name) => subjectOf(name) === subject);
  return login && { accountId: subject, claims: () => ({ sub: subject, ...ACCOUNTS[login] }) };
}

// ---- Forms ----

function page(response, status, body) {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
  response.end(`<!doctype html>\n<title>Provider of the tests</title>\n${body}`);
}

function loginForm(uid) {
  return `<form method="post" action="/interaction/${uid}/login">
<label>User <input name="user"></label> <label>Password <input name="password" type="password"></label> <button>Sign in</button>
</form>
<p><a href="/interaction/${uid}/abort">Cancel</a></p>\n`;
}

function consentForm(uid) {
  return `<form method="post" action="/interaction/${uid}/consent"><button>Allow</button></form>
<p><a href="/interaction/${uid}/abort">Cancel</a></p>\n`;
}

async function fields(request) {
  let text = '';
  for await (const chunk of request) {
    text += chunk;
    if (text.length > 10_000) throw new Error('the form is too large');
  }
  return new URLSearchParams(text);
}

// One step of a person who signs in.
async function interact(provider, request, response, step) {
  const { uid, prompt, params, session, grantId } = await provider.interactionDetails(request, response);
  const finish = (result, mergeWithLastSubmission) =>
    provider.interactionFinished(request, response, result, { mergeWithLastSubmission });
  switch (`${request.method} ${step}`) {
    case 'GET form':
      return page(response, 200, prompt.name === 'login' ? loginForm(uid) : consentForm(uid));
    case 'POST login': {
      const form = await fields(request);
      const known = Object.hasOwn(ACCOUNTS, form.get('user')) && form.get('password') === PASSWORD;
      if (!known) return page(response, 401, `<p>The name or the password is wrong.</p>\n${loginForm(uid)}`);
      return finish({ login: { accountId: subjectOf(form.get('user')) } }, false);
    }
    case 'POST consent': {
      if (prompt.name !== 'consent') return page(response, 400, '<p>Sign in first.</p>\n');
      const about = { accountId: session.accountId, clientId: params.client_id };
      const grant = (grantId && (await provider.Grant.find(grantId))) || new provider.Grant(about);
      grant.addOIDCScope((prompt.details.missingOIDCScope ?? []).join(' '));
      grant.addOIDCClaims(prompt.details.missingOIDCClaims ?? []);
      return finish({ consent: { grantId: await grant.save() } }, true);
    }
    case 'GET abort':
      return finish({ error: 'access_denied', error_description: 'the person cancelled' }, false);
    default:
      return page(response, 405, '<p>There is no such step.</p>\n');
  }
}

// ---- The server ----

const providers = new Map();

function providerAt(host) {
  if (!/^127\.0\.0\.1:\d+$/.test(host ?? '')) return undefined;
  if (!providers.has(host)) {
    const provider = new Provider(`http://${host}`, configuration);
    provider.on('server_error', (_, error) => console.error(error));
    providers.set(host, { provider, answer: provider.callback() });
  }
  return providers.get(host);
}

const server = createServer(async (request, response) => {
  const at = providerAt(request.headers.host);
  if (!at) return page(response, 421, '<p>It is asked at 127.0.0.1 alone.</p>\n');
  const step = /^\/interaction\/[\w-]+(?:\/(login|consent|abort))?$/.exec(request.url);
  if (!step) return at.answer(request, response);
  try {
    await interact(at.provider, request, response, step[1] ?? 'form');
  } catch (error) {
    // Nobody is about to sign in, or the person was too slow.
    console.error(error);
    if (!response.headersSent) page(response, 400, '<p>This sign-in is over.</p>\n');
  }
});

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => process.exit(0));
process.stdin.on('close', () => process.exit(0)).resume();
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
