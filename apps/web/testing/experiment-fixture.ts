import { learning, normal, range, seeded } from './seeded.ts'

const MINUTE = 60_000
const CENTRE: Readonly<Record<string, number>> = { lightgbm: 0.802, mlp: 0.796, logreg: 0.78 }
const STATES = [...Array<string>(14).fill('ok'), 'bad', 'warn']
const WORDS: Readonly<Record<string, string>> = { live: 'Running', bad: 'Failed', warn: 'Diverged', ok: 'Finished' }
const letters = '0123456789abcdefghjkmnpqrstvwxyz'

function runName(random: () => number): string {
  return `run-${Array.from({ length: 5 }, () => letters[Math.floor(random() * letters.length)]).join('')}`
}

/** An experiment with `count` runs of four kinds of model. */
export function experimentFixture(name: string, count: number, nowMs: number) {
  const random = seeded(7)
  const runs = range(count).map((at) => {
    const pick = (choices: readonly string[]) => choices[Math.floor(random() * choices.length)] ?? ''
    const model = pick(['lightgbm', 'lightgbm', 'mlp', 'logreg'])
    const value = (CENTRE[model] ?? 0.77) + normal(random) * 0.005
    const state = at < 3 ? 'live' : pick(STATES)
    return {
      id: runName(random),
      name: runName(random),
      state,
      status: WORDS[state],
      metrics: {
        'val/auc': value,
        'val/logloss': 1.22 - value,
        'val/ece': Math.max(0.004, 0.05 - (value - 0.76) * 0.8),
        'train/logloss': 1.2 - value,
      },
      params: {
        model,
        lr: pick(['0.02', '0.03', '0.05', '0.10']),
        num_leaves: pick(['63', '127', '255']),
        features: pick(['f14', 'f12']),
      },
      data: [pick(['us-flights@v14', 'us-flights@v14', 'us-flights@v13'])],
      code: pick(['4f2a91c', '4f2a91c', '4f2a91c', 'a07d3e2']),
      author: pick(['Maya Okafor', 'Jonas Weber', 'retrain pipeline']),
      tags: {},
      startedAtMs: nowMs - at * 37 * MINUTE - 4 * MINUTE,
      tookMs: state === 'live' ? null : Math.floor((12 + random() * 90) * MINUTE),
    }
  })
  return {
    name,
    total: 10_482,
    matching: count,
    running: 3,
    runs,
    judgedBy: { metric: 'val/auc', higherIsBetter: true },
    lowerIsBetter: ['val/logloss', 'val/ece', 'train/logloss'],
    queryProblem: null,
  }
}

export function curvesFixture(runs: readonly string[]) {
  const metrics: [string, number, number, number][] = [
    ['val/auc', 0.69, 0.808, 0.0011],
    ['val/logloss', 0.56, 0.425, 0.0012],
    ['train/grad_norm', 8, 0.5, 0.05],
    ['val/ece', 0.06, 0.014, 0.0006],
    ['train/logloss', 0.6, 0.4, 0.002],
  ]
  return {
    charts: metrics.map(([metric, from, to, noise], order) => ({
      metric,
      total: runs.length * 200_000,
      curves: runs.map((run, at) => ({
        run,
        x: range(200, 0, 1_000),
        y: learning(order * 100 + at, 200, from, to + (at - 3) * noise * 1.5, noise),
      })),
    })),
  }
}

