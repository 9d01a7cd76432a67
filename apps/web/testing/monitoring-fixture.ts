import { threadFixture } from './experiment-fixture.ts'
import { range, seeded, wandering } from './seeded.ts'

const DAY = 86_400_000

export function incidentFixture(monitor: string) {
  const at = (hour: number, minute: number) => Date.UTC(2001, 11, 2, hour, minute)
  return {
    id: 'inc_31',
    number: 31,
    monitor,
    title: 'Carrier mix shifted',
    says: 'The share of TW fell to zero on 2 Dec and AA rose to 17.1%. The model has never seen AA flights from St. Louis.',
    state: 'open',
    severity: 'critical',
    facts: ['opened 2 Dec', '2 alerts', 'acknowledged in 11 min'],
    timeline: [
      {
        atMs: at(2, 50),
        state: 'bad',
        says: ['Drift on ', { text: 'carrier', strong: true }, ': PSI 0.312 over 0.2'],
        more: 'on 4.2M predictions since midnight',
      },
      {
        atMs: at(2, 51),
        state: 'live',
        says: ['Pipeline ', { text: 'retrain #482', to: '/lineage/pipeline-run/prun_482' }, ' started by rule 4'],
      },
      { atMs: at(3, 1), state: 'ok', says: ['Maya Okafor acknowledged'] },
      {
        atMs: at(4, 8),
        state: 'ok',
        says: [
          { text: 'run-7hq2m', to: '/experiments/flight-delay/runs/run-7hq2m' },
          ' registered as ',
          { text: 'v13', to: '/models/flight-delay' },
          ', 7 of 7 checks',
        ],
      },
      { atMs: at(12, 5), state: 'ok', says: ['Approved 2 of 2'], more: 'Priya Raman, Jonas Weber' },
      {
        atMs: at(12, 12),
        state: 'live',
        says: ['Canary 1%, 5%, now ', { text: '25%', to: '/endpoints/flight-delay' }],
        more: 'AUC on new labels 0.802 against 0.771',
      },
      { atMs: null, state: 'wait', says: ['50%, 100%, promote, resolve'] },
    ],
  }
}

export function monitorFixture(name: string) {
  const windows = range(14).map((at) => ({
    id: `win_${at}`,
    fromMs: Date.UTC(2001, 10, 21) + at * DAY,
    toMs: Date.UTC(2001, 10, 22) + at * DAY,
    rows: 1_600_000,
    coverage: at < 12 ? 1 : 0.38,
    quarantined: false,
  }))
  const features: [string, string, number, number][] = [
    ['carrier', 'PSI', 0.312, 0.2],
    ['origin', 'PSI', 0.224, 0.2],
    ['prev_leg_delay_min', 'JS', 0.081, 0.1],
    ['destination', 'PSI', 0.118, 0.2],
    ['departure_hour', 'KS', 0.034, 0.1],
    ['distance', 'KS', 0.041, 0.1],
    ['elapsed_min', 'KS', 0.029, 0.1],
    ['origin_late_share', 'KS', 0.052, 0.1],
    ['weekday', 'PSI', 0.008, 0.1],
    ['prediction', 'JS', 0.061, 0.1],
  ]
  const at = range(57, Date.UTC(2001, 10, 21), DAY / 4)
  const auc = wandering(61, 57, 0.799, 0.0022).map((value, point) =>
    point > 44 ? value - (point - 44) * 0.0026 : value,
  )
  const joined = auc.map((value, point) => (point > 51 ? null : value))
  const half = (point: number) => 0.003 + (point > 44 ? (point - 44) * 0.0008 : 0)
  return {
    name,
    endpoint: 'flight-delay',
    state: 'warn',
    verdict: '2 of 14 features drifted',
    reference: { name: 'us-flights@v13, Jul – Oct', to: '/lineage/dataset-version/dsv_13' },
    thread: [
      ...threadFixture('Monitor'),
      { kind: 'Incident', name: '31, answered', to: '/incidents/inc_31', tone: 'warn' },
    ],
    windows,
    drift: features.map(([feature, test, now, limit], order) => {
      const random = seeded(order + 3)
      const base = Math.min(now, limit * 0.42)
      return {
        feature,
        test,
        now,
        limit,
        values: range(14).map((window) =>
          window < 11 ? base * (0.55 + random() * 0.6) : now * (0.9 + 0.12 * random()),
        ),
        output: feature === 'prediction',
        state: now > limit ? 'bad' : now > limit * 0.75 ? 'warn' : 'ok',
      }
    }),
    feature: {
      name: 'carrier',
      labels: ['WN', 'DL', 'AA', 'US', 'UA', 'NW', 'MQ', 'CO', 'TW', 'HP', 'AS'],
      reference: [0.162, 0.141, 0.124, 0.119, 0.118, 0.092, 0.076, 0.064, 0.046, 0.031, 0.027],
      current: [0.164, 0.14, 0.171, 0.116, 0.114, 0.091, 0.074, 0.065, 0, 0.032, 0.028],
      flagged: { AA: '+4.7', TW: 'gone' },
      currentLabel: '2 – 4 Dec',
      says: 'PSI 0.312, limit 0.2',
    },
    performance: {
      metric: 'AUC',
      atMs: at,
      joined,
      low: joined.map((value, point) => (value === null ? null : value - half(point))),
      high: joined.map((value, point) => (value === null ? null : value + half(point))),
      estimated: wandering(61, 57, 0.7985, 0.0018).map((value, point) =>
        point > 43 ? value - (point - 43) * 0.0023 : value,
      ),
      limit: { value: 0.78, label: 'alert under 0.78' },
      completeUntilMs: at[45] ?? null,
      coverage: 0.38,
      marks: [],
    },
    checks: [
      { name: 'Schema as signed', state: 'ok', found: '24 of 24', values: wandering(90, 20, 5, 0.3) },
      {
        name: 'Unseen categories in origin × carrier',
        state: 'warn',
        found: '3.9%',
        values: wandering(91, 20, 5, 0.3, 5),
      },
      { name: 'Missing prev_leg_delay_min, at most 8%', state: 'ok', found: '5.2%', values: wandering(92, 20, 5, 0.3) },
      { name: 'departure_hour between 0 and 23', state: 'ok', found: '100%', values: wandering(93, 20, 5, 0.3) },
    ],
    incident: incidentFixture(name),
    calm: 'No incidents in 14 days.',
  }
}

