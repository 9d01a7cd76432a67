import { Digest } from '@millrace/datasets/contract'
import { z } from 'zod'

const Text = z.string().max(4096)

/** A file by content. `path` is relative to the repository, or to the working directory where there is no repository. */
const FileDigest = z.object({ path: Text, digest: Digest, sizeBytes: z.int().min(0) })

/** A file that git does not track. Only one that is `kept` can be brought back; it is the artifact `code/untracked/<path>`. */
export const UntrackedFile = z.object({
  path: Text,
  digest: Digest.nullable(),
  sizeBytes: z.int().min(0),
  kept: z.boolean(),
})
export type UntrackedFile = z.infer<typeof UntrackedFile>

/** The state of the repository that a run was started in. */
export const CodeState = z.object({
  /** Address of the remote, without credentials. */
  repository: Text.nullable(),
  /** Where the repository lay, on `host`. */
  root: Text.nullable(),
  host: Text.nullable(),
  commit: z.string().max(128).nullable(),
  branch: Text.nullable(),
  /** Whether a branch of a remote held the commit; null where nobody looked. */
  pushed: z.boolean().nullable(),
  /** What differed from the commit: the artifact `code/patch.diff`. Null for a clean tree. */
  patch: z.object({ digest: Digest, sizeBytes: z.int().min(0) }).nullable(),
  untracked: z.array(UntrackedFile).max(1000),
  /** How many more files were untracked than `untracked` lists. */
  untrackedOmitted: z.int().min(0),
})
export type CodeState = z.infer<typeof CodeState>

/** An installed package. `source` is what to install it from when the package index does not have it. */
export const Package = z.object({ name: z.string().max(214), version: z.string().max(256), source: Text.nullable() })
export type Package = z.infer<typeof Package>

export const PythonState = z.object({
  version: z.string().max(64).nullable(),
  implementation: z.string().max(64).nullable(),
  executable: Text.nullable(),
  packages: z.array(Package).max(20_000),
  /** Whether `packages` is everything that was installed, and not only what somebody asked for. */
  complete: z.boolean(),
})
export type PythonState = z.infer<typeof PythonState>

export const NodeState = z.object({
  version: z.string().max(64).nullable(),
  /** Whose lock file there is: npm, pnpm, yarn or bun. */
  manager: z.string().max(32).nullable(),
  /** The packages that `package.json` asks for, as they were installed. */
  packages: z.array(Package).max(20_000),
})
export type NodeState = z.infer<typeof NodeState>

export const Hardware = z.object({
  platform: z.string().max(256),
  architecture: z.string().max(64),
  cpu: z.string().max(256),
  cores: z.int().min(0),
  memoryBytes: z.int().min(0),
  gpus: z
    .array(z.object({ name: z.string().max(256), memoryBytes: z.int().min(0), driver: z.string().max(128) }))
    .max(256),
})
export type Hardware = z.infer<typeof Hardware>

/** Where a version of data lay below the repository while the run used it; null where the run did not have it in a folder. */
export const DataPlace = z.object({ versionId: z.string().max(128), digest: Digest, path: Text.nullable() })
export type DataPlace = z.infer<typeof DataPlace>

/** Everything that is known of how a run came about, as its launcher saw it. Null is what was not there or not looked at. */
export const RecordedProvenance = z.object({
  /** The program and its arguments. */
  command: z.array(z.string().max(100_000)).max(10_000).nullable(),
  /** Relative to the repository; `.` is its root. */
  workingDirectory: Text.nullable(),
  entryPoint: Text.nullable(),
  code: CodeState.nullable(),
  python: PythonState.nullable(),
  node: NodeState.nullable(),
  lockFiles: z.array(FileDigest).max(1000),
  /** Digest of the container's image, where the environment told it. */
  container: Text.nullable(),
  hardware: Hardware.nullable(),
  /** Environment variables that change results, and those that were asked for. */
  variables: z.record(z.string().max(256), z.string().max(32_768)),
  data: z.array(DataPlace).max(100),
})
export type RecordedProvenance = z.infer<typeof RecordedProvenance>

/**
 * The provenance of a run. `source` says whose word it is: `launcher` (`millrace run` saw everything), `client` (what an
 * MLflow client said in tags and with its models, which is less), `none`. Seeds are the run's params and tags of that name.
 */
export const Provenance = RecordedProvenance.extend({
  source: z.enum(['launcher', 'client', 'none']),
  seeds: z.record(z.string(), z.string()),
  reproducesRunId: z.string().nullable(),
})
export type Provenance = z.infer<typeof Provenance>

/** What is known of a run of which nobody said anything. */
export const nothingRecorded: RecordedProvenance = {
  command: null,
  workingDirectory: null,
  entryPoint: null,
  code: null,
  python: null,
  node: null,
  lockFiles: [],
  container: null,
  hardware: null,
  variables: {},
  data: [],
}

/** Artifacts that a launcher keeps with a run. */
export const provenanceArtifacts = {
  patch: 'code/patch.diff',
  untracked: 'code/untracked',
  requirements: 'environment/requirements.txt',
  output: 'logs/stdout.log',
  errors: 'logs/stderr.log',
} as const

const seedName = /(^|[^a-z])(seed|random_state)s?$/i

/** The params and tags that name a seed; params win. */
export function seedsOf(run: {
  readonly params: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
}): Record<string, string> {
  const entries = [...Object.entries(run.tags), ...Object.entries(run.params)]
  return Object.fromEntries(entries.filter(([key]) => seedName.test(key)))
}
