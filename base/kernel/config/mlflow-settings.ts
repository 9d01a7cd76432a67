import { z } from 'zod'

const flag = z.union([z.boolean(), z.stringbool()])
const list = z.union([
  z.array(z.string()),
  z.string().transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  ),
])

/** Settings that `mlflow server` has, too. */
export const mlflowSettings = {
  serveArtifacts: {
    schema: flag.default(true),
    describe: 'Keep artifacts of MLflow’s clients here; false sends them to --default-artifact-root themselves',
    also: 'MLFLOW_SERVE_ARTIFACTS',
  },
  artifactsOnly: {
    schema: flag.default(false),
    describe: 'Of MLflow’s API serve artifacts alone',
    also: 'MLFLOW_ARTIFACTS_ONLY',
  },
  corsAllowedOrigins: {
    schema: list.default([]),
    describe: 'Origins whose pages may call this server, such as https://app.example; * for any',
    also: 'MLFLOW_SERVER_CORS_ALLOWED_ORIGINS',
  },
  truncateLongValues: {
    schema: flag.default(true),
    describe: 'Cut params and tags of MLflow’s clients that are too long, instead of refusing them',
    also: 'MLFLOW_TRUNCATE_LONG_VALUES',
  },
} as const
