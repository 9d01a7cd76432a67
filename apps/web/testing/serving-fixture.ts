import { threadFixture } from './experiment-fixture.ts'
import { range, wandering } from './seeded.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

export function endpointFixture(nowMs: number) {
  const x = range(60, nowMs - 60 * MINUTE, MINUTE)
  const positive = (values: number[]) => values.map((value) => Math.max(0, value))
  const champion = wandering(3, 60, 309, 6).map((value, at) => (at < 11 ? value * 1.27 : value))
  const canary = wandering(4, 60, 103, 3).map((value, at) => (at < 11 ? value * 0.2 : value))
  const versions = (a: number[], b: number[]) => [
    { label: 'v12', token: '--champion', x, y: a },
    { label: 'v13', token: '--canary', x, y: b },
  ]
  const scores = range(20).map((at) => at / 20)
  const share = (values: number[]) => values.map((value) => value / values.reduce((sum, each) => sum + each, 0))
  return {
    name: 'flight-delay',
    model: 'flight-delay',
    state: 'live',
    status: 'Canary 25%',
    path: '/v2/models/flight-delay/infer',
    address: 'http://127.0.0.1:7402',
    live: '412 requests/s',
    thread: threadFixture('Endpoint'),
    traffic: [
      { name: 'v12', role: 'champion', share: 0.75 },
      { name: 'v13', role: 'canary', share: 0.25 },
    ],
    shadow: 'shadow v14 mirrors 10%',
    rollout: {
      id: 'rol_1',
      state: 'canary',
      canary: 'v13',
      champion: 'v12',
      steps: [
        { name: '0%', says: '2 Dec 12:10', state: 'done' },
        { name: '1%', says: '2 Dec 12:12', state: 'done' },
        { name: '5%', says: '3 Dec 09:30', state: 'done' },
        { name: '25%', says: 'since 14:16', state: 'now', progress: 0.56 },
        { name: '50%', says: '15:46', state: 'ahead' },
        { name: '100%', says: 'then promote', state: 'ahead' },
      ],
      verdict: {
        state: 'ok',
        title: 'All guardrails pass',
        says: 'v13 may go to 50% after 20,000 more predictions. It steps back to 0% by itself when a guardrail fails.',
        progress: '48 of 90 min',
      },
      guardrails: [
        {
          name: 'Error rate',
          champion: '0.021%',
          canary: '0.019%',
          interval: { low: -0.0004, value: -0.0001, high: 0.0003 },
          limit: 0.002,
          allowed: 'below',
          samples: 297_431,
          state: 'ok',
          verdict: 'Pass',
        },
        {
          name: 'Latency p95',
          champion: '5.8 ms',
          canary: '6.0 ms',
          interval: { low: 0.1, value: 0.2, high: 0.3 },
          limit: 1.6,
          allowed: 'below',
          samples: 297_431,
          state: 'ok',
          verdict: 'Pass',
        },
        {
          name: 'AUC on labels so far',
          champion: '0.771',
          canary: '0.802',
          interval: { low: 0.018, value: 0.031, high: 0.044 },
          limit: -0.01,
          allowed: 'above',
          samples: 61_020,
          state: 'ok',
          verdict: 'Better',
        },
        {
          name: 'Mean score',
          champion: '0.204',
          canary: '0.211',
          interval: { low: -0.002, value: 0.007, high: 0.016 },
          limit: 0.04,
          allowed: 'below',
          samples: 297_431,
          state: 'ok',
          verdict: 'Pass',
        },
        {
          name: 'Recall at small airports',
          champion: '0.58',
          canary: '0.60',
          interval: { low: -0.06, value: 0.02, high: 0.1 },
          limit: -0.07,
          allowed: 'above',
          samples: 2_104,
          state: 'wait',
          verdict: 'Not enough labels',
        },
      ],
      acts: { promote: 'Promote now', hold: true, resume: false, rollBack: true },
      effect: '25% of 412 requests/s move within 2 s. v13 keeps its evidence.',
    },
    history: [
      {
        atMs: nowMs - 50 * MINUTE,
        state: 'live',
        says: [{ text: 'v13', to: '/models/flight-delay?version=13' }, ' stepped to 25%'],
        more: '20,113 predictions, 4,096 labels',
      },
      {
        atMs: nowMs - 30 * HOUR,
        state: 'ok',
        says: [{ text: 'v13', to: '/models/flight-delay?version=13' }, ' stepped to 5%'],
      },
      { atMs: nowMs - 50 * HOUR, state: 'ok', says: ['Jonas Weber started the canary'] },
      {
        atMs: nowMs - 400 * HOUR,
        state: 'ok',
        says: [{ text: 'v12', to: '/models/flight-delay?version=12' }, ' promoted'],
      },
    ],
    charts: {
      clock: 'wall',
      requests: versions(champion, canary),
      latencyMs: versions(wandering(7, 60, 5.8, 0.12), wandering(8, 60, 6, 0.2)),
      errorShare: versions(positive(wandering(17, 60, 0.0002, 0.00004)), positive(wandering(21, 60, 0.0002, 0.00007))),
      marks: [{ at: x[11] ?? 0, label: '25%' }],
      latencyLimitMs: 10,
      errorLimit: 0.001,
    },
    answers: {
      edges: scores.map((value) => String(value)),
      threshold: 0.35,
      series: [
        {
          label: 'v12',
          token: '--champion',
          values: share(
            scores.map((value) => Math.exp(-value * 4.4) * 134 + 9 * Math.exp(-((value - 0.62) ** 2) * 30)),
          ),
        },
        {
          label: 'v13',
          token: '--canary',
          values: share(
            scores.map((value) => Math.exp(-value * 4.1) * 128 + 9 * Math.exp(-((value - 0.68) ** 2) * 30)),
          ),
        },
      ],
    },
    example: { departure_hour: 17, weekday: 2, distance: 733, origin_late_share: 0.21, destination_late_share: 0.18 },
  }
}
