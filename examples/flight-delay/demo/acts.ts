import type { ApiClient } from '@millrace/terminal'
import { addDays, dayStartMs } from '../features/day.ts'
import { kilometresFault } from '../features/kilometres-fault.ts'
import type { People } from './people.ts'
import { approve, evidenceOf, follow, nextRelease, versionOf } from './releases.ts'
import type { Release } from './releases.ts'
import { mustRun } from './server.ts'
import type { Story } from './story.ts'
import type { Traffic } from './traffic.ts'

/** All that an act needs. */
export interface Stage {
  readonly url: string
  readonly story: Story
  readonly people: People
  readonly traffic: Traffic
  readonly folder: string
  readonly flightsPath: string
}

const endpoint = 'flight-delay'

/** Declares what the loop needs, and registers the flights. */
export async function prepareStage({ url, story, folder, flightsPath }: Stage): Promise<void> {
  story.act('Declare the loop, register the data')
  story.say((await mustRun(url, 'apply', '--file', `${folder}/loop.yaml`)).replaceAll('\n', '\n    '))
  story.say(await mustRun(url, 'data', 'add', 'flights', flightsPath, '--version', '2001-h1', '--time-column', 'date'))
  const again = await mustRun(url, 'apply', '--file', `${folder}/loop.yaml`)
  const unchanged = !/^(create|change)/m.test(again)
  story.decided({
    decided: 'declared',
    evidence: unchanged ? 'applied twice, the second time nothing changed' : 'the second apply changed something',
    ids: 'datasets:/flights@2001-h1',
  })
}

/** Cuts a span of days out of the flights, as data for training or for judging. */
export async function cutSpan(
  { url, story }: Stage,
  into: string,
  name: string,
  from: string,
  to: string,
): Promise<void> {
  // The day before the span travels along as history for yesterday's late shares.
  story.say(
    await mustRun(
      url,
      'data',
      'split',
      'flights',
      '2001-h1',
      '--into',
      into,
      '--as',
      name,
      '--column',
      'date',
      '--from',
      addDays(from, -1),
      '--to',
      to,
    ),
  )
}

/** The first version: trained, judged, approved by a second person, live. */
export async function firstVersion(stage: Stage): Promise<void> {
  const { people, story, url, folder } = stage
  story.act('Train the first model and put it live')
  await cutSpan(stage, 'flights-training', 'jan-feb', '2001-01-02', '2001-03-01')
  await cutSpan(stage, 'flights-holdout', 'early-march', '2001-03-01', '2001-03-08')
  const { id } = await people.maya.post<Release>('/releases', { policy: endpoint, reason: 'first model' })
  await approve(people, story, await follow(people.admin, story, id, ['awaiting_approval']))
  const release = await follow(people.admin, story, id, ['live'])
  const version = await versionOf(people.admin, release)
  story.say((await mustRun(url, 'apply', '--file', `${folder}/monitors.yaml`)).replaceAll('\n', '\n    '))
  const evidence = await evidenceOf(people.admin, version.id)
  story.decided({
    decided: `version ${version.version} live`,
    evidence: evidence.sentence,
    ids: `${release.id} ${version.id}`,
  })
}

/** Live traffic until the monitor of late labels fires, ten days into May. */
export async function untilAlert(stage: Stage): Promise<Release> {
  const { people, story, traffic } = stage
  story.act('Live in March and April; the share of late flights falls')
  await traffic.send({ from: '2001-03-08', to: '2001-05-01' })
  await evaluate(people.admin, 'flight-delay-inputs', '2001-05-01')
  await evaluate(people.admin, 'flight-delay-quality', '2001-05-01')
  story.say(await performanceLine(people.admin))
  story.say(
    `${traffic.tally.rows.toLocaleString('en-US')} predictions so far, ${traffic.tally.failed} failed; labels came a day later.`,
  )
  // What a nightly job would do as the days end: new spans to train on and to judge by.
  await cutSpan(stage, 'flights-training', 'mar-apr', '2001-03-01', '2001-05-01')
  await cutSpan(stage, 'flights-holdout', 'early-may', '2001-05-01', '2001-05-11')
  const known = new Set((await people.admin.get<{ items: Release[] }>('/releases')).items.map((release) => release.id))
  await traffic.send({ from: '2001-05-01', to: '2001-05-11' })
  await evaluate(people.admin, 'flight-delay-quality', '2001-05-11')
  const alert = await newestAlert(people.admin, 'over-confident')
  story.say(alert.sentence)
  const release = await nextRelease(people.admin, known)
  story.decided({
    decided: 'alert fired, retraining started',
    evidence: alert.sentence,
    ids: `${alert.id} ${release.id}`,
  })
  return release
}

