import { z } from 'zod'

const yes = z.union([z.boolean(), z.stringbool()])
const list = z.union([
  z.array(z.string()),
  z.string().transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  ),
])

/** Settings of what the server sends to others, and of what it takes from MLflow's clients. */
export const integrationSettings = {
  webhookSchemes: {
    schema: list.default(['https']),
    describe: 'Schemes that addresses of webhooks may have',
    also: 'MLFLOW_WEBHOOK_ALLOWED_SCHEMES',
  },
  webhookPrivateAddresses: {
    schema: yes.default(false),
    describe: 'Let webhooks reach private and loopback addresses (true or false)',
    also: 'MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS',
  },
  webhookTimeoutSeconds: {
    schema: z.coerce.number().min(1).max(300).default(30),
    describe: 'Longest a webhook may take to answer',
    also: 'MLFLOW_WEBHOOK_REQUEST_TIMEOUT',
  },
  webhookRetries: {
    schema: z.coerce.number().int().min(0).max(30).default(8),
    describe: 'How often a delivery that failed is tried again, ever later',
    also: 'MLFLOW_WEBHOOK_REQUEST_MAX_RETRIES',
  },
  webhookSecretKey: {
    schema: z.string().min(8).optional(),
    describe: 'Key of the secrets of webhooks, where it is not that of all secrets',
    secret: true,
    also: 'MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY',
  },
  smtpUrl: {
    schema: z
      .string()
      .regex(/^smtps?:\/\//, 'write it as smtp://user:password@host:587 or smtps://…')
      .optional(),
    describe: 'Mail server for notifications: smtp://user:password@host:587',
    secret: true,
  },
  mailFrom: { schema: z.string().min(3).max(320).optional(), describe: 'Sender of notifications by mail' },
  modelSourcePattern: {
    schema: z.string().optional(),
    describe: 'Regular expression that sources of MLflow model versions must match',
    also: 'MLFLOW_CREATE_MODEL_VERSION_SOURCE_VALIDATION_REGEX',
  },
  artifactHostSchemes: {
    schema: list.default([]),
    describe: 'Schemes that name another host (http, hdfs, …) and are taken in sources of MLflow model versions',
    also: 'MLFLOW_ALLOWED_HOST_ADDRESSED_ARTIFACT_SCHEMES',
  },
} as const
