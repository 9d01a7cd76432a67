import { z } from 'zod'

const list = z.union([
  z.array(z.string()),
  z.string().transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  ),
])

/** Settings about who may come in, and how much they may ask for. */
export const accessSettings = {
  appName: {
    schema: z.enum(['basic-auth']).optional(),
    describe: 'basic-auth: accounts with passwords as MLflow’s application of that name has them',
    also: 'MLFLOW_APP_NAME',
  },
  enableWorkspaces: {
    schema: z.union([z.boolean(), z.stringbool()]).default(false),
    describe: 'Tell MLflow’s clients that this server has workspaces, and serve their API',
    also: 'MLFLOW_ENABLE_WORKSPACES',
  },
  sessionIdleMinutes: {
    schema: z.coerce.number().int().min(1).default(720),
    describe: 'A browser’s session ends when it was not used for so long',
  },
  sessionMaxHours: {
    schema: z.coerce.number().int().min(1).default(168),
    describe: 'A browser’s session ends after so long in any case',
  },
  rateLimit: {
    schema: z.coerce.number().positive().optional(),
    describe: 'Requests per second that one account may send; no limit without it',
  },
  rateBurst: {
    schema: z.coerce.number().int().positive().optional(),
    describe: 'Requests that one account may send at once after a rest; default twice --rate-limit',
  },
  oidcIssuer: {
    schema: z.string().optional(),
    describe: 'OpenID Connect provider for signing in; needs --oidc-client-id',
  },
  oidcClientId: { schema: z.string().optional(), describe: 'This server’s name at the provider' },
  oidcClientSecret: { schema: z.string().optional(), describe: 'This server’s secret at the provider', secret: true },
  oidcScopes: {
    schema: z.string().default('openid profile email'),
    describe: 'What is asked of the provider, with spaces between',
  },
  oidcGroupsClaim: {
    schema: z.string().default('groups'),
    describe: 'The claim that lists a person’s groups',
  },
  oidcRoles: {
    schema: list.default(['*=viewer']),
    describe: 'Roles by the provider’s groups, as group=role,…; * is everybody',
  },
} as const