/** The retrained model: better by evidence, approved, through the canary to live. */
export async function promoteBetter(stage: Stage, triggered: Release): Promise<string> {
  const { people, story, traffic } = stage
  story.act('Retrain, compare, approve, canary, promote')
  const waiting = await follow(people.admin, story, triggered.id, ['awaiting_approval'])
  await approve(people, story, waiting)
  await follow(people.admin, story, triggered.id, ['rolling_out', 'live'])
  const until = async () => (await people.admin.get<Release>(`/releases/${triggered.id}`)).outcome !== null
  const next = await traffic.send({ from: '2001-05-11', to: '2001-06-01', until })
  const release = await follow(people.admin, story, triggered.id, ['live'])
  const version = await versionOf(people.admin, release)
  const evidence = await evidenceOf(people.admin, version.id)
  story.decided({
    decided: `version ${version.version} promoted`,
    evidence: evidence.sentence,
    ids: `${release.id} ${release.rolloutId ?? ''}`,
  })
  return next
}

/** One day of kilometres for miles, injected by this demo: caught as a fault of the input, and nothing is trained on it. */
export async function kilometres(stage: Stage, from: string): Promise<void> {
  const { people, story, traffic } = stage
  story.act('A fault of ours: one day in kilometres')
  const day = '2001-06-05'
  await traffic.send({ from, to: day })
  await evaluate(people.admin, 'flight-delay-inputs', day)
  const fault = kilometresFault(day)
  story.say(fault.label)
  const before = (await people.admin.get<{ items: Release[] }>('/releases')).items
  await traffic.send({ from: day, to: addDays(day, 1), fault })
  await evaluate(people.admin, 'flight-delay-inputs', addDays(day, 1))
  const { items } = await people.admin.get<{ items: { id: string; class: string; title: string; state: string }[] }>(
    '/incidents',
  )
  const incident = items.find((item) => item.class === 'input_fault')
  if (incident === undefined) throw new Error('The kilometres were not caught.')
  const alert = await newestAlert(people.admin, 'distance-in-another-unit')
  const trained = await trainedSince(people.admin, before)
  await people.admin.post(`/incidents/${incident.id}/resolve`, {
    note: 'The feed sends miles again; the day stays marked.',
  })
  story.decided({
    decided: trained === 0 ? 'incident, no retraining' : 'retrained on broken data',
    evidence: alert.sentence,
    ids: incident.id,
  })
}

/** A candidate trained on shuffled labels: stopped by the gate, and, let past it with a reason, by the canary. */
export async function badCandidate(stage: Stage): Promise<string> {
  const { people, story, traffic } = stage
  story.act('A bad candidate of ours: trained on shuffled labels')
  await traffic.send({ from: '2001-06-06', to: '2001-06-08' })
  await cutSpan(stage, 'flights-training', 'apr-may', '2001-04-01', '2001-06-01')
  await cutSpan(stage, 'flights-holdout', 'early-june', '2001-06-01', '2001-06-08')
  const { id } = await people.maya.post<Release>('/releases', {
    policy: endpoint,
    reason: 'rehearsal with shuffled labels',
    parameters: { shuffleLabels: true },
  })
  const refused = await follow(people.admin, story, id, ['rejected'])
  const version = await versionOf(people.admin, refused)
  const evidence = await evidenceOf(people.admin, version.id)
  story.decided({ decided: 'stopped by the gate', evidence: evidence.sentence, ids: `${id} ${version.id}` })
  story.say('An administrator lets it past the gate, with a reason that stays on record.')
  await people.admin.post(`/releases/${id}/override`, {
    reason: 'Rehearsal: does the canary catch what the gate was told to ignore?',
  })
  const waiting = await follow(people.admin, story, id, ['awaiting_approval', 'rolling_out'])
  if (waiting.state === 'awaiting_approval') await approve(people, story, waiting)
  await follow(people.admin, story, id, ['rolling_out', 'rolled_back'])
  const until = async () => (await people.admin.get<Release>(`/releases/${id}`)).outcome !== null
  const next = await traffic.send({ from: '2001-06-08', to: '2001-06-30', until })
  const ended = await follow(people.admin, story, id, ['rolled_back'])
  story.decided({ decided: 'rolled back by the canary', evidence: ended.sentence, ids: ended.rolloutId ?? '' })
  return next
}