export function governanceFixture(nowMs: number, chosen: string | null) {
  const HOUR = 3_600_000
  return {
    waiting: 3,
    mine: 1,
    items: [
      {
        id: 'apr_1',
        title: ['rebooking-offer v5 becomes ', { text: 'champion', strong: true }],
        askedBy: 'Jonas Weber',
        askedAtMs: nowMs - 5 * HOUR,
        given: 1,
        required: 2,
        expiresAtMs: nowMs + 19 * HOUR,
        state: 'requested',
      },
      {
        id: 'apr_2',
        title: ['bag-misroute: ', { text: 'rule 2', strong: true }, ' may retrain by itself'],
        askedBy: 'Maya Okafor',
        askedAtMs: nowMs - 26 * HOUR,
        given: 0,
        required: 1,
        expiresAtMs: nowMs + 48 * HOUR,
        state: 'requested',
      },
      {
        id: 'apr_3',
        title: ['us-flights@v15 leaves ', { text: 'quarantine', strong: true }],
        askedBy: 'ingest pipeline',
        askedAtMs: nowMs - 27 * HOUR,
        given: 0,
        required: 1,
        expiresAtMs: null,
        state: 'requested',
      },
    ],
    chosen: {
      id: chosen ?? 'apr_1',
      title: 'rebooking-offer v5 becomes champion',
      policy: 'customer facing',
      reason: 'Accepts AA merger codes; same offers, better ranking.',
      askedBy: 'Jonas Weber',
      needs: [
        { name: 'Quality not below champion', state: 'ok', found: 'uplift +0.4%, CI 0.1 to 0.7' },
        { name: 'Card complete', state: 'ok', found: '31 of 31' },
        { name: 'Signature present', state: 'ok', found: '9 inputs' },
        { name: 'A second approver, not the author', state: 'wait', found: 'you can decide' },
      ],
      mayDecide: true,
      refusal: null,
      pins: 'sha256:41d0aa02bb91c3d4e5f60718293a4b5c6d7e8f90112233445566778899aa7ae2',
      subject: { name: 'rebooking-offer v5', to: '/models/flight-delay' },
      decisions: [{ by: 'Priya Raman', decision: 'approved', reason: 'Slices reviewed', atMs: nowMs - 3 * HOUR }],
    },
  }
}

export function auditFixture(nowMs: number) {
  const acts: [string, boolean, string, string][] = [
    ['rollout policy', true, 'moved canary to 25%', 'flight-delay'],
    ['rollout policy', true, 'moved canary to 5%', 'flight-delay'],
    ['Jonas Weber', false, 'started canary 1%', 'flight-delay'],
    ['Jonas Weber', false, 'approved', 'v13'],
    ['Priya Raman', false, 'approved', 'v13'],
    ['retrain #482', true, 'registered', 'v13'],
    ['Maya Okafor', false, 'acknowledged', 'incident 31'],
    ['rule 4', true, 'started', 'retrain #482'],
    ['monitor', true, 'raised', 'alert 31'],
  ]
  const random = seeded(5)
  const hex = () => Array.from({ length: 64 }, () => Math.floor(random() * 16).toString(16)).join('')
  return {
    total: 18_244,
    items: range(200).map((at) => {
      const [name, machine, did, to] = acts[at % acts.length] ?? ['', false, '', '']
      return {
        id: `aud_${at}`,
        sequence: at === 0 ? null : 18_244 - at,
        atMs: nowMs - at * 1_800_000,
        actor: { name, machine },
        did,
        to: { name: to, href: null },
        reason: at % 4 === 3 ? 'Slices reviewed; canary required.' : null,
        hash: at === 0 ? null : hex(),
      }
    }),
    chain: { ok: true, length: 18_243, head: hex(), unsealed: 1, firstBad: null, tookMs: 412 },
  }
}