export function runFixture(id: string) {
  const chart = (metric: string, seed: number, from: number, to: number, was: number, noise: number) => {
    const x = range(120, 0, 1_680)
    const y = learning(seed, 120, from, to, noise)
    return { metric, last: y.at(-1) ?? null, x, y, baseline: { x, y: learning(seed + 9, 120, from, was, noise) } }
  }
  return {
    id,
    name: 'run-7hq2m',
    experiment: 'flight-delay',
    slot: 1,
    state: 'ok',
    status: 'Finished',
    facts: 'by retrain pipeline, 2 Dec 03:04, took 58 min',
    thread: threadFixture('Run'),
    figures: [
      { label: 'val/auc, best', value: '0.8127', change: '+0.0142', verdict: 'better' },
      { label: 'val/logloss', value: '0.4218', change: '−0.0194', verdict: 'better' },
      { label: 'val/ece', value: '0.0131', change: '−0.0083', verdict: 'better' },
      { label: 'Recall at 0.35', value: '0.641', change: '+0.022', verdict: 'better' },
      { label: 'p95 per row', value: '31 µs', change: '+4 µs', verdict: 'worse' },
    ],
    baseline: { name: 'run-c1n8e', to: '/experiments/flight-delay/runs/run-c1n8e' },
    charts: [
      chart('val/auc', 3, 0.7, 0.8127, 0.7985, 0.0016),
      chart('val/logloss', 5, 0.55, 0.4218, 0.4412, 0.0016),
      chart('val/ece', 8, 0.055, 0.0131, 0.0214, 0.0008),
      chart('train/logloss', 12, 0.6, 0.398, 0.421, 0.0022),
      chart('train/auc', 14, 0.68, 0.83, 0.81, 0.002),
    ],
    params: [
      { name: 'model', value: 'lightgbm', baseline: 'lightgbm' },
      { name: 'learning_rate', value: '0.03', baseline: '0.05' },
      { name: 'num_leaves', value: '255', baseline: '127' },
      { name: 'features', value: 'f14', baseline: 'f12' },
      { name: 'train_until', value: '2001-11-30', baseline: '2001-10-31' },
      { name: 'carrier_encoding', value: 'target', baseline: 'one-hot' },
    ],
    context: [
      ['Commit', [{ text: '4f2a91c', mono: true }, ' main, clean tree']],
      ['Entry', [{ text: 'train.ts --features f14', mono: true }]],
      ['Train data', [{ text: 'us-flights@v14', to: '/datasets/us-flights/v14' }, ' 4,475,833 rows']],
      ['Validation', [{ text: 'us-flights@v14/nov', to: '/datasets/us-flights/v14' }, ' 1,491,944']],
      ['Environment', [{ text: 'node 24.21.0', mono: true }]],
      ['Machine', ['8 CPU, 32 GB']],
    ],
    artifacts: [
      { path: 'model/model.onnx', sizeBytes: 18_400_000, icon: 'model', url: '#' },
      { path: 'model/signature.json', sizeBytes: 2_100, icon: 'file', url: '#' },
      { path: 'eval/predictions.parquet', sizeBytes: 152_000_000, icon: 'dataset', url: '#' },
      { path: 'reports/fairness.html', sizeBytes: 310_000, icon: 'card', url: '#' },
    ],
    usedBy: [
      { icon: 'model', name: 'flight-delay v13', to: '/models/flight-delay?version=13', fact: 'challenger' },
      { icon: 'endpoint', name: 'flight-delay, canary', to: '/endpoints/flight-delay', fact: '25%' },
    ],
    opens: { name: 'v13', to: '/models/flight-delay?version=13' },
  }
}

export function threadFixture(current: string) {
  return [
    { kind: 'Dataset', name: 'us-flights@v14', to: '/lineage/dataset-version/dsv_14' },
    { kind: 'Commit', name: '4f2a91c', to: '/lineage/code-version/code_1' },
    { kind: 'Pipeline', name: 'retrain #482', to: '/lineage/pipeline-run/prun_482' },
    { kind: 'Run', name: 'run-7hq2m', to: '/experiments/flight-delay/runs/run-7hq2m' },
    { kind: 'Version', name: 'flight-delay v13', to: '/models/flight-delay?version=13' },
    { kind: 'Endpoint', name: 'flight-delay, canary 25%', to: '/endpoints/flight-delay' },
    { kind: 'Monitor', name: '2 of 14 drifted', to: '/monitors/flight-delay', tone: 'warn' },
  ].map((stop) => (stop.kind === current ? { ...stop, current: true } : stop))
}