/** A candidate trained on April and May: worse than the champion over June, so it is refused. */
export async function refuseWorse(stage: Stage, from: string): Promise<void> {
  const { people, story, traffic } = stage
  story.act('The monthly candidate is worse, and is refused')
  await traffic.send({ from, to: '2001-07-01' })
  await evaluate(people.admin, 'flight-delay-quality', '2001-07-01')
  await evaluate(people.admin, 'flight-delay-inputs', '2001-07-01')
  await cutSpan(stage, 'flights-holdout', 'june', '2001-06-01', '2001-07-01')
  const { id } = await people.maya.post<Release>('/releases', { policy: endpoint, reason: 'monthly retraining' })
  const release = await follow(people.admin, story, id, ['rejected'])
  const version = await versionOf(people.admin, release)
  const evidence = await evidenceOf(people.admin, version.id)
  story.decided({
    decided: `version ${version.version} refused`,
    evidence: evidence.sentence,
    ids: `${id} ${evidence.id}`,
  })
}

/** The record: the audit chain, and from a data version to every prediction made with it. */
export async function prove(stage: Stage): Promise<void> {
  const { people, story, traffic, url } = stage
  story.act('Prove it: audit and lineage')
  const audit = await mustRun(url, 'audit', 'verify')
  story.decided({ decided: 'audit verified', evidence: audit, ids: '' })
  const champion = await people.admin.get<{ id: string }>('/datasets/flights-training/versions/mar-apr')
  const counted = await people.admin.get<{ count: number }>('/prediction-counts', { datasetVersionId: champion.id })
  const sent = traffic.tally.byVersion.get(2) ?? 0
  const same = counted.count === sent ? 'equal' : 'NOT equal'
  const evidence = `${counted.count.toLocaleString('en-US')} logged predictions descend from mar-apr; ${sent.toLocaleString('en-US')} answers carried that version: ${same}`
  if (counted.count !== sent) throw new Error(evidence)
  story.decided({ decided: 'lineage agrees with the log', evidence, ids: champion.id })
}

/** Closes a monitor's windows up to the start of a day: the labels of the day before have come. */
async function evaluate(api: ApiClient, monitor: string, untilDay: string): Promise<void> {
  await api.post(`/monitors/${monitor}/evaluation`, { untilMs: dayStartMs(untilDay) })
}

async function newestAlert(api: ApiClient, rule: string): Promise<{ id: string; sentence: string }> {
  const { items } = await api.get<{ items: { id: string; rule: string; state: string; sentence: string }[] }>('/alerts')
  const found = items.find((alert) => alert.rule === rule && alert.state !== 'pending')
  if (found === undefined) throw new Error(`The rule ${rule} did not fire.`)
  return found
}

async function performanceLine(api: ApiClient): Promise<string> {
  const { items } = await api.get<{ items: { performance: { auc: number | null; n: number } | null }[] }>(
    '/monitors/flight-delay-quality/windows',
  )
  const measured = items.flatMap((window) => (window.performance === null ? [] : [window.performance]))
  return `${measured.length} windows measured with late labels; newest AUC ${measured[0]?.auc?.toFixed(4) ?? 'not measured'} over ${measured[0]?.n.toLocaleString('en-US') ?? '0'} flights.`
}

async function trainedSince(api: ApiClient, before: readonly Release[]): Promise<number> {
  const known = new Set(before.map((release) => release.id))
  const { items } = await api.get<{ items: Release[] }>('/releases')
  return items.filter((release) => !known.has(release.id) && release.pipelineRunId !== null).length
}
