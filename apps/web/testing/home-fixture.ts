import type { HomeView } from '../home/load-home.ts'
import type { ShellView } from '../load-shell.ts'
import { learning, wandering } from './seeded.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

export function shellFixture(): ShellView {
  return {
    person: 'Maya Okafor',
    counts: { runningPipelines: 2, approvalsDue: 3, openIncidents: 1 },
    names: [
      { name: 'flight-delay', fact: 'endpoint, canary 25%', icon: 'endpoint', to: '/endpoints/flight-delay' },
      { name: 'flight-delay', fact: 'model, 13 versions', icon: 'model', to: '/models/flight-delay' },
      { name: 'flight-delay', fact: 'experiment, 10,482 runs', icon: 'run', to: '/experiments/flight-delay' },
      { name: 'flight-delay', fact: 'monitor, 2 of 14 drifted', icon: 'monitor', to: '/monitors/flight-delay' },
    ],
  }
}

export function homeFixture(nowMs: number): HomeView {
  const at = (days: number) => nowMs - days * DAY
  return {
    lead: 'Two things wait for you.',
    statement: [
      '4 of 5 models in production are healthy; ',
      { text: 'flight-delay', to: '/monitors/flight-delay' },
      ' is being replaced after a change of carriers.',
    ],
    timeline: {
      fromMs: at(6.4),
      toMs: nowMs + 0.6 * DAY,
      nowMs,
      loops: [
        {
          name: 'rebooking-offer',
          chosen: false,
          points: [
            { atMs: at(6.1), lane: 'Pipeline', label: 'retrain #12' },
            { atMs: at(5.9), lane: 'Registry', label: 'v4' },
            { atMs: at(5.6), lane: 'Governance', label: 'approved' },
            { atMs: at(5.3), lane: 'Serving', label: 'canary' },
            { atMs: at(4.2), lane: 'Serving', label: 'promoted' },
            { atMs: at(4), lane: 'Governance', label: 'audited' },
          ],
        },
        {
          name: 'no-show',
          chosen: false,
          points: [
            { atMs: at(5), lane: 'Pipeline', label: 'retrain #76' },
            { atMs: at(4.8), lane: 'Registry', label: 'v21' },
            { atMs: at(3.3), lane: 'Governance', label: 'approved' },
            { atMs: at(3), lane: 'Serving', label: 'canary' },
            { atMs: at(1.8), lane: 'Serving', label: 'promoted' },
            { atMs: at(1.6), lane: 'Governance', label: 'audited' },
          ],
        },
        {
          name: 'flight-delay, loop 7',
          chosen: true,
          points: [
            { atMs: at(2.3), lane: 'Monitor', label: 'carrier PSI 0.31', bad: true },
            { atMs: at(2.1), lane: 'Pipeline', label: 'retrain #482' },
            { atMs: at(1.8), lane: 'Registry', label: 'v13 registered' },
            { atMs: at(1.45), lane: 'Governance', label: 'approved 2 of 2' },
            { atMs: at(1.12), lane: 'Serving', label: 'canary' },
            { atMs: at(0.76), lane: 'Serving', label: '5%' },
            { atMs: at(0.02), lane: 'Serving', label: '25%' },
          ],
          ahead: [
            { atMs: nowMs + 0.28 * DAY, lane: 'Registry', label: 'promote' },
            { atMs: nowMs + 0.5 * DAY, lane: 'Governance', label: 'audit' },
          ],
        },
      ],
    },
    openLoops: [
      {
        id: 'rel_1',
        model: 'flight-delay',
        change: 'v12 → v13',
        to: '/models/flight-delay',
        figures: ['2 Dec', '1 h 12', '7 of 7', '2 of 2', '25%'],
        at: 4,
      },
      {
        id: 'rel_2',
        model: 'rebooking-offer',
        change: 'v4 → v5',
        to: '/models/flight-delay',
        figures: ['schedule', '38 min', '6 of 6', '1 of 2'],
        at: 3,
      },
      {
        id: 'rel_3',
        model: 'bag-misroute',
        change: 'v9',
        to: '/models/flight-delay',
        figures: ['3 Dec', 'failed'],
        at: 1,
        broken: true,
      },
    ],
    closedLoops: { medianMs: 31 * HOUR, closed: 12, rolledBack: 1 },
    attention: [
      {
        id: 'a1',
        state: 'warn',
        title: ['Approve ', { text: 'rebooking-offer v5', strong: true }, ' as champion'],
        why: 'Jonas Weber asks; 1 of 2 approvals, expires in 19 h',
        atMs: nowMs - 5 * HOUR,
        act: 'Review',
        mine: true,
        to: '/approvals/apr_1',
      },
      {
        id: 'a2',
        state: 'live',
        title: [{ text: 'flight-delay v13', strong: true }, ' canary holds at 25%'],
        why: 'All 5 guardrails pass; next step to 50% in 42 min',
        atMs: nowMs - 42 * MINUTE,
        act: 'Watch',
        mine: false,
        to: '/endpoints/flight-delay',
      },
      {
        id: 'a3',
        state: 'bad',
        title: [{ text: 'bag-misroute-train #218', strong: true }, ' failed at validate-data'],
        why: 'Column scan_station: 3.1% null, at most 0.5% allowed',
        atMs: nowMs - 22 * HOUR,
        act: 'Open',
        mine: true,
        to: '/pipelines',
      },
      {
        id: 'a4',
        state: 'bad',
        title: ['Incident 31: ', { text: 'carrier', strong: true }, ' mix shifted on flight-delay'],
        why: 'TW absent since 2 Dec, AA up to 17.1%; loop 7 is answering it',
        atMs: nowMs - 2 * DAY,
        act: 'Open',
        mine: false,
        to: '/incidents/inc_31',
      },
      {
        id: 'a5',
        state: 'warn',
        title: ['Labels of ', { text: 'no-show', strong: true }, ' are 6 days late'],
        why: 'Quality is an estimate until they land',
        atMs: nowMs - 6 * DAY,
        act: 'Open',
        mine: false,
        to: '/monitors/flight-delay',
      },
    ],
    production: [
      {
        endpoint: 'flight-delay',
        to: '/endpoints/flight-delay',
        versions: [
          { name: 'v12', role: 'champion', share: 0.75 },
          { name: 'v13', role: 'canary', share: 0.25 },
        ],
        state: 'warn',
        health: 'Drifted',
        requestsPerSecond: 412,
        latencyP95Ms: 6.1,
        quality: wandering(11, 28, 0.8, 0.004, -0.028),
        estimated: false,
        falling: true,
        drift: 0.31,
        driftOver: true,
      },
      {
        endpoint: 'rebooking-offer',
        to: '/endpoints/flight-delay',
        versions: [{ name: 'v4', role: 'champion', share: 1 }],
        state: 'ok',
        health: 'Healthy',
        requestsPerSecond: 58,
        latencyP95Ms: 9.4,
        quality: wandering(12, 28, 0.8, 0.004),
        estimated: false,
        falling: false,
        drift: 0.04,
        driftOver: false,
      },
      {
        endpoint: 'no-show',
        to: '/endpoints/flight-delay',
        versions: [{ name: 'v21', role: 'champion', share: 1 }],
        state: 'ok',
        health: 'Healthy',
        requestsPerSecond: 133,
        latencyP95Ms: 4,
        quality: wandering(13, 28, 0.8, 0.004),
        estimated: true,
        falling: false,
        drift: 0.06,
        driftOver: false,
      },
      {
        endpoint: 'bag-misroute',
        to: '/endpoints/flight-delay',
        versions: [{ name: 'v9', role: 'champion', share: 1 }],
        state: 'ok',
        health: 'Healthy',
        requestsPerSecond: 1_200,
        latencyP95Ms: 2.2,
        quality: wandering(14, 28, 0.8, 0.004),
        estimated: false,
        falling: false,
        drift: 0.08,
        driftOver: false,
      },
      {
        endpoint: 'crew-fatigue',
        to: '/endpoints/flight-delay',
        versions: [{ name: 'v3', role: 'champion', share: 1 }],
        state: 'ok',
        health: 'Healthy',
        requestsPerSecond: 0.4,
        latencyP95Ms: 18,
        quality: wandering(15, 28, 0.8, 0.004),
        estimated: false,
        falling: false,
        drift: 0.02,
        driftOver: false,
      },
    ],
    runs: (
      [
        ['run-k93vd', 'live', 'Running 64%', 0.8094, 12 * MINUTE],
        ['run-p0x4t', 'live', 'Running 31%', 0.8012, 26 * MINUTE],
        ['run-2mzc8', 'bad', 'Out of memory', 0.7871, 3 * HOUR],
        ['run-w51ja', 'ok', 'Finished', 0.8089, 5 * HOUR],
        ['run-7hq2m', 'ok', 'Finished', 0.8127, 2 * DAY],
      ] as const
    ).map(([name, state, status, value, ago], at) => ({
      id: name,
      name,
      experiment: 'flight-delay',
      to: `/experiments/flight-delay/runs/${name}`,
      state,
      status,
      metric: { name: 'val/auc', value },
      curve: learning(20 + at, 30, 0.62, value, 0.006),
      startedAtMs: nowMs - ago,
    })),
    pipelineRuns: (
      [
        ['no-show-train', 77, 'ooorr....', 'clock', 'Schedule', 14 * MINUTE, 14 * MINUTE],
        ['flight-delay-retrain', 483, 'cccccoor..', 'person', 'Maya Okafor', 51 * MINUTE, 51 * MINUTE],
        ['bag-misroute-train', 218, 'of.......', 'bell', 'Alert 33', 48_000, 22 * HOUR],
        ['us-flights-ingest', 1204, 'ooooo', 'dataset', 'Data set', 3 * MINUTE, 23 * HOUR],
        ['flight-delay-retrain', 482, 'cccooooooo', 'bell', 'Alert 31', 72 * MINUTE, 2 * DAY],
      ] as const
    ).map(([pipeline, number, steps, icon, trigger, tookMs, ago]) => ({
      id: `${pipeline}-${number}`,
      pipeline,
      number,
      to: `/pipelines/${pipeline}/${number}`,
      steps: steps.split('').map((letter) => STEPS[letter] ?? 'waiting'),
      trigger: { icon, name: trigger },
      tookMs,
      startedAtMs: nowMs - ago,
    })),
  }
}

const STEPS: Readonly<Record<string, 'ran' | 'cached' | 'running' | 'failed' | 'waiting'>> = {
  o: 'ran',
  c: 'cached',
  r: 'running',
  f: 'failed',
  '.': 'waiting',
}
