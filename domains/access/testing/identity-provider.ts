import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Provider } from 'oidc-provider'

// A real OpenID Connect provider in a process of its own: `node identity-provider.ts REDIRECT_URI`. It prints its issuer.
// Whoever signs in gets the groups that stand behind the name: `ann+ml-admins` is in ml-admins.

const redirectUri = process.argv[2] ?? ''
const server = createServer()
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo // a TCP listener has one
  const issuer = `http://127.0.0.1:${port}`
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'millrace',
        client_secret: 'a secret between the two',
        redirect_uris: [redirectUri],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    claims: { openid: ['sub'], profile: ['preferred_username', 'groups'], email: ['email'] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: true } },
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => {
        const [name = id, ...groups] = id.split('+')
        return { sub: id, preferred_username: name, groups }
      },
    }),
  })
  const answer = provider.callback()
  server.on('request', (request, response) => void answer(request, response))
  process.stdout.write(`${issuer}\n`)
})
process.once('disconnect', () => process.exit(0))
